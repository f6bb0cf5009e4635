#include "crypto/secret_forms.h"

#include <openssl/base64.h>

#include <algorithm>
#include <cstring>

#include "crypto/digest.h"
#include "crypto/secret.h"

namespace gatehouse::crypto {
namespace {

std::string small_letters(ByteView text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
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

/// What Base64 stands for; empty when it is none.
std::string from_base64(ByteView text) {
  std::string padded(text);
  while (padded.size() % 4 != 0) padded += '=';
  std::string out(padded.size() / 4 * 3, '\0');
  size_t size = 0;
  const bool read = EVP_DecodeBase64(reinterpret_cast<uint8_t*>(out.data()), &size, out.size(),
                                     reinterpret_cast<const uint8_t*>(padded.data()), padded.size()) == 1;
  wipe(padded);
  out.resize(read ? size : 0);
  return out;
}

}  // namespace

SecretForms::SecretForms(ByteView secret, bool basic) : secret_(secret), longest_(secret.size()) {
  add_all(secret);
  if (!basic) return;
  std::string login = from_base64(secret);
  add_all(login);
  if (const size_t colon = login.find(':'); colon != std::string::npos) add_all(ByteView(login).substr(colon + 1));
  wipe(login);
}

SecretForms::~SecretForms() {
  wipe(secret_);
  for (std::string& form : small_) wipe(form);
}

void SecretForms::add(ByteView form) {
  std::string small = small_letters(form);
  longest_ = std::max(longest_, small.size());
  if (std::find(small_.begin(), small_.end(), small) == small_.end()) small_.push_back(std::move(small));
}

void SecretForms::add_all(ByteView secret) {
  if (secret.size() < kFormLeast) return;
  add(secret);
  add(hex({reinterpret_cast<const uint8_t*>(secret.data()), secret.size()}));
  for (size_t before = 0; before < 3; ++before) {
    std::string coded = base64_behind(secret, before);
    add(coded);
    std::replace(coded.begin(), coded.end(), '+', '-');   // the other alphabet
    std::replace(coded.begin(), coded.end(), '/', '_');
    add(coded);
    wipe(coded);
  }
}

Sight SecretForms::see(ByteView text) const {
  Sight all = crypto::see(text, secret_);
  std::string small = small_letters(text);
  for (const std::string& form : small_) {
    const Sight sight = crypto::see(small, form);
    if (sight.found() && (!all.found() || sight.begin < all.begin)) all.begin = sight.begin, all.end = sight.end;
    all.open = std::min(all.open, sight.open);
  }
  return all;
}

bool SecretForms::blank(ByteSpan text) const {
  constexpr ByteView kBlanks = "*.!~ #^";
  const auto is_of_form = [&](char c) {
    return std::any_of(small_.begin(), small_.end(), [c](const std::string& form) { return form.find(c) != ByteView::npos; });
  };
  const char* const free = std::find_if_not(kBlanks.begin(), kBlanks.end() - 1, is_of_form);
  size_t from = 0;
  for (Sight sight; (sight = see(view_of(text).substr(from))).found(); from += sight.end)
    std::memset(text.data() + from + sight.begin, *free, sight.end - sight.begin);
  return from > 0;
}

}  // namespace gatehouse::crypto
