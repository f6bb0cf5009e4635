// A folder of records of unknown origin: one segment and one ring cut from the input. The reader must end,
// stay within bounds and keep its promises whatever the bytes say. The first byte chooses how much of the
// input is made to fit (checksums, chain), so that what lies behind those checks is reached as well.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/assert.h"
#include "crypto/digest.h"
#include "record/segment.h"
#include "record/verify.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::record {
namespace {

constexpr uint8_t kMendHeaders = 1;   // segment and ring headers
constexpr uint8_t kMendRecords = 2;   // header and payload checksums, sequence
constexpr uint8_t kMendChain = 4;
constexpr uint8_t kWithRing = 8;

struct Folders {
  std::string dir, rings;
  Folders() {
    std::string name = "/tmp/gatehouse-fuzz-XXXXXX";
    if (::access("/dev/shm", W_OK) == 0) name = "/dev/shm/gatehouse-fuzz-XXXXXX";
    GH_ASSERT(::mkdtemp(name.data()) != nullptr);
    dir = name;
    rings = name + "/rings";
    GH_ASSERT(::mkdir(rings.c_str(), 0700) == 0);
  }
  ~Folders() {
    ::unlink((dir + "/segment.ghr").c_str());
    ::unlink((rings + "/ring.ring").c_str());
    ::rmdir(rings.c_str());
    ::rmdir(dir.c_str());
  }
};

void write_file(const std::string& name, ByteView bytes) {
  const Descriptor file(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  GH_ASSERT(file.valid() && write_at(file, 0, bytes) == 0);
}

/// mend_records walks what the lengths say and makes checksums (and the chain) fit.
void mend_records(char* data, size_t size, const Epoch& epoch, Chain chain, uint8_t how) {
  uint64_t sequence = 0;
  for (size_t at = 0; at + kHeaderBytes <= size;) {
    RecordHeader header;
    std::memcpy(&header, data + at, sizeof header);
    if (header.magic != GATEHOUSE_RECORD_MAGIC || header.payload_bytes > size - at - kHeaderBytes) return;
    const uint64_t total = round_up(kHeaderBytes + uint64_t{header.payload_bytes}, 8);
    if (total > size - at) return;
    header.flags = 0;
    std::memset(header.reserved, 0, sizeof header.reserved);
    header.epoch_tag = epoch_tag(epoch);
    header.sequence = sequence++;
    const uint32_t crc = crypto::crc32c({data + at + kHeaderBytes, total - kHeaderBytes});
    const Chain before = chain;
    chain = seal_header(header, header.payload_bytes, crc, chain);
    if ((how & kMendChain) == 0) std::memcpy(header.chain, before.data(), before.size());
    std::memcpy(data + at, &header, sizeof header);
    at += total;
  }
}

void mend(std::string& segment, std::string& ring, uint8_t how) {
  SegmentHeader head{};
  std::memcpy(&head, segment.data(), std::min(segment.size(), sizeof head));
  RingHeader ring_head{};
  std::memcpy(&ring_head, ring.data(), std::min(ring.size(), sizeof ring_head));
  if ((how & kMendHeaders) != 0) {
    segment.resize(std::max<size_t>(round_up(segment.size(), kPage), 2 * kPage));
    head.segment_bytes = segment.size();
    head.index %= 3;
    head.base = head.index * segment_data(head.segment_bytes);
    head.open_from = std::min(head.open_from, head.base);
    head.worker %= kWorkerMax;
    std::memset(head.reserved, 0, sizeof head.reserved);
    seal_segment(head);
    std::memcpy(segment.data(), &head, sizeof head);
    ring.resize(std::max<size_t>(round_up(ring.size(), kPage), 2 * kPage));
    ring_head.segment_bytes = head.segment_bytes;
    ring_head.capacity = ring.size() - kPage;
    std::memcpy(ring_head.process, head.process, sizeof head.process);
    ring_head.worker = head.worker;
    seal_ring(ring_head);
    std::memcpy(ring.data(), &ring_head, sizeof ring_head);
  }
  const Epoch epoch{id_of(head.process), head.worker};
  if ((how & kMendRecords) == 0) return;
  if (segment.size() > kPage) mend_records(segment.data() + kPage, segment.size() - kPage, epoch, chain_of(head.chain), how);
  if (ring.size() > kPage) mend_records(ring.data() + kPage, ring.size() - kPage, epoch, chain_of(ring_head.chain), how);
}

void read_all(const Folders& folders) {
  auto reader = Reader::open({folders.dir, folders.rings, 0});
  GH_ASSERT(reader.ok());
  uint64_t steps = 0;
  Verified totals = verify(**reader, [&](const Damage& damage) {
    ++steps;
    GH_ASSERT(!damage.what.empty() && steps < 1'000'000);
  });
  PLANT(if (totals.problems == 2) totals.problems = 1);
  GH_ASSERT(totals.problems == steps);
}

void check_streams(const Folders& folders) {
  auto reader = Reader::open({folders.dir, folders.rings, 0});
  uint64_t last = 0;
  bool any = false;
  for (auto step = (*reader)->next(); step != Stream::Step::end; step = (*reader)->next()) {
    if (step != Stream::Step::record) continue;
    const RecordView& record = (*reader)->record();
    GH_ASSERT(record.stored.size() == record.header.payload_bytes);
    GH_ASSERT(header_fits(record.header, kRecordBytesMax));
    GH_ASSERT(!any || record.offset > last || (*reader)->catalog().epochs.size() > 1);  // never repeats
    last = record.offset;
    any = true;
    SectionReader sections(record.payload);
    Tag tag;
    ByteView value;
    size_t used = 0;
    while (sections.next(&tag, &value)) used += GATEHOUSE_RECORD_SECTION_BYTES + value.size();
    GH_ASSERT(sections.malformed() || used == record.payload.size());
  }
}

}  // namespace
}  // namespace gatehouse::record

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse::record;
  static const Folders folders;
  if (size < 3 || size > 256 * 1024) return 0;
  const uint8_t how = data[0];
  const auto* text = reinterpret_cast<const char*>(data);
  const size_t cut = (how & kWithRing) != 0 ? 3 + (size - 3) * data[1] / 255 : size;
  std::string segment(text + 3, cut - 3);
  std::string ring(text + cut, size - cut);
  mend(segment, ring, how);
  write_file(folders.dir + "/segment.ghr", segment);
  if ((how & kWithRing) != 0) write_file(folders.rings + "/ring.ring", ring);
  else ::unlink((folders.rings + "/ring.ring").c_str());
  read_all(folders);
  check_streams(folders);
  return 0;
}
