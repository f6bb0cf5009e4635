// A file of heads of unknown origin. The reader must end, stay within bounds and keep its promises. The first byte chooses how much
// of the input is made to fit (magic, lengths, counts), so that what lies behind those checks is reached as well.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "base/assert.h"
#include "record/heads.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::record {
namespace {

/// mend makes the beginning a head of `rings` rings that ends where the bytes end.
void mend(std::string& bytes, uint8_t how) {
  gatehouse_head head{};
  if (bytes.size() < sizeof head) return;
  std::memcpy(&head, bytes.data(), sizeof head);
  head.magic = GATEHOUSE_HEAD_MAGIC;
  head.layout = GATEHOUSE_HEAD_LAYOUT;
  head.flags &= 3;
  head.rings = how >> 1 & 3;
  head.total_bytes = static_cast<uint32_t>(bytes.size());
  std::memcpy(bytes.data(), &head, sizeof head);
  for (uint32_t i = 0; i < head.rings && sizeof head + (i + 1) * sizeof(gatehouse_head_ring) <= bytes.size(); ++i) {
    gatehouse_head_ring ring;
    char* at = bytes.data() + sizeof head + i * sizeof ring;
    std::memcpy(&ring, at, sizeof ring);
    ring.worker %= kWorkerMax;
    ring.flags &= 1;
    ring.reserved = 0;
    ring.segment_bytes = kSegmentBytesMin * (1 + ring.segment_bytes % 64);
    ring.digests %= 4;
    std::memcpy(at, &ring, sizeof ring);
  }
}

void check(const Head& head, ByteView bytes) {
  GH_ASSERT(head.rings.size() <= kHeadRingsMax && bytes.size() <= kHeadBytesMax);
  for (const HeadRing& ring : head.rings) {
    uint64_t end = 0;
    for (const HeadDigest& digest : ring.digests) {
      GH_ASSERT(digest.offset >= end && digest.bytes > 0 && digest.bytes <= kDigestRun);
      end = digest.offset + digest.bytes;
    }
    GH_ASSERT(end <= ring.offset);
  }
  Head again;
  size_t used = 0;
  GH_ASSERT(parse_head(bytes, &again, &used) == HeadParse::whole && used == bytes.size() && again.name == head.name);
  GH_ASSERT(parse_head(bytes.substr(0, bytes.size() - 1), &again, &used) == HeadParse::cut);
}

}  // namespace
}  // namespace gatehouse::record

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse;
  using namespace gatehouse::record;
  if (size < 1 || size > 64 * 1024) return 0;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 1) != 0) mend(bytes, data[0]);
  if ((data[0] & 8) != 0) bytes += bytes;
  const Descriptor file(::memfd_create("heads", MFD_CLOEXEC));
  GH_ASSERT(file.valid() && write_at(file, 0, bytes) == 0);
  uint64_t end = 0, heads = 0;
  const HeadsRead read = read_heads(file, [&](const Head& head, ByteView one, uint64_t place) {
    GH_ASSERT(place >= end && place + one.size() <= bytes.size() && ByteView(bytes).substr(place, one.size()) == one);
    end = place + one.size();
    PLANT(if (head.rings.size() == 2) ++end);
    ++heads;
    check(head, one);
  });
  GH_ASSERT(read.opened && read.bytes == bytes.size() && read.torn <= bytes.size() && end + read.torn <= bytes.size());
  for (const HeadsRead::Gap& gap : read.damaged) GH_ASSERT(gap.bytes > 0 && gap.place + gap.bytes <= bytes.size());
  return 0;
}
