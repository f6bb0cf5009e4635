#include "config/names.h"

#include "config/nearest.h"

namespace gatehouse::config {

Names::Names(const char* kind, const Table& top, const char* by) : kind_(kind), by_(by) {
  for (const Table* each : top.all(kind)) names_.push_back(each->text("name"));
  used_.assign(names_.size(), false);
}

uint32_t Names::find(const Text& name, Report& report) {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i].value != name.value) continue;
    used_[i] = true;
    return static_cast<uint32_t>(i);
  }
  misnamed_ = true;
  std::vector<ByteView> words;
  for (const Text& each : names_) words.push_back(each.value);
  const ByteView near = nearest(name.value, words);
  Diagnostic& diagnostic =
      report.error(Code::unknown_name, name.place,
                   std::string("no [[") + kind_ + "]] has the name '" + name.value + "'");
  diagnostic.label = "not defined";
  if (!near.empty()) diagnostic.help = "did you mean \"" + std::string(near) + "\"?";
  else if (!words.empty() && words.size() <= 12) diagnostic.help = "defined are " + listed(words);
  return kNone;
}

uint64_t Names::selection(const std::vector<Text>& list, Report& report) {
  uint64_t bits = 0;
  for (const Text& name : list)
    if (const uint32_t index = find(name, report); index < 64) bits |= uint64_t{1} << index;
  return bits;
}

void Names::warn_unused(Report& report) const {
  if (misnamed_) return;
  for (size_t i = 0; i < names_.size(); ++i)
    if (!used_[i] && !names_[i].value.empty())
      report.warn(Code::unused, names_[i].place,
                  std::string("no ") + by_ + " uses the " + kind_ + " '" + names_[i].value + "'");
}

}  // namespace gatehouse::config
