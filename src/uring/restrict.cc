#include "uring/restrict.h"

#include <liburing.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace gatehouse::uring {

int restrict_ring(io_uring* ring) {
  constexpr uint8_t kOperations[] = {IORING_OP_ACCEPT,  IORING_OP_CONNECT,      IORING_OP_RECV,
                                     IORING_OP_SENDMSG, IORING_OP_SHUTDOWN,     IORING_OP_ASYNC_CANCEL,
                                     IORING_OP_SEND,
                                     IORING_OP_CLOSE,   IORING_OP_POLL_ADD,     IORING_OP_MSG_RING};
  static_assert(*std::max_element(std::begin(kOperations), std::end(kOperations)) <= IORING_OP_SENDMSG_ZC,
                "an operation that came after Linux 6.1");
  io_uring_restriction rules[sizeof kOperations + 3] = {};
  unsigned count = 0;
  for (uint8_t operation : kOperations) {
    rules[count].opcode = IORING_RESTRICTION_SQE_OP;
    rules[count++].sqe_op = operation;
  }
  rules[count].opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
  rules[count++].sqe_flags = IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT | IOSQE_CQE_SKIP_SUCCESS;
  rules[count].opcode = IORING_RESTRICTION_REGISTER_OP;
  rules[count++].register_op = IORING_REGISTER_FILES_UPDATE;
  return io_uring_register_restrictions(ring, rules, count);
}

}  // namespace gatehouse::uring
