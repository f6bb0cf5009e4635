// Secrets of request bodies: found as bytes pass, so that records keep asterisks in their place. What goes to the origin is
// not touched.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "http/message.h"
#include "json/automaton.h"
#include "json/stream.h"

namespace gatehouse::erase {

/// ErasePlan is what a configuration names besides the usual names (secret_name(), keys of object stores, connection strings).
/// Immutable.
class ErasePlan {
 public:
  /// make reads names ("pin", in any case) and JSON pointers ("/sources/*/pin"); entries must be good (erase_error).
  static std::shared_ptr<const ErasePlan> make(const std::vector<std::string>& entries);

  bool names(ByteView name) const;
  bool has_names() const { return !names_.empty(); }
  bool has_paths() const { return !paths_.empty(); }
  const json::Automaton& paths() const { return paths_; }
  ByteView path(size_t label) const { return path_texts_[label]; }

 private:
  std::vector<std::string> names_, path_texts_;
  json::Automaton paths_;
};

inline constexpr size_t kErasePathsMax = 64;

/// erase_error says why an entry cannot be used; empty when it can.
std::string erase_error(ByteView entry);

/// Erased is one run of bytes of a piece that is not recorded.
struct Erased {
  uint32_t begin = 0, end = 0;   // in the piece
  bool number = false;           // its digits become 1, so that the text stays what it was: a number
  bool goes_on = false;          // of a value that began in a piece before
  std::string name;              // of the member or field, or the pointer; at most kErasedNameMax bytes
};
inline constexpr size_t kErasedNameMax = 128;

/// blank writes over what was found in the piece's copy.
void blank(ByteSpan piece, const std::vector<Erased>& erased);

/// names_secret says whether what stands under this name is not recorded: it is a usual name, or the plan's (may be null).
bool names_secret(const ErasePlan* plan, ByteView name);

/// may_hold_secret is a quick look at a head: false where no value of a field, and nothing in the request line, holds what Eraser
/// finds by a URL, a quote, or `name=`. What is a secret by its field's name it does not see.
bool may_hold_secret(const ErasePlan* plan, ByteView head);

/// BodyForm is how names and values stand in a body.
enum class BodyForm : uint8_t {
  text,    // "name": value, wherever it stands: lines of JSON, JSON that nobody called so, JSON in some text. A string ends at a
           // line's end at the latest, a list or object after kLooseMax bytes: what looks like one must not hide all that follows
  parts,   // multipart: text, and also a part whose name is meant; no value goes on beyond its part. No boundary: no parts
  form,    // application/x-www-form-urlencoded
  json,    // by its type: "name": value, also within strings of JSON
  encoded, // text in percent escapes: heads
};
inline constexpr uint64_t kLooseMax = 256 * 1024;

/// body_form says how names and values stand in the body below these fields; *boundary, a view into them, is set for parts: empty
/// where two readers could take it for two. A type that is there twice is none.
BodyForm body_form(const http::FieldList& fields, ByteView* boundary);

/// Eraser looks at one body after the other, in pieces of any size. What is erased of it in one piece is erased in any, but for
/// values that stand before what names them (pairs.cc); where a piece that is not the last ends in what may be a secret, that
/// is erased, too. What is one is told in docs/record-format.md. Names are read by their last kErasedNameMax bytes (64 blanks at
/// most before a colon). Time is linear. One thread.
class Eraser {
 public:
  Eraser();
  ~Eraser();
  Eraser(const Eraser&) = delete;

  /// start begins a body. `plan` (may be null) outlives it; `boundary` (of parts) is copied.
  void start(const ErasePlan* plan, BodyForm form, ByteView boundary = {}) { start(plan, form, boundary, 0); }

  /// find looks at the next piece; `last`: nothing comes behind it. What it returns lives until the next call.
  const std::vector<Erased>& find(ByteView piece, bool last = false);
  const std::vector<Erased>& found() const { return found_; }

  /// release forgets what was found; of its memory it keeps little. The body goes on.
  void release();

  struct Pointers;
  struct Encoded;
  struct Escaped;

