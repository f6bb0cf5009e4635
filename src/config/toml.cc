#include "config/toml.h"

#include <stdexcept>
#include <utility>

// What the library takes for impossible can be reached by malformed text (3.3.0: its assertions by a table header
// that is cut off; the unreachable end of its whitespace test by U+010A after a key). Out of a test of characters
// that becomes "no", everywhere else an error like any other: never an abort, never undefined behaviour.
namespace {
[[noreturn]] void give_up() { throw std::logic_error("not TOML"); }
}  // namespace
#undef NDEBUG
#define TOML_ASSERT(condition) ((condition) ? static_cast<void>(0) : give_up())
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#if GATEHOUSE_TOML_HPP  // 3.4.0 gave its headers another ending
#include <toml++/impl/forward_declarations.hpp>
#else
#include <toml++/impl/forward_declarations.h>
#endif
#undef TOML_ASSUME
#define TOML_ASSUME(...) static_assert(true)
#undef TOML_UNREACHABLE
#define TOML_UNREACHABLE return {}
#if GATEHOUSE_TOML_HPP
#include <toml++/impl/unicode.hpp>
#else
#include <toml++/impl/unicode.h>
#endif
#undef TOML_UNREACHABLE
#define TOML_UNREACHABLE give_up()
#include <toml++/toml.h>

namespace gatehouse::config {
namespace {

Place place_of(const toml::source_region& region) {
  Place place{region.begin.line, region.begin.column, 1};
  if (region.end.line == region.begin.line && region.end.column > region.begin.column)
    place.length = region.end.column - region.begin.column;
  return place;
}

Raw raw_of(const toml::node& node);

void fill_table(Raw& raw, const toml::table& table) {
  raw.kind = Raw::Kind::table;
  for (const auto& [key, value] : table)
    raw.table.push_back({std::string(key.str()), place_of(key.source()), raw_of(value)});
}

Raw raw_of(const toml::node& node) {
  Raw raw;
  raw.place = place_of(node.source());
  if (const auto* boolean = node.as_boolean()) {
    raw.kind = Raw::Kind::boolean;
    raw.boolean = boolean->get();
  } else if (const auto* integer = node.as_integer()) {
    raw.kind = Raw::Kind::integer;
    raw.integer = integer->get();
  } else if (const auto* text = node.as_string()) {
    raw.kind = Raw::Kind::text;
    raw.text = text->get();
  } else if (const auto* list = node.as_array()) {
    raw.kind = Raw::Kind::list;
    for (const toml::node& each : *list) raw.list.push_back(raw_of(each));
  } else if (const auto* table = node.as_table()) {
    fill_table(raw, *table);
  } else {
    raw.text = node.is_floating_point() ? "a number with a fraction" : "a date or time";
  }
  return raw;
}

/// Bounds walks the text as TOML's strings and comments have it and finds what is too long or too deep
/// before the library, which recurses per level, sees it.
class Bounds {
 public:
  explicit Bounds(ByteView text) : text_(text) {}

  /// line returns the line that breaks a bound, or 0.
  uint32_t line() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') skip_comment();
      else if (c == '"' || c == '\'') skip_string(c);
      else {
        if (c == '.') ++dots_;
        else if (ByteView("\n={},[]").find(c) != ByteView::npos) dots_ = 0;
        step();
      }
      if (dots_ > kKeyDepthMax || column_ > kLineBytesMax) return line_;
    }
    return 0;
  }

 private:
  void step() {
    if (text_[at_] == '\n') ++line_, column_ = 0;
    else ++column_;
    ++at_;
  }
  void skip_comment() {
    while (at_ < text_.size() && text_[at_] != '\n' && column_ <= kLineBytesMax) step();
  }
  void skip_string(char quote) {
    const std::string three(3, quote);
    const bool multiline = text_.substr(at_, 3) == three;
    for (size_t i = 0; i < (multiline ? 3U : 1U); ++i) step();
    while (at_ < text_.size() && column_ <= kLineBytesMax) {
      if (text_[at_] == '\\' && quote == '"' && at_ + 1 < text_.size()) step();
      else if (multiline ? text_.substr(at_, 3) == three : text_[at_] == quote || text_[at_] == '\n') break;
      step();
    }
    for (size_t i = 0; i < (multiline ? 3U : 1U) && at_ < text_.size() && text_[at_] == quote; ++i) step();
  }

  ByteView text_;
  size_t at_ = 0;
  size_t column_ = 0;
  size_t dots_ = 0;
  uint32_t line_ = 1;
};

/// mend_for says how what the library complains of is mended. Its words are the same in 3.3 and 3.4; other words get the
/// rule that holds for all.
std::string mend_for(ByteView said) {
  constexpr std::pair<ByteView, ByteView> kMends[] = {
      {"utf-8", "save the file as UTF-8"},
      {"redefine", "it stands above already: take one of the two out"},
      {"control character", "end the text on its line, with the quote that it began with; control characters are \\t or \\u0007"},
      {"boolean", "write true or false; texts stand in quotes"},
      {"value type", "texts stand in quotes: \"...\""},
      {"parsing array", "a list is [\"a\", \"b\"]: a comma between its entries, and ] at its end"},
      {"parsing table header", "[name] begins a table, [[name]] one of several, on a line of its own"},
      {"nested value depth", "take brackets out: no key needs more than two"},
  };
  for (const auto& [part, mend] : kMends)
    if (said.find(part) != ByteView::npos) return std::string(mend);
  return "write name = value, texts in quotes; [name] begins a table, [[name]] one of several";
}

}  // namespace

std::optional<Raw> read_toml(Report& report) {
  const Source& source = *report.source();
  if (source.text().size() > kTextBytesMax) {
    report.error(Code::too_large, {},
                 "the configuration is larger than " + std::to_string(kTextBytesMax) + " bytes");
    return std::nullopt;
  }
  if (const uint32_t line = Bounds(source.text()).line(); line != 0) {
    report.error(Code::too_large, {line, 1, 1}, "the line is too long, or a key in it has too many parts")
        .help = "a line may have " + std::to_string(kLineBytesMax) + " bytes, a key " +
                std::to_string(kKeyDepthMax) + " parts";
    return std::nullopt;
  }
  try {
    Raw top;
    fill_table(top, toml::parse(ByteView(source.text()), ByteView(source.name())));
    return top;
  } catch (const toml::parse_error& error) {
    Place place = place_of(error.source());
    if (!place.known()) place = {1, 1, 1};
    report.error(Code::syntax, place, std::string(error.description())).help = mend_for(error.description());
  } catch (const std::logic_error&) {
    report.error(Code::syntax, source.end(), "the text is not TOML").help = mend_for("");
  }
  return std::nullopt;
}

ByteView toml_version() {
#define GH_TEXT_OF(x) #x
#define GH_TEXT(x) GH_TEXT_OF(x)
  return GH_TEXT(TOML_LIB_MAJOR) "." GH_TEXT(TOML_LIB_MINOR) "." GH_TEXT(TOML_LIB_PATCH);
#undef GH_TEXT
#undef GH_TEXT_OF
}

}  // namespace gatehouse::config
