// Custom detectors, compiled.
#pragma once

#include <memory>

#include "base/result.h"
#include "detect/custom.h"

namespace gatehouse::detect {

/// CustomSet is the custom detectors of a plan, compiled; immutable, shared by all workers. Patterns are looked for by Hyperscan
/// and told exactly by PCRE2; words by Hyperscan alone.
class CustomSet {
 public:
  struct CompileError {
    size_t detector;   // index into the list
    size_t word;       // index into its words, or nearby words; 0 for its pattern
    std::string text;  // what is wrong, for people
  };
  /// compile takes milliseconds to seconds.
  static Result<std::shared_ptr<const CustomSet>, CompileError> compile(const std::vector<CustomDetector>& detectors);
  ~CustomSet();
  CustomSet(const CustomSet&) = delete;

  size_t size() const;
  const std::string& name(size_t detector) const;

  struct State;
  const State& state() const { return *state_; }

 private:
  CustomSet();
  std::unique_ptr<State> state_;
};

/// bounded writes the repeats of an expression that have no bound (* + {n,}) with one: kRepeatMax. A value must end somewhere, also
/// when the text it stands in does not.
inline constexpr size_t kRepeatMax = 128;
std::string bounded(ByteView expression);

}  // namespace gatehouse::detect
