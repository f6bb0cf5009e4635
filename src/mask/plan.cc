#include "mask/plan.h"

#include <algorithm>

#include "crypto/secret.h"
#include "detect/custom.h"
#include "gatehouse/mask_map.h"
#include "json/escape.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kMasksMax = 64;  // bits of a Selection
static_assert(kMasksMax <= GATEHOUSE_MASK_MAP_NAMES_MAX);

using Error = Plan::CompileError;

std::string escaped(const std::string& text) {
  Room<char> out;
  json::append_escaped(text, &out);
  return std::string(out.data(), out.size());
}

/// The order of methods where several masks apply.
uint32_t rank_of(Method method) {
  switch (method) {
    case Method::drop: return 0;
    case Method::null: return 1;
    case Method::redact: return 2;
    case Method::replace: return 3;
    case Method::hash: return 4;
    case Method::partial: return 5;
  }
  return 0;
}

/// A text with its length in front, so that no two lists of texts are the same bytes.
std::string sized(const std::string& text) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(text.size() >> shift);
  return out + text;
}

/// What the method needs; empty when it is there.
const char* set_method(const MaskRule& from, Rule* rule) {
  rule->plain = from.method == Method::replace ? from.text : "[redacted:" + from.name + "]";
  rule->redacted = escaped(rule->plain);
  if (from.text.size() > kReplaceMax) return "a text of more than 256 bytes";
  if (from.method != Method::replace && !from.text.empty()) return "a text, but the method is not replace";
  if (from.method != Method::hash) return "";
  if (from.hash_key == nullptr || from.hash_key->reveal().size() < kHashKeyMin) return "hash needs a key of 32 bytes or more";
  rule->hmac = std::make_unique<crypto::HmacSha256>(from.hash_key->reveal());
  rule->hash_prefix = sized(from.tenant) + sized(from.purpose);
  return "";
}

/// columns: null, or where the paths go that reach columns of tables in texts.
bool add_fields(const std::vector<std::string>& paths, size_t index, json::Automaton* fields, std::vector<ColumnPath>* columns,
                Error* error) {
  using Kind = json::Segment::Kind;
  for (size_t i = 0; i < paths.size(); ++i) {
    std::vector<json::Segment> path;
    json::PathError wrong;
    if (!json::parse_path(paths[i], &path, &wrong)) {
      *error = {index, i, wrong.column, std::move(wrong.text)};
      return false;
    }
    if (!fields->add(path, static_cast<uint32_t>(index))) {
      *error = {index, i, 1, "too many field paths in all masks together"};
      return false;
    }
    if (columns != nullptr && path.size() == 2 && path[0].kind == Kind::deep && path[1].kind == Kind::name)
      columns->push_back({path[1].name, static_cast<uint32_t>(index)});
  }
  return true;
}

}  // namespace

Plan::Plan() : state_(std::make_unique<State>()) {}
Plan::~Plan() = default;

const std::string& Plan::name(size_t mask) const { return state_->rules.at(mask).name; }
size_t Plan::size() const { return state_->rules.size(); }

namespace {

/// Everything of a rule but its paths; empty when all is well.
const char* read_rule(const MaskRule& from, size_t index, size_t custom, Rule* rule) {
  if (from.name.size() > GATEHOUSE_MASK_MAP_NAME_MAX) return "a name of more than 128 bytes";
  if (from.fields.empty() && from.detectors.empty() && from.custom.empty())
    return "a mask without fields and detectors hides nothing";
  rule->name = from.name;
  rule->method = from.method;
  rule->rank = static_cast<uint32_t>(rank_of(from.method) * kMasksMax + index);
  for (const detect::Detector detector : from.detectors) {
    if (detector == detect::Detector::field || detector == detect::Detector::copy || detector == detect::Detector::custom)
      return "no detector to ask for";
    rule->detectors |= set_of(detector);
  }
  for (const uint32_t which : from.custom) {
    if (which >= custom) return "a custom detector that is not there";
    rule->custom |= uint64_t{1} << which;
    rule->detectors |= set_of(detect::Detector::custom);
  }
  return set_method(from, rule);
}

/// The error of a custom detector as one of the first mask that asks it.
Error custom_error(const std::vector<MaskRule>& rules, const std::vector<detect::CustomDetector>& custom,
                   const detect::CustomSet::CompileError& error) {
  size_t rule = 0;
  for (size_t i = rules.size(); i-- > 0;)
    for (const uint32_t which : rules[i].custom) rule = which == error.detector ? i : rule;
  const std::string name = error.detector < custom.size() ? "detector " + custom[error.detector].name + ": " : "";
  return {rule, SIZE_MAX, 1, name + error.text};
}

}  // namespace

Result<std::shared_ptr<const Plan>, Error> Plan::compile(const std::vector<MaskRule>& rules) { return compile(rules, {}); }

Result<std::shared_ptr<const Plan>, Error> Plan::compile(const std::vector<MaskRule>& rules,
                                                         const std::vector<detect::CustomDetector>& custom) {
  if (rules.size() > kMasksMax) return Failure{Error{kMasksMax, 0, 1, "more than 64 masks"}};
  std::shared_ptr<Plan> plan(new Plan);
  State& state = *plan->state_;
  if (!custom.empty()) {
    auto set = detect::CustomSet::compile(custom);
    if (!set) return Failure{custom_error(rules, custom, set.error())};
    state.custom = std::move(set).value();
  }
  for (size_t i = 0; i < rules.size(); ++i) {
    Rule rule;
    if (const char* const wrong = read_rule(rules[i], i, custom.size(), &rule); *wrong != 0) return Failure{Error{i, 0, 1, wrong}};
    state.rules.push_back(std::move(rule));
    Error error;
    if (!add_fields(rules[i].fields, i, &state.fields, &state.columns, &error)) return Failure{std::move(error)};
    if (!add_fields(rules[i].joined, i, &state.joined, nullptr, &error)) {
      error.field += rules[i].fields.size();
      return Failure{std::move(error)};
    }
    if (!rules[i].fields.empty()) state.with_fields |= Selection{1} << i;
    if (!rules[i].joined.empty()) state.with_joined |= Selection{1} << i;
    if (!rules[i].fields.empty() && (rules[i].method == Method::drop || rules[i].method == Method::null))
      state.edits |= Selection{1} << i;
    state.every |= Selection{1} << i;
  }
  for (const ColumnPath& column : state.columns) state.with_columns |= Selection{1} << column.rule;
  std::ranges::stable_sort(state.columns, {}, &ColumnPath::name);
  state.fields.build();
  state.joined.build();
  return std::shared_ptr<const Plan>(std::move(plan));
}

}  // namespace gatehouse::mask
