#include "load/client.h"

#include <algorithm>

#include "load/run.h"

namespace gatehouse::load {
namespace {

constexpr MonotonicNs kRest = 100 * kNsPerMs;   // after a refused connection: no storm of attempts

}  // namespace

Client::Client(uint32_t number, Run& run, Mode mode) : run_(run), number_(number), mode_(mode) {
  timer_.owner = {number, 0};
  timer_.kind = kTimerClient;
}

Client::~Client() { run_.wheel().cancel(timer_); }

// ---- the connection ---------------------------------------------------------------------------

bool Client::connect() {
  SlotId id;
  net::Link* link = run_.links().make(net::Side::origin, &id);
  if (link == nullptr) return false;
  const RunWish& wish = run_.wish();
  if (!link->start_connect(wish.url.address, wish.tls, wish.server_name.c_str())) {
    link->abort();
    return false;
  }
  link->owner = {number_, 0};
  link_ = link;
  established_ = false;
  return true;
}

void Client::prepare() {
  if (link_ == nullptr && connect()) link_->settle();
}

bool Client::establish() {
  if (established_) return true;
  const std::optional<bool> result = link_->establish();
  if (!result) {
    link_->settle();
    return false;
  }
  if (!*result) {
    const Failed why = link_->phase() == net::Phase::connecting ? Failed::connect : Failed::tls;
    if (busy_) fail(why);
    else let_go(false);
    return false;
  }
  established_ = true;
  run_.opened(*this);
  return true;
}

void Client::let_go(bool gracefully) {
  if (link_ == nullptr) return;
  net::Link* link = link_;
  link_ = nullptr;
  established_ = false;
  if (gracefully) link->finish();
  else link->abort();
}

void Client::stop() {
  busy_ = false;
  let_go(false);
}

// ---- the request ------------------------------------------------------------------------------

void Client::begin(uint64_t number, MonotonicNs intended) {
  busy_ = true;
  request_ = number;
  intended_ = intended;
  written_ = in_body_ = false;
  in_.clear();
  text_.clear();
  scan_ = {};
  const MonotonicNs now = run_.clock();
  deadline_ = now + run_.wish().timeout;
  run_.wheel().schedule(timer_, deadline_);
  if (established_ && !link_->quiet()) let_go(false);   // it ended meanwhile, or said something unasked
  if (link_ == nullptr && !connect()) return fail(Failed::connect);
  if (established_) write();
  if (link_ != nullptr) link_->settle();
}

void Client::write() {
  written_ = true;
  const Request& request = run_.plan().request(request_);
  const ByteView token = run_.plan().token_line(request_);
  Tally& tally = run_.tally(*this, intended_);
  ++tally.sent;
  tally.bytes_out += request.head.size() + token.size() + 2 + request.body.size();
  if (mode_ == Mode::plain || mode_ == Mode::slow_reader) {
    link_->write({request.head, token, "\r\n", request.body});
  } else {
    paced_ = request.head;
    paced_.append(token).append("\r\n").append(request.body);
    if (mode_ == Mode::abort) write_paced(request_ % 2 == 0 ? paced_.size() / 2 : paced_.size());
  }
  if (mode_ != Mode::plain) run_.wheel().schedule(timer_, run_.clock() + TimingWheel::kTick);
  if (mode_ == Mode::slow_reader) link_->want(true, true);   // what is not read fills the link, then its socket
}

void Client::write_paced(size_t bytes) {
  bytes = std::min(bytes, paced_.size());
  if (bytes == 0) return;
  link_->write(ByteView(paced_).substr(0, bytes));
  paced_.erase(0, bytes);
}

void Client::step() {
  if (link_ == nullptr || !establish()) return;
  if (!busy_) {
    if (link_->ended()) return let_go(!link_->failed());
    return link_->settle();
  }
  if (mode_ == Mode::churn) {
    Tally& tally = run_.tally(*this, intended_);
    const MonotonicNs now = run_.clock();
    ++tally.sent;
    ++tally.answers;
    ++tally.good;
    tally.latency.record(now - intended_);
    if (now <= run_.end_of(intended_)) {
      ++tally.in_time;
      ++tally.good_in_time;
    }
    let_go(true);
    return end_request();
  }
  if (!written_) write();
  read();
  if (link_ != nullptr) link_->settle();
}

void Client::expired(MonotonicNs now) {
  if (resting_) {
    resting_ = false;
    run_.freed(number_);
    return;
  }
  if (!busy_) return;
  if (now >= deadline_) return fail(Failed::timeout);
  if (mode_ != Mode::plain && link_ != nullptr && written_) tick(now);
  else run_.wheel().schedule(timer_, deadline_);
}

// One tick of the modes: what the pace allows.
void Client::tick(MonotonicNs now) {
  const size_t allowed = static_cast<size_t>(run_.wish().pace * TimingWheel::kTick / kNsPerSecond) + 1;
  if (mode_ == Mode::abort && leave_in_the_middle()) return;
  if (mode_ == Mode::drip) write_paced(1);
  if (mode_ == Mode::slow_writer) write_paced(allowed);
  run_.wheel().schedule(timer_, std::min(deadline_, now + TimingWheel::kTick));
  if (mode_ == Mode::slow_reader) {
    allowance_ = allowed;
    read();
  }
  if (link_ != nullptr) link_->settle();
}

bool Client::leave_in_the_middle() {
  if (request_ % 2 != 0) return false;   // leaves when the answer begins
  ++run_.tally(*this, intended_).aborted;
  let_go(false);
  end_request();
  return true;
}

// ---- the answer -------------------------------------------------------------------------------

void Client::read() {
  while (busy_ && link_ != nullptr) {
    ByteSpan room = run_.scratch();
    if (mode_ == Mode::slow_reader) {
      if (allowance_ == 0) return;
      room = room.subspan(0, std::min(allowance_, room.size()));
    }
    size_t count = 0;
    switch (link_->read(room, &count)) {
      case net::Input::data:
        allowance_ -= std::min(allowance_, count);
        if (!take({room.data(), count})) return;
        break;
      case net::Input::none: return;
      case net::Input::end:
        if (in_body_ && decoder_.end()) {
          keep_ = false;
          return answered();
        }
        return fail(Failed::closed);
      case net::Input::truncated:
      case net::Input::failed: return fail(Failed::closed);
    }
  }
}

bool Client::take(ByteView bytes) {
  run_.tally(*this, intended_).bytes_in += bytes.size();
  if (mode_ == Mode::abort) {
    ++run_.tally(*this, intended_).aborted;
    let_go(false);
    end_request();
    return false;
  }
  return in_body_ ? take_body(bytes) : take_head(bytes);
}

bool Client::take_head(ByteView bytes) {
  for (;;) {
    ByteView view = bytes;
    if (!in_.empty()) {
      in_.append(bytes);
      view = in_;
    }
    http::ResponseHead& head = run_.head();
    const auto result = http::parse_response_head(view, run_.plan().request(request_).method, {}, scan_, head);
    if (result.status == http::ParseStatus::error) {
      fail(Failed::malformed);
      return false;
    }
    if (result.status == http::ParseStatus::need_more) {
      if (in_.empty()) in_ = bytes;
      return true;
    }
    if (run_.checks().reads_heads()) {
      text_.append(view.substr(0, result.consumed));
      const http::Field* coding = head.fields.find(http::FieldId::content_encoding);
      coded_ = coding != nullptr && !http::equals_ignore_case(coding->value, "identity");
    }
    const std::string rest = in_.empty() ? std::string() : std::string(view.substr(result.consumed));
    bytes = in_.empty() ? view.substr(result.consumed) : ByteView(rest);
    in_.clear();
    scan_ = {};
    if (head.status < 200) {   // interim
      if (bytes.empty()) return true;
      in_ = bytes;
      bytes = {};
      continue;
    }
    status_ = head.status;
    keep_ = head.keep_alive;
    decoder_ = http::BodyDecoder(head.framing, head.content_length);
    in_body_ = true;
    body_at_ = text_.size();
    return take_body(bytes);
  }
}

bool Client::take_body(ByteView bytes) {
  while (!bytes.empty() && !decoder_.done()) {
    const auto step = decoder_.feed(bytes);
    if (step.reason != Reason::none) {
      fail(Failed::malformed);
      return false;
    }
    if (run_.checks().reads_bodies()) text_.append(step.payload);
    bytes.remove_prefix(step.consumed);
  }
  if (!decoder_.done()) return true;
  if (!bytes.empty()) fail(Failed::malformed);   // more than one answer
  else answered();
  return false;
}

void Client::answered() {
  const MonotonicNs now = run_.clock();
  Tally& tally = run_.tally(*this, intended_);
  ++tally.answers;
  ++tally.statuses[status_];
  const bool in_time = now <= run_.end_of(intended_);
  if (in_time) ++tally.in_time;
  if (const auto wrong = run_.checks().judge(status_, text_, body_at_, coded_)) {
    ++tally.failures[static_cast<size_t>(*wrong)];
  } else {
    ++tally.good;
    if (in_time) ++tally.good_in_time;
    tally.latency.record(now > intended_ ? now - intended_ : 0);
  }
  if (!keep_ || run_.wish().new_connections) let_go(true);
  end_request();
}

void Client::fail(Failed why) {
  ++run_.tally(*this, intended_).failures[static_cast<size_t>(why)];
  let_go(false);
  busy_ = false;
  resting_ = why == Failed::connect || why == Failed::tls;
  if (!resting_) return end_request();
  run_.wheel().cancel(timer_);
  run_.wheel().schedule(timer_, run_.clock() + kRest);
}

void Client::end_request() {
  busy_ = false;
  allowance_ = 0;
  paced_.clear();
  if (link_ != nullptr) link_->want(true, false);
  run_.freed(number_);
}

}  // namespace gatehouse::load
