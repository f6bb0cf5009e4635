#include "config/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace gatehouse::config {
namespace {

/// Descriptor closes what it holds.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

Failure<FileError> unreadable(std::string why, std::string help = {}) {
  return Failure{FileError{Code::file, std::move(why), std::move(help)}};
}

Failure<FileError> too_open(mode_t mode, const char* help) {
  char text[64];
  std::snprintf(text, sizeof text, "its mode is %04o: others may read it",
                static_cast<unsigned>(mode & 07777));
  return Failure{FileError{Code::secret_mode, text, help}};
}

}  // namespace

Result<std::string, FileError> read_file(const std::string& path, FileRules rules) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.number() < 0) return unreadable(std::strerror(errno));
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return unreadable(std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return unreadable("it is not a regular file");
  if (rules.access == Access::owner_only && (status.st_mode & 077) != 0)
    return too_open(status.st_mode, "chmod 600 it: only its owner may read a secret");
  if (rules.access == Access::not_others && (status.st_mode & 07) != 0)
    return too_open(status.st_mode, "let systemd place it with LoadCredential=");
  if (static_cast<uint64_t>(status.st_size) > rules.most)
    return Failure{FileError{Code::file, "it is larger than " + std::to_string(rules.most) + " bytes", {}, true}};
  // One byte of room more than it may have: a file that grows meanwhile is found. Reserved at once, so
  // that no reallocation leaves a copy of a secret behind.
  std::string content(static_cast<size_t>(status.st_size) + 1, '\0');
  size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t got = ::read(file.number(), content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      wipe(content);
      return unreadable(std::strerror(error));
    }
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  if (filled == content.size()) {
    wipe(content);
    return unreadable("it changed while it was read", "replace files by renaming a new one over them");
  }
  content.resize(filled);
  return content;
}

void wipe(std::string& text) {
  explicit_bzero(text.data(), text.size());
  text.clear();
}

std::string credentials_directory() {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  return directory != nullptr && directory[0] == '/' ? directory : "";
}

}  // namespace gatehouse::config
