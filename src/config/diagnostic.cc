#include "config/diagnostic.h"

#include <algorithm>
#include <cstdio>

#include "config/json_text.h"

namespace gatehouse::config {
namespace {

const char* severity_name(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

bool before(const Diagnostic& a, const Diagnostic& b) {
  if (a.place.known() != b.place.known()) return a.place.known();
  if (a.place.line != b.place.line) return a.place.line < b.place.line;
  return a.place.column < b.place.column;
}

/// shown is the source line as it may be shown.
std::string shown(const Diagnostic& diagnostic, Place place) {
  std::string line(diagnostic.source->line(place.line));
  if (diagnostic.hide_value)
    if (const size_t equals = line.find('='); equals != std::string::npos)
      line = line.substr(0, equals + 1) + " ...";
  return line;
}

size_t characters(ByteView text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// Excerpt is the part of a line that is shown: long lines are cut around the place.
struct Excerpt {
  std::string before;
  std::string marked;
  std::string after;
};

constexpr size_t kBeforeMax = 100;
constexpr size_t kMarkedMax = 60;
constexpr size_t kAfterMax = 40;

/// split_characters is where a text's first `count` characters end.
size_t split_characters(ByteView text, size_t count) {
  size_t at = 0;
  for (size_t i = 0; i < count && at < text.size(); ++i) {
    ++at;
    while (at < text.size() && (text[at] & 0xc0) == 0x80) ++at;
  }
  return at;
}

Excerpt excerpt_of(ByteView line, Place place) {
  const size_t start = split_characters(line, place.column - 1);
  ByteView before = line.substr(0, start);
  const ByteView rest = line.substr(start);
  const size_t width = split_characters(rest, std::max<size_t>(place.length, 1));
  const ByteView marked = rest.substr(0, width), after = rest.substr(width);
  Excerpt excerpt;
  if (const size_t all = characters(before); all > kBeforeMax) {
    before.remove_prefix(split_characters(before, all - kBeforeMax));
    excerpt.before = "...";
  }
  excerpt.before += printable(before);
  const bool cut = characters(marked) > kMarkedMax;
  excerpt.marked = printable(cut ? marked.substr(0, split_characters(marked, kMarkedMax)) : marked);
  const size_t room = split_characters(after, kAfterMax);
  excerpt.after = cut ? "..." : printable(after.substr(0, room)) + (room < after.size() ? "..." : "");
  return excerpt;
}

void append_excerpt(std::string& out, const Diagnostic& diagnostic, Place place, const std::string& label,
                    const std::string& gutter, char mark) {
  const std::string number = std::to_string(place.line);
  const std::string line = shown(diagnostic, place);
  const Excerpt excerpt = excerpt_of(line, place);
  out += gutter + "|\n";
  out += number + std::string(gutter.size() - number.size(), ' ') + "| " + excerpt.before + excerpt.marked +
         excerpt.after + "\n";
  out += gutter + "| " + std::string(characters(excerpt.before), ' ') +
         std::string(std::max<size_t>(characters(excerpt.marked), 1), mark);
  if (!label.empty()) out += " " + printable(label);
  out += "\n";
}

void append_place(std::string& out, const Diagnostic& diagnostic, Place place) {
  out += printable(diagnostic.source->name()) + ":" + std::to_string(place.line) + ":" +
         std::to_string(place.column);
}

void json_place(std::string& out, Place place) {
  out += "\"line\":" + std::to_string(place.line) + ",\"column\":" + std::to_string(place.column) +
         ",\"length\":" + std::to_string(place.length);
}

void json_diagnostic(std::string& out, const Diagnostic& diagnostic) {
  out += std::string("{\"severity\":\"") + severity_name(diagnostic.severity) + "\",\"code\":\"" +
         code_text(diagnostic.code) + "\",\"message\":";
  append_json(out, diagnostic.message);
  if (diagnostic.place.known()) {
    out += ",\"file\":";
    append_json(out, diagnostic.source->name());
    out += ",";
    json_place(out, diagnostic.place);
    out += ",\"source\":";
    append_json(out, shown(diagnostic, diagnostic.place));
  }
  out += ",\"label\":";
  append_json(out, diagnostic.label);
  out += ",\"help\":";
  append_json(out, diagnostic.help);
  out += ",\"notes\":[";
  for (size_t i = 0; i < diagnostic.notes.size(); ++i) {
    out += i > 0 ? ",{" : "{";
    json_place(out, diagnostic.notes[i].place);
    out += ",\"text\":";
    append_json(out, diagnostic.notes[i].text);
    out += "}";
  }
  out += "]}";
}

}  // namespace

std::string code_text(Code code) {
  char text[16];
  std::snprintf(text, sizeof text, "GH%04u", static_cast<unsigned>(code));
  return text;
}

Diagnostic& Report::add(Severity severity, Code code, Place place, std::string message, std::string label) {
  size_t& counted = severity == Severity::error ? errors_ : warnings_;
  Diagnostic* into = &dropped_;
  if (counted++ < kDiagnosticsMax) into = &all_.emplace_back();
  *into = {};
  into->code = code;
  into->severity = severity;
  into->message = std::move(message);
  into->place = place;
  into->label = std::move(label);
  into->source = source_;
  return *into;
}

Diagnostic& Report::error(Code code, Place place, std::string message, std::string label) {
  return add(Severity::error, code, place, std::move(message), std::move(label));
}

Diagnostic& Report::warn(Code code, Place place, std::string message, std::string label) {
  return add(Severity::warning, code, place, std::move(message), std::move(label));
}

Diagnostics Report::take() {
  std::stable_sort(all_.begin(), all_.end(), before);
  if (errors_ > kDiagnosticsMax) {
    Diagnostic more;
    more.code = Code::too_large;
    more.stands_for = errors_ - kDiagnosticsMax;
    more.message = std::to_string(more.stands_for) +
                   (more.stands_for == 1 ? " more error is" : " more errors are") + " not shown";
    more.source = source_;
    all_.push_back(std::move(more));
  }
  return std::move(all_);
}

size_t count(const Diagnostics& diagnostics, Severity severity) {
  size_t sum = 0;
  for (const Diagnostic& each : diagnostics)
    if (each.severity == severity) sum += each.stands_for;
  return sum;
}

std::string render(const Diagnostic& diagnostic) {
  std::string out = std::string(severity_name(diagnostic.severity)) + "[" + code_text(diagnostic.code) +
                    "]: " + printable(diagnostic.message) + "\n";
  uint32_t widest = diagnostic.place.line;
  for (const Note& note : diagnostic.notes) widest = std::max(widest, note.place.line);
  const std::string gutter(widest == 0 ? 2 : std::to_string(widest).size() + 1, ' ');
  if (diagnostic.place.known()) {
    out += gutter.substr(1) + "--> ";
    append_place(out, diagnostic, diagnostic.place);
    out += "\n";
    append_excerpt(out, diagnostic, diagnostic.place, diagnostic.label, gutter, '^');
  }
  for (const Note& note : diagnostic.notes)
    if (note.place.known()) append_excerpt(out, diagnostic, note.place, note.text, gutter, '-');
  if (!diagnostic.help.empty()) {
    if (diagnostic.place.known()) out += gutter + "|\n";
    out += gutter + "= help: " + printable(diagnostic.help) + "\n";
  }
  return out;
}

std::string summary(const Diagnostics& diagnostics) {
  const auto amount = [](size_t number, const char* what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
  };
  return amount(count(diagnostics, Severity::error), "error") + ", " +
         amount(count(diagnostics, Severity::warning), "warning");
}

std::string findings_json(const Diagnostics& diagnostics) {
  std::string out = "\"errors\":" + std::to_string(count(diagnostics, Severity::error)) +
                    ",\"warnings\":" + std::to_string(count(diagnostics, Severity::warning)) + ",\"diagnostics\":[";
  for (size_t i = 0; i < diagnostics.size(); ++i) {
    if (i > 0) out += ",";
    json_diagnostic(out, diagnostics[i]);
  }
  return out + "]";
}

std::string to_json(const std::string& file, const Diagnostics& diagnostics) {
  std::string out = "{\"file\":";
  append_json(out, file);
  const bool ok = count(diagnostics, Severity::error) == 0;
  return out + std::string(",\"ok\":") + (ok ? "true," : "false,") + findings_json(diagnostics) + "}";
}

}  // namespace gatehouse::config
