#include "cli/words.h"

#include <algorithm>
#include <cstring>

#include "config/json_text.h"
#include "config/nearest.h"

namespace gatehouse::cli {
namespace {

constexpr size_t kListedMax = 8;   // longer lists say what is near, or how many there are
constexpr const char* kChoices = "one of: ";

std::string none_of(ByteView word, std::span<const ByteView> words) {
  std::string text = "'" + config::printable(word) + "' is not possible";
  if (words.size() <= kListedMax) text += ": " + config::listed(words);
  const ByteView near = config::nearest(word, words);
  if (!near.empty()) return text + "; did you mean '" + std::string(near) + "'?";
  return words.size() <= kListedMax ? text : text + ": it is none of the " + std::to_string(words.size()) +
                                                 " names that are, which a shell completes (gatehouse completion)";
}

}  // namespace

CLI::Validator one_of(std::span<const ByteView> words) {
  const auto judge = [words](const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end() ? std::string() : none_of(word, words);
  };
  std::string all;   // the validator's name: where choices_of() finds them
  for (const ByteView word : words) all += (all.empty() ? kChoices : " ") + std::string(word);
  return {judge, "", all};
}

std::vector<std::string> choices_of(CLI::Option& option) {
  std::string name;
  try {
    name = option.get_validator(0)->get_name();
  } catch (const CLI::OptionNotFound&) {
    return {};   // no validator at all
  }
  if (!name.starts_with(kChoices)) return {};
  return CLI::detail::split(name.substr(std::strlen(kChoices)), ' ');
}

CLI::Validator whole_number() {
  const auto judge = [](const std::string& word) {
    const bool digits = !word.empty() && word.size() <= 18 &&
                        std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits ? std::string() : "'" + config::printable(word) + "' is not a whole number";
  };
  return {judge, ""};
}

}  // namespace gatehouse::cli
