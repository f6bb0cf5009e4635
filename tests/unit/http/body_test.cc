#include "http/body.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "heads.h"

namespace gatehouse::http {
namespace {

struct Outcome {
  std::string payload;
  size_t consumed = 0;
  bool done = false;
  Reason reason = Reason::none;

  bool operator==(const Outcome&) const = default;
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << '"' << outcome.payload << "\" consumed " << outcome.consumed << (outcome.done ? " done " : " open ")
       << reason_name(outcome.reason);
}

/// feed_all gives one piece to the decoder until it is used up.
void feed_all(BodyDecoder& decoder, ByteView piece, Outcome& outcome) {
  while (!piece.empty() && !outcome.done && outcome.reason == Reason::none) {
    const BodyDecoder::Step step = decoder.feed(piece);
    ASSERT_TRUE(step.consumed > 0 || step.done || step.reason != Reason::none);
    ASSERT_LE(step.consumed, piece.size());
    outcome.payload += step.payload;
    outcome.consumed += step.consumed;
    outcome.done = step.done;
    outcome.reason = step.reason;
    piece.remove_prefix(step.consumed);
  }
}

Outcome decode(ByteView text, Framing framing = Framing::chunked, uint64_t length = 0) {
  BodyDecoder decoder(framing, length);
  Outcome outcome;
  feed_all(decoder, text, outcome);
  return outcome;
}

Reason chunk_reason(ByteView text) { return decode(text).reason; }

TEST(Body, NoneIsDoneBeforeAnyByte) {
  BodyDecoder decoder(Framing::none, 0);
  EXPECT_TRUE(decoder.done());
  const auto step = decoder.feed("GET / HTTP/1.1");
  EXPECT_TRUE(step.done);
  EXPECT_EQ(step.consumed, 0u);
  EXPECT_TRUE(BodyDecoder(Framing::length, 0).done());
  EXPECT_TRUE(BodyDecoder().done());
}

TEST(Body, LengthEndsExactlyAndLeavesTheNextMessage) {
  BodyDecoder decoder(Framing::length, 5);
  EXPECT_EQ(decoder.remaining(), 5u);
  auto step = decoder.feed("he");
  EXPECT_EQ(step.payload, "he");
  EXPECT_FALSE(step.done);
  EXPECT_EQ(decoder.remaining(), 3u);
  EXPECT_FALSE(decoder.end());
  step = decoder.feed("lloGET /");
  EXPECT_EQ(step.payload, "llo");
  EXPECT_EQ(step.consumed, 3u);
  EXPECT_TRUE(step.done);
  EXPECT_EQ(decoder.feed("GET /").consumed, 0u);
}

TEST(Body, UntilCloseEndsLegallyOnlyThere) {
  BodyDecoder decoder(Framing::until_close, 0);
  EXPECT_EQ(decoder.feed("abc").payload, "abc");
  EXPECT_FALSE(decoder.done());
  EXPECT_TRUE(decoder.end());
  EXPECT_TRUE(decoder.done());
  BodyDecoder chunked(Framing::chunked, 0);
  (void)chunked.feed("3\r\nabc\r\n0\r\n");
  EXPECT_FALSE(chunked.end());
  BodyDecoder complete(Framing::chunked, 0);
  (void)complete.feed("0\r\n\r\n");
  EXPECT_TRUE(complete.end());
}

TEST(Body, ChunkedIsDecoded) {
  EXPECT_EQ(decode("5\r\nhello\r\n0\r\n\r\nNEXT"), (Outcome{"hello", 15, true, Reason::none}));
  EXPECT_EQ(decode("1\r\na\r\nA\r\n0123456789\r\n0\r\n\r\n").payload, "a0123456789");
  EXPECT_EQ(decode("0000000000000003\r\nabc\r\n000\r\n\r\n").payload, "abc");
  EXPECT_EQ(decode("2\r\n\r\n\r\n0\r\n\r\n").payload, "\r\n");
  EXPECT_TRUE(decode("0\r\n\r\n").done);
}

TEST(BodyAttack, ChunkSizesWithPrefixSignBlankOrNothing) {
  for (const ByteView size : {"0x3", "+3", "-3", " 3", "3 ", "3\t", "\t3", "", "3h", "g", "3,", "3.0",
                              "\"3\"", "3\x0b", "\xef\xbc\x93", "_3", "3_0"})
    EXPECT_EQ(chunk_reason(std::string(size) + "\r\nabc\r\n0\r\n\r\n"), Reason::http_chunk) << size;
}

TEST(BodyAttack, NoSizeAtAll) {
  for (const ByteView text : {"\r\n\r\n", ";a\r\n\r\n", "1\r\nx\r\n\r\n\r\n"})
    EXPECT_EQ(chunk_reason(text), Reason::http_chunk) << text;
}

TEST(Body, EachChunkSizeIsReadAfresh) {
  std::string text, payload;
  for (int i = 0; i < 40; ++i) {
    text += "1\r\nx\r\n";
    payload += 'x';
  }
  EXPECT_EQ(decode(text + "0\r\n\r\n").payload, payload);
}

TEST(BodyAttack, ChunkSizesThatOverflow) {
  for (const ByteView size : {"8000000000000000", "ffffffffffffffff", "fffffffffffffffff",
                              "10000000000000003", "00000000000000003", "1000000000000000000000000000000003"})
    EXPECT_EQ(chunk_reason(std::string(size) + "\r\nabc"), Reason::http_chunk) << size;
  EXPECT_EQ(decode("7fffffffffffffff\r\nabc"), (Outcome{"abc", 21, false, Reason::none}));
}

TEST(BodyAttack, BareCrOrLfInChunkLines) {
  for (const ByteView text :
       {"3\nabc\r\n0\r\n\r\n", "3\rabc\r\n", "3\r\nabc\n0\r\n\r\n", "3\r\nabc\r0\r\n\r\n",
        "3\r\nabc0\r\n\r\n", "3\r\nabc\r\n0\n\r\n", "3\r\nabc\r\n0\r\n\n", "3\r\r\nabc", "3;a\nabc",
        "3;a=\"\n\"\r\n", "3;a=\"\r\n\"\r\n", "3\r\nabcd\r\n", "0\r\n\rX", "3\rXabc\r\n0\r\n\r\n",
        "3\r\nabc\rX0\r\n\r\n", "3\r\nabcX\n0\r\n\r\n", "0\rX\r\n", "0\r\nX: y\n\r\n",
        "0\r\nX: y\rZ\r\n"}) {
    EXPECT_EQ(chunk_reason(text), Reason::http_chunk) << text;
  }
}

TEST(BodyAttack, ChunkExtensionsAreReadStrictlyAndDropped) {
  for (const ByteView extension :
       {";a", ";a=b", ";a=\"b c\"", ";a=\"\\\"\";b", ";a;b=c", ";a=\"\xc3\xa9\t\""})
    EXPECT_EQ(
        decode("3" + std::string(extension) + "\r\nabc\r\n0" + std::string(extension) + "\r\n\r\n").payload,
        "abc")
        << extension;
  for (const ByteView extension : {";", ";;", ";a=", ";=b", "; a", " ;a", ";a ", ";a =b", ";a= b", ";a=\"b",
                                   ";a=\"b\"c", ";a=b=c", ";a=\"\x01\"", ";a(b", ";a=b\"c\""})
    EXPECT_EQ(chunk_reason("3" + std::string(extension) + "\r\nabc\r\n0\r\n\r\n"), Reason::http_chunk)
        << extension;
}

TEST(BodyAttack, ChunkExtensionsAreBoundedOverTheWholeBody) {
  const auto body = [](size_t bytes) { return "1;" + std::string(bytes, 'a') + "\r\nx\r\n0\r\n\r\n"; };
  EXPECT_TRUE(decode(body(kChunkExtensionMax - 1)).done);
  EXPECT_EQ(chunk_reason(body(kChunkExtensionMax + 1)), Reason::limit_chunk_extensions);
  std::string many;
  for (size_t i = 0; i < kChunkExtensionMax; ++i) many += "1;a\r\nx\r\n";
  EXPECT_EQ(chunk_reason(many), Reason::limit_chunk_extensions);
}

TEST(BodyAttack, TrailersAreReadStrictlyAndDropped) {
  EXPECT_EQ(decode("3\r\nabc\r\n0\r\nX-Sum: 1\r\nContent-Length: 99\r\nY:\r\n\r\nNEXT").payload, "abc");
  for (const ByteView trailer :
       {"X : y\r\n", " X: y\r\n", ": y\r\n", "X\r\n", "X: y\r\n z\r\n", "X: \x01\r\n", "X(: y\r\n", "X: y\n"})
    EXPECT_EQ(chunk_reason("0\r\n" + std::string(trailer) + "\r\n"), Reason::http_chunk) << trailer;
  EXPECT_TRUE(decode("0\r\nX: " + std::string(kTrailerBytesMax - 5, 'a') + "\r\n\r\n").done);
  EXPECT_EQ(chunk_reason("0\r\nX: " + std::string(kTrailerBytesMax, 'a') + "\r\n\r\n"), Reason::limit_trailers);
}

TEST(Body, AFailureStays) {
  BodyDecoder decoder(Framing::chunked, 0);
  EXPECT_EQ(decoder.feed("x").reason, Reason::http_chunk);
  EXPECT_EQ(decoder.feed("0\r\n\r\n").reason, Reason::http_chunk);
  EXPECT_FALSE(decoder.done());
  EXPECT_FALSE(decoder.end());
}

TEST(Body, AnySplitIsTheWhole) {
  const std::vector<std::string> texts = {
      "5\r\nhello\r\n0\r\n\r\nNEXT",
      "1;a=\"b\\\"\";c\r\nx\r\n10;n=v\r\n0123456789abcdef\r\n00\r\nX-Sum: 1\r\nY:\r\n\r\nNEXT",
      "3\r\nabcd\r\n", "3;a=\r\nabc", "0\r\nX : y\r\n\r\n", "fffffffffffffffff\r\n", "3\r\nabc\r\n0\r\n\rX"};
  for (const std::string& text : texts) {
    const Outcome whole = decode(text);
    for (size_t i = 0; i <= text.size(); ++i) {
      for (size_t j = i; j <= text.size(); ++j) {
        BodyDecoder decoder(Framing::chunked, 0);
        Outcome outcome;
        feed_all(decoder, ByteView(text).substr(0, i), outcome);
        feed_all(decoder, ByteView(text).substr(i, j - i), outcome);
        feed_all(decoder, ByteView(text).substr(j), outcome);
        ASSERT_EQ(outcome, whole) << text << " cut at " << i << " and " << j;
      }
    }
  }
}

TEST(Body, ChunkHeaderIsReadBack) {
  for (const uint64_t size :
       {uint64_t{1}, uint64_t{9}, uint64_t{10}, uint64_t{255}, uint64_t{65536}, uint64_t{INT64_MAX}}) {
    char header[kChunkHeaderMax];
    const size_t length = chunk_header(size, header);
    ASSERT_LE(length, kChunkHeaderMax);
    std::string text(header, length);
    EXPECT_NE(text[0], '0');
    EXPECT_EQ(text.substr(length - 2), "\r\n");
    EXPECT_EQ(std::stoull(text, nullptr, 16), size);
  }
  char header[kChunkHeaderMax];
  std::string text(header, chunk_header(3, header));
  text += "abc\r\n";
  EXPECT_EQ(decode(text + std::string(kLastChunk)).payload, "abc");
}

/// gathered gives `text` to gather() in cuts of `cut` bytes.
Outcome gathered(ByteView text, size_t cut, size_t* runs) {
  BodyDecoder decoder(Framing::chunked, 0);
  Outcome outcome;
  while (!text.empty() && !outcome.done && outcome.reason == Reason::none) {
    const ByteView piece = text.substr(0, cut);
    std::string room(piece.size(), '?');
    const BodyDecoder::Step step = gather(decoder, piece, {room.data(), room.size()});
    EXPECT_TRUE(step.consumed > 0 || step.done || step.reason != Reason::none);
    if (!step.payload.empty()) ++*runs;
    outcome.payload += step.payload;
    outcome.consumed += step.consumed;
    outcome.done = step.done;
    outcome.reason = step.reason;
    text.remove_prefix(step.consumed);
  }
  return outcome;
}

TEST(Gather, MakesOneRunOfSmallChunksAndTheSamePayload) {
  const std::string next = "GET / HTTP/1.1";
  const std::string text = "1\r\na\r\n2;x=1\r\nbc\r\n1\r\nd\r\n0\r\nT: v\r\n\r\n";
  for (size_t cut = 1; cut <= text.size() + next.size(); ++cut) {
    size_t runs = 0;
    EXPECT_EQ(gathered(text + next, cut, &runs), (Outcome{"abcd", text.size(), true, Reason::none})) << cut;
    if (cut >= text.size()) {
      EXPECT_EQ(runs, 1u);
    }
  }
}

TEST(Gather, LendsWhatIsOneRunOrBeginsWithALongOne) {
  std::string room(20'000, '?');
  const auto lent = [&room](const std::string& text, size_t size) {
    BodyDecoder decoder(Framing::chunked, 0);
    const auto step = gather(decoder, text, {room.data(), room.size()});
    EXPECT_EQ(step.payload.size(), size);
    return step.payload.data() >= text.data() && step.payload.data() < text.data() + text.size();
  };
  EXPECT_TRUE(lent("3\r\nabc\r\n0\r\n\r\n", 3));
  const std::string run(kLendAtLeast, 'r');
  EXPECT_TRUE(lent("1000\r\n" + run + "\r\n1\r\na\r\n", kLendAtLeast));        // the rest is for the next call
  EXPECT_FALSE(lent("1\r\na\r\n1000\r\n" + run + "\r\n", 1 + kLendAtLeast));   // begun, it goes on to the end
}

TEST(Gather, AFailureHidesThePayloadBeforeIt) {
  size_t runs = 0;
  EXPECT_EQ(gathered("1\r\na\r\nzz\r\n", 100, &runs).reason, Reason::http_chunk);
  EXPECT_EQ(runs, 0u);
}

}  // namespace
}  // namespace gatehouse::http
