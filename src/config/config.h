// A configuration as plain validated values; what compile() makes a snapshot of.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/limits.h"
#include "base/network.h"
#include "config/group_rules.h"
#include "config/refusal_shape.h"
#include "config/snapshot.h"
#include "config/source.h"
#include "detect/custom.h"
#include "guard/guard.h"
#include "identity/certificate.h"
#include "identity/group_rules.h"
#include "identity/issuer.h"
#include "mask/mask.h"
#include "policy/policy.h"
#include "record/writer.h"
#include "uring/ring.h"

namespace gatehouse::config {

enum class LogLevel : uint8_t { debug, info, warning, error };

struct GatewaySettings {
  uint32_t workers = 0;  // 0: as many as there are cores
  std::string run_dir;   // the admin socket is run_dir/admin.sock
  Text state_dir;        // the store is there: store/store.h
  Text cache_dir;        // compiled patterns are kept there; empty: nowhere
  Address health_address;
  MonotonicNs gather = 0;   // what a busy worker gives completions to gather; 0: none
  RefusalShape refusals = RefusalShape::detail;
  uring::RingFeatures ring_off;  // not used even where the kernel can
};

struct RecordSettings {
  std::string dir;
  std::string ring_dir;
  uint64_t ring_size = 0;     // bytes
  uint64_t segment_size = 0;  // bytes
  MonotonicNs commit_interval = 0;
  uint64_t keep = 0;       // ns that a segment's last record is kept; 0: for ever
  uint64_t keep_size = 0;  // bytes that all segments may take; 0: any
  bool hold = false;       // nothing is deleted
  record::OnFull on_full = record::OnFull::block;
  std::vector<Text> erase;    // names and JSON pointers
  Text digest_key_file;       // empty: none
  std::vector<Text> auditor_keys;  // files of public keys; none: records are in clear
  Text operations_key;
  record::Sealed sealed = record::Sealed::content;
  Text heads_key_file;             // empty: nobody signs heads
  Text witness;                    // URL that they are sent to, too
  bool strict = false;             // heads come with digests of all that was written
  MonotonicNs head_interval = 0;
};

struct TenantSettings {
  Text name;
  Text key_file;
};

struct CertificateSettings {
  Text chain_file;
  Text key_file;
};

/// ClientsSettings is [listener.clients].
struct ClientsSettings {
  Text authorities_file;
  Text revocations_file;              // empty: none are asked for
  bool required = false;
  Text name;                          // where it stands; or the listener's
  identity::CertificateRules rules;
  bool prefix_stated = false;
};

struct ListenerSettings {
  Text name;
  Address address;
  std::vector<CertificateSettings> certificates;  // empty: plain
  std::vector<Network> proxy_from;
  std::optional<std::vector<uint32_t>> users;     // none: whom the socket's mode lets in
  std::optional<ClientsSettings> clients;         // none: no certificates are asked for
};

/// KeySource is everything that decides where an issuer's keys come from: keys that came from one source are used for
/// that one only.
struct KeySource {
  std::string issuer;     // its name
  std::string url;        // that is asked; empty when keys come from a file
  bool discovers = false; // the issuer's own document says where its keys are
  std::string keys_host;  // with discovery: where keys may be besides the issuer's own host

  bool operator==(const KeySource&) const = default;
};

struct IssuerSettings {
  Text name;
  Text url;
  std::vector<std::string> audiences;
  std::vector<identity::Algorithm> algorithms;
  std::string preset;
  std::string groups_claim;   // empty: none
  std::string group_prefix;
  std::vector<identity::GroupRule> group_rules;
  std::vector<identity::Condition> require;
  identity::SubjectTemplate subject;
  std::string subject_text;   // as it is written; empty: sub
  std::vector<identity::RecordClaim> record_claims;
  WallNs leeway = 0;
  Text jwks_file;  // at most one of the two is set
  Text jwks_url;
  std::string keys_host;  // with discovery: where keys may be besides the issuer's own host

