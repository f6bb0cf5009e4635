// Metadata of identity providers: what is accepted has a name and usable keys that differ; what is not says why.
#include "identity/plain_text.h"
#include "identity/saml_issuer.h"
#include "tests/fuzz/plant.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gatehouse;
  using namespace gatehouse::identity;
  const ByteView input(reinterpret_cast<const char*>(data), size);
  const auto metadata = SamlMetadata::parse(input);
  if (!metadata.ok()) {
    GH_ASSERT(!metadata.error().empty() && is_plain_text(metadata.error()));
    return 0;
  }
  const SamlMetadata& said = **metadata;
  GH_ASSERT(!said.entity_id.empty() && is_plain_text(said.entity_id));
  GH_ASSERT(!said.keys.empty() && said.keys.size() <= kSamlKeysMax);
  PLANT(GH_ASSERT(said.valid_until == 0));
  for (size_t i = 0; i < said.keys.size(); ++i) {
    GH_ASSERT(said.keys[i].key.type() != crypto::KeyType::ed25519);
    GH_ASSERT(!said.keys[i].key.verify("m", std::string(64, 'x')));
    for (size_t j = 0; j < i; ++j) GH_ASSERT(said.keys[i].digest != said.keys[j].digest);
  }
  GH_ASSERT(input.find("<!DOCTYPE") == ByteView::npos || input.find("<!--") != ByteView::npos);
  return 0;
}
