#include "origin.h"

#include <algorithm>

#include "malformed.h"
#include "world.h"

namespace gatehouse::sim {

Origin::Origin(World& world, uint32_t number, Random random)
    : world_(world), number_(number), random_(random) {
  if (world_.faults().hit(Fault::slow_reader))
    pace_ = {random_.between(1, 400), random_.between(1, 40) * kNsPerMs, 200};
}

void Origin::start(Wire wire, bool secured) {
  if (secured && world_.faults().hit(Fault::tampered))
    wire.tamper(random_.chance(1, 2), world_.draw_tampered());
  if (secured && world_.faults().hit(Fault::origin_handshake)) {
    handshake_ = static_cast<Handshake>(random_.between(1, 5));
    trouble_after_ = random_.below(1500);
    world_.trace("origin", number_, "handshake", "goes wrong: %u", static_cast<unsigned>(handshake_));
  }
  if (secured && handshake_ == Handshake::impostor)
    talk_.begin_server(std::move(wire), world_.impostor_settings());
  else if (secured && handshake_ != Handshake::garbage)
    talk_.begin_server(std::move(wire), world_.origin_settings());
  else
    talk_.begin(std::move(wire));
  talk_.wire().watch(this, 0);
}

void Origin::wake(uint64_t) {
  step_later(pace_.steps > 0 ? pace_.delay : 0);
}

void Origin::step_later(MonotonicNs delay) {
  if (step_pending_ || done_) return;
  step_pending_ = true;
  auto self = shared_from_this();
  world_.kernel().after(delay, [self] {
    self->step_pending_ = false;
    if (!self->done_) self->step();
  });
}

// True when it is over, or all that is to come of this connection is silence.
bool Origin::break_handshake() {
  switch (handshake_) {
    case Handshake::good:
    case Handshake::impostor: return false;
    case Handshake::silent: return true;
    case Handshake::garbage:
      talk_.say("HTTP/1.1 400 This port speaks HTTP\r\nContent-Length: 0\r\n\r\n");
      leave("speaks no TLS");
      return true;
    case Handshake::reset:
    case Handshake::close: break;
  }
  std::string heard;
  const Talk::State state = talk_.move(trouble_after_ - std::min(trouble_after_, talk_.sent()), &heard);
  if (talk_.secured() && state == Talk::State::open) {  // too late: let it be good
    handshake_ = Handshake::good;
    reader_.feed(heard);
    return false;
  }
  if (talk_.sent() < trouble_after_ && state == Talk::State::open) return true;
  if (handshake_ == Handshake::close)
    talk_.cut();
  else
    talk_.reset();
  end("breaks off the handshake");
  return true;
}

void Origin::step() {
  if (leaving_ == nullptr && break_handshake()) return;
  const bool slow = pace_.steps > 0;
  if (slow) --pace_.steps;
  std::string heard;
  size_t most = slow ? pace_.bytes : 64 * 1024;
  const bool breaks = answered_ && (trouble_ == Trouble::reset || trouble_ == Trouble::close);
  if (breaks && talk_.sent() < trouble_after_) most = std::min<size_t>(most, trouble_after_ - talk_.sent());
  const Talk::State state = talk_.move(most, &heard);
  if (world_.holds_token(heard))
    return world_.fail("origin connection %u: the caller's token arrived", number_);
  if (handshake_ == Handshake::impostor && !heard.empty())
    return world_.fail("origin connection %u: a request is sent to somebody else", number_);
  if (leaving_ != nullptr && state != Talk::State::reset && state != Talk::State::failed) {
    if (talk_.finished()) return leave(leaving_);
    if (talk_.wants_to_send() && talk_.wire().writable()) step_later(slow ? pace_.delay : 0);
    return;
  }
  reader_.feed(heard);
  look_at_request();
  if (done_) return;
  if (trouble_ == Trouble::reset && talk_.sent() >= trouble_after_ && answered_) {
    talk_.reset();
    return end("resets");
  }
  if (trouble_ == Trouble::close && talk_.sent() >= trouble_after_ && answered_) {
    if (current_ != nullptr && current_->answer_form == Form::until_close) current_->cut = true;
    talk_.cut();
    return end("closes early");
  }
  if (state == Talk::State::reset || state == Talk::State::failed) {
    talk_.reset();
    return end("sees a reset");
  }
  if (answered_ && talk_.all_sent() && reader_.message().whole) {
    reader_.next();
    current_ = nullptr;
    planned_ = answered_ = false;
    if (closing_) return leave("closes");
    step_later(0);
    if (world_.faults().hit(Fault::origin_closes_idle)) {
      auto self = shared_from_this();
      world_.kernel().after(random_.below(2 * kNsPerSecond), [self] {
        if (!self->done_ && self->current_ == nullptr) self->leave("closes while idle");
      });
    }
  }
  if (state == Talk::State::ended && (current_ == nullptr || !reader_.message().whole)) {
    talk_.close();
    return end("sees the end");
  }
  if (talk_.more_to_hear() || (talk_.wants_to_send() && talk_.wire().writable()))
    step_later(slow ? pace_.delay : 0);
}

void Origin::look_at_request() {
  reader_.step();
  if (reader_.broken()) return world_.fail("origin got no HTTP: %s", reader_.problem().c_str());
  const Message& request = reader_.message();
  if (!request.head_whole) return;
  if (current_ == nullptr) {
    Ask* ask = world_.book().find_path(std::string(request.target()));
    if (ask == nullptr) return world_.fail("origin got a request nobody made: %s", request.start.c_str());
    current_ = ask;
    ++ask->times_at_origin;
    world_.trace("origin", number_, "request", "e%u %s", ask->number, request.start.c_str());
    check_head(request, *ask);
    if (done_) return;
  }
  if (request.whole && request.body != current_->body)
    return world_.fail("e%u: the origin got another body: %zu bytes, not %zu", current_->number,
                       request.body.size(), current_->body.size());
  if (!planned_ && (request.whole || world_.faults().hit(Fault::origin_early_answer))) plan_answer(*current_);
}

void Origin::check_head(const Message& request, Ask& ask) {
  if (!ask.may_reach()) return world_.fail("e%u (%s) reached an origin", ask.number, route_name(ask.route));
  // A kept connection may end as it is used again: then idempotent requests return, but none that a person released.
  const bool may_return = ask.method != "POST" && ask.method != "PATCH" && ask.route != Route::held;
  if (ask.times_at_origin > (may_return ? 2 : 1)) return world_.fail("e%u reached an origin again", ask.number);
  if (request.field("authorization") != nullptr)
    return world_.fail("e%u: Authorization at the origin", ask.number);
  for (const auto& [name, value] : request.fields)
    if (value.find(kForged) != std::string::npos) return world_.fail("e%u: the client's %s at the origin", ask.number, name.c_str());
  size_t credentials = 0;
  for (const auto& [name, value] : request.fields) {
    if (name != "x-origin-key") continue;
    ++credentials;
    if (value != kCredential) world_.fail("e%u: another credential at the origin", ask.number);
  }
  if (credentials != 1) world_.fail("e%u: %zu credentials at the origin", ask.number, credentials);
  check_told(request, ask);
}

// Of this caller, and of nobody who used the connection before.
void Origin::check_told(const Message& request, const Ask& ask) {
  for (const auto& [name, told] : world_.told(ask)) {
    size_t times = 0;
    for (const auto& [field, value] : request.fields) {
      if (field != name) continue;
      ++times;
      if (value != told) world_.fail("e%u: the origin is told %s: %s, not %s", ask.number, name.c_str(), value.c_str(), told.c_str());
    }
    if (times != 1) world_.fail("e%u: the origin is told %s %zu times", ask.number, name.c_str(), times);
  }
}

void Origin::plan_answer(Ask& ask) {
  planned_ = true;
  Faults& faults = world_.faults();
  MonotonicNs delay = random_.below(20 * kNsPerMs);
  trouble_ = Trouble::none;
  trouble_after_ = talk_.sent() + random_.below(ask.answer.size() + 300);
  if (world_.lines().owes_answer(ask.method == "HEAD")) {
    trouble_ = Trouble::garbage;
    faults.count(Fault::origin_garbage);
  } else if (faults.hit(Fault::origin_slow)) {
    trouble_ = Trouble::slow;
    delay = random_.one_of<MonotonicNs>({1, 20, 119, 125, 200}) * kNsPerSecond;
  } else if (faults.hit(Fault::origin_reset)) {
    trouble_ = Trouble::reset;
  } else if (faults.hit(Fault::origin_closes_early)) {
    trouble_ = Trouble::close;
  } else if (faults.hit(Fault::origin_garbage)) {
    trouble_ = Trouble::garbage;
  }
  auto self = shared_from_this();
  world_.kernel().after(delay, [self, &ask] {
    if (self->done_ || self->current_ != &ask) return;
    self->answer(ask);
  });
}

std::string Origin::answer_bytes(const Ask& ask) {
  if (trouble_ == Trouble::garbage) {
    const Malformed& drawn = world_.lines().answer(random_, ask.method == "HEAD");
    world_.faults().count(drawn.kind);
    return drawn.bytes;
  }
  std::string head = "HTTP/1.1 " + std::to_string(ask.answer_status) + " Said\r\nServer: scripted\r\n";
  constexpr const char* kTypes[] = {"application/json; charset=utf-8", "application/x-ndjson", "text/event-stream"};
  if (ask.answer_form != Form::none)
    head += std::string("Content-Type: ") + kTypes[static_cast<size_t>(ask.answer_kind)] + "\r\n";
  if (ask.answer_form == Form::length)
    head += "Content-Length: " + std::to_string(ask.answer.size()) + "\r\n";
  if (ask.answer_form == Form::chunked) head += "Transfer-Encoding: chunked\r\n";
  if (ask.answer_close || ask.answer_form == Form::until_close) head += "Connection: close\r\n";
  head += "\r\n";
  if (random_.chance(1, 12)) head = "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + head;
  if (ask.method == "HEAD" || ask.answer_form == Form::none) return head;
  return head + (ask.answer_form == Form::chunked ? chunked(ask.answer, random_) : ask.answer);
}

// Now and then what follows a head comes later than the head.
void Origin::answer(Ask& ask) {
  std::string bytes = answer_bytes(ask);
  const size_t head = bytes.find("\r\n\r\n");
  if (head == std::string::npos || head + 4 == bytes.size() || random_.chance(2, 3)) return say(ask, bytes);
  talk_.say(ByteView(bytes).substr(0, head + 4));
  step_later(0);
  auto self = shared_from_this();
  world_.kernel().after(random_.below(5 * kNsPerMs), [self, &ask, rest = bytes.substr(head + 4)] {
    if (!self->done_ && self->current_ == &ask) self->say(ask, rest);
  });
}

void Origin::say(Ask& ask, ByteView bytes) {
  talk_.say(bytes);
  answered_ = true;
  closing_ = ask.answer_close || ask.answer_form == Form::until_close || trouble_ == Trouble::garbage;
  world_.trace("origin", number_, "answers", "e%u %d %s body %zu%s", ask.number, ask.answer_status,
               form_name(ask.answer_form), ask.answer.size(),
               trouble_ == Trouble::none ? "" : " with trouble");
  step_later(0);
}

// An answer that ends with the connection is whole only with its close_notify: a wire that is full at this
// moment takes it later.
void Origin::leave(const char* why) {
  leaving_ = why;
  talk_.finish();
  if (!talk_.finished()) return step_later(0);
  talk_.close();
  end(why);
}

void Origin::end(const char* why) {
  done_ = true;
  world_.trace("origin", number_, "ends", "%s, sent %llu", why,
               static_cast<unsigned long long>(talk_.sent()));
}

}  // namespace gatehouse::sim
