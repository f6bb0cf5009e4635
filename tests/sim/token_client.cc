#include "token_client.h"

#include <algorithm>

#include "base/reason.h"
#include "world.h"

namespace gatehouse::sim {

TokenClient::TokenClient(World& world, uint32_t number, Random random) : world_(world), number_(number), random_(random) {
  const size_t count = random_.between(1, 3);
  for (size_t i = 0; i < count; ++i) {
    const size_t bytes = random_.below(random_.one_of<uint64_t>({100, 4000, 80'000}));
    to_ask_.push_back(world_.make_assertion(bytes, random_.chance(2, 3)));
  }
  piece_ = random_.one_of<size_t>({1000, 20'000, SIZE_MAX});
  if (random_.chance(1, 4)) leaves_after_ = random_.below(random_.one_of<uint64_t>({500, 20'000}));
}

void TokenClient::start() {
  auto self = shared_from_this();
  world_.kernel().dial(world_.client_address(number_), world_.gateway_address(), [self](int result, Wire wire) {
    if (result != 0) return self->end("not connected");
    self->talk_.preface(self->world_.proxy_header(self->number_));
    if (self->world_.tls_clients()) self->talk_.begin_client(std::move(wire), self->world_.trust(), "gateway.example");
    else self->talk_.begin(std::move(wire));
    self->talk_.wire().watch(self.get(), 0);
    self->step_later(0);
  });
}

void TokenClient::wake(uint64_t) { step_later(0); }

void TokenClient::step_later(MonotonicNs delay) {
  if (step_pending_ || done_) return;
  step_pending_ = true;
  world_.kernel().after(delay, [self = shared_from_this()] {
    self->step_pending_ = false;
    if (!self->done_) self->step();
  });
}

void TokenClient::say_more() {
  if (asked_ == nullptr && !to_ask_.empty() && !closing_) {
    asked_ = to_ask_.back();
    to_ask_.pop_back();
    const std::string body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Asaml2-bearer&assertion=" + asked_->assertion;
    unsaid_ = std::string("POST ") + kTokenPath + " HTTP/1.1\r\nHost: gateway.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    world_.trace("tokens", number_, "ask", "%s body %zu", asked_->assertion.substr(0, 12).c_str(), body.size());
  }
  const std::string piece = unsaid_.substr(0, piece_);
  unsaid_.erase(0, piece.size());
  said_ += piece.size();
  talk_.say(piece);
}

void TokenClient::step() {
  say_more();
  if (said_ > leaves_after_) {
    talk_.cut();
    return end("leaves");
  }
  std::string heard;
  const Talk::State state = talk_.move(64 * 1024, &heard);
  reader_.feed(heard);
  while (reader_.step()) {
    const Message message = reader_.message();
    reader_.next();
    take_answer(message);
    if (done_) return;
  }
  if (reader_.broken()) return world_.fail("token client %u got no HTTP: %s", number_, reader_.problem().c_str());
  const bool content = asked_ == nullptr && (to_ask_.empty() || closing_);
  if (content || state != Talk::State::open) {
    talk_.close();
    return end(content ? "is content" : "sees the end");
  }
  const bool blocked = talk_.wants_to_send() && !talk_.wire().writable();
  if (!unsaid_.empty() && !blocked) step_later(random_.between(1, 3) * kNsPerMs);
  else if (talk_.more_to_hear() || (talk_.wants_to_send() && !blocked)) step_later(0);
}

void TokenClient::take_answer(const Message& message) {
  if (message.status() == 100) return;
  if (message.status() == 503 && message.field("gatehouse-exchange-id") == nullptr && world_.turns_away()) {
    talk_.cut();
    return end("is turned away");
  }
  if (asked_ == nullptr) return world_.fail("token client %u got an answer (%d) to nothing", number_, message.status());
  Exchanged& one = *std::exchange(asked_, nullptr);
  const std::string* connection = message.field("connection");
  closing_ = closing_ || !unsaid_.empty() || (connection != nullptr && *connection == "close");
  unsaid_.clear();
  const std::string* id = message.field("gatehouse-exchange-id");
  if (id == nullptr || world_.seen_id(*id)) return world_.fail("token client %u: no exchange id, or one that was used", number_);
  world_.trace("tokens", number_, "answer", "%d body %zu", message.status(), message.body.size());
  if (message.status() != 200) return world_.check_token_refusal(one, message);
  const bool whole = !one.token.empty() && message.body.find("{\"access_token\":\"" + one.token + "\"") == 0;
  if (!whole) return world_.fail("token client %u: not the token that was made for its assertion", number_);
  one.answered = true;
  world_.faults().count(Fault::token_given);
}

void TokenClient::end(const char* why) {
  if (done_) return;
  done_ = true;
  world_.trace("tokens", number_, "ends", "%s", why);
}

}  // namespace gatehouse::sim
