#include "proxy/token_request.h"

#include <gtest/gtest.h>

#include "codec/base64url.h"
#include "http/h1_parser.h"

namespace gatehouse::proxy {
namespace {

const std::string kGrant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Asaml2-bearer";

/// says is the assertion, or the error's name in brackets.
std::string says(const std::string& body) {
  const auto read = read_token_request(body);
  return read.ok() ? *read : "(" + std::string(token_error_name(read.error())) + ")";
}

bool head_is_good(const std::string& fields, const std::string& target = "/oauth/token") {
  http::RequestHead head;
  http::HeadScan scan;
  const std::string text = "POST " + target + " HTTP/1.1\r\nHost: gate\r\n" + fields + "Content-Length: 3\r\n\r\n";
  EXPECT_EQ(http::parse_request_head(text, Limits{}, scan, head).status, http::ParseStatus::complete) << text;
  return is_token_head(head);
}

TEST(TokenRequest, HeadIsAFormAndNothingElse) {
  const std::string form = "Content-Type: application/x-www-form-urlencoded\r\n";
  EXPECT_TRUE(head_is_good(form));
  EXPECT_TRUE(head_is_good("Content-Type: Application/X-WWW-Form-Urlencoded ; charset=\"UTF-8\"\r\n"));
  EXPECT_FALSE(head_is_good(""));
  EXPECT_FALSE(head_is_good("Content-Type: application/json\r\n"));
  EXPECT_FALSE(head_is_good("Content-Type: application/samlassertion+xml\r\n"));
  EXPECT_FALSE(head_is_good("Content-Type: application/x-www-form-urlencoded; charset=utf-16\r\n"));
  EXPECT_FALSE(head_is_good(form + form));
  EXPECT_FALSE(head_is_good(form + "Content-Encoding: gzip\r\n"));
  EXPECT_FALSE(head_is_good(form + "Content-Encoding: \r\n"));
  EXPECT_FALSE(head_is_good(form, "/oauth/token?"));
  EXPECT_FALSE(head_is_good(form, "/oauth/token?assertion=x"));
}

TEST(TokenRequest, GivesTheAssertion) {
  EXPECT_EQ(says(kGrant + "&assertion=abc_-"), "abc_-");
  EXPECT_EQ(says("assertion=abc%3D&x=1&client_id=me&scope=&" + kGrant), "abc=");
  EXPECT_EQ(says("grant_type=urn:ietf:params:oauth:grant-type:saml2-bearer&%61ssertion=abc"), "abc");
}

TEST(TokenRequest, RefusesWithTheNameThatClientsKnow) {
  EXPECT_EQ(says(""), "(invalid_request)");
  EXPECT_EQ(says("assertion=abc"), "(invalid_request)");
  EXPECT_EQ(says(kGrant), "(invalid_request)");
  EXPECT_EQ(says(kGrant + "&assertion="), "(invalid_request)");
  EXPECT_EQ(says("grant_type=client_credentials&assertion=abc"), "(unsupported_grant_type)");
  EXPECT_EQ(says("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=abc"), "(unsupported_grant_type)");
  EXPECT_EQ(says(kGrant + "&assertion=abc&scope=all"), "(invalid_scope)");
  EXPECT_EQ(says(kGrant + "&assertion=abc&client_secret=s"), "(invalid_client)");
  EXPECT_EQ(says(kGrant + "&assertion=abc&client_assertion=s&client_assertion_type=t"), "(invalid_client)");
  EXPECT_EQ(says(R"({"grant_type":"x"})"), "(invalid_request)");
}

TEST(TokenRequest, NothingThatTwoReadersWouldReadAsTwo) {
  EXPECT_EQ(says(kGrant + "&assertion=abc&assertion=def"), "(invalid_request)");
  EXPECT_EQ(says(kGrant + "&assertion=abc&assertion=abc"), "(invalid_request)");
  EXPECT_EQ(says(kGrant + "&assertion=abc&%61ssertion="), "(invalid_request)");
  EXPECT_EQ(says(kGrant + "&" + kGrant + "&assertion=abc"), "(invalid_request)");
  EXPECT_EQ(says(kGrant + "&assertion=abc&scope=&scope="), "(invalid_request)");
  EXPECT_EQ(says(kGrant + "&assertion=a%2"), "(invalid_request)");
  EXPECT_EQ(says(kGrant + "&assertion=a%ff"), "(invalid_request)");
  EXPECT_EQ(says(kGrant + "&assertion=abc;assertion=def"), "abc;assertion=def");   // which is no base64url
  std::string many = kGrant + "&assertion=abc";
  for (int i = 0; i < 62; ++i) many += "&x=1";
  EXPECT_EQ(says(many), "abc");
  EXPECT_EQ(says(many + "&x=1"), "(invalid_request)");
}

TEST(TokenRequest, AssertionsAreBase64UrlWithOrWithoutPadding) {
  const auto text = [](ByteView sent) {
    const auto bytes = decode_assertion(sent);
    return bytes.ok() ? *bytes : "(" + std::string(reason_name(bytes.error())) + ")";
  };
  for (const std::string plain : {"<a/>", "<ab/>", "<abc/>", "\xff\xfe\xfb?>~"}) {
    std::string sent = codec::encode_base64url(plain);
    EXPECT_EQ(text(sent), plain);
    const std::string padding((4 - sent.size() % 4) % 4, '=');
    EXPECT_EQ(text(sent + padding), plain);
    EXPECT_EQ(text(sent + padding + "="), "(saml_malformed)");
    EXPECT_EQ(text(sent + padding + "===="), "(saml_malformed)");
    EXPECT_EQ(text(" " + sent), "(saml_malformed)");
    EXPECT_EQ(text(sent + "\n"), "(saml_malformed)");
  }
  EXPECT_EQ(text("PGE_"), "<a?");
  EXPECT_EQ(text("PGE/"), "(saml_malformed)");   // the other alphabet
  EXPECT_EQ(text("PGE+"), "(saml_malformed)");
  EXPECT_EQ(text("PGE"), "<a");
  EXPECT_EQ(text("PGF"), "(saml_malformed)");    // bits that say nothing
  EXPECT_EQ(text("P"), "(saml_malformed)");
  EXPECT_EQ(text(std::string(kAssertionTextMax, 'A')).size(), kAssertionTextMax / 4 * 3);
  EXPECT_EQ(text(std::string(kAssertionTextMax + 1, 'A')), "(token_size)");
}

TEST(TokenRequest, EveryReasonHasAnErrorThatClientsKnow) {
  EXPECT_EQ(token_error_of(Reason::saml_replayed), TokenError::invalid_grant);
  EXPECT_EQ(token_error_of(Reason::token_revoked), TokenError::invalid_grant);
  EXPECT_EQ(token_error_of(Reason::token_two_sources), TokenError::invalid_request);
  EXPECT_EQ(token_error_of(Reason::saml_busy), TokenError::temporarily_unavailable);
  EXPECT_EQ(token_error_of(Reason::token_failures), TokenError::temporarily_unavailable);
  EXPECT_EQ(token_error_of(Reason::gateway_internal), TokenError::server_error);
  EXPECT_EQ(token_error_of(Reason::limit_request_bytes), TokenError::invalid_request);
}

}  // namespace
}  // namespace gatehouse::proxy
