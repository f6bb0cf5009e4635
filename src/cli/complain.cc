#include "cli/complain.h"

#include <cstdio>

#include "config/json_text.h"

namespace gatehouse::cli {

int complain(int code, const std::string& text) {
  std::fprintf(stderr, "gatehouse: %s\n", config::printable(text).c_str());
  return code;
}

}  // namespace gatehouse::cli
