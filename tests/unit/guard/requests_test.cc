// The requests of tests/data/guards/requests.json, captured from clients or written from API documents, and their verdicts
// with the rules that an operator would write for these services.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "guard/bulk.h"
#include "guard/leaving.h"
#include "guard/operations.h"
#include "guard/shape.h"
#include "guard/statements.h"
#include "tests/support/padded.h"
#include "tests/support/plain_json.h"

namespace gatehouse::guard {
namespace {

struct Request {
  std::string label, verdict, method, path, body;
};

std::vector<Request> requests() {
  std::ifstream file(GATEHOUSE_TEST_DATA "/guards/requests.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const testing::PlainJson json(text);
  std::map<std::string, std::string> values;
  for (const testing::Leaf& leaf : json.leaves())
    if (leaf.kind != 'k') values[leaf.place] = leaf.text;
  std::vector<Request> out;
  for (size_t i = 0; values.contains("/" + std::to_string(i) + "/label"); ++i) {
    const std::string at = "/" + std::to_string(i) + "/";
    const std::string path = values[at + "path"];
    out.push_back({values[at + "label"], values[at + "verdict"], values[at + "method"], path.substr(0, path.find('?')), values[at + "body"]});
  }
  return out;
}

ShapeClause clause(std::initializer_list<std::string> at) {
  ShapeClause out;
  out.at = at;
  return out;
}
ShapeClause filled(std::initializer_list<std::string> at, uint8_t types) {
  ShapeClause out = clause(at);
  out.non_empty = true;
  out.types = types;
  return out;
}
ShapeClause only(std::vector<std::string> members) {
  ShapeClause out = clause({""});
  out.only = std::move(members);
  return out;
}
ShapeClause full(const char* at) {   // whatever is there has something in it
  ShapeClause out = clause({at});
  out.min = 1;
  return out;
}

struct World {
  const std::vector<OperationRule> operations = {
      {0, {"PUT"}, {{"/_ingest/pipeline/*"}, {"/*/_mapping"}, {"/*"}, {"/collections/*/index"}}, {}, Outcome::block},   // schema
      {0, {"DELETE"}, {{"/*"}, {"/collections/*"}}, {}, Outcome::block},
      {0, {}, {{"/v1/clear/**"}}, {}, Outcome::block},
      {0, {"DELETE"}, {{"/v1/pipelines/*"}, {"/api/v1/datasets/**"}}, {}, Outcome::approve},
      {0, {"POST"}, {{"/*/_delete_by_query"}, {"/collections/*/points/delete"}, {"/api/v1/sources"}}, {}, Outcome::approve}};
  std::shared_ptr<const ShapeRules> shapes;
  std::shared_ptr<const Addresses> addresses = *Addresses::compile({{"*"}, {"https", "http"}, {}, {}, {}});

  World() {
    ShapeClause match_all = clause({"/**/match_all"});
    match_all.absent = true;
    ShapeClause links = clause({"/disposition"});
    links.not_in = {{"EXTERNAL_LINKS"}};
    ShapeClause target = clause({"/target/kind"});
    target.in = {{"inbody"}};
    shapes = *ShapeRules::compile({{0, {match_all, filled({"/query"}, kObject), full("/query/*")}},
                                   {1, {only({"points", "filter"}), filled({"/points", "/filter"}, kArray | kObject), full("/filter/*")}},
                                   {2, {only({"ids"}), filled({"/ids"}, kArray)}},
                                   {3, {only({"chunk_ids"}), filled({"/chunk_ids"}, kArray)}},
                                   {4, {links}},
                                   {5, {target}}});
  }

  uint64_t guards(const Request& request) const {
    const auto is = [&](const char* method, const char* path) {
      return request.method == method && http::path_matches_loosely({path}, request.path);
    };
    if (is("POST", "/*/_delete_by_query")) return 1;
    if (is("POST", "/collections/*/points/delete")) return 2;
    if (is("DELETE", "/api/v1/datasets/*/documents")) return 4;
    if (is("DELETE", "/api/v1/datasets/*/documents/*/chunks")) return 8;
    if (is("POST", "/api/2.0/sql/statements")) return 16;
    if (is("POST", "/v1/chunk/**")) return 32;
    return 0;
  }
};

/// The statement of a request, where a command is: "/statement", or "/query" of Elasticsearch's query languages.
std::string statement_at(const Request& request) {
  if (request.path == "/api/v2/statements" || request.path == "/api/2.0/sql/statements") return "/statement";
  return request.path == "/_sql" || request.path == "/_query" ? "/query" : "none";
}

Outcome judge_body(const World& world, const Request& request, std::string* words) {
  json::Document document;
  const testing::Padded body(request.body);
  if (request.path == "/_bulk") return check_bulk(body.view(), {}, document).wrong == BulkCheck::Wrong::none ? Outcome::pass : Outcome::block;
  ShapeCheck check;
  check.start(*world.shapes, world.guards(request), document);
  if (!request.body.empty() && document.walk(body.view(), check) != json::Error::none) return Outcome::block;
  if (const auto violations = check.finish(); !violations.empty()) {
    *words = guard::words(*world.shapes, violations[0]);
    return Outcome::block;
  }
  Outcome outcome = Outcome::pass;
  const testing::PlainJson plain(request.body);
  for (const testing::Leaf& leaf : plain.leaves()) {
    if (leaf.kind != 's') continue;
    if (leaf.place.starts_with("/sources/") && leaf.place.ends_with("/url") && world.addresses->check(leaf.text).is == AddressCheck::Is::refused)
      return Outcome::block;
    if (leaf.place != statement_at(request)) continue;
    const StatementCheck said = judge(sql::classify(leaf.text), {});
    outcome = worse(outcome, said.outcome);
    *words = said.words;
  }
  return outcome;
}

TEST(Requests, EveryOneHasItsVerdict) {
  const World world;
  const std::map<std::string, Outcome> meant = {{"allow", Outcome::pass}, {"review", Outcome::approve}, {"block", Outcome::block}, {"schema", Outcome::block}};
  const auto all = requests();
  ASSERT_EQ(all.size(), 44u);
  for (const Request& request : all) {
    std::string words;
    Outcome outcome = check_operation(world.operations, 1, request.method, request.path).outcome;
    outcome = worse(outcome, judge_body(world, request, &words));
    EXPECT_EQ(outcome, meant.at(request.verdict)) << request.label << ": " << words;
  }
}

TEST(Requests, StatementsComeOutRightByTheDefaults) {
  size_t statements = 0;
  for (const Request& request : requests()) {
    const testing::PlainJson plain(request.body);
    for (const testing::Leaf& leaf : plain.leaves()) {
      if (!plain.ok() || leaf.place != statement_at(request) || leaf.kind != 's' || request.body.find("EXTERNAL_LINKS") != std::string::npos) continue;
      ++statements;
      const Outcome wanted = request.verdict == "allow" ? Outcome::pass : request.verdict == "review" ? Outcome::approve : Outcome::block;
      EXPECT_EQ(judge(sql::classify(leaf.text), {}).outcome, wanted) << request.label << ": " << leaf.text;
    }
  }
  EXPECT_GE(statements, 15u);
}

}  // namespace
}  // namespace gatehouse::guard
