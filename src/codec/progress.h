// What one step of a decoder, an encoder or a transcoder says.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatehouse::codec {

enum class Status : uint8_t {
  ok,         // go on
  done,       // everything is out, and it ended where it may end
  malformed,  // not what it was declared to be, or bytes behind its end
  truncated,  // ends before its end
  bomb,       // more bytes came out of what went in than Bounds::ratio allows
  too_large,  // more bytes came out than Bounds::max_bytes
  memory,     // it asks for more memory than it may have, or there is none
};

/// Progress: `consumed` bytes of `in` were taken, `produced` bytes of `out` were written. When all of `in` was taken and
/// `out` is not full, nothing more can be had without more input. Statuses other than ok and done are final.
struct Progress {
  Status status = Status::ok;
  size_t consumed = 0;
  size_t produced = 0;
};

}  // namespace gatehouse::codec
