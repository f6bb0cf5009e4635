// The literals at which the finders of secrets are called. Included by mask/finders.cc only.
#pragma once

#include "mask/finder.h"

namespace gatehouse::mask {

constexpr ByteView kPrivateKey[] = {"-begin", "- begin"};
constexpr ByteView kUrl[] = {"://"};
constexpr ByteView kAuthorization[] = {"bearer ", "authorization"};
constexpr ByteView kSas[] = {"sig="};
constexpr ByteView kAzureSecret[] = {"0q~", "1q~", "2q~", "3q~", "4q~", "5q~", "6q~", "7q~", "8q~", "9q~"};
constexpr ByteView kCookie[] = {"xoxd-"};  // percent-encoded, so perhaps without a long token
constexpr ByteView kWebhook[] = {"hooks.slack.com/"};
constexpr ByteView kNames[] = {
    "passw", "passph", "passcode", "pwd", "pswd", "pass=", "pass:", "pass\"", "pass'", "pass =", "pass :", "_pass",
    "-pass ", "pw=", "pw:", "pw =", "kennwort", "wachtwoord", "senha", "contrase", "mot de passe", "secret", "token=",
    "token:", "token\"", "token'", "token\\", "token>", "token =", "token :", "token is", "token`", "token]", "token*",
    "-token ", "apikey", "api_key", "api-key", "api key", "_key", "-key", "accesskey", "access key", "accountkey",
    "account key", "sharedaccess", "shared access", "authkey", "masterkey", "privatekey", "encryptionkey"};
constexpr DetectorSet kTokens = set_of(Detector::jwt) | set_of(Detector::aws_key) | set_of(Detector::gcp_key) |
                                set_of(Detector::github_token) | set_of(Detector::slack_token) | set_of(Detector::stripe_key) |
                                set_of(Detector::private_key) | set_of(Detector::password);

}  // namespace gatehouse::mask
