// Whose connection it is: the client's certificate, whether it still stands, who its holder is, and whether the caller
// may use a credential that is bound to one.
#include "identity/binding.h"
#include "proxy/exchange.h"
#include "proxy/session.h"

namespace gatehouse::proxy {

const tls::ClientCertificate* Session::certificate() const {
  const tls::Engine* tls = client_ == nullptr ? nullptr : client_->tls();
  return tls == nullptr ? nullptr : tls->certificate();
}

const config::ClientRules* Exchange::client_rules() const { return snapshot().listeners[session_.listener()].clients.get(); }

// With each request: users are taken out of a listener's, certificates end, and what they are verified by changes, while a
// connection lives. One that was made
// when none was required has no right to go on either.
Reason Exchange::check_sender() const {
  const std::optional<uint32_t> user = session_.client_->user();
  if (!snapshot().listeners[session_.listener()].lets_in(user)) return Reason::client_user;
  const config::ClientRules* rules = client_rules();
  if (session_.certificate() == nullptr)
    return rules != nullptr && rules->required ? Reason::certificate_ended : Reason::none;
  if (rules == nullptr || certificate_revoked()) return Reason::certificate_ended;
  const bool stands = session_.client_->tls()->stands(*rules->trust, station_.wall_now());
  return stands ? Reason::none : Reason::certificate_ended;
}

/// By our own list, beside those of its authorities.
bool Exchange::certificate_revoked() const {
  const tls::ClientCertificate* shown = session_.certificate();
  return shown != nullptr && station_.ledger->revocations->revokes_certificate(shown->facts.digest, station_.wall_now());
}

// Only where no credential at all was sent: one that is there and not understood must not fall back to another.
Step Exchange::certificate_caller(Reason otherwise) {
  const tls::ClientCertificate* shown = session_.certificate();
  if (shown == nullptr || client_rules()->identity.kind == identity::CertificateName::none) return Step::reply(otherwise);
  for (const http::Field& field : request().fields.all())
    if (carries_token(snapshot(), field)) return Step::reply(otherwise);
  return take_certificate(*shown);
}

// Once for a connection and configuration: which has one version.
Step Exchange::take_certificate(const tls::ClientCertificate& shown) {
  Session::Holder& holder = session_.holder_;
  if (holder.version != snapshot().version) {
    auto made = identity::certificate_identity(client_rules()->identity, shown.facts);
    holder = {snapshot().version, made ? *made : nullptr, made ? Reason::none : made.error()};
  }
  if (holder.identity == nullptr) return Step::reply(holder.reason);
  identity_ = holder.identity;
  stage_ = Stage::decide;
  return Step::next();
}

// A credential that is bound to a certificate is nothing in other hands.
Reason Exchange::check_binding() const {
  const tls::ClientCertificate* shown = session_.certificate();
  const bool may = identity::may_be_sent_by(*identity_, shown == nullptr ? nullptr : &shown->facts.digest);
  return may ? Reason::none : Reason::token_binding;
}

// While a person thought, rules and groups may have changed; that it is somebody else now would be a surprise.
Reason Exchange::still_sent_by() {
  if (const Reason ended = check_sender(); ended != Reason::none) return ended;
  if (identity_->proof != identity::Proof::certificate) return check_binding();
  const identity::IdentityRef before = identity_;
  const Step step = take_certificate(*session_.certificate());
  if (step.kind != Step::Kind::next) return step.reason;
  const bool same = identity_->issuer_url == before->issuer_url && identity_->subject == before->subject;
  return same ? Reason::none : Reason::certificate_unknown;
}

void Exchange::record_sender() {
  record::Sections& sections = station_.sections;
  const tls::ClientCertificate* shown = session_.certificate();
  if (shown == nullptr) return;
  sections.bytes(record::Tag::certificate_digest, view_of(std::span<const uint8_t>(shown->facts.digest)));
  sections.bytes(record::Tag::certificate_serial, shown->facts.serial);
  size_t told = 0;
  for (const auto* names : {&shown->facts.uris, &shown->facts.dns_names, &shown->facts.emails})
    for (const std::string& name : *names)
      if (told++ < kRecordedCertificateNamesMax) sections.bytes(record::Tag::certificate_name, name);
}

}  // namespace gatehouse::proxy
