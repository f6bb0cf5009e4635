#include "detect/words.h"

#include <algorithm>

#include "base/letters.h"
#include "detect/cells.h"
#include "detect/literals.h"
#include "detect/prefixes.h"
#include "detect/secrets.h"

namespace gatehouse::detect {
namespace {

constexpr DetectorSet kPhone = set_of(Detector::phone), kSsn = set_of(Detector::us_ssn), kItin = set_of(Detector::us_itin),
                      kNino = set_of(Detector::uk_nino), kNhs = set_of(Detector::uk_nhs), kBirth = set_of(Detector::date_of_birth),
                      kPassport = set_of(Detector::passport), kCard = set_of(Detector::payment_card),
                      kIban = set_of(Detector::iban), kMail = set_of(Detector::email), kMac = set_of(Detector::mac_address);

/// How much of a word must be there.
enum class Part : uint8_t {
  whole,   // all of it
  begin,   // the word begins so: telefonnummer
  inside,  // in the name of a field anywhere, too: homephone
};

struct Word {
  ByteView text;  // as fold() makes it
  Part part;
  DetectorSet names;
};

constexpr Word kWords[] = {
    {"phone", Part::inside, kPhone},       {"telephone", Part::inside, kPhone},   {"tel", Part::whole, kPhone},
    {"tel\xe3\xa9" "fon", Part::inside, kPhone},
    {"telefon", Part::inside, kPhone},     {"t\xe3\xa9l", Part::begin, kPhone},   {"mobile", Part::inside, kPhone},
    {"mobil", Part::begin, kPhone},        {"cell", Part::whole, kPhone},         {"cellphone", Part::whole, kPhone},
    {"fax", Part::begin, kPhone},          {"call", Part::whole, kPhone},         {"calls", Part::whole, kPhone},
    {"ring", Part::whole, kPhone},         {"dial", Part::whole, kPhone},         {"whatsapp", Part::inside, kPhone},
    {"sms", Part::whole, kPhone},          {"handy", Part::begin, kPhone},        {"rufnummer", Part::inside, kPhone},
    {"fon", Part::whole, kPhone},          {"telefoon", Part::inside, kPhone},    {"cellulare", Part::inside, kPhone},
    {"celular", Part::inside, kPhone},     {"m\xe3\xb3vil", Part::whole, kPhone}, {"movil", Part::whole, kPhone},
    {"portable", Part::whole, kPhone},     {"tlf", Part::whole, kPhone},          {"tfno", Part::whole, kPhone},
    {"msisdn", Part::inside, kPhone},      {"puhelin", Part::begin, kPhone},      {"gsm", Part::whole, kPhone},
    {"landline", Part::whole, kPhone},     {"hotline", Part::whole, kPhone},      {"natel", Part::whole, kPhone},
    {"anrufen", Part::whole, kPhone},      {"appelez", Part::whole, kPhone},      {"llamar", Part::whole, kPhone},
    {"ssn", Part::inside, kSsn},           {"ssns", Part::whole, kSsn},           {"social", Part::whole, kSsn},
    {"socialsecurity", Part::inside, kSsn}, {"soc", Part::whole, kSsn},           {"itin", Part::whole, kItin},
    {"itins", Part::whole, kItin},         {"taxpayer", Part::inside, kItin},     {"tin", Part::whole, kItin},
    {"tax", Part::whole, kItin},           {"taxid", Part::inside, kItin},        {"nino", Part::whole, kNino},
    {"ni", Part::whole, kNino},            {"insurance", Part::whole, kNino},     {"nationalinsurance", Part::inside, kNino},
    {"nhs", Part::begin, kNhs},            {"nhsnumber", Part::inside, kNhs},     {"birth", Part::inside, kBirth},
    {"born", Part::whole, kBirth},         {"dob", Part::begin, kBirth},          {"dobs", Part::whole, kBirth},
    {"geburt", Part::inside, kBirth},      {"geboren", Part::begin, kBirth},      {"gebdat", Part::begin, kBirth},
    {"geb", Part::whole, kBirth},          {"naissance", Part::inside, kBirth},   {"nacimiento", Part::inside, kBirth},
    {"nac", Part::whole, kBirth},          {"n\xe3\xa9", Part::whole, kBirth},     {"n\xe3\xa9" "e", Part::whole, kBirth},
    {"nascita", Part::inside, kBirth},     {"nascimento", Part::inside, kBirth},  {"geboorte", Part::inside, kBirth},
    {"f\xe3\xb6" "delse", Part::begin, kBirth}, {"f\xe3\xb8" "dsel", Part::begin, kBirth}, {"bday", Part::inside, kBirth},
    {"urodz", Part::inside, kBirth},       {"narozen", Part::inside, kBirth},     {"dogum", Part::inside, kBirth},
    {"do\xe4\xbfum", Part::inside, kBirth},   {"syntym", Part::begin, kBirth},       {"sz\xe3\xbclet", Part::begin, kBirth},
    {"traveldoc", Part::inside, kPassport}, {"reisedokument", Part::inside, kPassport},
    {"passport", Part::inside, kPassport}, {"passeport", Part::inside, kPassport}, {"reisepass", Part::inside, kPassport},
    {"pasaporte", Part::inside, kPassport}, {"passaporto", Part::inside, kPassport}, {"passaporte", Part::inside, kPassport},
    {"paspoort", Part::inside, kPassport}, {"paszport", Part::inside, kPassport}, {"pasnummer", Part::inside, kPassport},
    {"passnummer", Part::inside, kPassport}, {"passnr", Part::inside, kPassport},
    {"card", Part::begin, kCard},          {"creditcard", Part::inside, kCard},   {"iban", Part::inside, kIban},
    {"email", Part::inside, kMail},        {"mac", Part::whole, kMac},            {"macaddress", Part::inside, kMac},
    {"macaddr", Part::inside, kMac},       {"hwaddr", Part::inside, kMac},        {"bssid", Part::inside, kMac},
};

/// Han and Kana, which are not set apart by spaces; and Cyrillic and Greek, in the names of fields.
constexpr Word kSigns2[] = {
    {"\xe9\x9b\xbb\xe8\xa9\xb1", Part::inside, kPhone},                           // telephone, Japanese
    {"\xe7\x94\xb5\xe8\xaf\x9d", Part::inside, kPhone},                           // telephone, Chinese
    {"\xe6\x90\xba\xe5\xb8\xaf", Part::inside, kPhone},                           // mobile, Japanese
    {"\xe6\x89\x8b\xe6\x9c\xba", Part::inside, kPhone},                           // mobile, Chinese
    {"\xe7\x94\x9f\xe5\xb9\xb4\xe6\x9c\x88\xe6\x97\xa5", Part::inside, kBirth},   // date of birth, Japanese
    {"\xe8\xaa\x95\xe7\x94\x9f\xe6\x97\xa5", Part::inside, kBirth},               // birthday, Japanese
    {"\xe5\x87\xba\xe7\x94\x9f", Part::inside, kBirth},                           // born, Chinese
    {"\xe6\x97\x85\xe5\x88\xb8", Part::inside, kPassport},                        // passport, Japanese
    {"\xe6\x8a\xa4\xe7\x85\xa7", Part::inside, kPassport},                        // passport, Chinese
    {"\xd0\xbe\xd0\xb6\xd0\xb4\xd0\xb5\xd0\xbd", Part::inside, kBirth},           // birth, Russian
    {"\xd0\xb0\xd1\x80\xd0\xbe\xd0\xb4\xd0\xb6", Part::inside, kBirth},           // birth, Ukrainian
    {"\xce\xb3\xce\xad\xce\xbd\xce\xbd\xce\xb7\xcf\x83", Part::inside, kBirth},   // birth, Greek
};

constexpr size_t kWordMax = 24, kFieldMax = kNamesAll;

/// The table by first letter: where its words begin in `order`.
struct Index {
  uint8_t first[27] = {};
  uint8_t order[sizeof kWords / sizeof kWords[0]] = {};
  constexpr Index() {
    size_t count = 0;
    for (unsigned letter = 0; letter < 26; ++letter) {
      first[letter] = static_cast<uint8_t>(count);
      for (size_t i = 0; i < sizeof kWords / sizeof kWords[0]; ++i)
        if (static_cast<unsigned>(kWords[i].text[0] - 'a') == letter) order[count++] = static_cast<uint8_t>(i);
    }
    first[26] = static_cast<uint8_t>(count);
  }
};
constexpr Index kIndex;

constexpr Prefixes begins() {
  Prefixes all;
  for (const Word& word : kWords) all.add(word.text);
  return all;
}
constexpr Prefixes kBegins = begins();

/// What one word names, folded.
DetectorSet names_of(ByteView word) {
  const unsigned letter = static_cast<unsigned>(word[0] - 'a');
  if (letter >= 26 || !kBegins.has(word)) return 0;
  DetectorSet names = 0;
  for (size_t i = kIndex.first[letter]; i < kIndex.first[letter + 1]; ++i) {
    const Word& known = kWords[kIndex.order[i]];
    if (word.size() < known.text.size() || (known.part == Part::whole && word.size() != known.text.size())) continue;
    if (word.substr(0, known.text.size()) == known.text) names |= known.names;
  }
  return names;
}

DetectorSet signs_name(ByteView text) {
  DetectorSet names = 0;
  for (size_t at = 0; at + 6 <= text.size(); ++at) {
    if (static_cast<uint8_t>(text[at]) < 0xce) continue;
    for (const Word& sign : kSigns2)
      if (text.substr(at, sign.text.size()) == sign.text) names |= sign.names;
  }
  return names;
}

/// Where the words begin that may name a value at `at`.
size_t words_begin(ByteView text, size_t at) {
  size_t begin = at, digits = 0;
  bool line = false, other = false;
  bool term = false;   // ":\n" as masks write it behind a term, whose line may have ended before
  while (begin > 0 && at - begin < kReach) {
    const char c = text[begin - 1];
    digits = is_digit(c) ? digits + 1 : 0;
    if (digits == 4) return begin + 3;
    if (c == '\n') {
      if (other || (line && !term)) return begin;
      term = !line && begin > 1 && text[begin - 2] == ':';
      line = true;
    }
    const bool wide = c == '\xc2' || c == '\xa0';   // no character is these two but a blank
    other = other || !(c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ':' || c == '#' || wide);
    --begin;
  }
  while (begin < at && (static_cast<uint8_t>(text[begin]) & 0xc0) == 0x80) ++begin;
  if (begin > 0 && letter_before(text, begin) != 0)  // not half a word
    for (size_t length; begin < at && (length = letter_at(text, begin)) != 0;) begin += length;
  return begin < at ? begin : at;
}

}  // namespace

DetectorSet named_before(ByteView text, size_t at) {
  DetectorSet names = 0;
  size_t begin = words_begin(text, at);
  const ByteView words = text.substr(begin, at - begin);
  char word[kWordMax];
  size_t length = 0;
  bool wide = false;
  for (size_t i = 0; i <= words.size();) {
    const size_t letter = i < words.size() ? letter_at(words, i) : 0;
    if (letter != 0 && i + letter <= words.size()) {
      for (size_t k = 0; k < letter; ++k, ++i)
        if (length < kWordMax) word[length++] = static_cast<char>(fold(words[i]));
      continue;
    }
    if (length > 1) names |= names_of({word, length});
    length = 0;
    wide = wide || (i < words.size() && static_cast<uint8_t>(words[i]) >= 0xe5);
    ++i;
  }
  return wide ? names | signs_name(words) : names;
}

bool behind_sign(ByteView text, size_t at, DetectorSet detectors) {
  if (at < 2 || text[at - 1] != '#') return false;
  size_t end = at - 1;
  if (text[end - 1] == ' ') --end;
  size_t begin = end;
  char word[kWordMax];
  while (begin > 0 && end - begin < kWordMax && is_ascii_letter(text[begin - 1])) --begin;
  for (size_t i = begin; i < end; ++i) word[i - begin] = static_cast<char>(fold(text[i]));
  return end - begin > 1 && (names_of({word, end - begin}) & detectors) != 0;
}

DetectorSet named_by_field(ByteView field) {
  char joined[kFieldMax];
  size_t count = 0, word = 0;
  DetectorSet names = 0;
  bool lower = false;
  const auto end_word = [&] {
    if (count > word + 1) names |= names_of({joined + word, count - word});
    word = count;
  };
  for (const char c : field.substr(0, kFieldMax)) {
    const bool capital = c >= 'A' && c <= 'Z';
    if ((capital && lower) || !(is_ascii_letter(c) || static_cast<uint8_t>(c) >= 0x80)) end_word();
    lower = !capital;
    if (is_ascii_letter(c) || static_cast<uint8_t>(c) >= 0x80) joined[count++] = static_cast<char>(fold(c));
  }
  end_word();
  const ByteView all(joined, count);
  const bool may = kBegins.anywhere(all);
  for (const Word& known : kWords)
    if (may && known.part == Part::inside && all.find(known.text) != ByteView::npos) names |= known.names;
  return names | signs_name(field.substr(0, kFieldMax)) | secret_by_field(field.substr(0, kFieldMax));
}

void met(Sight& sight, size_t at) {
  if (sight.cells == nullptr) return;
  sight.cells->met = std::min(sight.cells->met, at);
  sight.cells->met_last = std::max(sight.cells->met_last, at);
}

bool Sight::named(Detector detector, size_t begin, Evidence* evidence) {
  const Cell* const cell = cells != nullptr ? cells->of(begin) : nullptr;
  if ((field_names() & set_of(detector)) != 0 || (cell != nullptr && (cell->names & set_of(detector)) != 0)) {
    *evidence = Evidence::field_name;
    return true;
  }
  if (words_at != begin) {
    words = named_before(text, begin);
    words_at = begin;
  }
  if ((words & set_of(detector)) == 0) return false;
  *evidence = Evidence::near_word;
  return true;
}

}  // namespace gatehouse::detect