 private:
  enum class State : uint8_t { seek, value, string, number, container, url, word, block, line, head, part, field, field_value };
  /// Apart is how what stands before `name=` sets it apart.
  enum class Apart : uint8_t { none, line, query, list, comma, quote, word };
  /// Shape is what a value must be: credentials behind their scheme, in a sentence long ones; pairs of a cookie; or in quotes.
  enum class Shape : uint8_t { any, credentials, sentence, cookie, literal };
  /// Word is a value without quotes around its name.
  struct Word {
    Apart apart = Apart::none;
    Shape shape = Shape::any;
    bool scheme = false;         // it is to be read
    bool colon = false;
    char outer = '\0';           // what stands before the name
    char quote = '\0';           // what ends the value, where it began with a quote
    bool percent = false;        // behind %3D
    bool begun = false;
    uint8_t letters = 0;         // that were passed of a literal in Python: b'…'
    bool inner = false;          // in the quotes of a parameter or a cookie
    uint8_t opened = 0;          // quotes that began it, of three: """…"""
    uint8_t closing = 0;         // of those that end it
    uint64_t outer_slashes = 0, slashes = 0, inner_slashes = 0;   // backslashes before these
    uint32_t column = 0;         // of the name in its line
  };
  /// Block is a value of several lines: "name: |", then lines that begin with more blanks than that one.
  struct Block {
    enum class Where : uint8_t { head, indent, text } where = Where::head;
    bool comment = false;
    uint32_t indent = 0;         // of its lines; 0: not known
    uint32_t blanks = 0;         // that this line begins with
    uint64_t slashes = 0;        // backslashes that write a line's end
  };
  /// Watch is whose string is looked at.
  enum class Watch : uint8_t { none, name, key, value, secret };
  /// Pair is what was seen of an object in which one member may say what another is.
  struct Pair {
    size_t left = 0;             // bytes in which the other one may stand; 0: none was seen
    int64_t depth = 0;           // of what is open within the object
    uint64_t level = 0;
    std::string name;            // of a secret
    bool numbers = false;
    bool secret = false;         // a string called secret
    Watch before = Watch::none;  // key or value: a string of this piece, not erased yet
    uint32_t begin = 0, end = 0; // where it is
  };
  /// Half is a string of a pair, called name, key or value, and where it is in this piece.
  struct Half {
    Watch watch = Watch::none;
    size_t begin = 0, end = 0;
  };
  /// Label is one that is being read.
  struct Label {
    bool open = false;           // what is in it is looked at
    Half half;
    size_t end = SIZE_MAX;       // where it is over, if that is in this piece
    std::string text;            // of a name, or its beginning
    Pair outer;                  // of the object
  };
  /// Element is one of XML whose text may be a secret.
  struct Element {
    size_t left = 0;             // bytes of its text that may come; 0: none is open
    uint32_t begin = 0;          // of the text, in this piece
    bool began = false;          // in a piece before
    bool quotes = false, signs = false;   // of what is no text: see may_be_text
    bool in_label = false;
    uint8_t cdata = 0, closing = 0;       // how much was read of what opens and closes a CDATA section; kCdata of it: within
    uint8_t inner = 0;           // empty elements and comments that were passed in it
    size_t cut = 0;              // bytes of markup that the end of a piece cuts
    bool may_end = false;        // it, with that, and not go on
    std::string tag, name;
    Pair pair;                   // as it was before it
  };
  /// Markup is what a '<' in an element's text begins: its end, a CDATA section, what can be nothing but one of these, a comment or
  /// empty element, what may go on as one in the next piece, or what no such text has.
  enum class Markup : uint8_t { closes, section, may_end, passed, open, other };
  /// Url is what was seen of a URL behind "scheme://user:".
  struct Url {
    size_t size = 0;
    bool port = true;    // digits alone
    bool sign = false;   // an '@'
  };

