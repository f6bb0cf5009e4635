// The commands of `gatehouse`, one file each.
#pragma once

#include <string>

#include "cli/command.h"

namespace gatehouse::cli {

// Each declares its command with options, help and examples, and what it does; that returns an ExitCode.
void add_serve(Command app);          // serve.cc
void add_check(Command app);          // check.cc
void add_explain(Command app);        // explain.cc
void add_mask(Command app);           // mask.cc
void add_whoami(Command app);         // whoami.cc
void add_reload(Command app);         // reload.cc
void add_records(Command app);        // records.cc
void add_keys(Command app);           // keys.cc
void add_approvals(Command app);      // approvals.cc
void add_api_keys(Command app);       // api_keys.cc
void add_revocations(Command app);    // revocations.cc
void add_version(Command app);        // version.cc
void add_init(Command app);           // init.cc
void add_bugreport(Command app);      // bugreport.cc
void add_completion(Command app);     // shell_words.cc
void add_man(Command app);            // shell_words.cc

/// print_version is `gatehouse version`; version_json what it says as JSON, one object.
int print_version(bool json);
std::string version_json();

}  // namespace gatehouse::cli
