// Key sets: what is accepted is bounded, unambiguous, usable, and survives being written and read again.
#include <string>

#include "identity/key_set_state.h"
#include "identity/mint.h"
#include "identity/plain_text.h"
#include "tests/fuzz/plant.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse;
  using namespace gatehouse::identity;
  const ByteView input(reinterpret_cast<const char*>(data), size);
  const auto strict = KeySet::parse(input);
  const auto set = KeySet::parse(input, KeySet::Broken::leave_out);
  if (!strict.ok()) GH_ASSERT(!strict.error().empty() && is_plain_text(strict.error()));
  if (!set.ok()) {
    GH_ASSERT(!strict.ok() && !set.error().empty() && is_plain_text(set.error()));
    return 0;
  }
  // Whoever leaves out takes what whoever refuses takes, and no more than says so.
  const std::string& left_out = (*set)->left_out();
  GH_ASSERT(strict.ok() ? left_out.empty() && (*strict)->size() == (*set)->size() : strict.error() == left_out && (*set)->size() > 0);
  const auto& keys = (*set)->state().keys;
  GH_ASSERT(keys.size() <= kKeysMax && (*set)->size() == keys.size());
  std::string again = "{\"keys\":[";
  bool writable = true;
  for (size_t i = 0; i < keys.size(); ++i) {
    GH_ASSERT(keys[i].id.size() <= kKeyIdBytesMax && is_plain_text(keys[i].id));
    for (size_t j = 0; j < i; ++j) GH_ASSERT(keys[i].id.empty() || keys[i].id != keys[j].id);
    if (!keys[i].id.empty())
      GH_ASSERT((*set)->state().find(ByteView(keys[i].id), keys[i].algorithm) == &keys[i]);
    GH_ASSERT(!keys[i].key.verify("m", std::string(64, 'x')));
    writable = writable && !keys[i].id.empty() && keys[i].id.find_first_of("\"\\") == std::string::npos;
    again += (i > 0 ? "," : "") + jwk_text(keys[i].key, keys[i].id);
  }
  PLANT(if (keys.size() == 2) again += ',');
  if (!writable) return 0;
  const auto second = KeySet::parse(again + "]}");
  GH_ASSERT(second.ok() && (*second)->size() == keys.size());
  GH_ASSERT((*second)->generation() != (*set)->generation());
  return 0;
}
