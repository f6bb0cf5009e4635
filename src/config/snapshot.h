// The immutable result of a configuration: what workers run on.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/limits.h"
#include "base/network.h"
#include "config/refusal_shape.h"
#include "crypto/hmac.h"
#include "crypto/secret.h"
#include "crypto/secret_forms.h"
#include "crypto/sign.h"
#include "erase/erase.h"
#include "guard/guard.h"
#include "identity/certificate.h"
#include "identity/issuer.h"
#include "identity/saml_issuer.h"
#include "json/document.h"
#include "mask/mask.h"
#include "policy/policy.h"
#include "record/sealing.h"
#include "tls/settings.h"

namespace gatehouse::config {

/// Credential is a secret that snapshots share; only the control thread copies it.
class Credential {
 public:
  Credential() = default;
  Credential(crypto::Secret secret) : secret_(std::make_shared<const crypto::Secret>(std::move(secret))) {}
  bool empty() const { return secret_ == nullptr || secret_->empty(); }
  ByteView reveal() const { return secret_ == nullptr ? ByteView{} : secret_->reveal(); }

 private:
  std::shared_ptr<const crypto::Secret> secret_;
};

/// Origin is a service behind the gateway.
struct Origin {
  std::string name;
  Address address;
  std::vector<uint32_t> users;           // who may listen on its Unix sockets; of none else a byte goes there
  std::vector<Address> other_addresses;  // of the same service: they take turns
  bool tls = false;
  std::string server_name;        // TLS: SNI and the name that is checked
  std::string trust_version;      // TLS: digest prefix of the authorities it is verified by; empty: the system's
  std::string host;               // Host field sent to the origin
  std::string credential_header;  // empty: none is presented
  Credential credential;          // whole field value, prefix included
  size_t secret_at = 0;           // where the secret itself begins in it, behind "Bearer " and the like
  std::shared_ptr<const crypto::SecretForms> secret_forms;   // of the secret; null: no credential is presented
  std::string credential_version; // first 16 hex digits of SHA-256 of the value: for records and pools

  /// secret is what no answer may repeat; empty when no credential is presented.
  ByteView secret() const { return credential.reveal().substr(secret_at); }
};

/// Told is what a field of a route says: a text of the configuration, or what was verified of the request.
enum class Told : uint8_t { text, subject, issuer, groups, address, scheme, host };

/// HeaderRule is a field as the configuration writes it.
struct HeaderRule {
  std::string name;
  std::string value;   // of Told::text; else the word for it, "{subject}"
  Told told = Told::text;
};

/// Route is which requests go to which origin, and how.
struct Route {
  std::string name;
  uint32_t origin = 0;                 // index into the snapshot's origins
  std::string prefix;                  // of the path as the client sends it; see policy::RoutePlace
  std::optional<std::string> rewrite;  // stands in its place towards the origin; none: the path as it came
  std::optional<RefusalShape> refusals;   // none: the gateway's
  std::string token_header;            // where the caller's token stands, bare; empty: Authorization, as Bearer
  std::vector<HeaderRule> set_headers;     // towards the origin
  std::vector<std::string> remove_headers; // from the client's: also those that are set
  json::Leniency leniency;             // what guards and masks let pass that parsers read differently
  bool malformed = false;              // guards look at JSON that is not well-formed as at text
  bool best_effort = false;            // answers that masks cannot read pass as they are
  bool opaque = false;                 // parts of multipart bodies that are no text pass guards unseen
  std::shared_ptr<const record::TenantKey> tenant;   // whose its exchanges are; null: nobody's
  Limits limits;                       // the gateway's, with the route's own in their place
  Deadlines deadlines;
};

/// ClientRules is what a listener asks of its clients' certificates, and who their holders are.
struct ClientRules {
  std::shared_ptr<const tls::ClientTrust> trust;
  bool required = false;
  identity::CertificateRules identity;
};

/// Listener is an address that clients call.
struct Listener {
  std::string name;
  Address address;
  bool tls = false;
  std::shared_ptr<const ClientRules> clients = {};   // null: no certificates are asked for
  std::vector<Network> proxy_from = {};  // whose connections begin with a PROXY v2 header
  std::optional<std::vector<uint32_t>> users = {};   // who may come over its Unix socket; none stated: whom its mode lets in

