#include "http/media_type.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::http {
namespace {

using namespace std::string_literals;

TEST(MediaType, TypesAreCutAndNamed) {
  EXPECT_EQ(media_type(" application/json ; charset=utf-8"), "application/json");
  EXPECT_EQ(media_type("text/plain"), "text/plain");
  EXPECT_EQ(media_type(""), "");
  EXPECT_TRUE(is_json_type("Application/JSON"));
  EXPECT_TRUE(is_json_type("application/vnd.x+JSON"));
  EXPECT_FALSE(is_json_type("application/jsonp"));
  EXPECT_FALSE(is_json_type("application/+json"));
  EXPECT_FALSE(is_json_type("+json"));
  EXPECT_FALSE(is_json_type("text/json, x/y+json"));
  EXPECT_FALSE(is_json_type("application/x-ndjson"));
}

TEST(MediaType, WhatEveryReaderTakesForJsonInUtf8) {
  for (const char* value : {
           "application/json", "Application/Json", " application/json ", "application/json;", "application/json;;",
           "application/json; charset=utf-8", "application/json;charset=UTF-8", "application/json ; Charset=\"utf-8\"",
           "application/json\t;\tcharset=Utf-8\t", "application/vnd.a+json; v=\"1;charset=x\"; charset=utf-8",
           "application/json; v=\"a\\\"; charset=utf-7\"", "application/json; q=\"\"", "application/json; xcharset=utf-7",
       })
    EXPECT_TRUE(is_json_in_utf8(value)) << value;
}

// Each is read as another charset than UTF-8 by some library, or as nothing that the grammar knows.
TEST(MediaType, WhatSomeReaderTakesForSomethingElse) {
  for (const std::string& value : {
           ""s, "text/plain"s, "application/json, text/plain"s, "application/json text/plain"s, "json"s, "/json"s,
           "application/json; charset=utf-7"s, "application/json; charset=utf-16"s, "application/json; charset=latin1"s,
           "application/json; charset =utf-7"s, "application/json; charset =utf-8"s, "application/json; charset\t=utf-7"s,
           "application/json; charset= utf-7"s, "application/json; charset= utf-8"s, "application/json; charset"s,
           "application/json; charset="s, "application/json; charset=\"\""s, "application/json; charset*=utf-8''utf-7"s,
           "application/json; charset*0=utf-7"s, "application/json; charset*0*=utf-7; charset=utf-8"s,
           "application/json; charset.=utf-7"s, "application/json; charset=utf-8; charset=utf-7"s,
           "application/json; charset=utf-8; charset=utf-8"s, "application/json; charset=\"utf\\-8\""s,
           "application/json; charset=\"utf-7"s, "application/json; charset='utf-8'"s, "application/json; charset=utf-8,x"s,
           "application/json;\xc2\xa0""charset=utf-7"s, "application/json; \xa0""charset=utf-7"s, "application/json; charset=utf-7\xa0"s,
           "application/json;\vcharset=utf-7"s, "application/json; charset=utf-8 charset=utf-7"s, "application/json charset=utf-7"s,
           "application/json; v=\"a\"charset=utf-7"s, "application/json; v=\"\xe2\x80\x9c\"; charset=utf-8"s,
           "application/json; v=\"\x01\""s, "application/json; v=\"\\"s, "application/json; =utf-7"s, "application/json; v=a=b"s,
           "application/json; charset=utf-8;\0charset=utf-7"s,
       })
    EXPECT_FALSE(is_json_in_utf8(value)) << value;
}

TEST(MediaType, ParametersComeOneByOne) {
  const std::string text = " ; a=b;c=\"d \\\" e\" ;; f=\"\"";
  ParameterWalk walk(text);
  ParameterWalk::Parameter got;
  ASSERT_EQ(walk.next(&got), ParameterWalk::Step::parameter);
  EXPECT_TRUE(got.name == "a" && got.value == "b" && !got.escaped);
  ASSERT_EQ(walk.next(&got), ParameterWalk::Step::parameter);
  EXPECT_TRUE(got.name == "c" && got.value == "d \\\" e" && got.escaped);
  ASSERT_EQ(walk.next(&got), ParameterWalk::Step::parameter);
  EXPECT_TRUE(got.name == "f" && got.value.empty() && !got.escaped);
  EXPECT_EQ(walk.next(&got), ParameterWalk::Step::end);
  EXPECT_EQ(walk.next(&got), ParameterWalk::Step::end);
  ParameterWalk wrong("; a b=c; d=e");
  EXPECT_EQ(wrong.next(&got), ParameterWalk::Step::broken);
  EXPECT_EQ(wrong.next(&got), ParameterWalk::Step::broken);
}

TEST(MediaType, ABoundaryThatTwoReadersTakeForTwoIsNone) {
  EXPECT_EQ(boundary_of("multipart/mixed; a=b; Boundary=\"B c\""), "B c");
  EXPECT_EQ(boundary_of("multipart/mixed"), "");
  for (const std::string more : {"; boundary=C", "; boundary*=C", "; boundary*0=C", "; a b", "; c=\""})
    EXPECT_FALSE(boundary_of("multipart/mixed; boundary=B" + more)) << more;
  EXPECT_FALSE(boundary_of("multipart/mixed; boundary=\"B\\C\""));
  EXPECT_FALSE(boundary_of("multipart/mixed; boundary=\"\"; boundary=B"));
}

}  // namespace
}  // namespace gatehouse::http
