// Which records a command reads: the options that all of `gatehouse records` share.
#pragma once

#include <memory>
#include <optional>
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

  void add_to(Command command);
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

/// tell_wrong_keys says on standard error of each key that no segment here is sealed for that it is a wrong one. It reads the first
/// record of segments, until each key fits one.
void tell_wrong_keys(const RecordsPlace& place);

/// with_keys is with_place for a command that shows what keys open, and does not say itself which of them did.
template <typename Options>
Run with_keys(std::shared_ptr<Options> options, std::shared_ptr<Where> where, int (*command)(const Options&)) {
  return [=] {
    const int code = where->resolve(options->place);
    if (code != kExitOk) return code;
    tell_wrong_keys(options->place);
    return command(*options);
  };
}

/// past_time accepts a moment, or how long ago it was, and keeps it. A number alone is neither: what it counts nobody said.
Check past_time(WallNs& into);
Check past_time(std::optional<WallNs>& into);

/// exchange_id accepts the id of an exchange, and keeps it.
Check exchange_id(ExchangeId& into);
Check exchange_id(std::optional<ExchangeId>& into);   // empty while it is not given

/// add_claim declares an option or a positional that takes NAME=VALUE.
Option add_claim(Command command, const char* name, std::string& into, const char* about);

/// add_reading declares what finds exchanges: list, search, job, what-if, view. records_reading_options.cc
void add_reading(Command records);

/// add_verify declares `records verify`. records_verify_options.cc
void add_verify(Command records);

/// add_rewrap declares `records rewrap`. records_rewrap.cc
void add_rewrap(Command records);

}  // namespace gatehouse::cli
