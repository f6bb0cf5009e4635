// What finds exchanges: indexes against what is read without them, filters, forms of output, jobs, pages. Everything recorded is hostile.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/reason.h"
#include "cli/exit_code.h"
#include "cli/record_lines.h"
#include "cli/record_walk.h"
#include "cli/records_reading.h"
#include "cli/view_page.h"
#include "cli/view_sides.h"
#include "tests/support/record_folder.h"

namespace gatehouse::cli {
namespace {

using record::Kind;
using record::Tag;
using record::text_of;

constexpr WallNs kNoon = 1'763'899'200 * kNsPerSecond;  // 2025-11-23T12:00:00Z
const std::string kEvil = "=cmd|' /C calc'!A0\x1b]0;t\x07\x1b[2J\r\n\t\xe2\x80\xae<script>alert(\"x\")</script>&amp;\xff;@sum";

class Reading : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.options.rings = 2;
    if (seal_) folder_.options.sealing = {{record::public_half(auditor_), record::public_half(operations_)}, record::Sealed::all};
    folder_.start();
  }

  void append(Kind kind, const ExchangeId& id, size_t worker, const record::Sections& sections) {
    folder_.append(kind, id, now_, sections, worker);
  }

  /// exchange writes one from beginning to end, `bytes` of body each way.
  ExchangeId exchange(size_t worker, const std::string& subject, const std::string& run, uint64_t bytes, Reason reason = Reason::none) {
    now_ += kNsPerMs;
    const ExchangeId id = source_.next(now_);
    const std::string claim = "run_id=" + run, request = "req-" + run;   // sections keep views
    record::Sections sections;
    sections.number(Tag::started, now_);
    sections.bytes(Tag::client_address, "127.0.0.1:9");
    sections.bytes(Tag::proof, "oidc_jwt");
    sections.bytes(Tag::subject, subject);
    sections.bytes(Tag::group, "readers");
    sections.bytes(Tag::claim, claim);
    sections.bytes(Tag::method, "POST");
    sections.bytes(Tag::path, "/v1/chunk");
    sections.bytes(Tag::request_id, request);
    sections.bytes(Tag::traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    sections.bytes(Tag::client_head, subject);
    sections.bytes(Tag::verdict, reason == Reason::none ? "allow" : "deny");
    sections.bytes(Tag::route, "chunks");
    sections.bytes(Tag::rule, "chunk");
    sections.bytes(Tag::origin, "chunker");
    if (reason == Reason::guard_hit) {
      sections.bytes(Tag::guard_hit, "sql");
      sections.bytes(Tag::guard_effect, "block");
      sections.bytes(Tag::guard_place, subject);
      sections.bytes(Tag::guard_evidence, subject);
    }
    append(Kind::request, id, worker, sections);
    for (uint64_t direction = 1; direction <= 2; ++direction) {
      const std::string body(bytes, direction == 1 ? 'q' : 'a');
      sections.clear();
      sections.number(Tag::direction, direction);
      sections.number(Tag::offset, 0);
      sections.bytes(Tag::body, body);
      append(Kind::piece, id, worker, sections);
    }
    sections.clear();
    sections.number(Tag::status, reason == Reason::none ? 200 : 403);
    sections.number(Tag::reason, static_cast<uint64_t>(reason));
    sections.number(Tag::to_origin_bytes, bytes);
    sections.number(Tag::to_client_bytes, bytes);
    append(Kind::close, id, worker, sections);
    return id;
  }

  RecordsPlace place() const { return {dir_, folder_.options.ring_dir, keys_}; }
  void give(const record::KeySecret& key) {
    auto keys = std::make_shared<record::OpenKeys>();
    ASSERT_TRUE(keys->add({key.use, key.name, key.bytes.copy()}).ok());
    keys_ = std::move(keys);
  }

  template <typename Options>
  std::string run(int (*command)(const Options&), Options options, int expected = kExitOk) {
    options.place = place();
    return record::printed(command, options, expected, &errors_);
  }
  std::string list(RecordFilter filter = {}, ListFormat format = ListFormat::json) {
    return run(records_list, RecordsList{.filter = std::move(filter), .format = format});
  }
  static ptrdiff_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

  std::vector<std::string> files(const std::string& suffix) const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(dir_))
      if (entry.path().string().ends_with(suffix)) out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
  }
  void remove_indexes() {
    for (const std::string& name : files(kIndexSuffix)) std::filesystem::remove(name);
  }

  /// safe says that no byte could move a terminal: C0 but line ends, DEL, C1, bidi controls, broken UTF-8 of the input.
  static bool safe(const std::string& text) {
    for (size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      if ((c < 0x20 && c != '\n' && !(c == '\r' && i + 1 < text.size() && text[i + 1] == '\n')) || c == 0x7f || c == 0xff) return false;
      if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
    }
    return text.find("\xe2\x80\xae") == std::string::npos;
  }

  bool seal_ = false;
  record::KeySecret auditor_ = record::make_key(record::KeyUse::auditor, "ann");
  record::KeySecret operations_ = record::make_key(record::KeyUse::operations, "host");
  std::shared_ptr<const record::OpenKeys> keys_;
  record::RecordFolder folder_;
  std::string dir_ = folder_.options.dir, errors_;
  ExchangeIdSource source_{7};
  WallNs now_ = kNoon;
};

