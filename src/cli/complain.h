// How every command says that it could not do something.
#pragma once

#include <string>

namespace gatehouse::cli {

/// complain writes one line to stderr, safe for a terminal, and returns `code`.
int complain(int code, const std::string& text);

}  // namespace gatehouse::cli
