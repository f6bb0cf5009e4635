// Values that chunks cut, in any way that chunkers cut: no four bytes of one stay that stand together (of many thousand documents, in
// one of eight hundred at most), and a body is masked whole as it is in any pieces.
// GATEHOUSE_LONG=1: 20,000 documents; else 300, under a sanitizer a third of them. GATEHOUSE_SEED: where the choices begin;
// GATEHOUSE_FIRST, GATEHOUSE_DOCUMENTS: which of them. GATEHOUSE_TELL=1 shows what stays; of one document all of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "detect/detect.h"
#include "mask/map.h"
#include "mask/stream.h"
#include "tests/support/cut_document.h"
#include "tests/support/padded.h"
#include "tests/support/sanitized.h"

namespace gatehouse::mask {
namespace {

using testing::Chooser;
using testing::Cutting;
using testing::CutAnswer;
using testing::Document;

constexpr size_t kRun = 4;   // bytes of a value that say something
constexpr size_t kUsual = testing::kSanitized ? 100 : 300;   // documents

size_t number_of(const char* name, size_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Changed is which raw bytes of a body were changed; nothing when it was refused.
struct Changed {
  std::string masked;
  std::vector<bool> raw;
  Reason reason = Reason::none;
};

class CutsTest : public ::testing::Test {
 protected:
  CutsTest() {
    MaskRule rule{.name = "p", .fields = {}, .detectors = {}};
    for (size_t code = 0; code < detect::kDetectors; ++code)
      if (wanted() >> code & 1) rule.detectors.push_back(static_cast<detect::Detector>(code));
    plan_ = *Plan::compile({rule});
    EXPECT_TRUE(stream_.prepare(*plan_) && masker_.prepare(*plan_));
  }

  static detect::DetectorSet wanted() {
    detect::DetectorSet set = 0;
    EXPECT_TRUE(detect::detectors_from_name("default", &set));
    return set;
  }

  static void note(ByteView map, size_t base, Changed* out) {
    MapReader reader;
    if (map.empty() || !reader.open(map)) return;
    for (Change change; reader.next(&change);)
      for (size_t i = 0; i < change.original.size(); ++i) out->raw[base + change.original_offset + i] = true;
  }

  Changed whole(ByteView body) {
    const testing::Padded padded(body);
    Changed out{{}, std::vector<bool>(body.size()), Reason::none};
    const Masker::Outcome outcome = masker_.apply(*plan_, 1, padded.view());
    out.reason = outcome.reason;
    out.masked = outcome.body;
    note(outcome.map, 0, &out);
    return out;
  }

  /// piece 0: of a random size each time.
  Changed streamed(ByteView body, size_t piece, Chooser& choose) {
    Changed out{{}, std::vector<bool>(body.size()), Reason::none};
    out.reason = stream_.start(*plan_, 1, {.content_type = "application/json", .leniency = {}});
    size_t base = 0;
    const auto take = [&] {
      for (; const Stream::Slice* slice = stream_.slice(); stream_.pop()) {
        note(slice->map, base, &out);
        out.masked += slice->masked;
        base += slice->original_length;
      }
    };
    for (size_t at = 0; at < body.size() && out.reason == Reason::none;) {
      const size_t size = std::min(body.size() - at, piece != 0 ? piece : choose.between(1, 700));
      size_t consumed = 0;
      out.reason = stream_.feed(body.substr(at, size), &consumed);
      at += consumed;
      take();
    }
    while (out.reason == Reason::none && !stream_.ended()) {
      out.reason = stream_.finish();
      take();
    }
    return out;
  }

  /// Which bytes of the document are in values when it is read as one text.
  std::vector<bool> found_in(const Document& document) {
    const testing::Padded padded(document.text);
    detect::detect({.bytes = padded.view()}, {wanted()}, &found_);
    std::vector<bool> out(document.text.size());
    for (const detect::Found& found : found_) std::fill(out.begin() + found.begin, out.begin() + found.end, true);
    return out;
  }

  /// The runs of value bytes that are still to be seen, and how many bytes are gone that are in no value.
  struct Seen {
    std::string leaks;
    size_t leaked = 0, damaged = 0;
  };
  Seen look(const Document& document, const CutAnswer& answer, const Changed& changed, const std::vector<bool>& found, bool told) {
    std::vector<bool> seen(document.text.size());
    std::vector<size_t> kept(document.text.size(), SIZE_MAX);   // the chunk that shows a byte
    Seen out;
    for (size_t c = 0; c < answer.chunks.size(); ++c) {
      for (const testing::Shown& shown : answer.chunks[c].shown) {
        if (!changed.raw[shown.raw]) seen[shown.byte] = true, kept[shown.byte] = c;
        else out.damaged += !found[shown.byte];
      }
    }
    std::string clean = "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----" + document.text;
    const size_t own = clean.size() - document.text.size();
    for (const testing::Span& value : document.values) std::fill(clean.begin() + static_cast<ptrdiff_t>(own + value.begin), clean.begin() + static_cast<ptrdiff_t>(own + value.end), '\0');
    for (const testing::Span& value : document.values) {
      size_t run = 0, bytes = 0;
      std::string what;
      for (size_t i = value.begin; i <= value.end; ++i) {
        if (i < value.end && seen[i] && found[i]) {
          ++run;
          continue;
        }
        std::string text = document.text.substr(i - run, run);
        // Nothing says that the texts touch: what stands at the border before or behind a whole value may be a word of its own.
        const bool word = run < 20 && !touches(answer, document, kept[i - 1], told);
        if (run >= kRun && !word && clean.find(text) == std::string::npos) {
          bytes += run;
          std::replace(text.begin(), text.end(), '\n', '~');
          what += " '" + text + "' of chunk " + std::to_string(kept[i - 1]);
        }
        run = 0;
      }
      if (bytes == 0) continue;
      out.leaked += bytes;
      out.leaks += std::string(value.kind) + ":" + what + "\n";
      ++leaks_[value.kind];
    }
    return out;
  }

  /// A document as two texts that touch.
  static void put_two(const std::string& text, size_t border, CutAnswer* answer) {
    answer->body = "[";
    for (const auto& [begin, end] : {std::pair{size_t{0}, border}, std::pair{border, text.size()}}) {
      testing::Chunk chunk{begin, end, {}};
      answer->body += begin == 0 ? "{\"text\":\"" : ",{\"text\":\"";
      for (size_t i = begin; i < end; ++i) {
        chunk.shown.push_back({static_cast<uint32_t>(answer->body.size()), static_cast<uint32_t>(i)});
        if (text[i] == '\n') answer->body += "\\n";
        else if (text[i] == '"') answer->body += "\\\"";
        else answer->body += text[i];
      }
      answer->body += "\",\"start_index\":" + std::to_string(begin) + ",\"end_index\":" + std::to_string(end) + "}";
      answer->chunks.push_back(std::move(chunk));
    }
    answer->body += "]";
  }

  /// Whether it was to be known of a chunk and its neighbours that they were cut from one text with nothing taken away.
  static bool touches(const CutAnswer& answer, const Document& document, size_t chunk, bool told) {
    const auto blank = [&](size_t at) { return document.text[at] == ' ' || document.text[at] == '\n'; };
    for (size_t c = 0; c <= chunk + 1 && c < answer.chunks.size() && !told; ++c) {
      const testing::Chunk& one = answer.chunks[c];
      told = one.begin < one.end && (blank(one.begin) || blank(one.end - 1));
    }
    return told;
  }

  void mask_one(uint64_t seed, size_t i, bool hops);
  void print(const char* name);

  struct Total {
    size_t documents = 0, bad = 0, differ = 0, values = 0, unseen = 0, damaged = 0, bytes = 0;
  } total_;
  const bool tell_ = std::getenv("GATEHOUSE_TELL") != nullptr;
  std::shared_ptr<const Plan> plan_;
  Stream stream_;
  Masker masker_;
  Room<detect::Found> found_;
  std::map<std::string, size_t> leaks_;
};

/// One document, cut in one way, whole and streamed.
void CutsTest::mask_one(uint64_t seed, size_t i, bool hops) {
  Chooser choose((seed << 32) + i);
  Cutting cutting = testing::make_cutting(choose);
  if (hops && cutting.size > 1) cutting.overlap = cutting.size - choose.between(1, std::min<size_t>(3, cutting.size - 1));
  const size_t times = (cutting.size + cutting.size - cutting.overlap - 1) / (cutting.size - cutting.overlap);
  const Document document = testing::make_document(choose, std::max<size_t>(400, std::min<size_t>(4000, 40'000 / times / (cutting.size < 8 ? 4 : 1))));
  const CutAnswer answer = testing::cut_document(document, cutting);
  const std::vector<bool> found = found_in(document);
  for (const testing::Span& value : document.values) {
    ++total_.values;
    size_t in = 0;
    for (size_t b = value.begin; b < value.end; ++b) in += found[b];
    if (in + 3 < value.end - value.begin) ++total_.unseen;
  }
  const Changed at_once = whole(answer.body), in_pieces = streamed(answer.body, choose.one_in(4) ? 7 : 0, choose);
  ASSERT_EQ(at_once.reason, Reason::none);
  ASSERT_EQ(in_pieces.reason, Reason::none);
  const bool told = cutting.offsets != Cutting::Offsets::none, differs = at_once.masked != in_pieces.masked;
  const Seen a = look(document, answer, at_once, found, told), b = look(document, answer, in_pieces, found, told);
  const bool shows = !a.leaks.empty() || !b.leaks.empty();
  ++total_.documents;
  total_.damaged += a.damaged;
  total_.bytes += document.text.size();
  total_.differ += differs;
  total_.bad += shows;
  if (!tell_ || (!shows && !differs && a.damaged <= 20)) return;
  std::printf("document %zu of seed %zu (%s)%s: damaged %zu, whole %zu, streamed %zu\n%s---\n%s", i, static_cast<size_t>(seed), cutting.name().c_str(),
              differs ? " differs" : "", a.damaged, a.leaked, b.leaked, a.leaks.c_str(), b.leaks.c_str());
  if (number_of("GATEHOUSE_DOCUMENTS", 0) != 1) return;
  std::printf("%s\n%s\n%s\n", answer.body.c_str(), in_pieces.masked.c_str(), differs ? at_once.masked.c_str() : "");
}

void CutsTest::print(const char* name) {
  std::printf("%s: %zu documents, %zu with leaks, %zu differ, %zu values (%zu not seen uncut), %zu bytes damaged of %zu\n", name, total_.documents, total_.bad,
              total_.differ, total_.values, total_.unseen, total_.damaged, total_.bytes);
  for (const auto& [kind, count] : leaks_) std::printf("  leaked %s %zu\n", kind.c_str(), count);
}

TEST_F(CutsTest, NoPartOfAValueStays) {
  const size_t documents = number_of("GATEHOUSE_DOCUMENTS", std::getenv("GATEHOUSE_LONG") != nullptr ? 20'000 : kUsual);
  const size_t seed = number_of("GATEHOUSE_SEED", 1), first = number_of("GATEHOUSE_FIRST", 0);
  for (size_t i = first; i < first + documents; ++i) mask_one(seed, i, false);
  print("as chunkers cut");
  // In a long run some texts of a few bytes, or cut at both ends and trimmed, still show a part.
  EXPECT_LE(total_.bad, documents / 800);
  EXPECT_EQ(total_.differ, 0U);
}

/// Each text repeats nearly all of the one before it: what is looked through again, when, and how much is kept for it decides.
TEST_F(CutsTest, TextsThatRepeatNearlyAll) {
  const size_t documents = number_of("GATEHOUSE_DOCUMENTS", std::getenv("GATEHOUSE_LONG") != nullptr ? 10'000 : kUsual * 2 / 5);
  const size_t seed = number_of("GATEHOUSE_SEED", 1), first = number_of("GATEHOUSE_FIRST", 0);
  for (size_t i = first; i < first + documents; ++i) mask_one(seed, i, true);
  print("in hops");
  EXPECT_LE(total_.bad, documents / 400);
  EXPECT_EQ(total_.differ, 0U);
}

/// Documents that showed a part of a value, or were masked in another way whole than streamed; under a sanitizer a third of them.
TEST_F(CutsTest, DocumentsThatWentWrong) {
  constexpr std::pair<uint64_t, size_t> kDocuments[] = {
      {1, 2014}, {1, 2497}, {1, 3252}, {2, 146}, {2, 245}, {2, 561}, {2, 1049}, {2, 1344}, {2, 2336}, {2, 2474}, {2, 2621}, {2, 3908},  // looked through again
      {3, 1872}, {3, 2748}, {3, 3549},                                                    // let go of; a head that was none
      {3, 294}, {4, 1585}, {5, 1302}, {6, 316},                                           // a heading of which the first letter repeats something
      {4, 1002}, {4, 4291}, {5, 633}, {6, 3387}, {4, 386}, {5, 2455}, {6, 3796},                                         // the end of a key repeated twice
      {9, 1351},   // the end of a key, and a line's, that look like gzip in base64
      {31, 1672}, {32, 440},   // a line that two texts begin with by chance, where only starts are told
      {21, 678},               // a key goes over a heading, and another value stands behind it
      {41, 320}, {44, 782},    // the end of a token that looks like a heading
      {43, 411}, {43, 971},    // the end of a key of letters; the front of an address of which the end is one
      {201, 486},              // the end of an address with which two texts begin
      {44, 1216}, {78, 427},   // a token behind the rest of a sentence, with which two texts begin by chance
  };
  constexpr std::pair<uint64_t, size_t> kInHops[] = {
      {9, 4}, {9, 119}, {9, 159},   // dashes of a key's first line that tokens share
      {9, 109}, {9, 454},           // tokens that share one byte by chance where they share more
      {9, 214}, {9, 638},           // an address of which the end was taken for a heading
      {1, 540}, {9, 678}, {9, 694},   // a webhook within what is read as one
      {1, 1700}, {9, 1408}, {21, 1478}, {31, 397}, {32, 1889},   // a word too long for an overlap, where all others have one
      {9, 111}, {9, 978}, {31, 243}, {31, 1621},   // several long values in what is repeated, behind headings too
      {1, 1778}, {22, 1464}, {31, 343}, {31, 689},   // the text before the last names what is repeated
      {1, 523}, {1, 1755},           // a value over several texts, and no more of it behind
      {32, 304}, {32, 1838}, {42, 823},   // a byte that fits by chance; a token's end repeated; characters of many bytes
      {43, 58},                      // let go of at the end
      {33, 668},                     // five digits that fit where four are shared, as before
  };
  constexpr size_t kStep = testing::kSanitized ? 3 : 1;
  for (size_t n = 0; n < std::size(kDocuments); n += kStep) mask_one(kDocuments[n].first, kDocuments[n].second, false);
  for (size_t n = 0; n < std::size(kInHops); n += kStep) mask_one(kInHops[n].first, kInHops[n].second, true);
  print("once wrong");
  EXPECT_EQ(total_.bad, 0U);
  EXPECT_EQ(total_.differ, 0U);
}

/// A heading may be a sentence of small letters: what is cut behind it goes on there.
TEST_F(CutsTest, ValuesGoOnBehindHeadingsThatAreSentences) {
  Chooser choose(1);
  for (const std::string heading : {"how do i pay?", "pumps, valves, etc.", "iso 9001, annex b.", "a; b;", "see below, then pay,", "pay!"})
    for (const std::string line : {"\\n", "\\r\\n"})
      for (const bool first : {false, true}) {   // the card is cut where the heading comes for the second time
        const std::string start = "{\"text\":\"" + heading + line;
        const std::string body = "{\"chunks\":[" + (first ? "" : start + "nothing here at all, just words\"},") + start +
                                 "we were told that the card is 4111 1111 11\"}," + start + "11 1111 and that it was paid\"}," + start + "the end of it\"}]}";
        const Changed at_once = whole(body);
        EXPECT_EQ(at_once.masked.find("11"), std::string::npos) << at_once.masked;
        EXPECT_NE(at_once.masked.find("and that it was paid"), std::string::npos) << at_once.masked;
        EXPECT_EQ(streamed(body, 1, choose).masked, at_once.masked);
        // the rest is all of a text, of which two bytes stand at the end of the one before it by chance
        const std::string alone = "{\"chunks\":[" + start + "we were told that the card is 4111 1111 11\"}," + start + "111111\"}," + start + "the end\"}]}";
        EXPECT_EQ(whole(alone).masked.find("11"), std::string::npos) << whole(alone).masked;
      }
}

/// Lists of lines that are as long as one another, cut after so many characters, of one line or several each: each text begins with the same line, which is no
/// heading but the rest of an address.
TEST_F(CutsTest, LinesThatEndAlikeAreNoHeadings) {
  Chooser choose(1);
  for (const std::string domain : {"@corp.example", "@mail.firma.de", "@acme.org", "@contoso-and-sons.co.uk"}) {
    const size_t line = 7 + domain.size();
    std::string list;
    for (size_t i = 10; i < 31; ++i) list += "user" + std::to_string(i) + domain + "\n";
    for (const size_t lines : {1, 2, 3})
      for (const bool told : {false, true})
        for (size_t first = 1; first < line; ++first) {
          std::string body = "[";
          for (size_t at = 0, end = first; at < list.size(); at = end, end += lines * line) {
            std::string text = list.substr(at, end - at);
            for (size_t n = 0; (n = text.find('\n', n)) != std::string::npos;) text.replace(n, 1, "\\n");
            body += (at == 0 ? "" : ",") + (told ? "{\"text\":\"" + text + "\",\"start_index\":" + std::to_string(at) + "}" : "\"" + text + "\"");
          }
          const std::string masked = whole(body + "]").masked;
          std::string left;   // but for names of members
          for (const char c : masked) left += c == '"' || c == '{' || c == ',' || c == '[' || c == ']' ? '|' : c;
          for (size_t at; (at = left.find("redacted:p")) != std::string::npos;) left.erase(at, 10);
          // Where nothing says that no blank was cut off, a whole address ends with its text.
          for (const std::string& part : told ? std::vector<std::string>{"user", "@", domain.substr(domain.size() - 2) + "\\n"} : std::vector<std::string>{"@"})
            EXPECT_EQ(left.find(part), std::string::npos) << domain << ' ' << lines << ' ' << first << ": " << masked;
          EXPECT_EQ(streamed(body + "]", 7, choose).masked, masked);
        }
  }
}

/// A token goes on behind a heading of one word, also where the texts are as long as one another.
TEST_F(CutsTest, TokensGoOnBehindWords) {
  const std::string token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4ifQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV";
  for (const std::string heading : {"Overview\\n", "Introduction\\n"})
    for (size_t cut = 20; cut < token.size() - 6; ++cut) {
      std::string first = "some text, the token: " + token.substr(0, cut), second = heading + token.substr(cut);
      const size_t own = second.size() - 1;
      if (first.size() < own) first.insert(0, own - first.size(), 'x');
      else if (first.size() > own) second += " " + std::string(first.size() - own - 1, 'y');
      const std::string masked = whole("[\"" + first + "\",\"" + second + "\"]").masked;
      for (size_t at = 0; at + kRun <= token.size(); ++at) EXPECT_EQ(masked.find(token.substr(at, kRun)), std::string::npos) << masked;
    }
}

/// A heading that other lines end with, by chance or because it stands there as well, is one: what is cut behind it goes on there.
TEST_F(CutsTest, HeadingsThatOtherLinesEndWithAreHeadings) {
  struct Texts {
    std::string before, heading, words;   // what stands before the section, where it is not empty; behind the heading
  };
  const std::string alpha = "Alpha\\nsome words of the first section", more = " and more words that follow here.";
  const Texts all[] = {
      {"", "# Guide\\n", "## Guide\\nsome words before it, then "},
      {"", "Guide\\n", "1.Guide\\nUserGuide\\nsome words before it, then "},
      {"", "\\n# Guide\\n", "some words\\nbefore it, then "},
      {alpha + ".", "\\n# Guide\\n", "some words\\nbefore it, then "},
      {alpha + ".", "Beta\\n", "words of the second, "},
      {alpha + " in 1984-", "Beta\\n", "words of the second, "},
      {alpha + " in 2021", "Beta\\n", "words of the second, "},
      {alpha + ", of john.d", "Beta\\n", "words of the second, "},
      {alpha + ".", "- item\\n", "-- item\\nsome words before it, then "},
      {alpha + ".", "End\\n", "</End\\nsome words before it, then "},
      {alpha + ".", "Guide\\n", "A\\u00a0Guide\\n\\\"Guide\\nsome words before it, then "},
      {alpha + ".", "1\\nAnnual Report\\n", "Founded in 2021\\nby hands, then "},
      {"", "corp.example\\n", "some words before it, then "},
      {alpha + ".", "corp.example\\n", "some words before it, then "},
  };
  Chooser choose(1);
  for (const std::string value : {"4111-1111-1111-1111", "078-05-1120", "john.doe@corp.example"})
    for (const Texts& one : all)
      for (size_t cut = 2; cut < value.size() - 1; ++cut)
        for (const bool objects : {false, true}) {
          if (value[0] == 'j' && (cut < 8 || cut > 12)) continue;   // what is an address by itself may be one
          const std::string open = objects ? "{\"text\":\"" : "\"", close = objects ? "\"}" : "\"";
          const std::string first = one.before.empty() ? "" : open + one.before + close + ",";
          const std::string body = "{\"chunks\":[" + first + open + one.heading + one.words + value.substr(0, cut) + close + "," + open + one.heading +
                                   value.substr(cut) + more + close + "]}";
          const Changed at_once = whole(body);
          EXPECT_EQ(at_once.masked, "{\"chunks\":[" + first + open + one.heading + one.words + "[redacted:p]" + close + "," + open + one.heading + more +
                                        close + "]}") << body;
          EXPECT_EQ(streamed(body, 3, choose).masked, at_once.masked);
        }
}

/// What two texts as these, with offsets, are in JSON.
std::string told_texts(size_t end, const std::string& rest, size_t last) {
  return "[{\"text\":\"# Guide\\n## Guide\\nsome words before it, then 4111-1111-\",\"start_index\":0,\"end_index\":" + std::to_string(end) +
         "},{\"text\":\"# Guide\\n" + rest + "\",\"start_index\":" + std::to_string(end) + ",\"end_index\":" + std::to_string(last) + "}]";
}

/// Where an end fits no number of lines of a heading it says nothing of it, and what was masked comes.
TEST_F(CutsTest, OffsetsThatFitNoHeading) {
  Chooser choose(1);
  for (const size_t size : {1, 7, 50, 1000}) {
    const std::string other = told_texts(46, "1111-1111", 46 + size), all = whole(other).masked;
    EXPECT_EQ(streamed(other, 3, choose).masked, all);
  }
}

/// Offsets tell how long a text is without its heading, whatever else its lines are.
TEST_F(CutsTest, OffsetsTellHeadings) {
  Chooser choose(1);
  const std::string told = told_texts(46, "1111-1111 and more words that follow here.", 88), masked = whole(told).masked;
  EXPECT_EQ(masked.find("1111-"), std::string::npos) << masked;
  EXPECT_EQ(streamed(told, 3, choose).masked, masked);
}

/// What a border does not show must not go over it: every text of a few words, cut everywhere, between texts so long that only their
/// ends are joined, is masked as when it is read at once.
TEST_F(CutsTest, BordersShowWhatGoesOverThem) {
  struct Words {
    const char* name;
    std::vector<std::string> words;
    size_t most;   // in one text
  };
  const bool is_long = std::getenv("GATEHOUSE_LONG") != nullptr;
  const std::vector<Words> all = {
      {"email", {"ann", "@", "b.co", ".", " ", " (at) ", "-"}, 4},
      {"payment_card", {"4111", "1111", "1111 1111", " ", "-", "card"}, 5},
      {"date_of_birth", {"born ", "1980", "-02-01", "/3/1980", " 12", " March", "DOB:", "\n"}, 4},
      {"passport", {"passport", " no. ", "C01X00T47", "1234", "56789", ": "}, 4},
      {"ids", {"078-05", "-1120", "ITIN ", "912-7", "1-1234", "NHS ", "401 023", " 2137", "AB 12 ", "34 56 C"}, 3},
      {"networks", {"185.12", ".7", ".9", "2a02:", ":1f", "02:4b:", "11:22:", "33:44", " "}, 4},
      {"iban", {"DE89", " 3704", " 0044", " 0532", " 0130 00", "37040044053201", "3000"}, 5},
      {"phone", {"+49", " 30", " 123", "45678", "(0)", "call ", "0171 ", "1234567"}, 4},
      {"password", {"password", "=", ": ", "hunter2x9!", "\"", "pass", "word"}, 4},
      {"secrets", {"AKIA", "IOSFODNN7", "EXAMPLE", "ghp_", "0123456789abcdefghijklmnopqrstuvwxyz", "sk_live_", "4eC39HqLyjWDarjtT1zdp7dc"}, 3},
      {"private_key", {"-----BEGIN ", "PRIVATE KEY", "-----", "\n", "MIIEvgIBADANBgkqhkiG9w0BAQEFAASC", "-----END PRIVATE KEY-----"}, 5},
  };
  const std::string before = [] {
    std::string text;
    while (text.size() < 700) text += "the river floods the meadow and they walk along the canal ";
    return text;
  }();
  size_t texts = 0, shown = 0;
  for (const Words& each : all) {
    const size_t most = each.most + (is_long ? 1 : 0);
    size_t total = 1;
    for (size_t i = 0; i < most; ++i) total *= each.words.size() + 1;
    for (size_t number = 0; number < total; ++number) {
      std::string text;
      size_t rest = number;
      for (size_t i = 0; i < most; ++i, rest /= each.words.size() + 1)
        if (const size_t word = rest % (each.words.size() + 1); word != 0) text += each.words[word - 1];
      Document document{before + text + " and so on, " + before, {{before.size(), before.size() + text.size(), each.name}}};
      const std::vector<bool> found = found_in(document);
      if (std::find(found.begin(), found.end(), true) == found.end()) continue;
      // Every border once, over all texts of these words: which ones this text is cut at depends on its number.
      const size_t step = is_long ? 1 : testing::kSanitized ? 9 : 3;
      for (size_t cut = number % step; cut <= text.size() + 2; cut += step) {
        CutAnswer answer;
        const size_t border = before.size() + cut;
        put_two(document.text, border, &answer);
        ++texts;
        const Seen seen = look(document, answer, whole(answer.body), found, true);
        if (!seen.leaks.empty() && shown++ < 10)
          ADD_FAILURE() << each.name << ": " << text.substr(0, cut) << '|' << text.substr(std::min(cut, text.size())) << ": " << seen.leaks;
      }
    }
  }
  EXPECT_EQ(shown, 0U) << "of " << texts;
}

}  // namespace
}  // namespace gatehouse::mask
