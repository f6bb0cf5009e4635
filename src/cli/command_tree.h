// The commands of `gatehouse` as plain values, read from the command line library: what completion and the manual
// page are made of. There is no second table of options.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "cli/command.h"

namespace gatehouse::cli {

/// OptionWords is one option, or one positional word of a command.
struct OptionWords {
  std::vector<std::string> names;   // "-c", "--config"; one bare name for a positional word
  std::string value;                // "FILE"; empty for a flag
  std::vector<std::string> choices; // the words that are possible, when they can be listed
  std::string about;
  bool positional = false;
  bool required = false;
};

/// CommandWords is one command with everything below it.
struct CommandWords {
  std::string path;      // "gatehouse records list"
  std::string name;      // "list"
  std::string about;
  std::string footer;    // remarks and examples, as help shows them
  std::vector<OptionWords> options;
  std::vector<CommandWords> commands;
};

/// command_tree reads the tree below (and with) `top`, in the order in which it was declared.
CommandWords command_tree(Command top);

/// all_commands lists a tree, each before those below it. Valid as long as `top`.
std::vector<const CommandWords*> all_commands(const CommandWords& top);

/// completion_script makes the script for a shell: bash, zsh or fish.
inline constexpr ByteView kShells[] = {"bash", "zsh", "fish"};
std::string completion_script(const CommandWords& top, ByteView shell);

/// manual_page makes gatehouse(1) in the man macros of groff and mandoc.
std::string manual_page(const CommandWords& top, ByteView version);

}  // namespace gatehouse::cli
