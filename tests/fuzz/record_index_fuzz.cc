// An index of unknown origin: the reader must end, stay within its bytes and never give more entries than it says. The first byte
// chooses whether its checksum and its count are made to fit. Rows and filters take whatever comes of it.
#include <algorithm>
#include <cstring>
#include <string>

#include "base/assert.h"
#include "cli/record_lines.h"
#include "cli/record_row.h"
#include "crypto/digest.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::cli {
namespace {

constexpr size_t kHeader = 72, kEntry = 56, kCrcAt = 8, kCrcEnd = 12, kCountAt = 64;
constexpr uint64_t kMagic = UINT64_C(0x3158444e49524847);

void mend(std::string& file, uint8_t how) {
  file.resize(std::max(file.size(), kHeader));
  std::memcpy(file.data(), &kMagic, sizeof kMagic);
  if ((how & 1) != 0) {   // as many entries as lengths say
    uint64_t count = 0;
    for (size_t at = kHeader; at + kEntry <= file.size(); ++count) {
      uint32_t sections;
      std::memcpy(&sections, file.data() + at + 4, sizeof sections);
      sections %= 512;
      std::memcpy(file.data() + at + 4, &sections, sizeof sections);
      file[at + 1] = file[at + 3] = 0;
      at += kEntry + sections;
    }
    std::memcpy(file.data() + kCountAt, &count, sizeof count);
  }
  const uint32_t crc = crypto::crc32c(ByteView(file).substr(kCrcEnd));
  std::memcpy(file.data() + kCrcAt, &crc, sizeof crc);
}

void walk(ByteView file) {
  IndexReader reader;
  IndexEntry entry;
  if (!reader.open(file, {})) return;
  const RecordFilter filter{.identity = "a*b", .guard = "*", .text = "x"};
  OpenRows rows;
  uint64_t entries = 0, used = kHeader;
  while (reader.next(&entry)) {
    ++entries;
    used += kEntry + entry.sections.size();
    PLANT(if (entry.kind == record::Kind::outcome && !entry.sections.empty()) used += 1);
    GH_ASSERT(used <= file.size());
    GH_ASSERT(entry.sections.empty() || (entry.sections.data() >= file.data() && entry.sections.end() <= file.end()));
    Row* const row = rows.see(entry);
    if (row == nullptr) continue;
    filter.match(*row);
    GH_ASSERT(csv_cell(row->subject).find('\n') == std::string::npos);
    if (row->closed) rows.take(entry.exchange);
  }
  GH_ASSERT(!reader.ok() || used == file.size());
  GH_ASSERT(entries <= file.size() / kEntry);
}

}  // namespace
}  // namespace gatehouse::cli

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 || size > 64 * 1024) return 0;
  std::string file(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 2) == 0) gatehouse::cli::mend(file, data[0]);
  gatehouse::cli::walk(file);
  return 0;
}
