// Every broken configuration in tests/data/config/broken gives exactly the complaints beside it.
// UPDATE_EXPECTED=1 writes them anew: read the difference before you commit it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <vector>

#include "config/compile.h"
#include "folder.h"

namespace gatehouse::config {
namespace {

namespace fs = std::filesystem;

const fs::path kBroken = fs::path(SOURCE_ROOT) / "tests/data/config/broken";

std::vector<fs::path> broken_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kBroken))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string complaints(const fs::path& file, const Folder& folder) {
  RuntimeInputs inputs;
  inputs.now = wall_now();
  const Prepared prepared = prepare_text(read_text(file), file.filename().string(), folder.path(), inputs);
  EXPECT_FALSE(prepared.ok()) << file;
  std::string text;
  for (const Diagnostic& each : prepared.loaded.diagnostics) text += render(each) + "\n";
  text += summary(prepared.loaded.diagnostics) + "\n";
  for (size_t at; (at = text.find(folder.path())) != std::string::npos;)
    text.replace(at, folder.path().size(), "DIR");
  // What the TOML library says differs between its versions; where it says it does not.
  return std::regex_replace(text, std::regex("(error\\[GH0002\\]: )[^\n]*"), "$1...");
}

/// Of each file, once for all tests: some compile every pattern that is shipped.
const std::vector<std::pair<fs::path, std::string>>& all_complaints() {
  static const auto all = [] {
    unsetenv("CREDENTIALS_DIRECTORY");
    Folder folder;
    folder.standard();
    std::vector<std::pair<fs::path, std::string>> found;
    for (const fs::path& file : broken_files()) found.emplace_back(file, complaints(file, folder));
    return found;
  }();
  return all;
}

TEST(Broken, ThereAreManyAndEachSaysWhatIsExpected) {
  EXPECT_GE(all_complaints().size(), 60U);
  for (const auto& [file, found] : all_complaints()) {
    SCOPED_TRACE(file.filename());
    fs::path beside = file;
    beside.replace_extension(".expected");
    if (std::getenv("UPDATE_EXPECTED") != nullptr) std::ofstream(beside, std::ios::binary) << found;
    EXPECT_EQ(found, read_text(beside));
  }
}

TEST(Broken, NothingOfASecretIsEverShown) {
  for (const auto& [file, found] : all_complaints()) {
    EXPECT_EQ(found.find("s3cr3t"), std::string::npos) << file;
    EXPECT_EQ(found.find("sk-live"), std::string::npos) << file;
    for (const char c : found) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << file;
  }
}

}  // namespace
}  // namespace gatehouse::config
