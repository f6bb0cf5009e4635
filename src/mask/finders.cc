#include "mask/finder.h"
#include "mask/network.h"
#include "mask/secrets.h"

namespace gatehouse::mask {

constexpr ByteView kPrivateKey[] = {"-----begin ", "---- begin "};
constexpr ByteView kUrl[] = {"://"};
constexpr ByteView kAuthorization[] = {"bearer ", "authorization"};
constexpr ByteView kSas[] = {"sig="};
constexpr ByteView kAzureSecret[] = {"0q~", "1q~", "2q~", "3q~", "4q~", "5q~", "6q~", "7q~", "8q~", "9q~"};
constexpr ByteView kCookie[] = {"xoxd-"};  // percent-encoded, so perhaps without a long token
constexpr ByteView kWebhook[] = {"hooks.slack.com/"};
constexpr ByteView kNames[] = {
    "passw", "passph", "passcode", "pwd", "pswd", "pass=", "pass:", "pass\"", "pass'", "pass =", "pass :", "_pass", "-pass ", "pw=", "pw:", "pw =",
    "kennwort", "wachtwoord", "senha", "contrase", "mot de passe", "secret", "token=", "token:", "token\"", "token'", "token\\", "token>",
    "token =", "token :", "token`", "token]", "token*", "-token ", "apikey", "api_key", "api-key", "api key", "_key", "-key", "accesskey",
    "access key", "accountkey", "account key", "sharedaccess", "shared access", "authkey", "masterkey", "privatekey", "encryptionkey"};
constexpr DetectorSet kTokens = set_of(Detector::jwt) | set_of(Detector::aws_key) | set_of(Detector::gcp_key) | set_of(Detector::github_token) |
                                set_of(Detector::slack_token) | set_of(Detector::stripe_key) | set_of(Detector::private_key) |
                                set_of(Detector::password);

template <size_t N>
constexpr Finder literals(DetectorSet detectors, const ByteView (&texts)[N], size_t (*find)(Sight&, size_t),
                          void (*named)(Sight&) = nullptr) {
  return {detectors, Sign::literal, texts, N, find, named};
}

constexpr Finder kTable[] = {
    {set_of(Detector::email), Sign::at, nullptr, 0, find_email},
    {set_of(Detector::payment_card) | set_of(Detector::us_ssn), Sign::run, nullptr, 0, find_numbers},
    {set_of(Detector::ipv4), Sign::run, nullptr, 0, find_ipv4},
    {set_of(Detector::ipv6), Sign::colon, nullptr, 0, find_ipv6},
    {set_of(Detector::mac_address), Sign::colon, nullptr, 0, find_mac},
    {set_of(Detector::mac_address), Sign::groups, nullptr, 0, find_mac},
    {kTokens, Sign::token, nullptr, 0, find_token},
    literals(set_of(Detector::private_key), kPrivateKey, find_private_key),
    literals(set_of(Detector::password), kUrl, find_url_password),
    literals(set_of(Detector::password), kAuthorization, find_authorization),
    literals(set_of(Detector::azure_key), kSas, find_sas),
    literals(set_of(Detector::azure_key), kAzureSecret, find_azure_secret),
    literals(set_of(Detector::slack_token), kCookie, find_token),
    literals(set_of(Detector::slack_token), kWebhook, find_webhook),
    literals(set_of(Detector::password) | set_of(Detector::aws_key) | set_of(Detector::azure_key), kNames, find_assigned, find_named_field),
};
static_assert(sizeof kTable / sizeof kTable[0] <= kFindersMax);
const Finder* const kFinders = kTable;
const size_t kFinderCount = sizeof kTable / sizeof kTable[0];

}  // namespace gatehouse::mask
