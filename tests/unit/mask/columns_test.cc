// Masks that name a column (**.name) reach the cells of tables that stand in texts.
#include <gtest/gtest.h>

#include <functional>

#include "mask/mask.h"
#include "tests/support/masked_stream.h"
#include "tests/support/padded.h"
#include "tests/unit/mask/written.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kRows = 24;

std::string letters(size_t i) { return {static_cast<char>('a' + i % 26), static_cast<char>('k' + i / 5), static_cast<char>('b' + i % 7)}; }
std::string name(size_t i) { return "Q" + letters(i) + " V" + letters(i + 3) + "o"; }
std::string street(size_t i) { return "Z" + letters(i) + "strasse " + std::to_string(11 + i); }
std::string yard(size_t i) { return "Yard of the " + letters(i) + " kind"; }
Row head() { return {"Id", "Full name", "Yard", "Street", "Note"}; }
Row row(size_t i) { return {"n" + std::to_string(i), name(i), yard(i), street(i), "of no use"}; }

/// All forms: no cell here has a comma.
std::vector<Written> forms() {
  std::vector<Written> all(std::begin(kForms), std::end(kForms));
  all.push_back({"commas", [](const Row& c) { return joined(c, "", ",", "\n"); }});
  return all;
}

std::string table(const Written& form, const Row& names = head(), const std::function<Row(size_t)>& of = row) {
  std::string out = "Some words before.\n\n" + form.line(names) + form.rule;
  for (size_t i = 0; i < kRows; ++i) out += form.line(of(i));
  return out + "\nAnd what stands after it.\n";
}
Row masked_row(size_t i) { return {"n" + std::to_string(i), "[redacted:p]", yard(i), "[redacted:p]", "of no use"}; }

std::string json_string(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : c == '"' ? "\\\"" : std::string(1, c);
  return out + "\"";
}
std::string chunks(const std::string& text, size_t size, size_t overlap, bool offsets) {
  std::string out = "[";
  for (size_t at = 0;; at += size - overlap) {
    const std::string part = text.substr(at, size);
    out += (at == 0 ? "{\"text\":" : ",{\"text\":") + json_string(part);
    if (offsets) out += ",\"start_index\":" + std::to_string(at) + ",\"end_index\":" + std::to_string(at + part.size());
    out += "}";
    if (at + size >= text.size()) return out + "]";
  }
}

