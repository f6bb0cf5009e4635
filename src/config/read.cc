#include "config/read.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "config/users.h"
#include "crypto/digest.h"
#include "erase/erase.h"
#include "identity/api_key.h"

namespace gatehouse::config {
namespace {

/// Reader carries what every part needs.
struct Reader {
  const std::string& base_dir;
  Report& report;

  Text path(const Table& table, ByteView name) const { return read_path(table, name, base_dir); }
  Address address(const Table& table, ByteView name) const {
    return parse_address(table.text(name).value).value_or(Address{});
  }
};

uint32_t narrow(uint64_t number) { return static_cast<uint32_t>(number); }

GatewaySettings read_gateway(const Table& table, const Reader& reader) {
  GatewaySettings settings;
  settings.workers = narrow(table.number("workers"));
  settings.run_dir = reader.path(table, "run_dir").value;
  settings.state_dir = reader.path(table, "state_dir");
  settings.cache_dir = reader.path(table, "cache_dir");
  settings.health_address = reader.address(table, "health_address");
  settings.gather = table.number("gather");
  settings.refusals = refusal_shape(table.text("refusals").value);
  for (const Text& word : table.list("ring_off")) {
    settings.ring_off.no_sqarray |= word.value == "no_sqarray";
    settings.ring_off.registered_ring |= word.value == "registered_ring";
    settings.ring_off.restricted |= word.value == "restricted";
  }
  if (table.find("health_address") != nullptr && !settings.health_address.is_loopback())
    reader.report
        .error(Code::exposed, table.place_of("health_address"),
               "health and metrics answer without asking who calls", "beyond loopback")
        .help = "take a loopback address or a Unix socket, and a proxy in front of it";
  return settings;
}

LogLevel read_log(const Table& table) {
  const std::string level = table.text("level").value;
  if (level == "debug") return LogLevel::debug;
  if (level == "warning") return LogLevel::warning;
  return level == "error" ? LogLevel::error : LogLevel::info;
}

RecordSettings read_records(const Table& table, const Reader& reader) {
  RecordSettings settings;
  settings.dir = reader.path(table, "dir").value;
  settings.ring_dir = reader.path(table, "ring_dir").value;
  if (settings.ring_dir.empty()) settings.ring_dir = settings.dir + "/rings";
  settings.ring_size = table.number("ring_size");
  settings.segment_size = table.number("segment_size");
  settings.commit_interval = table.number("commit_interval");
  settings.keep = table.number("keep");
  settings.keep_size = table.number("keep_size");
  settings.hold = table.boolean("hold");
  const std::string on_full = table.text("on_full").value;
  settings.on_full = on_full == "block"         ? record::OnFull::block
                     : on_full == "fail_closed" ? record::OnFull::fail_closed
                                                : record::OnFull::overwrite;
  settings.erase = table.list("erase");
  for (const Text& each : settings.erase)
    if (const std::string error = erase::erase_error(each.value); !error.empty())
      reader.report.error(Code::form, each.place, "'" + each.value + "' says nothing that can be taken out", error);
  settings.digest_key_file = reader.path(table, "digest_key_file");
  for (const char* name : {"ring_size", "segment_size"})
    if (table.number(name) % 4096 != 0)
      reader.report.error(Code::range, table.place_of(name), "'" + std::string(name) + "' is not whole pages",
                          "must be a multiple of 4096 bytes");
  read_sealing(table, reader.base_dir, settings, reader.report);
  read_heads(table, reader.base_dir, settings, reader.report);
  return settings;
}

Limits read_limits(const Table& table, Report& report) {
  Limits limits;
  limits.head_bytes = narrow(table.number("head_bytes"));
  limits.head_fields = narrow(table.number("head_fields"));
  limits.target_bytes = narrow(table.number("target_bytes"));
  limits.inspect_bytes = table.number("inspect_bytes");
  if (const Value* value = table.find("body_bytes")) limits.body_bytes = value->number;
  limits.body_memory = table.number("body_memory");
  limits.queued_bytes = table.number("queued_bytes");
  limits.body_rate = table.number("body_rate");
  limits.connections = narrow(table.number("connections"));
  limits.held = narrow(table.number("held"));
  limits.mask_streams = narrow(table.number("mask_streams"));
  limits.failed_tokens = narrow(table.number("failed_tokens"));
  limits.failed_tokens_connection = narrow(table.number("failed_tokens_connection"));
  limits.origin_idle = narrow(table.number("origin_idle"));
  if (limits.target_bytes > limits.head_bytes)
    report.error(Code::limits, table.place_of("target_bytes"),
                 "limits.target_bytes is larger than limits.head_bytes", "a target stands in a head");
  if (limits.inspect_bytes > limits.body_memory)
    report.error(Code::limits, table.place_of("inspect_bytes"),
                 "limits.inspect_bytes is larger than limits.body_memory", "not one such body would fit");
  return limits;
}

Deadlines read_deadlines(const Table& table) {
  Deadlines deadlines;
  deadlines.handshake = table.number("handshake");
  deadlines.head = table.number("head");
  deadlines.progress = table.number("progress");
  deadlines.idle = table.number("idle");
  deadlines.connect = table.number("connect");
  deadlines.answer = table.number("answer");
  deadlines.hold = table.number("hold");
  deadlines.drain = table.number("drain");
  return deadlines;
}

ListenerSettings read_listener(const Table& table, const Reader& reader) {
  ListenerSettings settings;
  settings.name = table.text("name");
  settings.address = reader.address(table, "address");
  settings.proxy_from = read_networks(table, "proxy_from", reader.report);
  settings.users = read_users(table, settings.address.is_unix(), reader.report);
  for (const Table* certificate : table.all("certificate"))
    settings.certificates.push_back(
        {reader.path(*certificate, "chain_file"), reader.path(*certificate, "key_file")});
  settings.clients = read_clients(table, reader.base_dir, reader.report);
  if (table.has("certificate") || !settings.certificates.empty() || table.find("address") == nullptr)
    return settings;
  if (!settings.address.is_loopback()) {
    reader.report
        .error(Code::plain_listener, table.place_of("address"),
               "listener '" + settings.name.value + "' has no certificate", "tokens would travel in clear")
        .help = "add [[listener.certificate]] with chain_file and key_file, or listen on loopback";
  } else if (!settings.address.is_unix()) {
    reader.report.warn(Code::plain_listener, table.place_of("address"),
                       "listener '" + settings.name.value + "' has no certificate",
                       "plain HTTP: whoever may listen on loopback reads tokens");
  }
  return settings;
}

/// beyond_loopback: the way to one of its addresses leaves the machine.
bool beyond_loopback(const OriginSettings& settings) {
  const auto far = [](const Address& address) { return !address.is_loopback(); };
  return far(settings.address) || std::any_of(settings.other_addresses.begin(), settings.other_addresses.end(), far);
}

void check_credential(const Table& table, const OriginSettings& settings, Report& report) {
  const bool file = table.has("credential_file"), name = table.has("credential_name");
  const bool header = table.has("credential_header");
  if (file && name)
    report.error(Code::together, table.place_of("credential_name"), "two credentials for one origin",
                 "either credential_file or credential_name");
  if (header != (file || name))
    report.error(
        Code::together,
        header ? table.place_of("credential_header")
               : table.place_of(file ? "credential_file" : "credential_name"),
        header ? "'credential_header' without a credential" : "a credential without 'credential_header'",
        header ? "add credential_file or credential_name" : "add credential_header");
  if (!header && !settings.credential_prefix.empty())
    report.error(Code::together, table.place_of("credential_prefix"),
                 "'credential_prefix' without a credential");
  if (const Value* value = table.find("credential_header")) {
    if (!is_field_name(value->text) || is_gateway_field(value->text))
      report.error(
          Code::form, value->place, "'" + value->text + "' cannot carry a credential",
          is_field_name(value->text) ? "the gateway writes this field itself" : "not a header field name");
  }
  if (const Value* value = table.find("credential_name")) {
    if (value->text.find('/') != std::string::npos || value->text[0] == '.')
      report.error(Code::form, value->place, "'credential_name' is a name, not a path",
                   "as in LoadCredential=NAME:PATH");
  }
  if (!(file || name) || settings.tls || settings.address.length == 0) return;
  const ByteView place = table.has("addresses") ? "addresses" : "address";
  if (beyond_loopback(settings))
    report
        .error(Code::plain_credential, table.place_of(place),
               "the credential of origin '" + settings.name.value + "' would travel in clear",
               "plain TCP beyond loopback")
        .help = "add tls = true and server_name";
  else if (!settings.address.is_unix())
    report.warn(Code::plain_credential, table.place_of(place),
                "the credential of origin '" + settings.name.value + "' travels in clear",
                "plain TCP on loopback");
}

/// is_server_name: what a certificate can be for, a DNS name (RFC 1123, 2.1; no final dot) or an IP address.
bool is_server_name(const std::string& text) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1 || inet_pton(AF_INET6, text.c_str(), &v6) == 1) return true;
  if (text.empty() || text.size() > 253) return false;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('.', at), text.size());
    const ByteView label = ByteView(text).substr(at, end - at);
    const auto usual = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    if (label.empty() || label.size() > 63 || !usual(label.front()) || !usual(label.back())) return false;
    if (!std::all_of(label.begin(), label.end(), [&](char c) { return usual(c) || c == '-' || c == '_'; })) return false;
    at = end + 1;
  }
  return true;
}

