#include "approve/board.h"

#include <algorithm>
#include <utility>

#include "telemetry/json_text.h"

namespace gatehouse::approve {

namespace {

std::string safe(ByteView text, size_t limit) {
  static constexpr ByteView kCut = "\xe2\x80\xa6";  // …
  std::string out;
  if (!telemetry::append_display_text(out, text, limit - kCut.size())) out += kCut;
  return out;
}

void make_safe(Card& card) {
  for (std::string* line : {&card.subject, &card.issuer, &card.method, &card.origin, &card.rule}) {
    *line = safe(*line, kTextMax);
  }
  card.path = safe(card.path, kPathMax);
  card.body_excerpt = safe(card.body_excerpt, kExcerptMax);
  if (card.groups.size() > kGroupsMax) card.groups.resize(kGroupsMax);
  for (std::string& group : card.groups) group = safe(group, kTextMax);
}

}  // namespace

bool Board::add(Card card, const Asker& asker) {
  if (waiting_.size() >= capacity_ || find(card.exchange) != nullptr) return false;
  make_safe(card);
  const Hold hold(card.digest, card.expires);
  waiting_.push_back(std::make_unique<Held>(Held{std::move(card), asker, hold, {}, {}}));
  return true;
}

Answered Board::grant(const ExchangeId& id, std::string by, ByteView note, WallNs now) {
  return answer(id, true, std::move(by), note, now);
}

Answered Board::deny(const ExchangeId& id, std::string by, ByteView note, WallNs now) {
  return answer(id, false, std::move(by), note, now);
}

Answered Board::answer(const ExchangeId& id, bool grant, std::string by, ByteView note, WallNs now) {
  Held* held = find_any(id);
  if (held == nullptr) return Answered::unknown;
  const bool done = grant ? held->hold.grant(held->card.digest, now) : held->hold.deny(now);
  if (done) {
    held->by = std::move(by);
    held->note = safe(note, kTextMax);
  }
  retire();
  return done ? Answered::done : Answered::too_late;
}

bool Board::cancelled(const ExchangeId& id) {
  Held* held = find_any(id);
  const bool done = held != nullptr && held->hold.cancel();
  retire();
  return done;
}

bool Board::consumed(const ExchangeId& id) {
  Held* held = find_any(id);
  const bool done = held != nullptr && held->hold.consume(held->card.digest);
  retire();
  return done;
}

bool Board::expired(const ExchangeId& id) {
  Held* held = find_any(id);
  const bool done = held != nullptr && held->hold.expire(held->card.expires);
  retire();
  return done;
}

size_t Board::expire(WallNs now) {
  size_t count = 0;
  for (const auto& held : waiting_) count += held->hold.expire(now);
  if (count > 0) retire();
  return count;
}

const Held* Board::find(const ExchangeId& id) const {
  for (const auto& held : waiting_)
    if (held->card.exchange == id) return held.get();
  for (const auto& held : answered_)
    if (held->card.exchange == id) return held.get();
  return nullptr;
}

Held* Board::find_any(const ExchangeId& id) {
  return const_cast<Held*>(std::as_const(*this).find(id));
}

std::vector<const Held*> Board::waiting() const {
  std::vector<const Held*> list;
  for (const auto& held : waiting_) list.push_back(held.get());
  return list;
}

// Moves what is no longer asked out of the waiting list, so that it does not count against the capacity.
void Board::retire() {
  const auto first = std::stable_partition(waiting_.begin(), waiting_.end(), [](const auto& held) {
    return held->hold.state() == HoldState::asked;
  });
  for (auto it = first; it != waiting_.end(); ++it) answered_.push_back(std::move(*it));
  waiting_.erase(first, waiting_.end());
  while (answered_.size() > kAnsweredMax) answered_.pop_front();
}

}  // namespace gatehouse::approve
