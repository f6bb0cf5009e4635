// An issuer with real keys, and tokens that are right unless a test changes something.
#pragma once

#include <map>
#include <ostream>
#include <string>

#include "identity/jwt.h"
#include "identity/mint.h"

namespace gatehouse::identity {

inline constexpr WallNs kNow = 1'800'000'000 * kNsPerSecond;
inline constexpr ByteView kUrl = "https://issuer.test/realms/jobs";

/// Claims writes a JSON object whose members are JSON texts; set(name, "") leaves one out.
class Claims {
 public:
  Claims() {
    set("iss", "\"" + std::string(kUrl) + "\"").set("aud", "\"chunking\"").set("sub", "\"job-7\"");
    set("iat", "1799999990").set("nbf", "1799999990").set("exp", "1800000300");
    set("jti", "\"id-1\"").set("groups", "[\"ingest\",\"batch\"]");
  }
  Claims& set(const std::string& name, const std::string& json) {
    members_[name] = json;
    return *this;
  }
  std::string json() const {
    std::string text = "{";
    for (const auto& [name, value] : members_)
      if (!value.empty()) text += (text.size() > 1 ? ",\"" : "\"") + name + "\":" + value;
    return text + "}";
  }

 private:
  std::map<std::string, std::string> members_;
};

/// World holds one key of each type, made once: RSA keys are slow to make.
struct World {
  crypto::PrivateKey rsa = crypto::PrivateKey::make_rsa();
  crypto::PrivateKey ec = crypto::PrivateKey::make_p256();
  crypto::PrivateKey ed = crypto::PrivateKey::make_ed25519();
  crypto::PrivateKey stranger = crypto::PrivateKey::make_p256();

  static const World& get() {
    static const World world;
    return world;
  }

  std::string jwks() const {
    return "{\"keys\":[" + jwk_text(rsa.public_key(), "rsa") + "," + jwk_text(ec.public_key(), "ec") + "," +
           jwk_text(ed.public_key(), "ed") + "]}";
  }

  Issuer issuer() const {
    Issuer made;
    made.name = "jobs";
    made.url = kUrl;
    made.audiences = {"gateway", "chunking"};
    made.algorithms = {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa};
    made.keys = KeySet::parse(jwks()).value();
    return made;
  }

  IssuerSet issuers() const { return {{issuer()}}; }
};

inline const World& world() { return World::get(); }

inline std::string good_token(const Claims& claims = {}) {
  return mint_jwt(World::get().ec, "ec", claims.json());
}

/// verdict is Reason::none when the token is accepted.
inline Reason verdict(const IssuerSet& issuers, ByteView token, WallNs now = kNow) {
  const auto result = verify_jwt(issuers, token, now);
  return result.ok() ? Reason::none : result.error();
}
inline Reason verdict(ByteView token) { return verdict(World::get().issuers(), token); }
inline Reason verdict(const Claims& claims) { return verdict(good_token(claims)); }

/// verdict_of_header signs good claims under any header with the EC key.
inline Reason verdict_of_header(ByteView header) {
  return verdict(sign_jws(World::get().ec, header, Claims().json()));
}

}  // namespace gatehouse::identity

namespace gatehouse {
inline void PrintTo(Reason reason, std::ostream* out) { *out << reason_name(reason); }
}  // namespace gatehouse
