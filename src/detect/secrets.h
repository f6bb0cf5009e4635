// Detectors of what opens something: finders as finder.h has them. Included by detect/*.cc and tests only.
//
// Each value is decided within kOpenMax bytes of its begin. One that is longer than kLongMin goes on byte by byte: whether a
// byte belongs to it depends on the kLeftBytes before it alone, so that it can be cut anywhere (Found.open_end).
#pragma once

#include "detect/finder.h"

namespace gatehouse::detect {

inline constexpr size_t kLongMin = 960;  // from so many bytes on a value that is not over is not held but goes on
static_assert(kLongMin + kLeftBytes <= kOpenMax);

/// find_token looks for keys with a vendor's prefix, and JWTs, in the letters, digits, - and _ around text[at].
size_t find_token(Sight& sight, size_t at);
/// find_jwt judges what begins with eyJ at text[begin]: a header in base64url that is a JSON object with "alg", then more parts
/// (RFC 7515, 7516). Returns where it ends, begin when it is none.
size_t find_jwt(Sight& sight, size_t begin);

/// find_azure_secret looks around "<digit>Q~" at text[at]: a client secret of Entra ID.
size_t find_azure_secret(Sight& sight, size_t at);
/// find_webhook takes the path behind "hooks.slack.com/" at text[at].
size_t find_webhook(Sight& sight, size_t at);
/// find_sas takes the signature behind "sig=" at text[at], of a shared access signature; find_signature that behind "signature=" of
/// another link that was signed.
size_t find_sas(Sight& sight, size_t at);
size_t find_signature(Sight& sight, size_t at);
/// find_refresh takes a refresh token of Google, "1//0…", at text[at].
size_t find_refresh(Sight& sight, size_t at);

/// find_private_key judges what begins with "-----BEGIN" (or "---- BEGIN"), whose last dash is text[dash]: a private key in PEM,
/// OpenSSH's, SSH2's or OpenPGP's form, also with line ends written as \n, whole or cut off.
size_t find_private_key(Sight& sight, size_t dash);
/// find_putty_key takes the lines behind "Private-Lines:" at text[at], of a key as PuTTY keeps it.
size_t find_putty_key(Sight& sight, size_t at);

/// find_url_password takes PASSWORD of scheme://user:PASSWORD@host; "://" is at text[at].
size_t find_url_password(Sight& sight, size_t at);
/// find_assigned takes the value that is assigned to a name of a secret: password=…, "token": "…", <pwd>…</pwd>, an option's value;
/// a part of such a name is at text[at]. Keys of AWS and Azure are found by their names here.
size_t find_assigned(Sight& sight, size_t at);
/// find_identified takes the value behind "identified by" of a statement at text[at].
size_t find_identified(Sight& sight, size_t at);
/// find_command takes the password in the arguments of the program whose name is at text[at]; find_user_option that behind
/// "-u user:".
size_t find_command(Sight& sight, size_t at);
size_t find_user_option(Sight& sight, size_t at);
/// find_connect takes PASSWORD of user/PASSWORD@//host; "@//" is at text[at].
size_t find_connect(Sight& sight, size_t at);
/// find_authorization takes the credential behind "bearer " or "basic " at text[at].
size_t find_authorization(Sight& sight, size_t at);
/// find_named_field takes a whole text whose field is named like a secret.
void find_named_field(Sight& sight);
/// secret_by_field returns which detectors find_named_field() answers for under this name.
DetectorSet secret_by_field(ByteView field);

/// secret_number: a number of four digits or more is a password when its field is named like one.
bool secret_number(ByteView number, ByteView field, const Wanted& wanted, Found* found);

/// hold_secret holds what at the end of an open text may begin a value and is no word (tail.cc).
void hold_secret(Sight& sight);

/// Rest is what of a value that began in an earlier text belongs to it in this one: up to `end`. over: not a byte more,
/// whatever follows.
struct Rest {
  size_t end;
  bool over;
};
Rest goes_on(Detector detector, ByteView text, size_t from);

/// is_placeholder tells whether a value stands for one: ***, xxxx, ..., ${VAR}, {{ var }}, %VAR%, <password>, [redacted:x],
/// your-password, null. A default that works, such as changeme, is a value.
bool is_placeholder(ByteView value);

/// github_checksum_holds: the last six characters are the CRC-32 of those before them in base 62.
bool github_checksum_holds(ByteView random);

}  // namespace gatehouse::detect
