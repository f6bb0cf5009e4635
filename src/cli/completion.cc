#include "cli/command_tree.h"

namespace gatehouse::cli {
namespace {

/// quoted is a word or text as one word of a shell: nothing in it is expanded. fish also knows \ inside.
std::string quoted(ByteView text, ByteView shell) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += shell == "fish" ? "\\'" : "'\\''";
    } else if (c == '\\' && shell == "fish") {
      out += "\\\\";
    } else {
      out += c == '\n' ? ' ' : c;
    }
  }
  return out + "'";
}

std::string in_a_row(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
  return all;
}

/// line is the first line of a text: what stands beside a word in a menu.
ByteView line(ByteView text) { return text.substr(0, text.find('\n')); }

// bash --------------------------------------------------------------------------------------------------

constexpr const char* kBashHead = R"(# bash completion of gatehouse; made by `gatehouse completion bash`.
# For one shell: source <(gatehouse completion bash)
_gatehouse_words() {   # sets what is possible after the command $1
  commands= options= valued= positional=
  case $1 in
)";

constexpr const char* kBashTail = R"(  esac
}

_gatehouse_values() {   # sets the words, or the kind, of the value of option $2 of the command $1
  values= kind=
  case "$1 $2" in
)";

constexpr const char* kBashEnd = R"(  esac
}

_gatehouse() {
  local command=gatehouse commands options valued positional values kind word option= i
  local cur=${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  _gatehouse_words "$command"
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    [[ $word == = ]] && continue   # --config=FILE comes as three words
    if [[ -n $option ]]; then option=; continue; fi
    if [[ $word == -* ]]; then
      if [[ " $valued " == *" $word "* ]]; then option=$word; fi
    elif [[ " $commands " == *" $word "* ]]; then
      command+=" $word"
      _gatehouse_words "$command"
    fi
  done
  [[ $cur == = ]] && cur=
  if [[ -n $option ]]; then
    _gatehouse_values "$command" "$option"
    case $kind in
      FILE|PATH) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
      DIR) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
      *) mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur") ;;
    esac
  elif [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -W "$commands $positional" -- "$cur")
  fi
}
complete -F _gatehouse gatehouse
)";

std::string bash_script(const std::vector<const CommandWords*>& all) {
  std::string out = kBashHead, values;
  for (const CommandWords* command : all) {
    std::string commands, options, valued, positional;
    for (const CommandWords& below : command->commands) commands += (commands.empty() ? "" : " ") + below.name;
    for (const OptionWords& option : command->options) {
      if (option.positional) {
        positional += (positional.empty() ? "" : " ") + in_a_row(option.choices);
        continue;
      }
      options += (options.empty() ? "" : " ") + in_a_row(option.names);
      if (option.value.empty()) continue;
      valued += (valued.empty() ? "" : " ") + in_a_row(option.names);
      for (const std::string& name : option.names)
        values += "    " + quoted(command->path + " " + name, "bash") + ") kind=" + quoted(option.value, "bash") +
                  " values=" + quoted(in_a_row(option.choices), "bash") + " ;;\n";
    }
    out += "    " + quoted(command->path, "bash") + ")\n      commands=" + quoted(commands, "bash") +
           "\n      options=" + quoted(options, "bash") + "\n      valued=" + quoted(valued, "bash") +
           "\n      positional=" + quoted(positional, "bash") + " ;;\n";
  }
  return out + kBashTail + values + kBashEnd;
}

// zsh ---------------------------------------------------------------------------------------------------

std::string function_name(const CommandWords& command) {
  std::string name = "_" + command.path;
  for (char& c : name) c = c == ' ' || c == '-' ? '_' : c;
  return name;
}

