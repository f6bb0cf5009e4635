// The other forms in which services repeat a secret that they do not accept: what an error says of it.
#pragma once

#include <string>
#include <vector>

#include "crypto/secret_filter.h"

namespace gatehouse::crypto {

/// SecretForms is a secret and what it looks like elsewhere: in letters of another case ("Invalid API key: SK-…"), in Base64 of
/// either alphabet wherever it stands in what was coded (a dump of the head), in hexadecimal; of HTTP's Basic (RFC 7617) also the
/// name with the password that it is made of, the password alone, and these in the same forms. What is shorter than kFormLeast
/// bytes is left out: texts have it by chance. Owns and wipes them; immutable, so that threads share it.
class SecretForms {
 public:
  static constexpr size_t kFormLeast = 8;

  /// basic: the secret is credentials of Basic. An empty secret has no forms.
  SecretForms(ByteView secret, bool basic);
  ~SecretForms();
  SecretForms(const SecretForms&) = delete;
  SecretForms& operator=(const SecretForms&) = delete;

  /// see is crypto::see() of all forms at once, each as it is or spelled in escapes. Costs a copy of the text and a pass for each
  /// form, about a dozen: for answers that are errors, not for those of which there are many.
  Sight see(ByteView text) const;
  /// longest is the size of the longest form.
  size_t longest() const { return longest_; }
  /// blank overwrites whatever see() finds, as blank_secret() does.
  bool blank(ByteSpan text) const;

 private:
  void add(ByteView form);
  void add_all(ByteView secret);

  std::string secret_;
  std::vector<std::string> small_;   // all forms, in small letters
  size_t longest_ = 0;
};

}  // namespace gatehouse::crypto
