// The simulator's command line.
#pragma once

namespace gatehouse::sim {

/// run_command runs the seeds that the words ask for and returns the exit status: 0 when every check
/// held in every run, 1 when one did not, 64 for a wrong command line.
int run_command(int count, char** words);

}  // namespace gatehouse::sim
