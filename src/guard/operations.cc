#include "guard/operations.h"

namespace gatehouse::guard {
namespace {

constexpr char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_method(ByteView a, ByteView b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return small(x) == small(y); });
}

bool any_path(const std::vector<http::PathPattern>& paths, ByteView path) {
  return std::any_of(paths.begin(), paths.end(),
                     [&](const http::PathPattern& each) { return http::path_matches_loosely(each, path); });
}

bool fits(const OperationRule& rule, ByteView method, ByteView path) {
  const bool named = std::any_of(rule.methods.begin(), rule.methods.end(),
                                 [&](const std::string& each) { return same_method(each, method); });
  if (!rule.methods.empty() && !named) return false;
  if (!rule.paths.empty() && !any_path(rule.paths, path)) return false;
  return std::none_of(rule.except.begin(), rule.except.end(),
                      [&](const http::PathPattern& each) { return http::path_matches(each, path); });
}

}  // namespace

OperationCheck check_operation(const std::vector<OperationRule>& rules, uint64_t guards, ByteView method, ByteView path) {
  OperationCheck check;
  for (size_t i = 0; i < rules.size(); ++i) {
    if ((guards >> rules[i].guard & 1) == 0 || rules[i].outcome <= check.outcome || !fits(rules[i], method, path)) continue;
    check = {rules[i].outcome, i};
  }
  return check;
}

}  // namespace gatehouse::guard
