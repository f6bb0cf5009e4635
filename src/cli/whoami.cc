#include <CLI/CLI.hpp>
#include <simdjson.h>
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>

#include "cli/admin_options.h"
#include "cli/asked_request.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/identified.h"
#include "cli/inputs.h"
#include "cli/prepared.h"
#include "cli/recorded.h"
#include "codec/base64url.h"
#include "crypto/digest.h"
#include "identity/api_key.h"
#include "identity/binding.h"
#include "identity/jwt.h"
#include "identity/saml.h"
#include "tls/clients.h"

namespace gatehouse::cli {
namespace {

struct WhoamiOptions {
  std::string config, token_file, certificate_file, listener, at;
  std::vector<std::string> keys;   // ISSUER=FILE
  bool exchange = false;
  bool json = false;
};

WallNs wall_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<WallNs>(now.tv_sec) * kNsPerSecond + static_cast<WallNs>(now.tv_nsec);
}

bool take_prefix(ByteView* text, ByteView prefix) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

/// assertion_of is the XML of an assertion as files hold it: as it is, or as it stands in a header field. Empty: it is none.
std::string assertion_of(ByteView text) {
  const bool said = take_prefix(&text, "SAML ");
  if (text.starts_with("<")) return std::string(text);
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);   // padding may be there or not
  if (!said && text.find('.') != ByteView::npos) return {};
  std::string xml(codec::base64url_decoded_bytes(text.size()), '\0');
  const auto size = codec::decode_base64url(text, xml);
  if (!size || (!said && !xml.starts_with("<"))) return {};
  xml.resize(*size);
  return xml;
}

/// take over what a proof came to.
void take(Result<identity::IdentityRef, Reason> proved, Identified* out) {
  if (proved.ok()) out->caller = *proved;
  else out->reason = proved.error();
}

void judge_token(const config::Snapshot& snapshot, ByteView text, WallNs now, identity::SamlUse use, Identified* out) {
  take_prefix(&text, "Bearer ");
  if (const std::string xml = assertion_of(text); !xml.empty()) {
    out->credential = "SAML assertion of " + std::to_string(xml.size()) + " bytes";
    const identity::SamlIssuers none;
    take(identity::verify_saml(snapshot.saml != nullptr ? *snapshot.saml : none, xml, now, use, &out->steps), out);
    return;
  }
  out->credential = "token of " + std::to_string(text.size()) + " bytes";
  take(identity::verify_jwt(snapshot.issuers, text, now, &out->steps), out);
  if (out->reason == Reason::token_keys_unavailable)
    out->notes.push_back("keys of issuers that are asked over the network are not fetched here: give them with --keys");
}

/// kept_key is what the running gateway keeps under an id, as JSON; false and complained when it cannot be asked.
bool kept_key(const config::Prepared& prepared, ByteView id, simdjson::dom::parser* parser,
              std::optional<simdjson::dom::element>* out) {
  const auto answer = ask_well(prepared.loaded.config.gateway.run_dir + "/admin.sock", "GET", "/api-keys", "");
  if (!answer) return false;
  simdjson::dom::array keys;
  if (parser->parse(answer->body).get(keys) != simdjson::SUCCESS) {
    complain(kExitUnavailable, "the gateway's answer is malformed");
    return false;
  }
  for (const simdjson::dom::element key : keys)
    if (std::string_view found; key["id"].get(found) == simdjson::SUCCESS && found == id) *out = key;
  return true;
}

