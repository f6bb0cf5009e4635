// What `gatehouse` answers to the shell: sysexits(3), and 1 where the answer is no.
#pragma once

namespace gatehouse::cli {

enum ExitCode : int {
  kExitOk = 0,
  kExitRefused = 1,       // the answer is no: `explain`, `whoami`, `records trust-clock --if-synchronised`; `records what-if`:
                          // something would change
  kExitUsage = 64,        // the command line is wrong
  kExitData = 65,         // what somebody else answered is not what it must be
  kExitNoInput = 66,      // a named file or record does not exist or cannot be read
  kExitUnavailable = 69,  // the gateway does not answer, or refuses what was asked
  kExitSoftware = 70,     // our own mistake
  kExitIo = 74,           // reading or writing failed; records do not verify
  kExitConfig = 78,       // the configuration is wrong
};

struct ExitMeaning {
  int code;
  const char* text;
};

/// kExitMeanings is what the manual page says of them.
inline constexpr ExitMeaning kExitMeanings[] = {
    {kExitOk, "Well"},
    {kExitRefused, "The answer is no: explain, whoami: refused; records what-if: something would change; "
                   "records trust-clock --if-synchronised: it is not"},
    {kExitUsage, "The command line is wrong"},
    {kExitData, "An issuer answers what is not usable; a line of requests is none; what a gateway shows is not what an approval "
                "is bound to; a body that cannot be masked"},
    {kExitNoInput, "A named file or record is not there"},
    {kExitUnavailable, "Something needed is not there: the port, io_uring, the issuer, the running gateway"},
    {kExitSoftware, "Our own mistake"},
    {kExitIo, "Reading or writing failed; records do not verify"},
    {kExitConfig, "The configuration is wrong"},
};

}  // namespace gatehouse::cli
