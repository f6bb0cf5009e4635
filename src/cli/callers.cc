#include "cli/callers.h"

#include <simdjson.h>

#include <algorithm>

#include "cli/admin_client.h"
#include "cli/admin_options.h"
#include "cli/complain.h"
#include "cli/exit_code.h"
#include "codec/base64url.h"
#include "control/admin_api.h"
#include "control/ledger_book.h"
#include "control/token_keys.h"
#include "crypto/digest.h"

namespace gatehouse::cli {
namespace {

bool take_prefix(ByteView* text, ByteView prefix) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

std::string text_of(const simdjson::dom::element& key, const char* name) {
  std::string_view text;
  return key[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

/// time_of: 0 when it is absent; false when it is there and no time.
bool time_of(const simdjson::dom::element& key, const char* name, WallNs* out) {
  const std::string text = text_of(key, name);
  return text.empty() || control::read_time(text, out);
}

bool read_digest(const std::string& text, std::array<uint8_t, 32>* out) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  if (text.size() != out->size() * 2) return false;
  for (size_t i = 0; i < out->size(); ++i) {
    const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    (*out)[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return true;
}

/// read_key reads a key as the admin socket lists it (control/ledger_api.h).
bool read_key(const simdjson::dom::element& listed, identity::ApiKey* key) {
  key->id = text_of(listed, "id");
  key->name = text_of(listed, "name");
  key->by = text_of(listed, "by");
  simdjson::dom::array groups;
  if (listed["groups"].get(groups) != simdjson::SUCCESS) return false;
  for (const simdjson::dom::element group : groups)
    if (std::string_view name; group.get(name) == simdjson::SUCCESS) key->groups.emplace_back(name);
  std::sort(key->groups.begin(), key->groups.end());
  return read_digest(text_of(listed, "digest"), &key->digest) && time_of(listed, "expires", &key->expires) &&
         time_of(listed, "revoked", &key->revoked) && time_of(listed, "made", &key->made);
}

/// token_keys_of_gateway asks the running gateway; the error is for people.
Result<std::shared_ptr<const identity::GatewayKeys>, std::string> token_keys_of_gateway(const std::string& socket) {
  const auto answer = ask_admin(socket, "GET", std::string(control::kTokenKeysPath), "");
  if (!answer) return Failure{answer.error()};
  if (answer->status != 200) return Failure<std::string>{"the running gateway has none"};
  auto keys = identity::KeySet::parse(answer->body);
  if (!keys) return Failure{"the running gateway's are not usable: " + keys.error()};
  auto made = std::make_shared<identity::GatewayKeys>();
  made->keys = std::move(*keys);
  made->document = answer->body;
  return std::shared_ptr<const identity::GatewayKeys>(std::move(made));
}

}  // namespace

ByteView bare_token(ByteView text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  take_prefix(&text, "Bearer ");
  return text;
}

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

Result<const config::ClientRules*, std::string> rules_of_certificates(const config::Snapshot& snapshot, const std::string& name) {
  const config::ClientRules* found = nullptr;
  for (const config::Listener& listener : snapshot.listeners) {
    if (listener.clients == nullptr || (!name.empty() && listener.name != name)) continue;
    if (found != nullptr)
      return Failure<std::string>{"more than one listener asks for client certificates: say which with --listener"};
    found = listener.clients.get();
  }
  if (found == nullptr)
    return Failure<std::string>{name.empty() ? "no listener asks for client certificates"
                                             : "there is no listener '" + name + "' that asks for client certificates"};
  return found;
}

KeptLedger read_ledger(const config::Prepared& prepared) {
  auto store = store::Store::open_copy(prepared.loaded.config.gateway.state_dir.value);
  if (!store) return {KeptLedger::State::unreadable, nullptr, store.error(), nullptr, {}};
  if (*store == nullptr) return {};
  control::LedgerBook book(**store);
  if (auto opened = book.open(); !opened) return {KeptLedger::State::unreadable, nullptr, opened.error(), nullptr, {}};
  KeptLedger kept{KeptLedger::State::read, book.ledger(), {}, nullptr, {}};
  if (!prepared.loaded.config.token_exchange.enabled()) return kept;
  control::TokenKeys keys(**store);
  if (auto looked = keys.look(); !looked)   // nor would serve start
    return {KeptLedger::State::unreadable, nullptr, looked.error(), nullptr, {}};
  kept.token_keys = keys.published();
  return kept;
}

void put_token_keys(KeptLedger* kept, config::Prepared* prepared) {
  const config::GatewaySettings& gateway = prepared->loaded.config.gateway;
  if (!prepared->loaded.config.token_exchange.enabled()) return;
  std::string why = kept->state == KeptLedger::State::read   ? "the store in " + gateway.state_dir.value + " has none yet"
                    : kept->state == KeptLedger::State::none ? "there is no store in " + gateway.state_dir.value
                                                             : kept->why;
  if (kept->state != KeptLedger::State::read) {
    auto asked = token_keys_of_gateway(gateway.run_dir + "/admin.sock");
    if (asked) kept->token_keys = *asked;
    else why += "; " + asked.error();
  }
  if (kept->token_keys == nullptr) kept->no_token_keys = "the keys of the gateway's own tokens are not known: " + why;
  else config::put_gateway_keys(*prepared->snapshot, kept->token_keys);
}

std::shared_ptr<const identity::ApiKeySet> keys_of_gateway(const config::Prepared& prepared) {
  const auto answer = ask_well(prepared.loaded.config.gateway.run_dir + "/admin.sock", "GET", "/api-keys", "");
  if (!answer) return nullptr;
  simdjson::dom::parser parser;
  simdjson::dom::array listed;
  bool good = parser.parse(answer->body).get(listed) == simdjson::SUCCESS;
  std::vector<identity::ApiKey> keys;
  if (good)
    for (const simdjson::dom::element each : listed) good = read_key(each, &keys.emplace_back()) && good;
  if (good) return std::make_shared<identity::ApiKeySet>(std::move(keys));
  complain(kExitUnavailable, "the gateway's answer is malformed");
  return nullptr;
}

std::string revoked_by(const identity::RevocationSet& revocations, const identity::Identity& identity,
                       const std::array<uint8_t, 32>* shown, WallNs now) {
  std::string out;
  const auto add = [&](identity::Revoked what, const std::string& value) {
    out += std::string(out.empty() ? "" : ", ") + std::string(identity::revoked_name(what)) + " " + value;
  };
  // One thing at a time, so that each that is on the list is named; whether it is says revokes(), as for serve.
  const auto look = [&](identity::Revoked what, std::string identity::Identity::* field) {
    identity::Identity alone;
    alone.issuer = identity.issuer;
    alone.*field = identity.*field;
    if (revocations.revokes(alone, now)) add(what, identity.*field);
  };
  look(identity::Revoked::token, &identity::Identity::token_id);
  look(identity::Revoked::subject, &identity::Identity::subject);
  look(identity::Revoked::key, &identity::Identity::key_id);
  for (const auto* digest : {&identity.certificate, shown}) {
    if (digest == nullptr || !revocations.revokes_certificate(*digest, now)) continue;
    add(identity::Revoked::certificate, crypto::hex(*digest));
    break;   // they are the same, or the token is refused for that
  }
  return out;
}

}  // namespace gatehouse::cli
