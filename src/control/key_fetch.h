// Asking an issuer for its keys, or telling a witness of heads: one request and its answer, and when to ask. Pure.
#pragma once

#include <algorithm>
#include <string>

#include "base/time.h"
#include "control/url.h"
#include "http/body.h"
#include "http/h1_parser.h"

namespace gatehouse::control {

/// KeyFetch is one GET, or POST, over a connection that somebody else drives. Only a whole 200 without content coding
/// counts, for a POST any 2xx; redirects are not followed; at most kAnswerMax bytes.
class KeyFetch {
 public:
  static constexpr size_t kAnswerMax = 256 * 1024;

  enum class State : uint8_t { reading, done, failed };

  explicit KeyFetch(const FetchUrl& url);
  /// posting sends `body` to a witness.
  static KeyFetch posting(const FetchUrl& url, ByteView body);

  /// request is what to send, once.
  const std::string& request() const { return request_; }

  /// feed takes what was received; end says that the connection ended (`clean`: with close_notify on TLS).
  State feed(ByteView received);
  State end(bool clean);
  /// abandon ends it for a reason outside of the answer: no connection, no time.
  State abandon(std::string why) {
    if (state_ != State::reading) return state_;
    abandoned_ = true;
    return fail(std::move(why));
  }

  State state() const { return state_; }
  const std::string& document() const { return document_; }  // when done
  const std::string& error() const { return error_; }        // when failed; our text only
  int status() const { return status_; }                     // of the final answer; 0 before its head
  bool abandoned() const { return abandoned_; }
  /// who is asked: "the issuer" or "the witness".
  const std::string& who() const { return who_; }

 private:
  State fail(std::string why);
  bool read_head();

  std::string request_;
  std::string who_ = "the issuer";
  ByteView method_ = "GET";
  std::string input_;
  http::HeadScan scan_;
  http::BodyDecoder decoder_;
  bool has_head_ = false;
  bool abandoned_ = false;
  int status_ = 0;
  size_t interim_ = 0;
  State state_ = State::reading;
  std::string document_;
  std::string error_;
};

/// KeySchedule says when an issuer is asked: at once, then every `refresh`; after a failure sooner, with
/// growing gaps, so that a dead issuer costs little and a returning one is noticed.
class KeySchedule {
 public:
  static constexpr MonotonicNs kFirstGap = kNsPerSecond;
  static constexpr MonotonicNs kLargestGap = 60 * kNsPerSecond;

  explicit KeySchedule(MonotonicNs refresh) : refresh_(refresh) {}

  void set_refresh(MonotonicNs refresh) {
    if (due_ != 0 && due_ != kNever && refresh < refresh_) due_ -= std::min(due_, refresh_ - refresh);
    refresh_ = refresh;
  }
  MonotonicNs due() const { return due_; }
  void succeeded(MonotonicNs now);
  void failed(MonotonicNs now);

 private:
  MonotonicNs refresh_;
  MonotonicNs due_ = 0;
  MonotonicNs gap_ = kFirstGap;
};

}  // namespace gatehouse::control
