#include "approve/board.h"

#include <algorithm>

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
  if (live_.size() >= capacity_ || find(card.exchange) != nullptr) return false;
  make_safe(card);
  const Hold hold(card.digest, card.expires);
  live_.push_back(std::make_unique<Held>(Held{std::move(card), asker, hold, {}, {}}));
  return true;
}

Answered Board::grant(const ExchangeId& id, std::string by, ByteView note, WallNs now) {
  return answer(id, true, std::move(by), note, now);
}

Answered Board::deny(const ExchangeId& id, std::string by, ByteView note, WallNs now) {
  return answer(id, false, std::move(by), note, now);
}

Answered Board::answer(const ExchangeId& id, bool grant, std::string by, ByteView note, WallNs now) {
  Held* held = find_live(id);
  if (held == nullptr) return find(id) != nullptr ? Answered::too_late : Answered::unknown;
  const bool done = grant ? held->hold.grant(held->card.digest, now) : held->hold.deny(now);
  if (done) {
    held->by = std::move(by);
    held->note = safe(note, kTextMax);
  }
  retire();
  return done ? Answered::done : Answered::too_late;
}

bool Board::cancelled(const ExchangeId& id) {
  Held* held = find_live(id);
  const bool done = held != nullptr && held->hold.cancel();
  retire();
  return done;
}

bool Board::consumed(const ExchangeId& id) {
  Held* held = find_live(id);
  const bool done = held != nullptr && held->hold.consume(held->card.digest);
  retire();
  return done;
}

bool Board::expired(const ExchangeId& id) {
  Held* held = find_live(id);
  const bool done = held != nullptr && held->hold.expire(held->card.expires);
  retire();
  return done;
}

size_t Board::expire(WallNs now) {
  size_t count = 0;
  for (const auto& held : live_) count += held->hold.expire(now);
  if (count > 0) retire();
  return count;
}

const Held* Board::find(const ExchangeId& id) const {
  for (const auto& held : live_)
    if (held->card.exchange == id) return held.get();
  for (const auto& held : ended_)
    if (held->card.exchange == id) return held.get();
  return nullptr;
}

Held* Board::find_live(const ExchangeId& id) {
  for (const auto& held : live_)
    if (held->card.exchange == id) return held.get();
  return nullptr;
}

std::vector<const Held*> Board::waiting() const {
  std::vector<const Held*> list;
  for (const auto& held : live_)
    if (held->hold.state() == HoldState::asked) list.push_back(held.get());
  return list;
}

// Moves what has ended out of the live list, so that it no longer counts against the capacity.
void Board::retire() {
  const auto first_ended = std::stable_partition(live_.begin(), live_.end(),
                                                 [](const auto& held) { return !held->hold.ended(); });
  for (auto it = first_ended; it != live_.end(); ++it) ended_.push_back(std::move(*it));
  live_.erase(first_ended, live_.end());
  while (ended_.size() > kEndedMax) ended_.pop_front();
}

}  // namespace gatehouse::approve
