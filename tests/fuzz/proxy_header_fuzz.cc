// PROXY v2 headers: any bytes, whole and byte by byte.
#include "base/assert.h"
#include "net/proxy_header.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;
using net::ProxyHeader;
using State = net::ProxyHeader::State;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView bytes(reinterpret_cast<const char*>(data), size);
  ProxyHeader whole = net::parse_proxy_header(bytes);
  PLANT(if (whole.state == State::complete && whole.wants == 28) whole.wants = 29);
  GH_ASSERT(whole.wants <= net::kProxyHeaderMax);
  switch (whole.state) {
    case State::complete: {
      GH_ASSERT(whole.wants >= 16 && whole.wants <= size);
      GH_ASSERT(whole.has_client == (whole.client.length != 0));
      // What follows the header is nobody's business, and every part of it wants the rest.
      const ProxyHeader alone = net::parse_proxy_header(bytes.substr(0, whole.wants));
      GH_ASSERT(alone.state == State::complete && alone.wants == whole.wants);
      GH_ASSERT(format_address(alone.client) == format_address(whole.client));
      for (size_t part = 0; part < whole.wants; ++part) {
        const ProxyHeader some = net::parse_proxy_header(bytes.substr(0, part));
        GH_ASSERT(some.state == State::need_more && some.wants > part && some.wants <= whole.wants);
      }
      if (whole.has_client && whole.client.family() != AF_UNIX) {   // a text that reads back as the same address
        const auto again = parse_address(format_address(whole.client));
        GH_ASSERT(again && format_address(*again) == format_address(whole.client));
      }
      break;
    }
    case State::need_more: GH_ASSERT(whole.wants > size); break;
    case State::malformed: {
      GH_ASSERT(whole.error[0] != 0);
      const std::string more = std::string(bytes) + "x";
      GH_ASSERT(net::parse_proxy_header(more).state == State::malformed);
      break;
    }
  }
  return 0;
}
