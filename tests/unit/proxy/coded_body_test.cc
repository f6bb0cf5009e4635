#include "proxy/coded_body.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/assert.h"
#include "tests/support/coded.h"

namespace gatehouse::proxy {
namespace {

using codec::Coding;
using codec::Codings;
using codec::Status;
using testing::coded;

constexpr Coding kReal[] = {Coding::gzip, Coding::deflate, Coding::br, Coding::zstd};

std::vector<Codings> single_and_doubled() {
  std::vector<Codings> all;
  for (const Coding first : kReal) {
    all.push_back({{first, Coding::identity}, 1});
    for (const Coding second : kReal) all.push_back({{first, second}, 2});
  }
  return all;
}

std::string prose(size_t size) {
  std::string text;
  for (size_t n = 0; text.size() < size; ++n) text += "{\"n\":" + std::to_string(n * 7919) + ",\"text\":\"some words\"}\n";
  text.resize(size);
  return text;
}

struct Came {
  Status status = Status::ok;
  std::string content;
  bool operator==(const Came&) const = default;
};

/// pass plays the exchange: pieces of `each` bytes go by, the first of `first`; what comes out is taken at once.
Came pass(CodedBody& body, const Codings& codings, ByteView bytes, size_t each, size_t first = 0, uint64_t max_bytes = UINT64_MAX) {
  body.start(codings, max_bytes);
  Came came;
  for (size_t at = 0; at < bytes.size();) {
    const ByteView piece = bytes.substr(at, at == 0 && first != 0 ? first : each);
    body.taken = 0;
    while (!body.is_through(piece)) {
      if (body.held == 0) {
        body.decode(piece);
        continue;
      }
      came.content.append(body.room, body.held);
      body.content += body.held;
      body.held = 0;
    }
    at += piece.size();
  }
  EXPECT_EQ(body.content, came.content.size());
  came.status = body.status == Status::ok ? body.decoder.finish() : body.status;
  return came;
}

struct Pooled {
  Pooled() {
    pool.set_limit(1);
    body = pool.take();
  }
  ~Pooled() { pool.give_back(body); }
  CodedBodyPool pool;
  CodedBody* body = nullptr;
};

TEST(CodedBody, ContentIsTheSameForEverySplitOfEveryCoding) {
  Pooled with;
  const std::string text = prose(300);
  for (const Codings& codings : single_and_doubled()) {
    const std::string bytes = coded(codings, text);
    const Came whole{Status::done, text};
    for (size_t first = 1; first < bytes.size(); ++first)
      ASSERT_EQ(pass(*with.body, codings, bytes, bytes.size(), first), whole) << codec::coding_name(codings.applied[0]) << first;
    ASSERT_EQ(pass(*with.body, codings, bytes, 1), whole);
  }
}

TEST(CodedBody, LongContentComesInManyRooms) {
  Pooled with;
  for (const size_t size : {CodedBody::kRoom - 1, CodedBody::kRoom, CodedBody::kRoom + 1, 5 * CodedBody::kRoom, size_t{700'001}}) {
    const std::string text = prose(size);
    for (const Codings& codings : single_and_doubled())
      ASSERT_EQ(pass(*with.body, codings, coded(codings, text), kBlockBytes), (Came{Status::done, text})) << size;
  }
}

TEST(CodedBody, WhereABodyIsCutItIsTruncatedAndNothingIsMadeUp) {
  Pooled with;
  const std::string text = prose(400);
  for (const Codings& codings : single_and_doubled()) {
    const std::string bytes = coded(codings, text);
    for (size_t end = 1; end < bytes.size(); ++end) {
      const Came came = pass(*with.body, codings, ByteView(bytes).substr(0, end), 64);
      ASSERT_EQ(came.status, Status::truncated) << end << " of " << bytes.size();
      ASSERT_TRUE(text.starts_with(came.content)) << end;
    }
  }
}

TEST(CodedBody, MembersOfGzipAreOneContentAndWhatFollowsThemIsMalformed) {
  Pooled with;
  const Codings gzip{{Coding::gzip, Coding::identity}, 1};
  const std::string two = coded(Coding::gzip, "the first, ") + coded(Coding::gzip, "") + coded(Coding::gzip, "the second");
  for (size_t each = 1; each <= two.size(); ++each) {
    ASSERT_EQ(pass(*with.body, gzip, two, each), (Came{Status::done, "the first, the second"})) << each;
    const Came came = pass(*with.body, gzip, two + "{\"password\":\"hunter2\"}", each);
    ASSERT_EQ(came.status, Status::malformed);
    ASSERT_TRUE(ByteView("the first, the second").starts_with(came.content)) << "what is behind it does not come out";
  }
}

TEST(CodedBody, ABombEndsAtItsRatioAndALongOneAtItsBytes) {
  Pooled with;
  const std::string zeros(20 << 20, '\0');
  for (const Coding coding : kReal) {
    const Codings codings{{coding, Coding::identity}, 1};
    const std::string bytes = coded(coding, zeros);
    const Came came = pass(*with.body, codings, bytes, kBlockBytes);
    EXPECT_EQ(came.status, Status::bomb);
    EXPECT_LE(came.content.size(), 100 * (bytes.size() + 4096));
    const Codings twice{{coding, coding}, 2};
    const std::string again = coded(twice, zeros);
    const Came inner = pass(*with.body, twice, again, kBlockBytes);
    EXPECT_EQ(inner.status, Status::bomb);
    EXPECT_LE(inner.content.size(), 100 * (again.size() + 4096));
    for (const size_t each : {size_t{1}, size_t{100}, kBlockBytes}) {
      const Came longer = pass(*with.body, codings, coded(coding, prose(50'000)), each, 0, 10'000);
      EXPECT_EQ(longer.status, Status::too_large);
      EXPECT_LE(longer.content.size(), 10'000u);
    }
  }
}

TEST(CodedBody, ABodyAfterABrokenOneIsAsIfNothingHadBeen) {
  Pooled with;
  const std::string text = prose(100'000);
  for (const Codings& before : single_and_doubled()) {
    EXPECT_EQ(pass(*with.body, before, "this is in no coding at all", 5).status == Status::done, false);
    const Codings codings{{Coding::gzip, Coding::identity}, 1};
    ASSERT_EQ(pass(*with.body, codings, coded(codings, text), kBlockBytes), (Came{Status::done, text}));
  }
}

TEST(CodedBodyPool, LendsNoMoreThanItsLimitAndKeepsNoLargeWindow) {
  CodedBodyPool pool;
  EXPECT_EQ(pool.take(), nullptr);
  pool.set_limit(2);
  CodedBody* const first = pool.take();
  CodedBody* const second = pool.take();
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(pool.take(), nullptr);
  first->start({{Coding::gzip, Coding::deflate}, 2}, 1000);
  EXPECT_FALSE(first->heavy);
  for (const Coding coding : {Coding::br, Coding::zstd})
    for (const bool inside : {false, true}) {
      second->start({{inside ? coding : Coding::gzip, inside ? Coding::gzip : coding}, 2}, 1000);
      EXPECT_TRUE(second->heavy);
    }
  pool.set_limit(1);   // lowered by a reload: nobody new until as many have left
  pool.give_back(second);
  EXPECT_EQ(pool.take(), nullptr);
  pool.give_back(first);
  EXPECT_EQ(pool.lent(), 0u);
  EXPECT_EQ(pool.take(), first) << "it is kept";
  pool.give_back(first);
}

TEST(CodedBody, WhyItDoesNotComeOutHasAName) {
  EXPECT_EQ(undecoded_name(Status::done), "");
  EXPECT_EQ(undecoded_name(Status::ok), "");
  EXPECT_EQ(undecoded_name(Status::memory), "memory");
  EXPECT_EQ(undecoded_name(Status::too_large), "too_large");
}

}  // namespace
}  // namespace gatehouse::proxy
