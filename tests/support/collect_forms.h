// What the machines of codec/ say of a body, as one text: for unit tests and fuzz targets to compare.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/assert.h"
#include "codec/base64.h"
#include "codec/csv.h"
#include "codec/event_stream.h"
#include "codec/lines.h"
#include "codec/multipart.h"

namespace gatehouse::testing {

/// FormLog is a visitor of every form. `said` lists the events, `raw` joins their bytes; places are checked as they come.
struct FormLog {
  std::string said;
  std::string raw;
  std::string nested_boundary;    // multipart: parts with a Content-Type of multipart/ have it
  uint64_t steps = 0;
  bool in_data = false;

  void note(ByteView what, uint64_t offset, ByteView bytes) {
    GH_ASSERT(offset == raw.size());
    raw += bytes;
    in_data = false;
    add(what, bytes);
  }
  void add(ByteView name, ByteView value) { said.append("\n").append(name).append("=").append(value); }
  void add(ByteView name, uint64_t value) { add(name, std::to_string(value)); }

  void line(const codec::Line& line) {
    note("line", line.offset, line.raw);
    add(line.blank ? "blank" : line.bare_cr ? "cr" : "text", line.text);
  }
  void event(const codec::Event& event) {
    note(event.complete ? "event" : "cut", event.offset, event.raw);
    for (const codec::EventLine& line : event.lines) {
      add(line.name, line.value);
      GH_ASSERT(ByteView(raw).substr(line.offset, line.value.size()) == line.value);
      if (line.field == codec::EventLine::Field::data) GH_ASSERT(event.data.substr(line.text_at, line.value.size()) == line.value);
    }
    if (event.has_data) add("data", event.data);
    add("type", event.type);
    add("id", event.id);
  }
  void cell(const codec::Cell& cell) {
    note(cell.quoted ? "quoted" : "cell", cell.offset, cell.raw);
    add("text", cell.text);
    add("content", cell.content);
    add("name", cell.name);
    add("row", cell.row);
    add("column", cell.column);
    add("end", static_cast<uint64_t>(cell.end));
  }
  void row(const codec::Row& row) {
    add(row.ragged ? "ragged" : row.blank ? "blank" : "row", row.row);
    add("cells", row.cells);
  }
  void framing(ByteView bytes, uint64_t offset) { note("framing", offset, bytes); }
  ByteView begin(const codec::PartHead& head) {
    note("head", head.offset, head.raw);
    add("depth", head.depth);
    for (const codec::PartField& field : head.fields) add(field.name, field.value);
    if (head.has_name) add(head.escapes ? "escaped" : "name", head.name);
    if (head.has_filename) add("filename", head.filename);
    add("type", head.content_type);
    add("transfer", head.transfer_encoding);
    add("encoding", head.content_encoding);
    return head.content_type.starts_with("multipart/") ? ByteView(nested_boundary) : ByteView();
  }
  void data(ByteView bytes, uint64_t offset) {
    GH_ASSERT(!bytes.empty() && offset == raw.size());
    raw += bytes;
    if (!in_data) said += "\ndata=";
    in_data = true;
    said += bytes;
  }
  void end(uint8_t depth) {
    in_data = false;
    add("end", depth);
  }
  void decoded(ByteView text, ByteView bytes) {
    raw += text;
    said += bytes;
  }
};

/// run_form feeds a body in pieces: `next` says how long each is, given what is left. The verdict is the last line said.
template <typename Machine, typename Next>
FormLog run_form(Machine&& machine, ByteView body, Next next, FormLog log = {}) {
  auto error = decltype(machine.finish(log)){};
  while (!body.empty() && static_cast<int>(error) == 0) {
    const size_t size = next(body.size());
    const std::string piece(body.substr(0, size));   // its own block: a sanitizer sees views that live too long
    error = machine.feed(piece, log);
    body.remove_prefix(size);
  }
  if (static_cast<int>(error) == 0) error = machine.finish(log);
  log.add("verdict", static_cast<uint64_t>(error));
  if constexpr (requires { machine.steps(); }) log.steps = machine.steps();
  return log;
}

template <typename Machine>
FormLog run_whole(Machine&& machine, ByteView body, FormLog log = {}) {
  return run_form(machine, body, [](size_t left) { return left; }, std::move(log));
}

}  // namespace gatehouse::testing
