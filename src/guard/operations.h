// Rules on methods and paths: operations that destroy without a word in the body, such as DELETE /index or a GET that clears.
#pragma once

#include <string>
#include <vector>

#include "guard/outcome.h"
#include "http/path_pattern.h"

namespace gatehouse::guard {

/// OperationRule names operations and what is to happen. It holds for every spelling of method and path that a service may
/// take for them: methods in any case, paths as http::path_matches_loosely.
struct OperationRule {
  uint32_t guard = 0;                        // bit of the selection, below 64
  std::vector<std::string> methods;          // empty: all
  std::vector<http::PathPattern> paths;      // empty: all
  std::vector<http::PathPattern> except;     // but not these, by exact spelling
  Outcome outcome = Outcome::block;
};

/// OperationCheck is the worst of the rules that fit; `rule` is the first such in the list.
struct OperationCheck {
  Outcome outcome = Outcome::pass;
  size_t rule = 0;
};

/// check_operation: linear in the rules, without memory. The path is in normal form (http/uri.h).
OperationCheck check_operation(const std::vector<OperationRule>& rules, uint64_t guards, ByteView method, ByteView path);

}  // namespace gatehouse::guard
