#include "cli/command_tree.h"

#include <CLI/CLI.hpp>

namespace gatehouse::cli {
namespace {

OptionWords read_option(CLI::Option& option) {
  OptionWords words;
  words.positional = option.get_positional();
  if (words.positional) {
    words.names.push_back(option.get_name(true));
  } else {
    for (const std::string& name : option.get_snames()) words.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) words.names.push_back("--" + name);
  }
  if (option.get_items_expected_max() > 0) words.value = option.get_type_name();
  words.choices = choices_of(option);
  words.about = option.get_description();
  words.required = option.get_required();
  return words;
}

void list(const CommandWords& command, std::vector<const CommandWords*>& all) {
  all.push_back(&command);
  for (const CommandWords& below : command.commands) list(below, all);
}

CommandWords read_command(CLI::App& app, const std::string& above) {
  CommandWords command;
  command.name = app.get_name();
  command.path = above.empty() ? command.name : above + " " + command.name;
  command.about = app.get_description();
  command.footer = app.get_footer();
  for (CLI::Option* option : app.get_options([](const CLI::Option*) { return true; }))
    command.options.push_back(read_option(*option));
  for (CLI::App* below : app.get_subcommands([](CLI::App*) { return true; }))
    command.commands.push_back(read_command(*below, command.path));
  return command;
}

}  // namespace

CommandWords command_tree(Command top) { return read_command(top.library(), ""); }

std::vector<const CommandWords*> all_commands(const CommandWords& top) {
  std::vector<const CommandWords*> all;
  list(top, all);
  return all;
}

}  // namespace gatehouse::cli