void check_origin_tls(const Table& table, const OriginSettings& settings, Report& report) {
  if (const Value* value = table.find("server_name"); value != nullptr && !is_server_name(value->text))
    report
        .error(Code::form, value->place, "'" + value->text + "' is no name that a certificate can be for",
               "neither a DNS name nor an IP address")
        .help = "a name such as chunker.internal, without port, brackets or wildcard";
  if (settings.tls && !table.has("server_name"))
    report
        .error(Code::together, table.place_of("tls"),
               "origin '" + settings.name.value + "' has tls without server_name",
               "whose certificate is expected?")
        .help = "add server_name = \"...\", the name in the origin's certificate";
  for (const ByteView key : {"server_name", "trust_file"})
    if (!settings.tls && table.has(key) && (table.find("tls") != nullptr || !table.has("tls")))
      report
          .error(Code::together, table.place_of(key), "'" + std::string(key) + "' without tls = true",
                 "nothing would be verified")
          .help = "add tls = true";
}

/// read_addresses returns the first as it is written.
std::string read_addresses(const Table& table, const Reader& reader, OriginSettings& settings) {
  settings.address = reader.address(table, "address");
  std::string first = table.text("address").value;
  for (const Text& text : table.list("addresses")) {
    const Address address = parse_address(text.value).value_or(Address{});
    if (settings.address.length != 0) settings.other_addresses.push_back(address);
    else settings.address = address, first = text.value;
  }
  const bool one = table.has("address"), list = table.has("addresses");
  if (one == list)
    reader.report.error(Code::together, list ? table.place_of("addresses") : settings.name.place,
                        "origin '" + settings.name.value + "' has " + (one ? "both address and addresses" : "no address"),
                        "exactly one of address and addresses");
  return first;
}

