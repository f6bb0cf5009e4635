#include "codec/packed.h"

#include <gtest/gtest.h>

namespace gatehouse::codec {
namespace {

TEST(Packed, ComesBackOrIsNotWorthIt) {
  Packer packer;
  std::string text, out;
  for (int i = 0; i < 3000; ++i) text += "line " + std::to_string(i % 70) + "\n";
  const std::string packed(packer.pack(text));
  ASSERT_FALSE(packed.empty());
  EXPECT_LT(packed.size(), text.size() / 4);
  EXPECT_TRUE(unpack(packed, text.size(), &out));
  EXPECT_EQ(out, text);
  EXPECT_FALSE(unpack(packed, text.size() - 1, &out)) << "another length than was recorded";
  EXPECT_FALSE(unpack(packed, kUnpackedMax + 1, &out));
  EXPECT_FALSE(unpack(packed.substr(0, packed.size() - 1), text.size(), &out));
  EXPECT_FALSE(unpack(packed + "x", text.size(), &out));
  EXPECT_FALSE(unpack("", 0, &out));
  EXPECT_TRUE(packer.pack(ByteView(text).substr(0, kPackAtLeast - 1)).empty());
  std::string noise;
  for (uint64_t i = 0, x = 1; i < 4096; ++i) noise += static_cast<char>((x = x * 6364136223846793005u + 1442695040888963407u) >> 56);
  EXPECT_TRUE(packer.pack(noise).empty()) << "it would not get shorter";
}

}  // namespace
}  // namespace gatehouse::codec
