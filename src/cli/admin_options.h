// What commands that ask a running gateway have in common: which gateway, and how its answer is shown.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "cli/admin_client.h"
#include "cli/command.h"

namespace gatehouse::cli {

struct AdminOptions {
  std::string config;
  std::string socket;
  bool json = false;
};

/// add_admin_options declares --config, --socket and --json.
void add_admin_options(Command command, AdminOptions& options);

/// socket_of says where to ask; its error is the exit code, and is said already.
Result<std::string, int> socket_of(const AdminOptions& options);

/// ask_well asks; anything but success is said, and its error is the exit code.
Result<AdminAnswer, int> ask_well(const std::string& socket, const std::string& method, const std::string& path,
    const std::string& json);

/// write_new_file writes a new file that is ours alone (0600); says what is wrong. False: it could not.
bool write_new_file(const std::string& path, ByteView bytes);

}  // namespace gatehouse::cli
