// Any bytes as a path: what is accepted is stable, has no segment that climbs, and decodes to what the
// original decodes to.
#include <string>

#include "http/byte_class.h"
#include "http/uri.h"
#include "http_fuzz.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::http {
namespace {

int digit(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

std::string unescape(ByteView path) {
  std::string bytes;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && i + 2 < path.size() && is_in(path[i + 1], kHex) && is_in(path[i + 2], kHex)) {
      bytes += static_cast<char>(digit(path[i + 1]) << 4 | digit(path[i + 2]));
      i += 2;
    } else {
      bytes += path[i];
    }
  }
  return bytes;
}

/// without_dots is what a lenient origin would serve: "." segments taken out of the decoded path.
std::string without_dots(std::string path) {
  for (size_t at; (at = path.find("/./")) != std::string::npos;) path.erase(at, 2);
  if (path.size() >= 2 && path.substr(path.size() - 2) == "/.") path.pop_back();
  return path;
}

void run(ByteView raw) {
  (void)is_authority(raw);
  Arena arena;
  auto path = normalise_path(raw, arena);
  PLANT(if (path.ok() && path->ends_with("/A")) *path = "/A/../A");
  if (!path.ok()) {
    REQUIRE(path.error() == Reason::http_path);
    return;
  }
  if (raw == "*") return;
  const auto again = normalise_path(*path, arena);
  REQUIRE(again.ok() && *again == *path);
  REQUIRE(path->front() == '/' && path->size() <= raw.size());
  const std::string once = unescape(*path);
  REQUIRE(once == without_dots(unescape(raw)));
  REQUIRE(unescape(once) == once);  // a second decoding finds nothing
  for (const std::string& form : {std::string(*path), once}) {
    REQUIRE((form + "/").find("/../") == std::string::npos && (form + "/").find("/./") == std::string::npos);
    REQUIRE(form.find("//") == std::string::npos && form.find_first_of(";\\") == std::string::npos);
    for (const char c : form) REQUIRE(static_cast<uint8_t>(c) >= 0x20 && c != 0x7f);
  }
}

}  // namespace
}  // namespace gatehouse::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gatehouse::http::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
