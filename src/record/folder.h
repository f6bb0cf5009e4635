// Folders and files of records: opened so that no other local user can stand in the way.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace gatehouse::record {

/// Descriptor owns one file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// failure says what was tried on what and why the system refused: "cannot open X: No such file ...".
std::string failure(const char* what, const std::string& name, int error);

/// make_folder opens a folder for writing records, creating its last part with mode 0700. Refused: a
/// symbolic link, another owner, any right of group or others.
Result<Descriptor, std::string> make_folder(const std::string& path);

/// trouble_with says why make_folder would refuse this process, as far as a look can tell; empty when nothing is seen.
std::string trouble_with(const std::string& path);

/// can_make_folder: what would hold it is there, and this process may write to it; errno says what is not so.
bool can_make_folder(const std::string& path);

/// open_folder opens a folder for reading; what is in it is treated as hostile.
Result<Descriptor, std::string> open_folder(const std::string& path);

/// lock_folder makes this process the one writer of the folder until the descriptor closes (also by
/// death). The second one is refused with the first one's process id.
Result<Descriptor, std::string> lock_folder(const Descriptor& folder, const std::string& path,
                                            const std::string& name = "lock");

/// ReadWatch says whether the system refused this thread to list, open or read something since the watch was made, other than by
/// saying that it is not there: a medium's error, no descriptors. What list_folder, open_regular and read_at gave is then not all
/// that is there, and whoever decides by what is missing (recovery, retention, a chain that is gone on with) must not. They nest.
class ReadWatch {
 public:
  ReadWatch();
  int error() const;   // errno of the last refusal; 0: there was none
  /// well is an error, too, where there was one; `name` is what was looked at.
  Result<Done, std::string> well(const std::string& name) const;

 private:
  uint64_t before_;
};

/// note_refusal tells the watches of this thread, for whoever reads in another way.
void note_refusal(int error);

/// list_folder returns the names ending in `suffix`, sorted.
std::vector<std::string> list_folder(const Descriptor& folder, ByteView suffix);

/// open_regular opens a plain file for reading, never a link, a pipe or a device. Not valid when it
/// cannot; *bytes is its size.
Descriptor open_regular(const Descriptor& folder, const std::string& name, bool writable, uint64_t* bytes);

/// read_at fills out from offset, or as far as the file goes; returns the bytes read, 0 on an error.
size_t read_at(const Descriptor& file, uint64_t offset, ByteSpan out);

/// write_at writes all bytes; returns 0 or errno.
int write_at(const Descriptor& file, uint64_t offset, ByteView bytes);

/// hold_file locks the open file itself, waiting for another holder. The kernel keeps the lock while a
/// write through this descriptor is under way, even after its process was killed: who gets the lock knows
/// that no late write follows. Returns 0 or errno.
int hold_file(const Descriptor& file);

/// leads_to says whether this name of the folder is the very file that `info` is of.
bool leads_to(const Descriptor& folder, const std::string& name, const struct stat& info);

/// counts_blocks: the file system tells exactly what a file takes of it (ext4, XFS, tmpfs), and this file has a place for each of
/// its first `bytes`. From then on has_blocks() is false only after somebody took some away: a file that is cut and grows back has
/// holes.
bool counts_blocks(const Descriptor& file, uint64_t bytes);
bool has_blocks(const struct stat& info, uint64_t bytes);

/// sync_folder makes names durable; returns 0 or errno.
int sync_folder(const Descriptor& folder);

}  // namespace gatehouse::record
