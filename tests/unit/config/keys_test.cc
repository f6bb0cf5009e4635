// The table of keys and everything that is made from it.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <string>

#include "config/load.h"
#include "config/reference.h"
#include "config/source.h"
#include "config/value.h"
#include "folder.h"

namespace gatehouse::config {
namespace {

namespace fs = std::filesystem;

TEST(Keys, EachStandsOnceInATableWithALineOfText) {
  std::set<ByteView> seen;
  for (const Key& key : keys()) {
    EXPECT_TRUE(seen.insert(key.path).second) << key.path;
    EXPECT_FALSE(key.text.empty()) << key.path;
    EXPECT_TRUE(key.text.ends_with('.')) << key.path;
    EXPECT_EQ(key.text.find('\n'), ByteView::npos) << key.path;
    if (!key.parent().empty()) {
      ASSERT_NE(find_key(key.parent()), nullptr) << key.path;
      EXPECT_TRUE(find_key(key.parent())->is_table()) << key.path;
      EXPECT_TRUE(seen.contains(key.parent())) << key.path << " stands before its table";
    }
  }
}

TEST(Keys, WhatAnErrorProposesIsAccepted) {
  for (const Key& key : keys()) {
    if (key.type != Type::integer && key.type != Type::size && key.type != Type::duration) continue;
    Report report(std::make_shared<Source>("", ""));
    Raw raw;
    raw.kind = Raw::Kind::boolean;
    check_value(key, raw, &report);
    const Diagnostics found = report.take();
    const std::string before = "write " + std::string(key.name()) + " = ";
    ASSERT_EQ(found.size(), 1U) << key.path;
    ASSERT_TRUE(found[0].help.starts_with(before)) << key.path << ": " << found[0].help;
    const std::string proposed = found[0].help.substr(before.size());
    raw.kind = proposed.front() == '"' ? Raw::Kind::text : Raw::Kind::integer;
    raw.text = proposed.front() == '"' ? proposed.substr(1, proposed.size() - 2) : std::string();
    raw.integer = std::atoll(proposed.c_str());
    Report again(std::make_shared<Source>("", ""));
    EXPECT_TRUE(check_value(key, raw, &again).valid && again.ok()) << key.path << " = " << proposed;
  }
}

TEST(Keys, HaveADefaultOrSayWhatAbsenceMeansAndAreBounded) {
  for (const Key& key : keys()) {
    if (key.is_table()) continue;
    EXPECT_EQ(1, key.required + !key.fallback.empty() + !key.otherwise.empty()) << key.path;
    EXPECT_LE(key.least, key.most) << key.path;
    const bool bounded = key.type == Type::integer || key.type == Type::size || key.type == Type::duration ||
                         key.type == Type::text || key.type == Type::texts || key.type == Type::names ||
                         key.type == Type::words || key.type == Type::addresses || key.type == Type::matches;
    EXPECT_EQ(key.most > 0, bounded) << key.path;
    EXPECT_EQ(!key.words.empty(), key.type == Type::word || key.type == Type::words) << key.path;
    EXPECT_TRUE(key.fallback.empty() || default_value(key).valid) << key.path;
  }
}

TEST(Keys, DefaultsAreThoseOfTheLimitsHeader) {
  const auto is = [](const char* path, uint64_t value) {
    ASSERT_NE(find_key(path), nullptr) << path;
    EXPECT_EQ(default_value(*find_key(path)).number, value) << path;
  };
  const Limits limits;
  is("limits.head_bytes", limits.head_bytes);
  is("limits.head_fields", limits.head_fields);
  is("limits.target_bytes", limits.target_bytes);
  is("limits.inspect_bytes", limits.inspect_bytes);
  is("limits.body_memory", limits.body_memory);
  is("limits.queued_bytes", limits.queued_bytes);
  is("limits.body_rate", limits.body_rate);
  is("limits.connections", limits.connections);
  is("limits.held", limits.held);
  is("limits.failed_tokens", limits.failed_tokens);
  is("limits.failed_tokens_connection", limits.failed_tokens_connection);
  is("limits.origin_idle", limits.origin_idle);
  const Deadlines deadlines;
  is("deadlines.handshake", deadlines.handshake);
  is("deadlines.head", deadlines.head);
  is("deadlines.progress", deadlines.progress);
  is("deadlines.idle", deadlines.idle);
  is("deadlines.connect", deadlines.connect);
  is("deadlines.answer", deadlines.answer);
  is("deadlines.hold", deadlines.hold);
  is("deadlines.drain", deadlines.drain);
  EXPECT_EQ(default_value(*find_key("limits.mask_streams")).number, limits.mask_streams);
  EXPECT_EQ(names_in("limits").size(), 15U);
  EXPECT_EQ(names_in("deadlines").size(), 8U);
}

TEST(Reference, ThePageInTheTreeIsTheGeneratedOne) {
  const fs::path page = fs::path(SOURCE_ROOT) / "docs/configuration.md";
  if (std::getenv("UPDATE_EXPECTED") != nullptr) std::ofstream(page, std::ios::binary) << reference_page();
  EXPECT_EQ(read_text(page), reference_page()) << "run this test with UPDATE_EXPECTED=1 and commit the page";
}

TEST(Reference, DescribesEveryKey) {
  for (const Key& key : keys()) {
    const std::string text = describe_key(key.path);
    EXPECT_NE(text.find(key.text), std::string::npos) << key.path;
    if (!key.parent().empty()) {
      EXPECT_NE(describe_key(key.parent()).find(" " + std::string(key.name()) + "  "), std::string::npos) << key.path;
    }
    EXPECT_NE(reference_page().find(key.text), std::string::npos) << key.path;
  }
  EXPECT_EQ(describe_key("limits.heads"), "");
  EXPECT_EQ(describe_key(""), "");
}

TEST(Schema, IsJsonAndHasEveryKeyWhereItStands) {
  simdjson::dom::parser parser;
  simdjson::dom::element schema;
  const simdjson::padded_string text(json_schema());
  ASSERT_EQ(parser.parse(text).get(schema), simdjson::SUCCESS);
  for (const Key& key : keys()) {
    std::string pointer;
    for (ByteView rest = key.path; !rest.empty();) {
      const size_t end = std::min(rest.find('.'), rest.size());
      pointer += "/properties/" + std::string(rest.substr(0, end));
      const Key* table = find_key(key.path.substr(0, key.path.size() - rest.size() + end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (!rest.empty() && table->type == Type::tables) pointer += "/items";
    }
    simdjson::dom::element found;
    EXPECT_EQ(schema.at_pointer(pointer).get(found), simdjson::SUCCESS) << pointer;
  }
}

TEST(Effective, ReadsBackAsItself) {
  for (const char* name : {"minimal", "production", "guards", "masks", "callers", "records", "every-key", "quickstart"}) {
    const fs::path file = fs::path(SOURCE_ROOT) / "configs" / (std::string(name) + ".toml");
    const Loaded first = load_file(file.string());
    ASSERT_TRUE(first.ok()) << name;
    const std::string text = effective(resolved(first));
    const Loaded second = load_text(text, "effective", "");
    ASSERT_TRUE(second.ok()) << text;
    const auto bare = [](std::string all) {
      for (size_t at; (at = all.find("  # ")) != std::string::npos;) all.erase(at, all.find('\n', at) - at);
      return all;
    };
    EXPECT_EQ(bare(effective(resolved(second))), bare(text));
  }
}

TEST(Effective, WhatPresetsAndOtherKeysSayIsWrittenOut) {
  const Loaded loaded = load_text(R"(
[[listener]]
name = "main"
address = "127.0.0.1:8080"
[[issuer]]
name = "cluster"
preset = "kubernetes"
url = "https://k8s.example.org"
audiences = ["a"]
group_prefix = "k8s/"
require = { namespace = "team-*" }
[[issuer]]
name = "github"
preset = "github-actions"
audiences = ["a"]
group_prefix = "gh/"
require = { repository_owner_id = "65" }
[[issuer]]
name = "people"
url = "https://login.example.org"
audiences = ["a"]
group_prefix = "login/"
algorithms = ["ES256"]
[[origin]]
name = "o"
address = "127.0.0.1:9700"
[[rule]]
name = "r"
effect = "allow"
groups = ["k8s/x"]
origin = "o"
)", "presets", "");
  ASSERT_TRUE(loaded.ok()) << loaded.diagnostics.front().message;
  const std::string text = effective(resolved(loaded));
  for (const char* line :
       {R"(algorithms = ["RS256", "ES256", "EdDSA"]  # preset kubernetes)", R"(groups_claim = ""  # preset kubernetes)",
        R"(require = { "kubernetes.io.namespace" = "team-*", "sub" = "system:serviceaccount:*" }  # with preset kubernetes)",
        R"(record_claims = ["namespace", "serviceaccount", "pod"]  # preset kubernetes)", R"(subject = "{sub}"  # preset generic)",
        R"(url = "https://token.actions.githubusercontent.com"  # preset github-actions)",
        R"(algorithms = ["RS256"]  # preset github-actions)", R"(record_claims = ["repository", "ref", "run_id", "run_attempt"]  #)",
        R"(groups_claim = "groups"  # preset generic)", "algorithms = [\"ES256\"]\n", R"(host = "127.0.0.1:9700"  # of the address)"})
    EXPECT_NE(text.find(line), std::string::npos) << line << " in\n" << text;
}

}  // namespace
}  // namespace gatehouse::config
