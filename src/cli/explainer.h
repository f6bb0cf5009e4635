// What would become of a request, and why: the functions that exchanges ask, asked without one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/asked_request.h"
#include "cli/callers.h"
#include "config/compile.h"
#include "guard/guard.h"
#include "http/h1_parser.h"
#include "identity/token_cache.h"
#include "proxy/judge.h"
#include "proxy/refusal.h"
#include "proxy/told.h"

namespace gatehouse::cli {

/// Explained is one request judged. Owns its texts; names of the configuration are copies.
struct Explained {
  enum class Verdict : uint8_t { allow, deny, hold };
  struct RuleFired {
    std::string name;
    policy::Effect effect;
    uint32_t line;                 // of the configuration file; 0: not known
  };
  struct HitFired {
    std::string guard, check, place, evidence;
    guard::Effect effect;
    guard::Source source;
    uint64_t offset;               // of the value or key, as guards count
    std::string bytes;             // as they were read, around the evidence where it stands there to the letter
    uint64_t bytes_at;             // where those begin, counted likewise
    size_t mark;                   // which of them is pointed at
  };
  Verdict verdict = Verdict::deny;
  Reason reason = Reason::none;    // of a refusal
  proxy::Bound bound;              // that was hit
  identity::IdentityRef caller;    // null when nobody was proved
  std::string asked;               // "POST /v1/chunk", as asked
  std::string host, path, route;   // path in normal form; empty: it did not come to that
  std::vector<RuleFired> rules;
  std::vector<std::string> guards, answer_guards, masks;   // that look at the request, at the answer, change the answer
  std::vector<HitFired> hits;
  std::string origin, origin_line; // where it would go, and the request line that it would get
  std::vector<std::string> origin_fields;                  // likewise, those that the route sets: "X-User: job-7"
  std::vector<std::string> notes;  // what to do, and what could not be known here
};

/// Explainer judges requests by one configuration and what the store says of callers; one thread. It opens nothing: no network,
/// no records.
class Explainer {
 public:
  /// `prepared` must be ok() and outlive this.
  Explainer(const config::Prepared& prepared, KeptLedger kept);

  /// explain judges one; the error says why no client could send such a request.
  Result<Explained, std::string> explain(const AskedRequest& asked);

 private:
  struct Request;
  std::string token_field(const AskedRequest& asked);
  Result<Reason, std::string> shake_hands(const AskedRequest& asked, Request& request);
  Reason identify(Request& request, Explained& out);
  Reason prove(Request& request, Explained& out);
  Reason standing(const Request& request, Explained& out) const;
  Reason decide(Request& request, Explained& out);
  Reason inspect(Request& request, Explained& out);
  proxy::Verified verified(const Request& request, const config::Route* route, Explained& out) const;
  Reason forward(Request& request, Explained& out);
  void note_token(Reason reason, ByteView token, Explained& out) const;
  void tell(const Request& request, Explained& out) const;

  const config::Loaded& loaded_;
  const config::Snapshot& snapshot_;
  const KeptLedger kept_;
  guard::Inspector inspector_;
  identity::TokenCache tokens_;
  identity::ApiKeyDesk key_desk_;
  std::unique_ptr<http::RequestHead> head_;   // large
};

}  // namespace gatehouse::cli
