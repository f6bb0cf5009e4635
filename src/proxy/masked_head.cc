#include "proxy/masked_head.h"

namespace gatehouse::proxy {

Reason look_at_masked_head(const config::Snapshot& snapshot, mask::Selection masks, const config::Route* route,
                           const config::Origin& origin, const http::ResponseHead& head, mask::ValueCheck& check, Left* left) {
  if (head.status == 206) return Reason::mask_partial_content;
  const bool patient = route != nullptr && route->best_effort;
  for (size_t i = 0; i < head.fields.count; ++i) {
    const http::Field& field = head.fields.items[i];
    if (same_spelling(field.name, "set-cookie") && !patient) return Reason::mask_cookie;
    if (!passes_masked(field) && field.id != http::FieldId::content_type) continue;
    if (field.id == http::FieldId::content_type) {
      if (check.finds(*snapshot.masks, masks, field.name, field.value)) return Reason::mask_content_type;
      continue;
    }
    if (field.id == http::FieldId::location && own_location(field.value, origin).empty()) {
      if (!patient) return Reason::mask_location;
      left->set(i);
    } else if (check.finds(*snapshot.masks, masks, field.name, field.value)) {
      left->set(i);
    }
  }
  return Reason::none;
}

}  // namespace gatehouse::proxy
