#include "record/in_force.h"

#include <algorithm>

#include "record/heads.h"
#include "record/reader.h"
#include "record/writer.h"

namespace gatehouse::record {
namespace {

/// take reads the stream to its end; false: it says nothing of a version.
bool take(Stream& stream, InForce* out) {
  bool any = false;
  for (Stream::Step step = stream.next(); step != Stream::Step::end; step = stream.next()) {
    if (step != Stream::Step::record) continue;
    const RecordView& record = stream.record();
    if (record.kind() != Kind::request && record.kind() != Kind::snapshot) continue;
    ByteView version, hash;
    uint64_t number = 0;
    if (!find_section(record.payload, Tag::snapshot_version, &version) || !read_number(version, &number)) continue;
    if (!find_section(record.payload, Tag::policy_hash, &hash)) continue;
    any = true;
    if (number < out->version) continue;
    out->version = number;
    out->policy_hash = hash;
  }
  return any;
}

}  // namespace

ExchangeId latest_process(const Descriptor& folder, const ExchangeId& own) {
  ExchangeId latest;
  for (const auto& [epoch, part] : read_catalog(folder, nullptr).epochs)
    if (epoch.worker < kDecisionWorkers && epoch.process != own) latest = std::max(latest, epoch.process);
  return latest;
}

InForce read_in_force(const Descriptor& folder, const ExchangeId& process) {
  InForce out;
  Catalog catalog = read_catalog(folder, nullptr);
  for (const auto& [epoch, part] : catalog.epochs) {
    if (epoch.worker >= kDecisionWorkers || epoch.process != process || part.segments.empty()) continue;
    const uint32_t last = part.segments.back().header.index;
    for (uint32_t back = 0; back < kInForceSegments && back <= last; ++back) {
      const auto stream = open_stream(folder, nullptr, epoch, part, &catalog, last - back);
      if (take(*stream, &out)) break;
    }
  }
  uint64_t bytes = 0;
  const std::string heads = "heads/" + exchange_id_text(process) + kHeadsSuffix;
  out.signed_heads = open_regular(folder, heads, false, &bytes).valid() && bytes > 0;
  return out;
}

}  // namespace gatehouse::record
