// The part of the admin API that is about callers. All answers come later: the store has them.
//
//   GET  /api-keys                -> [key, ...] by id, without their texts
//   POST /api-keys                {"name","groups":[...],"expires"} -> key with its text, this once
//   POST /api-keys/{id}/expire    {"expires"} -> key; an end can only be brought forward
//   POST /api-keys/{id}/revoke    -> key
//   GET  /revocations?after=X     -> {"revocations":[...],"total":N,"next":X}; without `next` it was the last page
//   POST /revocations             {"revocations":[{"what","issuer","value","ends","note"}, ...]} -> {"in_force":N,"total":N}
//   POST /revocations/remove      the same -> {"removed":N,"total":N}
// 400 malformed, 403 not for this user (ledger_wish.h, lets_in), 404 unknown, 409 not possible now, 500 the store failed
// (not_kept: in force all the same). A key is {"id","state","name","groups","made","by","digest","expires","revoked"}; digest is
// SHA-256 of its text, which nobody can guess from it; state is good, expired or revoked; `expires` is absent when it never does.
#pragma once

#include <string>
#include <vector>

#include "control/http_server.h"
#include "control/ledger_wish.h"

namespace gatehouse::control {

/// is_ledger_path: read_wish is the one to ask.
bool is_ledger_path(ByteView path);

/// read_wish reads a question; the error is its answer. `own`: the user that the gateway runs as.
Result<LedgerWish, Answer> read_wish(const Request& request, const std::string& by, const std::vector<KnownIssuer>& known,
    uint32_t own);

}  // namespace gatehouse::control
