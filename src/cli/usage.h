// What is wrong with a command line, in the words of this house and not of the library that found it: for every program here.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace gatehouse::cli {

/// usage_complaint says what is wrong, with the nearest word that could have stood there, and where all options are told: two lines
/// for standard error. `app` is the whole program as it was parsed; `error` is what parsing threw. Exit code 64 goes with it.
std::string usage_complaint(const CLI::App& app, const CLI::ParseError& error);

}  // namespace gatehouse::cli
