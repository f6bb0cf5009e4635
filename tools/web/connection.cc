#include "web/connection.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/head_writer.h"
#include "web/json_text.h"

namespace gatehouse::web {

namespace {
constexpr size_t kReadBytes = 64 * 1024;
constexpr size_t kAnswerHeadBytes = 4 * 1024;
}  // namespace

Connection::~Connection() { close(descriptor_); }

void Connection::advance(const Answerer& answerer, MonotonicNs now) {
  size_t sent_before = sent_;
  flush();
  bool moved = sent_ != sent_before;
  while (!finished_ && !wants_write() && !last_ && read_some()) {
    moved = true;
    consume(answerer);
    flush();
  }
  if (moved) last_progress_ = now;
  if (!wants_write() && (last_ || end_seen_)) finished_ = true;
}

bool Connection::read_some() {
  size_t used = in_.size();
  in_.resize(used + kReadBytes);
  ssize_t count = recv(descriptor_, in_.data() + used, kReadBytes, 0);
  in_.resize(used + (count > 0 ? static_cast<size_t>(count) : 0));
  if (count > 0) return true;
  if (count == 0) end_seen_ = true;
  if (count < 0 && errno != EAGAIN && errno != EINTR) finished_ = true;
  return false;
}

void Connection::consume(const Answerer& answerer) {
  while (!last_) {
    if (stage_ == Stage::head && !take_head()) return;
    if (!take_body()) return;
    bool keep_alive = head_.keep_alive;
    bool with_body = head_.method != "HEAD";
    Answer answer = answerer(Call{head_, body_});
    last_ = !keep_alive;
    put(answer, with_body);
    stage_ = Stage::head;
    scan_ = {};
    body_.clear();
  }
}

bool Connection::take_head() {
  http::ParseResult result = http::parse_request_head(in_, Limits{}, scan_, head_);
  if (result.status == http::ParseStatus::need_more) return false;
  if (result.status == http::ParseStatus::error) {
    refuse(reason_status(result.reason), reason_text(result.reason));
    return false;
  }
  // The head's views must outlive what the body's bytes do to in_: parse a copy that stays.
  head_text_ = in_.substr(0, result.consumed);
  in_.erase(0, result.consumed);
  http::HeadScan again;
  http::parse_request_head(head_text_, Limits{}, again, head_);
  decoder_ = http::BodyDecoder(head_.framing, head_.content_length);
  stage_ = Stage::body;
  if (head_.framing == http::Framing::length && head_.content_length > Server::kBodyMax) {
    refuse(413, "the body is too large");
    return false;
  }
  if (head_.expect_continue && in_.empty() && !decoder_.done()) out_ += "HTTP/1.1 100 Continue\r\n\r\n";
  return true;
}

bool Connection::take_body() {
  size_t used = 0;
  while (!decoder_.done() && used < in_.size()) {
    http::BodyDecoder::Step step = decoder_.feed(ByteView(in_).substr(used));
    if (step.reason != Reason::none || body_.size() + step.payload.size() > Server::kBodyMax) {
      refuse(step.reason != Reason::none ? 400 : 413, "the body cannot be read");
      return false;
    }
    body_ += step.payload;
    used += step.consumed;
  }
  in_.erase(0, used);
  return decoder_.done();
}

void Connection::refuse(int status, ByteView reason) {
  last_ = true;
  std::string body = "{\"detail\":";
  append_json_string(body, reason);
  put(json_answer(status, body + "}"), true);
}

void Connection::put(const Answer& answer, bool with_body) {
  std::string room(kAnswerHeadBytes, '\0');
  http::HeadWriter writer{ByteSpan(room)};
  writer.status_line(answer.status, http::status_phrase(answer.status));
  writer.field("Content-Type", answer.type);
  writer.field("Content-Length", static_cast<uint64_t>(answer.body.size()));
  for (const auto& [name, value] : answer.fields) writer.field(name, value);
  if (last_) writer.field("Connection", "close");
  writer.finish();
  if (writer.failed()) {  // an answer that cannot be written is a mistake of the program: end, do not guess
    finished_ = true;
    return;
  }
  out_ += writer.bytes();
  if (with_body) out_ += answer.body;
}

void Connection::flush() {
  while (wants_write()) {
    ssize_t count = send(descriptor_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (count < 0) {
      if (errno != EAGAIN && errno != EINTR) {
        finished_ = true;
        out_.clear();
        sent_ = 0;
      }
      return;
    }
    sent_ += static_cast<size_t>(count);
  }
  out_.clear();
  sent_ = 0;
}

}  // namespace gatehouse::web
