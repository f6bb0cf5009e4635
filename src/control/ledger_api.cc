#include "control/ledger_api.h"

namespace gatehouse::control {
namespace {

using Declined = Failure<Answer>;
using Wish = LedgerWish::Kind;

constexpr ByteView kKeys = "/api-keys", kRevocations = "/revocations";

bool under(ByteView path, ByteView top) { return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/'); }

Declined malformed(const std::string& text) { return Declined{json_error(400, "body", text)}; }

/// kind_of finds what a path and method ask for; false with the answer when nothing.
bool kind_of(const Request& request, LedgerWish* wish, Answer* refusal) {
  const bool asks = request.method == "GET", tells = request.method == "POST";
  const auto take = [&](bool good, Wish kind, ByteView allow) {
    wish->kind = kind;
    if (good) return true;
    *refusal = json_error(405, "method", "this path does not take that method");
    refusal->allow = allow;
    return false;
  };
  ByteView path = request.path;
  if (path == kKeys) return take(asks || tells, tells ? Wish::create : Wish::list_keys, "GET, POST");
  if (path == kRevocations) return take(asks || tells, tells ? Wish::add : Wish::list_revocations, "GET, POST");
  if (path == "/revocations/remove") return take(tells, Wish::remove, "POST");
  path.remove_prefix(kKeys.size() < path.size() && path.starts_with(kKeys) ? kKeys.size() + 1 : path.size());
  const ByteView id = path.substr(0, identity::kApiKeyIdText), verb = path.substr(id.size());
  if (identity::is_api_key_id(id) && (verb == "/expire" || verb == "/revoke")) {
    wish->key.id = id;
    return take(tells, verb == "/expire" ? Wish::expire : Wish::revoke, "POST");
  }
  *refusal = json_error(404, "path", "there is /api-keys[/{id}/expire|/{id}/revoke] and /revocations[/remove]");
  return false;
}

}  // namespace

bool is_ledger_path(ByteView path) { return under(path, kKeys) || under(path, kRevocations); }

Result<LedgerWish, Answer> read_wish(const Request& request, const std::string& by, const std::vector<KnownIssuer>& known,
    uint32_t own) {
  LedgerWish wish;
  wish.by = by;
  Answer refusal;
  if (!kind_of(request, &wish, &refusal)) return Declined{std::move(refusal)};
  if (lets_in(wish.kind) && !may_let_in(by, own))
    return Declined{json_error(403, "user", "what lets callers in is for the user that the gateway runs as, and for root")};
  switch (wish.kind) {
    case Wish::list_keys: break;
    case Wish::revoke:
      if (!request.body.empty() && request.body != "{}") return malformed("expected nothing");
      break;
    case Wish::list_revocations:
      if (request.query.empty()) break;
      if (!request.query.starts_with("after=") || !read_cursor(request.query.substr(6), &wish.after))
        return Declined{json_error(400, "query", "expected ?after= and what `next` said")};
      wish.from_start = false;
      break;
    case Wish::add:
    case Wish::remove: {
      auto entries = read_revocations(request.body, wish.kind == Wish::add ? &known : nullptr);
      if (!entries) return malformed(entries.error());
      wish.revocations = std::move(*entries);
      break;
    }
    case Wish::create: {
      auto key = read_new_key(request.body);
      if (!key) return malformed(key.error());
      wish.key = std::move(*key);
      break;
    }
    case Wish::expire: {
      const auto expires = read_expiry(request.body);
      if (!expires) return malformed(expires.error());
      wish.key.expires = *expires;
      break;
    }
  }
  return wish;
}

}  // namespace gatehouse::control
