#include "sql/scan.h"

#include <gtest/gtest.h>

namespace gatehouse::sql {
namespace {

std::string repeated(const std::string& text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

std::string kinds(ByteView text) {
  std::string out;
  Lexer lexer(text);
  for (Token token = lexer.next(); token.kind != Kind::end; token = lexer.next())
    out += "ewqbsdno()[],;.:c$?pm!"[static_cast<size_t>(token.kind)];
  return out;
}

TEST(Lexer, KnowsThePiecesOfAStatement) {
  EXPECT_EQ(kinds("SELECT a.\"b\" FROM `c`"), "ww.qwb");
  EXPECT_EQ(kinds("'it''s' E'it\\'s' U&'x' U&\"y\" N'z' $$a$$ $t$ $$ $t$"), "sssqsdd");
  EXPECT_EQ(kinds("1 1.5 .5 1e-5 0xFF a1 a$1 $1"), "nnnnnww$");
  EXPECT_EQ(kinds("a::int[1] := :id c:name ? %s %(x)s {{y}}"), "wcw[n]o?wp???m");
  EXPECT_EQ(kinds("a /* b /* c */ d */ e -- f\ng"), "www");
  EXPECT_EQ(kinds("'open"), "!");
  EXPECT_EQ(kinds("/* open"), "!");
  EXPECT_EQ(kinds("$t$ open $u$"), "!");
  EXPECT_EQ(kinds("\xEF\xBB\xBF" "DROP\xC2\xA0TABLE\xE2\x80\x8Bx"), "www");
}

TEST(Scan, EachBoundIsHeldAtItsValue) {
  const Limits limits;
  const auto complex = [&](const std::string& text) { return scan(text, limits).too_complex; };
  EXPECT_FALSE(complex("SELECT " + repeated(" ", 16 * 1024 - 8) + "1"));
  EXPECT_TRUE(complex("SELECT " + repeated(" ", 16 * 1024 - 7) + "1"));
  EXPECT_FALSE(complex("SELECT 1" + repeated(",1", 999)));
  EXPECT_TRUE(complex("SELECT 1" + repeated(",1", 1000)));
  EXPECT_FALSE(complex(repeated("(", 200)));
  EXPECT_TRUE(complex(repeated("(", 201)));
  EXPECT_FALSE(complex("SELECT 1" + repeated("+1", 200)));
  EXPECT_TRUE(complex("SELECT 1" + repeated("+1", 201)));
  EXPECT_FALSE(complex("SELECT " + repeated("NOT ", 200) + "a"));
  EXPECT_TRUE(complex("SELECT " + repeated("NOT ", 201) + "a"));
  EXPECT_FALSE(complex("SELECT " + repeated("CASE WHEN ", 200)));
  EXPECT_TRUE(complex("SELECT " + repeated("CASE WHEN ", 201)));
  EXPECT_TRUE(complex("SELECT 1 FROM a" + repeated(" JOIN b ON c", 201)));
  EXPECT_TRUE(complex("SELECT a" + repeated("::int", 201)));
  EXPECT_TRUE(complex("SELECT " + repeated("(1+1+", 140)));   // nesting and chains together
  EXPECT_FALSE(complex("INSERT INTO a VALUES (1)" + repeated(",($1::int)", 300)));
  EXPECT_FALSE(complex("SELECT 1 WHERE a = 1" + repeated(" AND b = 2", 300)));
}

TEST(Scan, BrokenTextsAreNotGivenToTheParser) {
  EXPECT_TRUE(scan(ByteView("SELECT 1\0; DROP", 15), {}).broken);
  EXPECT_TRUE(scan("SELECT '\xC3'", {}).broken);
  EXPECT_TRUE(scan("SELECT '\xED\xA0\x80'", {}).broken);
  EXPECT_FALSE(scan("SELECT '\xC3\xA9'", {}).broken);
}

}  // namespace
}  // namespace gatehouse::sql
