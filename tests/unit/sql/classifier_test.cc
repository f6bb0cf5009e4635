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
                           "EXPLAIN ANALYZE DELETE FROM x", "BEGIN; TRUNCATE t; COMMIT", "DELETE FROM t WHERE 1=1",
                           "DO $$ BEGIN DELETE FROM docs; END $$", "do language plpgsql 'begin null; end'",
                           "ALTER TABLE docs RENAME TO gone", "ALTER TABLE docs SET SCHEMA gone",
                           "ALTER TABLE docs ALTER COLUMN body TYPE int USING 0", "ALTER TABLE docs DISABLE TRIGGER ALL",
                           "ALTER TABLE docs DETACH PARTITION docs_1", "DROP\vTABLE\vdocs", "DELETE FROM docs WHERE 0x1 = 0x1"})
    EXPECT_EQ(classifier.destructive(text), Hit::yes) << text;
  for (const char* text : {"please DROP TABLE users; it is old", "To empty a table run DELETE FROM t; or TRUNCATE t; but ask first.",
                           "Drop table jokes are old.", "Update your records, then delete from the list what is old.", "",
                           "SELECT * FROM docs", "DELETE FROM docs WHERE id = 1", "INSERT INTO a VALUES (1)", "42", "Do it.", "Do not call.",
                           "ALTER TABLE docs ADD COLUMN n int", "ALTER TABLE docs ALTER COLUMN n SET DEFAULT 1", "Alter ego",
                           "{\"delete\":{\"_index\":\"chunks\"}} and DROP TABLE users; -- quoted in a tutorial"})
    EXPECT_EQ(classifier.destructive(text), Hit::no) << text;
  EXPECT_EQ(classifier.destructive("DROP TABLE a" + std::string(20000, ' ')), Hit::unread);
  EXPECT_EQ(classifier.destructive("dropped " + std::string(20000, 'x')), Hit::no);
}

/// What is too long to be parsed is told by its front: prose is no statement from some word on, wherever it is cut.
TEST(Prefilter, LongProseIsNoStatement) {
  Classifier classifier;
  using Hit = Classifier::Hit;
  std::string prose;
  for (size_t i = 0; i < 400; ++i) prose += " It wasn't said; then (see page 4) \u201cnobody\u201d drops what's left, or does he?";
  for (const char* begin : {"Update: our handbook.", "Delete from your life what hurts.", "Drop table manners.", "With kind regards,",
                            "Select the right one.", "Show me.", "Do it.", "Call me.", "Set the table.", "Insert coins.", "Begin here:",
                            "Truncate long lines.", "Create table reservations online.", "select * from docs; is what he typed.",
                            "Update docs set in stone", "Delete\u00a0from\u200bour lists, please.", "Drop `docs`? No."})
    for (const size_t size : {size_t{11000}, prose.size()})   // too many words, too many bytes
      EXPECT_EQ(classifier.destructive(begin + prose.substr(0, size)), Hit::no) << begin;
  const std::string spaces(20000, ' '), comment = "/*" + spaces + "*/", values = "SELECT '" + std::string(20000, 'x') + "'";
  std::string many = "DROP TABLE a";
  for (size_t i = 0; i < 2000; ++i) many += ", a" + std::to_string(i);
  for (const std::string& text : {"DROP TABLE " + spaces + "a", "DELETE" + comment + "FROM a", "DROP TABLE a;" + spaces + "is", values,
                                  "TRUNCATE a;" + comment, many, "UPDATE a SET b = '" + spaces + "'", "DO $$" + spaces + "$$",
                                  "DELETE FROM `a` WHERE" + spaces + "1", "CREATE OR REPLACE " + comment + "TABLE a (b int)",
                                  "DROP\u00a0TABLE\u3000a" + spaces, "DELETE FROM " + std::string(20000, 'a'),
                                  "DELETE FROM a WHERE b = ?" + spaces + " OR 1 = 1", "DROP TABLE " + comment + "a and more"})
    EXPECT_EQ(classifier.destructive(text), Hit::unread) << text.substr(0, 40);
}

/// Wherever a statement is cut, what stands before is no reason to say that it is none.
TEST(Prefilter, NoFrontOfAStatementIsWrong) {
  std::ifstream in(GATEHOUSE_TEST_DATA "/sql/cases.txt");
  ASSERT_TRUE(in);
  Classifier classifier;
  size_t hits = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#' || line.find('\\') != std::string::npos) continue;
    const std::string text = line.substr(line.rfind("| ") + 2);
    if (classifier.destructive(text) != Classifier::Hit::yes) continue;
    ++hits;
    for (size_t at = 0; at <= text.size(); ++at) {   // in the middle of words, too: then it may be none
      if (at > 0 && at < text.size() && text[at] != ' ') continue;
      if (text.find('\'') < at || text.find('"') < at || text.find('$') < at) break;
      const std::string padded = text.substr(0, at) + std::string(20000, ' ') + text.substr(at);
      EXPECT_EQ(classifier.destructive(padded), Classifier::Hit::unread) << at << ": " << text;
    }
  }
  EXPECT_GT(hits, 50u);
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
