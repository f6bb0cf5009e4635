#include "detect/custom_set.h"

#include <algorithm>

#include "base/ascii.h"
#include "codec/charset.h"
#include "detect/custom_state.h"

namespace gatehouse::detect {
namespace {

using Error = CustomSet::CompileError;

bool is_lead(char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }

/// A word as an expression that matches just it.
std::string quoted(ByteView word) {
  std::string text;
  for (const char c : word) {
    if (!is_word(c) && static_cast<uint8_t>(c) < 0x80) text += '\\';
    text += c;
  }
  return text;
}

uint32_t characters_of(ByteView word) { return static_cast<uint32_t>(std::count_if(word.begin(), word.end(), is_lead)); }

bool has_control(ByteView text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
}

/// What is wrong with a word; "" when nothing is.
std::string word_trouble(ByteView word) {
  if (word.empty()) return "an empty word";
  if (word.size() > kCustomWordMax) return "a word of more than " + std::to_string(kCustomWordMax) + " bytes";
  return !codec::is_utf8(word) || has_control(word) ? "a word that is no text" : "";
}

std::string name_trouble(ByteView name) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_'; };
  if (name.empty() || name.size() > 64 || !(name[0] >= 'a' && name[0] <= 'z') || !std::all_of(name.begin(), name.end(), good))
    return "a name of other than small letters, digits and '_', or of more than 64 bytes";
  DetectorSet set;
  return detectors_from_name(name, &set) ? "the name of a shipped detector" : "";
}

}  // namespace

std::string word_start(ByteView word, bool caseless) {
  std::string start;
  for (const char c : word) {
    if (caseless && static_cast<uint8_t>(c) >= 0x80) break;
    start += caseless ? lower(c) : c;
  }
  return start;
}

std::string bounded(ByteView expression) {
  std::string out;
  const std::string most = std::to_string(kRepeatMax);
  bool in_class = false;
  for (size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '\\' && i + 1 < expression.size()) {
      out += c;
      out += expression[++i];
    } else if (in_class) {
      in_class = c != ']';
      out += c;
    } else if (c == '[') {
      in_class = true;
      out += c;
      if (i + 1 < expression.size() && expression[i + 1] == '^') out += expression[++i];
      if (i + 1 < expression.size() && expression[i + 1] == ']') out += expression[++i];
    } else if (c == '(' && i + 1 < expression.size() && (expression[i + 1] == '?' || expression[i + 1] == '*')) {
      out += c;
      out += expression[++i];
    } else if (c == '*' || c == '+') {
      out += (c == '*' ? "{0," : "{1,") + most + "}";
      if (i + 1 < expression.size() && (expression[i + 1] == '?' || expression[i + 1] == '+')) out += expression[++i];
    } else if (c == '{') {
      size_t end = i + 1;
      while (end < expression.size() && is_digit(expression[end])) ++end;
      const ByteView least = expression.substr(i + 1, end - i - 1);
      const bool open = !least.empty() && least.size() < 5 && expression.substr(end, 2) == ",}";
      out += open ? "{" + std::string(least) + "," + std::to_string(std::stoul(std::string(least)) + kRepeatMax) + "}" : "{";
      if (open) i = end + 1;
      if (open && i + 1 < expression.size() && (expression[i + 1] == '?' || expression[i + 1] == '+')) out += expression[++i];
    } else {
      out += c;
    }
  }
  return out;
}

namespace {

struct Maker {
  CustomSet::State* state;
  std::vector<pattern::Pattern> patterns;
  std::vector<size_t> words;  // by pattern: which word
  Error error{0, 0, ""};

  bool fail(size_t detector, size_t word, std::string text) {
    error = {detector, word, std::move(text)};
    return false;
  }

  void add_entry(std::string text, bool caseless, size_t detector, uint32_t characters, size_t word) {
    patterns.push_back({std::move(text), static_cast<uint32_t>(state->entries.size()), caseless});
    state->entries.push_back({static_cast<uint32_t>(detector), characters});
    words.push_back(word);
  }

