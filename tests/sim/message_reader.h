// A plain reader of HTTP/1.1 messages for the scripted ends: an independent second opinion, written
// for messages that are well-formed; anything else is an error.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::sim {

/// Message is one request or answer as an end read it.
struct Message {
  std::string start;                                        // the first line
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case
  std::string body;
  bool head_whole = false;
  bool whole = false;  // including the body
  bool until_close = false;

  /// field returns the first value of that name, nullptr when there is none.
  const std::string* field(ByteView name) const;
  int status() const;       // of an answer: 0 when there is no head yet
  ByteView method() const;  // of a request
  ByteView target() const;
};

/// MessageReader reads messages one after the other from a stream of bytes.
class MessageReader {
 public:
  /// answers says whether answers are read; head_request must be set for each answer in turn.
  explicit MessageReader(bool answers) : answers_(answers) {}

  void feed(ByteView bytes) { buffer_ += bytes; }
  /// step reads on; true when message() made progress to whole. Call next() to begin the next one.
  bool step();
  void next();
  /// ended tells that the stream is over: a body until close is whole by that.
  void ended();

  bool head_request = false;  // the answer that is read now has no body
  bool broken() const { return broken_; }
  const std::string& problem() const { return problem_; }
  const Message& message() const { return message_; }
  /// begun says whether bytes of an unfinished message are here.
  bool begun() const { return !buffer_.empty() || message_.head_whole; }

 private:
  enum class Body : uint8_t { none, length, chunk_size, chunk_data, chunk_end, trailer, until_close };
  bool read_head();
  bool fail(const std::string& problem);
  void choose_body();
  bool read_body();

  bool answers_;
  bool broken_ = false;
  std::string problem_;
  std::string buffer_;
  Message message_;
  Body state_ = Body::none;
  uint64_t left_ = 0;
};

}  // namespace gatehouse::sim