  /// lets_in: whether `peer_users` has the user; nobody who is not known, where it is stated.
  bool lets_in(std::optional<uint32_t> user) const {
    return !users || (user && std::find(users->begin(), users->end(), *user) != users->end());
  }

  bool proxies(const Address& from) const {
    for (const Network& network : proxy_from)
      if (network.contains(from)) return true;
    return false;
  }
};

/// TokenExchange is where the gateway gives tokens for SAML assertions, and publishes the keys that they are verified by: paths in
/// normal form, on every listener and host. What stands in the tokens is in IssuerSet::gateway.
struct TokenExchange {
  std::string path;        // empty: it gives none
  std::string keys_path;
};

/// SnapshotNote is what its record says of a snapshot beside its version (config/note.h).
struct SnapshotNote {
  std::string loaded_by;
  std::vector<std::string> changes, alerts, demands;
};

/// Snapshot is everything a worker needs to serve; immutable after publish. Workers swap to a newer
/// one at a turn boundary; exchanges keep the one they began with; freed by the control thread when
/// every worker has let go.
struct Snapshot {
  uint64_t version = 0;                 // 1, 2, 3, … within a process
  std::array<uint8_t, 32> policy_hash{};// SHA-256 over the configuration text
  std::vector<Listener> listeners;      // their number is fixed for a process
  std::vector<Origin> origins;
  std::vector<Route> routes;            // none: rules say where requests go
  policy::RouteTable route_table;       // finds one of them
  std::vector<std::string> token_headers;  // of all routes, without Authorization
  identity::IssuerSet issuers;
  std::shared_ptr<const identity::SamlIssuers> saml;   // null: none is configured
  TokenExchange token_exchange;
  policy::RuleSet policy;
  std::shared_ptr<const guard::Set> guards;   // null when none are configured
  std::shared_ptr<const mask::Plan> masks;    // null when none are configured
  Limits limits;
  Deadlines deadlines;
  RefusalShape refusals = RefusalShape::detail;   // where no route says otherwise
  MonotonicNs gather = kGather;         // what a busy worker gives completions to gather; 0: none
  SnapshotNote note;
  bool record_block = true;             // ring full: wait (true) or refuse (false)
  bool record_gaps = false;             // ring full: go on, and record how much is missing
  std::shared_ptr<const crypto::HmacSha256> digest_key;     // of what is not kept; null where no rule asks for it
  std::string digest_key_version;       // digest prefix of records.digest_key_file; empty: none
  std::shared_ptr<const erase::ErasePlan> erase;             // what is taken out of recorded request bodies; null: nothing
  record::Sealing sealing;              // for whom records are sealed
  std::vector<std::shared_ptr<const record::TenantKey>> tenants;   // as they are configured
  std::shared_ptr<const crypto::PrivateKey> heads_key;   // who signs heads of them; null: nobody
  bool log_exchanges = true;            // one log line per exchange (log.level info or finer)

  /// What guards, masks and each issuer's keys were made from: the next compile() takes over what is
  /// the same. All zero: made from nothing.
  using Digest = std::array<uint8_t, 32>;
  Digest guards_digest{};
  Digest masks_digest{};
  std::vector<std::pair<std::string, std::string>> hash_key_versions;   // by name of mask: digest prefix of its key
  std::vector<Digest> keys_digests;     // by issuer
  std::vector<Digest> metadata_digests; // by provider of `saml`

  /// Certificate is what a listener shows, for people: which files it came from and when it ends.
  struct Certificate {
    std::string listener;    // its name
    size_t place = 0;        // among the listener's certificates; 0 is the default
    std::string chain_file, key_file;
    tls::CertificateInfo info;
    Digest digest{};         // of the chain file
  };
  std::vector<Certificate> certificates;

  /// TLS settings, one set per worker, by its number. Snapshots that differ in keys alone share them; workers use them by
  /// plain pointers, so that no reference count is shared between cores.
  struct WorkerTls {
    std::vector<std::shared_ptr<const tls::ServerSettings>> listeners;  // null where plain; same index
    std::vector<std::shared_ptr<const tls::ClientSettings>> origins;    // null where plain; same index
  };
  std::vector<WorkerTls> worker_tls;
};

}  // namespace gatehouse::config
