// What is assigned to a name: a secret, or what stands for one. Included by detect/*.cc and tests only.
#pragma once

#include "detect/secret_name.h"

namespace gatehouse::detect {

/// Assigned is a value and how it is written.
struct Assigned {
  size_t begin, end;
  bool quoted = false;
  bool tight = false;      // name=value, without a blank: no sentence
  bool sentence = false;   // another word follows on the line
  bool told = false;       // "the password is …": a word of the language is none
  bool spoken = false;     // nothing but a blank or another form says that it is one: is_spoken()
};

/// is_spoken: no word of a language, nor several: a digit, or a sign that no word has, is in it.
bool is_spoken(ByteView value);

/// holds_secret judges the value of a name.
bool holds_secret(ByteView text, const Assigned& value, SecretName name);

}  // namespace gatehouse::detect
