// Statements that no client sends by mistake, and those that clients send: tests/data/sql/hostile.txt, each with the verdict of a
// guard's defaults. Whatever a classifier has kept of others (statements share verdicts by their shape), it says the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <stdexcept>

#include "guard/statements.h"

namespace gatehouse::guard {
namespace {

struct Case {
  size_t line = 0;
  std::string verdict, text;
};

std::string plain(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') { out += text[i]; continue; }
    const char c = text[++i];
    if (c == 'x') { out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16)); i += 2; }
    else out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
  }
  return out;
}

std::vector<Case> cases() {
  std::ifstream in(GATEHOUSE_TEST_DATA "/sql/hostile.txt");
  std::vector<Case> out;
  size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const size_t bar = line.find(" | ");
    if (bar == std::string::npos) throw std::runtime_error("line " + std::to_string(number));
    out.push_back({number, line.substr(0, bar), plain(line.substr(bar + 3))});
  }
  return out;
}

std::string verdict_of(const sql::Verdict& verdict) {
  const Outcome outcome = judge(verdict, {}).outcome;
  return outcome == Outcome::pass ? "pass" : outcome == Outcome::approve ? "approve" : "block";
}

TEST(Hostile, EveryStatementHasItsVerdict) {
  const std::vector<Case> all = cases();
  EXPECT_GE(all.size(), 1200u);
  for (const Case& each : all) EXPECT_EQ(verdict_of(sql::classify(each.text)), each.verdict) << each.line << ": " << each.text;
}

TEST(Hostile, WhateverWasJudgedBefore) {
  std::vector<Case> all = cases();
  std::mt19937 random(1);
  for (size_t round = 0; round < 3; ++round) {
    sql::Classifier classifier;
    std::shuffle(all.begin(), all.end(), random);
    for (const Case& each : all) EXPECT_EQ(verdict_of(classifier.classify(each.text)), each.verdict) << each.line << ": " << each.text;
  }
}

/// The same statement with other values has a verdict of its own.
TEST(Hostile, ValuesThatDecide) {
  const std::pair<const char*, const char*> pairs[] = {   // the first chooses rows, the second takes all
      {"DELETE FROM t WHERE a < 5 OR a > 9", "DELETE FROM t WHERE a < 9 OR a > 5"},
      {"DELETE FROM t WHERE a <> 7 OR a <> 7", "DELETE FROM t WHERE a <> 7 OR a <> 8"},
      {"DELETE FROM t WHERE a * 2 = 0", "DELETE FROM t WHERE a * 0 = 0"},
      {"DELETE FROM t WHERE a <= '1234567890'", "DELETE FROM t WHERE a <= '2147483647'"},
      {"DELETE FROM t WHERE a <= ' 1234567890'", "DELETE FROM t WHERE a <= ' 2147483647'"},
      {"DELETE FROM t WHERE a >= '-1234567890'", "DELETE FROM t WHERE a >= '-2147483648'"},
      {"DELETE FROM t WHERE a <= '1e10'", "DELETE FROM t WHERE a <= '1e20'"},
      {"DELETE FROM t WHERE power(a, 3) >= 0", "DELETE FROM t WHERE power(a, 2) >= 0"},
      {"DELETE FROM t WHERE left(a, 1) = ''", "DELETE FROM t WHERE left(a, 0) = ''"},
      {"DELETE FROM t WHERE mod(a, 2) = 0", "DELETE FROM t WHERE mod(a, 1) = 0"},
      {"DELETE FROM t WHERE ctid > '(7,1)'", "DELETE FROM t WHERE ctid > '(0,0)'"},
      {"DELETE FROM t WHERE length(a) > 1", "DELETE FROM t WHERE length(a) >= 0"},
      {"DELETE FROM t WHERE (a, 1) > (5, 0)", "DELETE FROM t WHERE (1, a) > (0, 5)"},
      {"DELETE FROM t WHERE a % 2 = 0", "DELETE FROM t WHERE a % 1 = 0"},
      {"DELETE FROM t WHERE id IN (SELECT id FROM t WHERE id < 5 OR id > 9)", "DELETE FROM t WHERE id IN (SELECT id FROM t WHERE id < 9 OR id > 5)"},
      {"DELETE FROM t WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.id = t.id AND b.x = 7 AND b.x = 7)",
       "DELETE FROM t WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.id = t.id AND b.x = 7 AND b.x = 8)"},
      {"DELETE FROM t WHERE CASE WHEN id = 5 THEN 2 ELSE 3 END > 2", "DELETE FROM t WHERE CASE WHEN id = 5 THEN 2 ELSE 3 END > 1"},
      {"DELETE FROM t WHERE a < 'b5' OR a > 'b9'", "DELETE FROM t WHERE a < 'b9' OR a > 'b5'"},
      {"DELETE FROM t WHERE id NOT IN (SELECT id FROM b LIMIT 5)", "DELETE FROM t WHERE id NOT IN (SELECT id FROM b LIMIT 0)"}};
  for (const auto& [chosen, all] : pairs) {
    for (const bool turned : {false, true}) {
      sql::Classifier classifier;
      if (turned) classifier.classify(all);
      EXPECT_EQ(verdict_of(classifier.classify(chosen)), "approve") << chosen;
      EXPECT_EQ(verdict_of(classifier.classify(all)), "block") << all;
    }
  }
}

}  // namespace
}  // namespace gatehouse::guard
