// One question to a running gateway over its admin socket (HTTP/1.1 with JSON).
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace gatehouse::cli {

struct AdminAnswer {
  uint16_t status = 0;
  std::string body;
};

/// ask_admin sends one request and waits for the whole answer: at most 30 s and 16 MiB. Blocks. The
/// error says what could not be done and why.
Result<AdminAnswer, std::string> ask_admin(const std::string& socket_path, const std::string& method,
                                           const std::string& path, const std::string& json);

/// nobody_listens says that there is no gateway at a socket now.
bool nobody_listens(const std::string& socket_path);

}  // namespace gatehouse::cli
