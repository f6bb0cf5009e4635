#include "control/key_fetch.h"

#include <algorithm>

namespace gatehouse::control {

namespace {

constexpr size_t kHeadMax = 16 * 1024;
constexpr size_t kInterimMax = 4;  // 1xx answers before the real one

}  // namespace

KeyFetch::KeyFetch(const FetchUrl& url)
    : request_("GET " + url.target + " HTTP/1.1\r\nHost: " + url.host_field +
               "\r\nAccept: application/jwk-set+json, application/json\r\nAccept-Encoding: identity\r\n"
               "User-Agent: gatehouse\r\nConnection: close\r\n\r\n") {}

KeyFetch KeyFetch::posting(const FetchUrl& url, ByteView body) {
  KeyFetch post(url);
  post.who_ = "the witness";
  post.method_ = "POST";
  post.request_ = "POST " + url.target + " HTTP/1.1\r\nHost: " + url.host_field +
                  "\r\nContent-Type: application/octet-stream\r\nContent-Length: " + std::to_string(body.size()) +
                  "\r\nAccept-Encoding: identity\r\nUser-Agent: gatehouse\r\nConnection: close\r\n\r\n";
  post.request_.append(body);
  return post;
}

KeyFetch::State KeyFetch::fail(std::string why) {
  state_ = State::failed;
  error_ = std::move(why);
  document_.clear();
  input_.clear();
  return state_;
}

// True when there is a final head and `input_` holds what follows it.
bool KeyFetch::read_head() {
  Limits limits;
  limits.head_bytes = kHeadMax;
  while (!has_head_ && state_ == State::reading) {
    http::ResponseHead head;
    const http::ParseResult result = http::parse_response_head(input_, method_, limits, scan_, head);
    if (result.status == http::ParseStatus::need_more) return false;
    if (result.status == http::ParseStatus::error) {
      fail(who_ + "\'s answer is refused: " + std::string(reason_text(result.reason)));
      return false;
    }
    scan_ = {};
    if (head.status < 200) {
      if (++interim_ > kInterimMax) fail(who_ + " sends interim answers without end");
      input_.erase(0, result.consumed);
      continue;
    }
    status_ = head.status;
    if (head.status >= 300 && head.status < 400) {
      fail(who_ + " redirects (" + std::to_string(head.status) + "); redirects are not followed");
    } else if (method_ == "GET" ? head.status != 200 : head.status >= 300) {
      fail(who_ + " answers " + std::to_string(head.status));
    } else if (const http::Field* coding = head.fields.find(http::FieldId::content_encoding);
               coding != nullptr && !http::equals_ignore_case(coding->value, "identity")) {
      fail(who_ + " answers with a content coding that was not asked for");
    } else if (head.framing == http::Framing::length && head.content_length > kAnswerMax) {
      fail(who_ + "\'s answer is larger than 256 KiB");
    } else {
      decoder_ = http::BodyDecoder(head.framing, head.content_length);
      has_head_ = true;
    }
    input_.erase(0, std::min(result.consumed, input_.size()));
  }
  return has_head_;
}

KeyFetch::State KeyFetch::feed(ByteView received) {
  if (state_ != State::reading) return state_;
  input_.append(received);
  if (!read_head()) return state_;
  while (!decoder_.done()) {
    if (input_.empty()) return state_;
    const http::BodyDecoder::Step step = decoder_.feed(input_);
    if (step.reason != Reason::none) return fail(who_ + "\'s answer is malformed");
    if (document_.size() + step.payload.size() > kAnswerMax) return fail(who_ + "\'s answer is larger than 256 KiB");
    document_.append(step.payload);
    input_.erase(0, step.consumed);
  }
  return state_ = State::done;
}

KeyFetch::State KeyFetch::end(bool clean) {
  if (state_ != State::reading) return state_;
  if (!has_head_ || !clean || !decoder_.end()) return fail(who_ + "\'s answer ended early");
  return state_ = State::done;
}

void KeySchedule::succeeded(MonotonicNs now) {
  due_ = now + refresh_;
  gap_ = kFirstGap;
}

void KeySchedule::failed(MonotonicNs now) {
  due_ = now + std::min(gap_, refresh_);
  gap_ = std::min(gap_ * 2, kLargestGap);
}

}  // namespace gatehouse::control
