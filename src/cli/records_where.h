// Which records a command reads: the options that all of `gatehouse records` share.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/records.h"

namespace gatehouse::cli {

/// Where holds what the user said about the place, and what it came to.
struct Where {
  std::string config;
  std::string dir;
  std::string rings;
  std::vector<std::string> keys;   // key files

  void add_to(CLI::App* command);
  /// resolve fills the place or returns an ExitCode.
  int resolve(RecordsPlace& place) const;

 private:
  int read_keys(RecordsPlace& place) const;
};

/// with_place runs a command once its place is known.
template <typename Options>
Run with_place(std::shared_ptr<Options> options, std::shared_ptr<Where> where,
               int (*command)(const Options&)) {
  return [=] {
    const int code = where->resolve(options->place);
    return code == kExitOk ? command(*options) : code;
  };
}

/// add_claim declares an option or a positional that takes NAME=VALUE.
CLI::Option* add_claim(CLI::App* command, const char* name, std::string& into, const char* about);

/// add_reading declares what finds exchanges: list, search, job, what-if, view. records_reading_options.cc
void add_reading(CLI::App* records, Run& chosen);

/// add_verify declares `records verify`. records_verify_options.cc
void add_verify(CLI::App* records, Run& chosen);

/// add_rewrap declares `records rewrap`. records_rewrap.cc
void add_rewrap(CLI::App* records, Run& chosen);

}  // namespace gatehouse::cli
