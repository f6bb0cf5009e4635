#include "proxy/coded_body.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace gatehouse::proxy {
namespace {

constexpr uint64_t kNoBound = uint64_t{1} << 50;
constexpr uint32_t kRatio = 100;

}  // namespace

ByteView undecoded_name(codec::Status status) {
  switch (status) {
    case codec::Status::ok:
    case codec::Status::done: return {};
    case codec::Status::malformed: return "malformed";
    case codec::Status::truncated: return "truncated";
    case codec::Status::bomb: return "bomb";
    case codec::Status::too_large: return "too_large";
    case codec::Status::memory: return "memory";
  }
  return "malformed";
}

void CodedBody::start(const codec::Codings& which, uint64_t max_bytes) {
  codings = which;
  heavy = false;
  for (uint8_t i = 0; i < which.count; ++i)
    heavy |= which.applied[i] == codec::Coding::zstd || which.applied[i] == codec::Coding::br;
  decoder.start(which, {std::min(max_bytes, kNoBound), kRatio});
  status = codec::Status::ok;
  content = 0;
  held = taken = waiting = 0;
  more = false;
}

void CodedBody::decode(ByteView piece) {
  GH_ASSERT(held == 0 && taken <= piece.size());
  const codec::Progress progress = decoder.step(piece.substr(taken), room);
  taken += progress.consumed;
  held = progress.produced;
  more = progress.produced == kRoom;
  status = progress.status;
}

CodedBody* CodedBodyPool::take() {
  if (lent_ >= limit_) return nullptr;
  ++lent_;
  if (free_.empty()) return new CodedBody;
  CodedBody* const body = free_.back().release();
  free_.pop_back();
  return body;
}

void CodedBodyPool::give_back(CodedBody* body) {
  GH_ASSERT(lent_ > 0);
  --lent_;
  std::unique_ptr<CodedBody> owned(body);
  if (free_.size() < kKeep && !body->heavy) free_.push_back(std::move(owned));
}

}  // namespace gatehouse::proxy
