#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "sql/statement.h"

namespace gatehouse::sql {
namespace {

TEST(Prefilter, WhatTheLexerLeavesOutMayStandBeforeTheFirstWord) {
  for (const char* before : {"", " ", "\t\r\n\v\f", "-- x\n", "--x\r", "/* x */", "/*/**/*/", ";", ";;\n", "(", " ( ", "\u00a0", "\ufeff",
                             "\u200b", "\u3000"})
    for (const char* statement : {"DROP TABLE a", "drop table a", "dRoP\u00a0TABLE a", "Truncate a", "DROP/**/TABLE a",
                                  "DELETE--\nFROM a", "DO'x'", "security label on table a is 'x'", "deallocate all; drop table a",
                                  "checkpoint; drop table a"})
      EXPECT_TRUE(looks_like(std::string(before) + statement)) << before << statement;
  for (const char* text : {"", "d", "dropped", "dropp table", "drop_table", "drop1 table a", "drop$ a", "e'drop table a'",
                           "\"drop\" table a", "1 drop table a", "deallocates all", "DeallocateEverything", "the drop table",
                           "[drop]", "{drop}", "#drop", "u&'drop'", "drop\u00e9 table"})
    EXPECT_FALSE(looks_like(text)) << text;
}

TEST(Prefilter, OnlyAWholeDestructiveStatementIsAHit) {
  Classifier classifier;
  using Hit = Classifier::Hit;
  for (const char* text : {"DROP/**/TABLE users", " \n\t/* a */ drop table users", "-- x\nDELETE FROM docs", ";DROP TABLE a",
                           "SELECT 1; DROP TABLE users", "WITH d AS (DELETE FROM t) SELECT 1", "TRUNCATE t;",
                           "\xEF\xBB\xBF" "DROP TABLE a", "DROP\xC2\xA0TABLE a", "grant all on a to b", "SELECT lo_unlink(1)",
                           "EXPLAIN ANALYZE DELETE FROM x", "BEGIN; TRUNCATE t; COMMIT", "DELETE FROM t WHERE 1=1"})
    EXPECT_EQ(classifier.destructive(text), Hit::yes) << text;
  for (const char* text : {"please DROP TABLE users; it is old", "To empty a table run DELETE FROM t; or TRUNCATE t; but ask first.",
                           "Drop table jokes are old.", "Update your records, then delete from the list what is old.", "",
                           "SELECT * FROM docs", "DELETE FROM docs WHERE id = 1", "INSERT INTO a VALUES (1)", "42",
                           "{\"delete\":{\"_index\":\"chunks\"}} and DROP TABLE users; -- quoted in a tutorial"})
    EXPECT_EQ(classifier.destructive(text), Hit::no) << text;
  EXPECT_EQ(classifier.destructive("DROP TABLE a" + std::string(20000, ' ')), Hit::unread);
  EXPECT_EQ(classifier.destructive("dropped " + std::string(20000, 'x')), Hit::no);
}

TEST(Classifier, KeepsVerdictsByTextWithinItsBounds) {
  Limits limits;
  limits.cache_entries = 2;
  Classifier classifier(limits);
  EXPECT_EQ(classifier.classify("SELECT 1").effect, Effect::read);
  EXPECT_EQ(classifier.classify("DROP TABLE a").effect, Effect::schema);
  const Verdict* kept = &classifier.classify("SELECT 1");
  classifier.classify("DELETE FROM a");           // the oldest goes: DROP
  EXPECT_EQ(&classifier.classify("SELECT 1"), kept);
  EXPECT_EQ(classifier.classify("DROP TABLE a").effect, Effect::schema);
}

TEST(Classifier, SlowTextsAreToldBeforeTheyAreParsed) {
  Classifier classifier;
  const std::string text = "SELECT " + std::string(3000, ' ') + "1";
  EXPECT_TRUE(classifier.slow(text));
  EXPECT_FALSE(classifier.slow("SELECT 1"));
  EXPECT_TRUE(classifier.keep(text, classify(text)).has(kSlow));
  EXPECT_FALSE(classifier.slow(text));
  EXPECT_FALSE(classifier.slow(std::string(20000, ' ')));   // refused at once
}

TEST(Classify, SaysWhatTakesRowsAwayAndNamesDatabases) {
  for (const char* text : {"DELETE FROM a WHERE id = 1", "WITH d AS (DELETE FROM a WHERE id = 1 RETURNING *) SELECT 1", "DELETE FROM a WHERE id = :id",
                           "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE", "DELETE FROM a WHERE id = 1 LIMIT 1"})
    EXPECT_TRUE(classify(text).has(kDelete)) << text;
  for (const char* text : {"UPDATE a SET x = 1 WHERE id = 1", "EXPLAIN DELETE FROM a", "SELECT 'DELETE FROM a'", "INSERT INTO a VALUES (1)",
                           "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = 1"})
    EXPECT_FALSE(classify(text).has(kDelete)) << text;
  EXPECT_EQ(classify("DELETE FROM d.s.a WHERE id = 1").relations.at(0).schema, "d.s");
  EXPECT_EQ(classify("DROP TABLE d.s.a").relations.at(0).schema, "d.s");
}

TEST(Classifier, TellsEachStatementAndWhereItStands) {
  const Verdict verdict = classify("SELECT 1; DELETE FROM a WHERE id = 3;DROP TABLE b");
  ASSERT_EQ(verdict.statements.size(), 3u);
  EXPECT_EQ(verdict.statements[0].effect, Effect::read);
  EXPECT_EQ(verdict.statements[1].effect, Effect::write);
  EXPECT_EQ(verdict.statements[1].flags, uint32_t{kDelete});
  EXPECT_EQ(verdict.statements[2].effect, Effect::schema);
  EXPECT_EQ(verdict.statements[2].offset, 37u);
}

#if defined(__SANITIZE_ADDRESS__)
#define GH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GH_ASAN 1   // keeps what is freed, and looks for leaks itself
#endif
#endif

size_t resident_kib() {
  std::ifstream in("/proc/self/statm");
  size_t size = 0, resident = 0;
  in >> size >> resident;
  return resident * 4;
}

TEST(Classifier, KeepsNoMemoryOfWhatItParsed) {
  Limits limits;
  limits.cache_entries = 0;
  Classifier classifier(limits);
  const auto run = [&](int count) {
    for (int i = 0; i < count; ++i) {
      classifier.classify("DELETE FROM docs WHERE id = " + std::to_string(i));
      classifier.classify("DELETE FROM docs WHERE WHERE " + std::to_string(i));
    }
  };
  run(2000);
  [[maybe_unused]] const size_t before = resident_kib();
  run(50000);
#ifndef GH_ASAN
  EXPECT_LT(resident_kib(), before + 2048);
#endif
}

TEST(Classifier, TwoThreadsDoNotDisturbEachOther) {
  const auto run = [](const char* text, Effect effect) {
    Classifier classifier;
    for (int i = 0; i < 3000; ++i) {
      ASSERT_EQ(classifier.classify(text + std::to_string(i)).effect, effect);
      ASSERT_FALSE(classify("SELECT FROM WHERE").complete);
    }
  };
  std::thread other(run, "DROP TABLE t", Effect::schema);
  run("SELECT * FROM t", Effect::read);
  other.join();
}

}  // namespace
}  // namespace gatehouse::sql
