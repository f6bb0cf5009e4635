// Canonical heads: parsed parts -> bytes. A message is never copied through.
#pragma once

#include "http/message.h"

namespace gatehouse::http {

/// HeadWriter serialises one head into memory that the caller gives. It checks every name and value
/// again (token; no CR, LF, NUL): what cannot be written safely sets failed(), and the caller refuses
/// the exchange. Invariant: a strict parser reads back exactly the fields that were written.
class HeadWriter {
 public:
  explicit HeadWriter(ByteSpan out) : out_(out) {}

  void request_line(ByteView method, ByteView target);           // "M T HTTP/1.1"
  void status_line(int status, ByteView phrase);                 // "HTTP/1.1 S P"
  void field(ByteView name, ByteView value);
  void field(ByteView name, uint64_t value);
  void finish();                                                 // the empty line

  bool failed() const { return failed_; }
  /// bytes returns what was written so far.
  ByteView bytes() const { return {out_.data(), used_}; }

 private:
  void put(ByteView bytes);

  ByteSpan out_;
  size_t used_ = 0;
  bool failed_ = false;
};

/// status_phrase returns the standard phrase of a status code, "" for unknown ones.
ByteView status_phrase(int status);

}  // namespace gatehouse::http