OriginSettings read_origin(const Table& table, const Reader& reader) {
  OriginSettings settings;
  settings.name = table.text("name");
  const std::string first = read_addresses(table, reader, settings);
  const auto is_unix = [](const Address& address) { return address.is_unix(); };
  const bool local = settings.address.is_unix() ||
                     std::any_of(settings.other_addresses.begin(), settings.other_addresses.end(), is_unix);
  settings.users = read_users(table, local, reader.report).value_or(std::vector<uint32_t>{geteuid(), 0});
  settings.tls = table.boolean("tls");
  settings.server_name = table.text("server_name").value;
  settings.trust_file = reader.path(table, "trust_file");
  settings.host = table.text("host").value;
  if (settings.host.empty())
    settings.host = settings.address.is_unix() ? "localhost" : first;
  settings.credential_header = table.text("credential_header").value;
  settings.credential_prefix = table.text("credential_prefix").value;
  settings.credential_file = reader.path(table, "credential_file");
  settings.credential_name = table.text("credential_name");
  const bool seen = std::all_of(settings.host.begin(), settings.host.end(),
                                [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '/' && c != '@'; });
  if (!seen) reader.report.error(Code::form, table.place_of("host"), "'host' cannot stand in a Host field");
  check_origin_tls(table, settings, reader.report);
  check_credential(table, settings, reader.report);
  return settings;
}

/// check_own_names: who calls with an API key has an issuer of the gateway's own, which nobody else may be.
void check_own_names(const Table& top, Report& report) {
  static constexpr std::pair<ByteView, ByteView> kOwn[] = {{"name", identity::kApiKeyIssuer}, {"url", identity::kApiKeyIssuerUrl}};
  for (const char* kind : {"issuer", "saml"})
    for (const Table* issuer : top.all(kind))
      for (const auto& [key, own] : kOwn)
      if (const Value* value = issuer->find(key); value != nullptr && value->text == own)
        report.error(Code::duplicate, value->place, "'" + std::string(own) + "' is the gateway's own issuer", "of API keys");
}

/// check_unique complains about the second of two equal values of a key within one kind of table.
void check_unique(const Table& top, ByteView kind, ByteView key, Report& report) {
  std::vector<const Value*> seen;
  for (const Table* table : top.all(kind)) {
    const Value* value = table->find(key);
    if (value == nullptr) continue;
    const auto same =
        std::find_if(seen.begin(), seen.end(), [&](const Value* each) { return each->text == value->text; });
    if (same == seen.end()) {
      seen.push_back(value);
      continue;
    }
    report
        .error(Code::duplicate, value->place,
               "two [[" + std::string(kind) + "]] have the " + std::string(key) + " '" + value->text + "'",
               "again here")
        .notes.push_back({(*same)->place, "first here"});
  }
}

