// JSON as it comes: from bytes to the editor's texts.
#pragma once

#include "json/stream.h"
#include "mask/editor.h"
#include "mask/fields.h"
#include "mask/key_names.h"
#include "mask/key_numbers.h"
#include "mask/text_names.h"
#include "mask/texts.h"

namespace gatehouse::mask {

/// JsonSource walks one JSON document and shows it to an editor: a body of its own, a line of NDJSON, the data of an event. Reused;
/// one thread. Strings whose member has a name that services give to the parts of a text (text_names.h), or that a
/// mask's `joined` says so, make flows with those at the same path; numbers beside them tell where they stand.
class JsonSource final : json::StreamVisitor {
 public:
  void prepare(const Plan& plan);

  /// start begins a document. `around` is put before each place ("event \xff " and its number; copied); `flows` makes its flows
  /// different from those of other documents of the body, or the same: documents with the same number continue one another.
  /// exact: nothing is cut off where they do (Site::exact). several: it is one of some, of which those that are strings go on, too.
  void start(Editor& editor, const Plan& plan, Selection masks, json::Leniency leniency, const Place& around = {},
             uint64_t flows = 1, bool exact = false, bool several = false);

  /// feed walks bytes that were appended to the editor and stand at `at`; kSimdPadding readable behind. Between two calls `at` may
  /// jump where no token is open. Then the editor is told how far the document has come (passed()). False: the document is
  /// refused (mask_uninspectable), which is final.
  bool feed(uint64_t at, ByteView bytes);
  /// finish says that the document ended. False as feed().
  bool finish();
  /// complete: only white space may follow (not known of a number that is all of the document, before finish).
  bool complete() const { return stream_.complete(); }
  size_t memory_bytes() const;

 private:
  struct Frame {
    json::Kind kind;
    uint32_t pattern;       // its length at the container
    uint32_t name;          // where the present member's name stands in names_
    uint32_t name_length;
    uint64_t path;          // hash
    uint64_t member;        // hash of the present member's path, or of any element's
    uint64_t gap_at;        // objects: the brace, or the comma before the next member
    uint64_t flow;          // of the last text directly inside
    uint64_t start, end;    // offsets beside it; UINT64_MAX: none
    Extent extent;          // of the last text of the flow
    uint64_t text_at, text_end;  // arrays: the string that is the first element; nothing when both are the same
    bool kept;              // objects: a member was passed on
    bool text_member;       // the present member has a name of texts
    bool names_pair;        // and says perhaps what stands beside it
    uint32_t beside;        // where in besides_ the name stands that one of the members gave the value beside it
    uint32_t beside_size;   // 0: none did
    bool turn, over;        // one of several answers, by its number (tell_turn); it says that it ends
    Offset offset_member;
  };
  enum class Skip : uint8_t { none, value, until_comma };

  void open(json::Kind kind, uint64_t at) override;
  void close(json::Kind kind, uint64_t at) override;
  void comma(uint64_t at) override;
  void key(const json::Part& key) override;
  void string_begin(uint64_t at) override;
  void string_part(const json::Part& part) override;
  void string_end(uint64_t at) override;
  void number(uint64_t at, ByteView raw, json::NumberShape shape) override;
  void literal(uint64_t at, ByteView raw) override;

  Place place() const { return {{pattern_.data(), pattern_.size()}, numbers_.data(), numbers_.size()}; }
  ByteView name() const;
  Piece read(const json::Part& part);
  void append_step(ByteView key, bool plain);
  bool skips_value(uint64_t at, uint8_t rule);
  void value_end(uint64_t end);
  void tell_offsets(Frame& frame);
  void tell_turn(ByteView number);
  void end_turn(Frame& frame);
  bool names_next() const;
  ByteView named_beside() const;
  void end_name();
  void show_part(const json::Part& part);
  void show_sign();
  Frame* token_frame();
  bool may_be_token() const;
  uint64_t flow();

  Editor* editor_ = nullptr;
  const Plan::State* plan_ = nullptr;
  json::Stream stream_;
  Fields fields_;
  KeyNames key_names_;
  KeyNumbers keys_;
  bool too_many_ = false;
  uint64_t flows_ = 1;
  bool exact_ = false, several_ = false;
  size_t depth_ = 0;
  Frame frames_[kJsonDepthMax];
  Room<char> pattern_, names_;
  Room<uint64_t> numbers_;
  Skip skip_ = Skip::none;
  size_t skip_depth_ = 0;      // where the value stands that is skipped
  bool shown_ = false;         // the string at hand is shown to the editor
  Texts texts_;
  uint64_t text_at_ = 0;       // where it begins
  Extent* extent_ = nullptr;   // its frame's, where it may be told apart by offsets
  uint64_t shown_to_ = 0;      // and behind what of it was read
  Room<char> plain_;
  Room<Bend> bends_, piece_bends_;
  bool begins_piece_ = false;   // of the string at hand one '#' came, and is not shown yet
  Room<char> besides_;          // "name":"DB_PASSWORD": what that says of the "value" beside it; of one object behind the other
  bool says_beside_ = false;    // so may the string at hand, which stands behind them
};

}  // namespace gatehouse::mask
