#include "json/index.h"

#include <simdjson.h>

#include "base/limits.h"

namespace gatehouse::json {
namespace {

constexpr size_t kCapacityStart = 64 * 1024;
constexpr size_t kCapacityKept = 4 * 1024 * 1024;  // larger lists (16 MiB and more) are given back
constexpr size_t kDocumentMax = 0xfffffff0;        // positions are 32 bits

}  // namespace

struct Index::Engine {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stages;
};

Index::Index() : engine_(std::make_unique<Engine>()) {}
Index::~Index() = default;

bool Index::reserve(size_t bytes) {
  if (engine_->stages != nullptr && bytes <= capacity_) return true;
  if (bytes > kDocumentMax) return false;
  size_t capacity = kCapacityStart;
  while (capacity < bytes) capacity *= 2;
  if (capacity > kDocumentMax) capacity = kDocumentMax;
  capacity_ = 0;
  // The depth here is simdjson's second stage's, which is not run: Walk has its own bound.
  if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, engine_->stages) !=
      simdjson::SUCCESS) {
    engine_->stages = nullptr;
    return false;
  }
  capacity_ = capacity;
  return true;
}

bool Index::build(ByteView document) {
  positions_ = nullptr;
  count_ = 0;
  if (document.empty()) return false;
  if (capacity_ > kCapacityKept && document.size() <= kCapacityKept) {
    engine_->stages = nullptr;
    capacity_ = 0;
  }
  if (!reserve(document.size())) return false;
  auto& stages = *engine_->stages;
  if (stages.stage1(u8(document.data()), document.size(), simdjson::stage1_mode::regular) != simdjson::SUCCESS)
    return false;
  count_ = stages.n_structural_indexes;
  uint32_t* positions = stages.structural_indexes.get();
  positions[count_] = static_cast<uint32_t>(document.size());  // simdjson keeps room for several sentinels
  positions_ = positions;
  return count_ != 0;
}

}  // namespace gatehouse::json