class ColumnsTest : public ::testing::Test {
 protected:
  void use(std::vector<std::string> fields, Method method = Method::redact, const std::string& text = {}) {
    plan_ = *Plan::compile({{.name = "p", .fields = std::move(fields), .detectors = {}, .method = method, .text = text}});
    EXPECT_TRUE(stream_.prepare(*plan_) && masker_.prepare(*plan_));
  }
  std::string streamed(const std::string& body, const char* type, size_t piece) {
    const testing::MaskedStream out =
        testing::mask_stream(stream_, *plan_, masks_, {.content_type = type, .leniency = {}}, body, testing::cut_every(piece));
    EXPECT_EQ(out.reason, Reason::none);
    EXPECT_TRUE(out.undone);
    EXPECT_LE(out.memory_most, size_t{256} * 1024);
    return out.masked;
  }
  /// JSON, at once and in pieces, which must be the same.
  std::string json(const std::string& body) {
    const testing::Padded padded(body);
    const Masker::Outcome outcome = masker_.apply(*plan_, masks_, padded.view());
    std::string undone = body;
    EXPECT_TRUE(outcome.map.empty() || undo(outcome.body, outcome.map, &undone));
    EXPECT_EQ(undone, body);
    const std::string at_once(outcome.body);
    EXPECT_EQ(at_once, streamed(body, "application/json", 7));
    EXPECT_EQ(at_once, streamed(body, "application/json", 100'000));
    return at_once;
  }
  std::string text(const std::string& body, const char* type) {
    const std::string at_once = streamed(body, type, 1'000'000);
    for (const size_t piece : {1, 7, 700}) EXPECT_EQ(streamed(body, type, piece), at_once) << piece;
    return at_once;
  }

  std::shared_ptr<const Plan> plan_;
  Selection masks_ = 1;
  Stream stream_;
  Masker masker_;
};

TEST_F(ColumnsTest, OfOneTextCellsGoWholeAndAllElseStays) {
  use({"**[\"Full name\"]", "**.Street"});
  for (const Written& form : forms()) {
    const std::string body = table(form), wanted = table(form, head(), masked_row);
    for (const char* type : {"text/plain", "text/markdown"}) EXPECT_EQ(text(body, type), wanted) << form.name;
    for (const std::string key : {"note", "text"})
      EXPECT_EQ(json("{\"" + key + "\":" + json_string(body) + "}"), "{\"" + key + "\":" + json_string(wanted) + "}") << form.name;
  }
}

TEST_F(ColumnsTest, OfTheTextsThatFollow) {
  use({"**[\"Full name\"]", "**.Street"});
  constexpr std::pair<size_t, size_t> kSizes[] = {{1, 0},    {10, 0},    {60, 0},     {100, 0},   {300, 0},
                                                  {300, 60}, {700, 100}, {1500, 0}, {1500, 300}};
  for (const Written& form : forms())
    for (const auto& [size, overlap] : kSizes)
      for (const bool offsets : {true, false}) {
        const std::string what = std::string(form.name) + " " + std::to_string(size) + "/" + std::to_string(overlap) + (offsets ? " told" : "");
        const std::string masked = json(chunks(table(form), size, overlap, offsets));
        std::string rest;   // what is left of them, as one text
        for (size_t at = 0; overlap == 0 && (at = masked.find("{\"text\":\"", at)) != std::string::npos;) {
          at += 9;
          rest += masked.substr(at, masked.find(offsets ? "\",\"start_index" : "\"}", at) - at);
        }
        for (size_t i = 0; i < kRows; ++i)
          for (const std::string& value : {name(i), street(i)}) {
            EXPECT_EQ(masked.find(value), std::string::npos) << what << ": " << value << "\n" << masked;
            EXPECT_EQ(rest.find(value), std::string::npos) << what << ": " << value;
          }
        if (overlap != 0 || size == 10) continue;   // of so few bytes a part of a row looks like a row under a part of the head
        for (size_t i = 0; i < kRows && offsets; ++i) EXPECT_NE(rest.find(yard(i)), std::string::npos) << what << ", row " << i << "\n" << rest;
      }
}

TEST_F(ColumnsTest, RowsThatAreTextsByThemselves) {
  use({"**[\"Full name\"]", "**.Street"});
  for (const Written& form : forms())
    for (const size_t lines : {1, 2, 3}) {
      std::string body = "[", part;
      size_t count = 0;
      for (const char c : table(form)) {
        part += c;
        if (c != '\n' || ++count % lines != 0) continue;
        while (!part.empty() && (part.back() == '\n' || part.back() == '\r')) part.pop_back();
        body += (body.size() == 1 ? "{\"text\":" : ",{\"text\":") + json_string(part) + "}";
        part.clear();
      }
      const std::string masked = json(body + "]");
      for (size_t i = 0; i < kRows; ++i) {
        EXPECT_EQ(masked.find(name(i)), std::string::npos) << form.name << lines << " row " << i;
        EXPECT_EQ(masked.find(street(i)), std::string::npos) << form.name << lines << " row " << i;
        EXPECT_NE(masked.find(yard(i)), std::string::npos) << form.name << lines << " row " << i;
      }
    }
}

TEST_F(ColumnsTest, OfMarkup) {
  use({"**[\"Full name\"]", "**.Street"});
  for (const std::string cell : {"th", "td"}) {
    const auto line = [](const Row& cells, const std::string& tag) {
      return joined(cells, "<tr>\n <" + tag + ">", "</" + tag + ">\n <" + tag + ">", "</" + tag + "></tr>\n");
    };
    Row names = head();
    names[1] = " <b>Full</b> name\n";
    const std::string begin = "<table><thead>" + line(names, cell) + "</thead>";
    std::string all = begin, wanted = begin;
    std::string body = "[{\"text_as_html\":" + json_string(all + "</table>") + ",\"text\":\"x\"}", wanted_body = body;
    for (size_t i = 0; i < kRows; ++i) {
      Row from = row(i), to = masked_row(i);
      from[1] = "\n  <i>" + from[1] + "</i>", to[1] = "\n  <i>" + to[1] + "</i>";
      from[3] += "&amp;", from[4] = to[4] = "<a title='Street'>x</a>";
      all += line(from, "td");
      wanted += line(to, "td");
      body += ",{\"text_as_html\":" + json_string("<table>" + line(from, "td") + "</table>") + ",\"text\":\"x\"}";
      wanted_body += ",{\"text_as_html\":" + json_string("<table>" + line(to, "td") + "</table>") + ",\"text\":\"x\"}";
    }
    all += "</table> after", wanted += "</table> after";
    EXPECT_EQ(text(all, "text/html"), wanted);
    EXPECT_EQ(json("{\"metadata\":{\"text_as_html\":" + json_string(all) + "}}"), "{\"metadata\":{\"text_as_html\":" + json_string(wanted) + "}}");
    EXPECT_EQ(json(body + "]"), wanted_body + "]");
  }
}

/// The methods do in a cell of a text what they do in one of CSV, and no replacement ends a cell.
TEST_F(ColumnsTest, Methods) {
  const std::string body = "| Name | Yard |\n|---|---|\n| Perla Quint | a |\n| **Al** | b |\n";
  use({"**.Name"}, Method::drop);
  EXPECT_EQ(text(body, "text/markdown"), "| Name | Yard |\n|---|---|\n|  | a |\n| **** | b |\n");
  use({"**.Name"}, Method::null);
  EXPECT_EQ(text(body, "text/markdown"), "| Name | Yard |\n|---|---|\n|  | a |\n| **** | b |\n");
  use({"**.Name"}, Method::partial);
  EXPECT_EQ(text(body, "text/markdown"), "| Name | Yard |\n|---|---|\n| P******t | a |\n| ******* | b |\n");
  use({"**.Name"}, Method::replace, "n|a, \"x\"");
  EXPECT_EQ(text(body, "text/markdown"), "| Name | Yard |\n|---|---|\n| n a   x  | a |\n| **n a   x ** | b |\n");
  EXPECT_EQ(json("{\"text\":" + json_string(body) + "}"),
            "{\"text\":" + json_string("| Name | Yard |\n|---|---|\n| n a   x  | a |\n| **n a   x ** | b |\n") + "}");
}

/// Only paths that name a key anywhere reach into texts; other names, other tables and sentences stay.
TEST_F(ColumnsTest, WhatStays) {
  const std::string body = "{\"text\":" + json_string("| Name | Yard |\n|---|---|\n| Perla | a |\n") + "}";
  for (const char* path : {"Name", "[*].Name", "*.Name", "a.**.Name", "**.name", "**.Yard.Name"}) {
    use({path});
    EXPECT_EQ(json(body), body) << path;
  }
  use({"**.Name", "**.name", "**.street"});
  for (const std::string text : {
           "Words.\n\n| Name | Yard |\n|---|---|\n\nNo row, but words.\n",
           "Words.\nOrder,Date\n17,2021-02-03\n",
           "He gave name, passport, and date of birth. All of it was wrong, as it is now.\nThey, who met, met on, again\n",
           "Give us\nname, street\nThis has, as it were, more of them\n",
           "Words.\nname | street\n\n\nNothing here\n",
       }) {
    const std::string as_json = "{\"text\":" + json_string(text) + "}";
    EXPECT_EQ(json(as_json), as_json);
    EXPECT_EQ(this->text(text, "text/markdown"), text);
  }
}

/// What stands before a comma in a sentence or a program heads no column of passwords; short labels do.
TEST_F(ColumnsTest, SentencesHeadNoPasswords) {
  plan_ = *Plan::compile({{.name = "p", .fields = {}, .detectors = {detect::Detector::password}}});
  EXPECT_TRUE(stream_.prepare(*plan_) && masker_.prepare(*plan_));
  for (const std::string text : {
           "Hello, please reset your password\nThanks, Bob from the service desk\nRegards, Alice\n",
           "Dear all, the new password\nis required, as told\n",
           "int main(int argc, char *password) {\n  return f(1, 2);\n}\n",
           "const password = await bcrypt.hash(req.body.password, 10);\nconst token = jwt.sign({ id: user.id }, x);\n",
       }) {
    for (const char* type : {"text/plain", "text/markdown", ""}) EXPECT_EQ(this->text(text, type), text) << type;
    const std::string as_json = "{\"text\":" + json_string(text) + "}";
    EXPECT_EQ(json(as_json), as_json);
  }
  for (const std::string head : {"user,password", "user, initial password", "user;database admin password"}) {
    const std::string before = head + "\nbob" + (head.find(';') != std::string::npos ? ";" : ",");
    EXPECT_EQ(this->text(before + "hunter2\n", "text/plain"), before + "[redacted:p]\n");
  }
}

/// A mask that names a column beats what detectors find in its cells; in other cells they find what they did.
TEST_F(ColumnsTest, BeatsDetectors) {
  plan_ = *Plan::compile({{.name = "p", .fields = {"**.Contact"}, .detectors = {}},
                          {.name = "d", .fields = {}, .detectors = {detect::Detector::email}, .method = Method::drop}});
  EXPECT_TRUE(stream_.prepare(*plan_));
  const testing::MaskedStream out = testing::mask_stream(
      stream_, *plan_, 3, {.content_type = "text/markdown", .leniency = {}},
      "| Contact | Other |\n|---|---|\n| ann@example.org | bob@example.org |\n", testing::whole());
  EXPECT_EQ(out.masked, "| Contact | Other |\n|---|---|\n| [redacted:p] |  |\n");
  ASSERT_EQ(out.changes.size(), 2U);
  EXPECT_EQ(out.changes[0], " p field ann@example.org>[redacted:p]");
}

/// Rows may be longer than what is looked at: the cells that begin and end in it go, however the text came.
/// Where masks name columns all heads are read, also those whose columns detectors know: at once as in pieces.
TEST_F(ColumnsTest, DetectorsKnowColumnsBesideMasks) {
  plan_ = *Plan::compile({{.name = "d", .fields = {}, .detectors = {detect::Detector::us_ssn}, .method = Method::redact},
                          {.name = "p", .fields = {"**.p"}, .detectors = {}, .method = Method::redact}});
  EXPECT_TRUE(stream_.prepare(*plan_) && masker_.prepare(*plan_));
  masks_ = 3;
  std::string many, cells;   // more columns than are named; behind those anything may stand
  for (int i = 0; i < 60; ++i) many += "|c", cells += "|.";
  const std::pair<std::string, std::string> kTexts[] = {
      {"| id | SSN |\n|---|---|\n| 7 | 536228731 |\n", "| id | SSN |\n|---|---|\n| 7 | [redacted:d] |\n"},
      {"id\tSSN\r\n7\t536228731\r\n", "id\tSSN\r\n7\t[redacted:d]\r\n"},
      {"SSN;id\n536228731;7\n", "SSN;id\n[redacted:d];7\n"},
      {"|id|SSN" + many + "|no. 12345|\n|7|536228731" + cells + "|x|\n", "|id|SSN" + many + "|no. 12345|\n|7|[redacted:d]" + cells + "|x|\n"},
      {"| id | code |\n|---|---|\n| 7 | 536228731 |\n", "| id | code |\n|---|---|\n| 7 | 536228731 |\n"},
  };
  for (const auto& [from, to] : kTexts)
    for (const std::string key : {"note", "text"})
      EXPECT_EQ(json("{\"" + key + "\":" + json_string(from) + "}"), "{\"" + key + "\":" + json_string(to) + "}");
}

TEST_F(ColumnsTest, LongRows) {
  use({"**.Name"});
  for (const size_t size : {900, 1000, 1030, 2000, 9000}) {
    const std::string body = "| Name | Note |\n|---|---|\n| Perla Quint | " + std::string(size, 'x') + " |\n| Ann Bobson | y |\n";
    const std::string masked = text(body, "text/markdown");
    EXPECT_EQ(masked.find("Perla"), std::string::npos) << size;
    EXPECT_EQ(masked.find("Bobson"), std::string::npos) << size;
  }
}

}  // namespace
}  // namespace gatehouse::mask
