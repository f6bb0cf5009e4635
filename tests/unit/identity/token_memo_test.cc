// The credential of the request before.
#include "identity/token_memo.h"

#include <gtest/gtest.h>

#include "token_world.h"

namespace gatehouse::identity {
namespace {

const IdentityRef& someone() {
  static const IdentityRef made = verify_jwt(World::get().issuers(), good_token(), kNow).value();
  return made;
}

TEST(TokenMemo, FindsTheSameFieldInTheSamePlaceAlone) {
  TokenMemo memo;
  const TokenMemo::Place place{3, 1};
  EXPECT_EQ(memo.find(place, "Authorization", "Bearer a", kNow), nullptr);
  memo.keep(place, "Authorization", "Bearer a", someone(), kNow);
  EXPECT_EQ(memo.find(place, "Authorization", "Bearer a", kNow), someone());
  for (const char* value : {"Bearer b", "Bearer", "Bearer a ", "bearer a", ""})
    EXPECT_EQ(memo.find(place, "Authorization", value, kNow), nullptr) << value;
  EXPECT_EQ(memo.find(place, "X-Token", "Bearer a", kNow), nullptr);
  EXPECT_EQ(memo.find({4, 1}, "Authorization", "Bearer a", kNow), nullptr);   // another configuration
  EXPECT_EQ(memo.find({3, 2}, "Authorization", "Bearer a", kNow), nullptr);   // another route
}

TEST(TokenMemo, DiesWithExpiryAndWithAClockThatWentBack) {
  TokenMemo memo;
  memo.keep({}, "A", "x", someone(), kNow);
  EXPECT_NE(memo.find({}, "A", "x", someone()->expires - 1), nullptr);
  EXPECT_EQ(memo.find({}, "A", "x", someone()->expires), nullptr);
  EXPECT_EQ(memo.find({}, "A", "x", kNow - 1), nullptr);
}

TEST(TokenMemo, LongOnesAreNotKeptAndForgetTheOneBefore) {
  TokenMemo memo;
  const std::string fits(TokenMemo::kMemoBytesMax, 'x'), over(TokenMemo::kMemoBytesMax + 1, 'x');
  memo.keep({}, "A", fits, someone(), kNow);
  EXPECT_NE(memo.find({}, "A", fits, kNow), nullptr);
  memo.keep({}, "A", over, someone(), kNow);
  EXPECT_EQ(memo.find({}, "A", over, kNow), nullptr);
  EXPECT_EQ(memo.find({}, "A", fits, kNow), nullptr);
  memo.keep({}, "A", "", someone(), kNow);
  memo.forget();
  EXPECT_EQ(memo.find({}, "A", "", kNow), nullptr);
}

}  // namespace
}  // namespace gatehouse::identity
