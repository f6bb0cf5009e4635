// Canonical heads: parsed parts -> bytes. A message is never copied through.
#pragma once

#include <initializer_list>

#include "http/message.h"

namespace gatehouse::http {

/// HeadWriter serialises one head into memory that the caller gives. It checks every name and value
/// again (token; no control byte, no blanks at the ends) and the order of the calls: what cannot be written
/// safely, or has no room, sets failed(), and the caller refuses the exchange. Invariant: a strict parser
/// reads back exactly the fields that were written. One start line, fields, finish; then it is used up.
class HeadWriter {
 public:
  explicit HeadWriter(ByteSpan out) : out_(out) {}

  void request_line(ByteView method, ByteView target);           // "M T HTTP/1.1"; T "/..." or "*"
  void status_line(int status, ByteView phrase);                 // "HTTP/1.1 S P"
  void field(ByteView name, ByteView value);
  void field(ByteView name, uint64_t value);
  void finish();                                                 // the empty line

  bool failed() const { return failed_; }
  /// bytes returns what was written so far; nothing at all once failed.
  ByteView bytes() const { return failed_ ? ByteView{} : ByteView{out_.data(), used_}; }

 private:
  enum class Part : uint8_t { start, fields, done };
  bool enter(Part from, Part to, bool valid);
  void put(std::initializer_list<ByteView> parts);

  ByteSpan out_;
  size_t used_ = 0;
  Part part_ = Part::start;
  bool failed_ = false;
};

/// status_phrase returns the standard phrase of a status code, "" for unknown ones.
ByteView status_phrase(int status);

}  // namespace gatehouse::http
