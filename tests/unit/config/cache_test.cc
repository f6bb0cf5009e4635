// Compiled patterns from one start to the next, and the budget of patterns.
#include <gtest/gtest.h>

#include "config/compile.h"
#include "config/pattern_cache.h"
#include "folder.h"

namespace gatehouse::config {
namespace {

namespace fs = std::filesystem;

constexpr const char* kGuarded = R"(
[gateway]
cache_dir = "cache"
[limits]
guard_cost = 2000
[[listener]]
name = "main"
address = "127.0.0.1:8080"
[[issuer]]
name = "main"
url = "https://id.example.org"
audiences = ["chunks"]
jwks_file = "keys.json"
[[origin]]
name = "chunker"
address = "127.0.0.1:9000"
[[guard]]
name = "sql"
patterns = ['\bdrop\s+table\b', 'stop(?!ped)', '\Awipe\z']
[[guard]]
name = "other"
patterns = ['flushall']
[[rule]]
name = "all"
effect = "allow"
groups = ["*"]
origin = "chunker"
guards = ["sql", "other"]
)";

class Cache : public ::testing::Test {
 protected:
  void SetUp() override { folder_.standard(); }

  Prepared prepare(std::string text = kGuarded, const Snapshot* previous = nullptr) {
    RuntimeInputs inputs;
    inputs.cache = true;
    inputs.previous = previous;
    return prepare_text(std::move(text), "gateway.toml", folder_.path(), inputs);
  }
  std::string cache() const { return folder_ / "cache"; }
  std::vector<fs::path> files() const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(cache())) all.push_back(entry.path());
    return all;
  }
  static std::string replaced(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  }
  static bool warned(const Prepared& prepared) {
    for (const Diagnostic& each : prepared.loaded.diagnostics)
      if (each.code == Code::file && each.severity == Severity::warning && each.place.line == 3) return true;
    return false;
  }
  static const Diagnostic* over(const Prepared& prepared) {
    for (const Diagnostic& each : prepared.loaded.diagnostics)
      if (each.code == Code::guard_cost) return &each;
    return nullptr;
  }

  Folder folder_;
};

TEST_F(Cache, IsWrittenOnceForUsAlone) {
  ASSERT_TRUE(prepare().ok());
  ASSERT_EQ(files().size(), 1U);
  struct stat status {};
  ASSERT_EQ(stat(cache().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  ASSERT_EQ(stat(files()[0].c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  const ino_t before = status.st_ino;
  ASSERT_TRUE(prepare().ok());
  ASSERT_EQ(stat(files()[0].c_str(), &status), 0);
  EXPECT_EQ(status.st_ino, before) << "what fits is not written again";
}

TEST_F(Cache, WhatDoesNotFitIsReplaced) {
  ASSERT_TRUE(prepare().ok());
  const fs::path file = files()[0];
  const std::string good = read_text(file);
  std::string flipped = good;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
  std::string processor = good;
  processor[8 + 12] = static_cast<char>(processor[8 + 12] ^ 1);
  for (const std::string& bad : {std::string(), std::string("x"), good.substr(0, good.size() / 2), good.substr(0, good.size() - 1), flipped,
                                 processor, std::string(8, '\xff') + good}) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bad;
    ASSERT_TRUE(prepare().ok());
    EXPECT_EQ(read_text(file), good);
  }
}

TEST_F(Cache, FilesAndFoldersOfOthersAreNotUsed) {
  ASSERT_TRUE(prepare().ok());
  const fs::path file = files()[0];
  const std::string good = read_text(file);
  chmod(file.c_str(), 0666);
  ASSERT_TRUE(prepare().ok());
  struct stat status {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U) << "replaced";
  fs::remove(file);
  folder_.write("elsewhere", "kept");
  fs::create_symlink(folder_ / "elsewhere", file);
  ASSERT_TRUE(prepare().ok());
  EXPECT_EQ(read_text(folder_ / "elsewhere"), "kept");
  EXPECT_FALSE(fs::is_symlink(file));
  chmod(cache().c_str(), 0777);
  const Prepared open = prepare();
  EXPECT_TRUE(open.ok() && warned(open));
  fs::remove_all(cache());
  fs::create_directory_symlink(folder_ / "tls", cache());
  const Prepared link = prepare();
  EXPECT_TRUE(link.ok() && warned(link));
}

TEST_F(Cache, OtherPatternsHaveOtherFilesAndFewAreKept) {
  for (size_t i = 0; i < kCacheFilesMax + 4; ++i)
    ASSERT_TRUE(prepare(replaced(kGuarded, "flushall", "flushall" + std::to_string(i))).ok());
  EXPECT_EQ(files().size(), kCacheFilesMax);
  EXPECT_FALSE(fs::exists(folder_ / "cache2"));
  RuntimeInputs inputs;   // as check does
  ASSERT_TRUE(prepare_text(replaced(kGuarded, "\"cache\"", "\"cache2\""), "gateway.toml", folder_.path(), inputs).ok());
  EXPECT_FALSE(fs::exists(folder_ / "cache2"));
}

TEST_F(Cache, PatternsOverBudgetAreRefusedWithTheirFigure) {
  const std::string text = replaced(kGuarded, "'flushall'", "'flushall', '[a-z]{3}'");
  const Prepared dear = prepare(text);
  ASSERT_FALSE(dear.ok());
  const Diagnostic* error = over(dear);
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->place.line, 22U);
  EXPECT_EQ(error->place.column, 25U);
  EXPECT_NE(error->message.find("limits.guard_cost is 2000"), std::string::npos) << error->message;
  EXPECT_NE(error->label.find("no plain text that every match contains"), std::string::npos) << error->label;
  EXPECT_EQ(error->notes.size(), 2U);
  EXPECT_EQ(over(prepare(text))->message, error->message) << "the same each time";
  // Also when the guards are as before and the limit is another.
  const Prepared before = prepare(replaced(text, "guard_cost = 2000", "guard_cost = 20000"));
  ASSERT_TRUE(before.ok());
  EXPECT_NE(over(prepare(text, before.snapshot.get())), nullptr);
}

TEST_F(Cache, ShippedSetsAndLookAlikesAreConfigured) {
  const std::string text = replaced(kGuarded, "patterns = ['flushall']", "sets = [\"destructive-commands\"]\npatterns = ['flushall']\nconfusables = true");
  const Prepared made = prepare(text);
  ASSERT_TRUE(made.ok());
  EXPECT_GT(made.snapshot->guards->cost().guards[1].patterns, 40U);
  const auto digest = made.snapshot->guards_digest;
  EXPECT_NE(prepare(replaced(text, "confusables = true", "confusables = false")).snapshot->guards_digest, digest);
  EXPECT_NE(prepare(replaced(text, "sets = [\"destructive-commands\"]\n", "")).snapshot->guards_digest, digest);
  EXPECT_FALSE(prepare(replaced(text, "\"destructive-commands\"", "\"destructive\"")).ok());
}

}  // namespace
}  // namespace gatehouse::config
