// The records commands over a folder with one exchange of each sort. What they print is compared with
// what went in, byte for byte where bytes are promised.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/reason.h"
#include "cli/exit_code.h"
#include "cli/index_file.h"
#include "cli/records_reading.h"
#include "mask/map.h"
#include "record/reader.h"
#include "tests/support/record_folder.h"

namespace gatehouse::cli {
namespace {

using record::Kind;
using record::Tag;
using record::text_of;

constexpr WallNs kNoon = 1'763'899'200 * kNsPerSecond;  // 2025-11-23T12:00:00Z
const std::string kRequest = "{\"text\":\"write to ada@example.org\"}";
const std::string kOriginal = "[{\"text\":\"write to ada@example.org\"}]";
const std::string kMasked = "[{\"text\":\"write to [EMAIL]\"}]";

class RecordsCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.start();
    masked_ = source_.next(kNoon);
    hostile_ = source_.next(kNoon + kNsPerSecond);
    held_ = source_.next(kNoon + 2 * kNsPerSecond);
    write_masked();
    write_hostile();
    record::Sections sections;
    sections.bytes(Tag::subject, "retention");
    sections.bytes(Tag::approval_step, "asked");
    append(Kind::approval, held_, sections);
    if (close_) {
      ASSERT_TRUE(folder_.stop());
    }
  }

  void append(Kind kind, const ExchangeId& id, const record::Sections& sections) {
    folder_.append(kind, id, kNoon, sections);
  }

  void piece(const ExchangeId& id, uint64_t direction, uint64_t offset, ByteView body) {
    record::Sections sections;
    sections.number(Tag::direction, direction);
    sections.number(Tag::offset, offset);
    sections.bytes(Tag::body, body);
    append(Kind::piece, id, sections);
  }

  void write_masked() {
    record::Sections sections;
    sections.bytes(Tag::subject, "nightly-index");
    sections.bytes(Tag::group, "chunk-readers");
    sections.bytes(Tag::group, "batch");
    sections.bytes(Tag::method, "POST");
    sections.bytes(Tag::path, "/v1/chunk/recursive");
    sections.bytes(Tag::client_head, "POST /v1/chunk/recursive HTTP/1.1\r\nHost: gate\r\n\r\n");
    sections.bytes(Tag::origin_head, "POST /v1/chunk/recursive HTTP/1.1\r\nHost: chunker\r\n\r\n");
    sections.bytes(Tag::origin, "chunker");
    append(Kind::request, masked_, sections);
    piece(masked_, 1, 0, ByteView(kRequest).substr(0, 10));
    piece(masked_, 1, 10, ByteView(kRequest).substr(10));
    mask::MapWriter map;
    map.start(kOriginal.size());
    map.add(19, "ada@example.org", "[EMAIL]", 0, "personal-data", detect::Detector::email, mask::Method::redact, detect::Evidence::structure, "/0/text");
    sections.clear();
    sections.number(Tag::status, 200);
    sections.bytes(Tag::origin_answer_head, "HTTP/1.1 200 OK\r\n\r\n");
    sections.bytes(Tag::client_answer_head, "HTTP/1.1 200 OK\r\nX: y\r\n\r\n");
    sections.bytes(Tag::mask_map, map.finish(kMasked.size()));
    sections.number(Tag::mask_changes, 1);
    append(Kind::outcome, masked_, sections);
    piece(masked_, 2, 0, kMasked);
    close(masked_, 200, Reason::none, "gateway");
  }

  // What a caller chose: escape sequences, a line break, a direction override, broken UTF-8.
  void write_hostile() {
    record::Sections sections;
    sections.bytes(Tag::subject, "evil\x1b]0;title\x07\n\xe2\x80\xae\xff");
    sections.bytes(Tag::method, "POST");
    sections.bytes(Tag::path, "/\x1b[2J");
    sections.bytes(Tag::client_head, "POST / HTTP/1.1\r\nX: \x1b[31mred\r\n\r\n");
    append(Kind::request, hostile_, sections);
    piece(hostile_, 1, 0, "\x1b[H\x9b\x02");
    close(hostile_, 403, Reason::guard_hit, "gateway");
  }

  void close(const ExchangeId& id, uint64_t status, Reason reason, ByteView by) {
    record::Sections sections;
    sections.number(Tag::status, status);
    sections.number(Tag::reason, static_cast<uint64_t>(reason));
    sections.bytes(Tag::ended_by, by);
    append(Kind::close, id, sections);
  }

