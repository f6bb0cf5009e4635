#include "record/rewrap.h"

#include <algorithm>

#include "record/rewrapped.h"

namespace gatehouse::record {
namespace {

/// read_first reads a segment's first record; its payload stands in `payload`.
Result<RecordHeader, std::string> read_first(const Descriptor& folder, const SegmentEntry& segment, std::string* payload) {
  uint64_t size = 0;
  const Descriptor file = open_regular(folder, segment.name, false, &size);
  RecordHeader header;
  const Epoch epoch{id_of(segment.header.process), segment.header.worker};
  if (!file.valid() || !segment.header_good ||
      read_at(file, kPage, {reinterpret_cast<char*>(&header), sizeof header}) != sizeof header ||
      !header_fits(header, segment_data(segment.header.segment_bytes)) || header.epoch_tag != epoch_tag(epoch))
    return Failure{segment.name + ": its first record cannot be read"};
  if (header.kind != GATEHOUSE_RECORD_KEYS) return header;
  payload->resize(header.total_bytes - kHeaderBytes);
  if (read_at(file, kPage + kHeaderBytes, *payload) != payload->size() || !payload_fits(header, *payload))
    return Failure{segment.name + ": its keys record is damaged"};
  payload->resize(header.payload_bytes);
  return header;
}

bool names(const KeysRecord& keys, const KeyBytes& digest) {
  return std::any_of(keys.wrapped.begin(), keys.wrapped.end(),
                     [&](const Wrapped& each) { return each.recipient.digest == digest; });
}

/// unwrap_with opens what `recipient` is to get, with any of the keys.
std::optional<SegmentKeys> unwrap_with(const KeysRecord& record, const Epoch& epoch, const OpenKeys& keys,
                                       const KeyPublic& recipient) {
  for (const Wrapped& wrapped : record.wrapped)
    for (const OpenKeys::Key& key : keys.all()) {
      if (key.digest != wrapped.recipient.digest) continue;
      auto opened = unwrap_keys(wrapped, key.secret, epoch, record.key_epoch);
      if (opened && (recipient.use == KeyUse::operations || !opened->auditor.empty())) return opened;
    }
  return std::nullopt;
}

}  // namespace

Result<Rewrap, std::string> rewrap_segment(const Descriptor& folder, const SegmentEntry& segment, const OpenKeys& keys,
                                           const KeyPublic& recipient) {
  std::string payload;
  const auto first = read_first(folder, segment, &payload);
  if (!first) return Failure{first.error()};
  if (first.value().kind != GATEHOUSE_RECORD_KEYS) return Rewrap::in_clear;
  const auto record = parse_keys(payload);
  if (!record) return Failure{segment.name + ": its keys record is damaged"};
  const Epoch epoch{id_of(segment.header.process), segment.header.worker};
  const KeyBytes digest = key_digest(recipient);
  if (names(*record, digest)) return Rewrap::already;

  // A file beside that is damaged, or another segment's, is made anew: what it held can be wrapped again.
  Rewrapped beside{epoch, segment.header.index, {}};
  KeysRecord known;
  if (auto read = rewrapped_of(folder, segment.name, epoch, record->key_epoch)) {
    beside.row = read->row;
    known = beside.keys();
  } else {
    put_key_epoch(&beside.row, record->key_epoch);
  }
  if (names(known, digest)) return Rewrap::already;
  auto opened = unwrap_with(*record, epoch, keys, recipient);
  if (!opened) opened = unwrap_with(known, epoch, keys, recipient);
  if (!opened) return Rewrap::shut;
  if (known.wrapped.size() == kWrappedReadMax) return Failure{segment.name + ": too many recipients"};
  wrap_keys(&beside.row, recipient, epoch, record->key_epoch, *opened);
  if (auto done = write_rewrapped(folder, segment.name, beside); !done) return Failure{done.error()};
  return Rewrap::done;
}

std::vector<Recipient> recipients_of(const Descriptor& folder, const SegmentEntry& segment) {
  std::vector<Recipient> all;
  std::string payload;
  const auto first = read_first(folder, segment, &payload);
  const auto record = first && first->kind == GATEHOUSE_RECORD_KEYS ? parse_keys(payload) : std::nullopt;
  if (!record) return all;
  for (const Wrapped& each : record->wrapped) all.push_back(each.recipient);
  const Epoch epoch{id_of(segment.header.process), segment.header.worker};
  if (const auto beside = rewrapped_of(folder, segment.name, epoch, record->key_epoch))
    for (const Wrapped& each : beside->keys().wrapped) all.push_back(each.recipient);
  return all;
}

}  // namespace gatehouse::record
