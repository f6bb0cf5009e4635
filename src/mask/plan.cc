#include "mask/plan.h"

#include "gatehouse/mask_map.h"
#include "json/escape.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kMasksMax = 64;  // bits of a Selection
static_assert(kMasksMax <= GATEHOUSE_MASK_MAP_NAMES_MAX);

using Error = Plan::CompileError;

std::string redacted_text(const std::string& name) {
  Room<char> escaped;
  json::append_escaped("[redacted:" + name + "]", &escaped);
  return std::string(escaped.data(), escaped.size());
}

bool add_fields(const MaskRule& rule, size_t index, json::Automaton* fields, Error* error) {
  for (size_t i = 0; i < rule.fields.size(); ++i) {
    std::vector<json::Segment> path;
    json::PathError wrong;
    if (!json::parse_path(rule.fields[i], &path, &wrong)) {
      *error = {index, i, wrong.column, std::move(wrong.text)};
      return false;
    }
    if (!fields->add(path, static_cast<uint32_t>(index))) {
      *error = {index, i, 1, "too many field paths in all masks together"};
      return false;
    }
  }
  return true;
}

}  // namespace

Plan::Plan() : state_(std::make_unique<State>()) {}
Plan::~Plan() = default;

const std::string& Plan::name(size_t mask) const { return state_->rules.at(mask).name; }
size_t Plan::size() const { return state_->rules.size(); }

Result<std::shared_ptr<const Plan>, Error> Plan::compile(const std::vector<MaskRule>& rules) {
  if (rules.size() > kMasksMax) return Failure{Error{kMasksMax, 0, 1, "more than 64 masks"}};
  std::shared_ptr<Plan> plan(new Plan);
  State& state = *plan->state_;
  for (size_t i = 0; i < rules.size(); ++i) {
    const MaskRule& from = rules[i];
    if (from.name.size() > GATEHOUSE_MASK_MAP_NAME_MAX) return Failure{Error{i, 0, 1, "a name of more than 128 bytes"}};
    if (from.fields.empty() && from.detectors.empty())
      return Failure{Error{i, 0, 1, "a mask without fields and detectors hides nothing"}};
    Rule rule;
    rule.name = from.name;
    rule.method = from.method;
    rule.rank = static_cast<uint32_t>((from.method == Method::redact ? 0 : kMasksMax) + i);
    for (const Detector detector : from.detectors) {
      if (detector == Detector::field) return Failure{Error{i, 0, 1, "field is no detector; use fields"}};
      rule.detectors |= set_of(detector);
    }
    rule.redacted = redacted_text(from.name);
    state.rules.push_back(std::move(rule));
    Error error;
    if (!add_fields(from, i, &state.fields, &error)) return Failure{std::move(error)};
    if (!from.fields.empty()) state.with_fields |= Selection{1} << i;
    state.every |= Selection{1} << i;
  }
  state.fields.build();
  return std::shared_ptr<const Plan>(std::move(plan));
}

}  // namespace gatehouse::mask
