// A cursor file of unknown origin: read strictly, or refused. What is read is written back as it was. The first byte chooses
// whether the checksum is made to fit, so that what lies behind it is reached.
#include <cstdio>
#include <string>

#include "base/assert.h"
#include "cli/export_cursor.h"
#include "crypto/digest.h"
#include "tests/fuzz/plant.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse;
  if (size < 1 || size > 64 * 1024) return 0;
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 1) != 0) {
    char line[24];
    std::snprintf(line, sizeof line, "crc32c %08x\n", crypto::crc32c(text));
    text += line;
  }
  auto places = cli::parse_cursor(text);
  if (!places) {
    GH_ASSERT(!places.error().empty());
    return 0;
  }
  PLANT(for (auto& [epoch, place] : *places) if (place.resume == 7) place.resume = 6);
  for (const auto& [epoch, place] : *places) GH_ASSERT(place.resume <= place.done && epoch.worker < record::kWorkerMax);
  const auto again = cli::parse_cursor(cli::format_cursor(*places));
  GH_ASSERT(again.ok() && *again == *places);
  // Lines may come in another order; each says what it said.
  GH_ASSERT(cli::format_cursor(*places).size() == text.size());
  PLANT(GH_ASSERT(places->empty() || places->begin()->second.resume != 6));
  return 0;
}
