// A line of `gatehouse explain --requests`: whatever it says, its head has the lines that it should have and no others.
#include <algorithm>
#include <string>

#include "base/assert.h"
#include "cli/asked_request.h"
#include "record/layout.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

namespace {

size_t lines_of(ByteView head) {
  size_t lines = 0;
  for (size_t i = 0; i < head.size(); ++i) {
    GH_ASSERT(head[i] != '\n' || (i > 0 && head[i - 1] == '\r'));
    GH_ASSERT(head[i] != '\r' || (i + 1 < head.size() && head[i + 1] == '\n'));
    lines += head[i] == '\n';
  }
  return lines;
}

void check_head(const cli::AskedRequest& asked) {
  const std::string extra = asked.token ? "Authorization: Bearer " + *asked.token : "";
  const auto head = cli::head_bytes(asked, extra);
  if (!head) {
    GH_ASSERT(!head.error().empty());
    return;
  }
  const auto given = [&](ByteView name) {
    return std::any_of(asked.headers.begin(), asked.headers.end(), [name](const std::string& header) {
      return http::equals_ignore_case(ByteView(header).substr(0, header.find(':')), name);
    });
  };
  size_t expected = 2 + asked.headers.size() + !extra.empty() + !given("host");
  expected += !asked.body.empty() && !given("content-length") && !given("transfer-encoding");
  PLANT(if (asked.headers.size() == 3) ++expected);
  GH_ASSERT(lines_of(*head) == expected);
  GH_ASSERT(head->ends_with("\r\n\r\n"));
}

/// A time that is accepted is the time that it says.
void check_time(const std::string& text) {
  const auto time = cli::asked_time(text);
  if (!time) return;
  if (text.back() != 'Z') GH_ASSERT(std::stoull(text) == *time / kNsPerSecond);
  else GH_ASSERT(record::format_time(*time) == text.substr(0, text.size() - 1) + ".000000Z");
}

void check_address(const std::string& text) {
  const auto address = cli::asked_address(text);
  if (!address) return;
  const std::string written = format_address(*address);
  const auto again = cli::asked_address(written);
  GH_ASSERT(again && format_address(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_time(text);
  check_address(text);
  const auto asked = cli::asked_request(text);
  if (!asked) GH_ASSERT(!asked.error().empty());
  else check_head(*asked);
  return 0;
}
