// Files that a configuration names: read whole, bounded, and only when they are what they should be.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "config/diagnostic.h"

namespace gatehouse::config {

enum class Access : uint8_t {
  any,         // who may read the file does not matter
  owner_only,  // a secret: no mode bit for group or others
  not_others,  // a secret in a folder that systemd keeps: no mode bit for others
};

struct FileRules {
  size_t most;  // bytes
  Access access;
};

struct FileError {
  Code code;  // file or secret_mode
  std::string text;
  std::string help;
  bool too_large = false;
};

/// read_file reads a regular file; links are followed (Kubernetes mounts secrets as links). Never blocks
/// on a pipe. The content is checked against the same descriptor that it is read from.
Result<std::string, FileError> read_file(const std::string& path, FileRules rules);

/// wipe overwrites a text that held a secret and empties it.
void wipe(std::string& text);

/// credentials_directory is where systemd put the service's credentials, or empty. The only value that
/// is ever taken from the environment, and it is a folder's name, not a secret.
std::string credentials_directory();

}  // namespace gatehouse::config
