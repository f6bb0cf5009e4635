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

}  // namespace
}  // namespace gatehouse::worker
