#include "config/value.h"

#include <algorithm>

#include "base/assert.h"
#include "base/time.h"
#include "config/nearest.h"
#include "config/units.h"

namespace gatehouse::config {
namespace {

constexpr size_t kPatternsMax = 64;   // beside one path

/// Check is one value being checked: complaints go through it.
struct Check {
  const Key& key;
  Report* report;
  Value value;

  bool fail(Code code, Place place, std::string message, std::string label, std::string help = {}) {
    GH_ASSERT(report != nullptr);
    report->error(code, place, std::move(message), std::move(label)).help = std::move(help);
    return false;
  }
  std::string name() const { return "'" + std::string(key.name()) + "'"; }
  std::string must_be() const {
    const std::string type = type_text(key);
    const char* article = key.type == Type::boolean                           ? ""
                          : ByteView("aeiou").find(type[0]) == ByteView::npos ? "a "
                                                                              : "an ";
    return name() + " must be " + article + type;
  }
};

const char* kind_text(const Raw& raw) {
  switch (raw.kind) {
    case Raw::Kind::boolean: return "true or false";
    case Raw::Kind::integer: return "an integer";
    case Raw::Kind::text: return "a text";
    case Raw::Kind::list: return "a list";
    case Raw::Kind::table: return "a table";
    case Raw::Kind::other: return raw.text.c_str();
  }
  return "";
}

/// example is a value that the key can have: its default, or else one within its range.
std::string example(const Key& key) {
  if (!key.fallback.empty()) return std::string(key.fallback);
  const auto within = [&key](uint64_t number) { return std::clamp(number, key.least, std::max(key.least, key.most)); };
  switch (key.type) {
    case Type::boolean: return "true";
    case Type::integer: return std::to_string(within(8));
    case Type::size: return "\"" + format_size(within(64 * 1024)) + "\"";
    case Type::duration: return "\"" + format_duration(within(10 * kNsPerSecond)) + "\"";
    case Type::address: return "\"127.0.0.1:8443\"";
    case Type::addresses: return "[\"127.0.0.1:8443\"]";
    case Type::texts:
    case Type::names:
    case Type::words: return "[\"...\"]";
    case Type::matches: return "{ sub = \"...\" }";
    case Type::text:
    case Type::name:
    case Type::word:
    case Type::path:
    case Type::table:
    case Type::tables: return "\"...\"";
  }
  return "";
}

/// with_unit is what a bare number was likely meant as: seconds, or milliseconds where seconds are out of range.
std::string with_unit(const Key& key, int64_t number) {
  const bool seconds = number < 0 || static_cast<uint64_t>(number) <= key.most / kNsPerSecond;
  return std::to_string(number) + (seconds ? "s" : "ms");
}

bool is_list(Type type) {
  return type == Type::texts || type == Type::names || type == Type::words || type == Type::addresses;
}

bool wrong_type(Check& check, const Raw& raw) {
  std::string help = "write " + std::string(check.key.name()) + " = " + example(check.key);
  const bool list = is_list(check.key.type);
  if (list && raw.kind == Raw::Kind::text && raw.text.size() < 64)
    help = "write " + std::string(check.key.name()) + " = [\"" + raw.text + "\"]";
  if (check.key.type == Type::duration && raw.kind == Raw::Kind::integer)
    help = "write the unit: \"" + with_unit(check.key, raw.integer) + "\"";
  if (check.key.type == Type::integer) help += ", or another whole number";
  return check.fail(Code::wrong_type, raw.place, check.must_be(), std::string("this is ") + kind_text(raw),
                    help);
}

bool in_range(Check& check, Place place, uint64_t number) {
  if (number >= check.key.least && number <= check.key.most) return true;
  return check.fail(Code::range, place, check.name() + " is out of range",
                    "possible is " + range_text(check.key));
}

bool unit_value(Check& check, const Raw& raw) {
  const auto parsed = check.key.type == Type::size ? parse_size(raw.text) : parse_duration(raw.text);
  if (!parsed)
    return check.fail(Code::form, raw.place, check.name() + " is not a " + type_text(check.key),
                      parsed.error(), std::string("write for example ") + example(check.key));
  check.value.number = parsed.value();
  return in_range(check, raw.place, parsed.value());
}

bool number_value(Check& check, const Raw& raw) {
  if (raw.integer < 0)
    return check.fail(Code::range, raw.place, check.name() + " is out of range",
                      "possible is " + range_text(check.key));
  check.value.number = static_cast<uint64_t>(raw.integer);
  return in_range(check, raw.place, check.value.number);
}

bool has_control(ByteView text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool text_value(Check& check, const Raw& raw, size_t least, size_t most) {
  if (raw.text.size() < least || raw.text.size() > most)
    return check.fail(Code::range, raw.place,
                      check.name() + " is too " + (raw.text.size() < least ? "short" : "long"),
                      "possible is " + std::to_string(least) + " to " + std::to_string(most) + " bytes");
  if (has_control(raw.text))
    return check.fail(Code::form, raw.place, check.name() + " has a control character", "not possible here");
  return true;
}

bool name_value(Check& check, const Raw& raw) {
  const auto fits = [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  const ByteView text = raw.text;
  if (!text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), fits)) return true;
  return check.fail(Code::form, raw.place, check.name() + " is not a name",
                    "possible is " + range_text(check.key), "names go into logs, metrics and commands");
}

bool word_value(Check& check, const Raw& raw) {
  const std::vector<ByteView> words = split_words(check.key.words);
  if (std::find(words.begin(), words.end(), raw.text) != words.end()) return true;
  const ByteView near = nearest(raw.text, words);
  return check.fail(Code::word, raw.place, "'" + raw.text + "' is not possible for " + check.name(),
                    "possible is " + listed(words),
                    near.empty() ? std::string{} : "did you mean \"" + std::string(near) + "\"?");
}

/// address_fault says why parse_address() refuses a text.
std::string address_fault(ByteView text) {
  if (text.starts_with("unix:"))
    return text.substr(5).starts_with('/') ? "a Unix path has 107 bytes at most" : "a Unix path begins with '/'";
  const size_t colon = text.rfind(':'), bracket = text.rfind(']');
  if (colon == ByteView::npos || (bracket != ByteView::npos && colon < bracket)) return "the port is missing";
  const ByteView port = text.substr(colon + 1), host = text.substr(0, colon);
  if (host.find(':') != ByteView::npos && !host.starts_with('[')) return "IPv6 stands in brackets";
  if (!parse_address("127.0.0.1:" + std::string(port))) return "a port is a number from 1 to 65535";
  return host.find_first_not_of("0123456789.") == ByteView::npos ? "not four numbers from 0 to 255" : "names are not resolved";
}

bool address_value(Check& check, const Raw& raw) {
  const auto address = parse_address(raw.text);
  if (!address)
    return check.fail(Code::form, raw.place, check.name() + " is not an address", address_fault(raw.text),
                      "write \"127.0.0.1:8443\", \"[::1]:8443\" or \"unix:/run/gatehouse.sock\"");
  if (!address->is_unix() && raw.text.ends_with(":0"))
    return check.fail(Code::form, raw.place, check.name() + " has port 0", "the port must be known");
  return true;
}

bool path_value(Check& check, const Raw& raw) {
  if (!text_value(check, raw, 1, 4096)) return false;
  if (raw.text[0] != '~' && raw.text.find('$') == std::string::npos) return true;
  return check.fail(
      Code::form, raw.place, check.name() + " has '~' or '$'", "nothing is expanded here",
      "paths are relative to this file's folder; for a systemd credential there is credential_name");
}

bool text_like(Check& check, const Raw& raw) {
  switch (check.key.type) {
    case Type::text: return text_value(check, raw, check.key.least, check.key.most);
    case Type::texts: return text_value(check, raw, 1, 16 * 1024);
    case Type::name:
    case Type::names: return name_value(check, raw);
    case Type::word:
    case Type::words: return word_value(check, raw);
    case Type::address:
    case Type::addresses: return address_value(check, raw);
    case Type::path: return path_value(check, raw);
    case Type::size:
    case Type::duration: return unit_value(check, raw);
    case Type::boolean:
    case Type::integer:
    case Type::matches:
    case Type::table:
    case Type::tables: break;
  }
  return wrong_type(check, raw);
}

void note_repeated(Check& check, const Raw& raw) {
  for (size_t i = 1; i < raw.list.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      if (raw.list[i].text != raw.list[j].text || check.report == nullptr) continue;
      check.report->warn(Code::repeated, raw.list[i].place,
                         "'" + raw.list[i].text + "' stands twice in " + check.name());
      break;
    }
}

bool list_value(Check& check, const Raw& raw) {
  if (raw.list.size() < check.key.least || raw.list.size() > check.key.most)
    return check.fail(
        Code::range, raw.place, check.name() + " has " + std::to_string(raw.list.size()) + " entries",
        "possible is " + std::to_string(check.key.least) + " to " + std::to_string(check.key.most));
  bool good = true;
  for (const Raw& each : raw.list) {
    if (each.kind != Raw::Kind::text) {
      good = check.fail(Code::wrong_type, each.place, check.must_be(),
                        std::string("this entry is ") + kind_text(each));
    } else if (text_like(check, each)) {
      check.value.list.push_back({each.text, each.place});
    } else {
      good = false;
    }
  }
  note_repeated(check, raw);
  return good;
}

/// add_patterns reads what stands beside a path: a pattern or a list of them.
bool add_patterns(Check& check, const Raw::Entry& entry) {
  Match match{{entry.key, entry.key_place}, {}};
  const bool one = entry.value.kind == Raw::Kind::text;
  const std::vector<Raw> single = one ? std::vector<Raw>{entry.value} : std::vector<Raw>{};
  const std::vector<Raw>& patterns = one ? single : entry.value.list;
  if (!one && (entry.value.kind != Raw::Kind::list || patterns.empty() || patterns.size() > kPatternsMax))
    return check.fail(Code::wrong_type, entry.value.place,
                      "beside a path stands a pattern, or a list of 1 to " + std::to_string(kPatternsMax),
                      std::string("this is ") + (patterns.empty() ? kind_text(entry.value) : "a longer list"),
                      entry.value.kind == Raw::Kind::table
                          ? "names of claims are joined by dots in quotes: \"" + entry.key + ".name\" = \"...\""
                          : "");
  bool good = true;
  for (const Raw& each : patterns) {
    if (each.kind != Raw::Kind::text)
      good = check.fail(Code::wrong_type, each.place, "a pattern is a text", std::string("this is ") + kind_text(each));
    else if (!text_value(check, each, 1, 512)) good = false;
    else match.patterns.push_back({each.text, each.place});
  }
  check.value.matches.push_back(std::move(match));
  return good;
}

bool matches_value(Check& check, const Raw& raw) {
  if (raw.table.size() < check.key.least || raw.table.size() > check.key.most)
    return check.fail(Code::range, raw.place, check.name() + " has " + std::to_string(raw.table.size()) + " paths",
                      "possible is " + range_text(check.key));
  bool good = true;
  for (const Raw::Entry& entry : raw.table) {
    const Raw path{Raw::Kind::text, entry.key_place, false, 0, entry.key, {}, {}};
    good = text_value(check, path, 1, 256) && add_patterns(check, entry) && good;
  }
  std::sort(check.value.matches.begin(), check.value.matches.end(), [](const Match& a, const Match& b) {
    return std::pair(a.path.place.line, a.path.place.column) < std::pair(b.path.place.line, b.path.place.column);
  });
  return good;
}

bool convert(Check& check, const Raw& raw) {
  const Type type = check.key.type;
  const bool list = is_list(type);
  check.value.boolean = raw.boolean;
  check.value.text = raw.text;
  switch (raw.kind) {
    case Raw::Kind::boolean: return type == Type::boolean || wrong_type(check, raw);
    case Raw::Kind::integer:
      return type == Type::integer || type == Type::size ? number_value(check, raw) : wrong_type(check, raw);
    case Raw::Kind::text: return list ? wrong_type(check, raw) : text_like(check, raw);
    case Raw::Kind::list: return list ? list_value(check, raw) : wrong_type(check, raw);
    case Raw::Kind::table: return type == Type::matches ? matches_value(check, raw) : wrong_type(check, raw);
    case Raw::Kind::other: return wrong_type(check, raw);
  }
  return false;
}

}  // namespace

Value check_value(const Key& key, const Raw& raw, Report* report) {
  Check check{key, report, {}};
  check.value.key = &key;
  check.value.place = raw.place;
  check.value.valid = convert(check, raw);
  return std::move(check.value);
}

}  // namespace gatehouse::config