  /// discovers: neither is set, and the issuer's own document says where its keys are.
  bool discovers() const { return jwks_file.value.empty() && jwks_url.value.empty(); }
  /// keys_source is the URL that is asked; empty when keys come from a file.
  const std::string& keys_source() const { return discovers() ? url.value : jwks_url.value; }
  KeySource source() const { return {name.value, keys_source(), discovers(), keys_host}; }
  MonotonicNs jwks_refresh = 0;
};

/// make_issuer is the issuer that it says, without keys (issuers.cc).
identity::Issuer make_issuer(const IssuerSettings& settings);

struct SamlSettings {
  Text name;
  Text metadata_file;
  std::vector<std::string> audiences;
  std::string recipient;
  std::string groups_attribute;   // empty: groups come by rule alone
  std::string group_prefix;
  std::vector<identity::GroupRule> groups;
  std::vector<identity::Condition> require;
  std::vector<std::string> recorded;
  WallNs leeway = 0, bearer_life = 0, exchange_life = 0;
};

/// TokenExchangeSettings: no issuer, no exchange.
struct TokenExchangeSettings {
  Text issuer;
  std::string audience;
  std::string path, keys_path;
  WallNs lifetime = 0, rotation = 0;

  bool enabled() const { return !issuer.value.empty(); }
};

struct OriginSettings {
  Text name;
  std::vector<uint32_t> users;
  Address address;
  std::vector<Address> other_addresses;
  std::string host;
  bool tls = false;
  std::string server_name;
  Text trust_file;                // empty: the system's authorities
  std::string credential_header;  // empty: none is presented
  std::string credential_prefix;
  Text credential_file;  // at most one of the two is set
  Text credential_name;
};

struct RouteSettings {
  Text name;
  uint32_t tenant = UINT32_MAX;    // index into the tenants; UINT32_MAX: nobody's
  std::vector<std::string> hosts;  // none: every host
  Route route;
};

struct GuardSettings {
  Text name;
  guard::GuardRule rule;         // all but its patterns
  std::vector<Text> patterns;
  /// Where the entries of its other lists stand, by guard::Set::CompileError::What; of `shape` its tables.
  std::array<std::vector<Place>, 16> places;
  std::vector<std::string> networks;   // of its addresses, as they are written
  bool misread = false;                // complained about: what it seems to lack may be what was misread
};

struct DetectorSettings {
  Text name;
  detect::CustomDetector detector;
  Text pattern;
  std::vector<Text> words, nearby;
};

struct MaskSettings {
  Text name;
  mask::MaskRule rule;        // all but its key
  std::vector<Text> fields, joined;
  Text hash_key_file;         // empty unless the method is hash
};

/// Config is one configuration. Paths are absolute or relative to the working directory. Valid only when
/// load() said so; the places point into `source`.
struct Config {
  std::shared_ptr<const Source> source;
  std::array<uint8_t, 32> hash{};  // SHA-256 of the text
  GatewaySettings gateway;
  LogLevel log_level = LogLevel::info;
  RecordSettings records;
  std::vector<TenantSettings> tenants;
  Limits limits;
  uint64_t guard_cost = 0;         // ns per KiB of text that all patterns together may take
  Deadlines deadlines;
  std::vector<ListenerSettings> listeners;
  std::vector<IssuerSettings> issuers;
  std::vector<SamlSettings> saml;
  TokenExchangeSettings token_exchange;
  std::vector<GroupSource> group_sources;   // all who prove callers
  std::vector<OriginSettings> origins;
  std::vector<RouteSettings> routes;
  std::vector<GuardSettings> guards;
  std::vector<DetectorSettings> detectors;
  std::vector<MaskSettings> masks;
  std::vector<policy::Rule> rules;  // origin, routes, guards and masks are indexes into the lists above
};

}  // namespace gatehouse::config