  RecordsPlace place() const { return {dir_, folder_.options.ring_dir}; }

  template <typename Options>
  std::string run(int (*command)(const Options&), Options options, int expected = kExitOk) {
    options.place = place();
    return record::printed(command, options, expected, &errors_);
  }

  /// safe says that no byte could move a terminal: C0 but line feed, DEL, C1, bidi controls.
  static bool safe(const std::string& text) {
    for (size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      if ((c < 0x20 && c != '\n') || c == 0x7f) return false;
      if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
    }
    return text.find("\xe2\x80\xae") == std::string::npos;
  }

  bool close_ = true;
  record::RecordFolder folder_;
  std::string dir_ = folder_.options.dir, errors_;
  ExchangeIdSource source_{7};
  ExchangeId masked_, hostile_, held_;
};

class LiveRecords : public RecordsCommands {
 protected:
  LiveRecords() { close_ = false; }
};

TEST_F(LiveRecords, AreListedWhileTheWriterRuns) {
  const std::string text = run(records_list, RecordsList{.format = ListFormat::table});
  EXPECT_NE(text.find(text_of(masked_)), std::string::npos);
  EXPECT_NE(text.find("nightly-index  chunk-readers,batch  POST /v1/chunk/recursive  chunker"), std::string::npos) << text;
  EXPECT_NE(text.find("held"), std::string::npos) << text;
  EXPECT_NE(run(records_verify, RecordsVerify{}).find("0 problems"), std::string::npos);
}

TEST_F(RecordsCommands, ListFiltersAndLimits) {
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  EXPECT_EQ(lines(run(records_list, RecordsList{.format = ListFormat::json})), 3);
  EXPECT_EQ(lines(run(records_list, RecordsList{.filter = {.subject = "nightly-index"}, .format = ListFormat::json})), 1);
  EXPECT_EQ(lines(run(records_list, RecordsList{.filter = {.reason = "guard_hit"}, .format = ListFormat::json})), 1);
  const std::string newest = run(records_list, RecordsList{.limit = 1, .format = ListFormat::json});
  EXPECT_EQ(lines(newest), 1);
  EXPECT_NE(newest.find(text_of(held_)), std::string::npos);
  const std::string masked = run(records_list, RecordsList{.filter = {.subject = "nightly-index"}, .format = ListFormat::json});
  EXPECT_NE(masked.find(R"("groups":["chunk-readers","batch"],)"), std::string::npos) << "a name may hold a comma: " << masked;
  const std::string all = run(records_list, RecordsList{.format = ListFormat::table});
  EXPECT_LT(all.find(text_of(masked_)), all.find(text_of(hostile_)));
}

TEST_F(RecordsCommands, NothingHostileReachesATerminal) {
  EXPECT_TRUE(safe(run(records_list, RecordsList{.format = ListFormat::table})));
  EXPECT_TRUE(safe(run(records_list, RecordsList{.format = ListFormat::json})));
  EXPECT_TRUE(safe(run(records_show, RecordsShow{.id = hostile_})));
  EXPECT_TRUE(safe(run(records_show, RecordsShow{.id = hostile_, .json = true})));
  const std::string replay = run(records_replay, RecordsReplay{.id = hostile_});
  EXPECT_TRUE(safe(replay)) << replay;
  EXPECT_NE(replay.find("<U+001B>[31mred"), std::string::npos) << replay;
}

TEST_F(RecordsCommands, ReplayGivesEveryPartByteForByte) {
  const auto part = [&](ReplayPart which, bool body_only) {
    return run(records_replay, RecordsReplay{.id = masked_, .part = which, .body_only = body_only});
  };
  EXPECT_EQ(part(ReplayPart::client_request, true), kRequest);
  EXPECT_EQ(part(ReplayPart::origin_request, true), kRequest);
  EXPECT_EQ(part(ReplayPart::client_answer, true), kMasked);
  EXPECT_EQ(part(ReplayPart::origin_answer, true), kOriginal);
  EXPECT_EQ(part(ReplayPart::client_answer, false), "HTTP/1.1 200 OK\r\nX: y\r\n\r\n" + kMasked);
  EXPECT_EQ(part(ReplayPart::origin_request, false), "POST /v1/chunk/recursive HTTP/1.1\r\nHost: chunker\r\n\r\n" + kRequest);
  const std::string raw = run(records_replay, RecordsReplay{.id = hostile_, .part = ReplayPart::client_request, .body_only = true});
  EXPECT_EQ(raw, "\x1b[H\x9b\x02") << "a file gets the exact bytes";
}

