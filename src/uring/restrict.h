// What a ring may still do after start-up: a bug or an attacker in this process gets no other operation.
#pragma once

struct io_uring;

namespace gatehouse::uring {

/// restrict_ring lets a ring that was set up disabled do nothing but the operations of Ring, once it is enabled. 0, or -errno where
/// the kernel refuses.
int restrict_ring(io_uring* ring);

}  // namespace gatehouse::uring
