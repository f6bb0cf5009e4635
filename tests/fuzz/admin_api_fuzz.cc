// The admin socket: any bytes, in any pieces. Input: piece sizes (1 byte: every n-th cut), then the stream.
#include <cstdlib>

#include "base/assert.h"
#include "control/admin_api.h"
#include "control/ledger_api.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;
using namespace gatehouse::control;

namespace {

struct Outcome {
  std::string sent;
  std::string requests;
  bool open = true;
  size_t verdicts = 0;
};

const ExchangeId kHeld = *parse_exchange_id("0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e");

/// ask_ledger: whatever is asked for may be done, or an answer says why not.
Answer ask_ledger(const Request& request) {
  static const std::vector<KnownIssuer> known = {{"login", "https://login"}};
  const auto wish = read_wish(request, "uid:0(root)", known, 0);
  const auto other = read_wish(request, "uid:7(eve)", known, 0);
  if (!wish) {
    GH_ASSERT(!other && wish.error().status >= 400 && !wish.error().later);
    return wish.error();
  }
  GH_ASSERT(other.ok() != lets_in(wish->kind));
  for (const identity::Revocation& one : wish->revocations) {
    GH_ASSERT(identity::fault_of(one).empty());
    identity::Revocation read;
    GH_ASSERT(read_cursor(cursor_of(one), &read) && read.what == one.what && read.issuer == one.issuer && read.value == one.value);
    const bool adds = wish->kind == LedgerWish::Kind::add && one.what != identity::Revoked::certificate;
    GH_ASSERT(!adds || one.issuer == "login" || one.issuer == "*");
  }
  GH_ASSERT(wish->kind != LedgerWish::Kind::create || identity::fault_of(wish->key).empty());
  GH_ASSERT(wish->kind != LedgerWish::Kind::expire || wish->key.expires != 0);
  GH_ASSERT(wish->key.id.empty() || identity::is_api_key_id(wish->key.id));
  Answer later;
  later.later = true;
  return later;
}

Outcome run(ByteView bytes, size_t step) {
  approve::Board board(2);
  approve::Card card;
  card.exchange = kHeld;
  card.subject = "job";
  card.expires = 1000;
  GH_ASSERT(board.add(std::move(card), {}));
  Outcome outcome;
  HttpServer server([&](const Request& request) {
    outcome.requests.append(request.method).append(" ").append(request.path).append(" ").append(request.body);
    if (is_ledger_path(request.path)) return ask_ledger(request);
    AdminAnswer answer = answer_admin(request, board, "uid:1(x)", 10);
    GH_ASSERT(answer.answer.later == (answer.reload || answer.show.has_value()));
    GH_ASSERT(!answer.show || (request.method == "GET" && answer.show->exchange == kHeld));
    if (answer.verdict) {
      ++outcome.verdicts;
      GH_ASSERT(answer.verdict->exchange == kHeld && answer.answer.status == 200);
      GH_ASSERT(request.method == "POST");
    }
    return answer.answer;
  });
  for (size_t at = 0; at < bytes.size() && outcome.open; at += step) {
    std::string out;
    outcome.open = server.feed(bytes.substr(at, step), out);
    for (;;) {
      GH_ASSERT(out.size() < 2 * HttpServer::kAnswersMax);   // answers here are small
      outcome.sent += out;
      out.clear();
      if (!outcome.open) break;
      if (server.waiting()) server.answer(shown_answer(true, "later"));
      if (!server.more()) break;
      outcome.open = server.feed({}, out);
    }
  }
  PLANT(if (step == 5 && outcome.requests.size() > 4) outcome.sent += '!');
  GH_ASSERT(outcome.verdicts <= 1);  // one held request, one answer
  GH_ASSERT((outcome.verdicts == 1) == board.waiting().empty());
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const ByteView bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = run(bytes, bytes.size());
  const Outcome pieces = run(bytes, 1 + data[0] % 16);
  GH_ASSERT(whole.open == pieces.open);
  GH_ASSERT(whole.requests == pieces.requests);
  GH_ASSERT(whole.sent == pieces.sent);
  return 0;
}
