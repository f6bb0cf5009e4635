// The admin API: people look at held exchanges and answer them.
//
//   GET  /approvals               -> [card, ...] of those that wait, oldest first
//   GET  /approvals/{id}          -> card, also of lately ended ones
//   GET  /approvals/{id}/request?offset=N -> bytes of what an approval is bound to (approve::read_bound), from N on;
//                                    none at its end. Whoever has read all can check the card's digest.
//   POST /approvals/{id}/approve  -> card; body empty or {"note":"..."}
//   POST /approvals/{id}/deny     -> card
//   POST /reload                  -> 200 or 422 when everything was read again: see control/reload.h
//   GET  /token-keys              -> the public halves of the keys that the gateway signs tokens with, as a JWKS; 404: none
// and what ledger_api.h says of API keys and revocations.
// 400 malformed body, 404 no such approval, 409 too late (expired, cancelled or answered already). A card is
// {"id","state","subject","issuer","groups","method","path","origin","rule","body_bytes","body_excerpt",
// "asked","expires","digest","by","note"}; its text is safe for a terminal.
#pragma once

#include <optional>
#include <string>

#include "approve/board.h"
#include "control/http_server.h"
#include "identity/gateway_token.h"

namespace gatehouse::control {

/// Verdict is a person's answer that the worker has to be told.
struct Verdict {
  ExchangeId exchange;
  bool granted = false;
};

/// Show is a person's wish to see what is held; its worker has it.
struct Show {
  ExchangeId exchange;
  uint64_t offset = 0;
};

struct AdminAnswer {
  Answer answer;
  std::optional<Verdict> verdict;
  std::optional<Show> show;   // asked for: the answer comes later
  bool reload = false;   // asked for: the answer comes later
};

/// shown_answer is what a worker had to show: bytes, or that the request is no longer held.
Answer shown_answer(bool held, std::string bytes);

/// kTokenKeysPath is where the public halves of the gateway's own keys are asked for. `keys` may be null: there are none.
inline constexpr ByteView kTokenKeysPath = "/token-keys";
Answer token_keys_answer(const Request& request, const identity::GatewayKeys* keys);

/// answer_admin looks at the board or answers one held exchange on it; `by` is who asks ("uid:1000(anna)").
AdminAnswer answer_admin(const Request& request, approve::Board& board, const std::string& by, WallNs now);

}  // namespace gatehouse::control
