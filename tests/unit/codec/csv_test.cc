#include <string>
#include <vector>

#include "tests/unit/codec/form_splits.h"

namespace gatehouse::codec {
namespace {

auto csv(char delimiter = ',', bool header = false, size_t cell_max = 1000) {
  return [=] { return Csv({delimiter, header, cell_max}); };
}

struct Table {
  std::string text;
  void cell(const Cell& cell) { text.append("[").append(cell.name).append(cell.name.empty() ? "" : ":").append(cell.text).append("]"); }
  void row(const Row& row) { text += row.ragged ? "ragged " : row.blank ? "blank " : "/"; }
};

/// table returns the cells, which every cut has.
template <typename Make>
std::string table(Make make, ByteView body) {
  EXPECT_TRUE(said_of(make, body).said.ends_with("verdict=0")) << body;
  Table out;
  Csv machine = make();
  machine.feed(body, out);
  machine.finish(out);
  return out.text;
}

TEST(Csv, RecordsOfRfc4180) {
  EXPECT_EQ(table(csv(), "aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"), "[aaa][bbb][ccc]/[zzz][yyy][xxx]/");
  EXPECT_EQ(table(csv(), "aaa,bbb\nzzz,yyy"), "[aaa][bbb]/[zzz][yyy]/");
  EXPECT_EQ(table(csv(), "\"aaa\",\"b \r\nbb\",\"ccc\"\r\nzzz,yyy,\r\n"), "[aaa][b \r\nbb][ccc]/[zzz][yyy][]/");
  EXPECT_EQ(table(csv(), "\"aaa\",\"b\"\"bb\",\"\"\"\",\"\",\"\"\"\"\"\""), "[aaa][b\"bb][\"][][\"\"]/");
  EXPECT_EQ(table(csv(), ""), "");
  EXPECT_EQ(table(csv(), ","), "[][]/");
  EXPECT_EQ(table(csv(), "\"\""), "[]/");
}

TEST(Csv, HeaderRowNamesTheColumns) {
  EXPECT_EQ(table(csv(0, true), "id;\"full \"\"name\"\"\"\n1;Ann\n2;Bob;more\n\n3\n"),
            "[id][full \"name\"]/[id:1][full \"name\":Ann]/[id:2][full \"name\":Bob][more]ragged [id:]blank [id:3]ragged ");
}

TEST(Csv, TheFirstRecordShowsTheDelimiter) {
  EXPECT_EQ(table(csv(0), "a;b;c,d\n1;2;3\n"), "[a][b][c,d]/[1][2][3]/");
  EXPECT_EQ(table(csv(0), "a\tb\n1,1\t2\n"), "[a][b]/[1,1][2]/");
  EXPECT_EQ(table(csv(0), "\"a,,,,\"|b\n1|2"), "[a,,,,][b]/[1][2]/");
  EXPECT_EQ(table(csv(0), "\"x\"\",,\n,,\";y\nz;1\n"), "[x\",,\n,,][y]/[z][1]/");
  EXPECT_EQ(table(csv(0), "a,b;c\n"), "[a][b;c]/");         // equals: the first named
  EXPECT_EQ(table(csv(0), "alone"), "[alone]/");
  EXPECT_EQ(table(csv(0), "a;b"), "[a][b]/");               // no line end at all
  const std::string mark = "\xef\xbb\xbf";
  EXPECT_EQ(table(csv(0), mark + "\"a,\";b\n1;2\n"), "[a,][b]/[1][2]/");
  EXPECT_EQ(table(csv(), mark + "a,b\n"), "[a][b]/");
  EXPECT_EQ(table(csv(), mark), "[]blank ");
  EXPECT_EQ(table(csv(), mark.substr(0, 2) + ",b\n"), "[" + mark.substr(0, 2) + "][b]/");
  EXPECT_EQ(table(csv(), "a\n" + mark + "b"), "[a]/[" + mark + "b]/");
}

TEST(Csv, AFirstRecordBeyondTheBoundIsJudgedByItsBeginning) {
  std::string body(kCsvSniffBytes - 2, 'x');
  body += ";1,,,,\n2;3\n";                                   // the second ',' lies beyond
  Table out;
  Csv machine({0, false, 1'000'000});
  machine.feed(body, out);
  EXPECT_EQ(machine.delimiter(), ';');
  said_of(csv(0, false, 1'000'000), body);
}

TEST(Csv, WhatReadersWouldCutDifferentlyIsAnError) {
  const auto verdict = [](ByteView body) { return verdict_of<CsvError>(csv(), body); };
  EXPECT_EQ(verdict("a,b\"c\n"), CsvError::stray_quote);
  EXPECT_EQ(verdict("a, \"b\"\n"), CsvError::stray_quote);
  EXPECT_EQ(verdict("\"a\"b,c\n"), CsvError::stray_quote);
  EXPECT_EQ(verdict("\"a\" ,c\n"), CsvError::stray_quote);
  EXPECT_EQ(verdict("a,\"b\n"), CsvError::unclosed_quote);
  EXPECT_EQ(verdict("a,\"b\"\""), CsvError::unclosed_quote);
  EXPECT_EQ(verdict("a\rb\n"), CsvError::bare_cr);
  EXPECT_EQ(verdict("a\r"), CsvError::bare_cr);
  EXPECT_EQ(verdict("\"a\"\r\r\n"), CsvError::bare_cr);
  EXPECT_EQ(verdict("\"a\rb\"\n"), CsvError::none);
  EXPECT_EQ(verdict("\xef\xbb\"a\"\n"), CsvError::stray_quote);   // two bytes of a mark are text
}

TEST(Csv, AfterAnErrorTheRestIsThere) {
  for (const auto& [body, good] : {std::pair<ByteView, size_t>{"ab,c\nd\"e,f", 5}, {"ab,c\"d,e\nf,g", 3}})
    for (const char delimiter : {',', '\0'})
      for (size_t cut = 0; cut < body.size(); ++cut) {
        Table out;
        Csv machine({delimiter, false, 1000});
        size_t before = 0;
        if (machine.feed(body.substr(0, cut), out) == CsvError::none) {
          before = cut;
          ASSERT_EQ(machine.feed(body.substr(cut), out), CsvError::stray_quote);
        }
        ASSERT_EQ(machine.reported(), good);
        const std::string held(machine.held());
        EXPECT_EQ(held, body.substr(good, held.size())) << cut;
        EXPECT_GE(good + held.size(), before) << cut;   // the rest lies in the last piece
      }
}

TEST(Csv, Bounds) {
  EXPECT_EQ(verdict_of<CsvError>(csv(',', false, 4), "abc,abc\nabcd"), CsvError::none);
  EXPECT_EQ(verdict_of<CsvError>(csv(',', false, 4), "abcd,a"), CsvError::too_long);
  EXPECT_EQ(verdict_of<CsvError>(csv(',', false, 4), "abcd\"a"), CsvError::too_long);   // not by chance the other error
  EXPECT_EQ(verdict_of<CsvError>(csv(',', false, 4), "abc\r\na"), CsvError::too_long);
  std::string columns;
  for (size_t i = 0; i < kCsvColumnsMax; ++i) columns += i == 0 ? "c" : ",c";
  EXPECT_EQ(verdict_of<CsvError>(csv(',', true), columns + "\n"), CsvError::none);
  EXPECT_EQ(verdict_of<CsvError>(csv(',', true), columns + ",c\n"), CsvError::too_many_columns);
  EXPECT_EQ(verdict_of<CsvError>(csv(',', true, 100'000), std::string(kCsvNamesMax + 1, 'n')), CsvError::too_many_columns);
}

TEST(Csv, CostIsLinearInAnyPieces) {
  std::string many, one = "\"";
  for (int i = 0; i < 10'000; ++i) many += std::to_string(i) + ",\"a \"\"b\"\"\",x\r\n";
  for (int i = 0; i < 50'000; ++i) one += "\"\"";
  one += "\"";
  said_of(csv(0, true), many);
  for (const size_t piece : {1, 2, 7, 1000}) {
    EXPECT_LE(steps_per_byte(csv(0), many, piece), 5.0);
    EXPECT_LE(steps_per_byte(csv(0, false, 1'000'000), one, piece), 5.0);
  }
}

TEST(Csv, ACellThatIsWrittenIsReadBack) {
  for (const ByteView text : {ByteView(""), ByteView("a"), ByteView("a,b"), ByteView("\"\"a\""), ByteView("\r\n"), ByteView("a;b")})
    for (const bool quoted : {false, true}) {
      std::string body;
      append_csv_cell(body, text, ',', quoted);
      EXPECT_TRUE(table(csv(), body + ",x").starts_with("[" + std::string(text) + "][x]")) << body;
    }
}

}  // namespace
}  // namespace gatehouse::codec
