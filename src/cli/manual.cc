#include <algorithm>

#include "cli/command_tree.h"
#include "cli/exit_code.h"

namespace gatehouse::cli {
namespace {

/// plain is text that the formatter prints as it is: no request at the begin of a line, no escapes, and
/// hyphens that can be copied into a shell.
std::string plain(ByteView text) {
  std::string out;
  for (const char c : text) {
    const bool begin = out.empty() || out.back() == '\n';
    if (begin && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '`') {
      out += "\\(ga";
    } else {
      out += c;
    }
  }
  return out;
}

std::string bold(ByteView text) { return "\\fB" + plain(text) + "\\fR"; }
std::string slanted(ByteView text) { return "\\fI" + plain(text) + "\\fR"; }

std::string option_words(const OptionWords& option) {
  if (option.positional) return slanted(option.value);
  std::string out;
  for (const std::string& name : option.names) out += (out.empty() ? "" : ", ") + bold(name);
  return option.value.empty() ? out : out + " " + slanted(option.value);
}

void append_options(std::string& out, const CommandWords& command) {
  for (const OptionWords& option : command.options) {
    out += ".TP\n" + option_words(option) + "\n" + plain(option.about) + ".";
    out += option.required && !option.positional ? " Required.\n" : "\n";
  }
}

/// append_footer writes remarks as paragraphs and examples as they are typed.
void append_footer(std::string& out, ByteView footer) {
  bool literal = false;
  while (!footer.empty()) {
    const size_t end = std::min(footer.find('\n'), footer.size());
    const ByteView line = footer.substr(0, end);
    footer.remove_prefix(std::min(end + 1, footer.size()));
    const bool typed = line.starts_with("  ");
    if (typed != literal) out += typed ? ".PP\n.nf\n.RS 4\n" : ".RE\n.fi\n.PP\n";
    literal = typed;
    if (line.empty()) {
      out += ".PP\n";
    } else {
      out += plain(typed ? line.substr(2) : line) + "\n";
    }
  }
  if (literal) out += ".RE\n.fi\n";
}

std::string synopsis(const CommandWords& command) {
  std::string out = bold(command.path);
  for (const OptionWords& option : command.options)
    if (option.positional) out += option.required ? " " + slanted(option.value) : " [" + slanted(option.value) + "]";
  return out + " [" + slanted("options") + "]";
}

/// kOf is when this release was made ready, as every page says it: not when it was built, as builds of one source are alike.
constexpr char kOf[] = "2026-11-29";

}  // namespace

std::string manual_page(const CommandWords& top, ByteView version) {
  std::string out = ".\\\" Made by gatehouse man.\n.TH GATEHOUSE 1 \"" + std::string(kOf) + "\" \"gatehouse " +
                    std::string(version) + "\" \"User commands\"\n.SH NAME\n"
                    "gatehouse \\- security gateway between batch jobs and services\n.SH SYNOPSIS\n";
  const std::vector<const CommandWords*> all = all_commands(top);
  const char* between = "";
  for (const CommandWords* command : all) {
    if (command->commands.empty()) out += between + synopsis(*command) + "\n";
    if (command->commands.empty()) between = ".br\n";
  }
  out += ".SH DESCRIPTION\n" + plain(top.about) + "\n.SH OPTIONS\n";
  append_options(out, top);
  out += ".SH COMMANDS\n";
  for (const CommandWords* command : all) {
    if (command == &top) continue;
    out += ".SS " + plain(command->path) + "\n" + plain(command->about) + ".\n";
    append_options(out, *command);
    if (!command->footer.empty()) out += ".PP\n";
    append_footer(out, command->footer);
  }
  out += ".SH EXIT STATUS\nThe codes of sysexits(3).\n";
  for (const ExitMeaning& each : kExitMeanings)
    out += ".TP\n" + bold(std::to_string(each.code)) + "\n" + plain(each.text) + ".\n";
  return out + ".SH SEE ALSO\n.BR systemd.exec (5),\n.BR io_uring (7)\n";
}

}  // namespace gatehouse::cli
