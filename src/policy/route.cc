#include "policy/route.h"

#include <algorithm>
#include <utility>

#include "http/message.h"
#include "http/uri.h"

namespace gatehouse::policy {
namespace {

/// host_fits: `host` is a name without port, in any case.
bool host_fits(ByteView wanted, bool below, ByteView host) {
  if (wanted.empty()) return true;
  if (!below) return http::equals_ignore_case(wanted, host);
  return host.size() > wanted.size() &&
         http::equals_ignore_case(wanted, host.substr(host.size() - wanted.size()));
}

bool path_below_in_any_case(ByteView path, ByteView prefix) {
  return http::equals_ignore_case(path.substr(0, prefix.size()), prefix) &&
         (prefix.empty() || path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace

ByteView host_name(ByteView authority) {
  const size_t colon = authority.rfind(':');
  if (colon != ByteView::npos && authority.find(']', colon) == ByteView::npos)
    authority = authority.substr(0, colon);
  if (authority.ends_with('.')) authority.remove_suffix(1);
  return authority;
}

std::optional<std::string> host_error(ByteView host) {
  if (std::any_of(host.begin(), host.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
    return "write it in small letters: hosts are compared without case";
  if (host == "*") return "leave `hosts` out for every host";
  const ByteView name = host.starts_with("*.") ? host.substr(2) : host;
  if (!http::is_authority(name) || (name.size() < host.size() && name.starts_with('['))) return "not a host";
  if (name != host_name(name)) return "without port and final dot: neither is compared";
  return std::nullopt;
}

bool path_below(ByteView path, ByteView prefix) {
  if (!path.starts_with(prefix)) return false;
  return prefix.empty() || path.size() == prefix.size() || path[prefix.size()] == '/';
}

size_t rewrite_path(ByteView path, ByteView prefix, ByteView instead, char* out) {
  if (path == "*") return path.copy(out, path.size());
  size_t length = instead.copy(out, instead.size());
  path.remove_prefix(prefix.size());
  length += path.copy(out + length, path.size());
  if (length == 0) out[length++] = '/';
  return length;
}

RouteTable::RouteTable(std::span<const RoutePlace> places) {
  for (uint32_t i = 0; i < places.size(); ++i) {
    if (places[i].hosts.empty()) entries_.push_back({"", false, places[i].prefix, i});
    for (const std::string& host : places[i].hosts) {
      const bool below = host.starts_with("*.");
      entries_.push_back({below ? host.substr(1) : host, below, places[i].prefix, i});
    }
  }
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const Entry& a, const Entry& b) { return a.rank() > b.rank(); });
}

std::pair<size_t, size_t> RouteTable::Entry::rank() const {
  return {host.empty() ? 0 : below ? host.size() : SIZE_MAX, prefix.size()};
}

uint32_t RouteTable::find(ByteView authority, ByteView path) const {
  const ByteView host = host_name(authority);
  const Entry* but_for_case = nullptr;
  for (const Entry& entry : entries_) {
    if (!host_fits(entry.host, entry.below, host)) continue;
    // Written to miss a more telling route, whose rules a service that folds case would need: it takes none.
    if (path_below(path, entry.prefix))
      return but_for_case == nullptr || but_for_case->rank() == entry.rank() ? entry.route : kNoRoute;
    if (but_for_case == nullptr && path_below_in_any_case(path, entry.prefix)) but_for_case = &entry;
  }
  return kNoRoute;
}

}  // namespace gatehouse::policy
