// A temporary folder with the files that the configurations of tests/data/config name.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/time.h"
#include "crypto/self_signed.h"

namespace gatehouse::config {

inline constexpr const char* kKeySet =
    R"({"keys":[{"kty":"EC","crv":"P-256","kid":"1","alg":"ES256","use":"sig",)"
    R"("x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]})";

inline constexpr const char* kMetadata =   // of a SAML provider
    R"x(<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ent)x"
    R"x(ityID="https://idp.example/saml"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol)x"
    R"x("><md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>MIIBfDCCASGgAwIBAgIUJU25UCHBlzQgVnA2Ifw)x"
    R"x(N2pM4r/UwCgYIKoZIzj0EAwIwEzERMA8GA1UEAwwIcHJvdmlkZXIwHhcNMjYxMTI4MTgyNjQ0WhcNMjYxMTMwMTgyNjQ0WjATMREwDwYDVQQDDAhwcm92a)x"
    R"x(WRlcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPYJCFBGX49QWA9v0CQgr57ezKcOxVPjAkTAOYe3rorMZ4oxz01wCGmeISJKkaLm5nlMrPFj1+El4dO)x"
    R"x(gjT/KRk+jUzBRMB0GA1UdDgQWBBQdxvnnPJuRB7xUXIQ07lIazpndFjAfBgNVHSMEGDAWgBQdxvnnPJuRB7xUXIQ07lIazpndFjAPBgNVHRMBAf8EBTADA)x"
    R"x(QH/MAoGCCqGSM49BAMCA0kAMEYCIQDLL3ONVb3sTPdr2m0k0h4++vsFTLftvGOa+Mt0/MITMAIhANkGz5WoQX/U4K2YR7lxPlQQiuvdVeK6OHhTp4U+CDC)x"
    R"x(v</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:t)x"
    R"x(c:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/saml/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>)x";

inline WallNs wall_now() { return static_cast<WallNs>(time(nullptr)) * kNsPerSecond; }

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/gatehouse-config-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  void write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const std::string full = path_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(full).parent_path());
    std::ofstream(full, std::ios::binary | std::ios::trunc) << text;
    chmod(full.c_str(), mode);
  }

  void write_certificate(const std::string& chain, const std::string& key, WallNs not_after) const {
    crypto::CertificateOrder order;
    order.names = {"localhost"};
    order.not_before = wall_now() - 10 * kDay;
    order.not_after = not_after;
    const auto made = crypto::make_self_signed(order);
    write(chain, made.value().certificate_pem, 0644);
    write(key, std::string(made.value().key_pem.reveal()));
  }

  /// standard writes all that the broken configurations name.
  void standard() const {
    write_certificate("tls/cert.pem", "tls/key.pem", wall_now() + 365 * kDay);
    write_certificate("tls/other.pem", "tls/other-key.pem", wall_now() + 365 * kDay);
    write_certificate("tls/expired.pem", "tls/expired-key.pem", wall_now() - kDay);
    for (const char* name : {"ca.pem", "stranger.pem", "workload.pem", "before.crl", "after.crl", "ended.crl", "stranger.crl"})
      write(std::string("clients/") + name, read_text(std::string(SOURCE_ROOT) + "/tests/data/clients/" + name), 0644);
    write("keys.json", kKeySet, 0644);
    write("broken-keys.json", R"({"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"AA","y":"AA"}]})", 0644);
    write("idp.xml", kMetadata, 0644);
    write("ended-idp.xml", std::string(kMetadata).insert(20, " validUntil=\"2026-01-01T00:00:00Z\""), 0644);
    write("many-idp.xml", "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"/>", 0644);
    write("secrets/chunker.key", "s3cr3t-of-the-chunker\n");
    write("secrets/open.key", "s3cr3t-of-the-chunker\n", 0644);
    write("secrets/two-lines.key", "one\ntwo\n");
    write("secrets/empty.key", "");
  }

  static constexpr WallNs kDay = 24 * 3600 * kNsPerSecond;

 private:
  std::string path_;
};

}  // namespace gatehouse::config
