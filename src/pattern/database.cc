#include "pattern/database.h"

#include <utility>

#include "pattern/state.h"

namespace gatehouse::pattern {

Database::Database() = default;
Database::Database(Database&& other) noexcept = default;
Database& Database::operator=(Database&& other) noexcept = default;
Database::~Database() = default;

Result<Database::State::Entry, std::string> Database::State::entry_of(const Pattern& pattern, Rung rung,
                                                                      bool confirmed) {
  Entry entry{pattern.id, rung, std::nullopt};
  if (!confirmed || !pattern::approximate(rung)) return entry;
  auto confirmation = Confirmation::compile(pattern.text, pattern.caseless, utf8(rung));
  if (!confirmation) return Failure{confirmation.error()};
  entry.confirmation = std::move(confirmation).value();
  return entry;
}

Result<Database, CompileError> Database::compile(std::span<const Pattern> patterns) {
  return compile_as(patterns, true);
}

Result<Database, CompileError> Database::compile_candidates(std::span<const Pattern> patterns) {
  return compile_as(patterns, false);
}

Result<Database, CompileError> Database::compile_as(std::span<const Pattern> patterns, bool confirmed) {
  Database result;
  if (patterns.empty()) return result;
  const size_t count = patterns.size();
  std::vector<const char*> texts(count);
  std::vector<unsigned> flags(count), indices(count);
  std::vector<Rung> rungs(count);
  const auto settle = [&](size_t i, Rung from, bool thorough, std::string* wrong) {
    const auto rung = first_rung(patterns[i], from, thorough, wrong);
    if (!rung) return false;
    rungs[i] = *rung;
    flags[i] = flags_of(patterns[i], *rung);
    return true;
  };
  for (size_t i = 0; i < count; ++i) {
    std::string wrong;
    if (!settle(i, highest(patterns[i]), false, &wrong)) return Failure{CompileError{i, std::move(wrong)}};
    texts[i] = patterns[i].text.c_str();
    indices[i] = static_cast<unsigned>(i);
  }
  auto state = std::make_unique<State>();
  // An expression may pass the parser and still not compile (too large): then it and all after it are compiled alone
  // to find their rungs, and what fails nevertheless goes down in later rounds.
  for (bool thorough = false;;) {
    hs_compile_error_t* error = nullptr;
    if (hs_compile_multi(texts.data(), flags.data(), indices.data(), static_cast<unsigned>(count), HS_MODE_BLOCK,
                         nullptr, &state->compiled, &error) == HS_SUCCESS)
      break;
    const int which = error != nullptr ? error->expression : -1;
    std::string wrong = error != nullptr && error->message != nullptr ? error->message : "cannot be compiled";
    hs_free_compile_error(error);
    if (which < 0 || static_cast<size_t>(which) >= count)
      return Failure{CompileError{0, "the set as a whole cannot be compiled: " + wrong}};
    const auto index = static_cast<size_t>(which);
    if (rungs[index] == Rung::bytes_approximate) return Failure{CompileError{index, std::move(wrong)}};
    if (!settle(index, static_cast<Rung>(static_cast<uint8_t>(rungs[index]) + 1), true, &wrong))
      return Failure{CompileError{index, std::move(wrong)}};
    for (size_t i = index + 1; !thorough && i < count; ++i)
      if (!settle(i, rungs[i], true, &wrong)) return Failure{CompileError{i, std::move(wrong)}};
    thorough = true;
  }
  for (size_t i = 0; i < count; ++i) {
    auto entry = State::entry_of(patterns[i], rungs[i], confirmed);
    if (!entry) return Failure{CompileError{i, entry.error()}};
    state->confirms = state->confirms || entry->confirmation.has_value();
    state->entries.push_back(std::move(entry).value());
  }
  result.state_ = std::move(state);
  return result;
}

std::vector<size_t> Database::approximate() const {
  std::vector<size_t> all;
  for (size_t i = 0; !empty() && i < state_->entries.size(); ++i)
    if (pattern::approximate(state_->entries[i].rung)) all.push_back(i);
  return all;
}

}  // namespace gatehouse::pattern
