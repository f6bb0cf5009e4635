#include "detect/finder.h"
#include "detect/network.h"
#include "detect/secret_literals.h"
#include "detect/secrets.h"

namespace gatehouse::detect {
namespace {

constexpr ByteView kBirthWords[] = {"birth", "born", "dob", "d.o.b", "geburt", "geboren", "geb.", "gebdat", "naissance",
                                    "n\xc3\xa9 ", "n\xc3\xa9" "e ", "n\xc3\xa9(",
                                    "ur. 0", "ur. 1", "ur. 2", "ur. 3", "fecha nac", "nacimiento",
                                    "nacido", "nacida", "nascita", "nato ", "nata ",
                                    "nascimento", "nascido", "nascida",
                                    "geboorte", "f\xc3\xb6" "delse", "f\xc3\xb6" "dd ", "f\xc3\xb8" "dsel",
                                    "f\xc3\xb8" "dt ", "bday", "urodz", "narozen", "do\xc4\x9fum", "dogum t", "syntym",
                                    "sz\xc3\xbclet",
                                    "\xd0\xbe\xd0\xb6\xd0\xb4\xd0\xb5\xd0\xbd", "\xd0\xbe\xd0\xb4\xd0\xb8\xd0\xbb\xd1\x81",
                                    "\xd0\xb0\xd1\x80\xd0\xbe\xd0\xb4\xd0\xb6", "\xce\xb3\xce\xad\xce\xbd\xce\xbd\xce\xb7\xcf\x83",
                                    "\xce\xb3\xce\xb5\xce\xbd\xce\xbd\xce\xae\xce\xb8",
                                    "\xe7\x94\x9f\xe5\xb9\xb4\xe6\x9c\x88\xe6\x97\xa5",
                                    "\xe8\xaa\x95\xe7\x94\x9f\xe6\x97\xa5", "\xe5\x87\xba\xe7\x94\x9f"};
constexpr ByteView kBornOn[] = {"\xe6\x97\xa5\xe7\x94\x9f"};
constexpr ByteView kPassportWords[] = {"passport", "passeport", "reisepass", "pasaporte", "passaporto", "passaporte", "paspoort",
                                       "travel doc", "traveldoc", "travel_doc", "titre de voyage", "reisedokument",
                                       "passnummer", "passnr", "pass-nr", "pass nr", "paszport", "pasnummer",
                                       "\xd0\xbf\xd0\xb0\xd1\x81\xd0\xbf\xd0\xbe\xd1\x80\xd1\x82", "\xc3\xbatlev\xc3\xa9l",
                                       "\xe6\x97\x85\xe5\x88\xb8", "\xe6\x8a\xa4\xe7\x85\xa7"};
constexpr ByteView kMacNames[] = {"mac=", "mac:", "mac\"", "mac'", "mac addr", "mac-addr", "mac_addr", "macaddr", "hwaddr",
    "hardware addr", "bssid"};
constexpr ByteView kFillers[] = {"<<<"};
constexpr ByteView kWrittenAt[] = {"(at)", "[at]", "{at}"};

constexpr DetectorSet kSigned = set_of(Detector::aws_key) | set_of(Detector::gcp_key) | set_of(Detector::azure_key);

template <size_t count>
constexpr Finder at_literals(DetectorSet detectors, const ByteView (&literals)[count], size_t (*find)(Sight&, size_t),
                             void (*named)(Sight&) = nullptr) {
  return {detectors, Sign::literal, literals, count, find, named};
}
constexpr Finder at_sign(DetectorSet detectors, Sign sign, size_t (*find)(Sight&, size_t), void (*named)(Sight&) = nullptr) {
  return {detectors, sign, nullptr, 0, find, named};
}

constexpr DetectorSet kNumbers = set_of(Detector::payment_card) | set_of(Detector::us_ssn) | set_of(Detector::us_itin) |
                                 set_of(Detector::uk_nino) | set_of(Detector::uk_nhs) | set_of(Detector::phone) |
                                 set_of(Detector::date_of_birth);

}  // namespace

constexpr Finder kTable[] = {
    at_sign(set_of(Detector::email), Sign::at, find_email),
    at_literals(set_of(Detector::email), kWrittenAt, find_written_email),
    at_sign(set_of(Detector::iban), Sign::account, find_iban),
    at_sign(kNumbers, Sign::run, find_numbers),
    at_literals(set_of(Detector::date_of_birth), kBirthWords, find_birth, name_birth),
    at_literals(set_of(Detector::date_of_birth), kBornOn, find_born_on),
    at_literals(set_of(Detector::passport), kPassportWords, find_passport, name_passport),
    at_literals(set_of(Detector::passport), kFillers, find_zone),
    at_sign(set_of(Detector::passport), Sign::token, find_zone),
    at_sign(set_of(Detector::ipv4), Sign::quad, find_ipv4),
    at_sign(set_of(Detector::ipv6), Sign::colon, find_ipv6),
    at_sign(set_of(Detector::mac_address), Sign::groups, find_mac, name_mac),
    at_sign(kTokens, Sign::token, find_token),
    at_literals(set_of(Detector::private_key), kPrivateKey, find_private_key),
    at_literals(set_of(Detector::password), kUrl, find_url_password),
    at_literals(set_of(Detector::password), kAuthorization, find_authorization),
    at_literals(set_of(Detector::azure_key), kSas, find_sas),
    at_literals(set_of(Detector::azure_key), kAzureSecret, find_azure_secret),
    at_literals(kSigned, kSignature, find_signature),
    at_literals(set_of(Detector::gcp_key), kRefresh, find_refresh),
    at_literals(set_of(Detector::private_key), kPutty, find_putty_key),
    at_literals(set_of(Detector::password), kIdentified, find_identified),
    at_literals(set_of(Detector::password), kCommands, find_command),
    at_literals(set_of(Detector::password), kUserOption, find_user_option),
    at_literals(set_of(Detector::password), kConnect, find_connect),
    at_literals(set_of(Detector::mac_address), kMacNames, find_bare_mac),
    at_literals(set_of(Detector::slack_token), kCookie, find_token),
    at_literals(set_of(Detector::slack_token), kWebhook, find_webhook),
    at_literals(set_of(Detector::password) | set_of(Detector::aws_key) | set_of(Detector::azure_key), kNames, find_assigned,
                find_named_field),
};
static_assert(sizeof kTable / sizeof kTable[0] <= kFindersMax);
const Finder* const kFinders = kTable;
const size_t kFinderCount = sizeof kTable / sizeof kTable[0];

namespace {

constexpr Called make_called(DetectorSet set) {
  Called called;
  for (size_t row = 0; row < kFinderCount; ++row) {
    if ((kTable[row].detectors & set) == 0) continue;
    const Rows bit = Rows{1} << row;
    called.rows |= bit;
    called.at[static_cast<size_t>(kTable[row].sign)] |= bit;
    if (kTable[row].named != nullptr) called.by_name |= bit;
  }
  const auto at = [&](Sign sign) { return called.at[static_cast<size_t>(sign)] != 0; };
  called.needs = {at(Sign::at),    at(Sign::run),    at(Sign::account), at(Sign::colon),
                 at(Sign::token), at(Sign::groups), at(Sign::quad),    at(Sign::literal), false};
  for (size_t row = 0; row < kFinderCount; ++row)
    for (size_t i = 0; (called.rows >> row & 1) != 0 && i < kTable[row].literal_count; ++i)
      called.needs.words = called.needs.words || ByteView("([{").find(kTable[row].literals[i][0]) == ByteView::npos;
  return called;
}

constexpr DetectorSet every_detector() {
  DetectorSet all = 0;
  for (const Finder& finder : kTable) all |= finder.detectors;
  return all;
}
constexpr DetectorSet every_by_name() {
  DetectorSet all = 0;
  for (const Finder& finder : kTable)
    if (finder.named != nullptr) all |= finder.detectors;
  return all;
}
constexpr DetectorSet kEvery = every_detector(), kByName = every_by_name();
constexpr Called kCalledEvery = make_called(kEvery);

}  // namespace

const Called& called_for(DetectorSet set, Called* own) {
  if ((set & kEvery) == kEvery) return kCalledEvery;
  *own = make_called(set);
  return *own;
}
DetectorSet called_by_name() { return kByName; }

}  // namespace gatehouse::detect
