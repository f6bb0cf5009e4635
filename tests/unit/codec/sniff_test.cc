#include "codec/sniff.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::codec {
namespace {

using namespace std::string_view_literals;

TEST(Sniff, WhatBodiesAre) {
  const std::pair<ByteView, Form> bodies[] = {
      {"", Form::empty},
      {" \r\n\t", Form::empty},
      {"\xef\xbb\xbf\n", Form::empty},
      {"{\"a\":1}", Form::json},
      {"\xef\xbb\xbf [1,\n2]\n", Form::json},
      {" \n\t{", Form::json},
      {"{\n \"a\": {}\n}\n", Form::json},
      {"\"text\"", Form::json},
      {"\"a \\\" b\"\n", Form::json},
      {"-1.5e3", Form::json},
      {"null\n", Form::json},
      {"[INFO] up\n", Form::json},                        // leans to what a service may read
      {"{\"a\":\"}\\\"\"}\n{\"b\":2}\n", Form::ndjson},
      {"{\"index\":{}}\r\n\r\n{\"a\":1}", Form::ndjson},
      {"1\n2\n", Form::ndjson},
      {"{\"a\":1}{\"b\":2}\n", Form::json},
      {"data: a\n\n", Form::event_stream},
      {"\xef\xbb\xbf:\n", Form::event_stream},
      {"\n\nevent: x\r", Form::event_stream},
      {"data\n\n", Form::event_stream},
      {"database: x\n", Form::text},
      {"data", Form::text},
      {"--B\r\nContent-Disposition: form-data", Form::multipart},
      {"\r\n--B\r\n\r\n\0\1"sv, Form::multipart},
      {"--B \r\n", Form::multipart},
      {"-- a comment\nSELECT 1", Form::text},
      {"a=1&b=%7B", Form::form_urlencoded},
      {"q=x\r\n", Form::form_urlencoded},
      {"a = b", Form::text},
      {"=x", Form::text},
      {"id,name\n1,Ann\n", Form::csv},
      {"\"id\";\"na\nme\"\n1;Ann\n", Form::csv},
      {"a,b\nc;d\n", Form::text},
      {"a,b", Form::text},
      {"Dear Ann,\nhow are you?\n", Form::text},
      {"plain text", Form::text},
      {"gr\xc3\xbc\xc3\x9f", Form::text},
      {"<?xml version=\"1.0\"?>", Form::markup},
      {"\xff\xfe{\0"sv, Form::wide_text},
      {"{\0\"\0a\0"sv, Form::wide_text},
      {"\0{\0\""sv, Form::wide_text},
      {"\0\0\0{"sv, Form::wide_text},
      {"\x1f\x8b\x08", Form::gzip},
      {"x\x9c\xcb", Form::zlib},
      {"x\x5e\xcb\x01", Form::zlib},
      {"x^2 + y^2 = z^2 is what it says, no more than that", Form::text},
      {"\x28\xb5\x2f\xfd", Form::zstd},
      {"\x50\x2a\x4d\x18", Form::zstd},
      {"PK\x03\x04", Form::zip},
      {"%PDF-1.7", Form::pdf},
      {"\x89PNG\r\n\x1a\n", Form::image},
      {"RIFF\0\0\0\0WEBPVP8 "sv, Form::image},
      {"abc\0def"sv, Form::binary},
      {"\x01\0\0\0"sv, Form::binary},
  };
  for (const auto& [body, form] : bodies) EXPECT_EQ(sniff(body), form) << body;
}

TEST(Sniff, MoreBytesThanTheBoundChangeNothing) {
  std::string body = "{\"a\":\"" + std::string(kSniffBytes, 'x');
  EXPECT_EQ(sniff(body + "\"}\n{}"), sniff(ByteView(body).substr(0, kSniffBytes)));
  EXPECT_EQ(sniff(std::string(kSniffBytes, ' ')), Form::empty);
  for (const size_t white : {kSniffBytes / 2, kSniffBytes / 2 + 1, kSniffBytes - 1, kSniffBytes, 3 * kSniffBytes}) {
    EXPECT_EQ(sniff(std::string(white, ' ') + "{}"), Form::json) << white;
    EXPECT_EQ(sniff("\xef\xbb\xbf" + std::string(white, '\n') + "[]"), Form::json) << white;
  }
}

TEST(Sniff, TypesAsServicesDeclareThem) {
  const std::pair<ByteView, Form> types[] = {
      {"application/json", Form::json}, {"Application/Problem+JSON", Form::json}, {"application/vnd.elasticsearch+x-ndjson", Form::ndjson},
      {"application/x-ndjson", Form::ndjson}, {"text/event-stream", Form::event_stream}, {"text/csv", Form::csv}, {"text/plain", Form::text},
      {"multipart/form-data", Form::multipart}, {"multipart/mixed", Form::multipart}, {"application/octet-stream", Form::unknown}, {"", Form::unknown},
      {"+json", Form::unknown}, {"text/markdown", Form::text}, {"application/x-www-form-urlencoded", Form::form_urlencoded},
      {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", Form::zip}, {"image/svg+xml", Form::markup}, {"image/png", Form::image}};
  for (const auto& [type, form] : types) EXPECT_EQ(form_of_type(type), form) << type;
}

TEST(Sniff, AWrongTypeCannotHideABody) {
  for (const Form hidden : {Form::json, Form::ndjson, Form::event_stream, Form::multipart, Form::form_urlencoded, Form::wide_text, Form::gzip})
    for (size_t i = 0; i < kForms; ++i) {
      const Form declared = static_cast<Form>(i);
      const bool same = declared == hidden || (declared == Form::ndjson && hidden == Form::json);
      EXPECT_EQ(agrees(declared, hidden), same) << i << " " << static_cast<int>(hidden);
    }
  EXPECT_FALSE(agrees(Form::json, Form::text));        // no JSON: malformed for one, read by line for another
  EXPECT_FALSE(agrees(Form::unknown, Form::text));
  EXPECT_TRUE(agrees(Form::unknown, Form::pdf));
  EXPECT_TRUE(agrees(Form::text, Form::csv));
  for (size_t i = 0; i < kForms; ++i) EXPECT_TRUE(agrees(static_cast<Form>(i), Form::empty));
}

}  // namespace
}  // namespace gatehouse::codec
