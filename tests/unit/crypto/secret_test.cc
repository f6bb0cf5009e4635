#include "crypto/secret.h"

#include <gtest/gtest.h>

#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace gatehouse::crypto {

using namespace std::string_view_literals;
namespace {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, ByteView>);
static_assert(!std::is_convertible_v<ByteView, Secret>);

template <typename T, typename = void>
struct Prints : std::false_type {};
template <typename T>
struct Prints<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<T>())>>
    : std::true_type {};
static_assert(!Prints<Secret>::value);

TEST(Secret, LendsItsBytesAndComparesThem) {
  const Secret secret("s3cr\0t"sv);
  EXPECT_EQ(secret.reveal(), "s3cr\0t"sv);
  EXPECT_TRUE(secret.equals("s3cr\0t"sv));
  EXPECT_FALSE(secret.equals("s3cr\0T"sv));
  EXPECT_FALSE(secret.equals("s3cr"));
  EXPECT_FALSE(secret.equals(""));
  EXPECT_TRUE(Secret().empty());
  EXPECT_TRUE(Secret().equals(""));
}

TEST(Secret, CopyIsExplicitAndIndependent) {
  Secret first("topsecret");
  const Secret second = first.copy();
  first = Secret("other");
  EXPECT_EQ(second.reveal(), "topsecret");
  EXPECT_EQ(first.reveal(), "other");
}

TEST(Secret, MoveLeavesNothingBehind) {
  for (const ByteView value : {"short"sv, "long enough to live on the heap, not in place"sv}) {
    Secret from(value);
    const Secret to(std::move(from));
    EXPECT_EQ(to.reveal(), value);
    EXPECT_TRUE(from.empty());
    const ByteView whole(reinterpret_cast<const char*>(&from), sizeof from);
    EXPECT_EQ(whole.find(value.substr(1, 4)), ByteView::npos);
  }
  Secret self("self");
  Secret& alias = self;
  self = std::move(alias);
  EXPECT_EQ(self.reveal(), "self");
}

// The storage outlives the object here, so what the destructor leaves can be looked at.
TEST(Secret, DestructionWipes) {
  alignas(Secret) unsigned char storage[sizeof(Secret)];
  Secret* secret = new (storage) Secret("in place");
  ASSERT_NE(ByteView(reinterpret_cast<char*>(storage), sizeof storage).find("in place"), ByteView::npos);
  secret->~Secret();
  volatile unsigned char* seen = storage;
  unsigned char copy[sizeof storage];
  for (size_t i = 0; i < sizeof storage; ++i) copy[i] = seen[i];
  EXPECT_EQ(ByteView(reinterpret_cast<char*>(copy), sizeof copy).find("n pla"), ByteView::npos);
}

}  // namespace
}  // namespace gatehouse::crypto
