// Detectors of personal data, from the public rules of each format: spellings of many countries, and what looks alike.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "detect/detect.h"
#include "detect/words.h"
#include "tests/support/padded.h"
#include "tests/unit/detect/found.h"

namespace gatehouse::detect {
namespace {

using testing::Padded;

Wanted every() {
  Wanted wanted;
  detectors_from_name("personal", &wanted.set);
  return wanted;
}

/// The values found: detector, evidence's first letter, and what they are.
std::string found(ByteView text, ByteView field = {}, Wanted wanted = every()) {
  const Padded padded(text);
  Room<Found> room;
  detect({.bytes = padded.view(), .field = field}, wanted, &room);
  std::string out;
  for (const Found& one : room) {
    if (!out.empty()) out += " | ";
    out += std::string(detector_name(one.detector)) + ":" + std::string(text.substr(one.begin, one.end - one.begin));
  }
  return out;
}

Evidence evidence(ByteView text, ByteView field = {}) {
  const Padded padded(text);
  Room<Found> room;
  detect({.bytes = padded.view(), .field = field}, every(), &room);
  return room.size() == 1 ? room[0].evidence : Evidence::none;
}

/// Each text is one value of the detector, alone and in a sentence.
void all_are(ByteView detector, std::initializer_list<const char*> values, const char* before = "") {
  for (const char* value : values) {
    const std::string wanted = std::string(detector) + ":" + value;
    EXPECT_EQ(found(std::string(before) + value), wanted);
    EXPECT_EQ(found("x, " + std::string(before) + value + "; y"), wanted);
    EXPECT_EQ(found("| x | " + std::string(before) + value + " | y |"), wanted);
    EXPECT_EQ(found("(" + std::string(before) + value + ")"), wanted);
    EXPECT_EQ(found(std::string(70, 'x') + "\n" + before + value + "."), wanted);
  }
}

void none_is_any(std::initializer_list<const char*> texts) {
  for (const char* text : texts) {
    EXPECT_EQ(found(text), "") << text;
    EXPECT_EQ(found("x " + std::string(text) + " y"), "") << text;
  }
}

TEST(Phone, international) {
  all_are("phone", {"+1 (515) 427-8699", "+1.515.427.8699", "+15154278699", "+1-515-427-8699", "+44 20 7855 5096", "+44 (0)20 7855 5096",
                    "+44 7700 900123", "+447700900123", "+49 30 65125299", "+49 (0) 30 65125299", "+49-30-65125299", "+49/30/65125299",
                    "+49 171 1234567", "+4930123456", "+33 6 24 63 48 38", "+33 (0)6 24 63 48 38", "+33624634838", "+39 06 69812345",
                    "+39 347 123 4567", "+34 612 34 56 78", "+34 612 345 678", "+31 6 12345678", "+41 79 123 45 67", "+41 (0)79 123 45 67",
                    "+43 664 1234567", "+43 1 58858", "+55 11 91234-5678", "+5511912345678", "+81 90-1234-5678", "+81-3-1234-5678",
                    "+91 98765 43210", "+91-98765-43210", "+61 412 345 678", "+61 2 9876 5432", "+353 87 123 4567", "+358 40 1234567",
                    "+48 601 234 567", "+351 912 345 678", "+46 70 123 45 67", "+47 412 34 567", "+45 12 34 56 78", "+32 470 12 34 56",
                    "+972 50 123 4567", "+971 50 123 4567", "+65 6123 4567", "+852 6123 4567", "+64 21 123 4567", "+27 82 123 4567",
                    "+52 55 1234 5678", "+7 912 345-67-89", "+86 138 0013 8000", "+82 10-1234-5678", "+420 601 234 567", "+36 20 123 4567",
                    "0049 30 65125299", "0033 6 24 63 48 38", "011 44 20 7946 0958", "011-49-30-65125299"});
}

TEST(Phone, national_forms) {
  all_are("phone", {"(659) 692-3574", "(659)692-3574", "659-692-3574", "659.692.3574", "1-800-555-1234", "1 (800) 555-1234", "(659) 692 3574",
                    "020 7855 5096", "(020) 7946 0958", "07700 900123", "07700 900 123", "0161 496 0000", "0161-496-0000", "030 65125299",
                    "030/65125299", "0171 1234567", "0171/1234567", "(030) 123456789", "0 30 / 12 34 56 78", "06 24 63 48 38", "06.24.63.48.38",
                    "01-23-45-67-89", "02 1234 5678", "06 69812345", "020 123 4567", "06-12345678", "06 1234 5678", "010-1234567",
                    "044 668 18 00", "079 123 45 67", "0664 1234567", "(11) 91234-5678", "(11) 3123-4567", "03-1234-5678", "090-1234-5678",
                    "022 2345 6789", "(02) 9876 5432", "0412 345 678", "1300 123 456", "0470 12 34 56", "02 123 45 67", "082 123 4567",
                    "8 (912) 345-67-89"});
  EXPECT_EQ(evidence("(659) 692-3574"), Evidence::structure);
}

TEST(Phone, extensions_and_signs_around) {
  all_are("phone", {"659-692-3574 ext. 123", "659-692-3574 x123", "(659) 692-3574, ext 9", "+49 30 65125299 Durchwahl 12"});
  EXPECT_EQ(found("tel:+4930123456"), "phone:+4930123456");
  EXPECT_EQ(found("<tel:+1-515-427-8699>"), "phone:+1-515-427-8699");
  EXPECT_EQ(found("(+49) 30 65125299"), "phone:(+49) 30 65125299");
  EXPECT_EQ(found("\\n659-692-3574\\n"), "phone:659-692-3574") << "a text within a text";
  EXPECT_EQ(found("\xe9\x9b\xbb\xe8\xa9\xb1\xef\xbc\x9a" "03-1234-5678"), "phone:03-1234-5678");
  for (const char* sign : {"\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x91", "\xe2\x80\x93"}) {
    const std::string s(sign);
    EXPECT_EQ(found("+33" + s + "6" + s + "24" + s + "63" + s + "48" + s + "38"), "phone:+33" + s + "6" + s + "24" + s + "63" + s + "48" + s + "38");
    EXPECT_EQ(found("659" + s + "692" + s + "3574"), "phone:659" + s + "692" + s + "3574");
  }
}

TEST(Phone, words_near_help_bare_digits) {
  all_are("phone", {"5551234567", "347 123 4567", "347 1234567", "612 34 56 78", "912 345 678", "98765 43210", "12 34 56 78", "555-0123"}, "Tel. ");
  for (const char* word : {"phone", "Phone number:", "call", "mobile", "fax:", "Telefon", "Handynummer", "m\xc3\xb3vil", "t\xc3\xa9l.", "celular",
                           "telefono", "Tel\xc3\xa9" "fono:", "telefoon", "tlf", "WhatsApp", "\xe6\x90\xba\xe5\xb8\xaf", "\xe6\x89\x8b\xe6\x9c\xba"})
    EXPECT_EQ(found(std::string(word) + " 6596923574"), "phone:6596923574") << word;
  EXPECT_EQ(evidence("phone 6596923574"), Evidence::near_word);
  EXPECT_EQ(found("6596923574", "contact.phoneNumber"), "phone:6596923574");
  EXPECT_EQ(evidence("6596923574", "home_phone"), Evidence::field_name);
  EXPECT_EQ(found("6596923574", "amount"), "");
  EXPECT_EQ(found("phone bills of all kinds were paid, and then he went home to 6596923574"), "") << "too far";
  EXPECT_EQ(found("phone 6596923574 order 1234567890"), "phone:6596923574") << "the word speaks of the first number";
  EXPECT_EQ(found("your phone\nthere 6596923574"), "") << "another line's word";
}

TEST(Phone, what_looks_alike) {
  none_is_any({"2023-09-05T14:34:51.600Z", "2024-05-06 14:34", "05.09.2023 14:34", "01.02.2003 04.05.2006", "09/05/2023", "call 2023-09-05",
               "978-3-16-148410-0", "0-306-40615-2", "ISSN 0378-5955", "pages 1234-1245", "Nature (1998) 395, 1234-1245", "$1,234,567.89",
               "1 234 567 890", "population 12 345 678", "10.1038/nphys1170", "1700000000", "1700000000123", "invoice 0012345678",
               "lot 123-456-789", "12-34-56", "100-200-3000", "555-0123", "3.14159265358979", "SKU 4711-0815-2342", "1.2.3.4.5", "1-2-3-4-5",
               "(2019) 345 678", "+5%", "+100000", "+0200", "-1234567890", "20230905143451", "#1234567890", "1.234.567.890", "4294967296",
               "ORD-659-692-3574", "659-692-3574-1", "1659.692.3574", "v9.24.346.45", "/659-692-3574/", "a659-692-3574", "659-692-3574a",
               "7ce6c5f7-8812-424e-90d5-d27c7ca3838b", "uuid 550e8400-e29b-41d4-a716-446655440000", "+1 2024-05-06", "40.71280000, -74.00600000",
               "0.005730421", "+4111111111111111", "21-14 11-21 15-13", "phone model 12", "252.227-7013", "tel. 14.995133",
               "telephone system of 1920 1930", "call 10.20.30.40"});
}

TEST(Iban, countries_and_spellings) {
  all_are("iban", {"DE44 5001 0517 5407 3249 31", "DE44500105175407324931", "de44500105175407324931", "GB29 NWBK 6016 1331 9268 19",
                   "GB29NWBK60161331926819", "FR14 2004 1010 0505 0001 3M02 606", "CH93 0076 2011 6238 5295 7", "NL91ABNA0417164300",
                   "BE68 5390 0754 7034", "IT60 X054 2811 1010 0000 0123 456", "ES91 2100 0418 4502 0005 1332", "MT84MALT011000012345MTLCAST001S",
                   "NO93 8601 1117 947", "BR1800360305000010009795493C1", "SA03 8000 0000 6080 1016 7519", "PL61109010140000071219812874",
                   "AT61 1904 3002 3457 3201", "QA58DOHB00001234567890ABCDEFG", "LC55HEMM000100010012001200023015", "DE44-5001-0517-5407-3249-31",
                   "DE 44 5001 0517 5407 3249 31", "TR33 0006 1005 1978 6457 8413 26", "AE07 0331 2345 6789 0123 456"});
  EXPECT_EQ(found("DE44\xc2\xa0" "5001\xc2\xa0" "0517\xc2\xa0" "5407\xc2\xa0" "3249\xc2\xa0" "31"),
            "iban:DE44\xc2\xa0" "5001\xc2\xa0" "0517\xc2\xa0" "5407\xc2\xa0" "3249\xc2\xa0" "31");
  EXPECT_EQ(evidence("IBAN:DE44500105175407324931"), Evidence::mod97);
  EXPECT_EQ(found("IBAN#DE44500105175407324931"), "iban:DE44500105175407324931");
  EXPECT_EQ(found(":59:/DE44500105175407324931/NAME"), "iban:DE44500105175407324931");
  EXPECT_EQ(found("/IBAN/DE44 5001 0517 5407 3249 31\nx"), "iban:DE44 5001 0517 5407 3249 31");
  EXPECT_EQ(found("\\nDE44500105175407324931\\n"), "iban:DE44500105175407324931");
  none_is_any({"DE45500105175407324931", "DE4450010517540732493", "DE445001051754073249311", "XX44500105175407324931", "DE44 5001 0517 5407",
               "ADE44500105175407324931", "DE73791088690050080400", "DE44500105175407324931a", "at 12 of 20",
               "f27ce45c-8257-4455-be68-b91706d0de7c", "x-DE44500105175407324931"});
}

TEST(SocialSecurity, with_words_and_fields) {
  EXPECT_EQ(found("SSN 123456789"), "us_ssn:123456789");
  EXPECT_EQ(found("social security number: 123.45.6789"), "us_ssn:123.45.6789");
  EXPECT_EQ(found("123456789", "ssn"), "us_ssn:123456789");
  EXPECT_EQ(found("123456789", "employeeSsn"), "us_ssn:123456789");
  all_are("us_ssn", {"123456789", "123-45-6789"}, "SSN#");
  all_are("us_ssn", {"123456789"}, "SSN #");
  none_is_any({"SSN, order #123456789", "#123456789", "SSN/id#123456789"});
  none_is_any({"123456789", "id 123456789", "SSN 000456789", "SSN 666-45-6789", "123.45.6789", "0.005730421", "SSN 0.123456789"});
}

TEST(TaxpayerNumber, needs_a_word) {
  EXPECT_EQ(found("ITIN 912-70-1234"), "us_itin:912-70-1234");
  EXPECT_EQ(found("taxpayer id: 912-85-1234"), "us_itin:912-85-1234");
  EXPECT_EQ(found("ITIN: 912701234"), "us_itin:912701234");
  EXPECT_EQ(found("ITIN#912701234"), "us_itin:912701234");
  EXPECT_EQ(found("999-88-1234", "tax_id"), "us_itin:999-88-1234");
  none_is_any({"912-70-1234", "ITIN 912-40-1234", "ITIN 912-89-1234", "ITIN 912-93-1234", "ITIN 812-00-1234"});
}

TEST(InsuranceNumber, prefixes_and_spellings) {
  all_are("uk_nino", {"AB 12 34 56 C", "AB123456C", "JG 10 37 59 A", "AB-12-34-56-C", "AB 123456 C", "TN 12 34 56 A"});
  all_are("uk_nino", {"ab123456c", "AB123456", "AB 12 34 56", "ab 12 34 56 d"}, "NI number ");
  EXPECT_EQ(found("NINO#AB123456C"), "uk_nino:AB123456C");
  EXPECT_EQ(found("AB123456", "nino"), "uk_nino:AB123456");
  none_is_any({"AB123456", "ab123456c", "AB 12 34 56", "BG 12 34 56 A", "GB123456A", "DA123456A", "AO123456A", "AB123456E", "XAB123456C",
               "AB1234567C", "AB123456CD", "AB 12-34-56", "SP800-131A"});
}

TEST(HealthNumber, checked_and_named) {
  all_are("uk_nhs", {"943 476 5919"});
  all_are("uk_nhs", {"9434765919", "943-476-5919", "401 023 2137"}, "NHS ");
  EXPECT_EQ(found("9434765919", "nhs_number"), "uk_nhs:9434765919");
  EXPECT_EQ(found("NHS#9434765919"), "uk_nhs:9434765919");
  EXPECT_EQ(evidence("943 476 5919"), Evidence::checksum);
  none_is_any({"9434765919", "NHS 9434765918", "1234567890"});
}

TEST(BirthDate, words_of_many_languages) {
  all_are("date_of_birth", {"1944-01-08", "01/08/1944", "8.1.1944", "08.01.44", "8 January 1944", "January 8, 1944", "8th January 1944",
                            "3rd of March, 1981", "08-JAN-1944", "8 Jan. 1944", "19440108", "1944/01/08", "8/Jan/1944"}, "DOB: ");
  EXPECT_EQ(found("born on January 8, 1944 in Rome"), "date_of_birth:January 8, 1944");
  EXPECT_EQ(found("geboren am 8. Januar 1944"), "date_of_birth:8. Januar 1944");
  EXPECT_EQ(found("Geburtsdatum 8. M\xc3\xa4rz 1944"), "date_of_birth:8. M\xc3\xa4rz 1944");
  EXPECT_EQ(found("geb. 08.01.1944"), "date_of_birth:08.01.1944");
  EXPECT_EQ(found("N\xc3\xa9" "e le 1er f\xc3\xa9vrier 1944"), "date_of_birth:1er f\xc3\xa9vrier 1944");
  EXPECT_EQ(found("date de naissance : 08/01/1944"), "date_of_birth:08/01/1944");
  for (const std::string word : {"n\xc3\xa9(e) le : ", "Paula Nowak, ur. ", "Fecha nac.: "})
    EXPECT_EQ(found(word + "08.01.1944"), "date_of_birth:08.01.1944") << word;
  none_is_any({"Born in the USA\n2026-11-16 09:12:33", "our. 08.01.1944"});
  EXPECT_EQ(found("born 1944-01-08 09:12"), "date_of_birth:1944-01-08");
  EXPECT_EQ(found("nacido el 8 de enero de 1944"), "date_of_birth:8 de enero de 1944");
  EXPECT_EQ(found("nata il 8 gennaio 1944"), "date_of_birth:8 gennaio 1944");
  EXPECT_EQ(found("data de nascimento: 08/01/1944"), "date_of_birth:08/01/1944");
  EXPECT_EQ(found("geboortedatum 8 maart 1944"), "date_of_birth:8 maart 1944");
  EXPECT_EQ(found("birth_date=1944-01-08T00:00:00Z"), "date_of_birth:1944-01-08");
  EXPECT_EQ(found("\xe7\x94\x9f\xe5\xb9\xb4\xe6\x9c\x88\xe6\x97\xa5\xef\xbc\x9a" "1944\xe5\xb9\xb4" "1\xe6\x9c\x88" "8\xe6\x97\xa5"),
            "date_of_birth:1944\xe5\xb9\xb4" "1\xe6\x9c\x88" "8\xe6\x97\xa5");
  EXPECT_EQ(found("1944\xe5\xb9\xb4" "1\xe6\x9c\x88" "8\xe6\x97\xa5\xe7\x94\x9f\xe3\x81\xbe\xe3\x82\x8c"),
            "date_of_birth:1944\xe5\xb9\xb4" "1\xe6\x9c\x88" "8\xe6\x97\xa5");
}

TEST(BirthDate, fields_and_rows) {
  for (const char* field : {"dob", "date_of_birth", "dateOfBirth", "birthDate", "patient.birth-date", "Geburtsdatum", "fecha_nacimiento"})
    EXPECT_EQ(found("1944-01-08", field), "date_of_birth:1944-01-08") << field;
  for (const char* field : {"n\xc3\xa9 le", "Fecha nac."}) EXPECT_EQ(found("08/01/1944", field), "date_of_birth:08/01/1944") << field;
  EXPECT_EQ(found("8 January 1944", "dob"), "date_of_birth:8 January 1944");
  EXPECT_EQ(found("1944-01-08", "hired"), "");
  EXPECT_EQ(found("| 123-45-6789 | 1944-01-08 | x |"), "us_ssn:123-45-6789 | date_of_birth:1944-01-08");
  EXPECT_EQ(found("123-45-6789,05/25/1951,x"), "us_ssn:123-45-6789 | date_of_birth:05/25/1951");
  EXPECT_EQ(found("<td>123-45-6789</td><td>13.02.1973</td>"), "us_ssn:123-45-6789 | date_of_birth:13.02.1973");
  EXPECT_EQ(found("123-45-6789 | 2024-01-08"), "us_ssn:123-45-6789") << "nobody of that age has papers";
  EXPECT_EQ(found("-45-6789 | 1944-01-08 | x"), "date_of_birth:1944-01-08") << "a border cut the number before it";
  none_is_any({"1944-01-08", "on 8 January 1944 the", "was born. On the record of 2024 it", "DOB: 44-13-1944", "born 1944", "dobson 1944-01-0"});
}

TEST(Passport, words_and_fields) {
  for (const char* number : {"123456789", "C01X00T47", "12AB34567", "YA1234567", "AAA123456", "A1234567", "NWFX1F2R3", "AB 1234567"})
    for (const char* word : {"passport no. ", "Reisepass Nr. ", "passeport n\xc2\xb0 ", "passaporto: ", "pasaporte ", "paspoort ",
                             "Paszport nr ", "Pasnummer: ", "Pass Nr. ", "\xd0\x9f\xd0\xb0\xd1\x81\xd0\xbf\xd0\xbe\xd1\x80\xd1\x82 ",
                             "\xc3\xbatlev\xc3\xa9lsz\xc3\xa1m: ",
                             "\xe6\x97\x85\xe5\x88\xb8\xe7\x95\xaa\xe5\x8f\xb7 "})
      EXPECT_EQ(found(std::string(word) + number), std::string("passport:") + number) << word;
  EXPECT_EQ(found("C01X00T47", "passport_number"), "passport:C01X00T47");
  all_are("passport", {"C01X00T47", "123456789"}, "Passport #");
  all_are("passport", {"C01X00T47", "123456789"}, "passport#");
  none_is_any({"passport, room #C01X00T47", "passport service: ticket#123456789"});
  none_is_any({"C01X00T47", "123456789", "passport control 2024", "passport application of MAY", "passport issued 20240105"});
}

// The specimens of ICAO Doc 9303, parts 4 to 7.
TEST(Passport, machine_readable_zone) {
  const std::string names = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", number = "L898902C36UTO7408122F1204159ZE184226B<<<<<10";
  all_are("passport", {"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
                       "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
                       "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6",
                       "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<",
                       "L898902C36UTO7408122F1204159ZE184226B12345<6", "L898902C36UTO7408122F1204159<<<<10", "AB2134<<<5UTO7408122F1204159<<<<<<<<<<<<<<02"});
  EXPECT_EQ(found(names + "\n" + number), "passport:" + names + " | passport:" + number);
  EXPECT_EQ(found(names + number), "passport:" + names + " | passport:" + number);
  EXPECT_EQ(evidence(number), Evidence::checksum);
  EXPECT_EQ(evidence(names), Evidence::structure);
  none_is_any({"L898902C37UTO7408122F1204159ZE184226B<<<<<10", "L898902C36UTO7408123F1204159ZE184226B<<<<<10", "<<<<<<< HEAD",
               "L898902C36UTO7408122F1204158ZE184226B<<<<<10", "I<UTOD231458908<<<<<<<<<<<<<<<", "std::cout<<A<<B<<<<<C", "cat <<<EOF",
               "L898902C36UTO7408122F1204159", "L898902C36UTO7408122F1204159Z", "xP<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH",
               "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"});
}

TEST(Email, written_with_words) {
  all_are("email", {"john (at) example (dot) com", "john [at] example.com", "john.doe@example.com", "john(at)example.com",
                    "j{at}example{dot}org", "j (at) mail.example (dot) co (dot) uk"});
  none_is_any({"look (at) this", "x (at) y", "arrive (at) noon. Then"});
}

TEST(Email, of_addresses_with_passwords) {
  Wanted with = every();
  with.set |= set_of(Detector::password);
  EXPECT_EQ(found("postgres://etl:PASSWORD@db.internal/x"), "email:PASSWORD@db.internal") << "nobody else hides it";
  EXPECT_EQ(found("postgres://etl:PASSWORD@db.internal/x", {}, with), "password:PASSWORD");
  EXPECT_EQ(found("ftp://john@example.com/x", {}, with), "email:john@example.com");
  none_is_any({"git@github.com:acme/tool.git", "ssh://git@git.example.org/acme/tool.git", "git+ssh://git@example.org/x"});
  EXPECT_EQ(found("from git@example.org, legit@example.org: x"), "email:git@example.org | email:legit@example.org");
  EXPECT_EQ(found("user=jane@example.com react@18.2.0 @scope/pkg@1.2.3"), "email:jane@example.com");
}

TEST(Card, other_spellings) {
  all_are("payment_card", {"4111.1111.1111.1111", "4111\xc2\xa0" "1111\xc2\xa0" "1111\xc2\xa0" "1111", "3782.822463.10005"});
  none_is_any({"4111.1111 1111.1111", "1.4111.1111.1111.1111", "4111.1111.1111.1111.1", "0.4111111111111111"});
}

TEST(Number, of_fields) {
  const auto is = [](ByteView number, ByteView field) {
    Found found{};
    return detect_number(number, field, every(), &found) ? std::string(detector_name(found.detector)) : "";
  };
  EXPECT_EQ(is("123456789", "ssn"), "us_ssn");
  EXPECT_EQ(is("12345678", "ssn"), "us_ssn") << "its zeros are lost";
  EXPECT_EQ(is("912701234", "itin"), "us_itin");
  EXPECT_EQ(is("9434765919", "nhsNumber"), "uk_nhs");
  EXPECT_EQ(is("4915112345679", "phone"), "phone");
  EXPECT_EQ(is("19440108", "birth_date"), "date_of_birth");
  EXPECT_EQ(is("123456789", "passport"), "passport");
  EXPECT_EQ(is("4111111111111111", "x"), "payment_card");
  for (const char* field : {"", "id", "timestamp", "token_count"}) EXPECT_EQ(is("1234567890", field), "") << field;
  EXPECT_EQ(is("12.5", "phone"), "");
  EXPECT_EQ(is("19441308", "birth_date"), "");
}

TEST(FieldName, says_what_is_in_it) {
  EXPECT_EQ(named_by_field("date_of_birth"), set_of(Detector::date_of_birth));
  EXPECT_EQ(named_by_field("homePhone2"), set_of(Detector::phone));
  EXPECT_EQ(named_by_field("text"), 0u);
  EXPECT_EQ(named_by_field("assn_no"), named_by_field("ssn"));
  EXPECT_EQ(named_by_field(std::string(5000, 'x')), 0u);
}

TEST(Birth, in_more_languages) {
  for (const std::string text : {"\u0414\u0430\u0442\u0430 \u0440\u043e\u0436\u0434\u0435\u043d\u0438\u044f: 8 \u044f\u043d\u0432\u0430\u0440\u044f 1944", "\u0420\u043e\u0434\u0438\u043b\u0441\u044f 8 \u0441\u0435\u043d\u0442\u044f\u0431\u0440\u044f 1944",
                                "data urodzenia: 8 stycznia 1944", "datum narozen\u00ed: 8 ledna 1944", "do\u011fum tarihi: 8 Ocak 1944", "\u03b7\u03bc\u03b5\u03c1\u03bf\u03bc\u03b7\u03bd\u03af\u03b1 \u03b3\u03ad\u03bd\u03bd\u03b7\u03c3\u03b7\u03c2: 8 \u0399\u03b1\u03bd\u03bf\u03c5\u03b1\u03c1\u03af\u03bf\u03c5 1944",
                                "syntym\u00e4aika: 8 tammikuuta 1944", "f\u00f6dd den 8 maj 1944", "sz\u00fcletett: 1944. janu\u00e1r 8", "f\u00f8dt den 8 desember 1944"}) {
    const std::string found = values(text, "date_of_birth");
    EXPECT_EQ(found, text.substr(std::min(text.find("8 "), text.find("1944")))) << text;
  }
  EXPECT_EQ(values("08.01.1944", "date_of_birth", "\u0414\u0430\u0442\u0430 \u0440\u043e\u0436\u0434\u0435\u043d\u0438\u044f"), "08.01.1944");
  EXPECT_EQ(values("8 stycznia 1944 wybuch\u0142a; 8 \u044f\u043d\u0432\u0430\u0440\u044f 1944", "date_of_birth"), "");
}

TEST(Passport, of_a_travel_document) {
  EXPECT_EQ(values("travel document number: K1234567, Travel document no. X7654321", "passport"), "K1234567|X7654321");
  EXPECT_EQ(values("K1234567", "passport", "travel_document_number"), "K1234567");
  EXPECT_EQ(values("travel documents of 12 people", "passport"), "");
}

}  // namespace
}  // namespace gatehouse::detect
