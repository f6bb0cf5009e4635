// What origins are told of callers: whoever they are and whatever the client sent beside, each value stands in exactly one field of
// the head and reads back as what was verified, or the request is refused; no field of the client's passes for one of ours.
#include <arpa/inet.h>
#include <fuzzer/FuzzedDataProvider.h>
#include <netinet/in.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>
#include <string>

#include "base/assert.h"
#include "http/h1_parser.h"
#include "proxy/heads.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::proxy {
namespace {

using config::Told;

constexpr size_t kNameBytes = 600, kGroups = 300;   // identities have 512 and 256 at most

struct Field {
  const char* name;
  const char* value;
  Told told;
};
constexpr Field kFields[] = {{"X-Stage", "{text} of a route", Told::text}, {"X-User", "{subject}", Told::subject},
                             {"X_Issued-By", "{issuer}", Told::issuer},    {"X-Groups", "{groups}", Told::groups},
                             {"X-Real-IP", "{address}", Told::address},    {"X-Forwarded-Proto", "{scheme}", Told::scheme},
                             {"X-Forwarded-Host", "{host}", Told::host}};

int hex(char digit) { return digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1; }

bool is_plain(unsigned char byte) { return byte > 0x20 && byte < 0x7f && byte != '%' && byte != ','; }

/// decoded undoes what names are written in, of which there is one form only.
std::string decoded(ByteView value) {
  std::string out;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      GH_ASSERT(is_plain(static_cast<unsigned char>(value[i])));
      out += value[i];
      continue;
    }
    GH_ASSERT(i + 2 < value.size() && hex(value[i + 1]) >= 0 && hex(value[i + 2]) >= 0);
    out += static_cast<char>(hex(value[i + 1]) * 16 + hex(value[i + 2]));
    GH_ASSERT(!is_plain(static_cast<unsigned char>(out.back())));
    i += 2;
  }
  return out;
}

