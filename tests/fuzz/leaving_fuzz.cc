// Whatever is allowed leads to a listed host for every reader that is known to differ from the others; whatever one of
// them takes for a URL is seen as an address.
#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "base/assert.h"
#include "guard/leaving.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;
using Is = guard::AddressCheck::Is;

namespace {

std::shared_ptr<const guard::Addresses> addresses() {
  guard::AddressRules rules;
  rules.hosts = {"a.test", "*.b.test"};
  rules.schemes = {"https", "http", "s3"};
  rules.ports = {8080};
  rules.networks = {*Network::parse("9.9.0.0/16"), *Network::parse("2600::/16")};
  rules.buckets = {"out-*"};
  return *guard::Addresses::compile(rules);
}

std::string lower(ByteView text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

int digit(char c) {
  const size_t at = ByteView("0123456789abcdef").find(static_cast<char>(c | 0x20));
  return at == ByteView::npos ? -1 : static_cast<int>(at);
}

std::string decoded(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// The text as a browser reads it: no tabs and line ends, no blanks around, backslashes are slashes.
std::string browsers(ByteView text) {
  while (!text.empty() && static_cast<uint8_t>(text.front()) <= 0x20) text.remove_prefix(1);
  while (!text.empty() && static_cast<uint8_t>(text.back()) <= 0x20) text.remove_suffix(1);
  std::string out;
  for (const char c : text)
    if (c != '\t' && c != '\n' && c != '\r') out += c == '\\' ? '/' : c;
  return out;
}

/// The host of what stands behind "//", when the authority ends at one of `ends` and user information at an '@'.
std::string host_of(const std::string& text, const char* ends, bool last_at) {
  size_t begin = text.find("//");
  begin = begin == std::string::npos ? 0 : begin + 2;
  std::string authority = text.substr(begin, text.find_first_of(ends, begin) - begin);
  const size_t at = last_at ? authority.rfind('@') : authority.find('@');
  if (at != std::string::npos) authority.erase(0, at + 1);
  const size_t close = authority[0] == '[' ? authority.find(']') : std::string::npos;
  if (close != std::string::npos) return lower(authority.substr(0, close + 1));
  return lower(decoded(authority.substr(0, authority.find(':'))));
}

bool is_listed(std::string host, bool bucket) {
  if (bucket) return host.starts_with("out-");
  if (host.starts_with("[")) {
    const auto address = parse_address(host + ":1");
    return address && (Network::parse("2600::/16")->contains(*address) || Network::parse("9.9.0.0/16")->contains(*address));
  }
  in_addr number{};
  if (inet_aton(host.c_str(), &number) == 1) return (ntohl(number.s_addr) >> 16) == 0x0909;
  if (host.ends_with('.')) host.pop_back();
  return host == "a.test" || host.ends_with(".b.test");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto rules = addresses();
  const ByteView text(reinterpret_cast<const char*>(data), size);
  guard::AddressCheck field = rules->check(text);
  const guard::AddressCheck any = rules->check_any(text);
  PLANT(if (text.find('?') < text.find('@') && text.starts_with("http://a.test")) field.is = Is::allowed);
  GH_ASSERT((field.is == Is::refused) == (*field.why != '\0') || field.is == Is::allowed);
  GH_ASSERT(any.is == Is::no_address || any.is == field.is);
  const std::string read = browsers(text);
  const std::string small = lower(read);
  const bool inside = read.find_first_of(" ") != std::string::npos;
  for (const char* scheme : {"http:", "https:", "ws:", "ftp:", "s3://", "file:", "//"})
    if (small.starts_with(scheme) && small.find_first_not_of("/", std::string(scheme).size()) != std::string::npos &&
        !inside && std::all_of(small.begin(), small.end(), [](char c) { return c > 0x20 && c != 0x7f; }))
      GH_ASSERT(any.is != Is::no_address);
  if (field.is != Is::allowed) return 0;
  const bool bucket = small.starts_with("s3://");
  const std::string plain(text);
  for (const bool last : {false, true})
    for (const std::string& reading : {plain, read})
      for (const char* ends : {"/?#", "/", "/\\?#", "/#"}) GH_ASSERT(is_listed(host_of(reading, ends, last), bucket));
  for (const char c : plain) GH_ASSERT(static_cast<uint8_t>(c) > 0x20 && c != 0x7f && c != '\\');
  return 0;
}
