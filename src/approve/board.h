// The list of held exchanges that people answer. Owned by the control thread; pure.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "approve/hold.h"
#include "base/exchange_id.h"
#include "base/slab.h"

namespace gatehouse::approve {

inline constexpr size_t kTextMax = 256;      // each line of a card, in bytes
inline constexpr size_t kPathMax = 1024;
inline constexpr size_t kExcerptMax = 512;   // of the body
inline constexpr size_t kGroupsMax = 32;
inline constexpr size_t kAnsweredMax = 1024; // so many granted or ended ones are remembered

/// Card is what a person is shown. Text from requests enters raw; Board::add makes all of it safe and
/// short (telemetry/json_text.h, display form), so whoever reads a card from the board may print it.
struct Card {
  ExchangeId exchange;               // also the approval's id
  crypto::Sha256 digest{};           // what an approval is bound to
  std::string subject, issuer;
  std::vector<std::string> groups;
  std::string method, path, origin, rule;
  uint64_t body_bytes = 0;
  std::string body_excerpt;
  WallNs asked = 0;
  WallNs expires = 0;
};

/// Asker says where the exchange waits, so that the answer finds it.
struct Asker {
  uint32_t worker = 0;
  SlotId session;
};

/// Held is one line of the board.
struct Held {
  Card card;
  Asker asker;
  Hold hold;
  std::string by;    // who answered, "uid:1000(anna)"
  std::string note;  // what they said; safe text
};

/// Answered says what became of a person's answer.
enum class Answered : uint8_t {
  done,        // tell the worker
  unknown,     // no such approval
  too_late,    // expired, cancelled or already answered: see its state
};

class Board {
 public:
  explicit Board(size_t capacity) : capacity_(capacity) {}

  /// set_capacity: those that wait beyond a lower one go on waiting.
  void set_capacity(size_t capacity) { capacity_ = capacity; }

  /// add takes a new held exchange; false when `capacity` wait already or the id is known.
  bool add(Card card, const Asker& asker);

  /// grant and deny take a person's answer. After done, find(id) has where to send it. One answer each.
  Answered grant(const ExchangeId& id, std::string by, ByteView note, WallNs now);
  Answered deny(const ExchangeId& id, std::string by, ByteView note, WallNs now);

  /// The worker's word on how it went on. False when the machine does not allow it: a defect elsewhere.
  bool cancelled(const ExchangeId& id);
  bool consumed(const ExchangeId& id);
  bool expired(const ExchangeId& id);

  /// expire ends what nobody answered in time; returns how many.
  size_t expire(WallNs now);

  /// find returns a held or lately ended one, nullptr otherwise. waiting lists those that nobody answered,
  /// oldest first. Both valid until the next change.
  const Held* find(const ExchangeId& id) const;
  std::vector<const Held*> waiting() const;

 private:
  Held* find_any(const ExchangeId& id);
  Answered answer(const ExchangeId& id, bool grant, std::string by, ByteView note, WallNs now);
  void retire();

  size_t capacity_;
  std::vector<std::unique_ptr<Held>> waiting_;  // asked, oldest first
  std::deque<std::unique_ptr<Held>> answered_;  // granted or ended, newest last
};

}  // namespace gatehouse::approve
