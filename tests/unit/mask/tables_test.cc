// Tables in texts: what a head says of a column holds for rows far below it, and in the texts that follow.
#include <gtest/gtest.h>

#include "mask/columns.h"
#include "mask/map.h"
#include "mask/mask.h"
#include "mask/stream.h"
#include "tests/support/padded.h"
#include "tests/unit/mask/written.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kRows = 30;

std::string birth(size_t row) { return std::to_string(1950 + row) + "-0" + std::to_string(1 + row % 9) + "-1" + std::to_string(row % 10); }
std::string hired(size_t row) { return std::to_string(2001 + row % 20) + "-11-0" + std::to_string(1 + row % 9); }
std::string passport(size_t row) { return "C" + std::to_string(10 + row) + "X" + std::to_string(10'000 + 37 * row); }

Row head() { return {"Full name", "Department", "Date of birth", "Hired", "Passport no."}; }
Row row(size_t i) { return {"Ann Bobson", "Accounts payable, north wing and yard", birth(i), hired(i), passport(i)}; }

std::string table(const Written& form) {
  std::string out = "Some words before.\n\n" + form.line(head()) + form.rule;
  for (size_t i = 0; i < kRows; ++i) out += form.line(row(i));
  return out + "\nAnd after it.\n";
}

std::string json_string(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : c == '"' ? "\\\"" : std::string(1, c);
  return out + "\"";
}

class TablesTest : public ::testing::Test {
 protected:
  TablesTest() {
    detect::DetectorSet set = 0;
    EXPECT_TRUE(detect::detectors_from_name("default", &set));
    MaskRule rule{.name = "p", .fields = {}, .detectors = {}};
    for (size_t code = 0; code < detect::kDetectors; ++code) {
      if (set >> code & 1) rule.detectors.push_back(static_cast<detect::Detector>(code));
    }
    plan_ = *Plan::compile({rule});
    EXPECT_TRUE(stream_.prepare(*plan_) && masker_.prepare(*plan_));
  }
  std::string streamed(ByteView body, ByteView type, size_t piece) {
    EXPECT_EQ(stream_.start(*plan_, 1, {.content_type = type, .leniency = {}}), Reason::none);
    std::string out;
    const auto take = [&] {
      for (; const Stream::Slice* slice = stream_.slice(); stream_.pop()) out += slice->masked;
    };
    for (size_t at = 0; at < body.size();) {
      size_t consumed = 0;
      EXPECT_EQ(stream_.feed(body.substr(at, piece), &consumed), Reason::none);
      at += consumed;
      take();
    }
    while (!stream_.ended()) {
      EXPECT_EQ(stream_.finish(), Reason::none);
      take();
    }
    return out;
  }
  std::string whole(ByteView body) {
    const testing::Padded padded(body);
    return std::string(masker_.apply(*plan_, 1, padded.view()).body);
  }
  /// JSON, at once and in pieces, which must be the same.
  std::string json(const std::string& body) {
    const std::string at_once = whole(body);
    EXPECT_EQ(at_once, streamed(body, "application/json", 7));
    EXPECT_EQ(at_once, streamed(body, "application/json", 100'000));
    return at_once;
  }
  static std::string chunks(const std::string& text, size_t size, size_t overlap, bool offsets) {
    std::string out = "[";
    for (size_t at = 0;; at += size - overlap) {
      const std::string part = text.substr(at, size);
      out += (at == 0 ? "{\"text\":" : ",{\"text\":") + json_string(part);
      if (offsets) out += ",\"start_index\":" + std::to_string(at) + ",\"end_index\":" + std::to_string(at + part.size());
      out += "}";
      if (at + size >= text.size()) return out + "]";
    }
  }
  static void expect_masked(const std::string& masked, const std::string& what, bool whole_texts = true) {
    for (size_t i = 0; i < kRows; ++i) {
      EXPECT_EQ(masked.find(birth(i)), std::string::npos) << what << ", row " << i;
      EXPECT_EQ(masked.find(passport(i)), std::string::npos) << what << ", row " << i;
      if (!whole_texts) continue;
      EXPECT_NE(masked.find(hired(i)), std::string::npos) << what << ", row " << i;
    }
  }

  std::shared_ptr<const Plan> plan_;
  Stream stream_;
  Masker masker_;
};

TEST_F(TablesTest, HeadsNameColumnsOfOneText) {
  for (const Written& form : kForms) {
    const std::string text = table(form);
    for (const char* type : {"text/plain", "text/markdown"})
      for (const size_t piece : {size_t{1}, size_t{700}, size_t{100'000}}) expect_masked(streamed(text, type, piece), form.name);
    expect_masked(json("{\"note\":" + json_string(text) + "}"), form.name);
    expect_masked(json("{\"text\":" + json_string(text) + "}"), form.name);
  }
}

TEST_F(TablesTest, HeadsNameColumnsOfTheTextsThatFollow) {
  constexpr std::pair<size_t, size_t> kSizes[] = {{1, 0}, {10, 0}, {40, 10}, {60, 0}, {100, 0}, {100, 20}, {300, 0}, {300, 60},
                                                  {700, 100}, {1500, 0}, {1500, 300}};
  for (const Written& form : kForms)
    for (const auto& [size, overlap] : kSizes)
      for (const bool offsets : {true, false}) {
        if (size < 300 && overlap != 0) continue;   // of less than a row, that overlap: not every row is told apart
        std::string masked = json(chunks(table(form), size, overlap, offsets));
        if (overlap == 0 && offsets) {   // what is left of them, as one text
          std::string rest;
          for (size_t at = 0; (at = masked.find("{\"text\":\"", at)) != std::string::npos;) {
            at += 9;
            rest += masked.substr(at, masked.find("\",\"start_index", at) - at);
          }
          masked += rest;
        }
        expect_masked(masked, std::string(form.name) + " " + std::to_string(size) + "/" + std::to_string(overlap), size >= 1500);
      }
}

TEST_F(TablesTest, RowsThatAreTextsByThemselves) {
  for (const Written& form : kForms)
    for (const size_t lines : {1, 2, 3}) {
      const std::string text = table(form);
      std::string body = "[", part;
      size_t count = 0;
      for (const char c : text) {
        part += c;
        if (c != '\n' || ++count % lines != 0) continue;
        while (!part.empty() && (part.back() == '\n' || part.back() == '\r')) part.pop_back();
        body += (body.size() == 1 ? "{\"text\":" : ",{\"text\":") + json_string(part) + "}";
        part.clear();
      }
      expect_masked(json(body + "]"), std::string(form.name) + ", " + std::to_string(lines) + " lines");
    }
}

TEST_F(TablesTest, HeadsOfMarkup) {
  for (const char* cell : {"th", "td"}) {
    const auto line = [](const Row& cells, const std::string& tag) {
      return joined(cells, "<tr><" + tag + ">", "</" + tag + "><" + tag + ">", "</" + tag + "></tr>");
    };
    Row names = head();
    names[2] = "<b>Date</b> of birth";
    names[4] = "Passport&#32;no.";
    std::string all = "<table><thead>" + line(names, cell) + "</thead>", body = "[{\"text_as_html\":" + json_string(all + "</table>") + ",\"text\":\"x\"}";
    for (size_t i = 0; i < kRows; ++i) {
      all += line(row(i), "td");
      body += ",{\"text_as_html\":" + json_string("<table>" + line(row(i), "td") + "</table>") + ",\"text\":\"x\"}";
    }
    all += "</table>";
    for (const size_t piece : {size_t{1}, size_t{100'000}}) expect_masked(streamed(all, "text/html", piece), cell);
    expect_masked(json("{\"metadata\":{\"text_as_html\":" + json_string(all) + "}}"), cell);
    expect_masked(json(body + "]"), cell);
  }
}

/// A part of an address that is an address by itself is no word of its own behind a tag that stands within words.
TEST_F(TablesTest, TagsWithinValues) {
  for (const std::string value : {"jonas.nov<b></b>ak@example.net", "jonas.nov</span>ak&#64;example.net", "<b>jo</b>hn@example.org",
                                  "DE89 3704<wbr> 0044 0532 0130 00", "411111<i>1111</i>111111"}) {
    const std::string page = "<table><tr><td>" + value + "</td><td>stays</td></tr></table>";
    for (const std::string& masked : {json("{\"text_as_html\":" + json_string(page) + "}"), json("{\"x\":" + json_string(page) + "}"),
                                     streamed(page, "text/html", 1), streamed(page, "text/html", 100'000)}) {
      for (const char* part : {"jo", "hn@", "nov", "ak", "DE89", "0044", "1111"})
        EXPECT_EQ(masked.find(part), std::string::npos) << value << ": " << masked;
      EXPECT_NE(masked.find("<td>stays</td>"), std::string::npos) << masked;
    }
  }
}

/// What is no table under such a head stays: other tables, sentences, rows behind the end.
TEST_F(TablesTest, OtherTextsStay) {
  for (const std::string text : {
           "| Name | Date of birth |\n|---|---|\n| Ann | 1980-02-01 |\n\n| Order | Date |\n|---|---|\n| 17 | 2021-02-03 |\n",
           "Name,Date of birth\nAnn,1980-02-01\n\nOrder,Date\n17,2021-02-03\n",
           "Name\tDate of birth\nAnn\t1980-02-01\nThe end of it.\n17\t2021-02-03\n",
           "He gave name, passport, and date of birth. All of it was wrong, as it is now.\nThey, who met, met on, 2021-02-03, again\n",
       }) {
    EXPECT_NE(json("{\"text\":" + json_string(text) + "}").find("2021-02-03"), std::string::npos) << text;
  }
}

TEST_F(TablesTest, MemoryIsBounded) {
  std::string text = table(kForms[0]);
  EXPECT_EQ(stream_.start(*plan_, 1, {.content_type = "text/markdown", .leniency = {}}), Reason::none);
  const std::string line = kForms[0].line(row(7));
  while (text.size() < 3'000'000) text += text.size() % 97 == 0 ? kForms[0].line(head()) + kForms[0].rule : line;
  for (size_t at = 0; at < text.size();) {
    size_t consumed = 0;
    EXPECT_EQ(stream_.feed(ByteView(text).substr(at, 16'000), &consumed), Reason::none);
    at += consumed;
    for (; stream_.slice(); stream_.pop()) {}
    ASSERT_LE(stream_.memory_bytes(), size_t{256} * 1024);
  }
}

/// What was looked through before ends within a number whose '+' stands there: the values of cells behind it are still found.
TEST_F(TablesTest, CellsBehindANumberThatIsContext) {
  const testing::Padded text("| +1 435 748 9635 | 454 27 1504 | 06/14/1976 |\n"), ssn("ssn"), born("date_of_birth");
  detect::Cells cells;
  cells.list.push({20, 31, false, detect::named_by_field(ssn.view()), ssn.view()});
  cells.list.push({34, 44, false, detect::named_by_field(born.view()), born.view()});
  Room<detect::Found> found;
  detect::detect({.bytes = text.view(), .from = 3, .cells = &cells}, {set_of(detect::Detector::us_ssn) | set_of(detect::Detector::date_of_birth) | set_of(detect::Detector::phone)}, &found);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].begin, 20U);
  EXPECT_EQ(found[1].begin, 34U);
}

}  // namespace
}  // namespace gatehouse::mask