// However it is written. The kernel would let both listen, and give each some of the connections.
void check_addresses(const Table& top, const Config& config, Report& report) {
  std::map<std::string, Place> seen;
  const auto taken = [&seen](const Address& address, Place place) -> const Place* {
    const std::string text = format_address(address);
    if (address.family() == AF_UNSPEC || text.ends_with(":0")) return nullptr;   // wrong already; any port
    const auto [at, fresh] = seen.try_emplace(text, place);
    return fresh ? nullptr : &at->second;
  };
  const std::vector<const Table*> tables = top.all("listener");
  for (size_t i = 0; i < tables.size(); ++i) {
    const Place place = tables[i]->place_of("address");
    if (const Place* first = taken(config.listeners[i].address, place))
      report
          .error(Code::duplicate, place, "two [[listener]] have the address '" + tables[i]->text("address").value + "'",
                 "again here")
          .notes.push_back({*first, "first here"});
  }
  const Address& health = config.gateway.health_address;
  if (const Place* first = taken(health, {})) {
    Diagnostic& error = report.error(Code::duplicate, *first, "a [[listener]] has the address of gateway.health_address", "here");
    const Table& gateway = top.one("gateway");
    if (gateway.find("health_address") != nullptr) error.notes.push_back({gateway.place_of("health_address"), "and here"});
    else error.help = "without the key, health answers on " + format_address(health);
  }
}

}  // namespace

Text read_path(const Table& table, ByteView name, const std::string& base_dir) { return resolve_path(table.text(name), base_dir); }

Text resolve_path(Text text, const std::string& base_dir) {
  if (!text.value.empty() && text.value[0] != '/' && !base_dir.empty())
    text.value = (std::filesystem::path(base_dir) / text.value).lexically_normal().string();
  return text;
}

std::vector<Network> read_networks(const Table& table, ByteView key, Report& report) {
  std::vector<Network> networks;
  for (const Text& text : table.list(key)) {
    const auto network = Network::parse(text.value);
    if (network) networks.push_back(*network);
    else
      report.error(Code::form, text.place, "'" + text.value + "' is not an address range", network.error()).help =
          "write for example \"10.0.0.0/8\", \"fd00::/8\", \"127.0.0.1\" or \"unix\"";
  }
  return networks;
}

Config read_config(const Table& top, const std::string& base_dir, Report& report) {
  const Reader reader{base_dir, report};
  Config config;
  config.source = report.source();
  config.hash = crypto::sha256(report.source()->text());
  config.gateway = read_gateway(top.one("gateway"), reader);
  config.log_level = read_log(top.one("log"));
  config.records = read_records(top.one("records"), reader);
  config.tenants = read_tenants(top, base_dir, config.records, report);
  config.limits = read_limits(top.one("limits"), report);
  config.guard_cost = top.one("limits").number("guard_cost");
  config.deadlines = read_deadlines(top.one("deadlines"));
  for (const Table* table : top.all("listener")) config.listeners.push_back(read_listener(*table, reader));
  for (const Table* table : top.all("issuer")) config.issuers.push_back(read_issuer(*table, base_dir, report));
  config.saml = read_saml(top, base_dir, report);
  config.token_exchange = read_token_exchange(top, config, report);
  for (const Table* table : top.all("origin")) config.origins.push_back(read_origin(*table, reader));
  for (const Table* table : top.all("guard")) config.guards.push_back(read_guard(*table, report));
  read_masks(top, base_dir, config, report);
  for (const char* kind : {"listener", "issuer", "saml", "origin", "route", "guard", "detector", "mask", "rule", "tenant"})
    check_unique(top, kind, "name", report);
  check_addresses(top, config, report);
  check_unique(top, "issuer", "url", report);
  check_client_names(config, report);
  check_own_names(top, report);
  Names origins("origin", top, top.all("route").empty() ? "rule" : "route");
  config.routes = read_routes(top, config, origins, report);
  config.rules = read_rules(top, config.routes, origins, report);
  warn_of_masks(top, config, report);
  for (size_t i = 0; i < config.issuers.size(); ++i)
    config.group_sources.push_back(group_source(*top.all("issuer")[i], config.issuers[i]));
  for (size_t i = 0; i < config.saml.size(); ++i) config.group_sources.push_back(group_source(*top.all("saml")[i], config.saml[i]));
  for (const ListenerSettings& listener : config.listeners)
    if (listener.clients) config.group_sources.push_back(group_source(*listener.clients));
  check_group_sources(config.group_sources, top, report);
  return config;
}

}  // namespace gatehouse::config