  void start(const ErasePlan* plan, BodyForm form, ByteView boundary, unsigned escapes);
  void look_behind_escapes(ByteView piece);
  char at(size_t place, size_t back) const;
  size_t seek(ByteView piece, size_t from);
  bool may_end_name(ByteView piece, size_t mark) const;
  bool may_be_user(ByteView piece, size_t colon) const;
  bool judge(size_t colon);
  bool assigned(size_t mark);
  Apart stands(size_t mark, size_t back, char before, ByteView name) const;
  bool stops(char c) const;
  bool only_word(ByteView rest) const;
  bool is_cookie(ByteView rest) const;
  bool is_long(ByteView rest) const;
  bool begins_value(ByteView rest) const;
  bool in_list(size_t mark, size_t back) const;
  bool joined(size_t place) const;
  bool in_quotes(size_t place, uint64_t before);
  bool passes_slash(char c, uint64_t* before);
  size_t prefix(ByteView piece, size_t from) const;
  size_t opening(ByteView piece, size_t from);
  size_t tripled(ByteView piece, size_t from);
  uint32_t column(size_t mark, size_t back) const;
  bool begins_block(char c, uint64_t slashes);
  size_t scheme(ByteView piece, size_t from);
  size_t block(ByteView piece, size_t from);
  size_t word(ByteView piece, size_t from);
  size_t quoted(ByteView piece, size_t from);
  size_t escape_ends(size_t place) const;
  size_t unquoted(ByteView piece, size_t from);
  bool begins_pair(ByteView name);
  void other_half();
  void take_back(Pair* pair, ByteView name);
  void cover(Erased run);
  void hide_half(size_t size);
  size_t label(ByteView piece, size_t from);
  size_t string_end(ByteView piece, size_t from, uint64_t level) const;
  void inner_label(ByteView piece, size_t from);
  void judge_label(Pair* pair, const Half& half, ByteView text);
  void leave_label();
  size_t element(ByteView piece, size_t mark);
  bool may_be_tag(size_t mark) const;
  bool begins_element(size_t mark);
  bool may_be_text(char before, ByteView text);
  bool ends_string(char before, ByteView text) const;
  bool may_pass(ByteView markup);
  Markup markup_of(ByteView text, size_t* size) const;
  Markup cut_markup(ByteView piece, size_t* at);
  size_t element_end(ByteView piece, size_t from);
  size_t cdata_end(ByteView piece, size_t from);
  size_t resume_element(ByteView piece);
  void pass_over(ByteView bytes);
  bool behind_user(size_t colon) const;
  bool begins_url(size_t colon);
  bool begins_login(size_t colon);
  size_t url(ByteView piece, size_t from);
  size_t value(ByteView piece, size_t from);
  size_t string(ByteView piece, size_t from);
  size_t number(ByteView piece, size_t from);
  size_t container(ByteView piece, size_t from);
  size_t bounded(ByteView piece, size_t from);
  bool ends_part(char c);
  size_t line(ByteView piece, size_t from);
  size_t head(ByteView piece, size_t from);
  size_t part(ByteView piece, size_t from);
  bool may_end_field(ByteView name) const;
  size_t field(ByteView piece, size_t from);
  size_t field_value(ByteView piece, size_t from);
  bool closes(char c);
  void found(size_t begin, size_t end, bool is_number);
  bool meant(ByteView name);
  bool meant_field(ByteView name);

  const ErasePlan* plan_ = nullptr;
  BodyForm form_ = BodyForm::text;
  State state_ = State::seek;
  std::vector<Erased> found_;
  std::string name_;             // whose value is being erased
  std::string line_;             // Content-Disposition, or the name of a field, or what may be a name
  std::string end_;              // what ends a part: LF, dashes, boundary; empty: parts are not told
  std::string tail_;             // the end of what came before this piece
  const char* place_ = nullptr;  // the piece
  bool last_ = false;            // nothing comes behind this piece
  bool piece_ends_ = true;       // and is recorded before what comes behind it is looked at
  uint64_t slashes_ = 0;         // backslashes right before what is read
  uint64_t level_ = 0;           // backslashes before the quotes of the name: 0, or 1, 3, ... within strings
  uint64_t depth_ = 0;           // of a container
  uint64_t spent_ = 0;           // bytes of the value that were looked at
  Url url_;
  Word word_;
  Block block_;
  Watch watch_ = Watch::none;
  Pair pair_;
  Label label_;
  Element element_;
  size_t own_ = 0;               // where found_ begins to be of the container at hand
  size_t matched_ = 0;           // of end_, or of the blank line
  bool in_string_ = false;
  bool numbers_ = false;         // they are erased, too
  bool begun_ = false;           // the value began in a piece before
  std::unique_ptr<Pointers> pointers_;
  std::unique_ptr<Encoded> encoded_;
  unsigned escapes_ = 0;         // that this text was taken out of already
  std::unique_ptr<Escaped> escaped_;
};

}  // namespace gatehouse::erase
