// What the service saw: every request it was asked, for people who doubt the gateway.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "http/message.h"

namespace gatehouse::chunker {

/// Journal keeps the last requests in memory and, when it has a file, writes a line for each. It holds
/// names of header fields, never their values, and sizes of bodies, never their bytes.
class Journal {
 public:
  static constexpr size_t kKept = 1000;

  /// open appends to this file from now on; false when it cannot be opened.
  bool open(const std::string& path);
  ~Journal();
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// add notes one answered request. `credential` is "ok", "wrong" or "missing".
  void add(const http::RequestHead& head, ByteView body, ByteView credential, int status);

  /// add_deletion counts an execution of the destructive command.
  uint64_t add_deletion(ByteView collection) { return ++deletions_[std::string(collection)]; }

  /// json is {"total": N, "deletions": {...}, "requests": [...]}, oldest request first.
  std::string json() const;

 private:
  std::deque<std::string> lines_;  // JSON objects
  std::map<std::string, uint64_t> deletions_;
  uint64_t total_ = 0;
  int file_ = -1;
};

}  // namespace gatehouse::chunker
