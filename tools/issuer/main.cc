// A development OIDC issuer: FOR DEVELOPMENT ONLY.
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "issuer/commands.h"

namespace {

using gatehouse::cli::Command;

/// SamlWords is what the commands of a SAML identity provider are told.
struct SamlWords {
  gatehouse::issuer::AssertionOrder order;
  std::string key_file, certificate_file;
};

void add_saml(Command assertion, Command metadata, SamlWords& words) {
  assertion.add_option("--key-file", words.key_file, "private key in PEM, P-256 or RSA").required();
  assertion.add_option("--entity", words.order.entity, "the provider's entityID").required();
  assertion.add_option("--subject", words.order.subject, "who it is for").required();
  assertion.add_option("--audience", words.order.audience, "who may believe it").required();
  assertion.add_option("--recipient", words.order.recipient, "where it may be shown").required();
  assertion.add_option("--groups", words.order.groups, "names, separated by commas").delimiter(',');
  assertion.add_option("--ttl", words.order.ttl, "seconds that it is valid").show_default();
  assertion.footer("Example:\n  issuer assertion --key-file idp/key.pem --entity urn:example:idp --subject nightly-index "
                   "--audience urn:gatehouse:quickstart --recipient https://localhost:8443/oauth/token "
                   "--groups chunk-readers");

  metadata.add_option("--certificate", words.certificate_file, "certificate of its key, PEM", "FILE").required();
  metadata.add_option("--entity", words.order.entity, "the provider's entityID").required();
  metadata.footer("Example:\n  issuer metadata --certificate idp/cert.pem --entity urn:example:idp");
}

void add_serve(Command server, gatehouse::issuer::ServeOptions& options) {
  server.add_option("--listen", options.listen, "address").show_default();
  server.add_option("--url", options.url, "the iss claim; default: http:// and the address");
  server.add_option("--key-file", options.key_file, "private key in PEM").required();
  server.add_option("--clients", options.clients_file, "TOML file of [[client]] id, secret_file, groups").required();
  server.add_option("--audience", options.audience, "the aud claim of every token").required();
  server.add_option("--ttl", options.ttl, "seconds that a token is valid").show_default();
  server.footer("Example:\n  issuer serve --key-file keys/key.pem --clients clients.toml "
                "--audience urn:gatehouse:quickstart\n"
                "  curl -X POST http://127.0.0.1:9800/rotate   # a new key signs, the one before stays published\n"
                "  curl -u nightly-index:SECRET -d grant_type=client_credentials http://127.0.0.1:9800/token");
}

std::string no_claim(const std::string& word) {
  const size_t sign = word.find('=');
  return sign == 0 || sign == std::string::npos ? "'" + word + "' is not NAME=VALUE" : "";
}

std::pair<std::string, std::string> claim_of(const std::string& word) {
  const size_t sign = word.find('=');
  return {word.substr(0, sign), word.substr(sign + 1)};
}

}  // namespace

int main(int count, char** words) {
  using namespace gatehouse::issuer;
  gatehouse::cli::Program app("An OIDC issuer FOR DEVELOPMENT ONLY: makes keys, tokens and certificates; serves on loopback.",
                              "issuer");
  app.require_subcommand();
  std::string dir, type = "p256", key_file;
  TokenOrder order;
  std::vector<std::string> names, addresses, claims;
  std::string bound_to, signed_by;
  bool authority = false;
  SamlWords saml;
  unsigned days = 30;
  ServeOptions options;

  const Command keys = app.add_subcommand("keys", "make a signing key and its jwks.json");
  keys.add_option("--dir", dir, "folder to write key.pem and jwks.json to").required();
  keys.add_option("--type", type, "p256, ed25519 or rsa").member({"p256", "ed25519", "rsa"}).show_default();
  keys.footer("Example:\n  issuer keys --dir keys");
  keys.runs([&] { return make_keys(dir, type); });

  const Command token = app.add_subcommand("token", "sign one token and print it");
  token.add_option("--key-file", key_file, "private key in PEM").required();
  token.add_option("--issuer", order.issuer, "the iss claim, such as http://127.0.0.1:9800").required();
  token.add_option("--client", order.client, "who the token is for: sub, client_id and azp").required();
  token.add_option("--audience", order.audience, "the aud claim").required();
  token.add_option("--groups", order.groups, "names, separated by commas").delimiter(',');
  token.add_option("--claim", claims, "a further claim, a text; may be repeated", "NAME=VALUE").check(no_claim);
  token.add_option("--ttl", order.ttl, "seconds that the token is valid").show_default();
  token.add_option("--bound-to", bound_to, "client certificate in PEM that the token is bound to (RFC 8705)", "FILE");
  token.footer("Example:\n  issuer token --key-file keys/key.pem --issuer http://127.0.0.1:9800 "
               "--client nightly-index --audience urn:gatehouse:quickstart --groups chunk-readers");
  token.runs([&] {
    for (const std::string& each : claims) order.claims.push_back(claim_of(each));
    return print_token(key_file, bound_to, order);
  });

  const Command certificate = app.add_subcommand("certificate", "make a P-256 certificate for TLS");
  certificate.add_option("--dir", dir, "folder to write key.pem and cert.pem to").required();
  certificate.add_option("--name", names, "DNS name; may be repeated");
  certificate.add_option("--ip", addresses, "IP address; may be repeated");
  certificate.add_option("--days", days, "days that it is valid").range(1, 3650).show_default();
  certificate.add_flag("--authority", authority, "one that signs others");
  certificate.add_option("--signed-by", signed_by, "folder of the authority that signs it; default: itself", "DIR");
  certificate.footer("Examples:\n  issuer certificate --dir tls --name localhost --ip 127.0.0.1\n"
                     "  issuer certificate --dir clients --authority\n"
                     "  issuer certificate --dir job --name job.example --signed-by clients");
  certificate.runs([&] {
    names.insert(names.end(), addresses.begin(), addresses.end());
    return make_certificate(dir, {names, days, authority, signed_by});
  });

  const Command assertion = app.add_subcommand("assertion", "sign one SAML 2.0 assertion and print it");
  const Command metadata = app.add_subcommand("metadata", "print a SAML identity provider's metadata");
  add_saml(assertion, metadata, saml);
  assertion.runs([&] { return print_assertion(saml.key_file, saml.order); });
  metadata.runs([&] { return print_metadata(saml.certificate_file, saml.order.entity); });

  const Command server = app.add_subcommand("serve", "answer discovery, /jwks and /token on loopback");
  add_serve(server, options);
  server.runs([&] { return serve(options); });

  if (const auto code = app.parse(count, words)) return *code;
  return app.chosen()();
}