std::string text_of(const simdjson::dom::element& key, const char* name) {
  std::string_view text;
  return key[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

/// judge_key asks the running gateway, whose store has the keys; false when it cannot be asked.
bool judge_key(const config::Prepared& prepared, ByteView text, Identified* out) {
  out->credential = "API key";
  const ByteView id = identity::id_of_api_key(text);
  out->reason = identity::note(&out->steps, "form", id.empty() ? Reason::token_malformed : Reason::none, [&] {
    return identity::Seen{id.empty() ? std::to_string(text.size()) + " bytes" : "id " + std::string(id),
                          "ghk_ID_SECRET with its check: a typing error?"};
  });
  if (out->reason != Reason::none) return true;
  simdjson::dom::parser parser;
  std::optional<simdjson::dom::element> kept;
  if (!kept_key(prepared, id, &parser, &kept)) return false;
  const crypto::Sha256 digest = crypto::sha256(text);
  const bool known = kept && text_of(*kept, "digest") == crypto::hex(digest);
  out->reason = identity::note(&out->steps, "secret", known ? Reason::none : Reason::key_unknown, [&] {
    return identity::Seen{kept ? "made " + text_of(*kept, "made") + " by " + text_of(*kept, "by") : "no key with this id",
                          "the secret of this id"};
  });
  if (out->reason != Reason::none) return true;
  const std::string state = text_of(*kept, "state");
  const Reason standing = state == "good" ? Reason::none : state == "expired" ? Reason::key_expired : Reason::token_revoked;
  out->reason = identity::note(&out->steps, "state", standing, [&] {
    const std::string end = text_of(*kept, "expires");
    return identity::Seen{state + (end.empty() ? ", no end" : ", until " + end), "good"};
  });
  if (out->reason != Reason::none) return true;
  auto made = std::make_shared<identity::Identity>();
  made->proof = identity::Proof::api_key;
  made->issuer = identity::kApiKeyIssuer;
  made->issuer_url = identity::kApiKeyIssuerUrl;
  made->subject = text_of(*kept, "name");
  made->token_id = id;
  made->expires = asked_time(text_of(*kept, "expires")).value_or(identity::kNoEnd);
  for (const simdjson::dom::element group : (*kept)["groups"].get_array())
    if (std::string_view name; group.get(name) == simdjson::SUCCESS) made->groups.emplace_back(name);
  std::sort(made->groups.begin(), made->groups.end());
  out->caller = std::move(made);
  return true;
}

/// rules_of_certificates is what a listener asks of its clients; null and complained when there is no such one.
const config::ClientRules* rules_of_certificates(const config::Snapshot& snapshot, const std::string& name) {
  const config::ClientRules* found = nullptr;
  for (const config::Listener& listener : snapshot.listeners) {
    if (listener.clients == nullptr || (!name.empty() && listener.name != name)) continue;
    if (found != nullptr) {
      complain(kExitUsage, "more than one listener asks for client certificates: say which with --listener");
      return nullptr;
    }
    found = listener.clients.get();
  }
  if (found == nullptr)
    complain(kExitUsage, name.empty() ? "no listener asks for client certificates"
                                      : "there is no listener '" + name + "' that asks for client certificates");
  return found;
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
    const config::ClientRules* rules = rules_of_certificates(snapshot, options.listener);
    if (rules == nullptr) return kExitUsage;
    told.credential = "client certificate";
    digest = judge_certificate(*rules, *pem, *at, alone, &told);
  }
  if (!alone && told.reason == Reason::none) {
    auto token = read_input(options.token_file);
    if (!token) return complain(kExitNoInput, token.error());
    while (!token->empty() && (token->back() == '\n' || token->back() == '\r')) token->pop_back();
    ByteView key(*token);
    take_prefix(&key, "Bearer ");
    if (identity::is_api_key(key)) {
      if (!judge_key(prepared, key, &told)) return kExitUnavailable;
    } else {
      judge_token(snapshot, *token, *at, options.exchange ? identity::SamlUse::exchange : identity::SamlUse::bearer, &told);
    }
    judge_sender(options.certificate_file.empty() ? nullptr : &digest, &told);
  }
  name_rules(snapshot, &told);
  std::fputs((options.json ? identified_json(told) + "\n" : identified_text(told)).c_str(), stdout);
  const int written = flush_output();
  return written != kExitOk ? written : told.reason != Reason::none ? kExitRefused : kExitOk;
}

constexpr const char* kFooter =
    "Asks the same functions as `gatehouse serve`, sends nothing and records nothing: what was checked in which order, what was\n"
    "found, which check failed, and which groups result. What only a running gateway knows (what was revoked, how many tokens of\n"
    "an address failed) is not looked at. The token is never shown. Keys of issuers that are asked over the network are not\n"
    "fetched: give them with --keys. Exit code 0 when the caller is proved, 1 when not.\n\n"
    "A token file holds a JWT, a SAML assertion (XML, or base64url as in the header field) or an API key, with or without\n"
    "\"Bearer \" or \"SAML \" before it. Of API keys the running gateway is asked, over its admin socket: its store has them.\n\n"
    "Examples:\n"
    "  gatehouse whoami --config gateway.toml --token-file job.token\n"
    "  fetch-token | gatehouse whoami --config gateway.toml --token-file - --json\n"
    "  gatehouse whoami --config gateway.toml --token-file job.token --certificate job.pem --listener main\n"
    "  gatehouse whoami --config gateway.toml --certificate job.pem\n"
    "  gatehouse whoami --config gateway.toml --token-file job.token --keys provider=jwks.json --at 2025-11-23T13:31:12Z";

}  // namespace

void add_whoami(CLI::App& app, Run& chosen) {
  auto options = std::make_shared<WhoamiOptions>();
  CLI::App* command = app.add_subcommand("whoami", "Say who a credential proves its sender to be, check by check");
  const auto option = [&](const char* name, std::string& into, const char* about, const char* type) {
    return command->add_option(name, into, about)->type_name(type);
  };
  option("-c,--config", options->config, "The configuration file", "FILE")->required();
  option("--token-file", options->token_file, "The token or assertion; - for standard input", "FILE");
  option("--certificate", options->certificate_file, "The client certificate, PEM, and those between it and its authority", "FILE");
  option("--listener", options->listener, "Which listener's authorities the certificate is for", "NAME");
  option("--at", options->at, "When it is sent, such as 2025-11-23T13:31:12Z or seconds since 1970; default: now", "TIME");
  command->add_flag("--exchange", options->exchange, "Look at an assertion as one that is exchanged for a token");
  command->add_option("--keys", options->keys, "Keys of an issuer that is asked over the network; may be repeated")
      ->type_name("ISSUER=FILE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("--json", options->json, "Print one JSON object");
  command->footer(kFooter);
  command->callback([options, &chosen] { chosen = [options] { return whoami(*options); }; });
}

}  // namespace gatehouse::cli
