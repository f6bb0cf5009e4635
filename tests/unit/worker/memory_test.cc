// Memory for collected bodies follows what has come, not what a request says will come.
#include <algorithm>

#include "house.h"

namespace gatehouse::worker {
namespace {

constexpr size_t kClaimed = 8 << 20;   // limits.inspect_bytes: none may claim more
constexpr uint64_t kFirst = 64 * 1024;

TEST_F(House, SlowRequestsThatClaimMuchTakeLittle) {
  std::vector<Plain> slow;
  for (int i = 0; i < 40; ++i) {
    slow.push_back(Plain::connect(address));
    slow.back().send(request("POST", "/chunk", "", "Content-Type: application/json\r\nContent-Length: " +
                                                       std::to_string(kClaimed) + "\r\n") + "{\"text\":\"");
  }
  ASSERT_TRUE(eventually([&] { return metrics.body_bytes_now.get() >= slow.size() * kFirst; }));
  EXPECT_EQ(metrics.body_bytes_now.get(), slow.size() * kFirst);
  Plain client = Plain::connect(address);
  client.send(request("POST", "/chunk", "{\"text\":\"" + std::string(100'000, 'x') + "\"}"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  origin.send(answer("{}"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
  const std::string more(1 << 20, 'x');
  slow[0].send(more);   // one goes on: what it takes is twice what it sent, or the fourfold that makes it whole
  ASSERT_TRUE(eventually([&] { return metrics.body_bytes_now.get() >= (slow.size() - 1) * kFirst + more.size(); }));
  EXPECT_LE(metrics.body_bytes_now.get(), (slow.size() - 1) * kFirst + 5 * more.size());
  slow.clear();
  EXPECT_TRUE(eventually([&] { return metrics.body_bytes_now.get() == 0; }));
}

// A long answer that is masked takes no memory of bodies, and every byte is there in the end.
TEST_F(House, AnAnswerThatIsMaskedAsItComesIsNoBody) {
  Plain client = Plain::connect(address);
  client.send(request("POST", "/chunk", "{}"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  std::string body = "[{\"text\":\"" + std::string(3 << 20, 'y') + " jane@example.org\"}]";
  const std::string whole = answer(body);
  origin.send(ByteView(whole).substr(0, 200));
  ASSERT_TRUE(eventually([&] { return metrics.mask_streams_now.get() == 1; }));
  EXPECT_EQ(metrics.body_bytes_now.get(), 0u);
  std::thread rest([&] { origin.send(ByteView(whole).substr(200)); });
  const std::string got = client.read_until([](const std::string& text) { return text.ends_with("\r\n0\r\n\r\n"); });
  rest.join();
  EXPECT_FALSE(has(got, "jane@"));
  EXPECT_TRUE(has(got, "[{\"text\":\"yyy"));
  const ptrdiff_t head = static_cast<ptrdiff_t>(got.find("\r\n\r\n"));   // the body's chunks have lines between them
  EXPECT_EQ(std::count(got.begin() + head, got.end(), 'y'), ptrdiff_t{3} << 20);
  EXPECT_TRUE(eventually([&] { return metrics.mask_streams_now.get() == 0; }));
}

/// Tight has memory for one of the largest bodies, and no more.
class Tight : public House {
 protected:
  void adjust(config::Snapshot& out) override {
    out.limits.inspect_bytes = 1 << 20;
    out.limits.body_memory = 1 << 20;
  }
  static constexpr size_t kLargest = 1 << 20;
};

TEST_F(Tight, TheLargestBodyFitsAndASecondIsRefused) {
  const std::string begin = "{\"text\":\"", end = "\"}";
  const std::string text = begin + std::string(kLargest - begin.size() - end.size(), 'x') + end;
  const std::string bytes = request("POST", "/chunk", text);
  Plain first = Plain::connect(address);
  first.send(ByteView(bytes).substr(0, bytes.size() - 10));
  ASSERT_TRUE(eventually([&] { return metrics.body_bytes_now.get() == kLargest; }));
  Plain second = Plain::connect(address);
  second.send(ByteView(bytes).substr(0, bytes.size() - 400'000));
  EXPECT_TRUE(has(second.message(), "limit_memory"));
  EXPECT_LE(metrics.body_bytes_now.get(), kLargest);
  first.send(ByteView(bytes).substr(bytes.size() - 10));
  Plain origin = Plain::accept(origin_listener);
  EXPECT_TRUE(origin.message().ends_with(end));
  origin.send(answer("{}"));
  EXPECT_TRUE(has(first.message(), "200 OK"));
}

}  // namespace
}  // namespace gatehouse::worker
