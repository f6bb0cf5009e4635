#include "pattern/database.h"

#include <hs.h>

#include <cstdlib>
#include <utility>
#include <vector>

namespace gatehouse::pattern {
namespace {

constexpr size_t kScanMax = UINT32_MAX;  // hs_scan's length

unsigned base_flags(const Pattern& pattern) {
  return HS_FLAG_DOTALL | HS_FLAG_MULTILINE | (pattern.caseless ? HS_FLAG_CASELESS : 0);
}

std::string take_text(hs_compile_error_t* error) {
  std::string text = error != nullptr && error->message != nullptr ? error->message : "cannot be compiled";
  hs_free_compile_error(error);
  return text;
}

/// Checks one expression; on success `flags` is what it compiles with, UTF-8 where possible.
bool check(const Pattern& pattern, unsigned* flags, std::string* wrong) {
  if (pattern.text.find('\0') != std::string::npos) {
    *wrong = "holds a NUL byte; write \\x00";
    return false;
  }
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* error = nullptr;
  *flags = base_flags(pattern) | HS_FLAG_UTF8;
  if (hs_expression_info(pattern.text.c_str(), *flags, &info, &error) != HS_SUCCESS) {
    hs_free_compile_error(error);
    *flags = base_flags(pattern);
    if (hs_expression_info(pattern.text.c_str(), *flags, &info, &error) != HS_SUCCESS) {
      *wrong = take_text(error);
      return false;
    }
  }
  const bool matches_nothing = info->min_width == 0;
  std::free(info);
  if (matches_nothing) *wrong = "matches the empty string, so it would match everything";
  return !matches_nothing;
}

struct Sink {
  bool (*on_match)(void*, uint32_t, size_t);
  void* call;
};

int on_event(unsigned id, unsigned long long, unsigned long long to, unsigned, void* sink_bytes) {
  const auto* sink = static_cast<const Sink*>(sink_bytes);
  return sink->on_match(sink->call, id, static_cast<size_t>(to)) ? 0 : 1;
}

}  // namespace

Database::Database(Database&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(database_, other.database_);
  return *this;
}

Database::~Database() { hs_free_database(database_); }

Result<Database, CompileError> Database::compile(std::span<const Pattern> patterns) {
  Database result;
  if (patterns.empty()) return result;
  std::vector<const char*> texts(patterns.size());
  std::vector<unsigned> flags(patterns.size()), ids(patterns.size());
  for (size_t i = 0; i < patterns.size(); ++i) {
    std::string wrong;
    if (!check(patterns[i], &flags[i], &wrong)) return Failure{CompileError{i, std::move(wrong)}};
    texts[i] = patterns[i].text.c_str();
    ids[i] = patterns[i].id;
  }
  // An expression may pass the check and still not compile as UTF-8 (too large): then as bytes. Each
  // round takes UTF-8 from one expression, so that there are at most as many rounds as expressions.
  for (;;) {
    hs_compile_error_t* error = nullptr;
    if (hs_compile_multi(texts.data(), flags.data(), ids.data(), static_cast<unsigned>(texts.size()), HS_MODE_BLOCK,
                         nullptr, &result.database_, &error) == HS_SUCCESS)
      return result;
    const int which = error != nullptr ? error->expression : -1;
    const bool known = which >= 0 && static_cast<size_t>(which) < flags.size();
    std::string text = take_text(error);
    if (!known) return Failure{CompileError{0, "the set as a whole cannot be compiled: " + text}};
    const auto index = static_cast<size_t>(which);
    if ((flags[index] & HS_FLAG_UTF8) == 0) return Failure{CompileError{index, std::move(text)}};
    flags[index] &= ~static_cast<unsigned>(HS_FLAG_UTF8);
  }
}

Scratch::~Scratch() { hs_free_scratch(scratch_); }

bool Scratch::fit(const Database& database) {
  return database.empty() || hs_alloc_scratch(database.database_, &scratch_) == HS_SUCCESS;
}

Scratch::Outcome Scratch::scan_with(const Database& database, ByteView text, Call on_match, void* call) {
  if (database.empty()) return Outcome::ended;
  if (text.size() > kScanMax || scratch_ == nullptr) return Outcome::failed;
  Sink sink{on_match, call};
  const char* bytes = text.data() != nullptr ? text.data() : "";
  switch (hs_scan(database.database_, bytes, static_cast<unsigned>(text.size()), 0, scratch_, on_event, &sink)) {
    case HS_SUCCESS: return Outcome::ended;
    case HS_SCAN_TERMINATED: return Outcome::stopped;
    default: return Outcome::failed;  // a number from a C library, not an enum
  }
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

}  // namespace gatehouse::pattern
