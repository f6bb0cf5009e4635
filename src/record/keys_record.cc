#include "record/keys_record.h"

#include <algorithm>

#include "base/assert.h"
#include "crypto/hpke.h"

namespace gatehouse::record {
namespace {

constexpr ByteView kInfo = "gatehouse records 2";

void put_section(std::string* row, Tag tag, ByteView value) {
  char head[GATEHOUSE_RECORD_SECTION_BYTES] = {};
  const auto code = static_cast<uint16_t>(tag);
  const auto length = static_cast<uint32_t>(value.size());
  std::memcpy(head, &code, sizeof code);
  std::memcpy(head + 4, &length, sizeof length);
  row->append(head, sizeof head).append(value);
}

std::string authenticated(const Epoch& epoch, uint32_t key_epoch) {
  std::string text(view_of(std::span<const uint8_t>(epoch.process.bytes)));
  text.append(reinterpret_cast<const char*>(&epoch.worker), sizeof epoch.worker);
  text.append(reinterpret_cast<const char*>(&key_epoch), sizeof key_epoch);
  return text;
}

bool parse_recipient(ByteView text, Recipient* out) {
  const size_t blank = text.find(' ');
  if (blank == ByteView::npos || !key_name_fits(text.substr(blank + 1))) return false;
  const ByteView use = text.substr(0, blank);
  if (use == key_use_name(KeyUse::operations)) out->use = KeyUse::operations;
  else if (use == key_use_name(KeyUse::auditor)) out->use = KeyUse::auditor;
  else return false;
  out->name = text.substr(blank + 1);
  return true;
}

size_t wrapped_bytes(KeyUse use) { return crypto::kHpkeOverhead + (use == KeyUse::auditor ? 2 : 1) * kKeyBytes; }

/// next_wrapped reads the three sections of one recipient; the first was read.
bool next_wrapped(SectionReader& sections, ByteView name, Wrapped* out) {
  Tag tag;
  ByteView value;
  if (!parse_recipient(name, &out->recipient)) return false;
  if (!sections.next(&tag, &value) || tag != Tag::recipient_key || value.size() != kKeyBytes) return false;
  value.copy(reinterpret_cast<char*>(out->recipient.digest.data()), kKeyBytes);
  if (!sections.next(&tag, &value) || tag != Tag::wrapped_key || value.size() != wrapped_bytes(out->recipient.use)) return false;
  out->wrapped = value;
  return true;
}

}  // namespace

std::optional<KeysRecord> parse_keys(ByteView payload) {
  SectionReader sections(payload);
  Tag tag;
  ByteView value;
  uint64_t number = 0;
  if (!sections.next(&tag, &value) || tag != Tag::key_epoch || !read_number(value, &number) || number == 0 || number > UINT32_MAX)
    return std::nullopt;
  KeysRecord keys;
  keys.key_epoch = static_cast<uint32_t>(number);
  while (sections.next(&tag, &value)) {
    Wrapped one;
    if (keys.wrapped.size() == kWrappedReadMax || tag != Tag::recipient || !next_wrapped(sections, value, &one))
      return std::nullopt;
    keys.wrapped.push_back(std::move(one));
  }
  if (sections.malformed() || keys.wrapped.empty()) return std::nullopt;
  return keys;
}

void put_key_epoch(std::string* row, uint32_t key_epoch) {
  const uint64_t number = key_epoch;
  put_section(row, Tag::key_epoch, {reinterpret_cast<const char*>(&number), sizeof number});
}

void wrap_keys(std::string* row, const KeyPublic& recipient, const Epoch& epoch, uint32_t key_epoch, const SegmentKeys& keys) {
  char text[2 * kKeyBytes];
  const bool both = recipient.use == KeyUse::auditor;
  const size_t size = both ? sizeof text : kKeyBytes;
  GH_ASSERT(recipient.use != KeyUse::heads && keys.operations.reveal().size() == kKeyBytes);
  GH_ASSERT(!both || keys.auditor.reveal().size() == kKeyBytes);   // half a text would be bytes of the stack
  keys.operations.reveal().copy(text, kKeyBytes);
  if (both) keys.auditor.reveal().copy(text + kKeyBytes, kKeyBytes);
  const auto wrapped = crypto::hpke_seal(view_of(std::span<const uint8_t>(recipient.bytes)), kInfo,
                                         authenticated(epoch, key_epoch), {text, size});
  crypto::wipe(ByteSpan(text));
  GH_ASSERT(wrapped);   // keys are tried when they are read
  put_section(row, Tag::recipient, std::string(key_use_name(recipient.use)) + " " + recipient.name);
  put_section(row, Tag::recipient_key, view_of(std::span<const uint8_t>(key_digest(recipient))));
  put_section(row, Tag::wrapped_key, *wrapped);
}

std::optional<SegmentKeys> unwrap_keys(const Wrapped& wrapped, const KeySecret& key, const Epoch& epoch, uint32_t key_epoch) {
  if (key.use != wrapped.recipient.use) return std::nullopt;
  const auto text = crypto::hpke_open(key.bytes, kInfo, authenticated(epoch, key_epoch), wrapped.wrapped);
  if (!text || text->reveal().size() != (key.use == KeyUse::auditor ? 2 : 1) * kKeyBytes) return std::nullopt;
  SegmentKeys keys;
  keys.operations = crypto::Secret(text->reveal().substr(0, kKeyBytes));
  if (key.use == KeyUse::auditor) keys.auditor = crypto::Secret(text->reveal().substr(kKeyBytes));
  return keys;
}

}  // namespace gatehouse::record
