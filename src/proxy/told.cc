#include "proxy/told.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string>

#include "policy/route.h"

namespace gatehouse::proxy {
namespace {

using config::Told;

/// Value is written up to its bound and one byte more, which shows that it did not fit.
class Value {
 public:
  Value(Arena& arena, size_t bytes) : room_(std::min(3 * bytes, kToldBytesMax + 1)), memory_(arena.take(room_, 1)) {}

  void put(char c) {
    if (size_ < room_) memory_[size_++] = c;
  }

  void name(ByteView text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte > 0x20 && byte < 0x7f && c != '%' && c != ',') {
        put(c);
      } else {
        put('%');
        put(kHex[byte >> 4]);
        put(kHex[byte & 15]);
      }
    }
  }

  ByteView bytes() const { return {memory_, size_}; }

 private:
  const size_t room_;   // each byte of a text takes three at most
  char* const memory_;
  size_t size_ = 0;
};

ByteView groups(std::span<const std::string> all, Arena& arena) {
  size_t bytes = 0;
  for (const std::string& group : all) bytes += group.size() + 1;
  Value value(arena, bytes);
  for (const std::string& group : all) {
    if (group.empty()) continue;   // no identity has one; a list could not say it
    if (!value.bytes().empty()) value.put(',');
    value.name(group);
  }
  return value.bytes();
}

ByteView name(ByteView text, Arena& arena) {
  Value value(arena, text.size());
  value.name(text);
  return value.bytes();
}

ByteView address(const Address& of, Arena& arena) {
  char text[INET6_ADDRSTRLEN] = {};
  if (of.family() == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &of.storage, sizeof in);
    inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
  } else if (of.family() == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, &of.storage, sizeof in);
    if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) inet_ntop(AF_INET, in.sin6_addr.s6_addr + 12, text, sizeof text);
    else inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
  }
  return arena.copy(text);
}

ByteView host(ByteView authority, Arena& arena) {
  std::string small(policy::host_name(authority));
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return name(small, arena);
}

}  // namespace

ByteView told_value(const config::HeaderRule& rule, const Verified& known, Arena& arena) {
  switch (rule.told) {
    case Told::text: return rule.value;
    case Told::address: return known.client == nullptr ? ByteView{} : address(*known.client, arena);
    case Told::scheme: return !known.tls ? ByteView{} : *known.tls ? ByteView{"https"} : ByteView{"http"};
    case Told::host: return host(known.host, arena);
    case Told::subject: return known.caller == nullptr ? ByteView{} : name(known.caller->subject, arena);
    case Told::issuer: return known.caller == nullptr ? ByteView{} : name(known.caller->issuer, arena);
    case Told::groups: return known.caller == nullptr ? ByteView{} : groups(known.caller->groups, arena);
  }
  return {};
}

Reason untold(const config::Route* route, const Verified& known, Arena& arena) {
  if (route == nullptr) return Reason::none;
  for (const config::HeaderRule& each : route->set_headers)
    if (each.told != Told::text && told_value(each, known, arena).size() > kToldBytesMax)
      return each.told == Told::host ? Reason::http_host : Reason::token_groups;
  return Reason::none;
}

}  // namespace gatehouse::proxy
