// What `gatehouse` answers to the shell: sysexits(3) and nothing else.
#pragma once

namespace gatehouse::cli {

enum ExitCode : int {
  kExitOk = 0,
  kExitUsage = 64,        // the command line is wrong
  kExitNoInput = 66,      // a named file or record does not exist or cannot be read
  kExitUnavailable = 69,  // the gateway does not answer, or refuses what was asked
  kExitSoftware = 70,     // our own mistake
  kExitIo = 74,           // reading or writing failed; records do not verify
  kExitConfig = 78,       // the configuration is wrong
};

}  // namespace gatehouse::cli
