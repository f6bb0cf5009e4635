// The ledger: what bodies may ask, who may ask it, what is kept, and what is found damaged.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "control/ledger_api.h"
#include "control/ledger_book.h"

namespace gatehouse::control {
namespace {

namespace fs = std::filesystem;
using identity::Revocation;
using identity::Revoked;
using Kind = LedgerWish::Kind;

constexpr WallNs kNow = 1'800'000'000 * kNsPerSecond;
const std::vector<KnownIssuer> kKnown = {{"login", "https://login"}};

TEST(LedgerWish, ReadsTimes) {
  WallNs time = 0;
  EXPECT_TRUE(read_time("1970-01-01T00:00:00Z", &time));
  EXPECT_EQ(time, 0u);
  EXPECT_TRUE(read_time("2027-01-15T08:00:00Z", &time));
  EXPECT_EQ(time, kNow);
  EXPECT_TRUE(read_time("2027-01-15T08:00:00.000001Z", &time));
  EXPECT_EQ(time, kNow + 1000);
  EXPECT_TRUE(read_time("2000-02-29T23:59:59Z", &time));
  EXPECT_EQ(time, 951'868'799 * kNsPerSecond);
  for (const char* bad : {"", "2027-01-15", "2027-01-15T08:00:00", "2027-01-15t08:00:00Z", "2027-01-15T08:00:00+00:00", "2027-13-15T08:00:00Z",
                          "2027-02-29T08:00:00Z", "1900-01-01T00:00:00Z", "2027-01-15T24:00:00Z", "2027-01-15T08:00:60Z", "2027-01-15T08:00:00.Z",
                          "2027-01-15T08:00:00.0000000001Z", "+027-01-15T08:00:00Z", "2027-01-15T08:-1:00Z", "2100-02-29T00:00:00Z"})
    EXPECT_FALSE(read_time(bad, &time)) << bad;
}

TEST(LedgerWish, OnlyTheGatewaysUserAndRootLetIn) {
  EXPECT_TRUE(may_let_in("uid:0(root)", 1000));
  EXPECT_TRUE(may_let_in("uid:1000", 1000));
  for (const char* by : {"", "uid:", "uid:10000", "uid:100", "uid:1001(uid:1000)", "1000", "uid:-1", "uid:0x0", "uid: 0"}) EXPECT_FALSE(may_let_in(by, 1000)) << by;
  const auto ask = [](ByteView method, ByteView path, ByteView body, const char* by) {
    const auto wish = read_wish({method, path, "", body, {}}, by, kKnown, 1000);
    return wish ? 200 : wish.error().status;
  };
  const ByteView one = R"({"revocations":[{"what":"token","issuer":"login","value":"x"}]})", key = R"({"name":"a","groups":["b"]})";
  for (const char* by : {"uid:7(eve)", "uid:1000(gate)"}) {
    const int in = by == std::string("uid:7(eve)") ? 403 : 200;
    EXPECT_EQ(ask("POST", "/revocations", one, by), 200);
    EXPECT_EQ(ask("POST", "/revocations/remove", one, by), in);
    EXPECT_EQ(ask("POST", "/api-keys", key, by), in);
    EXPECT_EQ(ask("POST", "/api-keys/abcdefghijklmnop/revoke", "", by), 200);
    EXPECT_EQ(ask("GET", "/api-keys", "", by), 200);
  }
  EXPECT_EQ(ask("DELETE", "/api-keys", "", "uid:0"), 405);
  EXPECT_EQ(ask("GET", "/api-keys/abcdefghijklmnop/revoke", "", "uid:0"), 405);
  EXPECT_EQ(ask("POST", "/api-keys/abcdefghijklmno1/revoke", "", "uid:0"), 404);
  EXPECT_EQ(ask("POST", "/revocations/", "", "uid:0"), 404);
  EXPECT_FALSE(is_ledger_path("/api-keysx"));
}

TEST(LedgerWish, RefusesHalfAWish) {
  const auto fault = [](ByteView items) {
    const auto read = read_revocations("{\"revocations\":[" + std::string(items) + "]}", &kKnown);
    return read ? "" : read.error();
  };
  EXPECT_EQ(fault(R"({"what":"token","issuer":"https://login","value":"x","ends":"2027-01-15T08:00:00Z","note":"n","made":"?","by":1})"), "");
  EXPECT_EQ(read_revocations(R"({"revocations":[{"what":"subject","issuer":"https://login","value":"x"}]})", &kKnown)->front().issuer, "login");
  EXPECT_NE(fault("").find("1 to 10000"), std::string::npos);
  EXPECT_NE(fault(R"({"what":"token","issuer":"login","value":"x","end":"2027-01-15T08:00:00Z"})").find("'end' is not known"), std::string::npos);
  EXPECT_NE(fault(R"({"what":"token","issuer":"logic","value":"x"})").find("no issuer 'logic'"), std::string::npos);
  EXPECT_NE(fault(R"({"what":"token","value":"x"})").find("an issuer is needed"), std::string::npos);
  EXPECT_NE(fault(R"({"what":"token","issuer":"login","value":"x","value":"y"})"), "");   // which one?
  EXPECT_NE(fault(R"({"what":"token","issuer":"login","value":7})"), "");
  EXPECT_NE(fault(R"({"what":"token","issuer":"login","value":"x","ends":1800000000})"), "");
  EXPECT_NE(fault(R"({"what":"token","issuer":"login","value":"x"},7)").find("revocation 2"), std::string::npos);
  for (const char* body : {"", "{}", "[]", R"({"revocations":{}})", R"({"revocations":[],"more":1})"}) EXPECT_FALSE(read_revocations(body, &kKnown)) << body;
  EXPECT_EQ(read_new_key(R"({"name":"a","groups":["y","x","y"]})")->groups, (std::vector<std::string>{"x", "y"}));
  for (const char* body : {"{}", R"({"name":"a"})", R"({"name":"a","groups":[]})", R"({"name":"a","groups":["x"],"id":"y"})", R"({"name":"a","groups":[1]})",
                           R"({"name":"a","groups":["x"],"expires":""})", R"({"name":"a","groups":["x"],"expires":"1970-01-01T00:00:00Z"})"})
    EXPECT_FALSE(read_new_key(body)) << body;
  EXPECT_TRUE(read_expiry(R"({"expires":"2027-01-15T08:00:00Z"})"));
  for (const char* body : {"", "{}", R"({"expires":null})", R"({"expires":"1970-01-01T00:00:00Z"})"}) EXPECT_FALSE(read_expiry(body)) << body;
}

TEST(LedgerWish, CursorsComeBack) {
  Revocation one, read;
  one.what = Revoked::certificate;
  one.value = std::string(64, 'a');
  ASSERT_TRUE(read_cursor(cursor_of(one), &read));
  EXPECT_EQ(read.what, one.what);
  EXPECT_EQ(read.issuer, "");
  EXPECT_EQ(read.value, one.value);
  for (const char* bad : {"", "AA", "====", "MTIz"}) EXPECT_FALSE(read_cursor(bad, &read)) << bad;
}

// ---- the book ------------------------------------------------------------------------------------

class Book : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/gatehouse-ledger-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    folder = name;
    ASSERT_EQ(open(), "");
  }
  void TearDown() override {
    book.reset();
    store.reset();
    fs::remove_all(folder);
  }

  std::string open() {
    book.reset();
    store.reset();
    auto opened = store::Store::open(folder + "/state");
    if (!opened) return opened.error();
    store = std::move(*opened);
    book = std::make_unique<LedgerBook>(*store);
    const auto read = book->open();
    return read ? "" : read.error();
  }
  Answer does(LedgerWish wish, WallNs now = kNow) {
    wish.by = "uid:0(root)";
    book->enforce(wish, now);
    Answer answer = book->keep(wish, now);
    id = wish.key.id;
    return answer;
  }
  Answer change(Kind kind, Revoked what, const std::string& value, WallNs ends = 0) {
    LedgerWish wish;
    wish.kind = kind;
    wish.revocations.resize(1);
    wish.revocations[0].what = what;
    wish.revocations[0].issuer = what == Revoked::certificate ? "" : "login";
    wish.revocations[0].value = value;
    wish.revocations[0].ends = ends;
    return does(wish);
  }
  std::string create(WallNs expires = 0) {
    LedgerWish wish;
    wish.kind = Kind::create;
    wish.key.name = "a";
    wish.key.groups = {"x", "y"};
    wish.key.expires = expires;
    EXPECT_EQ(does(wish).status, 200);
    return id;
  }
  Answer about(Kind kind, const std::string& key, WallNs expires = 0) {
    LedgerWish wish;
    wish.kind = kind;
    wish.key.id = key;
    wish.key.expires = expires;
    return does(wish);
  }
  bool has(Revoked what, const std::string& value) {
    return book->ledger()->revocations->has(what, what == Revoked::certificate ? "" : "login", value);
  }
  /// content is all that the ledger says.
  std::string content() {
    LedgerWish wish;
    wish.kind = Kind::list_revocations;
    std::string text = does(wish).body;
    wish.kind = Kind::list_keys;
    text += does(wish).body;
    for (const identity::ApiKey& key : book->ledger()->api_keys->keys()) text.append(reinterpret_cast<const char*>(key.digest.data()), 32);
    return text;
  }

  std::string folder, id;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<LedgerBook> book;
};

TEST_F(Book, KeepsWhatItWasTold) {
  const std::string certificate(64, 'a');
  const uint64_t epoch = book->ledger()->epoch;
  EXPECT_EQ(change(Kind::add, Revoked::token, "t").status, 200);
  EXPECT_GT(book->ledger()->epoch, epoch);
  EXPECT_EQ(change(Kind::add, Revoked::certificate, certificate).status, 200);
  const std::string key = create(), other = create(kNow + 1000);
  EXPECT_EQ(about(Kind::revoke, key).status, 200);
  EXPECT_EQ(about(Kind::expire, other, kNow + 10).status, 200);
  EXPECT_EQ(about(Kind::expire, other, kNow + 10).status, 200);   // again
  EXPECT_EQ(about(Kind::expire, other, kNow + 11).status, 409);
  EXPECT_EQ(about(Kind::revoke, "abcdefghijklmnop").status, 404);
  const std::string before = content();
  ASSERT_EQ(open(), "");
  EXPECT_EQ(content(), before);
  EXPECT_TRUE(has(Revoked::token, "t") && has(Revoked::certificate, certificate));
  EXPECT_NE(book->ledger()->api_keys->find(key)->revoked, 0u);
  EXPECT_EQ(book->ledger()->api_keys->find(other)->expires, kNow + 10);
  EXPECT_EQ(change(Kind::remove, Revoked::token, "t").status, 200);
  EXPECT_EQ(change(Kind::remove, Revoked::token, "t").status, 404);
  EXPECT_FALSE(has(Revoked::token, "t"));
  ASSERT_EQ(open(), "");
  EXPECT_FALSE(has(Revoked::token, "t"));
}

TEST_F(Book, AddingAShorterEndKeepsTheLongerOne) {
  change(Kind::add, Revoked::token, "t", kNow + 100);
  change(Kind::add, Revoked::token, "t", kNow + 1);
  change(Kind::add, Revoked::subject, "s");
  change(Kind::add, Revoked::subject, "s", kNow + 1);
  ASSERT_EQ(open(), "");
  identity::Identity caller;
  caller.issuer = "login";
  caller.token_id = "t";
  EXPECT_TRUE(book->ledger()->revocations->revokes(caller, kNow + identity::kRevocationSlack + 99));
  EXPECT_FALSE(book->ledger()->revocations->revokes(caller, kNow + identity::kRevocationSlack + 100));
  caller.token_id = "";
  caller.subject = "s";
  EXPECT_TRUE(book->ledger()->revocations->revokes(caller, kNow * 2));
}

TEST_F(Book, DropsWhatIsOver) {
  change(Kind::add, Revoked::token, "short", kNow);
  change(Kind::add, Revoked::token, "long");
  const std::string revoked = create(), expired = create(kNow + 5), good = create();
  about(Kind::revoke, revoked);
  const WallNs month = 30 * 24 * 3600 * kNsPerSecond;
  ASSERT_TRUE(book->drop_ended(kNow + identity::kRevocationSlack - 1));
  EXPECT_TRUE(has(Revoked::token, "short"));
  ASSERT_TRUE(book->drop_ended(kNow + identity::kRevocationSlack));
  EXPECT_FALSE(has(Revoked::token, "short"));
  EXPECT_TRUE(has(Revoked::token, "long"));
  EXPECT_EQ(book->ledger()->api_keys->keys().size(), 3u);
  ASSERT_TRUE(book->drop_ended(kNow + month + 5));
  ASSERT_EQ(book->ledger()->api_keys->keys().size(), 1u);
  EXPECT_EQ(book->ledger()->api_keys->keys()[0].id, good);
  ASSERT_EQ(open(), "");   // the seals fit
}

TEST_F(Book, ListsInPages) {
  LedgerWish wish;
  wish.kind = Kind::add;
  for (int i = 0; i < 4500; ++i) {
    Revocation one;
    one.what = i % 2 == 0 ? Revoked::token : Revoked::subject;
    one.issuer = i % 3 == 0 ? "*" : "login";
    one.value = "v" + std::to_string(i);
    wish.revocations.push_back(one);
  }
  ASSERT_EQ(does(wish).status, 200);
  size_t entries = 0, pages = 0;
  LedgerWish ask;
  ask.kind = Kind::list_revocations;
  for (;;) {
    const std::string body = does(ask).body;
    for (size_t at = body.find("\"what\""); at != std::string::npos; at = body.find("\"what\"", at + 1)) ++entries;
    ++pages;
    const size_t next = body.find("\"next\":\"");
    if (next == std::string::npos) break;
    ASSERT_TRUE(read_cursor(body.substr(next + 8, body.rfind('"') - next - 8), &ask.after));
    ask.from_start = false;
  }
  EXPECT_EQ(entries, 4500u);
  EXPECT_EQ(pages, 3u);
}

// A full disk shuts in nobody who was shut out; the asker hears of it, and it is written when there is room.
TEST_F(Book, WhatCannotBeWrittenIsInForceAllTheSame) {
  ASSERT_TRUE(store->run("PRAGMA max_page_count=1"));
  LedgerWish wish;
  wish.kind = Kind::add;
  for (int i = 0; i < 1000; ++i) {
    Revocation one;
    one.issuer = "login";
    one.value = "value " + std::to_string(i);
    wish.revocations.push_back(one);
  }
  const Answer answer = does(wish);
  EXPECT_EQ(answer.status, 500);
  EXPECT_NE(answer.body.find("not_kept"), std::string::npos);
  EXPECT_NE(answer.body.find("full"), std::string::npos) << answer.body;
  EXPECT_TRUE(has(Revoked::token, "value 999"));
  LedgerWish key;
  key.kind = Kind::create;
  key.key.name = "a";
  key.key.groups = {"x"};
  EXPECT_EQ(does(key).status, 500);
  EXPECT_TRUE(book->ledger()->api_keys->keys().empty());   // nobody has a key that is not kept
  ASSERT_TRUE(store->run("PRAGMA max_page_count=100000"));
  EXPECT_EQ(change(Kind::add, Revoked::token, "one more").status, 200);
  ASSERT_EQ(open(), "");
  EXPECT_TRUE(has(Revoked::token, "value 999"));
  EXPECT_EQ(book->ledger()->revocations->size(), 1001u);
}

// Whatever byte of the file changes: it is refused, or says what it said.
TEST_F(Book, NoChangedByteChangesWhoIsShutOut) {
  for (int i = 0; i < 12; ++i) change(Kind::add, i % 2 == 0 ? Revoked::token : Revoked::subject, "value " + std::to_string(i), i % 3 == 0 ? kNow : 0);
  about(Kind::revoke, create());
  create(kNow + 1000);
  const std::string said = content(), file = store->path();
  book.reset();
  store.reset();
  std::string whole;
  {
    std::ifstream in(file, std::ios::binary);
    whole.assign(std::istreambuf_iterator<char>(in), {});
  }
  size_t refused = 0, same = 0;
  for (size_t at = 0; at < whole.size(); at += whole[at] == 0 && at % 4096 > 120 && at % 4096 < 2400 ? 61 : 3) {
    std::string other = whole;
    other[at] = static_cast<char>(other[at] ^ (1 << at % 8));
    { std::ofstream(file, std::ios::binary | std::ios::trunc) << other; }
    const std::string why = open();
    if (!why.empty()) {
      ++refused;
    } else {
      ++same;
      EXPECT_EQ(content(), said) << "byte " << at;
    }
    book.reset();
    store.reset();
    fs::remove(file + "-journal");
  }
  EXPECT_GT(refused, 200u);
  EXPECT_GT(same, 10u);   // where nothing is, nothing changes
}

}  // namespace
}  // namespace gatehouse::control
