// Texts as people see them: between a source and the editor, tags, character references and data: URIs are taken apart, and what
// hides a value (hidden.h) is taken for what it shows.
#pragma once

#include "base/room.h"
#include "mask/editor.h"
#include "mask/markup_table.h"
#include "mask/pair_name.h"

namespace gatehouse::mask {

/// Written is what a text may be written in besides characters.
enum class Written : uint8_t {
  plain,     // nothing else: only data: URIs are looked for
  markup,    // tags (<b>, </td>, <!-- -->), and character references (&#64; &commat;): HTML, XML, Markdown
  percent,   // %40 (RFC 3986 section 2.1): forms
};

inline constexpr size_t kShownText = 4096;     // of a text that the editor is shown at a time
inline constexpr size_t kTagMax = 2048;         // bytes of the longest tag; what is longer is text
inline constexpr size_t kReferenceMax = 12;     // bytes of the longest character reference

/// Texts shows one text at a time to the editor, as one or several. Values are found through character references, and through
/// tags that stand within words (b, i, em, span …); other tags end what stands before them. What is inside a tag is a text
/// of its own, the base64 of a data: URI another one, which the editor may take for a copy. A text in which nothing of this
/// occurs goes on untouched, and costs two searches for a byte. Reused; one thread. Memory: one tag.
class Texts {
 public:
  /// begin, piece and end are used like the editor's begin_text, piece and end_text. The site's views must live until end().
  void begin(Editor& editor, const Site& site, uint64_t at, Written written);
  void piece(const Piece& piece);
  /// end returns whether something was marked (as the editor's).
  bool end();
  /// held is where the first byte stands that was not yet shown to the editor; npos when there is none.
  uint64_t held() const { return carry_.size() == 0 ? UINT64_MAX : carry_at_; }

  /// Holds says which bytes occur anywhere in a document.
  struct Holds {
    bool reference = true, tag = true, uri = true, hidden = true;
  };
  static Holds held_by(ByteView document);
  /// may_join says whether the raw inside of a JSON string may hold anything that is taken apart here, or be a copy, but for tags
  /// that stand between words: without them the text says no more than its parts do. At little cost for most that do not.
  /// escapes: where its backslashes stand; the raw bytes stand at `offset`.
  static bool may_join(ByteView raw, const Holds& holds, const uint32_t* escapes, size_t count, uint32_t offset);
  size_t memory_bytes() const;

  /// whole shows a text in one piece.
  bool whole(Editor& editor, const Site& site, const Piece& piece, Written written) {
    begin(editor, site, piece.at, written);
    this->piece(piece);
    return end();
  }

 private:
  void scan(const Piece& piece, bool last);
  void show(const Piece& piece, size_t from, size_t to);
  void show_some(const Piece& piece, size_t from, size_t to);
  size_t show_blanks(const Piece& piece, size_t from, size_t to);
  size_t behind_tags(const Piece& piece, size_t from, size_t to);
  void part();
  void show_as(const Piece& piece, size_t from, size_t to);
  static size_t border(ByteView text, size_t from, size_t to);
  void show_decoded(const Piece& piece, size_t from, size_t to);
  void tag(const Piece& piece, size_t from, size_t to);
  void open_text(uint64_t at);
  void close_text();
  void keep(const Piece& piece, size_t from);
  void end_uri(char next);
  bool end_cdata(const Piece& piece, size_t at);
  void pass_tag(const Piece& piece, size_t at, size_t length, bool within, bool element);
  void show_line_break(const Piece& piece, size_t at, bool term = false);
  void note_element(ByteView tag);
  bool passes_name(ByteView tag);
  void note_label(ByteView text);
  size_t behind_label(const Piece& piece, size_t from, size_t to);

  /// RawOf follows a piece's text and its raw bytes side by side; asked in order.
  struct Cursor {
    size_t bend = 0;
    uint64_t text = 0, raw = 0;   // behind the last bend passed, from the piece's begin
  };
  static uint64_t raw_of(const Piece& piece, size_t at, Cursor* cursor);

  Editor* editor_ = nullptr;
  Site site_;
  ByteView field_;            // of the text, where no column is named
  Room<char> element_;        // the name of the element that the text is in, when it names a detector
  PairName pair_;
  /// open: the text at hand ends with "SSN:"; term: </dt> ended it, and <dd> is awaited; passed: what comes is the value.
  enum class Label : uint8_t { none, open, term, passed };
  Label label_ = Label::none;
  bool term_ = false;           // none: there is a text, which </dt> would make a term; passed: the name was one
  MarkupTable table_;
  uint8_t rule_ = kNoRule;    // of the text, where none is of a column
  bool in_cdata_ = false;     // what ends it is a tag, too
  bool ruled_ = false;        // the text that is open is one of a column's, behind its blanks
  Written written_ = Written::plain;
  bool open_ = false;         // the editor has a text open
  bool marked_ = false;
  bool own_flow_ = false;     // site_.flow was made here
  bool parts_ = false;        // tags ended what stands before them: what comes is no more of its flow
  bool spoke_ = false;        // something but blanks was shown
  bool page_ = false;         // tags that stand between words were seen in the text
  bool exact_ = false;        // the site's
  bool in_tag_ = false;       // what is shown stands inside a tag
  bool in_uri_ = false;       // the text that is open is a data: URI's base64
  uint64_t flows_ = 0;
  Cursor cursor_;
  Room<char> carry_;          // the begin of a tag, reference or mark, whose end was not yet seen
  Room<Bend> carry_bends_;
  uint64_t carry_at_ = 0;
  Room<char> joined_, plain_;
  Room<Bend> joined_bends_, bends_;
};

}  // namespace gatehouse::mask
