// The literals at which the finders of secrets are called. Included by detect/finders.cc only.
#pragma once

#include "detect/finder.h"

namespace gatehouse::detect {

constexpr ByteView kPrivateKey[] = {"-begin", "- begin"};
constexpr ByteView kUrl[] = {"://"};
constexpr ByteView kAuthorization[] = {"bearer ", "authorization"};
constexpr ByteView kSas[] = {"sig="};
constexpr ByteView kSignature[] = {"signature="};
constexpr ByteView kAzureSecret[] = {"0q~", "1q~", "2q~", "3q~", "4q~", "5q~", "6q~", "7q~", "8q~", "9q~"};
constexpr ByteView kCookie[] = {"xoxd-"};  // percent-encoded, so perhaps without a long token
constexpr ByteView kWebhook[] = {"hooks.slack.com/"};
constexpr ByteView kNames[] = {
    "passw", "passph", "passcode", "pwd", "pswd", "pass=", "pass:", "pass\"", "pass'", "pass =", "pass :", "_pass",
    "-pass ", "pw=", "pw:", "pw =", "kennwort", "wachtwoord", "senha", "contrase", "mot de passe", "secret", "token=",
    "token:", "token\"", "token'", "token\\", "token>", "token =", "token :", "token is", "token`", "token]", "token*",
    "-token ", "apikey", "api_key", "api-key", "api key", "_key", "-key", "accesskey", "access key", "accountkey",
    "account key", "sharedaccess", "shared access", "authkey", "masterkey", "privatekey", "encryptionkey",
    "psk:", "psk=", "_psk", "requirepass", "masterauth", "bindpw", "rootpw", "motdepasse", "mdp:", "mdp=", "mdp :", "avra-passe",
    "avra passe", "has\xc5\x82o", "adgangskode",
    "passord", "\xc5\x9fifre", "\xc5\x9eifre", "jelsz",
    "\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c", "\xe5\xaf\x86\xe7\xa0\x81", "\xe5\xaf\x86\xe7\xa2\xbc",
    "\xe3\x83\x91\xe3\x82\xb9\xe3\x83\xaf\xe3\x83\xbc\xe3\x83\x89", "\xeb\xb9\x84\xeb\xb0\x80\xeb\xb2\x88\xed\x98\xb8"};
constexpr ByteView kIdentified[] = {"identified by"};
constexpr ByteView kCommands[] = {"mysql", "mariadb", "sshpass", "sqlplus", "oracle:thin:"};
constexpr ByteView kUserOption[] = {"-u ", "-user "};
constexpr ByteView kConnect[] = {"@//"};
constexpr ByteView kPutty[] = {"private-lines:"};
constexpr ByteView kRefresh[] = {"1//0"};
constexpr DetectorSet kTokens = set_of(Detector::jwt) | set_of(Detector::aws_key) | set_of(Detector::gcp_key) |
                                set_of(Detector::github_token) | set_of(Detector::slack_token) | set_of(Detector::stripe_key) |
                                set_of(Detector::private_key) | set_of(Detector::password) | set_of(Detector::azure_key);

}  // namespace gatehouse::detect