/// told is a description inside of a specification, where ] and : end it.
std::string told(ByteView text) {
  std::string out;
  for (const char c : line(text)) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// action says what completes a value.
std::string action(const OptionWords& option) {
  if (!option.choices.empty()) return "(" + in_a_row(option.choices) + ")";
  if (option.value == "FILE" || option.value == "PATH") return "_files";
  return option.value == "DIR" ? "_files -/" : " ";
}

void append_zsh_option(std::string& out, const OptionWords& option) {
  if (option.positional) {
    const char* begin = option.required ? ":" : "::";
    out += " \\\n    " + quoted(begin + told(option.names.front()) + ":" + action(option), "zsh");
    return;
  }
  for (const std::string& name : option.names) {
    std::string words = "(" + in_a_row(option.names) + ")" + name;
    const bool is_long = name.starts_with("--");
    if (!option.value.empty()) words += is_long ? "=" : "+";
    words += "[" + told(option.about) + "]";
    if (!option.value.empty()) words += ":" + told(option.value) + ":" + action(option);
    out += " \\\n    " + quoted(words, "zsh");
  }
}

void append_zsh_function(std::string& out, const CommandWords& command) {
  out += function_name(command) + "() {\n  local curcontext=\"$curcontext\" state line\n  typeset -A opt_args\n";
  out += "  _arguments -C";
  for (const OptionWords& option : command.options) append_zsh_option(out, option);
  if (command.commands.empty()) {
    out += "\n}\n\n";
    return;
  }
  out += " \\\n    '1: :->command' '*:: :->rest'\n  case $state in\n    command)\n      local -a commands=(\n";
  for (const CommandWords& below : command.commands)
    out += "        " + quoted(below.name + ":" + told(below.about), "zsh") + "\n";
  out += "      )\n      _describe -t commands command commands ;;\n    rest)\n      case $words[1] in\n";
  for (const CommandWords& below : command.commands)
    out += "        " + below.name + ") " + function_name(below) + " ;;\n";
  out += "      esac ;;\n  esac\n}\n\n";
}

std::string zsh_script(const std::vector<const CommandWords*>& all) {
  std::string out =
      "#compdef gatehouse\n# zsh completion of gatehouse; made by `gatehouse completion zsh`.\n"
      "# Write it to a file _gatehouse in a folder of $fpath.\n";
  for (const CommandWords* command : all) append_zsh_function(out, *command);
  return out + "if [ \"$funcstack[1]\" = _gatehouse ]; then _gatehouse \"$@\"; else compdef _gatehouse gatehouse; fi\n";
}

// fish --------------------------------------------------------------------------------------------------

constexpr const char* kFishHead = R"(# fish completion of gatehouse; made by `gatehouse completion fish`.
# For one shell: gatehouse completion fish | source
function __gatehouse_at   # true when the command that was typed so far is "$argv"
  set -l at gatehouse
  for word in (commandline -opc)[2..-1]
    if contains -- "$at $word" $__gatehouse_commands
      set at "$at $word"
    end
  end
  test "$at" = "$argv"
end
complete -c gatehouse -f
)";

std::string fish_option(const OptionWords& option) {
  if (option.positional) return option.choices.empty() ? "" : " -x -a " + quoted(in_a_row(option.choices), "fish");
  std::string out;
  for (const std::string& name : option.names)
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (option.value.empty()) return out;
  if (!option.choices.empty()) return out + " -x -a " + quoted(in_a_row(option.choices), "fish");
  if (option.value == "DIR") return out + " -x -a '(__fish_complete_directories)'";
  return out + (option.value == "FILE" || option.value == "PATH" ? " -r -F" : " -x");
}

std::string fish_script(const std::vector<const CommandWords*>& all) {
  std::string out = "set -g __gatehouse_commands";
  for (const CommandWords* command : all) out += " " + quoted(command->path, "fish");
  out = kFishHead + out + "\n";
  for (const CommandWords* command : all) {
    const std::string begin = "complete -c gatehouse -n " + quoted("__gatehouse_at " + command->path, "fish");
    for (const CommandWords& below : command->commands)
      out += begin + " -a " + below.name + " -d " + quoted(line(below.about), "fish") + "\n";
    for (const OptionWords& option : command->options) {
      const std::string words = fish_option(option);
      if (!words.empty()) out += begin + words + " -d " + quoted(line(option.about), "fish") + "\n";
    }
  }
  return out;
}

}  // namespace

std::string completion_script(const CommandWords& top, ByteView shell) {
  const std::vector<const CommandWords*> all = all_commands(top);
  if (shell == "zsh") return zsh_script(all);
  return shell == "fish" ? fish_script(all) : bash_script(all);
}

}  // namespace gatehouse::cli