TEST_F(Reading, IndexesSayWhatSegmentsSay) {
  for (int i = 0; i < 40; ++i) exchange(static_cast<size_t>(i) % 2, i % 3 == 0 ? "third" : "others", std::to_string(i % 5), 4000);
  const std::string live = list();
  EXPECT_EQ(lines(live), 40);
  ASSERT_TRUE(folder_.stop());
  remove_indexes();
  const std::string first = list();
  EXPECT_TRUE(first == live);
  const std::vector<std::string> indexes = files(kIndexSuffix);
  EXPECT_EQ(indexes.size(), files(".ghr").size()) << "every segment of ended epochs has one";
  EXPECT_TRUE(list() == first) << "out of indexes";
  for (const std::string& name : indexes) {
    struct stat st{};
    ASSERT_EQ(::stat(name.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0600u);
    EXPECT_LT(static_cast<uint64_t>(st.st_size), 32u * 1024) << "bodies and heads are not in it";
  }
  EXPECT_EQ(lines(list({.subject = "third"})), 14);
}

TEST_F(Reading, AnIndexIsBelievedOnlyOfItsSegment) {
  for (int i = 0; i < 20; ++i) exchange(0, "caller", std::to_string(i), 8000);
  ASSERT_TRUE(folder_.stop());
  const std::string all = list();
  const std::vector<std::string> indexes = files(kIndexSuffix);
  ASSERT_GT(indexes.size(), 2u);
  // Another segment's index, a flipped byte, a cut one, an empty one: all are made anew.
  std::filesystem::copy_file(indexes[1], indexes[0], std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(list() == all);
  for (const uint64_t at : {0u, 9u, 13u, 40u, 75u, 200u}) {
    std::fstream file(indexes[0], std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const int byte = file.get();
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(byte ^ 0x40));
    file.close();
    EXPECT_TRUE(list() == all) << at;
  }
  for (const uintmax_t size : {uintmax_t{0}, uintmax_t{71}, uintmax_t{100}}) {
    std::filesystem::resize_file(indexes[0], size);
    EXPECT_TRUE(list() == all) << size;
    EXPECT_GT(std::filesystem::file_size(indexes[0]), 100u) << "written anew";
  }
  // A link in its place is neither followed nor written through.
  std::filesystem::remove(indexes[0]);
  std::filesystem::create_symlink("/etc/passwd", indexes[0]);
  EXPECT_TRUE(list() == all);
  // A segment with a damaged record keeps no index, and the damage is told each time.
  remove_indexes();
  std::string segment = indexes[0].substr(0, indexes[0].size() - std::string(kIndexSuffix).size());
  std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
  std::string content((std::istreambuf_iterator<char>(file)), {});
  const size_t at = content.find("qqqq") + 100;
  file.clear();
  file.seekp(static_cast<std::streamoff>(at));
  file.put('z');
  file.close();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(lines(list()), 20);
    EXPECT_NE(errors_.find("1 places could not be read"), std::string::npos) << errors_;
    EXPECT_FALSE(std::filesystem::exists(indexes[0]));
  }
}

TEST_F(Reading, FiltersHoldAllAtOnce) {
  exchange(0, "ada", "1", 10);
  exchange(1, "ada", "2", 1000, Reason::guard_hit);
  exchange(0, "grace", "2", 5000);
  ASSERT_TRUE(folder_.stop());
  const std::pair<RecordFilter, int> cases[] = {
      {{.identity = "ada"}, 2}, {{.identity = "a"}, 0}, {{.subject = "a*"}, 2}, {{.group = "readers"}, 3}, {{.group = "x"}, 0},
      {{.origin = "chunker"}, 3}, {{.route = "chunk*"}, 3}, {{.route = "c"}, 0}, {{.rule = "chunk"}, 3}, {{.guard = "sql"}, 1},
      {{.detector = "email"}, 0}, {{.reason = "guard_hit"}, 1}, {{.reason = "none"}, 2}, {{.claim = "run_id=2"}, 2},
      {{.correlation = "req-1"}, 1}, {{.correlation = "4bf92f3577b34da6a3ce929d0e0e4736"}, 3}, {{.correlation = "4bf9"}, 0},
      {{.job = "run_id=*"}, 0}, {{.text = "grac"}, 1}, {{.text = "guard_hit"}, 1}, {{.text = "nowhere"}, 0},
      {{.since = kNoon + 2 * kNsPerMs}, 2}, {{.until = kNoon + 2 * kNsPerMs}, 2}, {{.bytes_min = 2000}, 2}, {{.bytes_max = 2000}, 2},
      {{.subject = "ada", .claim = "run_id=2"}, 1}, {{.subject = "grace", .reason = "guard_hit"}, 0}};
  for (size_t i = 0; i < std::size(cases); ++i) EXPECT_EQ(lines(list(cases[i].first)), cases[i].second) << i;
}

TEST_F(Reading, AJobIsInOrderOverWorkers) {
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) {
    const ExchangeId id = exchange(static_cast<size_t>(i * 7 % 2), "caller", i % 3 == 0 ? "other" : "mine", 6000);
    if (i % 3 != 0) ids.push_back(text_of(id));
  }
  const auto check = [&] {
    const std::string text = run(records_job, RecordsJob{.claim = "run_id=mine", .format = ListFormat::json});
    EXPECT_EQ(lines(text), 8);
    size_t at = 0;
    for (const std::string& id : ids) {
      const size_t found = text.find(id, at);
      ASSERT_NE(found, std::string::npos) << id;
      at = found;
    }
    RecordsReplay replay{.part = ReplayPart::client_answer, .body_only = true};
    replay.job = "run_id=mine";
    EXPECT_EQ(run(records_replay, replay), std::string(8 * 6000, 'a'));
    replay.part = ReplayPart::all;
    replay.body_only = false;
    const std::string story = run(records_replay, replay);
    EXPECT_NE(story.find("=== 8 of 8"), std::string::npos);
  };
  check();   // out of rings and of segments
  ASSERT_TRUE(folder_.stop());
  check();
  check();   // with indexes
  EXPECT_NE(run(records_job, RecordsJob{.claim = "run_id=mine", .format = ListFormat::table}).find("8 exchanges from"), std::string::npos);
  run(records_job, RecordsJob{.claim = "run_id=none"}, kExitNoInput);
}

