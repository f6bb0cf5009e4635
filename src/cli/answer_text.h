// What the gateway answered on its admin socket, for people.
#pragma once

#include <simdjson.h>

#include <string>

#include "config/json_text.h"

namespace gatehouse::cli {

/// text_of is a member that is a text, safe for a terminal; "-" where there is none.
inline std::string text_of(simdjson::dom::element value, ByteView name) {
  std::string_view text;
  return value[name].get(text) == simdjson::SUCCESS ? config::printable(text) : "-";
}

}  // namespace gatehouse::cli
