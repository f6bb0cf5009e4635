// The thin layer over the command line library: what users expect of it, and nothing of it leaves.
#pragma once

namespace gatehouse::cli {

/// run_command_line reads the command line, runs what it asks for and returns an ExitCode. Never throws.
int run_command_line(int argc, char** argv);

}  // namespace gatehouse::cli
