#include "issuer/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>

#include "crypto/self_signed.h"
#include "issuer/provider.h"

namespace gatehouse::issuer {

namespace {

constexpr int kUsage = 64, kNoInput = 66, kUnavailable = 69, kCannotCreate = 73;

int fail(int code, const std::string& text) {
  fprintf(stderr, "issuer: %s\n", text.c_str());
  return code;
}

/// write_new creates a file that must not be there yet; "" or what went wrong.
std::string write_new(const std::string& path, ByteView text, mode_t mode) {
  int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (descriptor < 0) return path + ": " + strerror(errno);
  bool written = write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (close(descriptor) != 0 || !written) return path + ": cannot be written";
  return "";
}

/// read_file is empty where it cannot be read: who asked says what is wrong.
std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string read_certificate_file(const std::string& path) { return certificate_der(read_file(path)); }

int write_pair(const std::string& dir, ByteView key_pem, const std::string& other, ByteView other_text) {
  if (mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(kCannotCreate, dir + ": " + strerror(errno));
  }
  std::string problem = write_new(dir + "/key.pem", key_pem, 0600);
  if (problem.empty()) problem = write_new(dir + "/" + other, other_text, 0644);
  if (!problem.empty()) return fail(kCannotCreate, problem);
  printf("%s/key.pem\n%s/%s\n", dir.c_str(), dir.c_str(), other.c_str());
  return 0;
}

}  // namespace

int make_keys(const std::string& dir, const std::string& type) {
  crypto::PrivateKey key = type == "rsa"       ? crypto::PrivateKey::make_rsa()
                           : type == "ed25519" ? crypto::PrivateKey::make_ed25519()
                                               : crypto::PrivateKey::make_p256();
  SigningKey named = name_key(std::move(key));
  return write_pair(dir, named.key.to_pem().reveal(), "jwks.json", jwks(named) + "\n");
}

int print_token(const std::string& key_file, const std::string& certificate, TokenOrder order) {
  auto key = load_key(key_file);
  if (!key) return fail(kNoInput, key.error());
  if (!certificate.empty()) {
    const std::string der = read_certificate_file(certificate);
    if (der.empty()) return fail(kNoInput, certificate + ": no certificate in PEM");
    order.bound_to = thumbprint(der);
  }
  printf("%s\n", make_token(*key, order, static_cast<uint64_t>(time(nullptr))).c_str());
  return 0;
}

int print_assertion(const std::string& key_file, const AssertionOrder& order) {
  auto key = load_key(key_file);
  if (!key) return fail(kNoInput, key.error());
  if (key->key.type() == crypto::KeyType::ed25519) return fail(kUsage, key_file + ": assertions are signed with RSA or P-256 keys");
  printf("%s\n", make_assertion(key->key, order, static_cast<uint64_t>(time(nullptr))).c_str());
  return 0;
}

int print_metadata(const std::string& certificate, const std::string& entity) {
  const std::string der = read_certificate_file(certificate);
  if (der.empty()) return fail(kNoInput, certificate + ": no certificate in PEM");
  fputs(make_metadata(entity, der).c_str(), stdout);
  return 0;
}

int make_certificate(const std::string& dir, const CertificateWish& wish) {
  crypto::CertificateOrder order;
  order.names = wish.names;
  order.authority = wish.authority;
  WallNs now = static_cast<WallNs>(time(nullptr)) * kNsPerSecond;
  order.not_before = now - 60 * kNsPerSecond;  // clocks of two programs differ
  order.not_after = now + wish.days * 86400 * kNsPerSecond;
  if (wish.signed_by.empty()) {
    auto made = crypto::make_self_signed(order);
    if (!made) return fail(kUsage, made.error());
    return write_pair(dir, made->key_pem.reveal(), "cert.pem", made->certificate_pem);
  }
  const crypto::Certificate authority{read_file(wish.signed_by + "/cert.pem"),
                                      crypto::Secret{read_file(wish.signed_by + "/key.pem")}};
  auto made = crypto::make_signed(order, authority);
  if (!made) return fail(kNoInput, wish.signed_by + ": " + made.error());
  return write_pair(dir, made->key_pem.reveal(), "cert.pem", made->certificate_pem);
}

int serve(const ServeOptions& options) {
  std::optional<Address> address = parse_address(options.listen);
  if (!address) return fail(kUsage, "--listen: not an address: " + options.listen);
  auto key = load_key(options.key_file);
  if (!key) return fail(kNoInput, key.error());
  auto clients = load_clients(options.clients_file);
  if (!clients) return fail(kNoInput, clients.error());
  web::Server server;
  std::string problem = server.listen(*address);
  if (!problem.empty()) return fail(kUnavailable, options.listen + ": " + problem);

  std::string where = format_address(server.bound());
  std::string url = options.url.empty() ? "http://" + where : options.url;
  Provider provider({url, options.audience, options.ttl}, std::move(key).value(), std::move(clients).value());
  fprintf(stderr, "issuer: FOR DEVELOPMENT ONLY: keys in plain files, no limits; never trust it in production\n"
                  "issuer: listening on %s as %s\n", where.c_str(), url.c_str());
  server.run([&provider](const web::Call& call) { return provider.answer(call); });
  return 0;
}

}  // namespace gatehouse::issuer
