// What an editor is made of. Included by mask/editor*.cc only.
#pragma once

#include "mask/asked.h"
#include "mask/editor.h"
#include "mask/flows.h"
#include "mask/map.h"
#include "mask/marks.h"
#include "mask/replacement.h"
#include "mask/style.h"

namespace gatehouse::mask {

inline constexpr size_t kWindowFirst = 24 * 1024;   // bytes that are there from the beginning

struct Editor::State final : Taker {
  // --- the window (editor_slices.cc)
  size_t room() const;
  void append(ByteView raw);
  void view(ByteView whole);
  ByteView raw(uint64_t at, size_t length) const { return {bytes + (at - base), length}; }
  uint64_t end() const { return base + size; }
  uint64_t settled();
  const Slice* cut(size_t least);
  void write(size_t count, size_t length);
  void drop_cut();
  void sweep_texts();
  size_t marks_until(uint64_t* until);
  void settle_ties(uint64_t* until);

  // --- marks (editor.cc)
  bool may_be_value(ByteView number, ByteView name);
  void check_flows(uint64_t at) { came_to = at, flows.check(at); }
  uint32_t keep_place(const Place& place);
  void add(uint64_t at, uint64_t length, uint8_t rule, detect::Detector detector, detect::Evidence evidence, Weight weight,
           uint32_t place);
  void take(const Place& place, Style style, uint64_t raw, uint64_t length, Part part, const detect::Found& found,
            ByteView value) override;

  // --- texts (editor_text.cc)
  enum class Mode : uint8_t { none, look, whole, field, erase };
  void come_to(uint64_t at);
  void begin_text(const Site& site, uint64_t at);
  void piece(const Piece& piece);
  bool end_text();
  void look_ahead();
  void look(bool open, size_t until = ByteView::npos);
  void shorten();
  void find_table();
  void keep_table();
  void look_at_end();
  bool may_end_in_value();
  void look_encoded();
  void note_encoded(const Encoded::Outcome& outcome, uint64_t at, uint64_t length, const Site& where);
  void wait_for_next();
  void end_waiting(ByteView after);
  void start_erase(detect::Detector detector, uint8_t rule, bool redacted);
  void erase(uint64_t at, ByteView text, uint8_t rule, const Place& where);
  void erase_to(uint64_t at);
  void end_erase();
  void end_field();
  uint64_t held_by_text() const;

  const Plan::State* plan = nullptr;
  Asked asked;
  Encoded* encoded = nullptr;
  Reason reason = Reason::none;

  Room<char> window;
  const char* bytes = nullptr; // from `base` on: the window's, or a body's that is held elsewhere
  size_t size = 0;
  bool whole = false;          // the body is held elsewhere, and is one slice
  uint64_t bodies = 0;         // that were started
  uint64_t base = 0;
  uint64_t passed = 0;
  uint64_t came_to = 0;        // where the last text or scalar began
  bool finished = false;
  size_t cut_bytes = 0;        // of the slice that is out

  struct Tie {
    uint64_t text_at, text_end, at;
    uint32_t length;
  };
  Room<Mark> marks;
  Room<Tie> ties;              // numbers that go when their text does
  Room<char> texts, other_texts;
  size_t text_begin = 0;       // of the replacement being written
  Room<char> places, other_places;
  uint64_t change_count = 0;

  Mode mode = Mode::none;
  Strip strip;                 // the text at hand
  size_t from = 0;             // what stands before was looked through
  size_t signs_end = 0;        // when it was looked through last: of detect()
  detect::Inside inside;               // goes on at `from`
  KnownValues known_values;    // in the strip
  bool head_done = false;      // its flow knows how it begins
  size_t text_bytes = 0;       // of the text so far
  uint64_t text_at = 0;        // its raw begin
  uint64_t raw_end = 0;        // behind its last raw byte
  size_t marks_before = 0;
  Room<char> pattern, field;
  Room<uint64_t> numbers;
  Site site;                   // views into the rooms above
  uint32_t place = kNoPlace;
  Room<detect::Found> found;
  FieldNames field_names;
  Flows flows;

  /// Waiting is a copy whose end may go on in the next one of its row.
  struct Waiting {
    bool there = false;
    Room<char> before, text, pattern;
    Room<uint64_t> numbers;
    Style style{};
    uint64_t at = 0, length = 0;   // raw
  };
  Waiting waiting;

  MapWriter map;
  Room<char> out;
  Slice slice{};

  /// Table is the one that the texts of a flow are in.
  struct Table {
    uint64_t flow = 0;         // 0: none
    uint64_t used = 0;
    Columns columns;
  };
  static constexpr size_t kTables = 4;
  Table tables[kTables];
  uint64_t table_turn = 0;     // 0: there was none
  Columns columns;             // of the text at hand
  bool in_table = false;       // it was in one
  TableRows rows;

  static constexpr uint32_t kNoPlace = UINT32_MAX;
};

}  // namespace gatehouse::mask
