// A command line as a program declares it: commands, their options, what they do. A thin cover over the library that reads it
// (CLI11), whose headers take seconds in each file that includes them: command.cc, usage.cc and command_tree.cc alone do.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace gatehouse::cli {

/// Run is what a command line came to: called after it was read, returns an exit code.
using Run = std::function<int()>;

/// Check says what is wrong with a word that was given for an option; nothing when it is good. It may keep what it read.
using Check = std::function<std::string(const std::string& word)>;

/// Option is an option of a command, or a positional word: a handle, copied at will, valid as long as the Program. What it is made
/// to be is chained: each call returns the same option.
class Option {
 public:
  Option required() const;
  Option repeats() const;                                    // may be given more than once, each time with one value
  Option one_at_a_time() const;                              // of a list: each name takes one value, though the list has many
  Option delimiter(char between) const;                      // of a list: several values in one word
  Option check(Check check) const;
  Option one_of(std::span<const ByteView> words) const;      // which outlive the Program; says which one is near
  Option range(int least, int most) const;
  Option member(std::vector<std::string> words) const;       // as one_of, but help lists them, and nothing is near
  Option excludes(Option other) const;                       // both ways
  Option needs(Option other) const;
  Option show_default() const;                               // in help: what the variable holds now
  bool given() const;                                        // after parsing

 private:
  friend class Command;
  explicit Option(CLI::Option* option) : option_(option) {}
  CLI::Option* option_;
};

/// Command is a command of a program, or the program: a handle as Option is. Variables that options fill outlive the parsing;
/// `names` are "-c,--config", or one bare name for a positional word; `type` is what help calls the value ("": TEXT, INT and such).
class Command {
 public:
  Command add_subcommand(const char* name, const char* about) const;

  /// add_option fills a std::string, double, int, int64_t, uint32_t or uint64_t, or a std::vector of std::string, double, int or
  /// uint16_t. Whole numbers are decimal, and none that does not fit is taken.
  template <typename T>
  Option add_option(const char* names, T& into, const std::string& about, const char* type = "") const;
  /// add_checked takes one value, which `check` keeps and nobody else.
  Option add_checked(const char* names, const char* about, const char* type, Check check) const;
  /// add_choice takes one of `words`, which outlive the Program; the second is the second of the Enum.
  template <typename Enum>
  Option add_choice(const char* names, std::span<const ByteView> words, Enum& into, const std::string& about,
                    const char* type) const {
    return add_index(names, words, [&into](size_t at) { into = static_cast<Enum>(at); }, about, type);
  }
  Option add_flag(const char* names, bool& into, const char* about) const;
  Option add_flag(const char* names, std::function<void()> given, const char* about) const;

  /// check_all lets each option that there is be checked.
  void check_all(const Check& check) const;
  /// require_subcommand wants one command, or none where `least` is 0.
  void require_subcommand(size_t least = 1) const;
  /// footer is what help says after the options: remarks and examples.
  void footer(const std::string& text) const;
  /// runs makes `run` what the Program comes to when this command is named. `first` is called when the words were read, and may
  /// call missing().
  void runs(Run run, std::function<void()> first = {}) const;

  /// library is for command_tree.cc, which reads what was declared.
  CLI::App& library() const { return *app_; }

 protected:
  Command(CLI::App* app, Run* chosen) : app_(app), chosen_(chosen) {}

 private:
  Option add_index(const char* names, std::span<const ByteView> words, std::function<void(size_t)> take, const std::string& about,
                   const char* type) const;
  CLI::App* app_;
  Run* chosen_;
};

/// choices_of returns the words that one_of() lets an option have; none for other options. For command_tree.cc, too.
std::vector<std::string> choices_of(CLI::Option& option);

/// missing says that `what` should have been given: it throws what parse() catches, and is for what parse() calls.
[[noreturn]] void missing(const std::string& what);

/// Program is a whole command line, above all its commands. It complains in the words of usage.h.
class Program : public Command {
 public:
  Program(const char* about, const char* name);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  /// parse reads what main() was given. Returns an exit code when that is all: 0 where help was asked for and printed, 64 where the
  /// words are wrong, which is said on standard error. `last` looks at the whole, and may call missing().
  std::optional<int> parse(int argc, char** argv, const std::function<void()>& last = {});

  /// chosen is what the command that was named does; empty where none was.
  const Run& chosen() const { return run_; }

 private:
  std::unique_ptr<CLI::App> owned_;
  Run run_;
};

}  // namespace gatehouse::cli
