// Names of fields: from text to number, and what a number stands for.
#pragma once

#include <array>

#include "http/message.h"

namespace gatehouse::http {

/// kFieldNames holds the lower-case name of every FieldId, in the order of the enum.
inline constexpr std::array<ByteView, 32> kFieldNames = {
    "",
    "accept-encoding", "authorization", "connection", "content-encoding", "content-length", "content-type",
    "date", "expect", "forwarded", "host", "if-match", "if-modified-since", "if-none-match", "if-range",
    "if-unmodified-since", "keep-alive", "location", "proxy-authenticate", "proxy-authorization",
    "proxy-connection", "range", "server", "set-cookie", "te", "trailer", "transfer-encoding",
    "upgrade", "via", "www-authenticate", "x-forwarded-for", "x-request-id",
};
static_assert(kFieldNames.size() == static_cast<size_t>(FieldId::x_request_id) + 1);

/// field_name returns the lower-case name, "" for other.
inline ByteView field_name(FieldId id) { return kFieldNames[static_cast<size_t>(id)]; }

/// Known names are told apart by length, first and last letter: the factors were searched for so that no
/// two share a slot, and the compiler checks that they still do not.
inline constexpr size_t kSlots = 64;

constexpr size_t slot_of(ByteView name) {
  const unsigned first = static_cast<uint8_t>(name.front()) | 0x20u;
  const unsigned last = static_cast<uint8_t>(name.back()) | 0x20u;
  return (first * 2 + last * 27 + static_cast<unsigned>(name.size()) * 4) % kSlots;
}

constexpr std::array<uint8_t, kSlots> make_slots() {
  std::array<uint8_t, kSlots> slots{};
  for (size_t id = 1; id < kFieldNames.size(); ++id) {
    uint8_t& slot = slots[slot_of(kFieldNames[id])];
    slot = slot == 0 ? static_cast<uint8_t>(id) : 255;
  }
  return slots;
}
inline constexpr std::array<uint8_t, kSlots> kNameSlots = make_slots();

constexpr bool slots_are_distinct() {
  for (const uint8_t slot : kNameSlots)
    if (slot == 255) return false;
  return true;
}
static_assert(slots_are_distinct(), "two field names share a slot: search for new factors in slot_of");

/// id_of is field_id of a name that is not empty; most names are told from the known ones without a call.
inline FieldId id_of(ByteView name) {
  const uint8_t id = kNameSlots[slot_of(name)];
  const bool known = id != 0 && name.size() == kFieldNames[id].size() && equals_ignore_case(name, kFieldNames[id]);
  return known ? static_cast<FieldId>(id) : FieldId::other;
}

/// Members of a comma-separated list (RFC 9110 section 5.6.1): empty members are skipped.
class ListMembers {
 public:
  explicit ListMembers(ByteView value) : rest_(value) {}
  /// next returns false at the end; otherwise *member is non-empty and has no blanks around it.
  bool next(ByteView* member);

 private:
  ByteView rest_;
};

}  // namespace gatehouse::http
