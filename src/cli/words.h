// Words that a user may give for an option, and what is said of one that is none of them.
#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::cli {

/// one_of accepts one of `words`, which must outlive the command line; else it says which one is near.
CLI::Validator one_of(std::span<const ByteView> words);

/// choices_of returns the words that one_of() lets an option have; none for other options.
std::vector<std::string> choices_of(CLI::Option& option);

/// whole_number accepts decimal digits that fit 63 bits.
CLI::Validator whole_number();

}  // namespace gatehouse::cli
