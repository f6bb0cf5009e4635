#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>

#include "cli/admin_options.h"
#include "cli/asked_request.h"
#include "cli/callers.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/exit_code.h"
#include "cli/identified.h"
#include "cli/inputs.h"
#include "cli/prepared.h"
#include "cli/recorded.h"
#include "crypto/digest.h"
#include "identity/ledger.h"
#include "identity/binding.h"
#include "identity/jwt.h"
#include "identity/saml.h"
#include "proxy/refusal.h"
#include "proxy/token_request.h"
#include "telemetry/log_line.h"
#include "tls/clients.h"

namespace gatehouse::cli {
namespace {

struct WhoamiOptions {
  std::string config, token_file, certificate_file, listener, at;
  std::vector<std::string> keys;   // ISSUER=FILE
  bool exchange = false;
  bool json = false;
};

/// take over what a proof came to.
void take(Result<identity::IdentityRef, Reason> proved, Identified* out) {
  if (proved.ok()) out->caller = *proved;
  else out->reason = proved.error();
}

proxy::Shown judge_token(const config::Snapshot& snapshot, ByteView text, WallNs now, identity::SamlUse use,
                         const std::string& no_token_keys, Identified* out) {
  const std::string xml = assertion_of(text);
  // What is exchanged is an assertion whatever it looks like, and too long before anybody looks.
  const bool exchanged = use == identity::SamlUse::exchange;
  if (!xml.empty() || (exchanged && text.size() > proxy::kAssertionTextMax)) {
    out->credential = "SAML assertion of " + std::to_string(xml.empty() ? text.size() : xml.size()) + " bytes";
    const identity::SamlIssuers none;
    take(identity::verify_saml(snapshot.saml != nullptr ? *snapshot.saml : none, xml.empty() ? text : ByteView(xml), now, use,
                               &out->steps), out);
    return proxy::Shown::assertion;
  }
  out->credential = "token of " + std::to_string(text.size()) + " bytes";
  take(identity::verify_jwt(snapshot.issuers, text, now, &out->steps), out);
  if (out->reason != Reason::token_keys_unavailable) return proxy::Shown::token;
  const bool own = identity::issuer_of(snapshot.issuers, text) == nullptr;
  out->notes.push_back(own ? no_token_keys
                           : "keys of issuers that are asked over the network are not fetched here: give them with --keys");
  return proxy::Shown::token;
}

std::string time_text(WallNs time) {
  char text[telemetry::kTimeText];
  telemetry::format_time(time, text);
  return {text, sizeof text};
}

/// judge_key asks as serve does, and says of each check what it came to.
void judge_key(const std::shared_ptr<const identity::ApiKeySet>& keys, ByteView text, WallNs now, Identified* out) {
  const ByteView id = identity::id_of_api_key(text);
  identity::ApiKeyDesk desk;
  auto verified = desk.verify(keys, text, now);
  const Reason reason = verified ? Reason::none : verified.error();
  const auto failed = [&](std::initializer_list<Reason> reasons) {
    return std::find(reasons.begin(), reasons.end(), reason) == reasons.end() ? Reason::none : reason;
  };
  take(std::move(verified), out);
  if (identity::note(&out->steps, "form", failed({Reason::token_malformed}), [&] {
        return identity::Seen{id.empty() ? std::to_string(text.size()) + " bytes" : "id " + std::string(id),
                              "ghk_ID_SECRET with its check: a typing error?"};
      }) != Reason::none) return;
  const identity::ApiKey* const kept = keys->find(id);
  if (identity::note(&out->steps, "secret", failed({Reason::key_unknown}), [&] {
        return identity::Seen{kept ? "made " + time_text(kept->made) + " by " + kept->by : "no key with this id",
                              "the secret of this id"};
      }) != Reason::none) return;
  identity::note(&out->steps, "state", failed({Reason::token_revoked, Reason::key_expired}), [&] {
    const char* const state = kept->revoked != 0 ? "revoked" : reason == Reason::key_expired ? "expired" : "good";
    return identity::Seen{std::string(state) + (kept->expires == 0 ? ", no end" : ", until " + time_text(kept->expires)), "good"};
  });
}

std::string names_of(const crypto::CertificateFacts& facts) {
  std::string out;
  const auto add = [&out](const char* kind, const std::vector<std::string>& names) {
    for (const std::string& name : names) out += std::string(out.empty() ? "" : ", ") + kind + " " + name;
  };
  add("URI", facts.uris);
  add("DNS", facts.dns_names);
  add("e-mail", facts.emails);
  return out.empty() ? "no name" : out;
}

/// judge_certificate looks at the chain as a handshake would; out->reason when it is not believed. Returns its digest.
std::array<uint8_t, 32> judge_certificate(const config::ClientRules& rules, const std::string& pem, WallNs now, bool alone,
                                          Identified* out) {
  const auto leaf = rules.trust->verify_pem(pem, now);
  if (identity::note(&out->steps, "chain", leaf.ok() ? Reason::none : Reason::client_tls, [&] {
        return identity::Seen{leaf.ok() ? leaf->facts.subject : leaf.error(), "an authority of the listener, in time, not revoked"};
      }) != Reason::none) {
    out->reason = Reason::client_tls;
    return {};
  }
  auto named = identity::certificate_identity(rules.identity, leaf->facts);
  if (!alone) {
    identity::note(&out->steps, "names", Reason::none, [&] { return identity::Seen{names_of(leaf->facts), ""}; });
    return leaf->facts.digest;
  }
  identity::note(&out->steps, "names", named.ok() ? Reason::none : named.error(), [&] {
    return identity::Seen{names_of(leaf->facts), "exactly one name that " + identity::listed(rules.identity.patterns) + " has"};
  });
  take(std::move(named), out);
  return leaf->facts.digest;
}

/// judge_sender: a bound token is good from its own sender alone.
void judge_sender(const std::array<uint8_t, 32>* certificate, Identified* out) {
  if (out->caller == nullptr || !identity::bound(*out->caller)) return;
  const bool may = identity::may_be_sent_by(*out->caller, certificate);
  out->reason = identity::note(&out->steps, "sender", may ? Reason::none : Reason::token_binding, [&] {
    return identity::Seen{certificate == nullptr ? "no certificate" : "the certificate " + crypto::hex(*certificate),
                          "the certificate " + crypto::hex(out->caller->certificate)};
  });
  if (may) return;
  if (certificate == nullptr) out->notes.push_back("the token is bound to a client certificate: give it with --certificate");
  out->caller.reset();
}

/// judge_standing looks whether somebody who was proved is believed no longer. `shown`: the certificate that was believed.
void judge_standing(const config::Prepared& prepared, const KeptLedger& kept, const std::array<uint8_t, 32>* shown, WallNs now,
                    Identified* out) {
  if (out->caller == nullptr) return;
  if (kept.state == KeptLedger::State::unreadable)
    out->notes.push_back("whether anything of it was revoked is not known: " + kept.why);
  if (kept.state == KeptLedger::State::none)
    out->notes.push_back("whether anything of it was revoked is not known: there is no store in " +
                         prepared.loaded.config.gateway.state_dir.value);
  if (kept.ledger == nullptr) return;
  const identity::RevocationSet& revocations = *kept.ledger->revocations;
  const std::string listed = revoked_by(revocations, *out->caller, shown, now);
  const bool sender = shown != nullptr && revocations.revokes_certificate(*shown, now);   // its connection has no right to be there
  const Reason reason = listed.empty() ? Reason::none : sender ? Reason::certificate_ended : Reason::token_revoked;
  out->reason = identity::note(&out->steps, "revoked", reason, [&] {
    return identity::Seen{listed.empty() ? "nothing of it; the store has " + std::to_string(revocations.size()) + " revocations"
                                         : listed, "token, subject, certificate and key on no list"};
  });
  if (!listed.empty()) out->caller.reset();
}

void name_rules(const config::Snapshot& snapshot, Identified* out) {
  if (out->caller == nullptr) return;
  const auto& groups = out->caller->groups;
  for (const policy::Rule& rule : snapshot.policy.rules) {
    const bool named = std::any_of(rule.groups.begin(), rule.groups.end(), [&](const std::string& group) {
      return group == "*" || std::binary_search(groups.begin(), groups.end(), group);
    });
    if (named) out->rules.push_back({rule.name, rule.effect});
  }
}

int whoami(const WhoamiOptions& options) {
  if (options.token_file.empty() && options.certificate_file.empty())
    return complain(kExitUsage, "nothing to look at: give --token-file FILE, --certificate FILE, or both");
  if (options.token_file == "-" && options.certificate_file == "-")
    return complain(kExitUsage, "only one file can be standard input");
  const auto at = options.at.empty() ? std::optional<WallNs>(wall_now()) : asked_time(options.at);
  if (!at) return complain(kExitUsage, "--at: '" + options.at + "' is no time such as 2025-11-23T13:31:12Z");
  config::RuntimeInputs inputs;
  inputs.tickets = tls::make_ticket_keys(nullptr);
  config::Prepared prepared;
  if (const int code = prepare_or_complain(options.config, inputs, &prepared); code != kExitOk) return code;
  if (!options.keys.empty())
    if (const int code = take_keys(options.keys, inputs, &prepared); code != kExitOk) return code;
  const config::Snapshot& snapshot = *prepared.snapshot;

  Identified told;
  std::array<uint8_t, 32> digest{};
  const bool alone = options.token_file.empty();
  if (!options.certificate_file.empty()) {
    const auto pem = read_input(options.certificate_file);
    if (!pem) return complain(kExitNoInput, pem.error());
    const auto rules = rules_of_certificates(snapshot, options.listener);
    if (!rules) return complain(kExitUsage, rules.error());
    told.credential = "client certificate";
    digest = judge_certificate(**rules, *pem, *at, alone, &told);
  }
  const std::array<uint8_t, 32>* const shown = options.certificate_file.empty() ? nullptr : &digest;
  KeptLedger kept = read_ledger(prepared);
  put_token_keys(&kept, &prepared);
  proxy::Shown came_with = proxy::Shown::token;
  if (!alone && told.reason == Reason::none) {
    const auto file = read_input(options.token_file);
    if (!file) return complain(kExitNoInput, file.error());
    const ByteView token = bare_token(*file);
    if (identity::is_api_key(token)) {
      const auto keys = kept.ledger != nullptr ? kept.ledger->api_keys : keys_of_gateway(prepared);
      if (keys == nullptr) return kExitUnavailable;
      told.credential = "API key";
      judge_key(keys, token, *at, &told);
    } else {
      const auto use = options.exchange ? identity::SamlUse::exchange : identity::SamlUse::bearer;
      came_with = judge_token(snapshot, token, *at, use, kept.no_token_keys, &told);
    }
    judge_sender(shown, &told);
  }
  judge_standing(prepared, kept, shown, *at, &told);
  name_rules(snapshot, &told);
  told.bound = proxy::bound_of(told.reason, proxy::OriginWait::connection, snapshot.limits, snapshot.deadlines,
                               came_with);
  std::fputs((options.json ? identified_json(told) + "\n" : identified_text(told)).c_str(), stdout);
  const int written = flush_output();
  return written != kExitOk ? written : told.reason != Reason::none ? kExitRefused : kExitOk;
}

constexpr const char* kWhoamiFooter =
    "Asks the same functions as `gatehouse serve`, sends nothing and records nothing: what was checked in which order, what was\n"
    "found, which check failed, and which groups result. What was revoked says the store in gateway.state_dir, where it can be\n"
    "read from here, as who the gateway runs as may; a gateway may run beside. The token is never shown. Keys of issuers\n"
    "that are asked over the network are not fetched: give them with --keys; those of tokens that the gateway gave itself are in\n"
    "the store, and where that cannot be read the running gateway is asked. Exit code 0 when the caller is proved, 1 when not.\n\n"
    "A token file holds a JWT, a SAML assertion (XML, or base64url as in the header field) or an API key, with or without\n"
    "\"Bearer \" or \"SAML \" before it. API keys are in the store; where that cannot be read the running gateway is asked.\n\n"
    "Examples:\n"
    "  gatehouse whoami --config gateway.toml --token-file job.token\n"
    "  fetch-token | gatehouse whoami --config gateway.toml --token-file - --json\n"
    "  gatehouse whoami --config gateway.toml --token-file job.token --certificate job.pem --listener main\n"
    "  gatehouse whoami --config gateway.toml --certificate job.pem\n"
    "  gatehouse whoami --config gateway.toml --token-file job.token --keys provider=jwks.json --at 2025-11-23T13:31:12Z";

}  // namespace

void add_whoami(Command app) {
  auto options = std::make_shared<WhoamiOptions>();
  const Command command = app.add_subcommand("whoami", "Say who a credential proves its sender to be, check by check");
  const auto option = [&](const char* name, std::string& into, const char* about, const char* type) {
    return command.add_option(name, into, about, type);
  };
  option("-c,--config", options->config, "The configuration file", "FILE").required();
  option("--token-file", options->token_file, "The token or assertion; - for standard input", "FILE");
  option("--certificate", options->certificate_file, "The client certificate, PEM, and those between it and its authority", "FILE");
  option("--listener", options->listener, "Which listener's authorities the certificate is for", "NAME");
  option("--at", options->at, "When it is sent, such as 2025-11-23T13:31:12Z or seconds since 1970; default: now", "TIME");
  command.add_flag("--exchange", options->exchange, "Look at an assertion as one that is exchanged for a token");
  command.add_option("--keys", options->keys, "Keys of an issuer that is asked over the network; may be repeated", "ISSUER=FILE")
      .repeats();
  command.add_flag("--json", options->json, "Print one JSON object");
  command.footer(kWhoamiFooter);
  command.runs([options] { return whoami(*options); });
}

}  // namespace gatehouse::cli
