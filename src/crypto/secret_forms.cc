#include "crypto/secret_forms.h"

#include <openssl/base64.h>

#include <algorithm>
#include <cstring>

#include "base/ascii.h"
#include "crypto/digest.h"
#include "crypto/unwrapped.h"

namespace gatehouse::crypto {
namespace {

std::string small_letters(ByteView text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

/// Base64 of what stands behind `before` other bytes: the characters that say nothing of its neighbours.
std::string base64_behind(ByteView bytes, size_t before) {
  std::string whole(before, '\0');
  whole.append(bytes);
  std::string out(4 * ((whole.size() + 2) / 3) + 1, '\0');   // BoringSSL ends it with NUL
  EVP_EncodeBlock(reinterpret_cast<uint8_t*>(out.data()), reinterpret_cast<const uint8_t*>(whole.data()), whole.size());
  out.resize(whole.size() * 8 / 6);
  out.erase(0, (before * 8 + 5) / 6);
  wipe(whole);
  return out;
}

/// What Base64 of either alphabet stands for; empty when it is none.
std::string from_base64(ByteView text) {
  std::string padded((text.size() + 3) / 4 * 4, '=');   // of its size from the first: one that grows leaves itself behind
  std::transform(text.begin(), text.end(), padded.begin(), [](char c) { return c == '-' ? '+' : c == '_' ? '/' : c; });
  std::string out(padded.size() / 4 * 3, '\0');
  size_t size = 0;
  const bool read = EVP_DecodeBase64(reinterpret_cast<uint8_t*>(out.data()), &size, out.size(),
                                     reinterpret_cast<const uint8_t*>(padded.data()), padded.size()) == 1;
  wipe(padded);
  out.resize(read ? size : 0);
  return out;
}

/// Texts have words: a short password that may be one says nothing.
bool may_be_word(ByteView password) {
  constexpr size_t kLongEnough = 12;
  const auto is_letter = [](char c) { return is_ascii_letter(c) || static_cast<uint8_t>(c) >= 0x80; };
  const auto letters = std::count_if(password.begin(), password.end(), is_letter);
  return password.size() < kLongEnough && (letters == 0 || static_cast<size_t>(letters) == password.size());
}

}  // namespace

SecretForms::SecretForms(ByteView secret, bool basic) : longest_(secret.size()) {
  if (secret.empty()) return;
  folded_ = secret.size() >= kFormLeast && secret.size() <= kFormMost;
  if (!folded_) {
    forms_.emplace_back(secret);
    return;
  }
  add(secret);
  add_coded(secret);
  if (!basic) return;
  std::string login = from_base64(secret);
  add_login(login);
  wipe(login);
}

/// login: name:password, in which the name has no colon.
void SecretForms::add_login(ByteView login) {
  if (login.size() < kFormLeast) return;
  add(login);
  add_coded(login);
  const size_t colon = login.find(':');
  if (colon == ByteView::npos || login.size() - colon - 1 < kFormLeast) return;
  const ByteView password = login.substr(colon + 1);
  if (!may_be_word(password)) add(password);
  add_coded(password);
}

void SecretForms::add_coded(ByteView secret) {
  std::string coded = hex({reinterpret_cast<const uint8_t*>(secret.data()), secret.size()});
  add(coded);
  wipe(coded);
  for (size_t before = 0; before < 3; ++before) {
    coded = base64_behind(secret, before);
    add(coded);
    std::replace(coded.begin(), coded.end(), '+', '-');   // the other alphabet
    std::replace(coded.begin(), coded.end(), '/', '_');
    add(coded);
    wipe(coded);
  }
}

void SecretForms::add(ByteView form) {
  std::string small = small_letters(form);
  longest_ = std::max(longest_, small.size());
  const auto is_same = [&](const Secret& other) { return other.reveal() == small; };
  if (std::none_of(forms_.begin(), forms_.end(), is_same)) forms_.emplace_back(small);
  wipe(small);
}

std::string SecretForms::folded(ByteView text) const { return folded_ ? small_letters(text) : std::string(text); }

Sight SecretForms::see(ByteView text, const Secret& form) const {
  return folded_ ? see_folded(text, form.reveal()) : crypto::see(text, form.reveal());
}

Sight SecretForms::see_all(ByteView small) const {
  Sight all;
  for (const Secret& form : forms_) {
    const Sight sight = see(small, form);
    const bool is_first = sight.begin < all.begin || (sight.begin == all.begin && sight.end > all.end);
    if (sight.found() && is_first) all.begin = sight.begin, all.end = sight.end;
    all.open = std::min(all.open, sight.open);
  }
  return all;
}

Sight SecretForms::see(ByteView text) const {
  const std::string small = folded(text);
  Sight all = see_all(small);
  if (!folded_ || all.found()) return all;
  const Unwrapped lines(small);
  if (!lines.is_other()) return all;
  const Sight sight = see_all(lines.view());
  if (sight.found()) return {lines.raw(sight.begin, false), lines.raw(sight.end, true), all.open};
  // One may have begun before a line end that is the last of the text.
  if (sight.open < lines.view().size()) all.open = std::min(all.open, lines.raw(sight.open, false));
  return all;
}

bool SecretForms::blank(ByteSpan text) const {
  constexpr ByteView kBlanks = "*.!~#^@";   // no blank: it may be of a line end
  const auto is_of_form = [&](char c) {
    return std::any_of(forms_.begin(), forms_.end(), [c](const Secret& form) { return form.reveal().find(c) != ByteView::npos; });
  };
  const char* const free = std::find_if_not(kBlanks.begin(), kBlanks.end() - 1, is_of_form);
  const std::string small = folded(view_of(text));   // as it was: forms overlap
  bool found = false;
  const auto blank_all = [&](ByteView shown, const auto& raw) {
    for (const Secret& form : forms_) {
      size_t from = 0;
      for (Sight sight; (sight = see(shown.substr(from), form)).found(); from += sight.end) {
        const size_t begin = raw(from + sight.begin, false), end = raw(from + sight.end, true);
        std::memset(text.data() + begin, *free, end - begin);
      }
      found |= from > 0;
    }
  };
  blank_all(small, [](size_t at, bool) { return at; });
  if (!folded_) return found;
  const Unwrapped lines(small);
  if (lines.is_other()) blank_all(lines.view(), [&](size_t at, bool end) { return lines.raw(at, end); });
  return found;
}

}  // namespace gatehouse::crypto
