#include "client.h"

#include <algorithm>
#include <iterator>

#include "malformed.h"
#include "world.h"

namespace gatehouse::sim {

namespace {

constexpr size_t kFast = 64 * 1024;

// Names of which none is to reach an origin with what a client says.
constexpr const char* kClaims[] = {"X-Forwarded-For", "X-User-Id", "X-Tenant", "SM-User", "X-Team-Id", "X-AUTH", "x-project-id",
                                   "Fly-Client-IP", "RemoteUser", "X_Real_Ip", "OpenAI-Organization", "Forwarded", "Via"};

}  // namespace

Client::Client(World& world, uint32_t number, Random random)
    : world_(world), number_(number), random_(random) {
  const size_t count = random_.between(1, 6);
  for (size_t i = 0; i < count; ++i) {
    to_ask_.push_back(&world_.book().draw());
    to_ask_.back()->client = number_;
  }
  window_ = random_.one_of<size_t>({1, 1, 2, 4});
  secured_ = world_.tls_clients();
  if (world_.faults().hit(Fault::slow_reader))
    pace_ = {random_.between(1, 400), random_.between(1, 40) * kNsPerMs, 200};
  draw_trouble();
}

void Client::draw_trouble() {
  Faults& faults = world_.faults();
  bool held = false;
  for (const Ask* ask : to_ask_) held = held || (ask->route == Route::held && ask->caller == Caller::member);
  trouble_after_ = random_.below(random_.one_of<uint64_t>({200, 2000, 100'000}));
  if (secured_ && faults.hit(Fault::handshake_reset)) {
    trouble_ = Trouble::handshake_reset;
    trouble_after_ = random_.below(300);
  } else if (faults.hit(Fault::client_reset)) {
    trouble_ = Trouble::reset;
  } else if (faults.hit(Fault::client_left)) {
    trouble_ = Trouble::leave;
  } else if (held && faults.hit(Fault::client_left_held)) {
    trouble_ = Trouble::leave_held;
    trouble_after_ = random_.below(world_.hold_deadline());
  } else if (faults.hit(Fault::client_half_close)) {
    trouble_ = Trouble::half_close;
  } else if (faults.hit(Fault::client_malformed)) {
    trouble_ = Trouble::malformed;
  } else if (faults.hit(Fault::client_stall)) {
    trouble_ = Trouble::stall;
  }
  if (number_ == 1 && world_.lines().owes_request()) {
    trouble_ = Trouble::malformed;
    faults.count(Fault::client_malformed);
  }
}

void Client::start() {
  auto self = shared_from_this();
  world_.kernel().dial(world_.client_address(number_), world_.gateway_address(),
                       [self](int result, Wire wire) {
                         if (self->done_) return;
                         if (result != 0) return self->end("not connected");
                         self->connected_ = true;
                         if (self->secured_ && self->world_.faults().hit(Fault::tampered)) {
                           wire.tamper(self->random_.chance(1, 2), self->world_.draw_tampered());
                           self->misbehaved_ = true;  // what became of its requests is not its to know
                         }
                         self->talk_.preface(self->world_.proxy_header(self->number_));
                         if (self->secured_)
                           self->talk_.begin_client(std::move(wire), self->world_.trust(), "gateway.example");
                         else
                           self->talk_.begin(std::move(wire));
                         self->talk_.wire().watch(self.get(), 0);
                         self->step_later(0);
                       });
}

void Client::wake(uint64_t) {
  if (!stalled_) step_later(pace_.steps > 0 ? pace_.delay : 0);
}

void Client::step_later(MonotonicNs delay) {
  if (step_pending_ || done_) return;
  step_pending_ = true;
  auto self = shared_from_this();
  world_.kernel().after(delay, [self] {
    self->step_pending_ = false;
    if (!self->done_) self->step();
  });
}

// ---- asking ----

std::string Client::head_of(const Ask& ask) {
  std::string head = ask.method + " " + ask.path + " HTTP/1.1\r\nHost: " +
                     (ask.number % 5 == 0 ? "GATEWAY.example:443" : "gateway.example") + "\r\n";
  if (ask.caller != Caller::nobody) head += "Authorization: Bearer " + world_.token(ask) + "\r\n";
  head += "Accept: */*\r\n";
  if (random_.chance(1, 3)) head += std::string(kCredentialField) + ": from-the-client\r\n";
  if (random_.chance(1, 3)) head += std::string(kClaims[ask.number % std::size(kClaims)]) + ": " + kForged + "\r\n";
  // What the route tells a client never says, in no spelling.
  if (const auto told = world_.told(ask); !told.empty() && ask.number % 3 == 0) {
    std::string name = told[ask.number % told.size()].first;
    if (ask.number % 2 == 0) std::replace(name.begin(), name.end(), '-', '_');
    head += name + ": " + kForged + "\r\n";
  }
  if (random_.chance(1, 4)) head += "Cookie: a=b\r\nConnection: X-Hop\r\nX-Hop: " + std::string(kForged) + "\r\n";
  if (ask.expect_continue) head += "Expect: 100-continue\r\n";
  if (ask.close) head += "Connection: close\r\n";
  if (ask.form != Form::none) head += "Content-Type: application/json\r\n";
  if (!ask.content.empty()) head += "Content-Encoding: gzip\r\n";
  if (ask.form == Form::length) head += "Content-Length: " + std::to_string(ask.body.size()) + "\r\n";
  if (ask.form == Form::chunked) head += "Transfer-Encoding: chunked\r\n";
  return head + "\r\n";
}

std::string chunked(const std::string& body, Random& random) {
  std::string out;
  for (size_t at = 0; at < body.size();) {
    const size_t piece =
        std::min<size_t>(body.size() - at, 1 + random.below(random.one_of<uint64_t>({20, 3000, 70'000})));
    char size[20];
    snprintf(size, sizeof size, "%zx\r\n", piece);
    out += size + body.substr(at, piece) + "\r\n";
    at += piece;
    if (out.size() > 4 * body.size() + 2000) break;
  }
  // Trailers go no further: whoever reads at the other end knows none.
  return out + (random.chance(1, 3) ? "0\r\nX-User-Id: " + std::string(kForged) + "\r\nContent-Length: 1\r\n\r\n" : "0\r\n\r\n");
}

// What follows is what a smuggler would have the origin read as a request of its own: no origin knows it. Only behind a
// path with two readings a request begins where everybody thinks.
std::string Client::garbage() {
  const Malformed& drawn = world_.lines().request(random_);
  world_.faults().count(garbage_kind_ = drawn.kind);
  std::string text = drawn.bytes;
  misdirected_ = secured_ && drawn.kind == Fault::request_host && number_ % 2 == 0;
  if (misdirected_) text = kMisdirected;   // 421: the connection lives on, and nothing of this reaches an origin
  if (drawn.kind != Fault::request_target && !misdirected_)
    text += "GET /open/smuggled HTTP/1.1\r\nHost: gateway.example\r\nAuthorization: Bearer %TOKEN%\r\n\r\n";
  for (size_t at; (at = text.find("%TOKEN%")) != std::string::npos;) text.replace(at, 7, world_.member_token());
  return text;
}

void Client::say(Ask& ask) {
  talk_.say(head_of(ask));
  const std::string body = ask.form == Form::chunked  ? chunked(ask.body, random_)
                           : ask.form == Form::length ? ask.body
                                                      : std::string();
  asked_.push_back(&ask);
  world_.trace("client", number_, "ask", "e%u %s %s body %zu", ask.number, ask.method.c_str(),
               route_name(ask.route), ask.body.size());
  if (ask.expect_continue && ask.form != Form::none) {
    held_body_ = body;
    waits_to_continue_ = true;
    if (random_.chance(1, 2)) {  // RFC 9110 section 10.1.1: it need not wait for ever
      auto self = shared_from_this();
      world_.kernel().after(kNsPerSecond, [self] {
        if (self->done_ || !self->waits_to_continue_) return;
        self->waits_to_continue_ = false;
        self->talk_.say(std::exchange(self->held_body_, {}));
        self->step_later(0);
      });
    }
  } else {
    talk_.say(body);
  }
  if (trouble_ == Trouble::leave_held && ask.route == Route::held) {
    auto self = shared_from_this();
    world_.kernel().after(trouble_after_, [self] {
      if (self->done_) return;
      self->misbehaved_ = true;
      self->talk_.cut();
      self->end("leaves while held");
    });
  }
}

void Client::say_more() {
  if (last_said_close_) return;
  while (!to_ask_.empty() && asked_.size() < window_ && !waits_to_continue_) {
    if (!asked_.empty() && asked_.back()->close) return;  // nothing may follow
    if (trouble_ == Trouble::malformed && ((number_ == 1 && world_.lines().owes_request()) || random_.chance(1, 2))) {
      talk_.say(garbage());
      misbehaved_ = said_garbage_ = true;
      to_ask_.clear();
      world_.trace("client", number_, "garbage", "%s", fault_name(garbage_kind_));
      return;
    }
    Ask& ask = *to_ask_.front();
    to_ask_.pop_front();
    say(ask);
  }
  if (to_ask_.empty() && trouble_ == Trouble::half_close && !finished_writing_ && !waits_to_continue_) {
    finished_writing_ = true;
    talk_.finish();
  }
}

// ---- one step ----

bool Client::trouble_now() {
  if (talk_.sent() + heard_bytes_ < trouble_after_) return false;
  switch (trouble_) {
    case Trouble::none:
    case Trouble::leave_held:
    case Trouble::half_close:
    case Trouble::malformed: return false;
    case Trouble::stall:
      misbehaved_ = stalled_ = true;
      world_.trace("client", number_, "stalls", " ");
      trouble_ = Trouble::none;
      {
        auto self = shared_from_this();
        world_.kernel().after(random_.between(1, 40) * kNsPerSecond, [self] {
          self->stalled_ = false;
          self->step_later(0);
        });
      }
      return true;
    case Trouble::handshake_reset:
      if (talk_.secured()) return false;
      [[fallthrough]];
    case Trouble::reset:
      misbehaved_ = true;
      talk_.reset();
      end("resets");
      return true;
    case Trouble::leave:
      misbehaved_ = true;
      talk_.cut();
      end("leaves");
      return true;
  }
  return false;
}

void Client::step() {
  if (stalled_ || trouble_now()) return;
  say_more();
  hear();
  if (done_ || trouble_now()) return;
  say_more();
  if (to_ask_.empty() && asked_.empty() && talk_.all_sent() && !misbehaved_) {
    talk_.close();
    return end("is content");
  }
  const bool slow = pace_.steps > 0;
  if (slow) --pace_.steps;
  const bool more_to_hear = talk_.more_to_hear();
  if (more_to_hear || (talk_.wants_to_send() && talk_.wire().writable())) step_later(slow ? pace_.delay : 0);
}

void Client::hear() {
  std::string heard;
  size_t most = pace_.steps > 0 ? pace_.bytes : kFast;
  const bool breaks = trouble_ == Trouble::reset || trouble_ == Trouble::leave ||
                      trouble_ == Trouble::stall || trouble_ == Trouble::handshake_reset;
  const uint64_t moved = talk_.sent() + heard_bytes_;
  if (breaks && moved < trouble_after_) most = std::min<size_t>(most, trouble_after_ - moved);
  const Talk::State state = talk_.move(most, &heard);
  heard_bytes_ += heard.size();
  reader_.feed(heard);
  for (;;) {
    reader_.head_request = !asked_.empty() && asked_.front()->method == "HEAD";
    if (!reader_.step()) break;
    const Message message = reader_.message();
    reader_.next();
    take_answer(message);
    if (done_) return;
  }
  if (reader_.broken()) return world_.fail("client %u got no HTTP: %s", number_, reader_.problem().c_str());
  if (state == Talk::State::open) return;
  reader_.ended();
  if (reader_.step())
    take_answer(reader_.message());
  else
    check_partial();
  check_unanswered(state);
  if (done_) return;
  if (state == Talk::State::reset)
    talk_.reset();
  else
    talk_.close();
  end(state == Talk::State::ended   ? "sees the end"
      : state == Talk::State::reset ? "sees a reset"
                                    : "sees TLS fail");
}

// ---- checking ----

void Client::take_answer(const Message& message) {
  const int status = message.status();
  if (status == 100) {
    if (!asked_.empty() && asked_.front()->refusal() == 401)
      return world_.fail("e%u: somebody whom nobody knows is asked for the body", asked_.front()->number);
    if (waits_to_continue_) {
      waits_to_continue_ = false;
      talk_.say(std::exchange(held_body_, {}));
      step_later(0);
    }
    return;
  }
  if (status == 503 && message.field("gatehouse-exchange-id") == nullptr) {   // no request of this connection was looked at
    if (!world_.turns_away()) return world_.fail("client %u is turned away", number_);
    misbehaved_ = true;
    talk_.cut();
    return end("is turned away");
  }
  if (asked_.empty()) {
    if (!misbehaved_) world_.fail("client %u got an answer (%d) to nothing", number_, status);
    if (said_garbage_ && (status < 400 || std::exchange(garbage_answered_, true)))
      world_.fail("client %u got an answer (%d) behind what is not HTTP", number_, status);
    const bool of_no_request = status >= 500 || status == 408;   // overload, an end, a deadline
    if (misdirected_ && status != 421 && !of_no_request)
      world_.fail("client %u asked for another host than its TLS is for and got %d, not 421", number_, status);
    return;
  }
  Ask& ask = *asked_.front();
  asked_.pop_front();
  if (waits_to_continue_ && asked_.empty()) {  // answered without the body: that is over
    waits_to_continue_ = false;
    held_body_.clear();
  }
  ask.status = status;
  ask.answered_whole = true;
  ask.whole = message.body;
  const std::string* connection = message.field("connection");
  last_said_close_ = connection != nullptr && *connection == "close";
  world_.trace("client", number_, "answer", "e%u %d body %zu%s", ask.number, status, message.body.size(),
               last_said_close_ ? " close" : "");
  check_answer(ask, message);
}

void Client::check_answer(Ask& ask, const Message& message) {
  const std::string* id = message.field("gatehouse-exchange-id");
  if (id == nullptr) return world_.fail("e%u: an answer without an exchange id", ask.number);
  ask.exchange = *id;
  if (world_.seen_id(*id)) return world_.fail("e%u: exchange id %s is used twice", ask.number, id->c_str());
  if (message.body.rfind("{\"detail\"", 0) == 0 || message.field("www-authenticate") != nullptr ||
      (ask.method == "HEAD" && (ask.times_at_origin == 0 || message.status() != ask.answer_status)))
    return world_.check_refusal(ask, message);
  if (!ask.may_reach())
    return world_.fail("e%u (%s) was answered by an origin", ask.number, route_name(ask.route));
  if (ask.times_at_origin == 0) return world_.fail("e%u was answered, but no origin saw it", ask.number);
  if (message.status() != ask.answer_status)
    return world_.fail("e%u: status %d instead of %d", ask.number, message.status(), ask.answer_status);
  ask.got = message.body;
  ask.answered_by_origin = true;
  if (ask.cut && ask.answer_masked.compare(0, message.body.size(), message.body) == 0) return;
  const bool bodiless = ask.method == "HEAD" || ask.answer_form == Form::none;
  if (message.body != (bodiless ? std::string() : ask.answer_masked))
    world_.fail("e%u (%s): the body is not mask(what the origin sent): %zu bytes, not %zu", ask.number,
                route_name(ask.route), message.body.size(), ask.answer_masked.size());
}

void Client::check_partial() {
  const Message& message = reader_.message();
  if (!message.head_whole || asked_.empty() || message.status() < 200) return;
  Ask& ask = *asked_.front();
  const ByteView refusal = "{\"detail\"";  // or as much of it as has come
  const ByteView begun = ByteView(message.body).substr(0, refusal.size());
  if (refusal.starts_with(begun) && (begun == refusal || ask.times_at_origin == 0)) return;
  if (!ask.may_reach()) return world_.fail("e%u: a part of an answer from an origin", ask.number);
  if (const std::string* id = message.field("gatehouse-exchange-id")) ask.exchange = *id;
  ask.got = message.body;
  if (ask.answer_masked.compare(0, message.body.size(), message.body) != 0)
    world_.fail("e%u: %zu bytes that are no beginning of mask(what the origin sent)", ask.number,
                message.body.size());
}

void Client::check_unanswered(Talk::State state) {
  if (misbehaved_ || last_said_close_) return;
  if (state == Talk::State::failed && !talk_.secured())
    return world_.fail("client %u: no handshake", number_);
  if (asked_.empty() && to_ask_.empty()) return;
  if (!asked_.empty()) world_.check_unanswered(*asked_.front(), reader_.message().head_whole);
}

void Client::end(const char* why) {
  if (done_) return;
  done_ = true;
  world_.trace("client", number_, "ends", "%s, unanswered %zu", why, asked_.size());
}

std::string Client::state_line() const {
  std::string line = "client " + std::to_string(number_) + (done_ ? " done" : " waits");
  for (const Ask* ask : asked_) line += " e" + std::to_string(ask->number);
  return line + " to ask " + std::to_string(to_ask_.size()) + " sent " + std::to_string(talk_.sent());
}

}  // namespace gatehouse::sim
