#include "http/message.h"

#include <array>
#include <cstring>

#include "http/byte_class.h"
#include "http/field_name.h"

namespace gatehouse::http {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101;

/// to_lower makes the ASCII capitals among eight bytes small and leaves the others.
constexpr uint64_t to_lower(uint64_t bytes) {
  const uint64_t low7 = bytes & (0x7f * kOnes);
  const uint64_t from_a = low7 + (0x80 - 'A') * kOnes;
  const uint64_t past_z = low7 + (0x7f - 'Z') * kOnes;
  const uint64_t capital = ~bytes & (from_a ^ past_z) & (0x80 * kOnes);
  return bytes | capital >> 2;
}

uint64_t load8(const char* at) {
  uint64_t bytes;
  std::memcpy(&bytes, at, sizeof bytes);
  return bytes;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Fields without an id that Connection may not name either.
constexpr std::array<ByteView, 4> kOtherProtected = {"cookie", "x-real-ip", "cache-control", "origin"};
constexpr std::array<ByteView, 2> kProtectedPrefixes = {"x-forwarded-", "content-"};

}  // namespace

const Field* FieldList::find(FieldId id) const {
  for (const Field& field : all())
    if (field.id == id) return &field;
  return nullptr;
}

uint32_t FieldList::count_of(FieldId id) const {
  uint32_t found = 0;
  for (const Field& field : all()) found += field.id == id;
  return found;
}

FieldId field_id(ByteView name) { return name.empty() ? FieldId::other : id_of(name); }

bool equals_ignore_case(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  size_t i = 0;
  if (a.size() >= 8) {
    for (; i + 8 <= a.size(); i += 8)
      if (to_lower(load8(a.data() + i)) != to_lower(load8(b.data() + i))) return false;
    const size_t last = a.size() - 8;  // the rest again as a full word, overlapping
    return to_lower(load8(a.data() + last)) == to_lower(load8(b.data() + last));
  }
  for (; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

bool is_token(ByteView bytes) { return !bytes.empty() && all_token(bytes); }

bool ListMembers::next(ByteView* member) {
  while (!rest_.empty()) {
    const size_t comma = rest_.find(',');
    *member = trim_blanks(rest_.substr(0, comma));
    rest_ = comma == ByteView::npos ? ByteView{} : rest_.substr(comma + 1);
    if (!member->empty()) return true;
  }
  return false;
}

bool list_contains(ByteView value, ByteView token) {
  ListMembers members(value);
  for (ByteView member; members.next(&member);)
    if (equals_ignore_case(member, token)) return true;
  return false;
}

bool is_hop_by_hop(const Field& field) {
  switch (field.id) {
    case FieldId::connection:
    case FieldId::keep_alive:
    case FieldId::proxy_authenticate:
    case FieldId::proxy_authorization:
    case FieldId::proxy_connection:
    case FieldId::te:
    case FieldId::trailer:
    case FieldId::transfer_encoding:
    case FieldId::upgrade:
      return true;
    case FieldId::other:
      return equals_ignore_case(field.name, "http2-settings");
    case FieldId::accept_encoding:
    case FieldId::authorization:
    case FieldId::content_encoding:
    case FieldId::content_length:
    case FieldId::content_type:
    case FieldId::date:
    case FieldId::expect:
    case FieldId::forwarded:
    case FieldId::host:
    case FieldId::if_match:
    case FieldId::if_modified_since:
    case FieldId::if_none_match:
    case FieldId::if_range:
    case FieldId::if_unmodified_since:
    case FieldId::location:
    case FieldId::range:
    case FieldId::server:
    case FieldId::set_cookie:
    case FieldId::via:
    case FieldId::www_authenticate:
    case FieldId::x_forwarded_for:
    case FieldId::x_request_id:
      return false;
  }
  return true;  // not an enumerator: never passed on
}

bool is_protected_from_connection(ByteView name) {
  const FieldId id = field_id(name);
  if (id == FieldId::transfer_encoding) return true;
  if (id != FieldId::other) return !is_hop_by_hop({name, {}, id});
  for (const ByteView other : kOtherProtected)
    if (equals_ignore_case(name, other)) return true;
  for (const ByteView prefix : kProtectedPrefixes)
    if (equals_ignore_case(name.substr(0, prefix.size()), prefix)) return true;
  return false;
}

bool connection_lists(const FieldList& fields, ByteView name) {
  for (const Field& field : fields.all())
    if (field.id == FieldId::connection && list_contains(field.value, name)) return true;
  return false;
}

}  // namespace gatehouse::http
