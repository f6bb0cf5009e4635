// What is exported: each exchange at least once, from where the cursor stands; in forms that stay JSON whatever was recorded.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/exit_code.h"
#include "cli/export_cursor.h"
#include "cli/export_sink.h"
#include "cli/records_keeping.h"
#include "tests/support/record_folder.h"

namespace gatehouse::cli {
namespace {

using record::Kind;
using record::Sections;
using record::Tag;
using record::text_of;

struct House {
  record::RecordFolder folder;
  const std::string& dir = folder.path();
  ExchangeIdSource ids{7};
  WallNs wall = 1'700'000'000 * kNsPerSecond;

  House() {
    folder.options.ring_bytes = 256 * 1024;
    folder.start();
  }

  void put(const ExchangeId& id, Kind kind, const Sections& sections) { folder.append(kind, id, wall += kNsPerMs, sections); }
  ExchangeId ask(ByteView subject = "job-7") {
    const ExchangeId id = ids.next(wall);
    Sections sections;
    sections.bytes(Tag::client_address, "10.0.0.1:4711");
    sections.bytes(Tag::subject, subject);
    sections.bytes(Tag::group, "readers");
    sections.bytes(Tag::group, "writers");
    sections.bytes(Tag::method, "POST");
    sections.bytes(Tag::path, "/chunk?x=\"\n\xff");
    sections.bytes(Tag::client_head, "POST /chunk HTTP/1.1\r\nX-Secret: s3cret\r\n\r\n");
    sections.bytes(Tag::traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    sections.bytes(Tag::verdict, "allow");
    put(id, Kind::request, sections);
    return id;
  }
  void end(const ExchangeId& id, uint64_t changes = 0) {
    const std::string body(3000, 'b');
    Sections sections;
    sections.number(Tag::direction, 2);
    sections.bytes(Tag::body, body);
    put(id, Kind::piece, sections);
    sections.clear();
    sections.number(Tag::status, 200);
    sections.number(Tag::mask_changes, changes);
    put(id, Kind::outcome, sections);
    sections.clear();
    sections.number(Tag::reason, 0);
    sections.number(Tag::to_client_bytes, 3000);
    put(id, Kind::close, sections);
  }

  RecordsExport wanted(ExportForm form = ExportForm::jsonl) const {
    RecordsExport wish;
    wish.place.dir = folder.options.dir;
    wish.place.ring_dir = folder.options.ring_dir;
    wish.form = form;
    wish.cursor = dir + "/cursor";
    wish.output = dir + "/events";
    return wish;
  }
  std::string events() const {
    std::ifstream file(dir + "/events");
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

size_t count(ByteView text, ByteView word) {
  size_t found = 0;
  for (size_t at = text.find(word); at != ByteView::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

TEST(Export, EachExchangeOnceWhileAGatewayWrites) {
  House house;
  const ExchangeId early = house.ask();
  std::vector<ExchangeId> ended;
  for (int i = 0; i < 50; ++i) house.end(ended.emplace_back(house.ask()));
  ASSERT_EQ(records_export(house.wanted()), kExitOk);
  EXPECT_EQ(count(house.events(), "\n"), 50u);
  EXPECT_EQ(house.events().find(text_of(early)), std::string::npos) << "it has not ended";
  ASSERT_EQ(records_export(house.wanted()), kExitOk);
  EXPECT_EQ(count(house.events(), "\n"), 50u) << "nothing new";
  house.end(early);
  for (int i = 0; i < 20; ++i) house.end(ended.emplace_back(house.ask()));
  ASSERT_EQ(records_export(house.wanted()), kExitOk);
  EXPECT_EQ(count(house.events(), "\n"), 71u);
  ended.push_back(early);
  EXPECT_TRUE(house.folder.stop());
  ASSERT_EQ(records_export(house.wanted()), kExitOk);
  for (const ExchangeId& each : ended) EXPECT_EQ(count(house.events(), "{\"exchange_id\":\"" + text_of(each)), 1u);
  EXPECT_EQ(count(house.events(), "\"state\":\"closed\""), 71u);
}

TEST(Export, ALineThatWasCutShortComesAgain) {
  House house;
  for (int i = 0; i < 3; ++i) house.end(house.ask());
  ASSERT_EQ(records_export(house.wanted()), kExitOk);
  const std::string whole = house.events();
  std::filesystem::remove(house.dir + "/cursor");   // as if it had been killed before the cursor moved, in the third line
  std::filesystem::resize_file(house.dir + "/events", whole.size() - 10);
  ASSERT_EQ(records_export(house.wanted()), kExitOk);
  const size_t two = whole.rfind('\n', whole.size() - 2) + 1;
  EXPECT_EQ(house.events(), whole.substr(0, two) + whole) << "at least once, and no torn line";
}

TEST(Export, ACursorThatIsDamagedIsRefused) {
  House house;
  house.end(house.ask());
  ASSERT_EQ(records_export(house.wanted()), kExitOk);
  std::fstream file(house.dir + "/cursor", std::ios::in | std::ios::out);
  file.seekp(30);
  file.put('z');
  file.close();
  EXPECT_EQ(records_export(house.wanted()), kExitNoInput);
  const auto held = CursorFile::open(house.dir + "/other");
  ASSERT_TRUE(held.ok());
  EXPECT_FALSE(CursorFile::open(house.dir + "/other").ok()) << "one at a time";
}

TEST(Export, FormsSayWhatWasRecordedAndNoMore) {
  House house;
  const ExchangeId id = house.ask();
  house.end(id, 3);
  for (const ExportForm form : {ExportForm::jsonl, ExportForm::ocsf, ExportForm::otlp}) {
    RecordsExport wish = house.wanted(form);
    wish.cursor.clear();
    std::filesystem::remove(wish.output);
    ASSERT_EQ(records_export(wish), kExitOk);
    const std::string text = house.events();
    EXPECT_EQ(text.find("s3cret"), std::string::npos);
    EXPECT_EQ(text.find("bbbb"), std::string::npos);
    EXPECT_NE(text.find(text_of(id)), std::string::npos);
    if (form == ExportForm::jsonl) {
      EXPECT_NE(text.find("\"group\":[\"readers\",\"writers\"]"), std::string::npos) << text;
      EXPECT_NE(text.find("\"reason\":\"none\",\"reason_code\":0"), std::string::npos) << text;
    } else if (form == ExportForm::ocsf) {
      EXPECT_EQ(count(text, "\n"), 2u) << "something was masked: a finding, too";
      EXPECT_NE(text.find("\"class_uid\":6003"), std::string::npos);
      EXPECT_NE(text.find("\"class_uid\":2006"), std::string::npos);
      EXPECT_NE(text.find("\"type_uid\":600301"), std::string::npos);
      EXPECT_NE(text.find("\"action_id\":4"), std::string::npos);
      EXPECT_NE(text.find("\"src_endpoint\":{\"ip\":\"10.0.0.1\",\"port\":4711}"), std::string::npos) << text;
    } else {
      EXPECT_NE(text.find("\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\""), std::string::npos) << text;
      EXPECT_NE(text.find("\"spanId\":\"00f067aa0ba902b7\""), std::string::npos) << text;
    }
  }
}

TEST(Export, AddressesOfCollectors) {
  EXPECT_EQ(post_place("http://127.0.0.1:4318/v1/logs")->path, "/v1/logs");
  EXPECT_EQ(post_place("http://[::1]:4318")->host, "::1");
  for (const char* bad : {"https://127.0.0.1:1/", "http://10.0.0.1:1/", "http://127.0.0.1/", "http://127.0.0.1:0/",
                          "http://127.0.0.1:70000/", "http://127.0.0.1:1/\r\nX: y",
                          "http://127.0.0.1.example:1/", "", "http://u@127.0.0.1:1/"})
    EXPECT_FALSE(post_place(bad).ok()) << bad;
}

TEST(Export, CursorsAreReadStrictly) {
  CursorPlaces places;
  places[{ExchangeIdSource(1).next(5), 3}] = {7, 9, true};
  places[{ExchangeIdSource(1).next(5), 4}] = {0, 0, false};
  const std::string text = format_cursor(places);
  ASSERT_TRUE(parse_cursor(text).ok());
  EXPECT_EQ(*parse_cursor(text), places);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string bad = text;
    bad[i] ^= 1;
    EXPECT_FALSE(parse_cursor(bad).ok()) << i;
    EXPECT_FALSE(parse_cursor(text.substr(0, i)).ok()) << i;
  }
}

}  // namespace
}  // namespace gatehouse::cli
