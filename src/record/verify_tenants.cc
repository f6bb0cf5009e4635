#include "record/verify_tenants.h"

#include <algorithm>

namespace gatehouse::record {
namespace {

constexpr size_t kVersionsMax = 32;       // of configurations, of one epoch: exchanges begin under the newest few

Damage at(const RecordView& record, Change change, std::string what) {
  return {std::string(record.file), record.place, record.header.sequence, record.exchange(), std::move(what), change, record.epoch};
}

std::string text_of(const RecordView& record, Tag tag) {
  ByteView value;
  return std::string(find_section(record.stored, tag, &value) ? value : ByteView{});
}

uint64_t version_of(const RecordView& record) {
  ByteView value;
  uint64_t version = 0;
  return find_section(record.stored, Tag::snapshot_version, &value) && read_number(value, &version) ? version : 0;
}

/// hides: the record has something that a key guards, or should.
bool hides(const RecordView& record) {
  if (!record.is_sealed()) return !may_be_clear(record.header, record.stored);
  const Parts parts = parts_of(record.header, record.stored);
  return !parts.operations.empty() || !parts.auditor_tag.empty();
}

}  // namespace

void TenantProof::learn(const RecordView& record, State& state) {
  if (state.versions.size() == kVersionsMax) state.versions.erase(state.versions.begin());
  auto& routes = state.versions[version_of(record)];
  SectionReader sections(record.stored);
  Tag tag;
  ByteView value;
  constexpr ByteView kName = "tenants=";
  while (sections.next(&tag, &value)) {
    if (tag != Tag::demands || !value.starts_with(kName)) continue;
    for (ByteView rest = value.substr(kName.size()); !rest.empty();) {
      const ByteView pair = rest.substr(0, rest.find(','));
      if (const size_t colon = pair.find(':'); colon != ByteView::npos)
        routes.emplace(pair.substr(0, colon), pair.substr(colon + 1));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    }
  }
}

std::string TenantProof::demanded(const RecordView& record, const State& state) const {
  const auto routes = state.versions.find(version_of(record));
  if (routes == state.versions.end()) return {};
  const auto tenant = routes->second.find(text_of(record, Tag::route));
  return tenant == routes->second.end() ? std::string() : tenant->second;
}

void TenantProof::count(const RecordView& record) {
  std::string name(record.tenant);
  if (tenants_.size() >= kTenantsToldMax && !tenants_.contains(name)) name = "(others)";
  TenantVerified& counts = tenants_[name];
  switch (record.operations) {
    case Seal::opened: ++counts.opened; return;
    case Seal::no_tenant: ++counts.no_tenant_key; return;
    case Seal::wrong_tenant:
      ++counts.no_tenant_key;
      if (!wrong_.contains(name))
        wrong_.emplace(name, at(record, Change::wrong_key,
                                "the key given of tenant '" + name + "' is not the one that sealed this: wrong key"));
      return;
    case Seal::absent:
    case Seal::no_key: ++counts.no_key; return;
    case Seal::wrong_key:
    case Seal::no_keys:
    case Seal::damaged: ++counts.failed; return;
  }
}

void TenantProof::see(const RecordView& record) {
  State& state = states_[record.epoch];
  if (record.kind() == Kind::snapshot) learn(record, state);
  if (!record.tenant_key.empty()) count(record);
  if (record.exchange().is_nil()) return;
  const std::string own(record.tenant);
  std::string whose;
  if (record.kind() == Kind::request) {
    whose = demanded(record, state);
    const std::string& followed = whose.empty() ? own : whose;
    if (!followed.empty() && open_.size() < followed_max_) open_[record.exchange()] = followed;
    else unfollowed_ += !followed.empty();
  } else if (const auto found = open_.find(record.exchange()); found != open_.end()) {
    whose = found->second;
    if (record.kind() == Kind::close) open_.erase(found);
  }
  if (whose.empty() || own == whose || !hides(record) || std::exchange(state.told, true)) return;
  report_(at(record, Change::sealed_less,
             "is of tenant '" + whose + "', as the configuration in force says, and is sealed " +
                 (own.empty() ? "without his key" : "for tenant '" + own + "'")));
}

void TenantProof::finish() {
  for (const auto& [name, damage] : wrong_)
    if (tenants_[name].opened == 0) report_(damage);
}

}  // namespace gatehouse::record
