// Conditions that take every row, or may, and those that batch jobs send: tests/data/sql/conditions.txt.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "sql/statement.h"

namespace gatehouse::sql {
namespace {

constexpr uint32_t kAll = kUnbounded | kUnproven;

TEST(Conditions, ThoseThatMayTakeEveryRowAreTold) {
  std::ifstream in(GATEHOUSE_TEST_DATA "/sql/conditions.txt");
  ASSERT_TRUE(in);
  Classifier kept;
  size_t all = 0, some = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const bool expected = line.starts_with("all ");
    ASSERT_TRUE(expected || line.starts_with("some ")) << line;
    const std::string text = line.substr(line.find(' ') + 1);
    const Verdict verdict = classify(text);
    EXPECT_FALSE(verdict.has(kNotParsed)) << text;
    EXPECT_EQ(verdict.has(kAll), expected) << text;
    EXPECT_EQ(kept.classify(text).flags, verdict.flags) << text << ": by its shape";
    EXPECT_EQ(verdict.destructive(), expected) << text;
    ++(expected ? all : some);
  }
  EXPECT_GE(all, 60u);
  EXPECT_GE(some, 80u);
}

/// Years, units and digits of which a verdict speaks are not taken for others of the same shape.
TEST(Conditions, ShapesKeepWhatVerdictsSpeakOf) {
  for (const bool turned : {false, true}) {
    for (const auto& [some, all] : {std::pair("DELETE FROM t WHERE d < '2024-01-01'", "DELETE FROM t WHERE d < '2999-01-01'"),
                                    std::pair("DELETE FROM t WHERE d < now() - interval '30 days'", "DELETE FROM t WHERE d < now() + interval '300000 days'"),
                                    std::pair("DELETE FROM t WHERE d < now() - interval '11 days'", "DELETE FROM t WHERE d < now() + interval '9999years'"),
                                    std::pair("DELETE FROM t WHERE id > 5", "DELETE FROM t WHERE id > 0"), std::pair("DELETE FROM t WHERE id > 15", "DELETE FROM t WHERE id > 00"),
                                    std::pair("DELETE FROM t WHERE failed < 3", "DELETE FROM t WHERE failed < 2"), std::pair("DELETE FROM t WHERE x::int IN (3, 4)", "DELETE FROM t WHERE x::int IN (0, 1)"),
                                    std::pair("DELETE FROM t WHERE x::text < '2024-1'", "DELETE FROM t WHERE x::text < '202a-1'"),
                                    std::pair("DELETE FROM t WHERE a < b - interval '5 days'", "DELETE FROM t WHERE a < b - interval '0 days'"),
                                    std::pair("DELETE FROM t WHERE length(sha) <> 64", "DELETE FROM t WHERE length(sha) <> 65"), std::pair("DELETE FROM t WHERE length(x) NOT BETWEEN 10 AND 500", "DELETE FROM t WHERE length(x) NOT BETWEEN 10 AND 50"),
                                    std::pair("DELETE FROM t WHERE deleted + interval '30 days' < now()", "DELETE FROM t WHERE deleted + interval '3 eons' < now()"),
                                    std::pair("DELETE FROM t WHERE a = 5 OR a = '7'::int", "DELETE FROM t WHERE a <> 5 OR a = '5.1'::int"),
                                    std::pair("DELETE FROM t WHERE extract(year from d) < 2020", "DELETE FROM t WHERE extract(year from d) < 3000")}) {
      Classifier kept;
      if (turned) {
        EXPECT_TRUE(kept.classify(all).has(kAll)) << all;
      }
      EXPECT_FALSE(kept.classify(some).has(kAll)) << some;
      EXPECT_TRUE(kept.classify(all).has(kAll)) << all;
    }
  }
}

/// What PostgreSQL 16 and 17 have counts in any text as what 15 has does.
TEST(Conditions, NewerGrammarIsReadAnywhere) {
  Classifier kept;
  for (const char* text : {"MERGE INTO t USING s ON t.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE", "MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE RETURNING t.*",
                           "MERGE INTO t USING s ON t.id = ? WHEN NOT MATCHED BY SOURCE THEN DELETE", "GRANT admin TO eve WITH INHERIT TRUE",
                           "GRANT admin TO eve WITH INHERIT TRUE, SET FALSE GRANTED BY bob", "REVOKE INHERIT OPTION FOR admin FROM eve", "DELETE FROM docs USING (SELECT 1)",
                           "DELETE FROM docs WHERE meta IS JSON OBJECT WITH UNIQUE KEYS",
                           "WITH d AS (MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE RETURNING t.id) SELECT * FROM d"})
    EXPECT_EQ(kept.destructive(text), Classifier::Hit::yes) << text;
  for (const char* text : {"Merge into one list what was matched before, using the tool on the left, when done", "Grant access to the team with care",
                           "MERGE INTO t USING s ON t.id = s.id WHEN NOT MATCHED BY TARGET THEN INSERT (id) VALUES (s.id)", "SELECT x IS JSON FROM docs",
                           "Merge branches into main when tests matched; then update the notes"})
    EXPECT_EQ(kept.destructive(text), Classifier::Hit::no) << text;
  EXPECT_TRUE(classify("SELECT * FROM (SELECT * FROM docs) WHERE a = 1").complete);
  EXPECT_TRUE(classify("MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE RETURNING t.id").complete);
  const Verdict returning = classify("MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE RETURNING lo_unlink(1)");
  EXPECT_TRUE(!returning.complete || returning.has(kListedFunction)) << "a call that is not seen; 17's own grammar sees it";
  const std::string wide = "MERGE INTO t USING s ON t.id IN (" + std::string(20'000, '1') + ") WHEN NOT MATCHED BY SOURCE THEN DELETE";
  EXPECT_NE(kept.destructive(wide), Classifier::Hit::no);
}

}  // namespace
}  // namespace gatehouse::sql
