// After warm-up a request costs no allocation: counted at malloc, on the worker's thread, with guards,
// masks, records and log lines on.
#include <atomic>

#include "house.h"
#include "tests/support/allocation_count.h"

namespace gatehouse::worker {
namespace {

class AllocationTest : public House {
 protected:
  void on_turn(const Worker&) override { counted = testing::allocations(); }   // of this, the worker's, thread

  void exchange(Plain& client, Plain& origin) {
    client.send(request("POST", "/chunk", "{\"text\":\"some words\\n to be cut into chunks\",\"chunk_size\":512}"));
    origin.message();
    origin.send(answer("[{\"text\":\"some words of jane@example.org\\n\"},{\"text\":\"4111 1111\"}]"));
    ASSERT_NE(client.message().find("some words of "), std::string::npos);
  }

  std::atomic<size_t> counted{0};
};

TEST_F(AllocationTest, AWarmWorkerDoesNotAllocate) {
  Plain client = Plain::connect(address);
  client.send(request("POST", "/chunk", "{}"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  origin.send(answer("[]"));
  client.message();
  for (int i = 0; i < 50; ++i) exchange(client, origin);
  const size_t before = counted;
  EXPECT_GT(before, 0u);
  for (int i = 0; i < 200; ++i) exchange(client, origin);
  EXPECT_EQ(counted - before, 0u);
}

/// WaitingForTheLog: a request that waits for room in the log is looked at again and again, and builds nothing anew.
class WaitingForTheLog : public AllocationTest {
 protected:
  WaitingForTheLog() { log_bytes = 1 << 20; }
  void on_turn(const Worker& worker) override {
    AllocationTest::on_turn(worker);
    turns = metrics.turns.get();
    if (!fill) return;
    record::Sections sections;
    while (log->append(record::Kind::piece, {}, 0, 1, sections) == record::Append::ok) {}
    fill = false;
  }
  std::atomic<bool> fill{false};
  std::atomic<uint64_t> turns{0};
};

TEST_F(WaitingForTheLog, BuildsTheOriginsHeadOnce) {
  Plain client = Plain::connect(address);
  fill = true;
  ASSERT_TRUE(eventually([this] { return !fill; }));
  std::string fields;
  for (int i = 0; i < 20; ++i) fields += "X-Filler-" + std::to_string(i) + ": " + std::string(1'000, 'x') + "\r\n";
  client.send(request("GET", "/plain/a", "", fields));
  ASSERT_TRUE(eventually([this] { return metrics.record_waits.get() == 1; }));
  const uint64_t then = turns;
  ASSERT_TRUE(eventually([&] { return turns > then + 4; }));
  const size_t before = counted;
  const uint64_t seen = turns;
  ASSERT_TRUE(eventually([&] { return turns > seen + 40; }));   // looked at every 10 ms, a turn takes 5 ms
  EXPECT_EQ(counted - before, 0u);
  written();
  Plain origin = Plain::accept(origin_listener);
  EXPECT_TRUE(has(origin.message(), "X-Filler-19"));
  origin.send(answer("ok", "text/plain"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
}

}  // namespace
}  // namespace gatehouse::worker
