// A secret is seen in whatever spelling a plain decoder makes it of; in any pieces the verdict is the same, and no part of it passes.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "crypto/secret_filter.h"
#include "tests/fuzz/pieces.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

namespace {

/// number reads digits of a base at `at` (at most `most` of them, at least `least`); -1 when none of ASCII.
int number(ByteView text, size_t* at, int base, size_t least, size_t most) {
  int value = 0;
  size_t count = 0;
  for (; count < most && *at < text.size(); ++count, ++*at) {
    const size_t digit = ByteView("0123456789abcdef").find(static_cast<char>(text[*at] >= 'A' && text[*at] <= 'F' ? text[*at] + 32 : text[*at]));
    if (digit >= static_cast<size_t>(base)) break;
    value = value * base + static_cast<int>(digit);
  }
  return count < least || value > 0x7e || value < 0x21 ? -1 : value;
}

// Each decodes its escapes in the whole text, once; what it does not know stays. Written without a look at crypto/spelled.cc.
std::string from_json(ByteView text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] != '\\' || i + 1 == text.size()) continue;
    size_t at = i + 2;
    const char next = text[i + 1];
    const int value = next == 'u' ? number(text, &at, 16, 4, 4) : next == 'x' ? number(text, &at, 16, 2, 2)
                      : ByteView("\"\\/'").find(next) != ByteView::npos ? next : -1;
    if (value < 0) continue;
    out.back() = static_cast<char>(value);
    i = at - 1;
  }
  return out;
}

std::string from_url(ByteView text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    size_t at = i + 1;
    const int value = text[i] == '%' ? number(text, &at, 16, 2, 2) : -1;
    if (value < 0) continue;
    out.back() = static_cast<char>(value);
    i = at - 1;
  }
  return out;
}

std::string from_html(ByteView text) {
  constexpr std::array<std::pair<ByteView, char>, 5> kNames = {{{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"plus;", '+'}}};
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] != '&') continue;
    const ByteView rest = text.substr(i + 1);
    for (const auto& [name, value] : kNames)
      if (rest.starts_with(name)) {
        out.back() = value;
        i += name.size();
      }
    if (!rest.starts_with('#')) continue;
    const bool hex = rest.starts_with("#x") || rest.starts_with("#X");
    size_t at = i + (hex ? 3 : 2);
    const int value = number(text, &at, hex ? 16 : 10, 1, 7);
    if (value < 0 || at == text.size() || text[at] != ';') continue;
    out.back() = static_cast<char>(value);
    i = at;
  }
  return out;
}

/// decoded_holds: one of the decoders, or several one after the other, makes a text that holds the secret.
bool decoded_holds(const std::string& text, ByteView secret, int times) {
  if (text.find(secret) != std::string::npos) return true;
  if (times == 0) return false;
  for (std::string (*const decode)(ByteView) : {from_json, from_url, from_html})
    if (const std::string next = decode(text); next != text && decoded_holds(next, secret, times - 1)) return true;
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Pieces pieces(fuzz::input_of(data, size));
  const size_t length = std::min<size_t>(pieces.body.size(), 1 + pieces.options % 24);
  const ByteView secret = pieces.body.substr(0, length), text = pieces.body.substr(length);
  if (secret.empty()) return 0;
  const crypto::Sight sight = crypto::see(text, secret);
  bool found = sight.found();
  PLANT(if (text.find("\\u0041\\/") != ByteView::npos) found = !found);
  if (found) GH_ASSERT(sight.begin < sight.end && sight.end <= text.size());
  const bool escapes = text.find_first_of("\\%&") != ByteView::npos;
  if (!escapes) GH_ASSERT(found == (text.find(secret) != ByteView::npos));
  if (decoded_holds(std::string(text), secret, 3)) GH_ASSERT(found);

  crypto::SecretFilter filter;
  std::string passed;
  bool stopped = false;
  for (ByteView rest = text; !rest.empty() && !stopped;) {
    const ByteView piece = rest.substr(0, pieces(rest.size()));
    const auto step = filter.look(secret, piece);
    stopped = step.found;
    if (stopped) break;
    passed.append(step.before).append(step.piece);
    filter.take(step, piece);
    rest.remove_prefix(piece.size());
  }
  GH_ASSERT(stopped == found);
  GH_ASSERT(text.starts_with(passed));
  if (!stopped) GH_ASSERT(passed.append(filter.withheld()) == text);
  if (stopped) GH_ASSERT(passed.size() <= sight.begin || crypto::see(text.substr(0, sight.begin + passed.size()), secret).found());

  std::string blanked(text);
  GH_ASSERT(crypto::blank_secret(blanked, secret) == found);
  const bool has_blanks = ByteView("*-.x0123456789").find_first_not_of(secret) == ByteView::npos;   // no sign is left to blank with
  GH_ASSERT(has_blanks || !crypto::see(blanked, secret).found());
  return 0;
}
