#include "web/json_text.h"

#include <cstdio>

namespace gatehouse::web {

void append_json_string(std::string& out, ByteView text) {
  out += '"';
  size_t plain = 0;  // start of the run that needs no escape
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (byte) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: {
        char escape[8];
        snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned>(byte));
        out += escape;
      }
    }
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

void append_ascii_string(std::string& out, ByteView text) {
  std::string printable(text);
  for (char& byte : printable) {
    if (byte < 0x20 || byte > 0x7e) byte = '?';
  }
  append_json_string(out, printable);
}

}  // namespace gatehouse::web
