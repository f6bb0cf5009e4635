// Assertions as attackers send them. Each was made from a good one, or signed by xmlsec1: tests/support/saml_samples.py says how.
#include <gtest/gtest.h>

#include "identity/saml_assertion.h"
#include "identity/saml_form.h"
#include "tests/unit/identity/saml_samples.h"

namespace gatehouse::identity {
namespace {

constexpr Reason kForm = Reason::saml_malformed;
constexpr Reason kSignature = Reason::saml_signature;

/// expect_refused holds for either use, and for the key of either kind.
void expect_refused(std::initializer_list<const char*> names, Reason reason) {
  for (const char* name : names) {
    EXPECT_EQ(saml_reason(sample(name)), reason) << name;
    EXPECT_EQ(saml_reason(sample(name), SamlUse::bearer), reason) << name;
  }
}

// Signature wrapping: XSW1 to XSW8, around a Response and bare.
TEST(SamlAttack, Xsw1TheOriginalInTheObjectOfItsSignature) { expect_refused({"xsw1", "xsw1_bare"}, kForm); }
TEST(SamlAttack, Xsw2TheSignatureDetachedBesideTheOriginal) { expect_refused({"xsw2", "xsw2_bare"}, kForm); }
TEST(SamlAttack, Xsw3TheForgedOneFirst) { expect_refused({"xsw3", "xsw3_bare"}, kForm); }
TEST(SamlAttack, Xsw4TheOriginalInTheForgedOne) { expect_refused({"xsw4", "xsw4_bare"}, kForm); }
TEST(SamlAttack, Xsw5TheSignatureInTheForgedOne) { expect_refused({"xsw5", "xsw5_bare"}, kForm); }
TEST(SamlAttack, Xsw6TheOriginalInTheForgedOnesSignature) { expect_refused({"xsw6", "xsw6_bare"}, kForm); }
TEST(SamlAttack, Xsw7TheForgedOneInExtensions) { expect_refused({"xsw7", "xsw7_bare"}, kForm); }
TEST(SamlAttack, Xsw8TheForgedOneInAnObject) { expect_refused({"xsw8", "xsw8_bare"}, kForm); }
TEST(SamlAttack, XswWithOneIdForBoth) { expect_refused({"xsw_same_id"}, kForm); }
TEST(SamlAttack, XswInPlacesThatTakeAnything) { expect_refused({"xsw_advice", "xsw_subject_confirmation"}, kForm); }
TEST(SamlAttack, XswWithTheOriginalUnderAnotherName) {
  EXPECT_EQ(saml_reason(sample("xsw_renamed")), kForm);   // its SignedInfo refers to another ID than the root's
  expect_refused({"xsw_foreign"}, kForm);
}
TEST(SamlAttack, NamespaceWrapping) { expect_refused({"namespace_wrapped"}, kSignature); }
TEST(SamlAttack, ASubjectBesideTheSubject) { expect_refused({"two_subjects_added"}, kSignature); }

TEST(SamlAttack, DuplicateIds) { expect_refused({"id_twice", "id_twice_lower", "id_twice_xml", "id_twice_foreign"}, kForm); }
TEST(SamlAttack, NoId) { expect_refused({"id_none", "id_lower", "id_empty"}, kForm); }

TEST(SamlAttack, DocumentTypesAndEntities) {
  expect_refused({"doctype", "doctype_external", "entity_in_value", "entity_external", "entity_laughs", "entity_undeclared",
                  "attribute_default"}, kForm);
}
TEST(SamlAttack, CommentsCdataAndInstructions) {
  expect_refused({"comment_in_value", "comment_signed", "comment_in_digest", "cdata_in_value", "instruction_in_value", "comment_before",
                  "instruction_before"}, kForm);
}
TEST(SamlAttack, OtherEncodings) {
  expect_refused({"utf16_declared", "utf7_declared", "byte_order_mark"}, kForm);
  std::string wide = "\xff\xfe";
  for (const char c : sample("good")) wide.append({c, '\0'});
  EXPECT_EQ(saml_reason(wide), kForm);
}
TEST(SamlAttack, NotOneWholeDocument) {
  expect_refused({"two_roots", "text_behind", "cut", "prefix_unbound", "namespace_relative"}, kForm);
  for (const char* text : {"", " ", "<", "<a/>", "x"}) EXPECT_EQ(saml_reason(text), kForm) << text;
}

TEST(SamlAttack, AResponseIsNoAssertion) { expect_refused({"response"}, kForm); }
TEST(SamlAttack, EncryptedParts) { expect_refused({"encrypted_assertion", "encrypted_inside", "encrypted_name"}, kForm); }
TEST(SamlAttack, AnotherVersionOfSaml) { expect_refused({"other_namespace"}, kForm); }

TEST(SamlAttack, NoSignature) { expect_refused({"unsigned", "signature_namespace", "signature_elsewhere"}, kForm); }
TEST(SamlAttack, ChangedAfterSigning) {
  expect_refused({"changed_group", "changed_subject", "changed_audience", "attribute_added", "window_removed", "changed_signature",
                  "signature_zero", "signature_der"}, kSignature);
  expect_refused({"signature_empty"}, kForm);
}
TEST(SamlAttack, KeysOfTheMessageAreNotUsed) {
  expect_refused({"stranger", "stranger_without_certificate"}, kSignature);
  EXPECT_EQ(saml_reason(sample("stranger_certificate")), Reason::none);   // beside a good signature it means nothing
}
TEST(SamlAttack, HmacAndItsLength) { expect_refused({"hmac_of_public_key", "hmac_output_length"}, kSignature); }
TEST(SamlAttack, Sha1AndOthersThatAreNotAllowed) {
  expect_refused({"sha1_signature", "sha1_digest", "sha384_digest", "ecdsa_sha512"}, kSignature);
}
TEST(SamlAttack, OtherCanonicalForms) {
  expect_refused({"inclusive_form", "exclusive_with_comments_form", "inclusive_transform", "comments_transform"}, kForm);
}
TEST(SamlAttack, XPathAndXslt) { expect_refused({"xpath_transform", "xpath_alone", "xslt_transform"}, kForm); }
TEST(SamlAttack, TransformsOtherThanTheTwo) {
  expect_refused({"enveloped_alone", "transform_thrice", "transforms_swapped", "exclusive_twice"}, kForm);
}
TEST(SamlAttack, ReferencesToOtherThings) {
  expect_refused({"two_references", "empty_uri", "reference_other", "reference_external", "reference_file", "reference_xpointer",
                  "reference_none"}, kForm);
}
TEST(SamlAttack, PartsOfASignatureTwice) {
  expect_refused({"two_signatures", "two_signed_infos", "two_signed_infos_first_forged", "signed_info_in_object", "two_values",
                  "object_beside", "signature_deeper"}, kForm);
}

std::string times(size_t count, const std::string& text) {
  std::string all;
  while (count-- > 0) all += text;
  return all;
}

TEST(SamlAttack, SmallOnesThatAskForMuch) {
  const std::string start = "<saml:Assertion xmlns:saml=\"" + std::string(kSamlAssertionSpace) + "\" ID=\"_a1\" Version=\"2.0\">";
  const std::string end = "</saml:Assertion>";
  std::string attributes = "<a", namespaces = "<a";
  for (int i = 0; i < 2000; ++i) {
    attributes += " a" + std::to_string(i) + "=''";
    namespaces += " xmlns:a" + std::to_string(i) + "='u:'";
  }
  for (const std::string& inside : {times(9000, "<a>"), times(9000, "<a/>"), attributes + "/>", namespaces + "/>",
                                    "<a xmlns:b='u:" + std::string(20'000, 'x') + "'>" + times(1500, "<b:c/>") + "</a>"})
    EXPECT_EQ(saml_reason(start + inside + end), kForm) << inside.substr(0, 20);
  EXPECT_EQ(saml_reason(start + std::string(kSamlBytesMax, ' ') + end), Reason::token_size);
}

TEST(SamlAttack, NothingIsReadButTheVerifiedOctets) {   // what reads them finds no Signature and no prefix trick in them
  const std::string& good = sample("good");
  EXPECT_FALSE(read_assertion(good).ok());              // the signed document itself is not what is read
}

TEST(SamlAttack, EveryByteOfTheSignedPartCounts) {
  const std::string& good = sample("good");
  const size_t info = good.find("<ds:SignedInfo"), key_info = good.find("<ds:KeyInfo"), end = good.find("</ds:KeyInfo>");
  ASSERT_TRUE(info != std::string::npos && key_info != std::string::npos && end != std::string::npos);
  const std::string value_end = "</ds:SignatureValue>";
  const size_t value = good.find("<ds:SignatureValue>");
  for (size_t i = 0; i < good.size(); ++i) {
    if (i >= key_info && i < end) continue;                                     // not read
    if (i > value && i < good.find(value_end) && good[i] == '\n') continue;      // a blank more or less
    for (const char c : {static_cast<char>(good[i] ^ 1), ' '}) {
      if (c == good[i]) continue;
      std::string changed = good;
      changed[i] = c;
      const auto result = verify_saml({{sample_issuer()}}, changed, kSamlNow, SamlUse::exchange);
      if (!result.ok()) continue;
      // Blanks between attributes and quotes of either kind are the same tree.
      EXPECT_TRUE(good[i] == '\n' || good[i] == ' ' || good[i] == '"' || good[i] == '\'' || good[i] == '\t') << i << good.substr(i, 20);
      EXPECT_EQ((*result)->groups.size(), 2U);
    }
  }
}

/// dear is a form whose canonical one costs elements times prefixes times namespaces before any signature is looked at.
std::string dear(size_t namespaces, size_t elements, size_t prefixes, size_t prefix_bytes) {
  const std::string method = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"";
  const auto prefix = [&](size_t i) {
    return std::string(prefix_bytes - 2, 'p') + static_cast<char>('a' + i / 26) + static_cast<char>('a' + i % 26);
  };
  std::string list, inside;
  std::vector<std::string> declared(namespaces / 25 + 1);   // an element has so many attributes at most
  for (size_t i = 0; i < prefixes; ++i) list += (list.empty() ? "" : " ") + prefix(i);
  for (size_t i = 0; i < namespaces; ++i) declared[i / 25] += " xmlns:" + prefix(i) + "=\"urn:" + std::to_string(i) + "\"";
  for (size_t i = 1; i < declared.size(); ++i) inside += "<saml:x" + declared[i] + "/>";
  for (size_t i = 0; i < elements; ++i) inside += "<saml:x/>";
  std::string out = sample("good_prefix_list");
  const size_t at = out.find(method + "/>");
  EXPECT_NE(at, std::string::npos);
  out.replace(at, method.size() + 2, method + "><ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"" +
                                         list + "\"/></ds:CanonicalizationMethod>");
  out.insert(out.find(' '), declared[0]);
  out.insert(out.rfind("</"), inside);
  return out;
}

// Nobody has to have a key for it: what could cost 100 ms is beyond the bounds.
TEST(SamlAttack, AListOfPrefixesThatIsDear) {
  EXPECT_EQ(saml_reason(dear(75, 4, 4, 16)), kForm);     // namespaces
  EXPECT_EQ(saml_reason(dear(50, 1100, 4, 16)), kForm);  // elements
  EXPECT_EQ(saml_reason(dear(50, 4, 5, 16)), kForm);     // prefixes
  EXPECT_EQ(saml_reason(dear(50, 4, 4, 17)), kForm);     // bytes of one
  EXPECT_EQ(saml_reason(dear(50, 4, 4, 16)), kSignature);
}

}  // namespace
}  // namespace gatehouse::identity
