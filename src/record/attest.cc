#include "record/attest.h"

#include <thread>

#include "record/writer.h"

namespace gatehouse::record {
namespace {

constexpr auto kLook = std::chrono::milliseconds(100);
constexpr int kLooks = 100;

/// says looks for a head of the process that names the epoch's end.
bool says(const Descriptor& heads, const ExchangeId& process, const HeadRing& ring) {
  bool found = false;
  read_head_file(heads, heads_name(process), [&](const Head& head, ByteView, uint64_t) {
    for (const HeadRing& each : head.rings) found = found || each == ring;
  });
  return found;
}

}  // namespace

bool has_heads(const Descriptor& folder) {
  const auto heads = open_folder("/proc/self/fd/" + std::to_string(folder.get()) + "/" + kHeadsFolder);
  return heads && !list_folder(*heads, kHeadsSuffix).empty();
}

HeadRing head_ring(const TombstoneEnd& end) {
  return {end.epoch, end.segment_bytes, end.offset, end.sequence, end.chain, true, {}};
}

Attest attest_alone(std::string dir, std::shared_ptr<const crypto::PrivateKey> key) {
  return [dir = std::move(dir), key = std::move(key)](const TombstoneEnd& end) -> Result<Done, std::string> {
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
}

Attest attest_with(std::shared_ptr<Writer> writer, std::string dir) {
  return [writer = std::move(writer), dir = std::move(dir)](const TombstoneEnd& end) -> Result<Done, std::string> {
    const HeadRing ring = head_ring(end);
    if (!writer->attest(ring)) return Done{};   // it signs nothing
    const auto heads = open_folder(dir + "/" + kHeadsFolder);
    for (int look = 0; heads && look < kLooks; ++look) {
      if (says(*heads, writer->process(), ring)) return Done{};
      std::this_thread::sleep_for(kLook);
    }
    return Failure<std::string>{"no head was signed for a tombstone in time"};
  };
}

}  // namespace gatehouse::record
