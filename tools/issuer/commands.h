// What `issuer` can be told to do. Each returns an exit code of sysexits(3) and says on stderr what is wrong.
#pragma once

#include <string>
#include <vector>

#include "issuer/assertion.h"
#include "issuer/token.h"

namespace gatehouse::issuer {

/// make_keys writes DIR/key.pem (0600) and DIR/jwks.json; refuses to overwrite. type: p256, ed25519, rsa.
int make_keys(const std::string& dir, const std::string& type);

/// print_token signs one token with key_file and prints it; `certificate` is a PEM file that it is bound to, or empty.
int print_token(const std::string& key_file, const std::string& certificate, TokenOrder order);

/// print_assertion signs one assertion and prints it; print_metadata prints what lets a gateway believe it.
int print_assertion(const std::string& key_file, const AssertionOrder& order);
int print_metadata(const std::string& certificate, const std::string& entity);

struct CertificateWish {
  std::vector<std::string> names;   // DNS names and IP addresses
  unsigned days = 30;
  bool authority = false;           // may sign others
  std::string signed_by;            // folder of an authority; empty: itself
};

/// make_certificate writes DIR/cert.pem and DIR/key.pem (0600), P-256; refuses to overwrite.
int make_certificate(const std::string& dir, const CertificateWish& wish);

struct ServeOptions {
  std::string listen = "127.0.0.1:9800";
  std::string url;           // "": http:// and the listening address
  std::string key_file;
  std::string clients_file;
  std::string audience;
  int64_t ttl = 600;
};

/// serve answers until SIGTERM or SIGINT.
int serve(const ServeOptions& options);

}  // namespace gatehouse::issuer
