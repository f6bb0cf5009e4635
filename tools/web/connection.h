// One connection of the development server: bytes in, answers out.
#pragma once

#include <string>

#include "base/time.h"
#include "http/body.h"
#include "http/h1_parser.h"
#include "web/server.h"

namespace gatehouse::web {

/// Connection owns a non-blocking socket. While an answer waits to be sent nothing more is read.
class Connection {
 public:
  Connection(int descriptor, MonotonicNs now) : descriptor_(descriptor), last_progress_(now) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  int descriptor() const { return descriptor_; }
  bool wants_write() const { return sent_ < out_.size(); }
  bool finished() const { return finished_; }
  MonotonicNs last_progress() const { return last_progress_; }

  /// advance reads, answers and writes as far as the socket allows without waiting.
  void advance(const Answerer& answerer, MonotonicNs now);

 private:
  enum class Stage : uint8_t { head, body };

  bool read_some();                           // false when nothing came
  void consume(const Answerer& answerer);     // answers every complete request in in_
  bool take_head();                           // false: more bytes are needed, or it was refused
  bool take_body();
  void refuse(int status, ByteView reason);
  void put(const Answer& answer, bool with_body);
  void flush();

  int descriptor_;
  MonotonicNs last_progress_;
  Stage stage_ = Stage::head;
  std::string in_;
  std::string head_text_;       // the bytes that head_ points into, while stage_ == body
  http::HeadScan scan_;
  http::RequestHead head_;
  http::BodyDecoder decoder_;
  std::string body_;
  std::string out_;
  size_t sent_ = 0;
  bool last_ = false;           // close once out_ is sent
  bool end_seen_ = false;       // the client sends no more
  bool finished_ = false;
};

}  // namespace gatehouse::web
