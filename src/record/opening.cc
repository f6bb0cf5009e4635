#include "record/opening.h"

#include <algorithm>

#include "record/keys_file.h"
#include "record/rewrapped.h"
#include "record/sealing.h"

namespace gatehouse::record {
namespace {

bool is_row(ByteView bytes) {
  SectionReader sections(bytes);
  Tag tag;
  ByteView value;
  while (sections.next(&tag, &value)) {}
  return !sections.malformed();
}

/// whole is a section with its head, given its value.
ByteView whole(ByteView value) {
  return {value.data() - GATEHOUSE_RECORD_SECTION_BYTES, value.size() + GATEHOUSE_RECORD_SECTION_BYTES};
}

/// Found walks the sections of one tag in a row.
class Found {
 public:
  Found(ByteView row, Tag tag) : sections_(row), tag_(tag) {}
  /// next returns the next one with its head; empty when there is none.
  ByteView next() {
    Tag tag;
    ByteView value;
    while (sections_.next(&tag, &value))
      if (tag == tag_) return whole(value);
    return {};
  }

 private:
  SectionReader sections_;
  Tag tag_;
};

/// weave puts the rows together. What guards saw of a hit goes back to where it was appended: a place behind each guard_check,
/// evidence behind each guard_offset.
void weave(ByteView clear, ByteView auditor, ByteView operations, std::string* out) {
  Found places(operations, Tag::guard_place), evidence(operations, Tag::guard_evidence);
  out->clear();
  SectionReader sections(clear);
  Tag tag;
  ByteView value;
  while (sections.next(&tag, &value)) {
    out->append(whole(value));
    if (tag == Tag::guard_check) out->append(places.next());
    if (tag == Tag::guard_offset) out->append(evidence.next());
  }
  out->append(auditor);
  SectionReader rest(operations);
  while (rest.next(&tag, &value))
    if (tag != Tag::guard_place && tag != Tag::guard_evidence) out->append(whole(value));
  for (Found* each : {&places, &evidence})   // of no hit: none is lost
    for (ByteView left = each->next(); !left.empty(); left = each->next()) out->append(left);
}

}  // namespace

Result<Done, std::string> OpenKeys::add(KeySecret key) {
  if (key.use == KeyUse::heads) return Failure{std::string("a key of heads signs: it opens no record")};
  if (key.use == KeyUse::tenant) return tenants_.push_back(make_tenant_key(std::move(key))), Done{};
  Key one{std::move(key), {}};
  one.digest = key_digest(public_half(one.secret));
  keys_.push_back(std::move(one));
  return Done{};
}

Result<Done, std::string> OpenKeys::read(const std::string& path) {
  auto key = read_key_secret(path);
  if (!key) return Failure{key.error()};
  if (auto done = add(std::move(*key)); !done) return Failure{"key " + path + ": " + done.error()};
  return Done{};
}

bool OpenKeys::may_open(Tier tier) const {
  for (const Key& key : keys_)
    if (tier == Tier::operations || key.secret.use == KeyUse::auditor) return true;
  return false;
}

Parts parts_of(const RecordHeader& header, ByteView stored) {
  Parts parts;
  parts.clear = stored;
  parts.good = header.tier == 0;
  constexpr uint8_t kBoth = GATEHOUSE_RECORD_TIER_OPERATIONS | GATEHOUSE_RECORD_TIER_AUDITOR;
  if (parts.good || (header.tier & ~kBoth) != 0 || (header.tier & GATEHOUSE_RECORD_TIER_OPERATIONS) == 0 || header.key_epoch == 0)
    return parts;
  bool wants_auditor = (header.tier & GATEHOUSE_RECORD_TIER_AUDITOR) != 0, in_clear = true;
  SectionReader sections(stored);
  Tag tag;
  ByteView value;
  while (sections.next(&tag, &value)) {
    const bool sealed = tag == Tag::sealed_auditor || tag == Tag::sealed_operations;
    if (sealed && in_clear) {
      parts.clear = stored.substr(0, static_cast<size_t>(whole(value).data() - stored.data()));
      in_clear = false;
    }
    if (tag == Tag::sealed_auditor) {
      if (!wants_auditor || value.size() < kGcmTagBytes) return parts;
      wants_auditor = false;
      parts.auditor_tag = value.substr(0, kGcmTagBytes);
      parts.auditor = value.substr(kGcmTagBytes);
    } else if (tag == Tag::sealed_operations) {
      parts.before_operations = stored.substr(0, static_cast<size_t>(value.data() - stored.data()));
      parts.operations = value;
      parts.good = !wants_auditor && value.data() + value.size() == stored.data() + stored.size();
      return parts;
    } else if (!in_clear) {
      return parts;
    }
  }
  return parts;
}

void Opening::open(RecordView& record) {
  record.operations = record.auditor = Seal::absent;
  record.payload = record.stored;
  record.tenant = record.tenant_key = {};
  if (record.kind() == Kind::keys) take_keys(record);
  if (record.header.tier == 0) return;
  const Parts parts = parts_of(record.header, record.stored);
  record.payload = {};
  if (parts.good) return open_parts(record, parts);
  record.operations = Seal::damaged;
  if ((record.header.tier & GATEHOUSE_RECORD_TIER_AUDITOR) != 0) record.auditor = Seal::damaged;
}

void Opening::open_parts(RecordView& record, const Parts& parts) {
  record.payload = parts.clear;
  if (find_section(parts.clear, Tag::tenant_key, &record.tenant_key)) find_section(parts.clear, Tag::tenant, &record.tenant);
  else record.tenant_key = {};
  record.operations = open_row(Tier::operations, record, parts, &operations_row_);
  if (!parts.auditor_tag.empty()) record.auditor = open_row(Tier::auditor, record, parts, &auditor_row_);
  else auditor_row_.clear();
  if (record.operations != Seal::opened && record.auditor != Seal::opened) return;
  weave(parts.clear, auditor_row_, operations_row_, &payload_);
  record.payload = payload_;
}

/// open_row opens one part; the row stays empty when it cannot.
Seal Opening::open_row(Tier tier, const RecordView& record, const Parts& parts, std::string* row) {
  row->clear();
  Seal why = Seal::damaged;
  crypto::GcmOpener* const opener = opener_of(tier, record, &why);
  if (opener == nullptr) return why;
  const ByteView sealed = tier == Tier::auditor ? parts.auditor : parts.operations;
  const ByteView before = tier == Tier::auditor ? parts.clear : parts.before_operations;
  const ByteView tag = tier == Tier::auditor ? parts.auditor_tag
                                             : ByteView(reinterpret_cast<const char*>(record.header.tag), kGcmTagBytes);
  const auto said = sealed_header(record.header);
  row->resize(sealed.size());
  const bool proved = opener->open(seal_nonce(tier, record.header.sequence), {said.data(), said.size()}, before, sealed, tag,
                                   row->data());
  if (proved && is_row(*row)) return Seal::opened;
  row->clear();
  return Seal::damaged;
}

/// opener_of is the cipher of one part: the segment's, or that of the tenant whose record it is; nullptr, and why.
crypto::GcmOpener* Opening::opener_of(Tier tier, const RecordView& record, Seal* why) {
  crypto::GcmOpener* const opener = tier == Tier::auditor ? auditor_.get() : operations_.get();
  if (opener == nullptr || record.header.key_epoch != key_epoch_) return *why = shut(tier, record.header.key_epoch), nullptr;
  if (record.tenant_key.empty()) return opener;
  *why = Seal::no_tenant;
  for (const auto& tenant : keys_->tenants()) {
    if (view_of(std::span<const uint8_t>(tenant->digest)) == record.tenant_key) return tenant_opener(tier, *tenant);
    if (tenant->name == record.tenant) *why = Seal::wrong_tenant;
  }
  return nullptr;
}

crypto::GcmOpener* Opening::tenant_opener(Tier tier, const TenantKey& tenant) {
  const bool audit = tier == Tier::auditor;
  auto pair = std::find_if(tenants_.begin(), tenants_.end(), [&](const Pair& each) { return each.tenant == &tenant; });
  if (pair == tenants_.end()) pair = tenants_.insert(pair, Pair{&tenant, nullptr, nullptr});
  auto& opener = audit ? pair->auditor : pair->operations;
  if (opener != nullptr) return opener.get();
  KeyBytes key = tenant_segment_key((audit ? segment_keys_.auditor : segment_keys_.operations).reveal(), tenant.secret, tier);
  opener = std::make_unique<crypto::GcmOpener>(view_of(std::span<const uint8_t>(key)));
  crypto::wipe({reinterpret_cast<char*>(key.data()), key.size()});
  return opener.get();
}

Seal Opening::shut(Tier tier, uint32_t key_epoch) const {
  if (keys_ == nullptr || !keys_->may_open(tier)) return Seal::no_key;
  if (key_epoch_ == 0 || key_epoch_ != key_epoch) return Seal::no_keys;
  return refused_ ? Seal::damaged : Seal::wrong_key;
}

void Opening::take_keys(const RecordView& record) {
  recipients_.clear();
  operations_.reset();
  auditor_.reset();
  tenants_.clear();
  segment_keys_ = {};
  key_epoch_ = 0;
  refused_ = false;
  const auto keys = parse_keys(record.stored);
  if (!keys || record.header.tier != 0) return;
  key_epoch_ = keys->key_epoch;
  unwrap(*keys, record.epoch);
  if (folder_ == nullptr || record.from_ring) return;
  const auto beside = rewrapped_of(*folder_, std::string(record.file), record.epoch, key_epoch_);
  if (beside) unwrap(beside->keys(), record.epoch);
  else if (beside.error().damaged && operations_ == nullptr && !refused_) key_epoch_ = 0;   // its keys may have been there
}

void Opening::unwrap(const KeysRecord& keys, const Epoch& epoch) {
  for (const Wrapped& wrapped : keys.wrapped) {
    recipients_.push_back(wrapped.recipient);
    if (keys_ == nullptr || auditor_ != nullptr) continue;
    for (const OpenKeys::Key& key : keys_->all()) {
      if (key.secret.use != wrapped.recipient.use || key.digest != wrapped.recipient.digest) continue;
      auto opened = unwrap_keys(wrapped, key.secret, epoch, keys.key_epoch);
      refused_ = refused_ || !opened;
      if (!opened) continue;
      operations_ = std::make_unique<crypto::GcmOpener>(opened->operations.reveal());
      if (!opened->auditor.empty()) auditor_ = std::make_unique<crypto::GcmOpener>(opened->auditor.reveal());
      segment_keys_ = std::move(*opened);
      tenants_.clear();
    }
  }
}

bool may_be_clear(const RecordHeader& header, ByteView stored) {
  const auto kind = static_cast<Kind>(header.kind);
  if (kind == Kind::keys || kind == Kind::pad || kind == Kind::end) return true;
  ByteView value;
  uint64_t recovered = 0;
  return kind == Kind::close && find_section(stored, Tag::recovered, &value) && read_number(value, &recovered) && recovered == 1;
}

}  // namespace gatehouse::record
