#include "guard/shape_rules.h"

#include <algorithm>
#include <charconv>

#include "json/pointer.h"

namespace gatehouse::guard {
namespace {

constexpr uint8_t kEveryType = kString | kNumber | kInteger | kBoolean | kArray | kObject | kNull;

/// clause_problem: what is wrong with the clause itself; nullptr: nothing.
const char* clause_problem(const ShapeClause& clause) {
  const bool rest = clause.types != 0 || clause.non_empty || clause.min || clause.max || !clause.in.empty() ||
                    !clause.not_in.empty() || clause.only;
  if (clause.at.empty()) return "a clause without a pointer";
  if (clause.absent && (rest || clause.present || clause.some)) return "absent stands alone";
  if (!rest && !clause.present && !clause.absent) return "a clause that asks nothing";
  if (clause.some && clause.only) return "only is asked of every object, not of some";
  if ((clause.types & ~kEveryType) != 0) return "a type that is none";
  if (clause.min && clause.max && *clause.min > *clause.max) return "min is above max";
  if (clause.non_empty && clause.max && *clause.max == 0) return "not empty, and at most 0";
  return nullptr;
}

/// value_problem: a value that is neither a string nor the JSON text of a number, true, false or null.
const char* value_problem(const std::vector<ShapeValue>& values) {
  for (const ShapeValue& value : values)
    if (!value.string && value.text != "true" && value.text != "false" && value.text != "null" &&
        !json::read_number(value.text).valid)
      return "a value that is no string, number, true, false or null";
  return nullptr;
}

std::vector<ShapeRules::State::Listed> listed(const std::vector<ShapeValue>& values) {
  std::vector<ShapeRules::State::Listed> out;
  for (const ShapeValue& value : values) {
    ShapeRules::State::Listed entry{value.text, value.string, false, 0};
    entry.number = read_number_value(value.text, &entry.value);
    out.push_back(std::move(entry));
  }
  return out;
}

std::string joined(const std::vector<std::string>& at) {
  std::string out;
  for (const std::string& pointer : at)
    out += (out.empty() ? "" : " or ") + (pointer.empty() ? std::string("the document") : pointer);
  return out;
}

ShapeRules::State::Clause compiled(const ShapeClause& from) {
  ShapeRules::State::Clause clause;
  clause.present = from.present || from.non_empty;
  clause.absent = from.absent;
  clause.some = from.some;
  clause.types = from.types;
  clause.has_min = from.min.has_value() || from.non_empty;
  clause.min = std::max<uint64_t>(from.min.value_or(0), from.non_empty ? 1 : 0);
  clause.has_max = from.max.has_value();
  clause.max = from.max.value_or(0);
  clause.in = listed(from.in);
  clause.not_in = listed(from.not_in);
  clause.has_only = from.only.has_value();
  if (from.only) clause.only = *from.only;
  std::sort(clause.only.begin(), clause.only.end());
  clause.at = joined(from.at);
  return clause;
}

}  // namespace

bool read_number_value(ByteView text, double* value) {
  if (!json::read_number(text).valid) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc{} && end == text.data() + text.size();
}

ShapeRules::ShapeRules() : state_(std::make_unique<State>()) {}
ShapeRules::~ShapeRules() = default;
uint64_t ShapeRules::guards() const { return state_->guards; }

Result<std::shared_ptr<const ShapeRules>, ShapeRules::CompileError> ShapeRules::compile(const std::vector<ShapeRule>& rules) {
  std::shared_ptr<ShapeRules> out(new ShapeRules);
  State& state = *out->state_;
  for (size_t r = 0; r < rules.size(); ++r) {
    for (size_t c = 0; c < rules[r].clauses.size(); ++c) {
      const ShapeClause& from = rules[r].clauses[c];
      const auto wrong = [&](const char* text) { return Failure{CompileError{r, c, 0, 0, text}}; };
      if (rules[r].guard >= 64) return wrong("a guard's index is below 64");
      if (const char* problem = clause_problem(from)) return wrong(problem);
      if (const char* problem = value_problem(from.in)) return wrong(problem);
      if (const char* problem = value_problem(from.not_in)) return wrong(problem);
      if (state.clauses.size() == kClausesMax) return wrong("more clauses than a snapshot may have");
      const auto label = static_cast<uint32_t>(state.clauses.size());
      for (size_t p = 0; p < from.at.size(); ++p) {
        std::vector<json::Segment> path;
        json::PathError error;
        if (!json::parse_pointer(from.at[p], &path, &error)) return Failure{CompileError{r, c, p, error.column, error.text}};
        if (!state.automaton.add(path, label)) return wrong("more pointers than a snapshot may have");
      }
      state.clauses.push_back(compiled(from));
      state.clauses.back().guard = rules[r].guard;
      state.clauses.back().rule = static_cast<uint32_t>(r);
      state.clauses.back().clause = static_cast<uint32_t>(c);
      state.guards |= uint64_t{1} << rules[r].guard;
    }
  }
  state.automaton.build();
  return std::shared_ptr<const ShapeRules>(std::move(out));
}

}  // namespace gatehouse::guard
