// A secret is seen in whatever spelling a plain decoder makes it of, in an error in its other forms, too; in any pieces the verdict is
// the same, and no part of it passes.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "crypto/secret_filter.h"
#include "crypto/secret_forms.h"
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

std::string small_letters(ByteView text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

/// decoded_holds: one of the decoders, or several one after the other, makes a text that holds the secret; folded: in letters of any
/// case (the secret is in small ones).
bool decoded_holds(const std::string& text, ByteView secret, int times, bool folded = false) {
  if ((folded ? small_letters(text) : text).find(secret) != std::string::npos) return true;
  if (times == 0) return false;
  for (std::string (*const decode)(ByteView) : {from_json, from_url, from_html})
    if (const std::string next = decode(text); next != text && decoded_holds(next, secret, times - 1, folded)) return true;
  return false;
}

std::string in_base64(ByteView bytes) {
  std::string out;
  uint32_t bits = 0, count = 0;
  for (const char c : bytes)
    for (bits = bits << 8 | static_cast<uint8_t>(c), count += 8; count >= 6; count -= 6)
      out += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[bits >> (count - 6) & 63];
  return out;
}

/// Base64 in lines of one length, a sign before the first, so that no escape begins in front of it; or as it is.
std::string in_lines(const std::string& form, size_t choice) {
  constexpr std::array<ByteView, 10> kEnds = {"\n", "\r\n\t ", " \n", "\\r\\n\\t", "\\\\u000A  ",
                                              "%0a%20", "%250D", "&#010; ", "&amp;#x0A;", "<br />\n"};
  const size_t end = choice % (kEnds.size() + 1), width = 1 + choice / (kEnds.size() + 1) % 20;
  if (end == kEnds.size()) return form;
  std::string out = "'";
  for (size_t at = 0; at < form.size(); at += width) out.append(at == 0 ? "" : kEnds[end]).append(form.substr(at, width));
  return out;
}

/// What a service says of a secret: one of its forms, with what stands around it in the text.
std::string said_of(ByteView secret, unsigned kind, ByteView text, size_t lines) {
  if (kind == 0) return std::string(text);
  const size_t before = text.size() / 2;
  std::string form;
  if (kind == 1)
    for (const char c : secret) form += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  else if (kind == 2)
    for (const char c : secret) form += "0123456789ABCDEF"[static_cast<uint8_t>(c) >> 4], form += "0123456789abcdef"[c & 15];
  else
    form = in_lines(in_base64(std::string(text.substr(0, before % 3)).append(secret).append(text.substr(before))), lines);
  return std::string(text.substr(0, before)) + form + std::string(text.substr(before));
}

/// Streamed is what of a text passes a filter that gets it in pieces.
struct Streamed {
  std::string passed;
  bool stopped = false;
};

template <typename Secret>
Streamed stream(const Secret& secret, ByteView text, fuzz::Pieces& pieces) {
  crypto::SecretFilter filter;
  Streamed out;
  for (ByteView rest = text; !rest.empty();) {
    const ByteView piece = rest.substr(0, pieces(rest.size()));
    const auto step = filter.look(secret, piece);
    out.stopped = step.found;
    if (out.stopped) return out;
    out.passed.append(step.before).append(step.piece);
    filter.take(step, piece);
    rest.remove_prefix(piece.size());
  }
  GH_ASSERT(out.passed + std::string(filter.withheld()) == text);
  return out;
}

void judge_forms(ByteView secret, unsigned kind, size_t lines, ByteView without, fuzz::Pieces& pieces) {
  const bool basic = kind >= 4;
  const crypto::SecretForms forms(secret, basic);
  const std::string text = said_of(secret, kind % 4, without, lines);
  const crypto::Sight sight = forms.see(text);
  const bool found = sight.found(), has_forms = secret.size() >= crypto::SecretForms::kFormLeast;
  if (found) GH_ASSERT(sight.begin < sight.end && sight.end <= text.size());
  if (crypto::see(text, secret).found()) GH_ASSERT(found);
  if (has_forms && kind % 4 != 0) GH_ASSERT(found);
  if (has_forms && decoded_holds(text, small_letters(secret), 3, true)) GH_ASSERT(found);

  const Streamed streamed = stream(forms, text, pieces);
  // A piece may begin within an escape, or behind a line end: its letter or a blank are then read as what they are without.
  const bool is_cut = text.find_first_of("\\%&<\n\r\v\f") != std::string::npos;
  GH_ASSERT(streamed.stopped == found || (streamed.stopped && is_cut));
  GH_ASSERT(std::string_view(text).starts_with(streamed.passed) && !forms.see(streamed.passed).found());
  if (found) GH_ASSERT(streamed.passed.size() < sight.end);

  std::string blanked = text;
  GH_ASSERT(forms.blank(blanked) == found);
  const bool has_blanks = basic || ByteView("*.!~#^@").find_first_not_of(secret) == ByteView::npos;   // perhaps no sign is left
  GH_ASSERT(has_blanks || !forms.see(blanked).found());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Pieces pieces(fuzz::input_of(data, size));
  const size_t length = std::min<size_t>(pieces.body.size(), 1 + pieces.options % 24);
  const ByteView secret = pieces.body.substr(0, length), text = pieces.body.substr(length);
  const size_t lines = pieces.state;
  if (secret.empty()) return 0;
  const crypto::Sight sight = crypto::see(text, secret);
  bool found = sight.found();
  PLANT(if (text.find("\\u0041\\/") != ByteView::npos) found = !found);
  if (found) GH_ASSERT(sight.begin < sight.end && sight.end <= text.size());
  const bool escapes = text.find_first_of("\\%&") != ByteView::npos;
  if (!escapes) GH_ASSERT(found == (text.find(secret) != ByteView::npos));
  if (decoded_holds(std::string(text), secret, 3)) GH_ASSERT(found);

  const auto [passed, stopped] = stream(secret, text, pieces);
  GH_ASSERT(stopped == found);
  GH_ASSERT(text.starts_with(passed));
  if (stopped) GH_ASSERT(passed.size() <= sight.begin || crypto::see(text.substr(0, sight.begin + passed.size()), secret).found());

  std::string blanked(text);
  GH_ASSERT(crypto::blank_secret(blanked, secret) == found);
  const bool has_blanks = ByteView("*-.x0123456789").find_first_not_of(secret) == ByteView::npos;   // no sign is left to blank with
  GH_ASSERT(has_blanks || !crypto::see(blanked, secret).found());
  judge_forms(secret, pieces.options / 24 % 8, lines, text, pieces);
  return 0;
}
