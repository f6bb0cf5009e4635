// A thousand configurations with small damages: no crash, and one verdict however they are asked about. With sanitizers the first
// three hundred.
#include <gtest/gtest.h>

#include <algorithm>

#include "config/compile.h"
#include "folder.h"
#include "tests/support/sanitized.h"

namespace gatehouse::config {
namespace {

namespace fs = std::filesystem;

/// Random is splitmix64: the same files in every run.
struct Random {
  uint64_t state;
  uint64_t next() {
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  size_t below(size_t bound) { return static_cast<size_t>(next() % bound); }
};

std::string mutated(std::string text, Random& random) {
  static const std::vector<std::string> pieces = {
      "[[rule]]\n",        "]",    "\"",       "'", "=", "\n", "#", "\\", "1", "\"x\"", "[", ".", "*", "true",
      "name = \"main\"\n", "\x7f", "\xc3\xa9", "{", "}"};
  for (size_t i = random.below(3) + 1; i > 0 && !text.empty(); --i) {
    const size_t at = random.below(text.size());
    const size_t kind = random.below(5);
    if (kind == 0) text[at] = static_cast<char>(random.next());
    else if (kind == 1) text.erase(at, random.below(8) + 1);
    else if (kind == 2) text.insert(at, pieces[random.below(pieces.size())]);
    else if (kind == 3) text.insert(at, text.substr(random.below(text.size()), random.below(40)));
    else if (at + 1 < text.size()) std::swap(text[at], text[at + 1]);
  }
  return text;
}

constexpr size_t kFiles = gatehouse::testing::kSanitized ? 300 : 1000;

TEST(Mutated, AThousandFilesGetOneVerdictEach) {
  unsetenv("CREDENTIALS_DIRECTORY");
  Folder folder;
  folder.standard();
  std::vector<std::string> texts;
  for (const char* name : {"minimal.toml", "every-key.toml"})
    texts.push_back(read_text(fs::path(SOURCE_ROOT) / "configs" / name));
  Random random{20'260'101};
  size_t usable = 0;
  RuntimeInputs checking;
  checking.cache = true;   // or each would compile the shipped set anew
  for (size_t i = 0; i < kFiles; ++i) {
    const std::string text = mutated(texts[i % texts.size()], random);
    const Prepared checked = prepare_text(text, "f.toml", folder.path(), checking);
    folder.write("f.toml", text);
    RuntimeInputs serving;  // as a running gateway would ask: other version, more workers
    serving.version = 9;
    serving.workers = 2;
    serving.cache = true;
    const Prepared served = prepare(folder / "f.toml", serving);
    ASSERT_EQ(checked.ok(), served.ok()) << text;
    ASSERT_EQ(count(checked.loaded.diagnostics, Severity::error),
              count(served.loaded.diagnostics, Severity::error));
    const size_t errors = count(checked.loaded.diagnostics, Severity::error);
    ASSERT_EQ(checked.ok(), errors == 0) << text;
    for (const Diagnostic& each : checked.loaded.diagnostics) ASSERT_FALSE(render(each).empty());
    // The two-step way that a reload takes agrees as well.
    Loaded loaded = load_text(text, "f.toml", folder.path());
    ASSERT_EQ(loaded.ok() && compile(loaded.config, checking).ok(), checked.ok()) << text;
    usable += checked.ok();
  }
  EXPECT_GT(usable, kFiles / 50);     // damage in comments and values leaves some usable
  EXPECT_LT(usable, kFiles * 4 / 5);  // and most of it does not
}

}  // namespace
}  // namespace gatehouse::config
