#include "proxy/refusal.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/h1_parser.h"
#include "simdjson.h"

namespace gatehouse::proxy {
namespace {

using config::RefusalShape;

constexpr Reason kAll[] = {
#define EACH(name, code, http_status, text) Reason::name,
    GATEHOUSE_REASONS(EACH)
#undef EACH
};

ExchangeId an_id() {
  ExchangeIdSource source(7);
  return source.next(1'700'000'000'000'000'000);
}

/// The members of a JSON answer that a caller looks at.
struct Shown {
  std::string detail, title, reason, exchange, limit, limit_text;
  int64_t code = -1, status = -1, limit_number = -1;
};

Shown read_json(ByteView body) {
  simdjson::dom::parser parser;
  const simdjson::padded_string text{std::string(body)};
  simdjson::dom::element document;
  EXPECT_EQ(parser.parse(text).get(document), simdjson::SUCCESS) << body;
  Shown told;
  const auto string_of = [&](const char* key, std::string* out) {
    std::string_view value;
    if (document[key].get(value) == simdjson::SUCCESS) *out = value;
  };
  string_of("detail", &told.detail);
  string_of("title", &told.title);
  string_of("reason", &told.reason);
  string_of("exchange_id", &told.exchange);
  string_of("limit", &told.limit);
  string_of("limit_value", &told.limit_text);
  const auto number_of = [&](const char* key, int64_t* out) {
    int64_t value;
    if (document[key].get(value) == simdjson::SUCCESS) *out = value;
  };
  number_of("limit_value", &told.limit_number);
  number_of("code", &told.code);
  number_of("status", &told.status);
  return told;
}

/// The key of the configuration that a reason's text names; empty when it names none.
std::string key_in(ByteView text) {
  for (const ByteView table : {"limits.", "deadlines.", "records."})
    if (const size_t at = text.find(table); at != ByteView::npos)
      return std::string(text.substr(at, text.find_first_of(" :,", at) - at));
  return {};
}

TEST(Refusal, EveryReasonIsToldInEveryShape) {
  Arena arena;
  const ExchangeId id = an_id();
  for (const Reason reason : kAll) {
    const Bound bound = bound_of(reason, OriginWait::answer, Limits{}, Deadlines{});
    const auto body = [&](RefusalShape shape) { return refusal_body({reason, id, bound, shape, true}, arena); };
    const Shown detail = read_json(body(RefusalShape::detail));
    EXPECT_EQ(detail.detail, reason_text(reason));
    EXPECT_EQ(detail.status, -1);
    const Shown problem = read_json(body(RefusalShape::problem));
    EXPECT_EQ(problem.title, reason_text(reason));
    EXPECT_EQ(problem.status, reason_status(reason));
    for (const Shown& told : {detail, problem}) {
      EXPECT_EQ(told.reason, reason_name(reason));
      EXPECT_EQ(told.code, static_cast<int64_t>(reason));
      EXPECT_EQ(told.exchange, exchange_id_text(id));
      EXPECT_EQ(told.limit, bound.key);
    }
    const std::string plain(body(RefusalShape::plain));
    EXPECT_EQ(plain.find(reason_text(reason)), 0U);
    EXPECT_NE(plain.find("reason: " + std::string(reason_name(reason)) + " ("), std::string::npos);
    EXPECT_NE(plain.find("exchange: " + exchange_id_text(id) + "\n"), std::string::npos);
    EXPECT_EQ(plain.find("limit: ") != std::string::npos, !bound.key.empty());
  }
}

TEST(Refusal, AReasonWhoseTextNamesAKeyTellsThatKey) {
  int named = 0;
  for (const Reason reason : kAll) {
    const std::string key = key_in(reason_text(reason));
    if (key.empty() || reason_status(reason) == 0) continue;
    ++named;
    EXPECT_EQ(bound_of(reason, OriginWait::answer, Limits{}, Deadlines{}).key, key) << reason_name(reason);
  }
  EXPECT_GE(named, 8);
}

TEST(Refusal, TheBoundIsToldAsTheConfigurationWritesIt) {
  Arena arena;
  Limits limits;
  limits.inspect_bytes = 64 * 1024;
  limits.head_fields = 32;
  Deadlines deadlines;
  deadlines.connect = 250 * kNsPerMs;
  const auto told = [&](Reason reason, OriginWait wait) {
    const Bound bound = bound_of(reason, wait, limits, deadlines);
    return read_json(refusal_body({reason, an_id(), bound, RefusalShape::problem, false}, arena));
  };
  EXPECT_EQ(told(Reason::limit_body_bytes, OriginWait::answer).limit, "limits.inspect_bytes");
  EXPECT_EQ(told(Reason::limit_body_bytes, OriginWait::answer).limit_text, "64KiB");
  EXPECT_EQ(told(Reason::mask_too_large, OriginWait::answer).limit_text, "64KiB");
  EXPECT_EQ(told(Reason::limit_head_fields, OriginWait::answer).limit_number, 32);
  EXPECT_EQ(told(Reason::origin_timeout, OriginWait::connection).limit, "deadlines.connect");
  EXPECT_EQ(told(Reason::origin_timeout, OriginWait::connection).limit_text, "250ms");
  EXPECT_EQ(told(Reason::origin_timeout, OriginWait::progress).limit, "deadlines.progress");
  EXPECT_EQ(told(Reason::policy_denied, OriginWait::answer).limit, "");
}

TEST(Refusal, HeadsAreWellFormedAndSayTheType) {
  Arena arena;
  const struct {
    RefusalShape shape;
    ByteView type;
  } kShapes[] = {{RefusalShape::detail, "application/json"},
                 {RefusalShape::plain, "text/plain; charset=utf-8"},
                 {RefusalShape::problem, "application/problem+json"}};
  http::ResponseHead head;
  for (const auto& [shape, type] : kShapes)
    for (const Reason reason : kAll) {
      if (reason_status(reason) == 0) continue;
      const ByteView bytes = refusal_head({reason, an_id(), {}, shape, false}, 123, arena);
      http::HeadScan scan;
      ASSERT_EQ(http::parse_response_head(bytes, "GET", Limits{}, scan, head).status, http::ParseStatus::complete);
      EXPECT_EQ(head.status, reason_status(reason));
      EXPECT_EQ(head.content_length, 123U);
      EXPECT_EQ(head.fields.find(http::FieldId::content_type)->value, type);
      EXPECT_EQ(head.fields.find(http::FieldId::www_authenticate) != nullptr, head.status == 401 || reason == Reason::token_two_sources);
      EXPECT_FALSE(head.keep_alive);
    }
}

}  // namespace
}  // namespace gatehouse::proxy
