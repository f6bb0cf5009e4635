// `gatehouse completion` and `gatehouse man`: what is made from the tree of commands.
#include <cstdio>
#include <memory>

#include "cli/command_tree.h"
#include "cli/commands.h"
#include "cli/exit_code.h"

namespace gatehouse::cli {

void add_completion(Command app) {
  auto shell = std::make_shared<std::string>();
  const Command command = app.add_subcommand("completion", "Print the script that completes commands in a shell");
  command.add_option("shell", *shell, "bash, zsh or fish", "SHELL").required().one_of(kShells);
  command.footer(
      "Examples:\n"
      "  gatehouse completion bash > /etc/bash_completion.d/gatehouse\n"
      "  gatehouse completion zsh > /usr/local/share/zsh/site-functions/_gatehouse\n"
      "  gatehouse completion fish > ~/.config/fish/completions/gatehouse.fish");
  command.runs([shell, app] {
    std::fputs(completion_script(command_tree(app), *shell).c_str(), stdout);
    return kExitOk;
  });
}

void add_man(Command app) {
  const Command command = app.add_subcommand("man", "Print the manual page");
  command.footer(
      "Examples:\n"
      "  gatehouse man > /usr/local/share/man/man1/gatehouse.1\n"
      "  gatehouse man | man -l -");
  command.runs([app] {
    std::fputs(manual_page(command_tree(app), GATEHOUSE_VERSION).c_str(), stdout);
    return kExitOk;
  });
}

}  // namespace gatehouse::cli
