// One expression over one text by PCRE2, within limits. It alone knows pcre2.h. Included by pattern/*.cc and tests.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;

namespace gatehouse::pattern {

/// A longer text is not confirmed but fails.
inline constexpr size_t kConfirmTextMax = 1u << 20;
/// Steps that all confirmations of one scan may take (database.h: confirm_steps): an item of an expression tried at one
/// place, or one byte passed by a repeat or compared with a back reference. PCRE2's own limit counts from zero at each
/// place where a match may begin, and passes over bytes uncounted; a callout before each item counts all.
inline constexpr uint64_t kConfirmSteps = 1u << 18;
inline constexpr uint64_t kConfirmStepsPerByte = 16;
inline constexpr uint64_t kConfirmCall = 32;              // what beginning to look takes
inline constexpr uint32_t kConfirmMatchLimit = 1u << 20;  // of one place
inline constexpr uint32_t kConfirmDepthLimit = 1u << 16;  // ways back that are kept
inline constexpr uint32_t kConfirmHeapKib = 8192;         // memory for them
inline constexpr size_t kConfirmPatternMax = 32768;       // bytes of an expression

/// Confirmation is a compiled expression; immutable, shared by threads. It means what Hyperscan takes it for:
/// (?sm), LF ends lines, \w \d \s and \b are ASCII.
class Confirmation {
 public:
  /// The error is a text for people.
  static Result<Confirmation, std::string> compile(ByteView expression, bool caseless, bool utf8);

  /// How many characters before a match it may look at, at most.
  size_t looks_behind() const { return looks_behind_; }

 private:
  friend class Confirmer;
  struct Free { void operator()(pcre2_real_code_8* code) const; };
  explicit Confirmation(pcre2_real_code_8* code) : code_(code) {}

  std::unique_ptr<pcre2_real_code_8, Free> code_;
  uint32_t back_references_ = 0;  // the highest group that is referred to
  uint32_t looks_behind_ = 0;
};

/// Confirmer is one thread's memory for confirmations.
class Confirmer {
 public:
  Confirmer();
  Confirmer(const Confirmer&) = delete;
  Confirmer& operator=(const Confirmer&) = delete;
  ~Confirmer();

  bool ok() const { return match_ != nullptr && limits_ != nullptr; }  // there was memory

  /// start gives the steps for one scan or several, counted down where the caller keeps them.
  void start(uint64_t* steps) { left_ = steps; }

  /// failed: a limit was hit, or the text is too long or not UTF-8.
  enum class Found : uint8_t { nothing, match, failed };
  /// find looks for the first match that begins at `from` or later and gives its end. `from` is 0 or an end.
  Found find(const Confirmation& confirmation, ByteView text, size_t from, size_t* end);

  /// Span is a match. part: more text decides about what begins at `begin`; end is the text's. It is told instead of a match
  /// that more text could change, and only when the text is open.
  struct Span {
    size_t begin, end;
    bool part;
  };
  /// find_span looks for the first match that begins at `from` or later, not behind `last`. The text is UTF-8 when the
  /// expression is: the caller knows.
  Found find_span(const Confirmation& confirmation, ByteView text, size_t from, size_t last, bool open, Span* span);

 private:
  struct Steps;
  pcre2_real_match_data_8* match_ = nullptr;
  pcre2_real_match_context_8* limits_ = nullptr;
  uint64_t* left_ = nullptr;  // during a scan
};

}  // namespace gatehouse::pattern
