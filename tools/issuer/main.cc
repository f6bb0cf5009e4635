// A development OIDC issuer: FOR DEVELOPMENT ONLY.
#include <CLI/CLI.hpp>

#include "issuer/commands.h"

namespace {

/// SamlWords is what the commands of a SAML identity provider are told.
struct SamlWords {
  gatehouse::issuer::AssertionOrder order;
  std::string key_file, certificate_file;
};

void add_saml(CLI::App* assertion, CLI::App* metadata, SamlWords& words) {
  assertion->add_option("--key-file", words.key_file, "private key in PEM, P-256 or RSA")->required();
  assertion->add_option("--entity", words.order.entity, "the provider's entityID")->required();
  assertion->add_option("--subject", words.order.subject, "who it is for")->required();
  assertion->add_option("--audience", words.order.audience, "who may believe it")->required();
  assertion->add_option("--recipient", words.order.recipient, "where it may be shown")->required();
  assertion->add_option("--groups", words.order.groups, "names, separated by commas")->delimiter(',');
  assertion->add_option("--ttl", words.order.ttl, "seconds that it is valid")->capture_default_str();
  assertion->footer("Example:\n  issuer assertion --key-file idp/key.pem --entity urn:example:idp --subject nightly-index "
                    "--audience urn:gatehouse:quickstart --recipient https://localhost:8443/oauth/token "
                    "--groups chunk-readers");

  metadata->add_option("--certificate", words.certificate_file, "certificate of its key, PEM")->required()->type_name("FILE");
  metadata->add_option("--entity", words.order.entity, "the provider's entityID")->required();
  metadata->footer("Example:\n  issuer metadata --certificate idp/cert.pem --entity urn:example:idp");
}

void add_serve(CLI::App* server, gatehouse::issuer::ServeOptions& options) {
  server->add_option("--listen", options.listen, "address")->capture_default_str();
  server->add_option("--url", options.url, "the iss claim; default: http:// and the address");
  server->add_option("--key-file", options.key_file, "private key in PEM")->required();
  server->add_option("--clients", options.clients_file, "TOML file of [[client]] id, secret_file, groups")
      ->required();
  server->add_option("--audience", options.audience, "the aud claim of every token")->required();
  server->add_option("--ttl", options.ttl, "seconds that a token is valid")->capture_default_str();
  server->footer("Example:\n  issuer serve --key-file keys/key.pem --clients clients.toml "
                 "--audience urn:gatehouse:quickstart\n"
                 "  curl -X POST http://127.0.0.1:9800/rotate   # a new key signs, the one before stays published\n"
                 "  curl -u nightly-index:SECRET -d grant_type=client_credentials http://127.0.0.1:9800/token");
}

void add_claims(CLI::App* token, gatehouse::issuer::TokenOrder& order) {
  const auto take = [&order](const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      const size_t sign = word.find('=');
      if (sign == 0 || sign == std::string::npos) throw CLI::ValidationError("--claim", "'" + word + "' is not NAME=VALUE");
      order.claims.emplace_back(word.substr(0, sign), word.substr(sign + 1));
    }
  };
  token->add_option_function<std::vector<std::string>>("--claim", take, "a further claim, a text; may be repeated")
      ->type_name("NAME=VALUE");
}

}  // namespace

int main(int count, char** words) {
  using namespace gatehouse::issuer;
  CLI::App app{"An OIDC issuer FOR DEVELOPMENT ONLY: makes keys, tokens and certificates; serves on loopback."};
  app.require_subcommand(1);
  std::string dir, type = "p256", key_file;
  TokenOrder order;
  std::vector<std::string> names, addresses;
  std::string bound_to, signed_by;
  bool authority = false;
  SamlWords saml;
  unsigned days = 30;
  ServeOptions options;

  CLI::App* keys = app.add_subcommand("keys", "make a signing key and its jwks.json");
  keys->add_option("--dir", dir, "folder to write key.pem and jwks.json to")->required();
  keys->add_option("--type", type, "p256, ed25519 or rsa")
      ->check(CLI::IsMember({"p256", "ed25519", "rsa"}))->capture_default_str();
  keys->footer("Example:\n  issuer keys --dir keys");

  CLI::App* token = app.add_subcommand("token", "sign one token and print it");
  token->add_option("--key-file", key_file, "private key in PEM")->required();
  token->add_option("--issuer", order.issuer, "the iss claim, such as http://127.0.0.1:9800")->required();
  token->add_option("--client", order.client, "who the token is for: sub, client_id and azp")->required();
  token->add_option("--audience", order.audience, "the aud claim")->required();
  token->add_option("--groups", order.groups, "names, separated by commas")->delimiter(',');
  add_claims(token, order);
  token->add_option("--ttl", order.ttl, "seconds that the token is valid")->capture_default_str();
  token->add_option("--bound-to", bound_to, "client certificate in PEM that the token is bound to (RFC 8705)")->type_name("FILE");
  token->footer("Example:\n  issuer token --key-file keys/key.pem --issuer http://127.0.0.1:9800 "
                "--client nightly-index --audience urn:gatehouse:quickstart --groups chunk-readers");

  CLI::App* certificate = app.add_subcommand("certificate", "make a P-256 certificate for TLS");
  certificate->add_option("--dir", dir, "folder to write key.pem and cert.pem to")->required();
  certificate->add_option("--name", names, "DNS name; may be repeated");
  certificate->add_option("--ip", addresses, "IP address; may be repeated");
  certificate->add_option("--days", days, "days that it is valid")
      ->check(CLI::Range(1, 3650))->capture_default_str();
  certificate->add_flag("--authority", authority, "one that signs others");
  certificate->add_option("--signed-by", signed_by, "folder of the authority that signs it; default: itself")
      ->type_name("DIR");
  certificate->footer("Examples:\n  issuer certificate --dir tls --name localhost --ip 127.0.0.1\n"
                      "  issuer certificate --dir clients --authority\n"
                      "  issuer certificate --dir job --name job.example --signed-by clients");

  CLI::App* assertion = app.add_subcommand("assertion", "sign one SAML 2.0 assertion and print it");
  CLI::App* metadata = app.add_subcommand("metadata", "print a SAML identity provider's metadata");
  add_saml(assertion, metadata, saml);

  CLI::App* server = app.add_subcommand("serve", "answer discovery, /jwks and /token on loopback");
  add_serve(server, options);

  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  }
  if (keys->parsed()) return make_keys(dir, type);
  if (token->parsed()) return print_token(key_file, bound_to, order);
  if (assertion->parsed()) return print_assertion(saml.key_file, saml.order);
  if (metadata->parsed()) return print_metadata(saml.certificate_file, saml.order.entity);
  if (server->parsed()) return serve(options);
  names.insert(names.end(), addresses.begin(), addresses.end());
  return make_certificate(dir, {names, days, authority, signed_by});
}
