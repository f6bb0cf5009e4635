#include "record/attest.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "record/writer.h"

namespace gatehouse::record {
namespace {

Result<Descriptor, std::string> open_heads(const Descriptor& folder) {
  return open_folder("/proc/self/fd/" + std::to_string(folder.get()) + "/" + kHeadsFolder);
}

/// under_head: a head that `key` signed names the epoch and this chain value, or that key signed none before it was made. Newest
/// files first: each head of a process names the last tombstone again. Signatures are looked at where it matters alone.
bool under_head(const Descriptor& heads, const Epoch& epoch, const Chain& chain, const std::optional<HeadKey>& key) {
  bool signed_before = false, found = false;
  std::vector<std::string> names = list_folder(heads, kHeadsSuffix);
  std::reverse(names.begin(), names.end());
  for (const std::string& name : names) {
    read_head_file(heads, name, [&](const Head& head, ByteView bytes, uint64_t) {
      const bool names_it = !found && std::any_of(head.rings.begin(), head.rings.end(), [&](const HeadRing& each) {
        return each.epoch == epoch && each.chain == chain && each.ended;
      });
      const bool before = !signed_before && head.name.process < epoch.process;
      if ((!names_it && !before) || !head_signed(bytes, key.value_or(head.key))) return;
      found = found || names_it;
      signed_before = signed_before || before;
    });
    if (found) return true;
  }
  return !signed_before;
}

}  // namespace

bool has_heads(const Descriptor& folder) {
  const auto heads = open_heads(folder);
  return heads && !list_folder(*heads, kHeadsSuffix).empty();
}

Result<Done, std::string> look_at_last(const Descriptor& folder, const std::optional<HeadKey>& key, TombstoneChain* believed) {
  const ReadWatch watch;
  const TombstoneChain last = last_tombstone(folder);
  if (auto done = watch.well("tombstones"); !done) return done;
  if (last.process.is_nil() || (believed != nullptr && believed->process == last.process && believed->chain == last.chain))
    return Done{};
  const auto heads = open_heads(folder);
  const Epoch epoch{last.process, kTombstones};
  const bool under = !heads || under_head(*heads, epoch, last.chain, key);
  if (auto done = watch.well("heads"); !done) return done;
  if (under) {
    if (believed != nullptr) *believed = last;
    return Done{};
  }
  const auto entry = find_segment(folder, epoch, 0);
  if (!entry) return Done{};
  Stream stream(folder, epoch, {*entry}, nullptr);
  for (Stream::Step step = stream.next(); step != Stream::Step::end; step = stream.next()) {
    std::vector<ErasedSegment> entries;
    const bool told = step == Stream::Step::record && stream.record().kind() == Kind::erased;
    bool all_there = step == Stream::Step::record && (!told || parse_erased(stream.record().payload, &entries));
    for (const ErasedSegment& each : entries) all_there = all_there && ::faccessat(folder.get(), each.name.c_str(), F_OK, 0) == 0;
    if (!all_there)
      return Failure{"tombstone " + entry->name +
                     " is under no signed head, though this key signed heads before it: nothing is deleted; where the heads key "
                     "was changed and changed back, take a new one"};
  }
  if (auto done = watch.well(entry->name); !done) return done;
  if (::unlinkat(folder.get(), entry->name.c_str(), 0) != 0) return Failure{failure("remove", entry->name, errno)};
  if (const int error = sync_folder(folder); error != 0) return Failure{failure("sync folder of", entry->name, error)};
  return Done{};
}

HeadRing head_ring(const TombstoneEnd& end) {
  return {end.epoch, end.segment_bytes, end.offset, end.sequence, end.chain, true, end.digests};
}

bool is_named(const Descriptor& folder, const TombstoneEnd& end) {
  const auto heads = open_heads(folder);
  if (!heads) return false;
  const HeadRing ring = head_ring(end);
  bool found = false;
  for (const std::string& name : list_folder(*heads, kHeadsSuffix))
    read_head_file(*heads, name, [&](const Head& head, ByteView, uint64_t) {
      for (const HeadRing& each : head.rings) found = found || each.epoch == ring.epoch;
    });
  return found;
}

Attest attest_alone(std::string dir, std::shared_ptr<const crypto::PrivateKey> key) {
  Attest attest;
  attest.key = key_part(key->public_key());
  attest.sign = [dir = std::move(dir), key = std::move(key)](const TombstoneEnd& end) -> Result<Done, std::string> {
    HeadOptions options;
    options.dir = dir;
    options.process = end.epoch.process;
    options.key = key;
    using std::chrono::system_clock;
    const auto wall = std::chrono::nanoseconds(system_clock::now().time_since_epoch()).count();
    auto writer = HeadWriter::start(options, {head_ring(end)}, static_cast<WallNs>(wall));
    if (!writer) return Failure{writer.error()};
    return (*writer)->finish({}, static_cast<WallNs>(wall));
  };
  return attest;
}

Attest attest_with(std::shared_ptr<Writer> writer) {
  Attest attest;
  attest.key = writer->heads_key();
  attest.sign = [writer](const TombstoneEnd& end) { return writer->attest(head_ring(end)); };
  attest.owed = [writer] { return writer->attest_owed(); };
  attest.believed = writer->believed();
  return attest;
}

}  // namespace gatehouse::record
