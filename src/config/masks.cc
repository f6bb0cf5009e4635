// [[detector]] and [[mask]]: what answers lose, and what is wrong with it.
#include <algorithm>

#include "config/nearest.h"
#include "config/read.h"

namespace gatehouse::config {
namespace {

constexpr ByteView kSets[] = {"default", "all", "personal", "network", "secrets"};

/// shipped_names are the detectors and sets that come with the program.
std::vector<ByteView> shipped_names() {
  std::vector<ByteView> names(std::begin(kSets), std::end(kSets));
  for (size_t code = 0; code < detect::kDetectors; ++code) {
    detect::Detector same;
    const ByteView name = detect::detector_name(static_cast<detect::Detector>(code));
    if (detect::detector_from_name(name, &same) && same != detect::Detector::custom) names.push_back(name);
  }
  return names;
}

bool is_detector_name(const std::string& name) {
  const auto usual = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::all_of(name.begin(), name.end(), usual);
}

DetectorSettings read_detector(const Table& table, Report& report) {
  DetectorSettings settings;
  settings.name = table.text("name");
  settings.pattern = table.text("pattern");
  settings.words = table.list("words");
  settings.nearby = table.list("nearby");
  detect::CustomDetector& detector = settings.detector;
  detector.name = settings.name.value;
  detector.pattern = settings.pattern.value;
  detector.words = values_of(settings.words);
  detector.nearby = values_of(settings.nearby);
  detector.caseless = !table.boolean("case_sensitive");
  detector.whole_words = table.boolean("whole_words");
  detector.distance = static_cast<uint32_t>(table.number("distance"));
  static_cast<void>(detect::checksum_from_name(table.text("checksum").value, &detector.checksum));
  const std::vector<ByteView> shipped = shipped_names();
  if (table.find("name") != nullptr && !is_detector_name(detector.name))
    report.error(Code::form, settings.name.place, "'" + detector.name + "' cannot be the name of a detector",
                 "small letters, digits and '_', a letter first");
  else if (std::find(shipped.begin(), shipped.end(), detector.name) != shipped.end() || detector.name == "custom")
    report.error(Code::duplicate, settings.name.place, "'" + detector.name + "' is a detector or set that comes with the program");
  if (table.has("pattern") == table.has("words"))
    report.error(Code::together, table.place, "detector '" + detector.name + "' has " +
                                                  (table.has("words") ? "both pattern and words" : "neither pattern nor words"),
                 "exactly one of them");
  if (table.find("distance") != nullptr && !table.has("nearby") && detector.distance != detect::CustomDetector{}.distance)
    report.error(Code::together, table.place_of("distance"), "'distance' without nearby");
  if (!detector.whole_words && table.has("pattern"))
    report.error(Code::together, table.place_of("whole_words"), "'whole_words' is for words", "a pattern says it with \\b");
  for (const Text& word : settings.words)
    if (word.value.size() > detect::kCustomWordMax)
      report.error(Code::range, word.place, "a word of more than " + std::to_string(detect::kCustomWordMax) + " bytes");
  return settings;
}

/// add_detectors resolves a name of a mask's detectors: a shipped one, a set, or a configured one.
void add_detectors(const Text& name, const Config& config, detect::DetectorSet* set, std::vector<uint32_t>* custom,
                   Report& report) {
  detect::DetectorSet found = 0;
  if (name.value != "custom" && detect::detectors_from_name(name.value, &found)) {
    *set |= found & ~detect::set_of(detect::Detector::custom);
    if ((found & detect::set_of(detect::Detector::custom)) == 0) return;
    for (uint32_t i = 0; i < config.detectors.size(); ++i) custom->push_back(i);
    return;
  }
  std::vector<ByteView> names = shipped_names();
  for (uint32_t i = 0; i < config.detectors.size(); ++i) {
    if (config.detectors[i].name.value == name.value) return custom->push_back(i);
    names.push_back(config.detectors[i].name.value);
  }
  Diagnostic& error = report.error(Code::unknown_name, name.place, "no detector is called '" + name.value + "'");
  if (const ByteView near = nearest(name.value, names); !near.empty()) error.help = "did you mean '" + std::string(near) + "'?";
  else error.help = "it is a set or a detector of docs/masks.md, or the name of a [[detector]]";
}

mask::Method method_of(const std::string& word) {
  constexpr std::pair<ByteView, mask::Method> kMethods[] = {
      {"partial", mask::Method::partial}, {"hash", mask::Method::hash},   {"drop", mask::Method::drop},
      {"null", mask::Method::null},       {"replace", mask::Method::replace}};
  for (const auto& [name, method] : kMethods)
    if (word == name) return method;
  return mask::Method::redact;
}

/// check_method: keys that belong to one method stand with it alone.
void check_method(const Table& table, const MaskSettings& settings, Report& report) {
  if (table.has("method") && table.find("method") == nullptr) return;
  const mask::Method method = settings.rule.method;
  const std::string whose = "mask '" + settings.name.value + "'";
  if (method == mask::Method::replace && !table.has("text"))
    report.error(Code::together, table.place_of("method"), whose + " replaces values by nothing known", "add text = \"...\"");
  if (method == mask::Method::hash && !table.has("hash_key_file"))
    report.error(Code::together, table.place_of("method"), whose + " hashes without a key", "add hash_key_file").help =
        "whoever can guess a value could check it: make 32 random bytes that only the gateway can read";
  if (method != mask::Method::replace && table.has("text"))
    report.error(Code::together, table.place_of("text"), "'text' is for method = \"replace\"");
  for (const ByteView key : {"hash_key_file", "purpose", "tenant"})
    if (method != mask::Method::hash && table.has(key))
      report.error(Code::together, table.place_of(key), "'" + std::string(key) + "' is for method = \"hash\"");
}

MaskSettings read_mask(const Table& table, const std::string& base_dir, const Config& config, Report& report) {
  MaskSettings settings;
  settings.name = table.text("name");
  settings.fields = table.list("fields");
  settings.joined = table.list("joined");
  mask::MaskRule& rule = settings.rule;
  rule.name = settings.name.value;
  detect::DetectorSet set = 0;
  for (const Text& name : table.list("detectors")) add_detectors(name, config, &set, &rule.custom, report);
  std::sort(rule.custom.begin(), rule.custom.end());
  rule.custom.erase(std::unique(rule.custom.begin(), rule.custom.end()), rule.custom.end());
  for (size_t code = 0; code < detect::kDetectors; ++code)
    if ((set >> code & 1) != 0) rule.detectors.push_back(static_cast<detect::Detector>(code));
  rule.method = method_of(table.text("method").value);
  if (rule.method == mask::Method::replace) rule.text = table.text("text").value;
  if (rule.method == mask::Method::hash) {
    rule.purpose = table.text("purpose").value;
    rule.tenant = table.text("tenant").value;
    settings.hash_key_file = read_path(table, "hash_key_file", base_dir);
  }
  check_method(table, settings, report);
  const auto empty = [&](ByteView key) {
    return !table.has(key) || (table.find(key) && table.list(key).empty());
  };
  if (empty("fields") && empty("detectors"))
    report.error(Code::together, table.place, "mask '" + settings.name.value + "' masks nothing",
                 "needs fields or detectors");
  return settings;
}

bool share_a_group(const policy::Rule& a, const policy::Rule& b) {
  const auto any = [](const policy::Rule& rule) {
    return std::find(rule.groups.begin(), rule.groups.end(), "*") != rule.groups.end();
  };
  if (any(a) || any(b)) return true;
  return std::any_of(a.groups.begin(), a.groups.end(), [&b](const std::string& group) {
    return std::find(b.groups.begin(), b.groups.end(), group) != b.groups.end();
  });
}

/// takes_text: what a caller sends in a body passes by this rule.
bool takes_text(const policy::Rule& rule) {
  if (rule.effect == policy::Effect::deny) return false;
  return rule.methods.empty() || std::any_of(rule.methods.begin(), rule.methods.end(), [](const std::string& method) {
           return method == "POST" || method == "PUT" || method == "PATCH";
         });
}

/// warn_of_oracle: whoever can have a text masked that he wrote himself can try out guesses, until one has the hash that
/// he saw.
void warn_of_oracle(const std::vector<const Table*>& tables, const Config& config, size_t index, Report& report) {
  const policy::Rule& rule = config.rules[index];
  for (uint64_t left = rule.masks; left != 0; left &= left - 1) {
    const MaskSettings& mask = config.masks[static_cast<size_t>(__builtin_ctzll(left))];
    if (mask.rule.method != mask::Method::hash) continue;
    for (size_t i = 0; i < config.rules.size(); ++i) {
      const size_t other = (index + i) % config.rules.size();   // itself first
      if (!takes_text(config.rules[other]) || !share_a_group(rule, config.rules[other])) continue;
      Diagnostic& warning = report.warn(Code::oracle, tables[index]->place_of("masks"),
                                        "callers of rule '" + rule.name + "' get hashes of mask '" + mask.name.value +
                                            "' and can submit text", "an oracle for guesses");
      if (other != index) warning.notes.push_back({tables[other]->place, "by rule '" + config.rules[other].name + "'"});
      warning.help = "who can have a guess masked finds out what a hash stands for: keep hashes for groups that only read, or give "
                     "those who submit a mask of their own, with another purpose";
      return;
    }
  }
}

}  // namespace

void read_masks(const Table& top, const std::string& base_dir, Config& config, Report& report) {
  for (const Table* table : top.all("detector")) config.detectors.push_back(read_detector(*table, report));
  for (const Table* table : top.all("mask")) config.masks.push_back(read_mask(*table, base_dir, config, report));
  if (top.all("mask").empty() || top.has("mask")) return;
  const std::vector<const Table*> detectors = top.all("detector");
  for (uint32_t i = 0; i < config.detectors.size(); ++i) {
    const bool used = std::any_of(config.masks.begin(), config.masks.end(), [i](const MaskSettings& mask) {
      return std::find(mask.rule.custom.begin(), mask.rule.custom.end(), i) != mask.rule.custom.end();
    });
    if (!used)
      report.warn(Code::unused, config.detectors[i].name.place, "no mask uses detector '" + config.detectors[i].name.value + "'");
  }
}

void warn_of_masks(const Table& top, const Config& config, Report& report) {
  const std::vector<const Table*> rules = top.all("rule"), routes = top.all("route");
  if (rules.size() == config.rules.size())
    for (size_t i = 0; i < rules.size(); ++i) warn_of_oracle(rules, config, i, report);
  for (size_t i = 0; i < config.routes.size() && i < routes.size(); ++i)
    if (config.routes[i].route.best_effort)
      report.warn(Code::unmasked, routes[i]->place_of("best_effort"),
                  "answers on route '" + config.routes[i].name.value + "' that masks cannot read pass as they are");
}

}  // namespace gatehouse::config