TEST_F(Reading, WhatWasWrittenBeforeTheClockWasSetBackIsFound) {
  constexpr uint64_t kHour = 3600 * kNsPerSecond;
  const auto fill = [&](WallNs to) {   // more than a segment
    now_ = to;
    for (int i = 0; i < 5; ++i) exchange(0, "other", "other", 10'000);
  };
  fill(kNoon);
  now_ = kNoon + 3 * kHour;
  const ExchangeId late = exchange(0, "late", "mine", 100);
  const ExchangeId cut = source_.next(now_);
  record::Sections sections;
  sections.number(Tag::started, now_);
  sections.bytes(Tag::subject, "begun-before");
  append(Kind::request, cut, 0, sections);
  fill(kNoon + kHour);
  sections.clear();
  sections.number(Tag::reason, 0);
  append(Kind::close, cut, 0, sections);
  EXPECT_EQ(lines(list({.subject = "late", .since = kNoon + 2 * kHour})), 1);
  EXPECT_NE(run(records_show, RecordsShow{.id = late}).find("late"), std::string::npos);
  EXPECT_NE(run(records_show, RecordsShow{.id = cut}).find("begun-before"), std::string::npos) << "all of it, not its end alone";
}

TEST_F(Reading, NothingHostileComesThrough) {
  const ExchangeId id = exchange(0, kEvil, kEvil, 10, Reason::guard_hit);
  for (int stopped = 0; stopped < 2; ++stopped) {
    for (const ListFormat format : {ListFormat::table, ListFormat::json, ListFormat::csv}) {
      EXPECT_TRUE(safe(list({}, format))) << list({}, format);
      EXPECT_TRUE(safe(run(records_job, RecordsJob{.claim = "run_id=" + kEvil, .format = format})));
    }
    EXPECT_TRUE(safe(run(records_replay, RecordsReplay{.id = id})));
    const std::string page = run(records_view, RecordsView{.what = text_of(id)});
    EXPECT_TRUE(safe(page));
    EXPECT_EQ(page.find("<script"), std::string::npos);
    EXPECT_EQ(page.find("alert(\""), std::string::npos);
    EXPECT_NE(page.find("&lt;script&gt;alert(&quot;x&quot;)"), std::string::npos) << page;
    EXPECT_NE(page.find("&lt;U+001B&gt;"), std::string::npos);
    if (stopped == 0) {
      ASSERT_TRUE(folder_.stop());
    }
  }
}

TEST_F(Reading, ASegmentAsAPage) {
  const ExchangeId one = exchange(0, "ada", "1", 100), two = exchange(0, "grace", "2", 100);
  exchange(1, "other-worker", "3", 100);
  ASSERT_TRUE(folder_.stop());
  for (const std::string& name : files(".ghr")) {
    const std::string page = run(records_view, RecordsView{.what = name});
    const bool first = name.find("-w0000-") != std::string::npos;
    EXPECT_EQ(page.find(text_of(one)) != std::string::npos && page.find(text_of(two)) != std::string::npos, first);
    EXPECT_EQ(page.find("other-worker") != std::string::npos, !first);
  }
  const std::string output = dir_ + "/page.html";
  EXPECT_EQ(run(records_view, RecordsView{.job = "run_id=2", .output = output}), "");
  struct stat st{};
  ASSERT_EQ(::stat(output.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
  run(records_view, RecordsView{.what = dir_ + "/none.ghr"}, kExitNoInput);
  run(records_view, RecordsView{.what = "/etc/passwd"}, kExitNoInput);
}

class SealedReading : public Reading {
 protected:
  SealedReading() { seal_ = true; }
};

TEST_F(SealedReading, ShowsWhatTheKeysOpen) {
  const ExchangeId id = exchange(0, "ada-the-caller", "1", 3000), other = exchange(1, "grace", "2", 3000);
  const auto part = [&](ReplayPart which, int code = kExitOk) {
    return run(records_replay, RecordsReplay{.id = id, .part = which, .body_only = true}, code);
  };
  for (int stopped = 0; stopped < 2; ++stopped) {
    keys_ = nullptr;
    const std::string shut = list();
    EXPECT_EQ(lines(shut), 2);
    EXPECT_EQ(shut.find("ada-the-caller"), std::string::npos);
    EXPECT_EQ(shut.find("/v1/chunk"), std::string::npos);
    EXPECT_EQ(lines(list({.subject = "ada-the-caller"})), 0);
    EXPECT_NE(errors_.find("2 exchanges are sealed"), std::string::npos) << errors_;
    EXPECT_EQ(lines(list({.origin = "chunker"})), 2) << "in clear";
    part(ReplayPart::client_answer, kExitIo);
    EXPECT_NE(errors_.find("sealed; no key for it was given"), std::string::npos) << errors_;
    const std::string shown = run(records_show, RecordsShow{.id = id}), json = run(records_show, RecordsShow{.id = id, .json = true});
    EXPECT_NE(shown.find("auditor part: sealed; no key"), std::string::npos);
    EXPECT_NE(shown.find("request body: sealed from 0\n"), std::string::npos) << shown;
    EXPECT_NE(shown.find("answer body: sealed from 0\n"), std::string::npos) << shown;
    EXPECT_EQ(json.find("\"bytes\""), std::string::npos) << "nobody knows how many: " << json;
    for (const std::string& name : files(kIndexSuffix)) {
      std::ifstream file(name, std::ios::binary);
      const std::string content((std::istreambuf_iterator<char>(file)), {});
      for (const char* never : {"ada-the-caller", "/v1/chunk", "run_id", "readers"}) EXPECT_EQ(content.find(never), std::string::npos);
    }
    give(operations_);
    EXPECT_EQ(lines(list({.subject = "ada-the-caller"})), 1);
    EXPECT_EQ(part(ReplayPart::client_answer), std::string(3000, 'a'));
    EXPECT_NE(run(records_show, RecordsShow{.id = id}).find("answer body: 3000 bytes from 0\n"), std::string::npos);
    part(ReplayPart::client_request, kExitIo);
    EXPECT_NE(errors_.find("no key for it was given"), std::string::npos) << errors_;
    EXPECT_NE(run(records_view, RecordsView{.what = text_of(id)}).find("what the caller asked is sealed"), std::string::npos);
    give(auditor_);
    EXPECT_EQ(lines(list({.claim = "run_id=2"})), 1);
    EXPECT_EQ(lines(run(records_job, RecordsJob{.claim = "run_id=2", .format = ListFormat::json})), 1);
    EXPECT_EQ(part(ReplayPart::client_request), std::string(3000, 'q'));
    EXPECT_EQ(run(records_view, RecordsView{.what = text_of(other)}).find("is sealed"), std::string::npos);
    give(record::make_key(record::KeyUse::auditor, "eve"));
    part(ReplayPart::client_answer, kExitIo);
    EXPECT_NE(errors_.find("not for the key that was given"), std::string::npos) << errors_;
    if (stopped == 0) {
      ASSERT_TRUE(folder_.stop());
    }
  }
  EXPECT_FALSE(files(kIndexSuffix).empty());
}

// One exchange that never closes does not hold back, and in memory, whatever came after it.
TEST(Listing, HoldsOnlySoManyRowsBehindOneThatIsOpen) {
  std::string dir = ::testing::TempDir() + "/gatehouse-reading-XXXXXX";
  dir = ::mkdtemp(dir.data());
  record::WriterOptions options;
  options.dir = dir;
  auto writer = record::Writer::start(options);
  ASSERT_TRUE(writer.ok()) << writer.error();
  auto log = record::RingLog::open((*writer)->ring(0));
  ExchangeIdSource source(7);
  const auto put = [&](Kind kind, const ExchangeId& id) {
    record::Append appended;
    while ((appended = log->append(kind, id, 0, kNoon, {})) == record::Append::full) ::usleep(100);
    ASSERT_EQ(appended, record::Append::ok);
  };
  const ExchangeId open = source.next(kNoon);
  put(Kind::request, open);
  constexpr size_t kMany = (1 << 17) + 10;
  for (size_t i = 0; i < kMany; ++i) put(Kind::close, source.next(kNoon));
  put(Kind::piece, open);
  put(Kind::close, open);
  ASSERT_TRUE((*writer)->stop());
  size_t rows = 0, opens = 0;
  Found found;
  const RecordsPlace place{dir, dir + "/rings", nullptr};
  const auto see = [&](Row&& row) { ++rows, opens += row.id == open && !row.closed; };
  EXPECT_EQ(each_row(place, RecordFilter(), see, &found), kExitOk);
  EXPECT_EQ(opens, 1u);
  EXPECT_EQ(rows, kMany + 1);
  std::filesystem::remove_all(dir);
}

TEST(CsvCell, BeginsNoFormula) {
  EXPECT_EQ(csv_cell("plain, text"), "\"plain, text\"");
  EXPECT_EQ(csv_cell("say \"x\""), "\"say \"\"x\"\"\"");
  for (const ByteView sign : {"=", "+", "-", "@", "\t", "\r", "\xef\xbc\x9d"})
    EXPECT_TRUE(csv_cell(std::string(sign) + "1+1").starts_with("\"'")) << sign;
  EXPECT_EQ(csv_cell("a;=1"), "\"a;'=1\"");
  EXPECT_EQ(csv_cell("a;\"=1"), "\"a;'\"\"=1\"");   // who ends cells at semicolons reads ""=1 as an empty text and =1
  EXPECT_EQ(csv_cell("a;\"\"@1;\"b\""), "\"a;'\"\"\"\"@1;\"\"b\"\"\"");
  EXPECT_EQ(csv_cell("a\r\nb").find('\n'), std::string::npos);
}

TEST(Sides, MarksOnBothSides) {
  mask::MapWriter map;
  map.start(19);
  map.add(3, "<b>@x", "[1]", 0, "m\"&", detect::Detector::email, mask::Method::redact, detect::Evidence::structure, "/a'");
  Sides sides(1000);
  EXPECT_TRUE(sides.add("to [1], and so on", map.finish(17)));
  EXPECT_EQ(sides.original, "to <mark class=\"was\" title=\"m&quot;&amp;, email, at /a&#39;\">&lt;b&gt;@x</mark>, and so on");
  EXPECT_EQ(sides.masked, "to <mark class=\"became\" title=\"m&quot;&amp;, email, at /a&#39;\">[1]</mark>, and so on");
  EXPECT_EQ(sides.original_bytes, 19u);
  Sides wrong(1000);
  EXPECT_FALSE(wrong.add("short", map.finish(17)));
  EXPECT_EQ(wrong.masked, "short");
  Sides small(5);
  EXPECT_TRUE(small.add("0123456789", {}));
  EXPECT_EQ(small.masked, "01234");
  EXPECT_EQ(small.left_out, 5u);
}

TEST(ViewPage, AllowsNothingButItsStyle) {
  const RecordsPlace place;
  ViewPage page(place);
  const std::string html = page.finish();
  EXPECT_NE(html.find("content=\"default-src 'none'; style-src 'sha256-"), std::string::npos);
  for (const char* never : {"http:", "https:", "src=", "url(", "@import", "<link", "<script", "<img", "style=\"", "onerror", "'unsafe"})
    EXPECT_EQ(html.find(never), std::string::npos) << never;
}

}  // namespace
}  // namespace gatehouse::cli
