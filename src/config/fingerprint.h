// A digest of what guards or masks are made from, to see whether that changed.
#pragma once

#include <string>
#include <vector>

#include "config/snapshot.h"
#include "config/source.h"
#include "crypto/digest.h"

namespace gatehouse::config {

/// Fingerprint digests a list of values so that no two lists give the same bytes.
class Fingerprint {
 public:
  void number(uint64_t value) {
    char bytes[8];
    for (char& byte : bytes) byte = static_cast<char>(value & 0xff), value >>= 8;
    digest_.add({bytes, sizeof bytes});
  }
  void text(ByteView value) {
    number(value.size());
    digest_.add(value);
  }
  void texts(const std::vector<Text>& values) {
    number(values.size());
    for (const Text& value : values) text(value.value);
  }
  void texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
  }
  Snapshot::Digest finish() { return digest_.finish(); }

 private:
  crypto::Sha256Stream digest_;
};

}  // namespace gatehouse::config
