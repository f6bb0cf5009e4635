#include "record/verify_seals.h"

#include <algorithm>

#include "record/keys_record.h"

namespace gatehouse::record {
namespace {

ByteView word_of(Tier tier) { return tier == Tier::auditor ? "auditor" : "operations"; }

}  // namespace

Demands read_demands(ByteView payload) {
  Demands demands;
  SectionReader sections(payload);
  Tag tag;
  ByteView value;
  while (sections.next(&tag, &value)) {
    if (tag != Tag::demands) continue;
    demands.known = true;
    const size_t sign = value.find('=');
    const ByteView name = value.substr(0, sign);
    const ByteView what = sign == ByteView::npos ? ByteView() : value.substr(sign + 1);
    if (name == "records.auditor_keys") demands.auditors = static_cast<uint64_t>(std::count(what.begin(), what.end(), '"')) / 2;
    if (name == "records.sealed") demands.all = what == "\"all\"";
    if (name == "records.heads_key_file") demands.heads = what.size() > 2;
    if (name == "records.strict") demands.strict = what == "true";
  }
  demands.sealed = demands.auditors > 0;
  return demands;
}

void SealProof::tell(const RecordView& record, Change change, std::string what) {
  report_(
      {std::string(record.file), record.place, record.header.sequence, record.exchange(), std::move(what), change, record.epoch});
}

void SealProof::see(const RecordView& record, const std::vector<Recipient>& recipients) {
  State& state = states_[record.epoch];
  if (record.kind() == Kind::snapshot) {
    if (const Demands demands = read_demands(record.payload); demands.known) {
      state.demands = demands;
      heads_demanded_ = heads_demanded_ || demands.heads;
      state.strict = state.strict || demands.strict;
    }
  }
  judge_place(record, state);
  if (record.kind() == Kind::keys) {
    state.sealing = true;
    for (const Recipient& each : recipients) recipients_.insert(each.digest);
    // Those that the record itself says: what stands beside the segment anybody can put there.
    const auto keys = parse_keys(record.stored);
    const auto auditors = !keys ? 0 : static_cast<uint64_t>(std::count_if(
        keys->wrapped.begin(), keys->wrapped.end(), [](const Wrapped& each) { return each.recipient.use == KeyUse::auditor; }));
    if (auditors < state.demands.auditors && !std::exchange(state.told_auditors, true))
      tell(record, Change::sealed_less,
           "sealed for " + std::to_string(auditors) + " auditors, where the configuration in force has " +
               std::to_string(state.demands.auditors));
  }
  if (record.is_sealed()) {
    count(record, Tier::operations, record.operations, &operations_, state);
    count(record, Tier::auditor, record.auditor, &auditor_, state);
  }
  look_into(record, state);
}

/// A key that fits nothing while another one does would else go unsaid; where none fits each epoch says so (count).
void SealProof::judge_keys(const OpenKeys& keys, const std::function<void(std::string)>& tell) const {
  if (keys.empty() && !keys.tenants().empty() && operations_.no_key > 0)
    tell("a tenant's key was given alone: it opens nothing without an auditor's or the operations key");
  if (operations_.opened == 0 || beside_damaged_) return;   // it may have let this key in
  for (const OpenKeys::Key& key : keys.all())
    if (!recipients_.contains(key.digest))
      tell("nothing here was sealed for the " + std::string(key_use_name(key.secret.use)) + " key '" + key.secret.name +
           "', which was given: wrong key");
}

void SealProof::count(const RecordView& record, Tier tier, Seal seal, TierVerified* counts, State& state) {
  switch (seal) {
    case Seal::absent: return;
    case Seal::opened: ++counts->opened; return;
    case Seal::no_key:
    case Seal::no_tenant:
    case Seal::wrong_tenant: ++counts->no_key; return;   // tenants are told of by TenantProof
    case Seal::wrong_key:
      ++counts->failed;
      if (!std::exchange(state.told_wrong_key, true))
        tell(record, Change::wrong_key, "the key given is not one that this segment was sealed for: wrong key");
      return;
    case Seal::no_keys:
      ++counts->failed;
      if (!std::exchange(state.told_no_keys, true))
        tell(record, Change::seal,
             beside_damaged_ ? "the record with the wrapped keys of this segment, or the file beside it, is missing or was changed"
                             : "the record with the wrapped keys of this segment is missing or was changed");
      return;
    case Seal::damaged:
      ++counts->failed;
      tell(record, Change::seal,
           "its " + std::string(word_of(tier)) +
               " part is not what was sealed with this segment's keys: changed, moved or put in");
      return;
  }
}

/// look_into walks the sections that stand in clear, and finds those that a key should guard.
void SealProof::look_into(const RecordView& record, State& state) {
  const ByteView clear = record.is_sealed() ? parts_of(record.header, record.stored).clear : record.stored;
  uint64_t number = 0;
  Tier found = Tier::clear;
  bool who = false;
  SectionReader sections(clear);
  Tag tag;
  ByteView value;
  while (sections.next(&tag, &value)) {
    if (tag == Tag::direction) read_number(value, &number);
    const auto direction = static_cast<Direction>(number);
    const Tier content = tier_of(tag, direction, Sealed::content);
    if (content == Tier::auditor) found = Tier::auditor;
    if (content == Tier::operations && found == Tier::clear) found = Tier::operations;
    who = who || (content == Tier::clear && tier_of(tag, direction, Sealed::all) != Tier::clear);
  }
  if (!record.is_sealed() && found != Tier::clear) {
    ++operations_.in_clear;
    auditor_.in_clear += found == Tier::auditor;
  }
  judge_clear(record, state, found, who);
}

/// judge_place: what may stand in clear among sealed records may do so only where it belongs, so that it is no filler for what was
/// taken out: keys begin segments, each set once; what recovery closed is followed by nothing of a worker's.
void SealProof::judge_place(const RecordView& record, State& state) {
  if (record.kind() == Kind::keys) {
    ByteView value;
    uint64_t number = 0;
    if (find_section(record.stored, Tag::key_epoch, &value)) read_number(value, &number);
    const bool fresh = number > state.key_epoch;
    const bool begins = record.from_ring || record.place == kPage || !state.sealing;
    if (!fresh || !begins) tell(record, Change::sealed_less, "keys stand where no segment begins, or for a second time: put in");
    state.key_epoch = std::max(state.key_epoch, number);
  }
  if (!state.sealing || record.kind() == Kind::pad || record.kind() == Kind::end) return;
  if (record.kind() == Kind::close && !record.is_sealed()) {
    state.ending = true;
  } else if (state.ending && !std::exchange(state.told_clear, true)) {
    tell(record, Change::sealed_less, "follows exchanges that recovery closed: these were put in");
  }
}

void SealProof::judge_clear(const RecordView& record, State& state, Tier found, bool who) {
  const bool demanded = state.demands.sealed || state.sealing;
  if (!demanded || may_be_clear(record.header, record.stored)) return;
  if ((found != Tier::clear || (state.sealing && !record.is_sealed())) && !std::exchange(state.told_clear, true)) {
    tell(record, Change::sealed_less,
         std::string(state.demands.sealed ? "stands in clear, though the configuration in force demands that records are sealed"
                                          : "stands in clear, though records of this epoch are sealed"));
  } else if (who && state.demands.all && !std::exchange(state.told_section, true)) {
    tell(record, Change::sealed_less, "says in clear who called, though the configuration in force demands sealed = \"all\"");
  }
}

}  // namespace gatehouse::record
