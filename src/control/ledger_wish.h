// What people ask of the ledger: API keys and revocations, as bodies of the admin socket say it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "identity/api_key.h"
#include "identity/revocations.h"

namespace gatehouse::control {

/// LedgerWish is one question or change. Revocations and keys are without fault_of.
struct LedgerWish {
  enum class Kind : uint8_t {
    list_revocations,   // behind `after`
    add,                // revocations
    remove,             // revocations, of which what, issuer and value count
    list_keys,
    create,             // key: name, groups, expires
    expire,             // key: id, expires
    revoke,             // key: id
  };
  Kind kind = Kind::list_keys;
  std::vector<identity::Revocation> revocations;
  identity::Revocation after;   // what, issuer, value; all empty: from the beginning
  bool from_start = true;
  identity::ApiKey key;
  std::string by;               // who asks
};

/// KnownIssuer is a configured issuer of any kind: people may name it by either.
struct KnownIssuer {
  std::string name, url;
};

/// lets_in: somebody may be believed because of it who is not now. Such wishes are for the superuser and the user that the
/// gateway runs as; those that shut out are for whoever may write to the admin socket.
bool lets_in(LedgerWish::Kind kind);
/// may_let_in: `by` ("uid:1000(anna)") is one of the two.
bool may_let_in(ByteView by, uint32_t own);

/// read_time reads RFC 3339 in UTC, "2026-01-31T23:59:59Z", with or without a fraction; nothing for anything else.
bool read_time(ByteView text, WallNs* out);

inline constexpr size_t kWishEntriesMax = 10'000;   // revocations in one body

// Each reads a body; the error is for the asker. Members that are not known are refused, as are those of another type:
// half a wish is a surprise.

/// {"revocations":[{"what":"token","issuer":"login","value":"...","ends":"2026-...Z","note":"..."},...]}; ends and note may be
/// absent, and so may `issuer` of a certificate. What list gives besides (made, by) is accepted and not looked at. An
/// issuer must be a known one, unless `known` is null.
Result<std::vector<identity::Revocation>, std::string> read_revocations(ByteView body, const std::vector<KnownIssuer>* known);

/// {"name":"...","groups":["..."],"expires":"2026-...Z"}; expires absent: never.
Result<identity::ApiKey, std::string> read_new_key(ByteView body);

/// {"expires":"2026-...Z"}
Result<WallNs, std::string> read_expiry(ByteView body);

/// cursor_of and read_cursor: where a list goes on, as text for a query.
std::string cursor_of(const identity::Revocation& last);
bool read_cursor(ByteView text, identity::Revocation* out);

}  // namespace gatehouse::control
