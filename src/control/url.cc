#include "control/url.h"

#include <algorithm>
#include <charconv>

namespace gatehouse::control {

namespace {

using Refused = Failure<std::string>;

bool plain_target(ByteView target) {
  return std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

bool plain_name(ByteView name) {
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
  });
}

}  // namespace

Result<FetchUrl, std::string> parse_fetch_url(ByteView url) {
  FetchUrl parsed;
  if (url.starts_with("https://")) {
    parsed.tls = true;
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
  } else {
    return Refused{"the URL must begin with https://"};
  }
  const size_t end = std::min(url.find_first_of("/?#"), url.size());
  const ByteView authority = url.substr(0, end);
  const ByteView rest = url.substr(end);
  parsed.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  if (parsed.target.size() > 4096 || !plain_target(parsed.target)) return Refused{"the URL has a fragment or odd bytes"};
  if (authority.find('@') != ByteView::npos) return Refused{"the URL must not hold a user or password"};

  const bool bracketed = authority.starts_with('[');
  const size_t host_end = bracketed ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (host_end == ByteView::npos) return Refused{"the URL's host is malformed"};
  parsed.host = authority.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0));
  const ByteView after = authority.substr(host_end + (bracketed ? 1 : 0));
  parsed.port = parsed.tls ? 443 : 80;
  if (!after.empty()) {
    const auto [stop, error] = std::from_chars(after.data() + 1, after.data() + after.size(), parsed.port);
    if (after[0] != ':' || error != std::errc() || stop != after.data() + after.size() || parsed.port == 0) {
      return Refused{"the URL's port is malformed"};
    }
  }
  const std::string host = bracketed ? "[" + parsed.host + "]" : parsed.host;
  parsed.address = parse_address(host + ":" + std::to_string(parsed.port));
  if (!parsed.address && (bracketed || !plain_name(parsed.host))) return Refused{"the URL's host is malformed"};
  if (!parsed.tls && !(parsed.address && parsed.address->is_loopback())) {
    return Refused{"http is for loopback addresses only; use https"};
  }
  parsed.host_field = host + (after.empty() ? "" : std::string(after));
  return parsed;
}

}  // namespace gatehouse::control
