#include <algorithm>

#include "base/arena.h"
#include "config/read.h"
#include "http/uri.h"

namespace gatehouse::config {
namespace {

/// read_prefix gives the prefix that a path of the configuration stands for: without its final slash.
std::string read_prefix(const Table& table, ByteView key, Report& report) {
  const Text path = table.text(key);
  std::string prefix = path.value;
  Arena arena;
  const auto normal = http::normalise_path(prefix, arena);
  if (!prefix.starts_with('/')) {
    report.error(Code::form, path.place, "'" + prefix + "' is not a path", "begins with '/'");
  } else if (!normal) {
    report.error(Code::form, path.place, "'" + prefix + "' matches nothing", "a path like this is refused");
  } else if (normal.value() != prefix) {
    report.error(Code::form, path.place, "'" + prefix + "' is not in normal form", "it would never match").help =
        "write \"" + std::string(normal.value()) + "\"";
  } else if (const size_t star = prefix.find('*'); star != std::string::npos) {
    report.error(Code::form, report.source()->inside(path.place, star), "'" + std::string(key) + "' has a '*'",
                 "a route takes every path below its own")
        .help = "patterns stand in rule.paths";
  }
  if (prefix.ends_with('/')) prefix.pop_back();
  return prefix;
}

std::vector<std::string> read_hosts(const Table& table, Report& report) {
  std::vector<std::string> hosts;
  for (const Text& host : table.list("hosts")) {
    if (const auto error = policy::host_error(host.value))
      report.error(Code::form, host.place, "'" + host.value + "' cannot be the host of a route", *error);
    hosts.push_back(host.value);
  }
  return hosts;
}

RouteSettings read_route(const Table& table, Names& origins, Report& report) {
  RouteSettings settings;
  settings.name = table.text("name");
  settings.hosts = read_hosts(table, report);
  Route& route = settings.route;
  route.name = settings.name.value;
  route.prefix = read_prefix(table, "path", report);
  if (table.find("origin") != nullptr) route.origin = origins.find(table.text("origin"), report);
  if (table.find("rewrite") != nullptr) route.rewrite = read_prefix(table, "rewrite", report);
  if (table.find("refusals") != nullptr) route.refusals = refusal_shape(table.text("refusals").value);
  return settings;
}

/// same_place: some host stands in both, with one prefix: nobody could say which of the two it is.
bool same_place(const RouteSettings& a, const RouteSettings& b) {
  if (a.route.prefix != b.route.prefix) return false;
  if (a.hosts.empty() || b.hosts.empty()) return a.hosts.empty() == b.hosts.empty();
  return std::any_of(a.hosts.begin(), a.hosts.end(), [&](const std::string& host) {
    return std::find(b.hosts.begin(), b.hosts.end(), host) != b.hosts.end();
  });
}

}  // namespace

std::vector<RouteSettings> read_routes(const Table& top, Names& origins, Report& report) {
  std::vector<RouteSettings> routes;
  const std::vector<const Table*> tables = top.all("route");
  for (const Table* table : tables) routes.push_back(read_route(*table, origins, report));
  for (size_t i = 1; i < routes.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      if (!same_place(routes[i], routes[j])) continue;
      report
          .error(Code::ambiguous, tables[i]->place_of("path"),
                 "routes '" + routes[j].name.value + "' and '" + routes[i].name.value + "' are for the same requests",
                 "the same host and path")
          .notes.push_back({tables[j]->place_of("path"), "here too"});
      break;
    }
  return routes;
}

}  // namespace gatehouse::config
