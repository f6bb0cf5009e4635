// The commands of `gatehouse`, one file each.
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace gatehouse::cli {

/// Run is what the command line came to: called after it was read, returns an ExitCode.
using Run = std::function<int()>;

// Each declares its command with options, help and examples, and sets `chosen` when it is called for.
void add_serve(CLI::App& app, Run& chosen);      // serve.cc
void add_check(CLI::App& app, Run& chosen);      // check.cc
void add_explain(CLI::App& app, Run& chosen);    // explain.cc
void add_mask(CLI::App& app, Run& chosen);       // mask.cc
void add_whoami(CLI::App& app, Run& chosen);     // whoami.cc
void add_reload(CLI::App& app, Run& chosen);     // reload.cc
void add_records(CLI::App& app, Run& chosen);    // records.cc
void add_keys(CLI::App& app, Run& chosen);       // keys.cc
void add_approvals(CLI::App& app, Run& chosen);  // approvals.cc
void add_api_keys(CLI::App& app, Run& chosen);   // api_keys.cc
void add_revocations(CLI::App& app, Run& chosen);// revocations.cc
void add_version(CLI::App& app, Run& chosen);    // version.cc
void add_init(CLI::App& app, Run& chosen);       // init.cc
void add_bugreport(CLI::App& app, Run& chosen);  // bugreport.cc
void add_completion(CLI::App& app, Run& chosen); // shell_words.cc
void add_man(CLI::App& app, Run& chosen);        // shell_words.cc

/// print_version is `gatehouse version`; version_json what it says as JSON, one object.
int print_version(bool json);
std::string version_json();

}  // namespace gatehouse::cli
