#include "mask/style.h"

#include "json/escape.h"

namespace gatehouse::mask {
namespace {

bool is_control(char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; }

/// The bytes that stand for one; empty: the byte itself.
ByteView entity(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    default: return {};
  }
}

}  // namespace

void write_styled(ByteView text, Style style, Room<char>* out) {
  if (style == Style::json) return json::append_escaped(text, out);
  for (const char c : text) {
    const bool ends_cell = style == Style::csv_bare && (c == ',' || c == ';' || c == '|' || c == '"');
    if (is_control(c) || ends_cell) {
      out->push(' ');
      continue;
    }
    if (style == Style::csv_quoted && c == '"') out->push('"');
    if (style == Style::form && (static_cast<uint8_t>(c) >= 0x80 || c == '&' || c == '=' || c == '%' || c == '+')) {
      constexpr ByteView kHex = "0123456789ABCDEF";
      const char escape[] = {'%', kHex[static_cast<uint8_t>(c) >> 4], kHex[c & 15]};
      out->append(escape, sizeof escape);
      continue;
    }
    const ByteView written = style == Style::markup ? entity(c) : ByteView();
    if (written.empty()) out->push(c);
    else out->append(written.data(), written.size());
  }
}

}  // namespace gatehouse::mask
