#include <algorithm>

#include "policy/policy.h"

namespace gatehouse::policy {
namespace {

bool any_path_overlaps(const Rule& a, const Rule& b) {
  if (a.paths.empty() || b.paths.empty()) return true;
  for (const PathPattern& left : a.paths)
    for (const PathPattern& right : b.paths)
      if (patterns_overlap(left.text, right.text)) return true;
  return false;
}

bool any_method_overlaps(const Rule& a, const Rule& b) {
  if (a.methods.empty() || b.methods.empty()) return true;
  return std::any_of(a.methods.begin(), a.methods.end(), [&](const std::string& method) {
    return std::find(b.methods.begin(), b.methods.end(), method) != b.methods.end();
  });
}

}  // namespace

bool conflicting(const Rule& a, const Rule& b) {
  if (a.effect == Effect::deny || b.effect == Effect::deny || a.origin == b.origin) return false;
  return any_method_overlaps(a, b) && any_path_overlaps(a, b);
}

}  // namespace gatehouse::policy
