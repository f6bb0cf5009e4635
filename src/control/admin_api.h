// The admin API: people look at held exchanges and answer them.
//
//   GET  /approvals               -> [card, ...] of those that wait, oldest first
//   GET  /approvals/{id}          -> card, also of lately ended ones
//   POST /approvals/{id}/approve  -> card; body empty or {"note":"..."}
//   POST /approvals/{id}/deny     -> card
//   POST /reload                  -> 200 or 422 when everything was read again: see control/reload.h
// 400 malformed body, 404 no such approval, 409 too late (expired, cancelled or answered already). A card is
// {"id","state","subject","issuer","groups","method","path","origin","rule","body_bytes","body_excerpt",
// "asked","expires","digest","by","note"}; its text is safe for a terminal.
#pragma once

#include <optional>
#include <string>

#include "approve/board.h"
#include "control/http_server.h"

namespace gatehouse::control {

/// Verdict is a person's answer that the worker has to be told.
struct Verdict {
  ExchangeId exchange;
  bool granted = false;
};

struct AdminAnswer {
  Answer answer;
  std::optional<Verdict> verdict;
  bool reload = false;   // asked for: the answer comes later
};

/// answer_admin looks at the board or answers one held exchange on it; `by` is who asks ("uid:1000(anna)").
AdminAnswer answer_admin(const Request& request, approve::Board& board, const std::string& by, WallNs now);

}  // namespace gatehouse::control
