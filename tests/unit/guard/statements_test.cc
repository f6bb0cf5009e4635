#include "guard/statements.h"

#include <gtest/gtest.h>

namespace gatehouse::guard {
namespace {

StatementCheck check(const std::string& text, const StatementRules& rules = {}) { return judge(sql::classify(text), rules); }
Outcome outcome(const std::string& text, const StatementRules& rules = {}) { return check(text, rules).outcome; }

TEST(Statements, DefaultsRefuseWhatDestroysAndAskAboutKeyedDeletes) {
  for (const char* text : {"SELECT * FROM docs WHERE title = 'DROP TABLE and DELETE FROM explained'", "INSERT INTO docs VALUES (1)",
                           "UPDATE docs SET a = 1 WHERE id = 2", "FROM chunks | WHERE doc == \"d1\" | LIMIT 10", "", "EXPLAIN DELETE FROM docs"})
    EXPECT_EQ(outcome(text), Outcome::pass) << text;
  for (const char* text : {"DELETE FROM docs WHERE id IN (1,2)", "DELETE FROM docs WHERE id = :id", "PREPARE p AS DELETE FROM docs WHERE id = $1",
                           "MERGE INTO docs t USING s ON t.id=s.id WHEN MATCHED THEN DELETE",
                           "MERGE INTO docs t USING s ON t.id=s.id WHEN MATCHED THEN UPDATE SET a = 1"})
    EXPECT_EQ(outcome(text), Outcome::approve) << text;
  for (const char* text : {"DROP/**/TABLE docs", "dRoP\ttable docs", "DELETE FROM docs", "DELETE FROM docs WHERE 1=1", "UPDATE docs SET a = 1",
                           "UPDATE docs SET a = 1 WHERE true", "TRUNCATE docs", "TRUNCATE TABLE IF EXISTS docs", "GRANT ALL ON docs TO eve",
                           "COPY docs TO PROGRAM 'curl x'", "COPY docs TO '/tmp/x'", "DO $$ BEGIN END $$", "SELECT lo_unlink(1)", "SELECT 1; SELECT 2",
                           "WITH d AS (DELETE FROM q WHERE id = 1 RETURNING *) SELECT * FROM d", "CREATE TABLE x (a int)", "CREATE OR REPLACE TABLE x AS SELECT 1",
                           "SELECT 1 /*! ; DROP TABLE docs */", "gibberish here", "DELETE FROM docs LIMIT 1", "MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE"})
    EXPECT_EQ(outcome(text), Outcome::block) << text;
}

TEST(Statements, EachAnswerCanBeChanged) {
  StatementRules rules;
  rules.read = Outcome::approve;
  EXPECT_EQ(outcome("SELECT 1", rules), Outcome::approve);
  rules = {};
  rules.write = Outcome::block;
  EXPECT_EQ(outcome("INSERT INTO a VALUES (1)", rules), Outcome::block);
  EXPECT_EQ(outcome("SELECT 1", rules), Outcome::pass);
  rules = {};
  rules.remove = Outcome::pass;
  EXPECT_EQ(outcome("DELETE FROM docs WHERE id IN (1,2)", rules), Outcome::pass);
  EXPECT_EQ(outcome("DELETE FROM docs", rules), Outcome::block);
  rules.blocked = 0;
  EXPECT_EQ(outcome("DELETE FROM docs", rules), Outcome::pass);
  EXPECT_EQ(outcome("GRANT a TO b", rules), Outcome::block);   // by its effect
  rules.privilege = Outcome::approve;
  EXPECT_EQ(outcome("GRANT a TO b", rules), Outcome::approve);
  rules.schema = Outcome::pass;
  EXPECT_EQ(outcome("DROP TABLE docs", rules), Outcome::pass);
  EXPECT_EQ(outcome("CREATE OR REPLACE TABLE x CLONE y", rules), Outcome::block);   // another dialect
  rules.incomplete = Outcome::approve;
  EXPECT_EQ(outcome("CREATE OR REPLACE TABLE x CLONE y", rules), Outcome::approve);
  EXPECT_EQ(outcome("gibberish here", rules), Outcome::block);
  rules.unknown = Outcome::pass;
  EXPECT_EQ(outcome("gibberish here", rules), Outcome::pass);
  rules.asked = 0;
  EXPECT_EQ(outcome("MERGE INTO docs t USING s ON t.id=s.id WHEN MATCHED THEN DELETE", rules), Outcome::pass);
  rules.asked = sql::kSeveral;
  EXPECT_EQ(outcome("SELECT 1; SELECT 2", rules), Outcome::approve);
}

TEST(Statements, AWorkerWhoseTablesAreListedPasses) {
  StatementRules rules;
  rules.remove = Outcome::pass;
  rules.blocked &= ~uint32_t{sql::kCteWrite};
  rules.tables = {"ai.*", "store", "docs_*"};
  for (const char* text : {"WITH sel AS (SELECT id FROM ai.q ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED), del AS (DELETE FROM ai.q AS w USING sel "
                           "WHERE w.id = sel.id RETURNING w.id) SELECT d.id FROM docs d JOIN del ON d.id = del.id",
                           "DELETE FROM store WHERE (id) IN (($1),($2))", "INSERT INTO docs_chunks SELECT * FROM secrets", "SELECT * FROM secrets",
                           "BEGIN; DELETE FROM store WHERE id = 1; COMMIT"}) {
    StatementRules several = rules;
    several.blocked &= ~uint32_t{sql::kSeveral};
    EXPECT_EQ(outcome(text, several), Outcome::pass) << text << ": " << check(text, several).words;
  }
  for (const char* text : {"DELETE FROM secrets WHERE id = 1", "DELETE FROM other.store WHERE id = 1", "DELETE FROM db.ai.store WHERE id = 1",
                           "DELETE FROM \"STORE\" WHERE id = 1", "DELETE FROM docs WHERE id = 1", "INSERT INTO secrets SELECT * FROM store", "VACUUM",
                           "NOTIFY x", "WITH store AS (SELECT 1) DELETE FROM store WHERE id = 1"})
    EXPECT_EQ(outcome(text, rules), Outcome::block) << text;
  rules.blocked &= ~uint32_t{sql::kSeveral};
  EXPECT_EQ(outcome("DELETE FROM store WHERE id = 1; VACUUM", rules), Outcome::block);
  rules.incomplete = Outcome::pass;
  EXPECT_EQ(outcome("CREATE OR REPLACE TABLE docs_x AS SELECT 1", rules), Outcome::block);
}

TEST(Statements, SchemaOfListedTablesMayBeAllowed) {
  StatementRules rules;
  rules.schema = Outcome::pass;
  rules.tables = {"chonkie_*"};
  EXPECT_EQ(outcome("CREATE TABLE IF NOT EXISTS chonkie_chunks (id int)", rules), Outcome::pass);
  EXPECT_EQ(outcome("CREATE TABLE IF NOT EXISTS docs (id int)", rules), Outcome::block);
  EXPECT_EQ(outcome("DROP TABLE chonkie_chunks", rules), Outcome::block);
  EXPECT_EQ(outcome("CREATE EXTENSION vector", rules), Outcome::block);
  rules.blocked &= ~uint32_t{sql::kDrop};
  EXPECT_EQ(outcome("DROP TABLE chonkie_chunks", rules), Outcome::pass);
  for (const char* text : {"DROP SCHEMA chonkie_x CASCADE", "DROP EXTENSION chonkie_x", "DROP SCHEMA chonkie_x; DROP TABLE chonkie_x",
                           "DROP DATABASE chonkie_x", "DROP TYPE chonkie_x", "DROP TRIGGER chonkie_x ON docs", "DROP TABLE chonkie_x, docs"})
    EXPECT_EQ(outcome(text, rules), Outcome::block) << text;
}

TEST(Statements, NamesInDoubleQuotesMayBeAllowed) {
  StatementRules rules;
  const char* const text = "UPDATE docs SET a = 1 WHERE \"createdAt\" < '2020'";
  EXPECT_EQ(outcome(text, rules), Outcome::block);   // true of every row where "createdAt" is a text
  rules.blocked &= ~uint32_t{sql::kQuoted};
  EXPECT_EQ(outcome(text, rules), Outcome::pass);
  EXPECT_EQ(outcome("UPDATE docs SET a = 1 WHERE \"a\" = \"a\"", rules), Outcome::block);
}

TEST(Statements, WordsNameEffectFlagsAndRelations) {
  EXPECT_EQ(check("SELECT 1").words, "");
  EXPECT_EQ(check("DROP TABLE docs_chunks").words, "DROP of docs_chunks");
  EXPECT_EQ(check("DELETE FROM docs").words, "DELETE of all rows of docs");
  EXPECT_EQ(check("UPDATE docs SET a = 1").words, "UPDATE of all rows of docs");
  EXPECT_EQ(check("DELETE FROM s.docs WHERE id = 1").words, "DELETE of s.docs");
  EXPECT_EQ(check("TRUNCATE a, b, c, d").words, "TRUNCATE of a, b, c, ...");
  EXPECT_EQ(check("SELECT 1; DROP TABLE a").words, "DROP of a, several statements");
  EXPECT_EQ(check("TRUNCATE TABLE IF EXISTS docs").words, "TRUNCATE, a statement of another dialect");
  EXPECT_EQ(check("COPY docs TO PROGRAM 'x'").words, "a change of privileges, COPY ... PROGRAM");
  EXPECT_EQ(check("MERGE INTO a USING s ON a.id=s.id WHEN MATCHED THEN DELETE").words, "MERGE of a");
  StatementRules rules;
  rules.tables = {"docs"};
  EXPECT_EQ(check("INSERT INTO a VALUES (1)", rules).words, "a write, a change of a table that is not listed: a");
  const std::string wide = "DROP TABLE \"a\nb" + std::string(50, 'x') + "\", \"" + std::string(60, 'y') + "\", \"\xc3\xa9" + std::string(58, 'z') + "\"";
  const std::string words = check(wide + ", x; DO $$ $$").words;
  EXPECT_LE(words.size(), kStatementWordsMax);
  EXPECT_TRUE(words.starts_with("DROP of a.bxx")) << words;
}

TEST(Statements, TablePatterns) {
  for (const char* good : {"docs", "docs_*", "a.b", "*.docs", "*", "db.a.b"}) EXPECT_EQ(table_pattern_problem(good), nullptr) << good;
  for (const char* bad : {"", ".a", "a.", "a..b", "a\n"}) EXPECT_NE(table_pattern_problem(bad), nullptr) << bad;
  StatementRules rules;
  rules.remove = Outcome::pass;
  const auto passes = [&](const char* pattern, const char* table) {
    rules.tables = {pattern};
    return outcome("DELETE FROM " + std::string(table) + " WHERE id = 1", rules) == Outcome::pass;
  };
  EXPECT_TRUE(passes("*", "docs"));
  EXPECT_FALSE(passes("*", "s.docs"));
  EXPECT_TRUE(passes("*.docs", "docs"));
  EXPECT_TRUE(passes("*.docs", "s.docs"));
  EXPECT_TRUE(passes("s.*", "s.docs"));
  EXPECT_FALSE(passes("s.*", "docs"));
  EXPECT_FALSE(passes("s.*", "db.s.docs"));
  EXPECT_TRUE(passes("db.s.*", "db.s.docs"));
  EXPECT_TRUE(passes("d*c*s", "docs"));
  EXPECT_FALSE(passes("d*c*s", "docsx"));
}

}  // namespace
}  // namespace gatehouse::guard