void check_groups(ByteView value, const std::vector<std::string>& groups) {
  for (const std::string& each : groups) {
    if (each.empty()) continue;
    const size_t comma = std::min(value.find(','), value.size());
    GH_ASSERT(decoded(value.substr(0, comma)) == each);
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  GH_ASSERT(value.empty());
}

void check_address(const std::string& value, const Address& client) {
  if (client.family() == AF_INET) {
    const auto again = parse_address(value + ":1");
    GH_ASSERT(again && std::memcmp(&reinterpret_cast<const sockaddr_in*>(&again->storage)->sin_addr,
                                   &reinterpret_cast<const sockaddr_in*>(&client.storage)->sin_addr, sizeof(in_addr)) == 0);
  } else if (client.family() == AF_INET6) {
    in6_addr again;
    const bool mapped = value.find(':') == std::string::npos;
    GH_ASSERT(inet_pton(AF_INET6, (mapped ? "::ffff:" + value : value).c_str(), &again) == 1);
    GH_ASSERT(std::memcmp(&again, &reinterpret_cast<const sockaddr_in6*>(&client.storage)->sin6_addr, sizeof again) == 0);
  } else {
    GH_ASSERT(value.empty());
  }
}

/// A host is what stands before the port and the final dot, in small letters.
void check_host(ByteView value, ByteView host) {
  const std::string name = decoded(value);
  GH_ASSERT(name.size() <= host.size());
  for (size_t i = 0; i < name.size(); ++i)
    GH_ASSERT(name[i] == (host[i] >= 'A' && host[i] <= 'Z' ? static_cast<char>(host[i] + 32) : host[i]));
  ByteView rest = host.substr(name.size());
  if (rest.starts_with('.')) rest.remove_prefix(1);
  GH_ASSERT(rest.empty() || rest[0] == ':');
}

void check_value(Told told, const std::string& value, const Verified& known) {
  switch (told) {
    case Told::text: GH_ASSERT(value == kFields[0].value); break;
    case Told::subject: GH_ASSERT(decoded(value) == (known.caller != nullptr ? known.caller->subject : "")); break;
    case Told::issuer: GH_ASSERT(decoded(value) == (known.caller != nullptr ? known.caller->issuer : "")); break;
    case Told::groups: check_groups(value, known.caller != nullptr ? known.caller->groups : std::vector<std::string>{}); break;
    case Told::address: check_address(value, known.client != nullptr ? *known.client : Address{}); break;
    case Told::scheme: GH_ASSERT(value == (!known.tls ? "" : *known.tls ? "https" : "http")); break;
    case Told::host: check_host(value, known.host); break;
  }
}

Address draw_address(FuzzedDataProvider& from) {
  Address out;
  const int kind = from.ConsumeIntegralInRange(0, 3);
  if (kind == 0) return out;
  if (kind == 1) return *parse_address("unix:/run/caller.sock");
  if (kind == 2) {
    auto* in = reinterpret_cast<sockaddr_in*>(&out.storage);
    in->sin_family = AF_INET;
    from.ConsumeData(&in->sin_addr, sizeof in->sin_addr);
    out.length = sizeof *in;
    return out;
  }
  auto* in = reinterpret_cast<sockaddr_in6*>(&out.storage);
  in->sin6_family = AF_INET6;
  from.ConsumeData(&in->sin6_addr, sizeof in->sin6_addr);
  out.length = sizeof *in;
  return out;
}

identity::Identity draw_caller(FuzzedDataProvider& from) {
  identity::Identity out;
  out.subject = from.ConsumeRandomLengthString(kNameBytes);
  out.issuer = from.ConsumeRandomLengthString(kNameBytes);
  for (size_t count = from.ConsumeIntegralInRange<size_t>(0, kGroups); count > 0 && from.remaining_bytes() > 0; --count)
    out.groups.push_back(from.ConsumeRandomLengthString(kNameBytes));
  return out;
}

/// What of the head has a name that a service may take for `name`.
std::vector<std::string> said(const http::RequestHead& head, ByteView name) {
  std::vector<std::string> out;
  for (const http::Field& field : head.fields.all())
    if (same_spelling(field.name, name)) out.emplace_back(field.value);
  return out;
}

void check_head(ByteView bytes, const Verified& known, const config::Route& route, Arena& arena) {
  const auto head = std::make_unique<http::RequestHead>();
  http::HeadScan scan;
  Limits limits;
  limits.head_bytes = 1 << 20;
  const http::ParseResult parsed = http::parse_request_head(bytes, limits, scan, *head);
  GH_ASSERT(parsed.status == http::ParseStatus::complete && parsed.consumed == bytes.size());
  for (size_t i = 0; i < std::size(kFields); ++i) {
    std::string value(told_value(route.set_headers[i], known, arena));
    GH_ASSERT(said(*head, kFields[i].name) == (value.empty() ? std::vector<std::string>{} : std::vector<std::string>{value}));
    PLANT(if (const size_t at = value.find("%2C%2C"); at != std::string::npos) value.replace(at, 3, ","));
    check_value(kFields[i].told, value, known);
  }
}

void check(FuzzedDataProvider& from) {
  static Arena arena;
  arena.reset();
  Verified known;
  const Address client = draw_address(from);
  if (from.ConsumeBool()) known.client = &client;
  if (from.ConsumeBool()) known.tls = from.ConsumeBool();
  const bool knows_caller = from.ConsumeBool();
  const identity::Identity caller = draw_caller(from);
  if (knows_caller) known.caller = &caller;
  const std::string fields = "GET / HTTP/1.1\r\nHost: h\r\n" + from.ConsumeRandomLengthString(1000) + "\r\n\r\n";
  const std::string host = from.ConsumeRemainingBytesAsString();
  known.host = host;

  const auto request = std::make_unique<http::RequestHead>();
  http::HeadScan scan;
  const bool read = http::parse_request_head(fields, Limits{}, scan, *request).status == http::ParseStatus::complete;
  if (!read || request->fields.count + std::size(kFields) + 2 > Limits{}.head_fields) {
    request->method = "GET";
    request->fields.count = 0;
  }
  config::Route route;
  for (const Field& each : kFields) {
    route.set_headers.push_back({each.name, each.value, each.told});
    route.remove_headers.emplace_back(each.name);   // as the configuration does
  }
  config::Origin origin;
  origin.host = "origin.internal";
  const Trace trace = trace_of(request->fields);
  ByteSpan credential;
  const ByteView head = origin_head({*request, origin, &route, trace, "/x", http::Framing::none, 0, false, known}, arena, &credential);
  GH_ASSERT(head.empty() == (untold(&route, known, arena) != Reason::none));
  if (!head.empty()) check_head(head, known, route, arena);
}

}  // namespace
}  // namespace gatehouse::proxy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider from(data, size);
  gatehouse::proxy::check(from);
  return 0;
}
