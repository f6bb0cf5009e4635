// Who is at the other end of a Unix socket.
#pragma once

#include <string>

namespace gatehouse::control {

/// caller_of names the process at the other end as the kernel saw it when it connected: "uid:1000(anna)", or
/// "uid:1000" when the user has no name. Empty when the kernel does not say: then nothing may be believed.
std::string caller_of(int descriptor);

}  // namespace gatehouse::control
