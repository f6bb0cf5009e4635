// The flows of a body: which texts continue one another, with their overlaps. Included by mask/*.cc only.
#pragma once

#include "json/document.h"
#include "mask/border.h"
#include "mask/field_names.h"
#include "mask/joined.h"
#include "mask/overlap.h"
#include "mask/piece.h"

namespace gatehouse::mask {

inline constexpr size_t kFlows = 4;              // at one time; the one that waited longest ends first
inline constexpr size_t kEdgeBytes = 1024;       // of a text's begin and end that are joined with its neighbours
inline constexpr size_t kOpenShown = 24;         // an open tail that a border shows
inline constexpr uint64_t kFlowHeld = 32 * 1024; // raw bytes that a flow may hold back

/// FlowText is one text as a flow knows it: the text itself, or the token of a document to read it from when it is needed.
/// Of more than kEdgeBytes it is the end.
struct FlowText {
  static constexpr size_t kUnseen = 0;
  static constexpr size_t kLater = SIZE_MAX;   // to be found when it is needed: detectors saw the text as one that ends

  Strip text;
  bool read = false;           // text is there
  json::Token token{};         // else it is read from here
  uint64_t raw_begin = 0;
  size_t raw_length = 0;       // of the whole text
  size_t length = 0;           // likewise, without escapes; of one for head() and tail()
  char head[kShownBytes], tail[kShownBytes];
  uint8_t head_length = 0, tail_length = 0;
  bool quiet = false;          // there is no sign of a value in it: only its end may go on
  size_t open = kUnseen;       // detectors saw all of `text` before, and it may still grow from here
  size_t grows = 0;            // bytes behind `open`, where detectors looked
  detect::Inside after;                // what goes on at `open`
  KnownValues known;            // in `text`
  Room<uint64_t> numbers;      // its place's

  void show(ByteView whole);
  Side shown_head() const { return {head, head_length}; }
  Side shown_tail() const { return {tail, tail_length}; }
};

/// Reader reads a text when a flow needs it: its first kEdgeBytes (whole characters), or its last.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual void read(const json::Token& token, bool end, Strip* out) = 0;
};

/// Flows joins texts in the order of the body. Where the next text begins in the joined one is told by offsets, when there are
/// any; else both readings are tried: right behind, and overlapping by a text that ends one and begins the
/// other. Borders at which no value can stand are passed over. Memory is bounded; the same texts make the same values, however the
/// body came.
class Flows {
 public:
  /// reader: null where texts are always given.
  void start(const Wanted* wanted, Taker* taker, Reader* reader);

  /// seldom_joined: borders with nothing near are told at a glance, and no value goes on without end. Texts are better shown with
  /// FlowText::kLater.
  bool seldom_joined() const { return few_; }

  /// next is the text to be filled in for add() or tail().
  FlowText& next(const Site& site);
  /// add: a text of less than kEdgeBytes, whole.
  void add(const Site& site);
  /// A longer one: head, when its first kEdgeBytes are there (`next` is filled in); then tail, when it ended: `next` holds its last
  /// kEdgeBytes. head returns what went on into it, behind its first *line bytes, which are a heading that the service repeats.
  detect::Inside head(const Site& site, size_t* line);
  void tail(const Site& site);

  /// table says in which table the text that was last added ends; columns returns in which one its texts are when they are read as
  /// one, when border between them cut its head (null: none did). holds_table: some did.
  void table(uint64_t key, const Columns& columns);
  const Columns* columns(uint64_t key);
  bool holds_table() const { return holds_table_; }
  /// knows_table: table() was told of one, or joined texts held one.
  bool knows_table() const { return knows_table_; }

  /// whole: how long the string is of which the text was read; null: the text is all of it.
  void offsets(uint64_t key, uint64_t start, uint64_t end, const Extent* whole);
  void settle(uint64_t key);
  void end(uint64_t key);
  void end_all();
  /// look_through runs the detectors over what they have not seen, so that less is held.
  void look_through();

  /// check lets go of what is held for longer than kFlowHeld; the body has come to `at`.
  void check(uint64_t at) {
    if (at > due_) let_go(at);
  }
  /// held: where the raw bytes begin that may still be marked; UINT64_MAX: none are.
  uint64_t held();
  size_t memory_bytes() const;

 private:
  /// Begun is how a text began.
  struct Begun {
    char head[kShownBytes];
    size_t size = 0;           // of what is shown
    bool read = false;         // text holds its first kHeadingBytes
    json::Token token{};       // else they are read from here
    Room<char> text;

    char before[kShownBytes];  // the end of the text before it
    size_t before_size = 0;

