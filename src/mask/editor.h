// One body under masks, in whatever form: a window of its bytes, the texts in it, the changes, and slices that are final.
//
// A *source* (JSON, CSV, events, lines) understands the form. It appends the body's bytes, tells the editor which texts stand
// where, and says how far it has come. The editor asks the detectors, joins texts that continue one another (*flows*),
// notes changes (*marks*) and hands out *slices*: prefixes of what is left in which nothing changes any more.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/reason.h"
#include "detect/detect.h"
#include "mask/mask.h"
#include "mask/piece.h"
#include "mask/place.h"

namespace gatehouse::mask {

class ColumnRules;  // column_rules.h

/// Encoded looks into texts that may be a copy in another coding (copies.h).
class Encoded {
 public:
  enum class Kind : uint8_t { none, same, rewritten, dropped };
  struct Outcome {
    Kind kind = Kind::none;
    ByteView text;           // rewritten: lives until the next look()
    uint8_t rule = kNoRule;  // of the strongest change inside; kNoRule: the editor takes its strongest mask
  };
  virtual ~Encoded() = default;
  virtual Outcome look(ByteView text) = 0;
  /// look_between is look() for one of a row of copies: values that go on from `before` into it, or from it into `after`, are
  /// masked as well. Either may be empty.
  virtual Outcome look_between(ByteView text, ByteView, ByteView) { return look(text); }
  /// joins says whether a text is a copy whose own texts may go on in the next one: a JSON document, not too large.
  virtual bool joins(ByteView) { return false; }
  /// hides says of the first bytes (64, or all there are) of a text whether look() must see it whole; one of more than kTextWhole
  /// raw
  /// bytes for which it is true is dropped.
  virtual bool hides(ByteView beginning) = 0;
};

inline constexpr size_t kWindowBytes = 80 * 1024;  // raw bytes held at most
inline constexpr size_t kTextWhole = 48 * 1024;     // raw bytes of a text that is looked at whole
inline constexpr size_t kFieldWhole = 4 * 1024;     // raw bytes of a text that partial and hash look at; a longer one is redacted

/// Editor is one worker's or stream's memory for a body; reused, one thread. Offsets are absolute: bytes from the body's begin.
///
/// Guarantees: the bytes outside changes are untouched; the same texts in other pieces make the same marks; what is
/// held is bounded by kWindowBytes: text that could still become part of a value but is met by that bound is masked.
class Editor {
 public:
  Editor();
  ~Editor();
  Editor(const Editor&) = delete;
  Editor& operator=(const Editor&) = delete;

  /// prepare allocates for a plan, before its first use with it; false when there is no memory.
  bool prepare(const Plan& plan);

  /// start begins a body that comes in pieces. `encoded` may be null.
  void start(const Plan& plan, Selection masks, Encoded* encoded);

  /// start_whole begins a body that is all there, and stays until the last cut(): it is not copied, nothing is appended, and it is
  /// one slice. kSimdPadding readable behind.
  void start_whole(const Plan& plan, Selection masks, Encoded* encoded, ByteView body);

  // --- bytes, by the source
  /// room: so many bytes may be appended now. 0: slices must be taken first, or the source must go on (passed()).
  size_t room() const;
  /// append copies bytes behind those that are there; at most room().
  void append(ByteView raw);
  uint64_t begin() const;   // the first byte that is held
  uint64_t end() const;     // behind the last
  /// raw reads held bytes; kSimdPadding readable behind (of unknown content).
  ByteView raw(uint64_t at, size_t length) const;

  // --- texts, by the source, in the body's order
  /// text shows a whole text. Its bytes need be appended before. Returns whether something of it was marked.
  bool text(const Site& site, const Piece& piece);
  /// A text in pieces: begin_text, then piece any number of times, then end_text. `at`: where its first raw byte stands. No other
  /// calls between.
  void begin_text(const Site& site, uint64_t at);
  void piece(const Piece& piece);
  bool end_text();
  /// join_flow says of a text that began with none which flow it begins: a tag stands behind what was shown, and it goes on there.
  void join_flow(uint64_t flow);
  /// scalar shows a JSON number, true, false or null, or what is like it: raw bytes at `at`. number: detectors look at it.
  bool scalar(const Site& site, uint64_t at, ByteView raw, bool number);
  /// replace marks raw bytes as the source decides; `text` is written as it is.
  void replace(uint64_t at, uint64_t length, ByteView text, uint8_t rule, detect::Detector detector, detect::Evidence evidence,
               const Place& place);

  /// erase begins a change that grows: from `at` on all goes, and `text` stands there, as it is written. erase_to says how far;
  /// end_erase that it is
  /// done. No texts between.
  void erase(uint64_t at, ByteView text, uint8_t rule, const Place& place);
  void erase_to(uint64_t at);
  void end_erase();

  /// tie says that a number stands for the text [text_at, text_end), which was shown before and is not passed: when something of
  /// the text
  /// is changed the number becomes 0 (the numbers of a tokenizer).
  void tie(uint64_t text_at, uint64_t text_end, uint64_t number_at, size_t length);

  // --- flows, by the source
  /// offsets says where the last text of a flow stands in the document that was cut: [start, end) in code points or UTF-16 units
  /// (which is found out; end UINT64_MAX: not told). Before settle(), or the flow's next text.
  void offsets(uint64_t flow, uint64_t start, uint64_t end, const Extent& whole);
  /// settle says that nothing more is to be known about the flow's last text (its object ends, its event ends).
  void settle(uint64_t flow);
  /// end_flow says that nothing will continue the flow.
  void end_flow(uint64_t flow);
  void end_all_flows();

  // --- slices
  /// passed says that the source makes no marks before `at` any more; texts that are open and flows may hold back more.
  void passed(uint64_t at);
  /// finish says that the body is complete: all flows end, all is final.
  void finish();

  struct Slice {
    ByteView masked;
    ByteView map;             // gatehouse/mask_map.h; empty when nothing was changed
    uint64_t original_length;
    uint32_t changes;
  };
  /// cut makes the next slice of all that is final, at most kPieceBytes of the body, when that is `least` bytes or more (1 and
  /// more) or the body is finished. nullptr: there is none. It lives until the next call of cut() or start().
  const Slice* cut(size_t least);
  /// columns: the masks that name columns of tables in texts; null: none does.
  const mask::ColumnRules* columns() const;
  /// body: another number for each body that was started.
  uint64_t body() const;
  /// held: bytes that are not yet cut.
  size_t held() const { return static_cast<size_t>(end() - begin()); }
  uint64_t changes() const;
  size_t memory_bytes() const;

  /// none, or why nothing more may be passed on (mask_uninspectable).
  Reason reason() const;

 private:
  friend class KeyNumbers;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::mask
