// After warm-up a request costs no allocation: counted at malloc, on the worker's thread, with guards,
// masks, records and log lines on.
#include <atomic>
#include <cstdlib>

#include "house.h"

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t align, size_t size);
}

namespace {

thread_local bool counting = false;
std::atomic<uint64_t> allocations{0};

void count() {
  if (counting) allocations.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

extern "C" {
__attribute__((visibility("default"))) void* malloc(size_t size) {
  count();
  return __libc_malloc(size);
}
__attribute__((visibility("default"))) void* calloc(size_t items, size_t size) {
  count();
  return __libc_calloc(items, size);
}
__attribute__((visibility("default"))) void* realloc(void* memory, size_t size) {
  count();
  return __libc_realloc(memory, size);
}
__attribute__((visibility("default"))) void* aligned_alloc(size_t align, size_t size) {
  count();
  return __libc_memalign(align, size);
}
}

namespace gatehouse::worker {
namespace {

class AllocationTest : public House {
 protected:
  void on_worker_thread() override { counting = true; }

  void exchange(Plain& client, Plain& origin) {
    client.send(request("POST", "/chunk", "{\"text\":\"some words\\n to be cut into chunks\",\"chunk_size\":512}"));
    origin.message();
    origin.send(answer("[{\"text\":\"some words of jane@example.org\\n\"},{\"text\":\"4111 1111\"}]"));
    ASSERT_NE(client.message().find("some words of "), std::string::npos);
  }
};

TEST_F(AllocationTest, TheCounterCounts) {
  const uint64_t before = allocations.load();
  counting = true;
  std::free(std::malloc(10));
  counting = false;
  EXPECT_EQ(allocations.load() - before, 1u);
}

TEST_F(AllocationTest, AWarmWorkerDoesNotAllocate) {
  Plain client = Plain::connect(address);
  client.send(request("POST", "/chunk", "{}"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  origin.send(answer("[]"));
  client.message();
  for (int i = 0; i < 50; ++i) exchange(client, origin);
  const uint64_t before = allocations.load();
  for (int i = 0; i < 200; ++i) exchange(client, origin);
  EXPECT_EQ(allocations.load() - before, 0u);
}

}  // namespace
}  // namespace gatehouse::worker
