// Statements and what they would do: tests/data/sql/cases.txt, one per line:
//   effect[?] | flags | relations | statement
// `?` = not complete; all flags but slow and rewritten; a relation is r:name, w:schema.name, or c:name for one that a WITH
// may have made, and `*` compares none. \n \t \\ \xHH are escapes.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "sql/statement.h"

namespace gatehouse::sql {
namespace {

constexpr std::pair<const char*, uint32_t> kNames[] = {
    {"unbounded", kUnbounded}, {"unproven", kUnproven}, {"truncate", kTruncate}, {"drop", kDrop}, {"grant", kGrant}, {"program", kProgram},
    {"file", kFile}, {"opaque", kOpaque}, {"several", kSeveral}, {"cte", kCteWrite}, {"merge", kMerge},
    {"listed", kListedFunction}, {"session", kSession}, {"creates", kCreatesTable}, {"analyze", kExplainAnalyze},
    {"prepare", kPrepare}, {"lock", kLock}, {"maintenance", kMaintenance}, {"notify", kNotify},
    {"transaction", kTransaction}, {"ambiguous", kAmbiguous}, {"foreign", kNotParsed}, {"complex", kTooComplex}};

std::set<std::string> words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

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

std::set<std::string> flags_of(const Verdict& verdict) {
  std::set<std::string> out;
  for (const auto& [name, flag] : kNames)
    if (verdict.has(flag)) out.insert(name);
  return out;
}

std::set<std::string> relations_of(const Verdict& verdict) {
  std::set<std::string> out;
  for (const Relation& each : verdict.relations)
    out.insert((each.cte ? "c:" : each.written ? "w:" : "r:") + (each.schema.empty() ? "" : each.schema + ".") + each.name);
  return out;
}

std::string joined(const std::set<std::string>& all) {
  std::string out;
  for (const std::string& each : all) out += (out.empty() ? "" : " ") + each;
  return out;
}

TEST(Cases, EveryStatementOfTheTableHasItsVerdict) {
  std::ifstream in(GATEHOUSE_TEST_DATA "/sql/cases.txt");
  ASSERT_TRUE(in);
  size_t cases = 0, number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    std::string part[3];
    size_t at = 0;
    for (std::string& each : part) {
      const size_t bar = line.find('|', at);
      ASSERT_NE(bar, std::string::npos) << number;
      each = trimmed(line.substr(at, bar - at));
      at = bar + 1;
    }
    const std::string text = plain(line.substr(at + (line[at] == ' ' ? 1 : 0)));
    const Verdict verdict = classify(text);
    std::string effect = name_of(verdict.effect);
    if (!verdict.complete) effect += "?";
    EXPECT_EQ(effect, part[0]) << number << ": " << text;
    EXPECT_EQ(joined(flags_of(verdict)), joined(words(part[1]))) << number << ": " << text;
    if (part[2] != "*") {
      EXPECT_EQ(joined(relations_of(verdict)), joined(words(part[2]))) << number << ": " << text;
    }
    ++cases;
  }
  EXPECT_GE(cases, 250u);
}

}  // namespace
}  // namespace gatehouse::sql
