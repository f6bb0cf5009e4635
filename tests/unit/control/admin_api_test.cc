#include "control/admin_api.h"

#include <gtest/gtest.h>

namespace gatehouse::control {
namespace {

constexpr WallNs kAsked = 1'767'225'600 * kNsPerSecond;

struct Desk {
  approve::Board board{8};
  ExchangeId id = *parse_exchange_id("0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e");
  std::string path = "/approvals/0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e";

  Desk() {
    approve::Card card;
    card.exchange = id;
    card.subject = "job\x1b[1m";
    card.issuer = "https://issuer";
    card.groups = {"a", "b\"c"};
    card.method = "DELETE";
    card.path = "/v1/x";
    card.origin = "chunker";
    card.rule = "risky";
    card.body_bytes = 12;
    card.body_excerpt = "{\"q\":1}";
    card.asked = kAsked;
    card.expires = kAsked + 300 * kNsPerSecond;
    EXPECT_TRUE(board.add(std::move(card), {}));
  }
  AdminAnswer ask(ByteView method, ByteView where, ByteView body = "", WallNs now = kAsked) {
    return answer_admin({method, where, "", body}, board, "uid:7(eve)", now);
  }
};

constexpr ByteView kCard =
    R"({"id":"0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e","state":"asked","rule":"risky","method":"DELETE",)"
    R"("path":"/v1/x","origin":"chunker","subject":"job<U+001B>[1m","issuer":"https://issuer",)"
    R"("groups":["a","b\"c"],"body_bytes":12,"body_excerpt":"{\"q\":1}",)"
    R"("asked":"2026-01-01T00:00:00.000000Z","expires":"2026-01-01T00:05:00.000000Z",)"
    R"("digest":"0000000000000000000000000000000000000000000000000000000000000000"})";

TEST(AdminApi, ShowsWhatWaits) {
  Desk desk;
  EXPECT_EQ(desk.ask("GET", "/approvals").answer.body, "[" + std::string(kCard) + "]\n");
  EXPECT_EQ(desk.ask("GET", desk.path).answer.body, std::string(kCard) + "\n");
  EXPECT_EQ(desk.ask("GET", "/approvals", "", kAsked + 301 * kNsPerSecond).answer.body, "[]\n");
  EXPECT_NE(desk.ask("GET", desk.path).answer.body.find("\"state\":\"expired\""), std::string::npos);
}

TEST(AdminApi, ShowsWhatIsHeldWhileItIs) {
  Desk desk;
  const auto ask = [&](ByteView query, ByteView path) { return answer_admin({"GET", path, query, ""}, desk.board, "x", kAsked); };
  const AdminAnswer piece = ask("offset=65536", desk.path + "/request");
  EXPECT_TRUE(piece.answer.later);
  ASSERT_TRUE(piece.show.has_value());
  EXPECT_EQ(piece.show->exchange, desk.id);
  EXPECT_EQ(piece.show->offset, 65536u);
  for (const char* query : {"", "offset=", "offset=-1", "offset=1x", "offset=99999999999999999999", "o=1", "offset=1&a"}) {
    EXPECT_EQ(ask(query, desk.path + "/request").answer.status, 400) << query;
    EXPECT_FALSE(ask(query, desk.path + "/request").show.has_value());
  }
  EXPECT_EQ(ask("offset=0", "/approvals/0190f3c2-8a4b-7c11-9e5d-000000000000/request").answer.status, 404);
  EXPECT_EQ(answer_admin({"POST", desk.path + "/request", "offset=0", ""}, desk.board, "x", kAsked).answer.status, 405);
  EXPECT_EQ(desk.ask("POST", desk.path + "/approve").answer.status, 200);
  EXPECT_EQ(ask("offset=0", desk.path + "/request").answer.status, 409);
  EXPECT_EQ(shown_answer(false, "bytes").status, 409);
  EXPECT_EQ(shown_answer(true, "bytes").body, "bytes");
}

TEST(AdminApi, TakesOneAnswer) {
  Desk desk;
  const AdminAnswer granted = desk.ask("POST", desk.path + "/approve", "{ \"note\" : \"ticket \\u0034711\" }");
  EXPECT_EQ(granted.answer.status, 200);
  ASSERT_TRUE(granted.verdict.has_value());
  EXPECT_TRUE(granted.verdict->granted);
  EXPECT_EQ(granted.verdict->exchange, desk.id);
  EXPECT_NE(granted.answer.body.find(R"("state":"granted")"), std::string::npos);
  EXPECT_NE(granted.answer.body.find(R"x("by":"uid:7(eve)","note":"ticket 4711")x"), std::string::npos);
  for (const char* verb : {"/approve", "/deny"}) {
    const AdminAnswer again = desk.ask("POST", desk.path + verb);
    EXPECT_EQ(again.answer.status, 409);
    EXPECT_FALSE(again.verdict.has_value());
  }
  EXPECT_EQ(desk.ask("GET", "/approvals").answer.body, "[]\n");
}

TEST(AdminApi, Denies) {
  Desk desk;
  const AdminAnswer denied = desk.ask("POST", desk.path + "/deny", "{}");
  ASSERT_TRUE(denied.verdict.has_value());
  EXPECT_FALSE(denied.verdict->granted);
  EXPECT_NE(denied.answer.body.find(R"("state":"denied")"), std::string::npos);
}

TEST(AdminApi, TakesNoLateAnswer) {
  Desk desk;
  const AdminAnswer late = desk.ask("POST", desk.path + "/approve", "", kAsked + 300 * kNsPerSecond);
  EXPECT_EQ(late.answer.status, 409);
  EXPECT_FALSE(late.verdict.has_value());
  EXPECT_NE(late.answer.body.find("expired already"), std::string::npos);
}

TEST(AdminApi, ReloadIsAskedForByPostAlone) {
  Desk desk;
  EXPECT_TRUE(desk.ask("POST", "/reload").reload);
  EXPECT_TRUE(desk.ask("POST", "/reload").answer.later);
  EXPECT_FALSE(desk.ask("GET", "/reload").reload);
  EXPECT_EQ(desk.ask("GET", "/reload").answer.status, 405);
  EXPECT_EQ(desk.ask("POST", "/reload/").answer.status, 404);
}

TEST(AdminApi, TokenKeysAreAskedForByGetAlone) {
  identity::GatewayKeys keys;
  keys.document = "{\"keys\":[]}";
  EXPECT_EQ(token_keys_answer({"GET", kTokenKeysPath, "", ""}, &keys).body, "{\"keys\":[]}\n");
  EXPECT_EQ(token_keys_answer({"GET", kTokenKeysPath, "", ""}, nullptr).status, 404);
  EXPECT_EQ(token_keys_answer({"POST", kTokenKeysPath, "", "{}"}, &keys).status, 405);
}

TEST(AdminApi, RefusesWhatItDoesNotKnow) {
  Desk desk;
  const std::string other = "/approvals/0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5f";
  EXPECT_EQ(desk.ask("POST", other + "/approve").answer.status, 404);
  EXPECT_EQ(desk.ask("GET", other).answer.status, 404);
  EXPECT_EQ(desk.ask("GET", desk.path + "/approve").answer.status, 405);
  EXPECT_EQ(desk.ask("POST", desk.path).answer.status, 405);
  EXPECT_EQ(desk.ask("POST", "/approvals").answer.status, 405);
  for (const char* path : {"/", "/approvals/", "/approvalsx", "/approvals/x", "/approvals/../approvals"})
    EXPECT_EQ(desk.ask("GET", path).answer.status, 404) << path;
  EXPECT_EQ(desk.ask("POST", desk.path + "/approve/").answer.status, 404);
  EXPECT_EQ(desk.ask("POST", desk.path + "/Approve").answer.status, 404);
  for (const char* body : {"x", "[]", "\"note\"", "{\"note\":1}", "{\"note\":null}", "{\"nota\":\"x\"}",
                           "{\"note\":{\"note\":\"x\"}}", "{\"note\":\"a\",\"note\":\"b\"}", "{\"note\":\"x\"} x",
                           "{\"note\":[\"x\"]}"}) {
    const AdminAnswer answer = desk.ask("POST", desk.path + "/approve", body);
    EXPECT_EQ(answer.answer.status, 400) << body;
    EXPECT_FALSE(answer.verdict.has_value());
  }
  EXPECT_EQ(desk.board.waiting().size(), 1u) << "nothing of that answered it";
}

}  // namespace
}  // namespace gatehouse::control