    ByteView shown() const { return {head, size}; }
    ByteView text_before() const { return {before, before_size}; }
  };
  struct Flow {
    uint64_t key = 0;          // 0: free
    uint64_t used = 0;
    Room<char> pattern, field;
    Style style = Style::json;
    detect::DetectorSet named = 0;     // named_by_field(field)
    FlowText texts[2];
    int waiting = 0;           // the text of these that comes next; the other one is the last that came
    size_t heading = 0;        // bytes of the last text that were one
    Begun begun;               // of the last one that is not empty
    KnownValues front;         // head(): the values near its begin, as far as they lie there
    bool waits = false;        // its offsets may yet be told
    bool has_last = false;
    bool last_joined = false;  // the last text is in main
    Joined main, plain;        // plain: without overlaps, or with blanks that were cut off, while that is another text than main
    bool forked = false;
    bool spaced = false;       // it was forked where a blank may have been cut off
    bool chained = false;      // a value goes on from text to text
    bool exact = false;        // texts begin or end with blanks: nothing was cut off between them
    size_t overlap = 0;        // bytes that the text before shared with the one before it, as far as can be told
    size_t characters = 0;     // they are, when they are few
    size_t alike = 0;          // so many borders on end where as much was shared
    size_t apart = 0;          // texts shared nothing: bytes that others must share until a few are no chance again
    bool has_offsets = false;
    bool end_told = false;     // else it was reckoned from the text
    bool end_sure = false, last_sure = false;   // it is the same in whatever the service counts
    uint64_t start = 0, end = 0;
    bool end_known = false;    // of the last text
    uint64_t last_start = 0, last_end = 0;
    uint64_t lines = 0, last_lines = 0;   // units of a heading that were taken from a reckoned end
    uint64_t own = 0, last_own = 0;       // of these, what the text before had not: two texts may begin with a line of their own
    Columns columns;           // of the table that the texts are in
    Columns later;             // and behind the text that waits, when `turns`
    bool turns = false;

    FlowSite site(Columns* of) const { return {{pattern.data(), pattern.size()}, {field.data(), field.size()}, style, named, of}; }
    FlowText& last() { return texts[1 - waiting]; }
    const FlowText& last() const { return texts[1 - waiting]; }
  };
  Flow* find(uint64_t key);
  Flow& flow_of(const Site& site);
  Strip& text_of(FlowText& text, bool end);
  void commit(Flow& flow);
  void turn_columns(Flow& flow);
  size_t heading(Flow& flow, FlowText& text, bool whole);
  size_t lone_word(const Flow& flow, ByteView text);
  bool ends_address(ByteView before, ByteView line);
  bool is_cut_line(Flow& flow, ByteView own);
  Strip& behind(Strip& text, size_t count);
  void note_before(Flow& flow);
  void note_begun(Flow& flow, const FlowText& text);
  bool may_go_on(Flow& flow, FlowText& text, size_t line, bool whole);
  bool may_cut_head(Flow& flow, FlowText& text, bool whole);
  void put_last(Flow& flow);
  void part(Flow& flow);
  void learn_blanks(Flow& flow, const FlowText& text, bool front, bool back) const;
  size_t guess_overlap(Flow& flow, ByteView text);
  void join(Flow& flow, Strip& text, const Room<uint64_t>& numbers, bool whole, bool headed);
  static bool overlap_from_offsets(const Flow& flow, ByteView before, ByteView text, size_t* overlap, size_t* gap, bool* breaks);
  void run(Flow& flow, bool open);
  bool goes_farther(Flow& flow, const Strip& text);
  static detect::Inside inside(const Flow& flow);
  void close(Flow& flow);
  void let_go(uint64_t at);
  static uint64_t held_from(const FlowText& text);
  bool held_by(Flow& flow, uint64_t* raw);
  void find_open(Flow& flow);
  void note(const FlowText& text);
  void reckon();

  const Wanted* wanted_ = nullptr;
  bool few_ = false;            // only detectors whose values show themselves at a border
  Taker* taker_ = nullptr;
  Reader* reader_ = nullptr;
  Columns other_columns_;       // for the second reading
  bool holds_table_ = false, knows_table_ = false;
  Flow flows_[kFlows];
  uint64_t turn_ = 0;
  size_t recent_ = 0;           // the flow that was found last
  uint64_t due_ = UINT64_MAX;   // check() has work behind this offset
  Room<detect::Found> found_;
  Room<uint32_t> failure_;      // of the search for overlaps
  FieldNames field_names_;
  Strip short_;                 // the front of a text
  Strip behind_;                // a text without its heading
  Room<char> both_;             // the word that a border cuts
};

}  // namespace gatehouse::mask
