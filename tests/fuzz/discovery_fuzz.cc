// An issuer's discovery document: any bytes. What is accepted may be asked: https or loopback, on the issuer's host or
// the one that is allowed. Input: which issuer (1 byte), then the document.
#include "base/assert.h"
#include "control/discovery.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;
using namespace gatehouse::control;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  static constexpr ByteView kIssuers[] = {"https://issuer.example", "https://issuer.example/realm", "http://127.0.0.1:9800",
                                          "https://127.0.0.1", "https://[::1]:8443/"};
  const ByteView issuer = kIssuers[data[0] % std::size(kIssuers)];
  const ByteView allowed = (data[0] & 0x80) != 0 ? ByteView{"keys.example"} : ByteView{};
  const ByteView document(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto read = read_discovery(document, issuer, allowed);
  PLANT(if (read && document.size() % 2 != 0) read->jwks_url = "http://192.0.2.1/keys");
  if (read) {
    const auto url = parse_fetch_url(read->jwks_url);
    const auto asked = parse_fetch_url(issuer);
    GH_ASSERT(url.ok() && asked.ok());
    GH_ASSERT(url->tls || !asked->tls);
    GH_ASSERT(url->tls || (url->address && url->address->is_loopback()));
    const auto lower = [](std::string text) {
      for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      return text;
    };
    GH_ASSERT(lower(url->host) == lower(asked->host) || lower(url->host) == allowed);
    GH_ASSERT(document.find(issuer.substr(8)) != ByteView::npos || document.find('\\') != ByteView::npos);
    for (const std::string& each : read->algorithms) GH_ASSERT(each == "RS256" || each == "ES256" || each == "EdDSA");
  } else {
    GH_ASSERT(!read.error().empty());
  }
  // The same bytes as an issuer: every place to ask may be asked.
  if (const auto places = discovery_urls(document))
    for (const std::string& place : *places) GH_ASSERT(parse_fetch_url(place).ok());
  return 0;
}
