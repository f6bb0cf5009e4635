#include <string>
#include <vector>

#include "tests/unit/codec/form_splits.h"

namespace gatehouse::codec {
namespace {

auto stream(size_t event_max = 1000) {
  return [=] { return EventStream(event_max); };
}

/// Dispatched keeps what a browser would dispatch (WHATWG HTML section 9.2.6).
struct Dispatched {
  std::vector<std::string> seen;
  void event(const Event& event) {
    if (event.has_data && event.complete) seen.push_back(std::string(event.type) + "|" + std::string(event.data));
  }
};

std::vector<std::string> dispatched(ByteView body) {
  said_of(stream(), body);
  Dispatched out;
  EventStream machine(1000);
  EXPECT_EQ(machine.feed(body, out), EventError::none);
  EXPECT_EQ(machine.finish(out), EventError::none);
  return out.seen;
}

using Seen = std::vector<std::string>;

TEST(EventStream, ExamplesOfTheSpecification) {
  EXPECT_EQ(dispatched("data: YHOO\ndata: +2\ndata: 10\n\n"), (Seen{"|YHOO\n+2\n10"}));
  EXPECT_EQ(dispatched(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n"),
            (Seen{"|first event", "|second event"}));
  EXPECT_EQ(dispatched("data\n\ndata\ndata\n\ndata:"), (Seen{"|", "|\n"}));
  EXPECT_EQ(dispatched("data:test\n\ndata: test\n\n"), (Seen{"|test", "|test"}));
}

TEST(EventStream, LineEndsOfAllKindsAndTheByteOrderMark) {
  const Seen both{"x|a\nb", "|c"};
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    const std::string body = "event: x" + end + "data: a" + end + "data: b" + end + end + "data: c" + end + end;
    EXPECT_EQ(dispatched(body), both);
    EXPECT_EQ(dispatched("\xef\xbb\xbf" + body), both);
    EXPECT_EQ(dispatched("\xef\xbb\xbf" + end + body), both);   // a mark alone on its line is an empty line
  }
  EXPECT_EQ(dispatched("data: a\r\ndata: b\r\r\n\ndata: c\n\r"), (Seen{"|a\nb", "|c"}));
  EXPECT_EQ(dispatched("\xef\xbb\xbf" "data: x\nabc\ndata: y\n\n"), (Seen{"|x\ny"}));
  EXPECT_EQ(dispatched("\xef\xbb\xbf\xef\xbb\xbf" "data: a\n\n"), Seen{});   // the second is a part of the name
}

TEST(EventStream, AValueThatIsCutOverTwoLinesIsOneTextWithItsPlaces) {
  const ByteView body = ": c\ndata: ann@ex\nid: 7\ndata:ample.org\n\n";
  const FormLog log = said_of(stream(), body);   // FormLog checks each place in body and text
  EXPECT_NE(log.said.find("data=ann@ex\nample.org"), std::string::npos);
  EXPECT_NE(log.said.find("id=7"), std::string::npos);
}

TEST(EventStream, AnEndWithoutEmptyLineIsReportedAsCut) {
  EXPECT_TRUE(said_of(stream(), "data: a\n\ndata: b\n").said.ends_with("cut=data: b\n\ndata=b\ndata=b\ntype=\nid=\nverdict=0"));
  EXPECT_TRUE(said_of(stream(), "data: b").said.starts_with("\ncut=data: b\n"));
  EXPECT_TRUE(said_of(stream(), "data: b\r").said.starts_with("\ncut="));
  EXPECT_TRUE(said_of(stream(), "data: b\r\r").said.starts_with("\nevent="));
}

TEST(EventStream, FieldsThatMeanNothingAreStillShown) {
  const std::string said = said_of(stream(), "Data: a\nretry: x\nid: a\0b\n:note\n\n"
                                             "data: z\n\n").said;
  EXPECT_NE(said.find("\nData=a"), std::string::npos);
  const std::string nul("id: 1\nid: 2\0x\ndata: d\n\n", 23);
  EXPECT_NE(said_of(stream(), nul).said.find("\ntype=\nid=1\n"), std::string::npos);
}

TEST(EventStream, Bounds) {
  EXPECT_EQ(verdict_of<EventError>(stream(9), "data: a\n\ndata: b\n\n"), EventError::none);
  EXPECT_EQ(verdict_of<EventError>(stream(9), "data: a\r\n\n"), EventError::too_long);
  EXPECT_EQ(verdict_of<EventError>(stream(9), "data: a\n\r\n"), EventError::too_long);
  EXPECT_EQ(verdict_of<EventError>(stream(9), "data: abcd"), EventError::too_long);
  std::string lines;
  for (size_t i = 0; i < kEventLinesMax; ++i) lines += "d\n";
  EXPECT_EQ(verdict_of<EventError>(stream(100'000), lines + "\n"), EventError::none);
  EXPECT_EQ(verdict_of<EventError>(stream(100'000), lines + "d\n\n"), EventError::too_many_lines);
  EXPECT_EQ(verdict_of<EventError>(stream(100), lines + "d\n\n"), EventError::too_long);   // in any pieces
}

TEST(EventStream, CostIsLinearInAnyPieces) {
  std::string many, one = "data: ";
  for (int i = 0; i < 10'000; ++i) many += "data: " + std::to_string(i) + "\r\ndata: x\r\n\r\n";
  one += std::string(100'000, 'x') + "\n\n";
  said_of(stream(), many);
  for (const size_t piece : {1, 2, 7, 1000}) {
    EXPECT_LE(steps_per_byte(stream(), many, piece), 5.0);
    EXPECT_LE(steps_per_byte(stream(1'000'000), one, piece), 5.0);
  }
}

}  // namespace
}  // namespace gatehouse::codec
