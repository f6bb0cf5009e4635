// The kernel refuses what a ring of ours is not to do: asked of a ring that is restricted as they are.
#include "uring/restrict.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <liburing.h>

#include <cerrno>
#include <cstdint>

namespace gatehouse::uring {
namespace {

class Restricted : public ::testing::Test {
 protected:
  void SetUp() override {
    const int made = io_uring_queue_init(8, &ring_, IORING_SETUP_R_DISABLED);
    if (made < 0) GTEST_SKIP() << "no io_uring here: " << made;
    made_ = true;
    if (const int result = restrict_ring(&ring_); result < 0) GTEST_SKIP() << "no restrictions here: " << result;
    ASSERT_EQ(io_uring_enable_rings(&ring_), 0);
  }
  void TearDown() override {
    if (made_) io_uring_queue_exit(&ring_);
  }

  io_uring_sqe* sqe() { return io_uring_get_sqe(&ring_); }
  int result() {
    if (const int sent = io_uring_submit(&ring_); sent < 0) return sent;
    io_uring_cqe* cqe = nullptr;
    __kernel_timespec patience{60, 0};
    if (const int waited = io_uring_wait_cqe_timeout(&ring_, &cqe, &patience); waited < 0) return waited;
    const int result = cqe->res;
    io_uring_cqe_seen(&ring_, cqe);
    return result;
  }

  io_uring ring_{};
  bool made_ = false;
};

TEST_F(Restricted, OperationsThatAreNotUsedAreRefused) {
  char byte = 0;
  io_uring_prep_nop(sqe());
  EXPECT_EQ(result(), -EACCES);
  io_uring_prep_openat(sqe(), AT_FDCWD, "/etc/hostname", O_RDONLY, 0);
  EXPECT_EQ(result(), -EACCES);
  io_uring_prep_read(sqe(), 0, &byte, 1, 0);
  EXPECT_EQ(result(), -EACCES);
  io_uring_prep_write(sqe(), 1, &byte, 1, 0);
  EXPECT_EQ(result(), -EACCES);
  io_uring_prep_unlinkat(sqe(), AT_FDCWD, "/nothing/is/there", 0);
  EXPECT_EQ(result(), -EACCES);
}

TEST_F(Restricted, OperationsThatAreUsedArePassedOn) {
  io_uring_prep_cancel64(sqe(), 4711, 0);
  EXPECT_EQ(result(), -ENOENT);
  io_uring_prep_close(sqe(), 1 << 20);
  EXPECT_EQ(result(), -EBADF);
}

TEST_F(Restricted, SoAreFlagsAndRegistrations) {
  io_uring_sqe* const entry = sqe();
  io_uring_prep_cancel64(entry, 4711, 0);
  io_uring_sqe_set_flags(entry, IOSQE_IO_DRAIN);
  EXPECT_EQ(result(), -EACCES);
  int descriptor = 0;
  EXPECT_EQ(io_uring_register_files(&ring_, &descriptor, 1), -EACCES);
}

}  // namespace
}  // namespace gatehouse::uring
