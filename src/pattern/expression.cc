#include "pattern/expression.h"

#include <hs.h>

#include <climits>
#include <cstdlib>

namespace gatehouse::pattern {
namespace {

std::string take_text(hs_compile_error_t* error) {
  std::string text = error != nullptr && error->message != nullptr ? error->message : "cannot be compiled";
  hs_free_compile_error(error);
  return text;
}

enum class Width : uint8_t { wrong, zero, some };

Width width_of(const Pattern& pattern, Rung rung, std::string* wrong) {
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_expression_info(pattern.text.c_str(), flags_of(pattern, rung), &info, &error) != HS_SUCCESS) {
    *wrong = take_text(error);
    return Width::wrong;
  }
  const bool zero = info->min_width == 0;
  std::free(info);
  return zero ? Width::zero : Width::some;
}

bool compiles(const Pattern& pattern, Rung rung, std::string* wrong) {
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile(pattern.text.c_str(), flags_of(pattern, rung), HS_MODE_BLOCK, nullptr, &database, &error) !=
      HS_SUCCESS) {
    *wrong = take_text(error);
    return false;
  }
  hs_free_database(database);
  return true;
}

}  // namespace

unsigned flags_of(const Pattern& pattern, Rung rung) {
  return HS_FLAG_DOTALL | HS_FLAG_MULTILINE | (pattern.caseless ? HS_FLAG_CASELESS : 0u) |
         (utf8(rung) ? HS_FLAG_UTF8 : 0u) | (approximate(rung) ? HS_FLAG_PREFILTER : 0u);
}

std::optional<Rung> first_rung(const Pattern& pattern, Rung from, bool thorough, std::string* wrong) {
  if (pattern.text.find('\0') != std::string::npos) {
    *wrong = "holds a NUL byte; write \\x00";
    return std::nullopt;
  }
  std::string first, now;
  for (auto i = static_cast<uint8_t>(from); i <= static_cast<uint8_t>(Rung::bytes_approximate); ++i) {
    const auto rung = static_cast<Rung>(i);
    const Width width = width_of(pattern, rung, &now);
    if (width == Width::zero) {
      *wrong = approximate(rung)
                   ? "without its look-arounds and back references it matches the empty string, so there is nothing to "
                     "look for"
                   : "matches the empty string, so it would match everything";
      return std::nullopt;
    }
    if (width == Width::some && (!thorough || compiles(pattern, rung, &now))) return rung;
    if (first.empty()) first = now;
  }
  *wrong = std::move(first);
  return std::nullopt;
}

bool needs_whole_text(ByteView expression) {
  for (size_t i = 0; i + 1 < expression.size(); ++i) {
    if (expression[i] == '\\') {
      const char c = expression[i + 1];
      if (c == 'A' || c == 'Z' || c == 'z' || c == 'G' || c == 'Q') return true;  // \Q: not worth telling apart
      ++i;  // an escaped character, perhaps a backslash
    } else if (expression[i] == '(' && (expression[i + 1] == '?' || expression[i + 1] == '*')) {
      if (expression[i + 1] == '*') return true;  // (*ANYCRLF) and the like change what a line is
      for (size_t j = i + 2; j < expression.size() && expression[j] != ')' && expression[j] != ':'; ++j)
        if (expression[j] == '-' || expression[j] == '^') return true;
    }
  }
  return false;
}

std::optional<size_t> widest(const Pattern& pattern) {
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* error = nullptr;
  const bool known = hs_expression_info(pattern.text.c_str(), flags_of(pattern, highest(pattern)), &info, &error) == HS_SUCCESS;
  hs_free_compile_error(error);
  const unsigned width = known ? info->max_width : UINT_MAX;
  std::free(info);
  return width == UINT_MAX ? std::nullopt : std::optional<size_t>(width);
}

}  // namespace gatehouse::pattern
