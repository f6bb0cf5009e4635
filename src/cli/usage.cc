#include "cli/usage.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "config/json_text.h"
#include "config/nearest.h"

namespace gatehouse::cli {
namespace {

/// deepest returns the innermost command that was named.
const CLI::App& deepest(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

std::string full_name(const CLI::App& app) {
  const std::string before = app.get_parent() == nullptr ? "" : full_name(*app.get_parent()) + " ";
  return before + app.get_name();
}

/// words_like returns what could have stood where `typed` did: options for "-x", else commands.
std::vector<std::string> words_like(const CLI::App& app, const std::string& typed) {
  std::vector<std::string> words;
  if (typed.starts_with('-')) {
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  } else {
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
      words.push_back(command->get_name());
  }
  return words;
}

/// holder returns the command that was given the word nobody knows: the outermost that has one.
const CLI::App& holder(const CLI::App& app) {
  const CLI::App* at = &app;
  while (at->remaining().empty() && !at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

/// misplaced says where an option belongs that stands before its command; empty when it is none of it.
std::string misplaced(const CLI::App& before, const CLI::App& command, const std::string& typed) {
  if (&before == &command || !typed.starts_with('-')) return {};
  const auto known = command.get_options(
      [&typed](const CLI::Option* option) { return option->check_name(typed) && !option->get_positional(); });
  if (known.empty()) return {};
  return "'" + typed + "' stands behind its command: " + full_name(command) + " " + typed;
}

/// given_twice names an option that was given more often than it can be; empty when none was.
std::string given_twice(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options())
    if (option->get_expected_max() == 1 && option->count() > 1 &&
        option->get_multi_option_policy() != CLI::MultiOptionPolicy::TakeAll)   // one a time, as often as it takes
      return option->get_name() + " is given more than once";
  return {};
}

/// said_by is the library's own complaint, but for a value that is none of its option's type: it writes that as "--option = value".
std::string said_by(const CLI::ParseError& error) {
  const std::string text = error.what();
  const size_t colon = text.find(": "), equals = text.find(" = ");
  if (error.get_name() != "ConversionError" || colon == std::string::npos || equals == std::string::npos) return text;
  return "'" + config::printable(text.substr(equals + 3)) + "' is no value of " + text.substr(colon + 2, equals - colon - 2);
}

std::vector<ByteView> views_of(const std::vector<std::string>& words) { return {words.begin(), words.end()}; }

/// reason_of says what is wrong in our words; an unknown word comes before what is missing because of it.
std::string reason_of(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = deepest(app);
  const std::vector<std::string> unknown = app.remaining(true);
  if (unknown.empty()) {
    const std::vector<std::string> commands = words_like(command, "");
    const std::string listed_words = config::listed(views_of(commands));
    if (const std::string twice = given_twice(command); !twice.empty()) return twice;
    if (command.get_subcommands([](const CLI::App*) { return true; }).empty()) return said_by(error);
    return "'" + full_name(command) + "' needs a command: " + listed_words;
  }
  const std::string typed = unknown.front().substr(0, unknown.front().find('='));
  const CLI::App& held_by = holder(app);
  if (std::string where = misplaced(held_by, command, typed); !where.empty()) return where;
  const std::vector<std::string> words = words_like(held_by, typed);
  const std::vector<ByteView> views = views_of(words);
  const ByteView near = config::nearest(typed, views);
  const char* what = typed.starts_with('-') ? "unknown option '"
                     : words.empty()        ? "unexpected word '"
                                            : "unknown command '";
  std::string text = what + config::printable(typed) + "' of '" + full_name(held_by) + "'";
  if (!near.empty()) return text + "; did you mean '" + std::string(near) + "'?";
  if (!views.empty() && !typed.starts_with('-')) return text + "; commands are " + config::listed(views);
  return text;
}

}  // namespace

std::string usage_complaint(const CLI::App& app, const CLI::ParseError& error) {
  return app.get_name() + ": " + reason_of(app, error) + "\nFor all options: " + full_name(deepest(app)) + " --help\n";
}

}  // namespace gatehouse::cli
