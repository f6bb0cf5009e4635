#include "cli/command_line.h"
#include "control/process.h"

// Before the objects that are made before main (CLI11's, ours), which ask for memory, too.
[[gnu::constructor(101)]] static void begin() { gatehouse::control::say_when_memory_ends(); }

int main(int argc, char** argv) { return gatehouse::cli::run_command_line(argc, argv); }
