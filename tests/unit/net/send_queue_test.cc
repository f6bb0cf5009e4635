#include "net/send_queue.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace gatehouse::net {
namespace {

std::string bytes_of(const msghdr* message) {
  std::string all;
  for (size_t i = 0; i < message->msg_iovlen; ++i)
    all.append(static_cast<const char*>(message->msg_iov[i].iov_base), message->msg_iov[i].iov_len);
  return all;
}

TEST(SendQueue, SendsWhatWasAppendedInAnyPieces) {
  std::mt19937 random(3);
  ChunkPool pool;
  {
    SendQueue queue(pool);
    std::string expected, seen;
    for (int round = 0; round < 400; ++round) {
      std::string piece(random() % 100'000, static_cast<char>('a' + round % 26));
      queue.append(piece);
      expected += piece;
      if (queue.empty()) continue;
      size_t bytes = 0;
      const std::string message = bytes_of(queue.message(&bytes));
      ASSERT_EQ(bytes, message.size());
      const size_t taken = 1 + random() % bytes;   // a short send
      seen += message.substr(0, taken);
      queue.sent(taken);
      ASSERT_EQ(queue.size(), expected.size() - seen.size());
    }
    while (!queue.empty()) {
      size_t bytes = 0;
      seen += bytes_of(queue.message(&bytes));
      queue.sent(bytes);
    }
    EXPECT_TRUE(seen == expected);
    EXPECT_EQ(pool.lent(), 0u);
  }
}

TEST(SendQueue, ClearGivesChunksBack) {
  ChunkPool pool;
  SendQueue queue(pool);
  queue.append(std::string(3 * kSendChunkBytes, 'x'));
  EXPECT_EQ(pool.lent(), 3u);
  queue.clear();
  EXPECT_EQ(pool.lent(), 0u);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace gatehouse::net