TEST_F(RecordsCommands, ReplayTellsTheWholeStory) {
  const std::string story = run(records_replay, RecordsReplay{.id = masked_});
  for (const std::string& wanted : {std::string("nightly-index"), std::string("chunk-readers, batch"), kRequest, kOriginal,
                                    kMasked, std::string("/0/text, mask personal-data, email (structure), redact"),
                                    std::string("was    ada@example.org"), std::string("became [EMAIL]"),
                                    std::string("status 200, none, ended by gateway")})
    EXPECT_NE(story.find(wanted), std::string::npos) << wanted << "\n" << story;
}

TEST_F(RecordsCommands, ShowHasEverySection) {
  const std::string text = run(records_show, RecordsShow{.id = masked_});
  for (const char* wanted : {"group: chunk-readers", "group: batch", "| Host: gate", "request body: 25 bytes from 10",
                             "became [EMAIL]", "status: 200", "reason: none", "ended_by: gateway"})
    EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\n" << text;
  const std::string json = run(records_show, RecordsShow{.id = masked_, .json = true});
  EXPECT_NE(json.find("\"group\":[\"chunk-readers\",\"batch\"]"), std::string::npos) << json;
  EXPECT_NE(json.find("\"original\":\"ada@example.org\""), std::string::npos) << json;
}

// Sizes of files are hostile, and holes in them cost nothing.
TEST_F(RecordsCommands, AnIndexOfATebibyteIsNone) {
  const auto folder = record::open_folder(dir_);
  ASSERT_TRUE(folder.ok());
  record::Catalog catalog = record::read_catalog(*folder, nullptr);
  ASSERT_FALSE(catalog.epochs.empty());
  const auto& [epoch, part] = *catalog.epochs.begin();
  record::SegmentEntry segment = part.segments.at(0);
  save_index(*folder, segment, index_segment(*folder, segment, epoch).bytes);
  ASSERT_TRUE(load_index(*folder, segment, epoch).has_value());
  segment.bytes = 1ull << 40;   // as its file could be
  std::filesystem::resize_file(dir_ + "/" + segment.name + kIndexSuffix, segment.bytes);
  EXPECT_FALSE(load_index(*folder, segment, epoch).has_value());
}

TEST_F(RecordsCommands, UnknownThingsAreNoInput) {
  run(records_show, RecordsShow{.id = source_.next(kNoon)}, kExitNoInput);
  EXPECT_NE(errors_.find("no record of exchange"), std::string::npos);
  dir_ += "/none";
  run(records_list, RecordsList{}, kExitNoInput);
  run(records_verify, RecordsVerify{}, kExitNoInput);
  EXPECT_NE(errors_.find("cannot open folder"), std::string::npos) << errors_;
  std::filesystem::create_directory(dir_);   // a folder of something else, or one that somebody emptied
  EXPECT_NE(run(records_verify, RecordsVerify{}, kExitIo).find("nothing is here"), std::string::npos);
  std::filesystem::remove(dir_);
  dir_.resize(dir_.size() - 5);
}

TEST_F(RecordsCommands, AFlippedByteIsNamedAndTheReplaySaysSo) {
  std::string file;
  for (const auto& entry : std::filesystem::directory_iterator(dir_))
    if (entry.path().extension() == ".ghr") file = entry.path();
  std::fstream segment(file, std::ios::in | std::ios::out | std::ios::binary);
  std::string content((std::istreambuf_iterator<char>(segment)), {});
  const size_t at = content.find(kMasked) + 3;
  segment.clear();
  segment.seekp(static_cast<std::streamoff>(at));
  segment.put(static_cast<char>(content[at] ^ 1));
  segment.close();
  const std::string found = run(records_verify, RecordsVerify{}, kExitIo);
  EXPECT_NE(found.find(std::filesystem::path(file).filename().string()), std::string::npos) << found;
  EXPECT_NE(found.find("exchange " + text_of(masked_) + ": payload does not match"), std::string::npos) << found;
  EXPECT_NE(found.find("1 problems"), std::string::npos) << found;
  run(records_replay, RecordsReplay{.id = masked_}, kExitIo);
  EXPECT_NE(errors_.find("could not be read"), std::string::npos);
  run(records_replay, RecordsReplay{.id = masked_, .part = ReplayPart::client_answer}, kExitIo);
}

}  // namespace
}  // namespace gatehouse::cli
