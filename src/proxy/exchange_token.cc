// What the gateway answers itself: a token for a SAML assertion (RFC 7522), and the keys that such tokens are verified by
// (RFC 7517). And assertions as a caller's credential. XML is looked at on job threads alone; neither an assertion nor a token
// stands in a record.
#include <cstring>

#include "http/head_writer.h"
#include "identity/jwt.h"
#include "proxy/exchange.h"
#include "proxy/heads.h"
#include "proxy/session.h"

namespace gatehouse::proxy {
namespace {

crypto::Sha256 cache_key(ByteView text) {
  const ByteView parts[] = {"SAML\n", text};   // no token has a line end, so that none has this digest
  return crypto::sha256(parts);
}

}  // namespace

// ---- an assertion as the caller's credential -----------------------------------------------------

// Called again without a text when it was proved.
Step Exchange::verify_assertion(ByteView text) {
  assertion_ = true;
  if (proof_wait_ == ProofWait::none) {
    if (text.size() > kAssertionTextMax) return Step::reply(Reason::token_size);
    proof_key_ = cache_key(text);
    identity_ = station_.tokens.find(snapshot().version, proof_key_, station_.wall_now());
    if (identity_ == nullptr) return send_to_prove(text, identity::SamlUse::bearer);
  } else if (proof_reason_ != Reason::none) {
    return Step::reply(proof_reason_);
  } else if (identity_->expires <= station_.wall_now()) {
    return Step::reply(Reason::saml_expired);
  } else {
    station_.tokens.insert(snapshot().version, proof_key_, identity_, station_.wall_now());
  }
  stage_ = Stage::decide;
  return Step::next();
}

Step Exchange::send_to_prove(ByteView text, identity::SamlUse use) {
  if (!may_prove()) return Step::reply(Reason::token_failures);
  if (station_.provings >= kProvingsMax) return Step::reply(Reason::saml_busy);
  auto proving = std::make_shared<Proving>();
  proving->session = session_.id();
  proving->exchange = id_;
  proving->sender = sender_of(session_.client_address());
  proving->use = use;
  proving->text = text;
  proving->issuers = snapshot().saml;
  if (use == identity::SamlUse::exchange) proving->gateway = snapshot().issuers.gateway;
  ToControl message;
  message.kind = ToControl::Kind::prove;
  message.proving = std::move(proving);
  if (!station_.tell(std::move(message))) return Step::reply(Reason::saml_busy);
  ++station_.provings;
  proof_wait_ = ProofWait::waiting;
  set_deadline(deadlines().progress);
  return Step::wait();
}

void Exchange::proved(Proving& proving) {
  if (proof_wait_ != ProofWait::waiting || proving.exchange != id_) return;
  if (stage_ != Stage::identify && stage_ != Stage::give_token) return;   // refused meanwhile: it took too long
  proof_wait_ = ProofWait::over;
  proof_reason_ = proving.reason;
  identity_ = std::move(proving.identity);   // of a replayed one, too: the record names who is meant to have it
  given_ = std::move(proving.token);
  given_at_ = proving.given;
  // Its sender's budget has paid already (Worker::proved).
  if (identity::costs_signature(proof_reason_) || proof_reason_ == Reason::token_issuer) ++session_.failed_tokens_;
}

Reason Exchange::still_believed() const {
  if (identity_->proof == identity::Proof::certificate) return Reason::none;   // see still_sent_by
  if (identity_->proof == identity::Proof::api_key) return Reason::none;   // the ledger says it, at each decision
  if (identity_->proof != identity::Proof::saml) return identity::standing(snapshot().issuers, *identity_);
  if (snapshot().saml == nullptr) return Reason::token_issuer;
  return identity::saml_standing(*snapshot().saml, *identity_, station_.wall_now());
}

// ---- requests to the gateway itself --------------------------------------------------------------

bool Exchange::is_own() const {
  const config::TokenExchange& own = snapshot().token_exchange;
  return !own.path.empty() && !path_.empty() && (path_ == own.path || path_ == own.keys_path);
}

// Before any body: what is refused here costs nothing.
Step Exchange::own_request() {
  facts_.route = policy::kNoRoute;
  tenant_ = nullptr;   // it is the gateway's own, whatever route takes its path
  own_ = path_ == snapshot().token_exchange.path ? Own::token : Own::keys;
  if (request().has_query)   // whatever it was: an assertion in a query is a credential
    std::memset(const_cast<char*>(request().query.data()), '*', request().query.size());
  if (own_ == Own::keys) {
    if (request().method != "GET" && request().method != "HEAD") return own_refusal(TokenError::none, "GET, HEAD");
    stage_ = Stage::answer_self;
    return Step::next();
  }
  if (request().method != "POST") return own_refusal(TokenError::invalid_request, "POST");
  for (const http::Field& field : request().fields.all()) {
    basic_ = field.id == http::FieldId::authorization && http::equals_ignore_case(field.value.substr(0, 6), "basic ");
    if (basic_) return own_refusal(TokenError::invalid_client);   // no client has a secret here
    if (carries_token(snapshot(), field)) return Step::reply(Reason::token_two_sources);
  }
  if (!is_token_head(request())) return own_refusal(TokenError::invalid_request);
  if (!may_prove()) return Step::reply(Reason::token_failures);
  set_deadline(deadlines().progress);
  body_.of_stranger();
  stage_ = Stage::collect_body;
  return Step::next();
}

Step Exchange::own_refusal(TokenError error, ByteView allow) {
  token_error_ = error;
  allow_ = allow;
  return Step::reply(Reason::token_request);
}

// The assertion goes to a job thread, which proves it, notes that it was used, and signs a token for it.
Step Exchange::give_token() {
  if (proof_wait_ == ProofWait::waiting) return Step::wait();
  assertion_ = true;
  if (proof_wait_ == ProofWait::none) {
    const auto assertion = read_token_request(body_.view());
    forget_body();
    if (!assertion) return own_refusal(assertion.error());
    if (assertion->size() > kAssertionTextMax) return Step::reply(Reason::token_size);
    return send_to_prove(*assertion, identity::SamlUse::exchange);
  }
  if (proof_reason_ != Reason::none) return Step::reply(proof_reason_);
  if (const Reason r = station_.ledger->standing(*identity_, station_.wall_now()); r != Reason::none) return Step::reply(r);
  stage_ = Stage::answer_self;
  return Step::next();
}

Step Exchange::answer_self() {
  decision_.verdict = policy::Verdict::allow;   // by the configuration itself: rules are for what goes to origins
  if (times_.decided == 0) times_.decided = station_.now();
  const identity::GatewayIssuer& issuer = *snapshot().issuers.gateway;
  if (issuer.keys == nullptr) return Step::reply(Reason::token_keys_unavailable);
  if (const Step step = record_request({}); step.kind != Step::Kind::next) return step;
  const std::string end = "\",\"token_type\":\"Bearer\",\"expires_in\":" +
                          std::to_string((given_.expires - given_at_) / kNsPerSecond) + "}\n";
  const ByteView begin = "{\"access_token\":\"", token = given_.text.reveal();
  const ByteView document = issuer.keys->document;
  status_ = 200;
  response_.sent = own_ == Own::keys ? document.size() : begin.size() + token.size() + end.size();
  if (response_.client_head.empty()) response_.client_head = own_head(response_.sent);   // once: a full log brings us here again
  if (const Step step = record_outcome(status_); step.kind != Step::Kind::next) return step;
  const bool is_head = request().method == "HEAD";
  if (own_ == Own::token) write_client({response_.client_head, begin, token, end});
  else write_client({response_.client_head, is_head ? ByteView{} : document});
  given_.text = {};
  if (is_head) response_.sent = 0;
  response_.state = ResponseHalf::State::done;
  stage_ = Stage::deliver;
  return Step::next();
}

ByteView Exchange::own_head(size_t body_bytes) {
  constexpr size_t kRoom = 1024;
  http::HeadWriter writer({arena_.take(kRoom, 1), kRoom});
  char id[kExchangeIdText];
  format_exchange_id(id_, id);
  // A client that still waits for "100 Continue" may send its body or not: nobody could tell it from the next request.
  const bool owed = request().expect_continue && !continue_sent_ && !body_complete_;
  reusable_ = request().keep_alive && !session_.leaving() && !owed;
  writer.status_line(200, http::status_phrase(200));
  writer.field("Content-Type", "application/json");
  writer.field("Cache-Control", own_ == Own::keys ? "max-age=60" : "no-store");   // the next key is there long before it is used
  writer.field(kExchangeField, {id, sizeof id});
  writer.field("Content-Length", uint64_t{body_bytes});
  if (!reusable_) writer.field("Connection", "close");
  writer.finish();
  return writer.bytes();
}

}  // namespace gatehouse::proxy
