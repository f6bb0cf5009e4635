#include "control/front.h"

#include "control/caller.h"

namespace gatehouse::control {

Front::Front(uring::Ring& ring, MonotonicNs now, const Times& times)
    : ring_(ring), times_(times), wheel_(now), links_(ring, wheel_, kConversationsMax * 2), conversations_(kConversationsMax) {}

uint32_t Front::listen(int descriptor, bool local, Served served) {
  auto place = std::find_if(listening_.begin(), listening_.end(), [](const Listening& one) { return one.left && !one.armed; });
  if (place == listening_.end()) place = listening_.insert(place, Listening{});
  *place = {descriptor, local, false, false, std::move(served), nullptr};
  arm_accepts();
  return static_cast<uint32_t>(place - listening_.begin());
}

void Front::leave(uint32_t number, std::shared_ptr<const void> socket) {
  Listening& listening = listening_[number];
  listening.left = true;
  if (listening.armed) listening.socket = std::move(socket);
}

Front::Conversation* Front::make(net::Link* link) {
  SlotId id;
  Conversation* conversation = conversations_.make(&id);
  GH_ASSERT(conversation != nullptr);  // asked for room before
  conversation->id = id;
  conversation->link = link;
  conversation->timer.owner = id;
  conversation->timer.kind = net::kTimerSession;
  link->owner = id;
  touch(id);
  return conversation;
}

void Front::ask(KeyFetch question, const FetchUrl& url, const Address& to, const tls::ClientSettings* settings, Fetched fetched) {
  SlotId link_id;
  net::Link* link = conversations_.full() || stopping_ ? nullptr : links_.make(net::Side::origin, &link_id);
  if (link == nullptr || !link->start_connect(to, settings, url.host.c_str())) {
    if (link != nullptr) link->abort();
    question.abandon("no room for another connection");
    fetched(question);
    return;
  }
  Conversation* conversation = make(link);
  conversation->question = std::move(question);
  conversation->fetched = std::move(fetched);
  wheel_.schedule(conversation->timer, ring_.now() + times_.fetch);
}

void Front::take(const uring::Completion& completion) {
  if (completion.token.op == uring::Op::accept) return accepted(completion);
  if (completion.token.op == uring::Op::cancel && completion.token.owner.generation == 0) return;  // of an accept
  touch(links_.complete(completion));
}

void Front::accepted(const uring::Completion& completion) {
  Listening& listening = listening_[completion.token.owner.slot];
  if (completion.result >= 0) begin(listening, completion.result);
  if (completion.more) return;
  listening.armed = false;
  if (listening.left) listening.socket = nullptr;
  if (uring::is_shortage(completion.result)) accept_again_ = ring_.now() + kAcceptPause;
  else arm_accepts();
}

void Front::arm_accepts() {
  accept_again_ = kNever;
  for (uint32_t i = 0; i < listening_.size() && !stopping_; ++i) {
    if (listening_[i].armed || listening_[i].left) continue;
    listening_[i].armed = true;
    ring_.accept(listening_[i].descriptor, {{i, 0}, uring::Op::accept});
  }
}

void Front::begin(Listening& listening, int descriptor) {
  const std::string by = listening.local ? caller_of(descriptor) : std::string();
  if (stopping_ || (listening.local && by.empty()) || !make_room(listening.local)) return ring_.drop(descriptor);
  Address address;
  const auto socket = ring_.adopt(descriptor, &address);
  if (!socket) return;
  SlotId link_id;
  net::Link* link = links_.make(net::Side::client, &link_id);
  GH_ASSERT(link != nullptr);  // asked for above
  link->address = address;
  link->start_accepted(*socket, nullptr);
  Conversation* conversation = make(link);
  conversation->by = by;
  conversation->local = listening.local;
  conversation->moved = ring_.now();
  conversation->server.emplace(
      [served = listening.served, by, asker = conversation->id](Request request) {
        request.asker = asker;
        return served(request, by);
      },
      listening.local ? kLocalBodyMax : HttpServer::kBodyMax);
  wheel_.schedule(conversation->timer, ring_.now() + times_.progress);
}

// Places become free at the end of a turn, and links a moment later: both slabs have room beyond for that. Who asks for our health
// never takes the places of those who approve, nor of key fetches. Nobody who was promised an answer is sent away.
bool Front::make_room(bool local) {
  uint32_t count = 0;
  Conversation* silent = nullptr;
  conversations_.for_each([&](Conversation& one) {
    if (one.gone || one.question || one.local != local) return;
    ++count;
    if (!one.server->waiting() && (silent == nullptr || one.moved < silent->moved)) silent = &one;
  });
  if (count >= (local ? kLocalMax : kOutsideMax)) {
    if (silent == nullptr) return false;
    end(*silent, false);
  }
  // Links outlive their conversations: those that wait for the other side's FIN may fill the slab.
  for (; links_.live() >= 3 * kOutsideMax && !ended_.empty(); ended_.pop_front()) {
    net::Link* const link = links_.find(ended_.front());
    if (link == nullptr || link->phase() != net::Phase::lingering) continue;
    link->abort();
    break;
  }
  const uint32_t kept = local ? 0 : kConversationsMax / 8;   // of both slabs
  return conversations_.live() + kept < kConversationsMax && links_.live() + kept < 2 * kConversationsMax;
}

void Front::touch(SlotId id) {
  Conversation* conversation = id.valid() ? conversations_.find(id) : nullptr;
  if (conversation == nullptr || conversation->touched || conversation->gone) return;
  conversation->touched = true;
  touched_.push_back(id);
}

void Front::step(MonotonicNs now) {
  if (now >= accept_again_) arm_accepts();
  wheel_.advance(now, [this](TimerNode& node) {
    if (node.kind == net::kTimerLink) {
      if (net::Link* link = links_.find(node.owner); link != nullptr) link->expired();
    } else if (Conversation* conversation = conversations_.find(node.owner); conversation != nullptr) {
      expired(*conversation);
    }
  });
  stepping_.swap(touched_);
  for (const SlotId id : stepping_) {
    Conversation* conversation = conversations_.find(id);
    if (conversation == nullptr || conversation->gone) continue;
    conversation->touched = false;
    if (conversation->server) {
      step_server(*conversation, now);
    } else {
      step_question(*conversation);
    }
  }
  stepping_.clear();
  links_.unpark();
  for (const SlotId id : gone_) conversations_.destroy(id);
  gone_.clear();
  links_.reclaim();
}

void Front::step_server(Conversation& conversation, MonotonicNs now) {
  net::Link& link = *conversation.link;
  conversation.moved = now;
  const auto ready = link.establish();
  if (!ready) return link.settle();
  if (!*ready) return end(conversation, false);
  char room[4096];
  std::string out;
  // While an answer waits to be read or to be known, no more questions are taken.
  while (link.queued() == 0 && !conversation.server->waiting()) {
    size_t count = 0;
    if (!conversation.server->more()) {
      const net::Input input = link.read(room, &count);
      if (input == net::Input::none) break;
      if (input != net::Input::data) return end(conversation, input == net::Input::end);
    }
    const bool open = conversation.server->feed({room, count}, out);
    if (!link.write(out)) return end(conversation, false);
    out.clear();
    if (!open) return end(conversation, true);
  }
  const bool waiting = conversation.server->waiting();
  link.want(link.queued() == 0 && !waiting, false);
  const bool resting = conversation.server->between() && link.queued() == 0;
  wheel_.schedule(conversation.timer, now + (waiting ? times_.later : resting ? times_.idle : times_.progress));
  link.settle();
}

void Front::answer(SlotId asker, Answer answer) {
  Conversation* conversation = conversations_.find(asker);
  if (conversation == nullptr || conversation->gone || !conversation->server) return;
  conversation->moved = ring_.now();
  conversation->server->answer(std::move(answer));
  touch(asker);
}

void Front::step_question(Conversation& conversation) {
  net::Link& link = *conversation.link;
  KeyFetch& question = *conversation.question;
  const auto ready = link.establish();
  if (!ready) return link.settle();
  if (!*ready) {
    const ByteView why = link.tls() != nullptr ? link.tls()->error() : "";
    question.abandon(question.who() + " cannot be reached" + (why.empty() ? "" : ": " + std::string(why)));
    return end_question(conversation);
  }
  if (!conversation.asked) {
    conversation.asked = true;
    if (!link.write(question.request())) question.abandon("the connection to " + question.who() + " failed");
  }
  char room[16 * 1024];
  while (question.state() == KeyFetch::State::reading) {
    size_t count = 0;
    const net::Input input = link.read(room, &count);
    if (input == net::Input::none) return link.settle();
    if (input == net::Input::data) {
      question.feed({room, count});
    } else {
      question.end(input == net::Input::end);
    }
  }
  end_question(conversation);
}

void Front::end_question(Conversation& conversation) {
  const Fetched fetched = std::move(conversation.fetched);
  const KeyFetch question = std::move(*conversation.question);
  end(conversation, question.state() == KeyFetch::State::done);
  fetched(question);
}

void Front::end(Conversation& conversation, bool gracefully) {
  if (gracefully) {
    conversation.link->finish();
  } else {
    conversation.link->abort();
  }
  if (gracefully && conversation.server) {
    if (ended_.size() == 2 * kConversationsMax) ended_.pop_front();
    ended_.push_back(conversation.link->id());
  }
  conversation.link = nullptr;
  conversation.gone = true;
  wheel_.cancel(conversation.timer);
  gone_.push_back(conversation.id);
}

void Front::expired(Conversation& conversation) {
  if (conversation.gone) return;
  if (!conversation.question) return end(conversation, false);
  conversation.question->abandon(conversation.question->who() + " took too long");
  end_question(conversation);
}

void Front::stop() {
  stopping_ = true;
  for (uint32_t i = 0; i < listening_.size(); ++i) {
    if (listening_[i].armed) ring_.cancel({{i, 0}, uring::Op::accept}, {{i, 0}, uring::Op::cancel});
  }
  conversations_.for_each([this](Conversation& conversation) {
    if (!conversation.gone) end(conversation, true);
  });
}

}  // namespace gatehouse::control
