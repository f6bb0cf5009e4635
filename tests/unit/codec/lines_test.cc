#include <string>

#include "tests/unit/codec/form_splits.h"

namespace gatehouse::codec {
namespace {

auto lines(size_t line_max = 1000) {
  return [=] { return Lines(line_max); };
}

TEST(Lines, EndsBlankLinesAndTheLastOne) {
  EXPECT_EQ(said_of(lines(), "{\"a\":1}\r\n\n \t\r\n[2]\nlast").said,
            "\nline={\"a\":1}\r\n\ntext={\"a\":1}\nline=\n\nblank=\nline= \t\r\n\nblank= \t\nline=[2]\n\ntext=[2]\nline=last\ntext=last\nverdict=0");
  EXPECT_EQ(said_of(lines(), "").said, "\nverdict=0");
  EXPECT_EQ(said_of(lines(), "\n").said, "\nline=\n\nblank=\nverdict=0");
}

TEST(Lines, CrAloneEndsNoLineAndIsReported) {
  EXPECT_EQ(said_of(lines(), "{\"a\":1}\r{\"b\":2}\n").said, "\nline={\"a\":1}\r{\"b\":2}\n\ncr={\"a\":1}\r{\"b\":2}\nverdict=0");
  EXPECT_EQ(said_of(lines(), "1\r\r\n").said, "\nline=1\r\r\n\ncr=1\r\nverdict=0");
  EXPECT_EQ(said_of(lines(), "1\r").said, "\nline=1\r\ncr=1\r\nverdict=0");   // no LF came: not an end
}

TEST(Lines, TheBoundCountsTheLineEnd) {
  EXPECT_EQ(verdict_of<LineError>(lines(4), "abc\nabc\nabcd"), LineError::none);
  EXPECT_EQ(verdict_of<LineError>(lines(4), "abc\nabcd\nabc\n"), LineError::too_long);
  EXPECT_EQ(said_of(lines(4), "abc\nabcde").said, "\nline=abc\n\ntext=abc\nverdict=1");
}

TEST(Lines, ALineWithinAPieceIsNotCopied) {
  struct Place {
    ByteView seen;
    void line(const Line& line) { seen = line.raw; }
  } place;
  Lines machine(100);
  const ByteView piece = "one\ntwo\nthr";
  machine.feed(piece, place);
  EXPECT_EQ(place.seen.data(), piece.data() + 4);
  EXPECT_EQ(machine.reported(), 8U);
  EXPECT_EQ(machine.held(), "thr");
}

TEST(Lines, TenThousandLinesAndOneLongOneCostTheSameInAnyPieces) {
  std::string many, one(100'000, 'x');
  for (int i = 0; i < 10'000; ++i) many += "{\"n\":" + std::to_string(i) + "}\n";
  const auto log = said_of(lines(), many);
  EXPECT_TRUE(log.said.ends_with("text={\"n\":9999}\nverdict=0"));
  for (const size_t piece : {1, 2, 7, 1000}) {
    EXPECT_LE(steps_per_byte(lines(), many, piece), 3.0);
    EXPECT_LE(steps_per_byte(lines(1'000'000), one, piece), 3.0);
  }
}

}  // namespace
}  // namespace gatehouse::codec
