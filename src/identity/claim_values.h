// Inside identity/: claims of a token as paths, conditions and templates see them.
#pragma once

#include "identity/group_rules.h"
#include "identity/strict_json.h"

namespace gatehouse::identity {

/// Found is what stands at a path. `places` counts them: 0 none, 1 one, 2 more than one, which is nobody's to choose from.
struct Found {
  std::optional<simdjson::dom::element> value;
  size_t places = 0;
};

/// find_at follows names of members joined by dots. Names may have dots themselves ("kubernetes.io",
/// "https://example.org/groups"): every way to read the path is tried. Steps: members times dots.
Found find_at(const Fields& claims, ByteView path);

/// ClaimValues gives texts, integers and booleans, alone or in a list; null is nothing. Valid as long as `claims`.
class ClaimValues final : public Values {
 public:
  explicit ClaimValues(const Fields& claims) : claims_(claims) {}
  bool texts_at(ByteView path, std::vector<std::string>* out) const override;

 private:
  const Fields& claims_;
};

}  // namespace gatehouse::identity
