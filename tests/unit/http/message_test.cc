#include "http/message.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "http/byte_class.h"
#include "http/field_name.h"

namespace gatehouse::http {
namespace {

TEST(Message, EveryKnownNameHasItsIdInAnyCase) {
  for (size_t i = 1; i < kFieldNames.size(); ++i) {
    std::string name(kFieldNames[i]);
    EXPECT_EQ(field_id(name), static_cast<FieldId>(i)) << name;
    for (size_t k = 0; k < name.size(); k += 2) name[k] = static_cast<char>(std::toupper(name[k]));
    EXPECT_EQ(field_id(name), static_cast<FieldId>(i)) << name;
    for (const std::string& other : {name + "x", "x" + name, name.substr(1), name.substr(0, name.size() - 1)})
      EXPECT_EQ(field_id(other), FieldId::other) << other;
    for (size_t k = 0; k < name.size(); ++k) {
      std::string changed = name;
      changed[k] = static_cast<char>(changed[k] ^ 0x80);
      EXPECT_EQ(field_id(changed), FieldId::other) << changed;
      changed[k] = name[k] == '-' ? '\r' : '!';  // '\r' is '-' without the bit that makes letters small
      EXPECT_EQ(field_id(changed), FieldId::other) << changed;
    }
  }
  EXPECT_EQ(field_id(""), FieldId::other);
  EXPECT_EQ(field_id("te"), FieldId::te);
}

TEST(Message, CaseIsIgnoredForLettersOnly) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const auto lower = [](int c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
      for (const size_t size : {size_t{1}, size_t{8}, size_t{11}}) {
        std::string left(size, 'x'), right(size, 'X');
        left[size - 1] = static_cast<char>(a);
        right[size - 1] = static_cast<char>(b);
        ASSERT_EQ(equals_ignore_case(left, right), lower(a) == lower(b)) << a << ' ' << b;
      }
    }
  }
  EXPECT_TRUE(equals_ignore_case("", ""));
  EXPECT_FALSE(equals_ignore_case("a", "ab"));
}

TEST(Message, Lists) {
  EXPECT_TRUE(list_contains("close", "CLOSE"));
  EXPECT_TRUE(list_contains("a , b\t,close", "close"));
  EXPECT_FALSE(list_contains("closed, xclose", "close"));
  EXPECT_FALSE(list_contains("", "close"));
  EXPECT_FALSE(list_contains(",,", ""));
}

TEST(Message, Tokens) {
  EXPECT_TRUE(is_token("a-Z!~"));
  EXPECT_FALSE(is_token(""));
  EXPECT_FALSE(is_token("a b"));
  EXPECT_FALSE(is_token("a:"));
  EXPECT_FALSE(is_token("\xc3\xa9"));
}

TEST(Message, FieldsAreFoundById) {
  FieldList fields;
  fields.items[0] = {"A", "1", FieldId::other};
  fields.items[1] = {"Via", "x", FieldId::via};
  fields.items[2] = {"via", "y", FieldId::via};
  fields.count = 3;
  EXPECT_EQ(fields.find(FieldId::via)->value, "x");
  EXPECT_EQ(fields.find(FieldId::host), nullptr);
  EXPECT_EQ(fields.count_of(FieldId::via), 2u);
}

TEST(Message, HopByHopFields) {
  for (const ByteView name :
       {"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE",
        "Trailer", "Transfer-Encoding", "Upgrade", "HTTP2-Settings"})
    EXPECT_TRUE(is_hop_by_hop({name, "", field_id(name)})) << name;
  for (const ByteView name :
       {"Host", "Content-Length", "Authorization", "Via", "X-Anything", "Cookie", "Expect"})
    EXPECT_FALSE(is_hop_by_hop({name, "", field_id(name)})) << name;
}

TEST(Message, ConnectionNamesFurtherFields) {
  FieldList fields;
  fields.items[0] = {"Connection", "close, X-Mine", FieldId::connection};
  fields.items[1] = {"X-Other", "X-Not", FieldId::other};
  fields.items[2] = {"connection", "x-second", FieldId::connection};
  fields.count = 3;
  EXPECT_TRUE(connection_lists(fields, "x-mine"));
  EXPECT_TRUE(connection_lists(fields, "X-SECOND"));
  EXPECT_FALSE(connection_lists(fields, "X-Not"));
  EXPECT_FALSE(connection_lists(fields, "X-Min"));
}

TEST(ByteClasses, TheFastMasksEqualTheTable) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    const size_t size = random() % (ByteMasks::kBytes + 1);
    std::string bytes(size, 'a');
    for (char& c : bytes) c = static_cast<char>(random());
    // Exactly sized heap memory: a read past the end is seen by the address sanitizer.
    const std::vector<char> exact(bytes.begin(), bytes.end());
    const ByteView view{exact.data(), exact.size()};
    ByteMasks fast, slow;
    classify(view, fast);
    classify_portable(view, slow);
    for (size_t block = 0; block * 64 < size; ++block) {
      ASSERT_EQ(fast.not_token[block], slow.not_token[block]);
      ASSERT_EQ(fast.not_value[block], slow.not_value[block]);
    }
  }
}

// Every byte at every place of runs on both sides of one, two and three words, and bytes by chance.
TEST(ByteClasses, WholeRunsAreWhatTheTableSays) {
  const auto same = [](const std::string& text) {
    const std::vector<char> exact(text.begin(), text.end());
    const ByteView view{exact.data(), exact.size()};
    return all_token(view) == all_in(view, kToken) && all_value(view) == all_in(view, kValue);
  };
  for (size_t size = 0; size < 51; ++size)
    for (size_t at = 0; at < size; ++at)
      for (int c = 0; c < 256; ++c)
        for (const char around : {'a', '-', '~', '\t', '\xe9'}) {
          std::string text(size, around);
          text[at] = static_cast<char>(c);
          ASSERT_TRUE(same(text)) << size << " bytes, " << c << " at " << at;
        }
  std::mt19937 random(3);
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 40, 'a');
    const unsigned strange = random() % 3;
    for (char& c : text) c = static_cast<char>(strange == 0 ? random() : strange == 1 ? '-' + random() % 80 : 0x20 + random() % 0x60);
    ASSERT_TRUE(same(text)) << text;
  }
}

TEST(ByteClasses, RunsEndWhereTheTableSays) {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    std::string bytes(1 + random() % 3000, 'a');
    for (size_t i = 0; i < bytes.size(); ++i)
      if (random() % 97 == 0) bytes[i] = static_cast<char>(random());
    RunFinder runs(bytes, 0);
    for (size_t at = 0; at <= bytes.size();) {
      const auto slow = [&](uint8_t set) {
        size_t end = at;
        while (end < bytes.size() && is_in(bytes[end], set)) ++end;
        return end;
      };
      const size_t end = slow(kToken);
      ASSERT_EQ(runs.token_end(at), end);
      at = end;
      ASSERT_EQ(runs.value_end(at), slow(kValue));
      at = slow(kValue);
      ASSERT_EQ(graph_end(bytes, at), slow(kGraph));
      at = slow(kGraph) + 1;
    }
  }
}

}  // namespace
}  // namespace gatehouse::http
