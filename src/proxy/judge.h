// What is decided of a request, without its connection: the stages of Exchange ask here, and so does `gatehouse explain`.
#pragma once

#include "base/arena.h"
#include "base/result.h"
#include "config/snapshot.h"
#include "guard/guard.h"
#include "http/message.h"
#include "policy/policy.h"

namespace gatehouse::proxy {

/// route_of is the route that the facts name, in this snapshot; null when they name none.
const config::Route* route_of(const config::Snapshot& snapshot, const policy::Facts& facts);

/// take_route says where a request goes: facts.path (normal form, in the arena; what is there already stays), facts.route
/// and facts.origin. `server_name` is of the client's TLS; empty when there is none. none, http_misdirected, http_path or
/// policy_route.
Reason take_route(const config::Snapshot& snapshot, const http::RequestHead& request, ByteView server_name, Arena& arena,
                  policy::Facts* facts);

/// token_of is the caller's token, where the route says that it stands; a view into the head. token_missing or
/// token_two_sources.
Result<ByteView, Reason> token_of(const config::Snapshot& snapshot, const config::Route* route, const http::FieldList& fields);

/// assertion_of is the SAML assertion of a request without a token: "Authorization: SAML x" where the route takes tokens from
/// there, the scheme in any case, one space, base64url as sent. A view into the head; empty when there is none, or none is trusted.
ByteView assertion_of(const config::Snapshot& snapshot, const config::Route* route, const http::FieldList& fields);

/// carries_token: a field that a token could stand in, on this route or on another one. Who sends two means one of them
/// for somebody else, and which one would be believed must not depend on who reads.
bool carries_token(const config::Snapshot& snapshot, const http::Field& field);

/// cover_credentials overwrites in place every credential of the head with '*': nobody after it sees one. Returns what
/// the request comes to, which may be http_query_credential where it was `so_far`.
Reason cover_credentials(const config::Snapshot& snapshot, const http::RequestHead& request, Reason so_far);

/// Turn is where a decision leads.
enum class Turn : uint8_t {
  refuse,    // with `reason`
  collect,   // all of the body is needed first
  inspect,   // by `guards`; then judge again
  ask,       // a person; all of the body is there
  forward,   // to the origin
};
struct Judgement {
  policy::Decision decision;
  Turn turn = Turn::refuse;
  Reason reason = Reason::none;
};

/// judge decides; `whole` says whether all of the body is there.
Judgement judge(const config::Snapshot& snapshot, const http::RequestHead& request, const identity::Identity& identity,
                const policy::Facts& facts, bool whole, WallNs now);

/// too_large_to_collect: none, or why a body with so many bytes up to now is refused where all of it is needed.
Reason too_large_to_collect(const Limits& limits, uint64_t bytes);

/// guards_of_request are those of a decision that look at requests.
guard::Selection guards_of_request(const config::Snapshot& snapshot, const policy::Decision& decision);

/// seen_by_guards is a request as guards get it; views. `body` has kSimdPadding readable bytes behind it.
guard::Request seen_by_guards(const config::Snapshot& snapshot, const http::RequestHead& request, const policy::Facts& facts,
                              ByteView body);

/// heed notes what guards said for the next judge(); returns why the request is refused, or none.
Reason heed(const guard::Verdict& verdict, policy::Facts* facts);

/// missing_credential: origin_credential when the origin is to be shown one that could not be read.
Reason missing_credential(const config::Origin& origin);

/// origin_path is the path that the origin gets: rewritten by the route, in the arena, or `path` itself.
ByteView origin_path(const config::Route* route, ByteView path, Arena& arena);

}  // namespace gatehouse::proxy
