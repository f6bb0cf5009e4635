// The other forms in which services repeat a secret that they do not accept: what an error says of it.
#pragma once

#include <string>
#include <vector>

#include "crypto/secret.h"
#include "crypto/secret_filter.h"

namespace gatehouse::crypto {

/// SecretForms is a secret and what it looks like elsewhere: in letters of another case ("Invalid API key: SK-…"), in Base64 of
/// either alphabet wherever it stands in what was coded (a dump of the head), in hexadecimal; of HTTP's Basic (RFC 7617), whose
/// credentials may be in either alphabet, too, also the name with the password that it is made of, the password alone, and these in
/// the same forms. Texts have by chance what is shorter than kFormLeast bytes, which has no forms, and a password alone that may be
/// a word: shorter than 12 bytes, and letters only, or no letter; it is looked for in Base64 and in hexadecimal, and with the name.
/// A secret of more than kFormMost bytes is looked for as crypto::see() does, and in no other form: forms of a long one make a
/// text of escapes dear. Owns and wipes them; immutable, so that threads share it.
class SecretForms {
 public:
  static constexpr size_t kFormLeast = 8, kFormMost = 4096;

  /// basic: the secret is credentials of Basic. An empty secret has no forms.
  SecretForms(ByteView secret, bool basic);
  SecretForms(const SecretForms&) = delete;
  SecretForms& operator=(const SecretForms&) = delete;

  /// see is crypto::see() of all forms at once, each in letters of any case, as it is or spelled in escapes, and over line ends, as
  /// Base64 has them (unwrapped.h: which, and which not); of those that begin at the same place it tells the longest. Costs a copy
  /// of the text and a pass for each form, 8 of a key and up to 24 of Basic, twice where the text has lines: for answers that are
  /// errors, not for those of which there are many.
  Sight see(ByteView text) const;
  /// longest is the size of the longest form.
  size_t longest() const { return longest_; }
  /// blank overwrites every form wherever it stands, also where forms overlap, with a sign that none has; returns whether there was
  /// one. Costs as see().
  bool blank(ByteSpan text) const;

 private:
  void add(ByteView form);
  void add_coded(ByteView secret);
  void add_login(ByteView login);
  std::string folded(ByteView text) const;
  Sight see(ByteView text, const Secret& form) const;
  Sight see_all(ByteView small) const;

  std::vector<Secret> forms_;   // in small letters when folded_
  bool folded_ = false;
  size_t longest_ = 0;
};

}  // namespace gatehouse::crypto
