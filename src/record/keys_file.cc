#include "record/keys_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "record/folder.h"

namespace gatehouse::record {
namespace {

Descriptor open_key(const std::string& path, int flags) {
  return Descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags));
}

/// read_line reads a key file whole into `line`, which is one byte larger than a key may be; nothing that fails stays there.
Result<Done, std::string> read_line(const Descriptor& file, const std::string& path, std::string* line) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return Failure{failure("examine key", path, errno)};
  if (!S_ISREG(info.st_mode)) return Failure{"key " + path + " is no plain file"};
  line->resize(kKeyLineMax + 1);
  line->resize(read_at(file, 0, *line));
  return Done{};
}

std::string open_to_others(const Descriptor& file, const std::string& path) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return failure("examine key", path, errno);
  if (info.st_uid != ::geteuid() && info.st_uid != 0)
    return "key " + path + " belongs to user " + std::to_string(info.st_uid) + ", not to this process's user " +
           std::to_string(::geteuid());
  return (info.st_mode & 077) != 0 ? "key " + path + " is open to group or others: chmod 600 it" : "";
}

Result<Done, std::string> write_file(const std::string& path, ByteView text, mode_t mode) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file.valid()) return Failure{failure("create key", path, errno)};
  int error = ::fchmod(file.get(), mode) == 0 ? 0 : errno;   // whatever the umask says
  if (error == 0) error = write_at(file, 0, text);
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (error == 0) return Done{};
  ::unlink(path.c_str());
  return Failure{failure("write key", path, error)};
}

void sync_parent(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  if (const auto folder = open_folder(parent.empty() ? "." : parent); folder) sync_folder(*folder);
}

}  // namespace

Result<KeyPublic, std::string> read_key_public(const std::string& path, KeyUse use) {
  const Descriptor file = open_key(path, 0);
  if (!file.valid()) return Failure{failure("open key", path, errno)};
  std::string line;
  if (auto done = read_line(file, path, &line); !done) return Failure{done.error()};
  auto key = parse_key_public(line);
  crypto::wipe(line);   // it may be a secret one, by mistake
  if (!key) return Failure{"key " + path + " " + key.error()};
  if (key->use != use)
    return Failure{"key " + path + " is of " + std::string(key_use_name(key->use)) + ", and one of " +
                   std::string(key_use_name(use)) + " is wanted here"};
  return key;
}

Result<KeySecret, std::string> read_key_secret(const std::string& path) {
  const Descriptor file = open_key(path, O_NOFOLLOW);
  if (!file.valid()) return Failure{failure("open key", path, errno)};
  std::string line;
  if (auto done = read_line(file, path, &line); !done) return Failure{done.error()};
  auto key = parse_key_secret(line);
  crypto::wipe(line);
  if (!key) return Failure{"key " + path + " " + key.error()};   // a public one may well be open to others
  if (std::string why = open_to_others(file, path); !why.empty()) return Failure{std::move(why)};
  return key;
}

Result<KeyPublic, std::string> write_key(const std::string& path, const KeySecret& key) {
  const std::string beside = path + kPublicSuffix;
  KeyPublic half = public_half(key);
  if (auto done = write_file(path, format_key(key).reveal(), 0600); !done) return Failure{done.error()};
  if (auto done = write_file(beside, format_key(half), 0644); !done) {
    ::unlink(path.c_str());
    return Failure{done.error()};
  }
  sync_parent(path);
  return half;
}

Result<Done, std::string> write_secret(const std::string& path, const KeySecret& key) {
  return write_secret(path, format_key(key));
}

Result<Done, std::string> write_secret(const std::string& path, const crypto::Secret& text) {
  if (auto done = write_file(path, text.reveal(), 0600); !done) return done;
  sync_parent(path);
  return Done{};
}

}  // namespace gatehouse::record
