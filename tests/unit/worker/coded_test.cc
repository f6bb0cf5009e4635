// Request bodies in a content coding: how many are decoded for the records at once, and for how long.
#include "codec/encoder.h"
#include "house.h"

namespace gatehouse::worker {
namespace {

std::string gzipped(ByteView content) {
  codec::Encoder encoder;
  encoder.start(codec::Coding::gzip);
  char room[4096];
  std::string out;
  const codec::Progress taken = encoder.step(content, room);
  EXPECT_EQ(taken.consumed, content.size());
  out.append(room, taken.produced);
  for (codec::Progress progress; progress.status != codec::Status::done;) {
    progress = encoder.finish(room);
    out.append(room, progress.produced);
  }
  return out;
}

/// Single decodes one body at a time.
class Single : public House {
 protected:
  void adjust(config::Snapshot& out) override { out.limits.mask_streams = 1; }

  std::string body = gzipped("{\"password\":\"hunter2\",\"text\":\"a few words\"}");
  std::string bytes = request("POST", "/plain/coded", body, "Content-Encoding: gzip\r\n");
};

TEST_F(Single, ASecondBodyIsRefusedWhileTheFirstIsOnItsWayAndNotWhileItIsAnswered) {
  Plain first = Plain::connect(address);
  first.send(ByteView(bytes).substr(0, bytes.size() - 5));
  Plain origin = Plain::accept(origin_listener);   // the head came to it: the body is being decoded
  Plain second = Plain::connect(address);
  second.send(bytes);
  const std::string refused = second.message();
  EXPECT_TRUE(has(refused, " 503 ")) << refused;
  EXPECT_TRUE(has(refused, "limit_streams")) << refused;
  EXPECT_TRUE(has(refused, "limits.mask_streams")) << refused;
  EXPECT_EQ(metrics.origin_connects.get(), 1u) << "nothing is asked of the origin for it";
  Plain plain = Plain::connect(address);   // whoever codes nothing is not concerned
  plain.send(request("POST", "/plain/clear", "{}"));
  Plain origin_plain = Plain::accept(origin_listener);
  EXPECT_TRUE(origin_plain.message().ends_with("{}"));
  first.send(ByteView(bytes).substr(bytes.size() - 5));
  EXPECT_TRUE(origin.message().ends_with(body)) << "it goes on as it came";
  Plain third = Plain::connect(address);   // the first waits for its answer, and needs nothing for that
  third.send(bytes);
  Plain origin_third = Plain::accept(origin_listener);
  EXPECT_TRUE(origin_third.message().ends_with(body));
  for (Plain* each : {&origin, &origin_plain, &origin_third}) each->send(answer("{}"));
  for (Plain* each : {&first, &plain, &third}) EXPECT_TRUE(has(each->message(), " 200 OK"));
  const ByteView log_of = records();
  EXPECT_FALSE(has(log_of, "hunter2"));
  EXPECT_FALSE(has(log_of, body));
  EXPECT_TRUE(has(log_of, section(record::Tag::body, "{\"password\":\"*******\",\"text\":\"a few words\"}")));
}

TEST_F(Single, WhoeverLeavesInTheMiddleGivesBackWhatItBorrowed) {
  for (int i = 0; i < 3; ++i) {
    Plain left = Plain::connect(address);
    left.send(ByteView(bytes).substr(0, bytes.size() - 5));
    Plain origin = Plain::accept(origin_listener);
    left.abandon();
    origin.until_end();   // the exchange is over
    ASSERT_TRUE(eventually([&] { return metrics.exchanges_ended.get() == static_cast<uint64_t>(i) + 1; }));
  }
  const ByteView log_of = records();
  EXPECT_TRUE(has(log_of, section(record::Tag::undecoded, "truncated")));
  EXPECT_FALSE(has(log_of, "hunter2"));
}

// What was collected for a guard is recorded, too, when the guard refuses it; without a decoder its digests alone.
TEST_F(Single, ARefusedBodySaysThatNobodyDecodedIt) {
  Plain first = Plain::connect(address);
  first.send(ByteView(bytes).substr(0, bytes.size() - 5));
  Plain origin = Plain::accept(origin_listener);
  const std::string bad = gzipped("{\"password\":\"hunter2\",\"q\":\"drop table customers\"}");
  Plain second = Plain::connect(address);
  second.send(request("POST", "/chunk", bad, "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"));
  EXPECT_TRUE(has(second.message(), " 403 "));
  first.send(ByteView(bytes).substr(bytes.size() - 5));
  origin.message();
  origin.send(answer("{}"));
  EXPECT_TRUE(has(first.message(), " 200 OK"));
  const ByteView log_of = records();
  EXPECT_TRUE(has(log_of, section(record::Tag::undecoded, "busy")));
  EXPECT_FALSE(has(log_of, "hunter2"));
  EXPECT_FALSE(has(log_of, bad));
}

}  // namespace
}  // namespace gatehouse::worker
