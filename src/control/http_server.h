// A small HTTP/1.1 server machine for health and administration: bytes in, bytes out, no I/O.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/slab.h"
#include "http/body.h"
#include "http/h1_parser.h"

namespace gatehouse::control {

/// Request is one question, whole. Views live as long as the call that shows it.
struct Request {
  ByteView method;
  ByteView path;   // as sent, without the query
  ByteView query;
  ByteView body;
  SlotId asker;    // of the connection, for Front::answer; invalid where there is none
};

/// Answer is what goes back. `allow` is set with status 405. `later`: it is not known yet, and comes by
/// HttpServer::answer.
struct Answer {
  int status = 200;
  ByteView type = "application/json";
  std::string body;
  ByteView allow;
  bool later = false;
};

/// json_error is the body of a refusal: {"error":name,"text":text}.
Answer json_error(int status, ByteView name, ByteView text);

/// HttpServer is one connection. Requests are answered in order; a malformed one is answered with its reason
/// and ends the connection. Bounded: kHeadMax, kBodyMax and, of what is to be sent, kAnswersMax and one answer.
class HttpServer {
 public:
  static constexpr uint32_t kHeadMax = 8 * 1024;
  static constexpr size_t kBodyMax = 16 * 1024;
  static constexpr size_t kAnswersMax = 16 * 1024;

  using Answerer = std::function<Answer(const Request&)>;
  /// `body_max`: what a question may bring, where it is another than kBodyMax.
  explicit HttpServer(Answerer answer, size_t body_max = kBodyMax) : answer_(std::move(answer)), body_max_(body_max) {}

  /// feed takes what was received and appends what is to be sent. False: end the connection once it is
  /// sent; nothing more may be fed. Once `to_send` holds kAnswersMax, what else was asked stays unanswered:
  /// more() says so. Then send first, and feed nothing ("") to go on.
  bool feed(ByteView received, std::string& to_send);
  bool more() const { return more_; }

  /// waiting says that an answer comes later; nothing may be fed until answer() brought it. Then feed "".
  bool waiting() const { return waiting_ && !late_; }
  void answer(Answer answer) {
    late_ = std::move(answer);
    more_ = true;
  }

  /// between says that no request is half received.
  bool between() const { return input_.empty() && !in_body_ && !waiting_; }

 private:
  enum class Go : uint8_t { on, wait, end };
  Go read_head(std::string& to_send);
  Go read_body(std::string& to_send);
  Go respond(const Answer& answer, std::string& to_send);
  Go refuse(Reason reason, std::string& to_send);
  std::string text_of(Reason reason) const;

  Answerer answer_;
  size_t body_max_;
  std::string input_;
  http::HeadScan scan_;
  bool in_body_ = false;
  std::string method_, path_, query_, body_;
  http::BodyDecoder decoder_;
  bool keep_alive_ = true;
  bool more_ = false;
  bool waiting_ = false;
  std::optional<Answer> late_;
};

}  // namespace gatehouse::control
