// The C reader over a folder with one segment of unknown origin, and its walk over any bytes as a row of sections. Checksums of
// the segment's header and of its records are made to fit, so that what lies behind them is reached.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/assert.h"
#include "crypto/digest.h"
#include "record/c_reader.cc"
#include "record/segment.h"
#include "tests/fuzz/plant.h"

namespace {

using namespace gatehouse::record;

std::string folder() {
  std::string name = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm/gatehouse-fuzz-XXXXXX" : "/tmp/gatehouse-fuzz-XXXXXX";
  GH_ASSERT(::mkdtemp(name.data()) != nullptr);
  return name;
}

/// segment_of makes a segment of one epoch of `rows`: each record's kind and payload come from the input.
std::string segment_of(ByteView rows) {
  SegmentHeader head{};
  head.worker = 3;
  Chain chain{};
  std::string records;
  for (uint64_t sequence = 0; rows.size() > 3; ++sequence) {
    const size_t length = std::min<size_t>(static_cast<uint8_t>(rows[1]) * 2u, rows.size() - 3);
    std::string payload(rows.substr(3, length));
    RecordHeader header{};
    header.kind = static_cast<uint8_t>(rows[0]);
    header.tier = static_cast<uint8_t>(rows[2]) & 3;
    header.key_epoch = static_cast<uint8_t>(rows[2]) >> 2;
    header.sequence = sequence;
    header.exchange[0] = 1;
    header.epoch_tag = epoch_tag({{}, 3});
    rows.remove_prefix(3 + length);
    payload.resize(round_up(kHeaderBytes + length, 8) - kHeaderBytes);
    chain = seal_header(header, length, gatehouse::crypto::crc32c(payload), chain);
    records.append(reinterpret_cast<const char*>(&header), sizeof header).append(payload);
  }
  records.resize(std::max<size_t>(round_up(records.size(), kPage), kPage));
  head.segment_bytes = kPage + records.size();
  seal_segment(head);
  return std::string(reinterpret_cast<const char*>(&head), sizeof head) + records;
}

void walk(gatehouse_bytes row) {
  const size_t whole = row.size;
  size_t used = 0;
  gatehouse_section section{};
  int more = 0;
  while ((more = gatehouse_section_next(&row, &section)) == 1) {
    used += GATEHOUSE_RECORD_SECTION_BYTES + section.value.size;
    uint64_t number = 0;
    GH_ASSERT(gatehouse_section_number(&section, &number) == (section.value.size == 8));
    GH_ASSERT(gatehouse_tag_name(section.tag)[0] != '\0');
    PLANT(GH_ASSERT(section.tag % 16 != 5));
  }
  GH_ASSERT(used <= whole && (more == -1 || used == whole));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string dir = folder();
  if (size > 64 * 1024) return 0;
  const ByteView input(reinterpret_cast<const char*>(data), size);
  walk({data, size});
  const std::string file = dir + "/20260101T000000.000000Z-00000000-0000-0000-0000-000000000000-w0003-00000000.ghr";
  {
    const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    GH_ASSERT(out.valid() && write_at(out, 0, segment_of(input)) == 0);
  }
  char error[8];
  gatehouse_reader* reader = gatehouse_reader_open(dir.c_str(), nullptr, nullptr, 0, error, sizeof error);
  GH_ASSERT(reader != nullptr);
  for (int steps = 0;; ++steps) {
    const gatehouse_step step = gatehouse_reader_next(reader);
    GH_ASSERT(step != GATEHOUSE_FAILED && steps < 1'000'000);
    if (step == GATEHOUSE_END) break;
    if (step == GATEHOUSE_DAMAGE) GH_ASSERT(gatehouse_reader_damage(reader)->what.size > 0);
    else walk(gatehouse_reader_record(reader)->sections);
  }
  gatehouse_reader_close(reader);
  ::unlink(file.c_str());
  return 0;
}
