#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "base/arena.h"
#include "config/nearest.h"
#include "config/read.h"
#include "http/message.h"
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
    report.error(Code::form, path.place, "'" + prefix + "' matches nothing", path_fault(prefix));
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

bool starts_with_any(ByteView name, std::initializer_list<ByteView> starts) {
  return std::any_of(starts.begin(), starts.end(), [&](ByteView start) { return name.starts_with(start); });
}

/// kTold is what a route can tell of a request, by the words of the configuration.
constexpr ByteView kTold[] = {"{subject}", "{issuer}", "{groups}", "{address}", "{scheme}", "{host}"};
constexpr Told told_of(size_t word) { return static_cast<Told>(word + 1); }
static_assert(told_of(std::size(kTold) - 1) == Told::host);

/// kClaims is the fields of one meaning that services believe: they tell that and nothing else.
constexpr std::pair<ByteView, Told> kClaims[] = {
    {"x-forwarded-for", Told::address},  {"x-real-ip", Told::address},      {"x-forwarded-proto", Told::scheme},
    {"x-forwarded-host", Told::host},    {"x-forwarded-user", Told::subject}, {"remote-user", Told::subject},
    {"x-remote-user", Told::subject},    {"x-forwarded-groups", Told::groups}};

std::string in_small_letters(std::string name) {
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

/// The word that a field of one meaning can stand for; empty: it is none of those.
ByteView only_word(const std::string& field) {
  const std::string name = in_small_letters(field);
  for (const auto& [claim, told] : kClaims)
    if (name == claim) return kTold[static_cast<size_t>(told) - 1];
  return {};
}

/// why_not says why no route may set or remove a field: its content is the gateway's promise to the origin.
const char* why_not(const std::string& field) {
  if (!is_field_name(field)) return "not a header field name";
  std::string name = in_small_letters(field);
  std::replace(name.begin(), name.end(), '_', '-');
  if (is_gateway_field(name) || name == "content-encoding") return "the gateway writes this field itself";
  for (const ByteView credential : {"authorization", "proxy-authorization", "cookie", "api-key", "x-api-key"})
    if (name == credential || name.ends_with("-api-key")) return "a credential: it stands in the origin's table";
  if (name == "forwarded" || !only_word(name).empty() || starts_with_any(name, {"x-forwarded-", "gatehouse-", "x-gatehouse-"}))
    return "says who calls from where, which only the gateway may";
  return nullptr;
}

/// read_told finds what a value stands for: one word and nothing else, so that there is nothing to escape. False: reported.
bool read_told(const Text& text, HeaderRule& rule, Report& report) {
  const ByteView value = rule.value;
  for (size_t i = 0; i < std::size(kTold); ++i) {
    if (value == kTold[i]) rule.told = told_of(i);
    if (value == kTold[i] || value.find(kTold[i]) == ByteView::npos) continue;
    report.error(Code::form, text.place, "the value of '" + rule.name + "' is more than " + std::string(kTold[i]),
                 "such a word stands alone");
    return false;
  }
  if (rule.told != Told::text || !value.starts_with('{') || !value.ends_with('}')) return true;
  Diagnostic& error = report.error(Code::form, text.place, "'" + rule.value + "' stands for nothing that is verified",
                                   "possible is " + listed(kTold));
  if (const ByteView near = nearest(value, kTold); !near.empty()) error.help = "did you mean \"" + std::string(near) + "\"?";
  return false;
}

/// check_rule reports what cannot be sent, or may not be said.
void check_rule(const Text& text, const HeaderRule& rule, const Route& route, bool any_host, Report& report) {
  const bool visible = std::all_of(rule.value.begin(), rule.value.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
  const ByteView word = only_word(rule.name);
  const auto same = [&](const HeaderRule& each) {
    return in_small_letters(each.name) == in_small_letters(rule.name) && (each.told != Told::text || rule.told != Told::text);
  };
  if (const char* why = why_not(rule.name); why != nullptr && (word.empty() || rule.value != word)) {
    Diagnostic& error = report.error(Code::form, text.place, "'" + rule.name + "' cannot be set by a route", why);
    if (!word.empty()) error.help = "it can tell what was verified: \"" + rule.name + ": " + std::string(word) + "\"";
  } else if (!visible || rule.value.ends_with(' ')) {
    report.error(Code::form, text.place, "the value of '" + rule.name + "' cannot be sent", "visible ASCII is needed");
  } else if (std::any_of(route.set_headers.begin(), route.set_headers.end(), same)) {
    report.error(Code::repeated, text.place, "'" + rule.name + "' is set twice", "which one counted would depend on who reads");
  } else if (rule.told == Told::host && any_host) {
    report.error(Code::together, text.place, "route '" + route.name + "' tells the host and takes every one",
                 "what the client says there is not verified")
        .help = "say the route's hosts";
  }
}

void read_header_rules(const Table& table, Route& route, Report& report) {
  const bool any_host = table.list("hosts").empty();
  for (const Text& text : table.list("set_headers")) {
    const size_t colon = text.value.find(':');
    const size_t begin = text.value.find_first_not_of(" ", std::min(colon, text.value.size() - 1) + 1);
    if (colon == std::string::npos || begin == std::string::npos) {
      report.error(Code::form, text.place, "'" + text.value + "' is not a header field", "no name and value").help =
          "write for example \"X-Tenant: blue\"";
      continue;
    }
    HeaderRule rule{text.value.substr(0, colon), text.value.substr(begin)};
    if (read_told(text, rule, report)) check_rule(text, rule, route, any_host, report);
    route.remove_headers.push_back(rule.name);
    route.set_headers.push_back(std::move(rule));
  }
  for (Text& name : table.list("remove_headers")) {
    if (const char* why = why_not(name.value))
      report.error(Code::form, name.place, "'" + name.value + "' cannot be removed by a route", why);
    route.remove_headers.push_back(std::move(name.value));
  }
}

std::string read_token_header(const Table& table, Report& report) {
  std::string name = table.text("token_header").value;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (!is_field_name(name) || is_gateway_field(name) || name == "cookie" || name == "proxy-authorization")
    report.error(Code::form, table.place_of("token_header"), "'" + name + "' cannot carry a token",
                 is_field_name(name) ? "it has another meaning" : "not a header field name");
  return name == "authorization" ? "" : name;
}

void read_bounds(const Table& table, const Config& config, Route& route, Report& report) {
  const Table& limits = table.one("limits");
  const Table& deadlines = table.one("deadlines");
  const auto take = [](const Table& from, ByteView key, uint64_t& into) {
    if (const Value* value = from.find(key)) into = value->number;
  };
  route.limits = config.limits;
  take(limits, "inspect_bytes", route.limits.inspect_bytes);
  take(limits, "body_bytes", route.limits.body_bytes);
  take(limits, "queued_bytes", route.limits.queued_bytes);
  take(limits, "body_rate", route.limits.body_rate);
  if (limits.find("inspect_bytes") != nullptr && route.limits.inspect_bytes > route.limits.body_memory)
    report.error(Code::limits, limits.place_of("inspect_bytes"),
                 "route.limits.inspect_bytes is larger than limits.body_memory", "not one such body would fit");
  route.deadlines = config.deadlines;
  take(deadlines, "progress", route.deadlines.progress);
  take(deadlines, "connect", route.deadlines.connect);
  take(deadlines, "answer", route.deadlines.answer);
  take(deadlines, "hold", route.deadlines.hold);
}

RouteSettings read_route(const Table& table, const Config& config, Names& origins, Names& tenants, Report& report) {
  RouteSettings settings;
  settings.name = table.text("name");
  settings.hosts = read_hosts(table, report);
  Route& route = settings.route;
  route.name = settings.name.value;
  route.prefix = read_prefix(table, "path", report);
  if (table.find("origin") != nullptr) route.origin = origins.find(table.text("origin"), report);
  if (table.find("tenant") != nullptr) settings.tenant = tenants.find(table.text("tenant"), report);
  if (table.find("rewrite") != nullptr) route.rewrite = read_prefix(table, "rewrite", report);
  if (table.find("refusals") != nullptr) route.refusals = refusal_shape(table.text("refusals").value);
  route.leniency.duplicates = table.text("duplicates").value == "allow";
  route.malformed = table.text("malformed").value == "text";
  route.best_effort = table.boolean("best_effort");
  route.opaque = table.text("opaque_parts").value == "allow";
  route.leniency.lone_surrogates = table.text("surrogates").value == "allow";
  read_header_rules(table, route, report);
  if (route.origin < config.origins.size())
    for (const std::string& name : route.remove_headers)
      if (http::equals_ignore_case(name, config.origins[route.origin].credential_header))
        report.error(Code::together, table.place, "route '" + route.name + "' touches '" + name + "'",
                     "its origin's credential stands there");
  route.token_header = read_token_header(table, report);
  read_bounds(table, config, route, report);
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

bool is_field_name(ByteView text) { return http::is_token(text); }

bool is_gateway_field(ByteView name) {
  for (const ByteView own :
       {"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect",
        "keep-alive", "proxy-connection", "content-type", "accept-encoding"})
    if (http::equals_ignore_case(name, own)) return true;
  return false;
}

std::string path_fault(ByteView path) {
  if (path.find_first_of("?#") != ByteView::npos) return "a path has no query and no fragment";
  for (const ByteView part : {"..", "//", ";", "\\", "%"})
    if (path.find(part) != ByteView::npos) return "a request with '" + std::string(part) + "' like this is refused before any rule";
  return "a request with a path like this is refused before any rule: write other characters as %XX";
}

std::vector<RouteSettings> read_routes(const Table& top, const Config& config, Names& origins, Report& report) {
  std::vector<RouteSettings> routes;
  const std::vector<const Table*> tables = top.all("route");
  Names tenants("tenant", top, "route");
  for (const Table* table : tables) routes.push_back(read_route(*table, config, origins, tenants, report));
  tenants.warn_unused(report);
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
