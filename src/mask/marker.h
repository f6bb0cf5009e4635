// The walk over a document that decides what is changed, and to what. Included by mask/*.cc only.
#pragma once

#include "detect/candidates.h"
#include "json/document.h"
#include "mask/asked.h"
#include "mask/field_names.h"
#include "mask/flows.h"
#include "mask/key_names.h"
#include "mask/marks.h"
#include "mask/texts.h"

namespace gatehouse::mask {

/// Marker visits every token of a document and notes marks in order, without overlaps.
///
/// What is done with a value that a field path names: a string becomes the redacted or partial text, a
/// number 0, true and false null; in an object or array so does every scalar inside, at any depth. What a
/// detector finds in a string or a key is replaced, and what stands around it stays; a number that is a
/// payment card becomes 0. A field mask beats detectors. Values that go over several texts are found as in bodies that come in
/// pieces (json_source.h): what is masked is the same.
class Marker final : Taker, Reader {
 public:
  /// prepare allocates the rows for a plan; false when there is no memory.
  bool prepare(const Plan& plan);

  /// start begins a document. Keys that were changed are numbered within their object; the first bears no number.
  void start(const Plan& plan, Selection masks, json::Document& document);

  /// look begins the cheap pass over the document; call before the walk.
  void look(ByteView document) {
    if (wanted_.any()) candidates_.start(document, wanted_);
    if (wanted_.any() || fields_) holds_ = Texts::held_by(document);
  }

  const Room<Mark>& marks() const { return marks_; }
  ByteView text(const Mark& mark) const { return {texts_.data() + mark.text_at, mark.text_length}; }
  bool changed_keys() const { return changed_keys_; }
  /// by_editor: a text holds more than its characters (tags, a copy, a table's head), or numbers stand for it: the marks are
  /// worth nothing. Known when the walk is finished.
  bool by_editor() const { return by_editor_; }
  /// finish: the document was walked without error; no more marks come.
  void finish();

  // json::Document's visitor
  void open(json::Kind kind);
  void close(json::Kind kind);
  void key(const json::Token& token);
  void string(const json::Token& token);
  void number(const json::Token& token, json::NumberShape shape);
  void literal(const json::Token& token);

 private:
  struct Frame {
    json::Kind kind;
    uint8_t rule;           // field mask that covers all inside; kNoRule
    bool alive;             // some path may still match inside
    bool member_alive;      // … inside the present member, or any element
    uint32_t changed_keys;
    bool text_member;       // the present member has a name of texts
    bool names_pair;        // and says perhaps what stands beside it
    Offset offset_member;
    json::Token name;       // of the present member
    uint64_t number;        // of its path
    detect::DetectorSet names;      // what its name speaks of; kUnasked
    uint64_t path;          // of the container (text_names.h)
    uint64_t flow;          // of the last text directly inside
    uint64_t start, end;    // offsets beside it
  };

  json::Automaton::Word* row(size_t depth) { return rows_.data() + depth * words_; }
  /// The field mask of the value that comes now.
  uint8_t field_rule() {
    if (!fields_) return kNoRule;
    if (depth_ != 0 && !frames_[depth_ - 1].member_alive) return frames_[depth_ - 1].rule;
    return matched_rule();
  }
  uint8_t matched_rule();
  uint8_t stronger(uint8_t a, uint8_t b) const;
  void mark_field(const json::Token& token, uint8_t rule);
  void take(const Place& place, Style style, uint64_t raw, uint64_t length, Part part, const detect::Found& found,
            ByteView value) override;
  void read(const json::Token& token, bool end, Strip* out) override;
  ByteView name();
  detect::DetectorSet names();
  bool may_hold(const json::Token& token);
  bool may_hold_table(const json::Token& token, bool goes_on);
  bool may_be_value(size_t length, json::NumberShape shape);
  bool is_named() { return by_name_ != 0 && (names() & by_name_) != 0; }
  size_t look_at(const json::Token& token, detect::Text text, size_t left = 0, size_t* signs_end = nullptr);
  void look_at_both(const json::Token& token, const detect::Text& whole, FlowText* out);
  void number_key(const json::Token& token);
  void mark_flow(const json::Token& token, uint64_t flow);
  void show_edges(const json::Token& token, FlowText* text);
  void cut_to_tail(uint32_t* from, uint32_t until, const uint32_t** first, const uint32_t* last) const;
  void cut_to_head(uint32_t from, uint32_t* until, const uint32_t* first, const uint32_t** last) const;
  bool show_head(const json::Token& token, char* out);
  void show_tail(const json::Token& token, char* out);
  ByteView read(const json::Token& token);
  void begin_text() { text_begin_ = texts_.size(); }
  void add_mark(uint32_t offset, uint32_t length, uint32_t token, uint8_t rule, detect::Detector detector,
                detect::Evidence evidence);

  const Plan::State* plan_ = nullptr;
  json::Document* document_ = nullptr;
  size_t words_ = 0;
  bool fields_ = false;           // some selected rule has paths
  bool changed_keys_ = false;
  bool by_editor_ = false;
  bool dense_ = false;      // the last long text had a value
  Flows flows_;
  Wanted wanted_;
  detect::DetectorSet by_name_ = 0; // of these, what a field's name alone makes a value
  KeyNames key_names_;
  FieldNames field_names_;
  Asked asked_;
  detect::Candidates candidates_;
  Texts::Holds holds_;
  size_t depth_ = 0;
  Frame frames_[kJsonDepthMax];
  Room<json::Automaton::Word> rows_;
  Room<Mark> marks_;
  Room<char> texts_;
  size_t text_begin_ = 0;
  Room<char> plain_;        // a string after unescaping
  Room<char> name_;         // a key, likewise
  Room<char> edge_;
  Room<Bend> bends_;
  Room<detect::Found> found_;
  detect::Cells cells_;
};

}  // namespace gatehouse::mask
