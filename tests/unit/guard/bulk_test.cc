#include <string>

#include "guard/bulk.h"

#include <gtest/gtest.h>

#include "tests/support/padded.h"

namespace gatehouse::guard {
namespace {

using Wrong = BulkCheck::Wrong;

BulkCheck check(const std::string& body, const BulkRules& rules = {}) {
  json::Document document;
  const testing::Padded padded(body);
  return check_bulk(padded.view(), rules, document);
}

std::string show(const std::string& body) {
  json::Document document;
  const testing::Padded padded(body);
  BulkWalk walk(padded.view(), document);
  BulkLine line;
  std::string out;
  while (true) {
    const auto step = walk.next(&line);
    if (step == BulkWalk::Step::end) return out;
    if (step != BulkWalk::Step::line) return out + "!" + std::to_string(line.number);
    out += "icudD"[static_cast<size_t>(line.kind)];
  }
}

TEST(Bulk, ActionsAndDocuments) {
  EXPECT_EQ(show("{\"index\":{}}\n{\"a\":1}\n"), "iD");
  EXPECT_EQ(show("{\"index\":{\"_index\":\"c\"}}\r\n{}\r\n{\"create\":{\"_id\":\"1\"}}\n{\"delete\":{}}\n{\"update\":{\"_id\":\"1\"}}\n{\"doc\":{}}"), "iDcDuD");
  EXPECT_EQ(show("{\"delete\":{\"_id\":\"1\"}}\n{\"delete\":{\"_id\":\"2\"}}\n"), "dd");
  EXPECT_EQ(show("{\"\\u0064elete\":{\"_id\":\"1\"}}\n"), "d");
  EXPECT_EQ(show("{\"index\":{\"_index\":\"c\",\"_id\":\"9\"}}\n{\"chunk\":\"{\\\"delete\\\":{}} and DROP\"}\n"), "iD");
}

TEST(Bulk, MisalignedLinesAreRefused) {
  EXPECT_EQ(show(""), "!1");
  EXPECT_EQ(show("\n"), "!1");
  EXPECT_EQ(show("{\"index\":{}}\n"), "i!2");
  EXPECT_EQ(show("{\"index\":{}}\n\n{\"a\":1}\n"), "i!2");
  EXPECT_EQ(show("{\"index\":{}}\n{}\n\n"), "iD!3");
  EXPECT_EQ(show("{\"a\":1}\n"), "!1");
  EXPECT_EQ(show("{\"DELETE\":{}}\n"), "!1");
  EXPECT_EQ(show("{\"index\":{},\"delete\":{}}\n{}\n"), "!1");
  EXPECT_EQ(show("{\"index\":{},\"index\":{}}\n{}\n"), "!1");
  EXPECT_EQ(show("{}\n"), "!1");
  EXPECT_EQ(show("[]\n"), "!1");
  EXPECT_EQ(show("{\"index\":1}\n{}\n"), "!1");
  EXPECT_EQ(show("{\"index\":[{}]}\n{}\n"), "!1");
  EXPECT_EQ(show("{\"index\":{\"delete\":{}}}\n{}\n"), "!1");
  EXPECT_EQ(show("{\"index\":{}}\n[1]\n"), "i!2");
  EXPECT_EQ(show("{\"index\":{}}\n\"x\"\n"), "i!2");
  EXPECT_EQ(show("{\"index\":{}}\r{\"delete\":{}}\n{}\n"), "!1");
  EXPECT_EQ(show("{\"delete\":\r{}}\n"), "!1");
  EXPECT_EQ(show("{\"delete\":{}}\r"), "!1");
  EXPECT_EQ(show("{\"delete\":\n{}}\n"), "!1");
  EXPECT_EQ(show("{\"delete\":{}} {\"delete\":{}}\n"), "!1");
  EXPECT_EQ(check("{\"index\":{}}\n{\"a\":1,\"a\":2}\n").wrong, Wrong::duplicate_key);
  EXPECT_EQ(check("{\"index\":{}}\n{\"a\":" + std::string(200, '[') + std::string(200, ']') + "}\n").wrong, Wrong::too_deep);
}

TEST(Bulk, LineNineThousandNineHundredNinetyNine) {
  std::string body;
  for (int i = 1; i < 9999; i += 2) body += "{\"index\":{\"_index\":\"c\"}}\n{\"chunk\":\"text\"}\n";
  const std::string rest = "{\"index\":{}}\n{}\n";
  EXPECT_EQ(check(body + rest).wrong, Wrong::none);
  const BulkCheck found = check(body + "{\"delete\":{\"_id\":\"1\"}}\n" + rest);
  EXPECT_EQ(found.wrong, Wrong::erase);
  EXPECT_EQ(found.line, 9999u);
  BulkRules rules;
  rules.lines_max = 9999;
  EXPECT_EQ(check(body + rest, rules).wrong, Wrong::too_many_lines);
}

TEST(Bulk, DeletesWithinABound) {
  BulkRules rules;
  rules.deletes_max = 2;
  const std::string one = "{\"delete\":{\"_index\":\"c\",\"_id\":\"1\"}}\n";
  EXPECT_EQ(check(one).wrong, Wrong::erase);
  EXPECT_EQ(check(one + one, rules).wrong, Wrong::none);
  EXPECT_EQ(check(one + one, rules).deletes, 2u);
  EXPECT_EQ(check(one + one + one, rules).wrong, Wrong::erase);
  EXPECT_EQ(check(one + one + one, rules).line, 3u);
  EXPECT_EQ(check("{\"delete\":{\"_id\":7}}\n", rules).wrong, Wrong::none);
  for (const char* unnamed : {"{\"delete\":{}}\n", "{\"delete\":{\"_id\":\"\"}}\n", "{\"delete\":{\"_id\":null}}\n", "{\"delete\":{\"id\":\"1\"}}\n",
                              "{\"delete\":{\"_id\":null,\"x\":\"1\"}}\n"})
    EXPECT_EQ(check(unnamed, rules).wrong, Wrong::erase_unnamed) << unnamed;
}

TEST(Bulk, ScriptsCanDelete) {
  const std::string body = "{\"update\":{\"_id\":\"1\"}}\n{\"script\":{\"source\":\"ctx.op='delete'\"}}\n";
  EXPECT_EQ(check(body).wrong, Wrong::script);
  EXPECT_EQ(check(body).line, 2u);
  BulkRules rules;
  rules.scripts = true;
  EXPECT_EQ(check(body, rules).wrong, Wrong::none);
  EXPECT_EQ(check("{\"index\":{}}\n{\"script\":\"of a play\"}\n").wrong, Wrong::none);
  EXPECT_EQ(check("{\"update\":{\"_id\":\"1\"}}\n{\"doc\":{\"script\":\"of a play\"}}\n").wrong, Wrong::none);
  EXPECT_EQ(check("{\"update\":{\"_id\":\"1\"}}\n{\"doc\":{}}\n{\"index\":{}}\n{\"script\":1}\n").wrong, Wrong::none);
}

struct Keys {
  const json::Document& document;
  std::string seen;
  void open(json::Kind) {}
  void close(json::Kind) {}
  void key(const json::Token& token) { seen += document.raw(token); }
  void string(const json::Token&) {}
  void number(const json::Token&, json::NumberShape) {}
  void literal(const json::Token&) {}
};

TEST(Bulk, AVisitorSeesEveryLine) {
  json::Document document;
  const testing::Padded padded(ByteView("{\"index\":{\"a\":1}}\n{\"b\":{\"c\":2}}\n{\"delete\":{}}\n"));
  BulkWalk walk(padded.view(), document);
  BulkLine line;
  Keys keys{document, ""};
  while (walk.next(&line, keys) == BulkWalk::Step::line) keys.seen += ";";
  EXPECT_EQ(keys.seen, "indexa;bc;delete;");
}

}  // namespace
}  // namespace gatehouse::guard