  bool add_pattern(const CustomDetector& rule, size_t index, CustomSet::State::Detector* detector) {
    if (pattern::needs_whole_text(rule.pattern))
      return fail(index, 0, "\\A, \\Z, \\z, \\G, \\Q, (* and (?- have no place here: a text may come in pieces");
    const std::string text = bounded(rule.pattern);
    auto exact = pattern::Confirmation::compile(text, rule.caseless, true);
    if (!exact) return fail(index, 0, exact.error());
    if (exact->looks_behind() > kLeftBytes / 4)
      return fail(index, 0, "a look-behind of more than " + std::to_string(kLeftBytes / 4) + " characters");
    if (pattern::longest_match({text, 0, rule.caseless}) > kCustomMax)
      return fail(
          index, 0,
          "a match may be longer than " + std::to_string(kCustomMax) + " bytes: say how often things repeat, as in {1,20}");
    detector->exact = std::move(exact).value();
    add_entry(text, rule.caseless, index, 0, 0);
    return true;
  }

  bool add_words(const CustomDetector& rule, size_t index, CustomSet::State::Detector* detector) {
    if (rule.words.size() > kCustomWordsMax) return fail(index, 0, "more than " + std::to_string(kCustomWordsMax) + " words");
    for (size_t i = 0; i < rule.words.size(); ++i) {
      const std::string& word = rule.words[i];
      if (std::string wrong = word_trouble(word); !wrong.empty()) return fail(index, i, std::move(wrong));
      add_entry(quoted(word), rule.caseless, index, characters_of(word), i);
      const std::string start = word_start(word, rule.caseless);
      detector->starts.push_back(start);
      if (start.size() < word.size()) detector->wide.push_back(start);
      detector->word_max = std::max(detector->word_max, word.size());
    }
    std::sort(detector->starts.begin(), detector->starts.end());
    std::sort(detector->wide.begin(), detector->wide.end());
    return true;
  }

  bool add_nearby(const CustomDetector& rule, size_t index, CustomSet::State::Detector* detector) {
    if (rule.distance == 0 || rule.distance > kNearbyMax)
      return fail(index, 0, "a distance that is not 1 to " + std::to_string(kNearbyMax));
    for (size_t i = 0; i < rule.nearby.size(); ++i) {
      const std::string& word = rule.nearby[i];
      if (std::string wrong = word_trouble(word); !wrong.empty()) return fail(index, i, std::move(wrong));
      if (rule.distance + word.size() >= kLeftBytes)
        return fail(index, i, "a nearby word and the distance are more than " + std::to_string(kLeftBytes - 1) + " bytes together");
      std::string small;
      for (const char c : word) small += lower(c);
      detector->nearby.push_back(std::move(small));
    }
    return true;
  }

  bool add(const CustomDetector& rule, size_t index) {
    if (std::string wrong = name_trouble(rule.name); !wrong.empty()) return fail(index, 0, std::move(wrong));
    if (rule.pattern.empty() == rule.words.empty()) return fail(index, 0, "a detector has a pattern or words, and not both");
    auto& detector = state->detectors.emplace_back();
    detector.rule = rule;
    return (rule.words.empty() ? add_pattern(rule, index, &detector) : add_words(rule, index, &detector)) &&
           add_nearby(rule, index, &detector);
  }
};

}  // namespace

CustomSet::CustomSet() : state_(std::make_unique<State>()) {}
CustomSet::~CustomSet() = default;
size_t CustomSet::size() const { return state_->detectors.size(); }
const std::string& CustomSet::name(size_t detector) const { return state_->detectors.at(detector).rule.name; }

Result<std::shared_ptr<const CustomSet>, Error> CustomSet::compile(const std::vector<CustomDetector>& detectors) {
  if (detectors.size() > kCustomDetectorsMax)
    return Failure{Error{kCustomDetectorsMax, 0, "more than " + std::to_string(kCustomDetectorsMax) + " custom detectors"}};
  std::shared_ptr<CustomSet> set(new CustomSet);
  Maker maker{set->state_.get(), {}, {}, {}};
  for (size_t i = 0; i < detectors.size(); ++i)
    if (!maker.add(detectors[i], i)) return Failure{std::move(maker.error)};
  auto database = pattern::Database::compile_candidates(maker.patterns);
  if (!database) {
    const size_t which = database.error().pattern;
    return Failure{Error{set->state_->entries[which].detector, maker.words[which], database.error().text}};
  }
  set->state_->database = std::move(database).value();
  return std::shared_ptr<const CustomSet>(std::move(set));
}

}  // namespace gatehouse::detect
