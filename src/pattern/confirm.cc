#include "pattern/confirm.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>

namespace gatehouse::pattern {
namespace {

PCRE2_SPTR units(ByteView text) { return u8(text.data() != nullptr ? text.data() : ""); }

std::string message_of(int code) {
  PCRE2_UCHAR text[256];
  return pcre2_get_error_message(code, text, sizeof text) < 0 ? "cannot be compiled" : reinterpret_cast<char*>(text);
}

}  // namespace

void Confirmation::Free::operator()(pcre2_real_code_8* code) const { pcre2_code_free(code); }

Result<Confirmation, std::string> Confirmation::compile(ByteView expression, bool caseless, bool utf8) {
  pcre2_compile_context* rules = pcre2_compile_context_create(nullptr);
  if (rules == nullptr) return Failure{std::string("out of memory")};
  pcre2_set_newline(rules, PCRE2_NEWLINE_LF);
  pcre2_set_max_pattern_length(rules, kConfirmPatternMax);
  pcre2_set_parens_nest_limit(rules, 100);
  const uint32_t options = PCRE2_DOTALL | PCRE2_MULTILINE | PCRE2_AUTO_CALLOUT | PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UCP |
                           PCRE2_USE_OFFSET_LIMIT | (caseless ? PCRE2_CASELESS : 0u) | (utf8 ? PCRE2_UTF : PCRE2_NEVER_UTF);
  int error = 0;
  PCRE2_SIZE at = 0;
  Confirmation result(pcre2_compile(units(expression), expression.size(), options, &error, &at, rules));
  pcre2_compile_context_free(rules);
  if (result.code_ == nullptr) return Failure{message_of(error) + " (at offset " + std::to_string(at) + ")"};
  pcre2_pattern_info(result.code_.get(), PCRE2_INFO_BACKREFMAX, &result.back_references_);
  pcre2_pattern_info(result.code_.get(), PCRE2_INFO_MAXLOOKBEHIND, &result.looks_behind_);
  return result;
}

/// Steps counts what one call of PCRE2 does.
struct Confirmer::Steps {
  uint64_t* left;
  uint32_t back_references;
  size_t at = 0;

  static int count(pcre2_callout_block* block, void* data) {
    auto* steps = static_cast<Steps*>(data);
    uint64_t taken = 1;
    if (block->current_position > steps->at) taken += block->current_position - steps->at;
    steps->at = block->current_position;
    const uint32_t groups = std::min(block->capture_top, steps->back_references + 1);
    for (uint32_t i = 1; i < groups; ++i) {  // each may be compared next
      const size_t begin = block->offset_vector[2 * i], end = block->offset_vector[2 * i + 1];
      if (begin != PCRE2_UNSET && end > begin) taken += end - begin;
    }
    if (taken > *steps->left) return PCRE2_ERROR_MATCHLIMIT;
    *steps->left -= taken;
    return 0;
  }
};

Confirmer::Confirmer() : match_(pcre2_match_data_create(1, nullptr)), limits_(pcre2_match_context_create(nullptr)) {
  if (limits_ == nullptr) return;
  pcre2_set_match_limit(limits_, kConfirmMatchLimit);
  pcre2_set_depth_limit(limits_, kConfirmDepthLimit);
  pcre2_set_heap_limit(limits_, kConfirmHeapKib);
}

Confirmer::~Confirmer() {
  pcre2_match_data_free(match_);
  pcre2_match_context_free(limits_);
}

Confirmer::Found Confirmer::find(const Confirmation& confirmation, ByteView text, size_t from, size_t* end) {
  if (!ok() || left_ == nullptr || text.size() > kConfirmTextMax) return Found::failed;
  if (*left_ < kConfirmCall) return Found::failed;
  *left_ -= kConfirmCall;
  Steps steps{left_, confirmation.back_references_, from};
  pcre2_set_callout(limits_, Steps::count, &steps);
  const uint32_t options = PCRE2_NOTEMPTY | (from > 0 ? PCRE2_NO_UTF_CHECK : 0u);  // the first call checked it
  const int found = pcre2_match(confirmation.code_.get(), units(text), text.size(), from, options, match_, limits_);
  if (found == PCRE2_ERROR_NOMATCH) return Found::nothing;
  if (found < 0) return Found::failed;
  *end = pcre2_get_ovector_pointer(match_)[1];
  return *end > from ? Found::match : Found::failed;  // an assertion that moves an end back: nothing to go on from
}

Confirmer::Found Confirmer::find_span(const Confirmation& confirmation, ByteView text, size_t from, size_t last, bool open,
                                      Span* span) {
  if (!ok() || left_ == nullptr || text.size() > kConfirmTextMax || *left_ < kConfirmCall) return Found::failed;
  *left_ -= kConfirmCall;
  Steps steps{left_, confirmation.back_references_, from};
  pcre2_set_callout(limits_, Steps::count, &steps);
  pcre2_set_offset_limit(limits_, last);
  const uint32_t options = PCRE2_NOTEMPTY | PCRE2_NO_UTF_CHECK | (open ? PCRE2_PARTIAL_HARD : 0u);
  const int found = pcre2_match(confirmation.code_.get(), units(text), text.size(), from, options, match_, limits_);
  pcre2_set_offset_limit(limits_, PCRE2_UNSET);
  if (found == PCRE2_ERROR_NOMATCH) return Found::nothing;
  if (found < 0 && found != PCRE2_ERROR_PARTIAL) return Found::failed;
  const PCRE2_SIZE* const offsets = pcre2_get_ovector_pointer(match_);
  *span = {offsets[0], offsets[1], found == PCRE2_ERROR_PARTIAL};
  return span->begin >= from && (span->end > span->begin || span->part) ? Found::match : Found::failed;
}

}  // namespace gatehouse::pattern
