#include "control/http_server.h"

#include "base/assert.h"
#include "http/head_writer.h"
#include "telemetry/json_text.h"

namespace gatehouse::control {

Answer json_error(int status, ByteView name, ByteView text) {
  Answer answer;
  answer.status = status;
  answer.body = "{\"error\":\"";
  telemetry::append_json_text(answer.body, name);
  answer.body += "\",\"text\":\"";
  telemetry::append_json_text(answer.body, text);
  answer.body += "\"}\n";
  return answer;
}

bool HttpServer::feed(ByteView received, std::string& to_send) {
  input_.append(received);
  Go go = Go::on;
  if (waiting_ && late_) {
    waiting_ = false;
    go = respond(*std::exchange(late_, std::nullopt), to_send);
  }
  while (go == Go::on && to_send.size() < kAnswersMax) go = in_body_ ? read_body(to_send) : read_head(to_send);
  more_ = go == Go::on;
  return go != Go::end;
}

HttpServer::Go HttpServer::read_head(std::string& to_send) {
  if (input_.empty()) return Go::wait;
  Limits limits;
  limits.head_bytes = kHeadMax;
  http::RequestHead head;
  const http::ParseResult result = http::parse_request_head(input_, limits, scan_, head);
  switch (result.status) {
    case http::ParseStatus::need_more: return Go::wait;
    case http::ParseStatus::error: return refuse(result.reason, to_send);
    case http::ParseStatus::complete: break;
  }
  method_ = head.method;
  path_ = head.path;
  query_ = head.query;
  body_.clear();
  keep_alive_ = head.keep_alive;
  if (head.framing == http::Framing::length && head.content_length > body_max_) {
    return refuse(Reason::limit_body_bytes, to_send);
  }
  decoder_ = http::BodyDecoder(head.framing, head.content_length);
  if (head.expect_continue && !decoder_.done()) to_send += "HTTP/1.1 100 Continue\r\n\r\n";
  in_body_ = true;
  scan_ = {};
  input_.erase(0, result.consumed);
  return Go::on;
}

HttpServer::Go HttpServer::read_body(std::string& to_send) {
  while (!decoder_.done()) {
    if (input_.empty()) return Go::wait;
    const http::BodyDecoder::Step step = decoder_.feed(input_);
    if (step.reason != Reason::none) return refuse(step.reason, to_send);
    if (body_.size() + step.payload.size() > body_max_) return refuse(Reason::limit_body_bytes, to_send);
    body_.append(step.payload);
    input_.erase(0, step.consumed);
  }
  in_body_ = false;
  const Answer answer = answer_({method_, path_, query_, body_, {}});
  waiting_ = answer.later;
  return waiting_ ? Go::wait : respond(answer, to_send);
}

HttpServer::Go HttpServer::respond(const Answer& answer, std::string& to_send) {
  char room[1024];
  http::HeadWriter head(room);
  head.status_line(answer.status, http::status_phrase(answer.status));
  head.field("Content-Type", answer.type);
  head.field("Content-Length", uint64_t{answer.body.size()});
  head.field("Cache-Control", "no-store");
  head.field("X-Content-Type-Options", "nosniff");
  if (!answer.allow.empty()) head.field("Allow", answer.allow);
  if (!keep_alive_) head.field("Connection", "close");
  head.finish();
  GH_ASSERT(!head.failed());  // nothing in it comes from outside
  to_send.append(head.bytes());
  if (method_ != "HEAD") to_send.append(answer.body);
  return keep_alive_ ? Go::on : Go::end;
}

HttpServer::Go HttpServer::refuse(Reason reason, std::string& to_send) {
  keep_alive_ = false;
  method_.clear();
  const int status = reason_status(reason);
  return respond(json_error(status != 0 ? status : 400, reason_name(reason), text_of(reason)), to_send);
}

// What these connections may bring is fixed: the keys that the reasons' texts name are those of callers.
std::string HttpServer::text_of(Reason reason) const {
  const std::string most = ", the most that is taken here";
  if (reason == Reason::limit_body_bytes) return "body larger than " + std::to_string(body_max_) + " bytes" + most;
  if (reason == Reason::limit_head_bytes) return "head larger than " + std::to_string(kHeadMax) + " bytes" + most;
  if (reason == Reason::limit_head_fields) return "more header fields than " + std::to_string(Limits{}.head_fields) + most;
  return std::string(reason_text(reason));
}

}  // namespace gatehouse::control
