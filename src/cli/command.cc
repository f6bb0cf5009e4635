#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/exit_code.h"
#include "cli/usage.h"
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

/// decimal lets a word be a whole number that fits T, and writes it so that the library reads the same: Debian 12's takes -5 for a
/// huge number where T has no sign, and a leading zero for octal.
template <std::integral T>
std::string decimal(std::string& word) {
  T number = 0;
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc() || stop != end)
    return "'" + config::printable(word) + "' is no whole number from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
           std::to_string(std::numeric_limits<T>::max());
  word = std::to_string(number);
  return {};
}

template <typename T>
void take_decimals(CLI::Option*, const T&) {}
template <std::integral T>
void take_decimals(CLI::Option* option, const T&) {
  option->transform(CLI::Validator(decimal<T>, ""));   // before any check
}
template <std::integral T>
void take_decimals(CLI::Option* option, const std::vector<T>&) {
  option->transform(CLI::Validator(decimal<T>, ""));
}

/// Help names what an option needs and excludes in the order of declaration: the library keeps them in sets of addresses, whose
/// order is the allocator's.
class Help : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    app_ = app;
    return CLI::Formatter::make_help(app, std::move(name), mode);
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text = CLI::Formatter::make_option_opts(option);
    put_in_order(text, " Needs:", option->get_needs());
    put_in_order(text, " Excludes:", option->get_excludes());
    return text;
  }

 private:
  void put_in_order(std::string& text, const std::string& title, const std::set<CLI::Option*>& named) const {
    std::string names;
    for (const CLI::Option* each : app_->get_options())
      if (named.contains(const_cast<CLI::Option*>(each))) names += " " + each->get_name();
    if (!names.empty()) text.replace(text.rfind(title) + title.size(), names.size(), names);   // the same names, so as long
  }
  mutable const CLI::App* app_ = nullptr;
};

}  // namespace

Option Option::required() const { return Option(option_->required()); }

Option Option::repeats() const { return Option(option_->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)); }

Option Option::one_at_a_time() const { return Option(option_->allow_extra_args(false)); }

Option Option::delimiter(char between) const { return Option(option_->delimiter(between)); }

Option Option::check(Check check) const { return Option(option_->check(CLI::Validator(std::move(check), ""))); }

Option Option::one_of(std::span<const ByteView> words) const {
  const auto judge = [words](const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end() ? std::string() : none_of(word, words);
  };
  std::string all;   // the validator's name: where choices_of() finds them
  for (const ByteView word : words) all += (all.empty() ? kChoices : " ") + std::string(word);
  return Option(option_->check(CLI::Validator(judge, "", all)));
}

Option Option::range(int least, int most) const { return Option(option_->check(CLI::Range(least, most))); }

Option Option::member(std::vector<std::string> words) const { return Option(option_->check(CLI::IsMember(std::move(words)))); }

Option Option::excludes(Option other) const { return Option(option_->excludes(other.option_)); }

Option Option::needs(Option other) const { return Option(option_->needs(other.option_)); }

Option Option::show_default() const { return Option(option_->capture_default_str()); }

bool Option::given() const { return option_->count() > 0; }

Command Command::add_subcommand(const char* name, const char* about) const { return {app_->add_subcommand(name, about), chosen_}; }

template <typename T>
Option Command::add_option(const char* names, T& into, const std::string& about, const char* type) const {
  CLI::Option* option = app_->add_option(names, into, about);
  take_decimals(option, into);
  return Option(*type == 0 ? option : option->type_name(type));
}

template Option Command::add_option(const char*, std::string&, const std::string&, const char*) const;
template Option Command::add_option(const char*, double&, const std::string&, const char*) const;
template Option Command::add_option(const char*, int&, const std::string&, const char*) const;
template Option Command::add_option(const char*, int64_t&, const std::string&, const char*) const;
template Option Command::add_option(const char*, uint32_t&, const std::string&, const char*) const;
template Option Command::add_option(const char*, uint64_t&, const std::string&, const char*) const;
template Option Command::add_option(const char*, std::vector<std::string>&, const std::string&, const char*) const;
template Option Command::add_option(const char*, std::vector<double>&, const std::string&, const char*) const;
template Option Command::add_option(const char*, std::vector<int>&, const std::string&, const char*) const;
template Option Command::add_option(const char*, std::vector<uint16_t>&, const std::string&, const char*) const;

Option Command::add_checked(const char* names, const char* about, const char* type, Check check) const {
  return Option(app_->add_option(names)->description(about)->type_name(type)->expected(1)).check(std::move(check));
}

Option Command::add_index(const char* names, std::span<const ByteView> words, std::function<void(size_t)> take,
                          const std::string& about, const char* type) const {
  const std::function<void(const std::string&)> found = [words, take = std::move(take)](const std::string& word) {
    take(static_cast<size_t>(std::find(words.begin(), words.end(), word) - words.begin()));   // one_of() has looked before
  };
  return Option(app_->add_option_function(names, found, about)->type_name(type)).one_of(words);
}

Option Command::add_flag(const char* names, bool& into, const char* about) const {
  return Option(app_->add_flag(names, into, about));
}

Option Command::add_flag(const char* names, std::function<void()> given, const char* about) const {
  return Option(app_->add_flag_function(names, [given = std::move(given)](std::int64_t) { given(); }, about));
}

void Command::check_all(const Check& check) const {
  for (CLI::Option* option : app_->get_options()) Option(option).check(check);
}

void Command::require_subcommand(size_t least) const { app_->require_subcommand(least, 1); }

void Command::footer(const std::string& text) const { app_->footer(text); }

void Command::runs(Run run, std::function<void()> first) const {
  app_->callback([chosen = chosen_, run = std::move(run), first = std::move(first)] {
    if (first) first();
    *chosen = run;
  });
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

void missing(const std::string& what) { throw CLI::RequiredError(what); }

Program::Program(const char* about, const char* name)
    : Command(new CLI::App(about, name), &run_), owned_(&library()) {
  owned_->formatter(std::make_shared<Help>());
}

Program::~Program() = default;

std::optional<int> Program::parse(int argc, char** argv, const std::function<void()>& last) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  std::reverse(words.begin(), words.end());   // as the library wants them
  try {
    owned_->parse(std::move(words));
    if (last) last();
    return std::nullopt;
  } catch (const CLI::Success& success) {
    return owned_->exit(success);
  } catch (const CLI::ParseError& error) {
    std::fputs(usage_complaint(*owned_, error).c_str(), stderr);
  }
  return kExitUsage;
}

}  // namespace gatehouse::cli
