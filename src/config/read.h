// The checked tree -> Config: names resolved, values that belong together held against each other.
#pragma once

#include <optional>

#include "config/config.h"
#include "config/group_rules.h"
#include "config/names.h"
#include "config/tree.h"

namespace gatehouse::config {

/// read_config builds the values; complaints go to the report. `base_dir` is what relative paths are
/// relative to (empty: the working directory).
Config read_config(const Table& top, const std::string& base_dir, Report& report);

/// read_routes reads where requests go (routes.cc).
std::vector<RouteSettings> read_routes(const Table& top, const Config& config, Names& origins, Report& report);

/// path_fault says why a path that http::normalise_path() refuses cannot be that of a request (routes.cc).
std::string path_fault(ByteView path);

/// read_issuer reads one [[issuer]], its preset's defaults in place; group_source is what it can give (issuers.cc).
IssuerSettings read_issuer(const Table& table, const std::string& base_dir, Report& report);
GroupSource group_source(const Table& table, const IssuerSettings& settings);

/// read_saml reads [[saml]] (saml.cc), after the issuers.
std::vector<SamlSettings> read_saml(const Table& top, const std::string& base_dir, Report& report);
/// group_source is which groups a provider may give; `table` is its own.
GroupSource group_source(const Table& table, const SamlSettings& settings);

/// read_token_exchange reads [token_exchange] (token_exchange.cc), after the issuers of every kind.
TokenExchangeSettings read_token_exchange(const Table& top, const Config& config, Report& report);

/// read_guard reads one [[guard]] (guards.cc).
GuardSettings read_guard(const Table& table, Report& report);

/// read_masks reads [[detector]] and [[mask]] (masks.cc). warn_of_masks: once the rules are read, what they come to.
void read_masks(const Table& top, const std::string& base_dir, Config& config, Report& report);
void warn_of_masks(const Table& top, const Config& config, Report& report);

/// read_clients reads [listener.clients], when the listener has it (clients.cc). check_client_names: once the issuers are
/// read, that no two have one name.
std::optional<ClientsSettings> read_clients(const Table& listener, const std::string& base_dir, Report& report);
GroupSource group_source(const ClientsSettings& settings);
void check_client_names(const Config& config, Report& report);

/// read_sealing reads for whom records are sealed (sealing.cc).
void read_sealing(const Table& table, const std::string& base_dir, RecordSettings& settings, Report& report);

/// read_tenants reads [[tenant]] (tenants.cc), after the records' settings.
std::vector<TenantSettings> read_tenants(const Table& top, const std::string& base_dir, const RecordSettings& records,
                                         Report& report);

/// read_heads reads who signs what was recorded (heads.cc).
void read_heads(const Table& table, const std::string& base_dir, RecordSettings& settings, Report& report);

/// https_or_loopback: an http URL is good enough for a loopback address in figures alone.
bool https_or_loopback(const std::string& url);

/// read_path reads the name of a file, relative to `base_dir`.
Text read_path(const Table& table, ByteView name, const std::string& base_dir);
/// resolve_path makes a name that was read relative to `base_dir`.
Text resolve_path(Text text, const std::string& base_dir);

/// read_networks reads a list of address ranges.
std::vector<Network> read_networks(const Table& table, ByteView key, Report& report);

/// is_field_name: a name that a header field can have. is_gateway_field: one that the gateway writes itself.
bool is_field_name(ByteView text);
bool is_gateway_field(ByteView name);

/// read_rules resolves the rules' names and checks what they say together (rules.cc).
std::vector<policy::Rule> read_rules(const Table& top, const std::vector<RouteSettings>& routes, Names& origins,
                                     Report& report);

}  // namespace gatehouse::config
