// The PROXY protocol, version 2 (haproxy's proxy-protocol.txt, section 2.2): who a connection was made for.
#pragma once

#include "base/address.h"

namespace gatehouse::net {

/// kProxyHeaderMax bounds a header: addresses of Unix sockets, and TLVs of which nothing is used.
inline constexpr size_t kProxyHeaderMax = 4096;

/// ProxyHeader is what the bytes of a header come to.
struct ProxyHeader {
  enum class State : uint8_t { need_more, complete, malformed };
  State state = State::malformed;
  size_t wants = 0;          // need_more: how many bytes to have before asking again; complete: its length
  bool has_client = false;   // else it says nothing of a client: the connection's own address counts
  Address client;
  const char* error = "";    // malformed: why
};

/// parse_proxy_header reads the header at the front of `bytes`. Strict: version 2, LOCAL or PROXY over a stream,
/// a length that fits its addresses, well-formed TLVs, the checksum right where there is one. It never wants a
/// byte that is not the header's, so that what follows stays for whoever reads it. Invariant: a prefix of a
/// complete header is need_more, and what is malformed stays so with more bytes.
ProxyHeader parse_proxy_header(ByteView bytes);

}  // namespace gatehouse::net
