#include "detect/secret_name.h"

#include "base/ascii.h"
#include "detect/ends.h"
#include "detect/prefixes.h"

namespace gatehouse::detect {
namespace {

constexpr ByteView kPasswords[] = {
    "password", "passwd", "pwd", "pass", "passphrase", "passcode", "pw", "pswd", "passwort", "kennwort", "wachtwoord",
    "senha", "contrasena", "contrase\xc3\xb1" "a", "contrasenya", "passe", "motdepasse", "mdp", "psw", "psk", "requirepass",
    "masterauth", "bindpw", "rootpw", "haslo", "has\xc5\x82" "o",
    "losenord", "l\xc3\xb6senord", "adgangskode", "passord", "salasana", "heslo", "sifre", "\xc5\x9f" "ifre", "\xc5\x9e" "ifre",
    "parola", "jelszo", "jelsz\xc3\xb3", "\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c",
    "\xd0\x9f\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c", "\xe5\xaf\x86\xe7\xa0\x81", "\xe5\xaf\x86\xe7\xa2\xbc",
    "\xe3\x83\x91\xe3\x82\xb9\xe3\x83\xaf\xe3\x83\xbc\xe3\x83\x89", "\xeb\xb9\x84\xeb\xb0\x80\xeb\xb2\x88\xed\x98\xb8"};
/// Of these the ones that are words for something else, too.
constexpr ByteView kOtherWords[] = {"mdp", "parola"};
constexpr ByteView kTokens[] = {"token", "authtoken", "accesstoken", "refreshtoken", "sessiontoken", "bearer", "jwt"};
constexpr ByteView kKeys[] = {
    "secret", "apikey", "secretkey", "accesskey", "privatekey", "clientsecret", "authkey", "signingkey", "encryptionkey",
    "masterkey", "appkey", "appsecret"};
constexpr ByteView kAzure[] = {"accountkey", "sharedaccesskey", "sharedaccesssignature"};
/// Before "key".
constexpr ByteView kKeyKinds[] = {
    "api", "secret", "access", "private", "auth", "encryption", "signing", "master", "shared", "storage", "service",
    "subscription", "session", "app", "application", "admin", "root", "client", "license", "hmac", "crypt", "decryption",
    "function", "webhook", "deploy"};
/// Behind a name that stays one.
constexpr ByteView kTails[] = {
    "value", "hash", "digest", "confirmation", "confirm", "confirmed", "repeat", "again", "old", "new", "current", "plain",
    "plaintext", "prod", "production", "dev", "test", "staging", "live", "base64", "b64", "str", "string", "env"};
/// Before "token": of texts, pages, documents and designs.
constexpr ByteView kOtherTokens[] = {
    "max", "min", "num", "pad", "eos", "bos", "unk", "sep", "cls", "mask", "special", "next", "page", "continuation",
    "sync", "word", "sub", "first", "last", "stop", "end", "start", "cancellation", "text", "chunk", "input", "output", "color",
    "colour", "design", "style", "theme"};
/// Ends of a name without joints: "dbpassword".
constexpr ByteView kEnds[] = {"password", "passwd", "passphrase", "passwort", "pwd"};

constexpr size_t kWordsMax = 4;

/// What the last word of a secret's name is, for one way of looking or the other: neither may know fewer.
template <typename Words>
constexpr Words last_words() {
  Words all;
  all.add(kPasswords);
  all.add(kTokens);
  all.add(kKeys);
  all.add(kAzure);
  all.add(kTails);
  all.add("key");
  all.add("signature");
  return all;
}
constexpr Prefixes kLastWords = last_words<Prefixes>();

constexpr Ends last_letters() {
  Ends all = last_words<Ends>();
  all.add(kEnds);
  return all;
}

template <size_t N>
bool is_one(ByteView word, const ByteView (&words)[N]) {
  for (const ByteView one : words)
    if (same_word(word, one)) return true;
  return false;
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_part(char c) { return is_ascii_letter(c) || static_cast<uint8_t>(c) >= 0x80; }

/// The last word of a name's first *end bytes, empty when there is none; *end becomes where it begins.
ByteView last_word(ByteView name, size_t* end) {
  while (*end > 0 && !is_part(name[*end - 1])) --*end;
  size_t begin = *end;
  while (begin > 0 && is_part(name[begin - 1])) {
    --begin;
    const bool next_lower = begin + 1 < *end && !is_upper(name[begin + 1]);
    if (begin > 0 && is_upper(name[begin]) && (!is_upper(name[begin - 1]) || next_lower)) break;
  }
  const ByteView word = name.substr(begin, *end - begin);
  *end = begin;
  return word;
}

/// Words are the last ones of a name, the last one first; digits at their ends are dropped.
struct Words {
  ByteView word[kWordsMax];
  size_t count = 0;

  explicit Words(ByteView name) {
    for (size_t end = name.size(); count < kWordsMax; ++count)
      if ((word[count] = last_word(name, &end)).empty()) return;
  }
  ByteView at(size_t i) const { return i < count ? word[i] : ByteView(); }
};

bool ends_as_password(ByteView word) {
  for (const ByteView end : kEnds)
    if (word.size() > end.size() && same_word(word.substr(word.size() - end.size()), end)) return true;
  return false;
}

bool any_is(const Words& words, ByteView what) {
  for (size_t i = 0; i < words.count; ++i)
    if (same_word(words.word[i], what)) return true;
  return false;
}

SecretName by_words(const Words& words, size_t last) {
  const ByteView word = words.at(last), before = words.at(last + 1);
  const bool aws = any_is(words, "aws") || any_is(words, "amazon");
  if (is_one(word, kPasswords) || ends_as_password(word)) return SecretName::password;
  if (same_word(word, "token")) return is_one(before, kOtherTokens) ? SecretName::none : aws ? SecretName::aws : SecretName::token;
  if (is_one(word, kTokens)) return SecretName::token;
  if (is_one(word, kAzure)) return SecretName::azure;
  if (is_one(word, kKeys)) return aws && !same_word(word, "apikey") ? SecretName::aws : SecretName::key;
  if (same_word(word, "signature") && same_word(before, "access")) return SecretName::azure;
  if (!same_word(word, "key")) return SecretName::none;
  if (same_word(before, "account") || (same_word(before, "access") && same_word(words.at(last + 2), "shared")))
    return SecretName::azure;
  if (!is_one(before, kKeyKinds)) return SecretName::none;
  const bool secret_access = same_word(before, "access") && same_word(words.at(last + 2), "secret");
  return secret_access || (aws && same_word(before, "secret")) ? SecretName::aws : SecretName::key;
}

}  // namespace

constinit const Ends kSecretEnds = last_letters();

bool may_be_other(ByteView name) {
  size_t end = name.size();
  return is_one(last_word(name, &end), kOtherWords);
}

SecretName secret_name(ByteView name) {
  size_t end = name.size();
  const ByteView last = last_word(name, &end);
  if (last.size() < 2 || (!kLastWords.has(last) && !ends_as_password(last))) return SecretName::none;
  const Words words(name);
  const SecretName found = by_words(words, 0);
  return found == SecretName::none && is_one(words.word[0], kTails) ? by_words(words, 1) : found;
}

}  // namespace gatehouse::detect
