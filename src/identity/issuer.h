// Issuers that are trusted, and their keys (RFC 7517).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "identity/group_rules.h"
#include "identity/subject_template.h"

namespace gatehouse::identity {

enum class Algorithm : uint8_t { rs256, es256, eddsa };

/// name_of is its JWS name (RFC 7518 section 3.1, RFC 8037).
constexpr ByteView name_of(Algorithm algorithm) {
  return algorithm == Algorithm::rs256 ? "RS256" : algorithm == Algorithm::es256 ? "ES256" : "EdDSA";
}

/// KeySet is the usable signature keys of one JWKS document. Immutable; shared by all workers.
class KeySet {
 public:
  /// Broken is what becomes of a set with a key of a usable type that cannot be used (short RSA, point off the curve).
  enum class Broken : uint8_t {
    refuse,     // whoever wrote the set is here to mend it
    leave_out,  // of others' sets (RFC 7517 section 5), while another key is usable: what they withdraw or add is not lost
  };

  /// parse reads a JWKS document (at most 256 KiB, 64 keys). Keys of other types or uses are left out, too. A kid that
  /// is there twice or a private part beside a public one is an error either way. The error says which key and why.
  static Result<std::shared_ptr<const KeySet>, std::string> parse(ByteView document, Broken broken = Broken::refuse);
  ~KeySet();
  KeySet(const KeySet&) = delete;

  size_t size() const;
  /// generation differs between any two key sets of this process.
  uint64_t generation() const;
  /// left_out says which broken key was the first to be left out, and why; empty: none. Plain text, owned by the set.
  const std::string& left_out() const;

  struct State;
  const State& state() const { return *state_; }

 private:
  KeySet();
  std::unique_ptr<State> state_;
};

/// RecordClaim is a claim that goes into records in clear, under a name.
struct RecordClaim {
  std::string name;
  std::string path;
};

/// Issuer is one trusted token issuer as configured. keys is null until they were fetched.
struct Issuer {
  std::string name;                   // ours
  std::string url;                    // must equal `iss` exactly
  std::vector<std::string> audiences; // one of them must be in `aud`
  std::vector<Algorithm> algorithms;  // allow-list
  std::string groups_claim = "groups";// path (see claim_values.h) to an array of strings or one string with
                                      // single spaces between the groups; empty: groups come by rule alone
  std::string group_prefix;           // before every group, those by rule too
  std::vector<GroupRule> group_rules;
  std::vector<Condition> require;     // all of them must hold, else token_condition
  SubjectTemplate subject;            // empty: `sub` as it is
  std::vector<RecordClaim> record_claims;
  uint64_t mapping = 0;               // another for other conditions, groups or subjects: who was proved under other
                                      // ones is not who he would be now
  WallNs leeway = 30 * kNsPerSecond;  // for exp, nbf, iat
  std::shared_ptr<const KeySet> keys;
  bool fetched = false;               // keys come over the network: an unknown one may be new
};

struct GatewayIssuer;

/// IssuerSet is all trusted issuers of one snapshot. Immutable.
struct IssuerSet {
  std::vector<Issuer> issuers;
  std::shared_ptr<const GatewayIssuer> gateway;   // the gateway itself, for assertions; null: it gives no tokens
  const Issuer* find(ByteView url) const;
};

}  // namespace gatehouse::identity
