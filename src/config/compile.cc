#include "config/compile.h"

#include <algorithm>
#include <optional>

#include "config/files.h"
#include "config/inspection.h"
#include "crypto/digest.h"
#include "http/message.h"
#include "identity/api_key.h"
#include "identity/gateway_token.h"

namespace gatehouse::config {
namespace {

constexpr size_t kCredentialBytesMax = 16 * 1024;
constexpr size_t kSecretBytesMin = 8;
constexpr size_t kPrivateKeyBytesMax = 64 * 1024;
constexpr size_t kKeySetBytesMax = 256 * 1024;
constexpr size_t kCertificatesBytesMax = 4 * 1024 * 1024;
constexpr size_t kRevocationsBytesMax = 16 * 1024 * 1024;   // some 400,000 entries
constexpr WallNs kEndsSoon = 14 * 24 * 3600 * kNsPerSecond;
constexpr WallNs kListEndsSoon = 24 * 3600 * kNsPerSecond;   // revocation lists live for days

/// Build is one snapshot being made.
struct Build {
  const Config& config;
  const RuntimeInputs& inputs;
  Report& report;
  Snapshot& snapshot;

  /// read gives the content of a named file; nothing when no file is named (complained about already)
  /// or when it cannot be read or is empty, which it complains about where the file is named.
  std::optional<std::string> read(const Text& file, FileRules rules) {
    if (file.value.empty()) return std::nullopt;
    auto content = read_file(file.value, rules);
    if (content && !content->empty()) return std::move(content.value());
    if (content) {
      report.error(Code::file, file.place, "'" + file.value + "' is empty");
      return std::nullopt;
    }
    const bool open = content.error().code == Code::secret_mode;
    report
        .error(content.error().code, file.place,
               (open ? "the secret file '" : "cannot read '") + file.value + "'" +
                   (open ? " is not secret" : ""),
               content.error().text)
        .help = content.error().help;
    return std::nullopt;
  }
};

// Listeners -----------------------------------------------------------------------------------------

/// blame finds which file of a certificate that was refused is at fault.
Place blame(const CertificateSettings& settings, const tls::Certificate& certificate, ByteView why) {
  const bool chain = !tls::describe(certificate.chain_pem).ok() || why.find("expired") != ByteView::npos;
  return chain ? settings.chain_file.place : settings.key_file.place;
}

void warn_ending(Build& build, const CertificateSettings& settings, const tls::Certificate& certificate) {
  const auto info = tls::describe(certificate.chain_pem);
  if (!info || build.inputs.now == 0 || info->not_after > build.inputs.now + kEndsSoon) return;
  if (info->not_after <= build.inputs.now) return;  // expired: an error already
  const WallNs days = (info->not_after - build.inputs.now) / (24 * 3600 * kNsPerSecond);
  build.report.warn(Code::certificate, settings.chain_file.place,
                    "the certificate ends in " + std::to_string(days) + (days == 1 ? " day" : " days"));
}

/// read_certificates gives a listener's certificates; complains about each one that is not usable.
std::vector<tls::Certificate> read_certificates(Build& build, const ListenerSettings& listener) {
  std::vector<tls::Certificate> good;
  for (const CertificateSettings& settings : listener.certificates) {
    auto chain = build.read(settings.chain_file, {kCertificatesBytesMax, Access::any});
    auto key = build.read(settings.key_file, {kPrivateKeyBytesMax, Access::owner_only});
    if (!chain || !key) continue;
    tls::Certificate certificate{std::move(*chain), std::move(*key)};
    const auto alone = tls::ServerSettings::create({certificate}, build.inputs.tickets);
    if (!alone) {
      build.report.error(Code::certificate, blame(settings, certificate, alone.error()),
                         "the certificate of listener '" + listener.name.value + "' is not usable",
                         alone.error());
      wipe(certificate.key_pem);
      continue;
    }
    warn_ending(build, settings, certificate);
    auto info = tls::describe(certificate.chain_pem);
    if (info)
      build.snapshot.certificates.push_back({listener.name.value, good.size(), settings.chain_file.value,
                                             settings.key_file.value, std::move(info.value()),
                                             crypto::sha256(certificate.chain_pem)});
    good.push_back(std::move(certificate));
  }
  return good;
}

/// known_trust is the previous snapshot's, when it was made from the same files: connections stay verified by it.
std::shared_ptr<const tls::ClientTrust> known_trust(const Snapshot* previous, const crypto::Sha256& digest) {
  if (previous == nullptr) return nullptr;
  for (const Listener& listener : previous->listeners)
    if (listener.clients != nullptr && listener.clients->trust->digest() == digest) return listener.clients->trust;
  return nullptr;
}

void warn_of_trust(Build& build, const ClientsSettings& settings, const tls::ClientTrust& trust) {
  const WallNs now = build.inputs.now;
  if (now == 0) return;
  const bool ended = trust.revocations_end() <= now;
  if (ended || trust.revocations_end() - now <= kListEndsSoon)
    build.report
        .warn(Code::trust, settings.revocations_file.place,
              "a revocation list in '" + settings.revocations_file.value + "' " + (ended ? "has ended" : "ends within a day"),
              ended ? "no certificate of its authority is believed" : "no certificate of its authority is believed from then on")
        .help = "fetch the authority's newest list; a changed file is used without a restart";
  if (trust.authorities_end() <= now + kEndsSoon)
    build.report.warn(Code::trust, settings.authorities_file.place, "an authority in '" + settings.authorities_file.value + "' " +
                          (trust.authorities_end() <= now ? "has ended" : "ends within two weeks"));
}

/// build_clients is null when there are none, or they cannot be had, which it complains about.
std::shared_ptr<const ClientRules> build_clients(Build& build, const ListenerSettings& listener) {
  if (!listener.clients) return nullptr;
  const ClientsSettings& settings = *listener.clients;
  const auto authorities = build.read(settings.authorities_file, {kCertificatesBytesMax, Access::any});
  const auto revocations = build.read(settings.revocations_file, {kRevocationsBytesMax, Access::any});
  if (!authorities || (!revocations && !settings.revocations_file.value.empty())) return nullptr;
  const std::string* lists = revocations ? &*revocations : nullptr;
  auto trust = known_trust(build.inputs.previous, tls::ClientTrust::digest_of(*authorities, lists));
  if (trust == nullptr) {
    auto made = tls::ClientTrust::create(*authorities, lists);
    if (!made) {
      const Text& file = made.error().revocations ? settings.revocations_file : settings.authorities_file;
      build.report.error(Code::trust, file.place, "clients of listener '" + listener.name.value + "' cannot be verified",
                         made.error().text);
      return nullptr;
    }
    trust = std::move(made.value());
  }
  warn_of_trust(build, settings, *trust);
  return std::make_shared<const ClientRules>(ClientRules{std::move(trust), settings.required, settings.rules});
}

void build_listener(Build& build, const ListenerSettings& settings) {
  const auto rules = build_clients(build, settings);
  build.snapshot.listeners.push_back(
      {settings.name.value, settings.address, !settings.certificates.empty(), rules, settings.proxy_from, settings.users});
  std::vector<tls::Certificate> certificates = read_certificates(build, settings);
  const bool complete = !certificates.empty() && certificates.size() == settings.certificates.size() &&
                        (rules != nullptr || !settings.clients);   // never without what is asked of clients
  const tls::Clients clients = rules == nullptr ? tls::Clients{} : tls::Clients{rules->trust, rules->required};
  for (Snapshot::WorkerTls& worker : build.snapshot.worker_tls) {
    worker.listeners.emplace_back();
    if (!complete) continue;
    auto made = tls::ServerSettings::create(certificates, build.inputs.tickets, clients, settings.name.value);
    if (made) worker.listeners.back() = std::move(made.value());
    else
      build.report.error(Code::certificate, settings.name.place,
                         "TLS of listener '" + settings.name.value + "'", made.error());
  }
  for (tls::Certificate& certificate : certificates) wipe(certificate.key_pem);
}

// Issuers -------------------------------------------------------------------------------------------

/// key_set parses a key file, or takes the previous snapshot's set when the file is the same: verified
/// tokens stay in the caches.
std::shared_ptr<const identity::KeySet> key_set(Build& build, const IssuerSettings& settings, size_t index) {
  const auto usable = [&](std::shared_ptr<const identity::KeySet> keys) {
    if (keys->size() == 0)
      build.report
          .warn(Code::keys, settings.jwks_file.place, "issuer '" + settings.name.value + "' has no key: its callers are refused",
                "no key in it that could sign")
          .help = "RSA, EC P-256 and Ed25519 keys for signatures are used";
    return keys;
  };
  if (settings.jwks_file.value.empty())
    return index < build.inputs.fetched_keys.size() ? build.inputs.fetched_keys[index] : nullptr;
  const auto document = build.read(settings.jwks_file, {kKeySetBytesMax, Access::any});
  if (!document) return nullptr;
  const Snapshot::Digest digest = crypto::sha256(*document);
  build.snapshot.keys_digests[index] = digest;
  const Snapshot* previous = build.inputs.previous;
  if (previous != nullptr)
    for (size_t i = 0; i < previous->keys_digests.size(); ++i)
      if (previous->keys_digests[i] == digest && previous->issuers.issuers[i].keys != nullptr)
        return usable(previous->issuers.issuers[i].keys);
  auto parsed = identity::KeySet::parse(*document);
  if (parsed) return usable(std::move(parsed.value()));
  build.report.error(Code::keys, settings.jwks_file.place,
                     "the keys of issuer '" + settings.name.value + "' are not usable", parsed.error());
  return nullptr;
}

void build_issuers(Build& build) {
  build.snapshot.keys_digests.resize(build.config.issuers.size());
  for (size_t i = 0; i < build.config.issuers.size(); ++i) {
    const IssuerSettings& settings = build.config.issuers[i];
    identity::Issuer issuer = make_issuer(settings);
    issuer.keys = key_set(build, settings, i);
    build.snapshot.issuers.issuers.push_back(std::move(issuer));
  }
}

/// build_saml reads what the providers say of themselves. Metadata past its validUntil refuses callers, not the configuration:
/// whoever renews a certificate must not wait for a provider.
void build_saml(Build& build) {
  if (build.config.saml.empty()) return;
  auto all = std::make_shared<identity::SamlIssuers>();
  for (const SamlSettings& settings : build.config.saml) {
    const auto document = build.read(settings.metadata_file, {identity::kSamlMetadataBytesMax, Access::any});
    if (!document) continue;
    const Place place = settings.metadata_file.place;
    auto metadata = identity::SamlMetadata::parse(*document);
    if (!metadata) {
      build.report.error(Code::keys, place, "the metadata of provider '" + settings.name.value + "' is not usable",
                         metadata.error());
      continue;
    }
    const WallNs until = (*metadata)->valid_until;
    if (until != 0 && until <= build.inputs.now)
      build.report.warn(Code::keys, place, "every assertion of provider '" + settings.name.value + "' is refused",
                        "the validUntil of its metadata is over");
    if (const identity::SamlIssuer* other = all->find((*metadata)->entity_id))
      build.report.error(Code::duplicate, place,
                         "providers '" + other->name + "' and '" + settings.name.value + "' are the same", "their entityID is one");
    if ((*metadata)->entity_id == identity::kApiKeyIssuerUrl)
      build.report.error(Code::duplicate, place, "'" + (*metadata)->entity_id + "' is the gateway's own issuer", "of API keys");
    build.snapshot.metadata_digests.push_back(crypto::sha256(*document));
    all->issuers.push_back({settings.name.value, settings.audiences, settings.recipient, settings.groups_attribute,
                            settings.require, settings.groups, settings.group_prefix, settings.recorded, settings.leeway,
                            settings.bearer_life, settings.exchange_life, std::move(*metadata)});
  }
  build.snapshot.saml = std::move(all);
}

// Origins -------------------------------------------------------------------------------------------

/// credential_file is the file that holds an origin's credential; empty when none is configured or
/// systemd gave no folder.
Text credential_file(const OriginSettings& settings) {
  if (settings.credential_name.value.empty()) return settings.credential_file;
  const std::string directory = credentials_directory();
  if (directory.empty()) return {};
  return {directory + "/" + settings.credential_name.value, settings.credential_name.place};
}

bool field_value(ByteView value) {
  return !value.empty() && value.front() != ' ' && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
}

/// secret_in is where the secret itself begins: behind the prefix, and behind a "Bearer " in the file, which an
/// origin that repeats the credential may leave out.
size_t secret_in(ByteView value, size_t prefix) {
  const size_t blank = value.rfind(' ');
  const bool word = blank != ByteView::npos && blank >= prefix && value.size() - blank > kSecretBytesMin;
  return word ? blank + 1 : prefix;
}

bool is_basic(ByteView value) { return http::equals_ignore_case(value.substr(0, 6), "basic "); }

void build_credential(Build& build, const OriginSettings& settings, Origin& origin) {
  // Read without a header too: that is an error already, and the file may hold the next one.
  if (settings.credential_file.value.empty() && settings.credential_name.value.empty()) return;
  const Text file = credential_file(settings);
  if (file.value.empty() && !settings.credential_name.value.empty()) {
    build.report
        .error(Code::file, settings.credential_name.place,
               "there is no systemd credential '" + settings.credential_name.value + "'",
               "CREDENTIALS_DIRECTORY is not set")
        .help = "start the service with LoadCredential=" + settings.credential_name.value + ":PATH";
    return;
  }
  const Access access = settings.credential_name.value.empty() ? Access::owner_only : Access::not_others;
  auto read = build.read(file, {kCredentialBytesMax, access});
  if (!read) return;
  std::string& content = *read;
  if (content.ends_with('\n')) content.pop_back();
  if (content.ends_with('\r')) content.pop_back();
  std::string value = settings.credential_prefix + content;
  if (!field_value(content)) {
    build.report.error(Code::credential, file.place, "the credential in '" + file.value + "' is not usable",
                       "one line of visible ASCII is needed");
  } else if (content.size() < kSecretBytesMin) {
    build.report
        .error(Code::credential, file.place, "the credential in '" + file.value + "' is too short",
               "at least " + std::to_string(kSecretBytesMin) + " characters are needed")
        .help = "short ones are guessed, and answers, which are searched for it, would hold it by chance";
  } else {
    origin.credential_header = settings.credential_header;
    origin.credential = crypto::Secret(value);
    origin.secret_at = secret_in(value, settings.credential_prefix.size());
    origin.secret_forms = std::make_shared<const crypto::SecretForms>(origin.secret(), is_basic(value));
    origin.credential_version = crypto::hex(crypto::sha256(value)).substr(0, 16);
  }
  wipe(content);
  wipe(value);
}

void build_origin(Build& build, const OriginSettings& settings) {
  Origin origin;
  origin.name = settings.name.value;
  origin.address = settings.address;
  origin.other_addresses = settings.other_addresses;
  origin.users = settings.users;
  origin.tls = settings.tls;
  origin.server_name = settings.server_name;
  origin.host = settings.host;
  build_credential(build, settings, origin);
  const auto trust = build.read(settings.trust_file, {kCertificatesBytesMax, Access::any});
  if (trust) origin.trust_version = crypto::hex(crypto::sha256(*trust)).substr(0, 16);
  build.snapshot.origins.push_back(std::move(origin));
  if (!trust && !settings.trust_file.value.empty()) return;  // never fall back to the system's store
  for (Snapshot::WorkerTls& worker : build.snapshot.worker_tls) {
    worker.origins.emplace_back();
    if (!settings.tls) continue;
    auto made = tls::ClientSettings::create(trust.value_or(""));
    if (made) {
      worker.origins.back() = std::move(made.value());
      continue;
    }
    const Place place = settings.trust_file.value.empty() ? settings.name.place : settings.trust_file.place;
    build.report.error(Code::trust, place, "origin '" + settings.name.value + "' cannot be verified",
                       made.error());
    return;
  }
}

/// build_token_exchange: the keys are put in by who keeps them (put_gateway_keys).
void build_token_exchange(Build& build) {
  const TokenExchangeSettings& settings = build.config.token_exchange;
  if (!settings.enabled()) return;
  auto issuer = std::make_shared<identity::GatewayIssuer>();
  issuer->url = settings.issuer.value;
  issuer->audience = settings.audience;
  issuer->lifetime = settings.lifetime;
  if (build.snapshot.saml != nullptr)
    for (const identity::SamlIssuer& each : build.snapshot.saml->issuers) {
      issuer->sources.push_back({each.name, each.metadata->entity_id});
      if (each.metadata->entity_id == issuer->url)
        build.report.error(Code::duplicate, settings.issuer.place,
                           "the provider of [[saml]] '" + each.name + "' is called as the gateway itself is",
                           "its entity id is the same");
    }
  build.snapshot.issuers.gateway = std::move(issuer);
  build.snapshot.token_exchange = {settings.path, settings.keys_path};
}

void build_routes(const Config& config, Snapshot& snapshot) {
  std::vector<policy::RoutePlace> places;
  for (const RouteSettings& settings : config.routes) {
    places.push_back({settings.hosts, settings.route.prefix});
    snapshot.routes.push_back(settings.route);
    const std::string& header = settings.route.token_header;
    auto& known = snapshot.token_headers;
    if (!header.empty() && std::find(known.begin(), known.end(), header) == known.end()) known.push_back(header);
  }
  snapshot.route_table = policy::RouteTable(places);
}

}  // namespace

std::shared_ptr<Snapshot> compile_into(const Config& config, const RuntimeInputs& inputs, Report& report) {
  auto snapshot = std::make_shared<Snapshot>();
  Build build{config, inputs, report, *snapshot};
  snapshot->version = inputs.version;
  snapshot->policy_hash = config.hash;
  snapshot->limits = config.limits;
  snapshot->deadlines = config.deadlines;
  snapshot->refusals = config.gateway.refusals;
  build_records(config, inputs.previous, *snapshot, report);
  snapshot->sealing = load_sealing(config.records, report);
  snapshot->heads_key = load_heads_key(config.records, report);
  snapshot->gather = config.gateway.gather;
  snapshot->log_exchanges = config.log_level <= LogLevel::info;
  snapshot->worker_tls.resize(std::max<uint32_t>(inputs.workers, 1));
  for (const ListenerSettings& listener : config.listeners) build_listener(build, listener);
  build_issuers(build);
  build_saml(build);
  build_token_exchange(build);
  for (const OriginSettings& origin : config.origins) build_origin(build, origin);
  build_guards(config, inputs, *snapshot, report);
  build_masks(config, inputs.previous, *snapshot, report);
  build_routes(config, *snapshot);
  build_tenants(config, *snapshot, report);
  snapshot->policy.rules = config.rules;
  if (!report.ok()) return nullptr;
  return snapshot;
}

void put_gateway_keys(Snapshot& snapshot, std::shared_ptr<const identity::GatewayKeys> keys) {
  if (snapshot.issuers.gateway == nullptr) return;
  auto issuer = std::make_shared<identity::GatewayIssuer>(*snapshot.issuers.gateway);
  issuer->keys = std::move(keys);
  snapshot.issuers.gateway = std::move(issuer);
}

Result<std::shared_ptr<Snapshot>, Diagnostics> compile(const Config& config, const RuntimeInputs& inputs) {
  Report report(config.source);
  if (auto snapshot = compile_into(config, inputs, report)) return snapshot;
  return Failure{report.take()};
}

Prepared prepare(const std::string& path, const RuntimeInputs& inputs) {
  auto text = read_configuration(path);
  if (text) return prepare_text(std::move(text.value()), path, folder_of(path), inputs);
  Prepared prepared;
  prepared.loaded.diagnostics = text.error();
  return prepared;
}

namespace {

// What accepts knows a listener by its place: whoever listens at an address is at the place of whoever did, wherever it stands in
// the text. Of those at new addresses one keeps the place of its name, the others take what is left.
void keep_places(const std::vector<Listener>& before, std::vector<ListenerSettings>& listeners) {
  if (before.size() != listeners.size()) return;   // refused anyway
  std::vector<std::optional<ListenerSettings>> placed(before.size());
  std::vector<bool> taken(listeners.size());
  const auto place = [&](auto same) {
    for (size_t at = 0; at < before.size(); ++at)
      for (size_t i = 0; i < listeners.size() && !placed[at]; ++i) {
        if (taken[i] || !same(before[at], listeners[i])) continue;
        placed[at] = std::move(listeners[i]);
        taken[i] = true;
      }
  };
  place([](const Listener& a, const ListenerSettings& b) { return format_address(a.address) == format_address(b.address); });
  place([](const Listener& a, const ListenerSettings& b) { return a.name == b.name.value; });
  place([](const Listener&, const ListenerSettings&) { return true; });
  for (size_t at = 0; at < before.size(); ++at) listeners[at] = std::move(*placed[at]);
}

}  // namespace

Prepared prepare_text(std::string text, const std::string& name, const std::string& base_dir,
                      const RuntimeInputs& inputs) {
  Report report(std::make_shared<Source>(name, std::move(text)));
  Prepared prepared;
  prepared.loaded = load_into(base_dir, report);
  if (inputs.previous != nullptr) keep_places(inputs.previous->listeners, prepared.loaded.config.listeners);
  if (prepared.loaded.parsed) prepared.snapshot = compile_into(prepared.loaded.config, inputs, report);
  prepared.loaded.diagnostics = report.take();
  return prepared;
}

std::vector<std::string> named_files(const Config& config) {
  std::vector<std::string> files;
  const auto add = [&](const Text& file) {
    if (!file.value.empty()) files.push_back(file.value);
  };
  for (const ListenerSettings& listener : config.listeners) {
    for (const CertificateSettings& certificate : listener.certificates)
      add(certificate.chain_file), add(certificate.key_file);
    if (listener.clients) add(listener.clients->authorities_file), add(listener.clients->revocations_file);
  }
  for (const IssuerSettings& issuer : config.issuers) add(issuer.jwks_file);
  for (const SamlSettings& provider : config.saml) add(provider.metadata_file);
  for (const OriginSettings& origin : config.origins) add(origin.trust_file), add(credential_file(origin));
  for (const MaskSettings& mask : config.masks) add(mask.hash_key_file);
  add(config.records.digest_key_file);
  for (const Text& key : config.records.auditor_keys) add(key);
  add(config.records.operations_key);
  add(config.records.heads_key_file);
  for (const TenantSettings& tenant : config.tenants) add(tenant.key_file);
  return files;
}

}  // namespace gatehouse::config
