// Text whose quotes and brackets are written as escapes, of markup (&lt;, &quot;, CDATA) or of programs (\u003c, \x27). Included by
// erase/*.cc only.
#pragma once

#include <string>

#include "erase/erase.h"
#include "erase/decoded.h"

namespace gatehouse::erase {

inline constexpr unsigned kEscapesMax = 2;   // within each other

/// may_be_escaped: whether an escape may begin in the piece, or at its end. A glance.
bool may_be_escaped(ByteView piece);

/// Escaped looks at what such escapes stand for, with what stands around them, as at any text.
struct Eraser::Escaped {
  /// start: `depth` is how many escapes are within each other already; where there are kEscapesMax no more are taken off.
  void start(const ErasePlan* plan, BodyForm form, ByteView boundary, unsigned depth);
  /// find adds what it finds in the next piece to *out; the runs there are in order, and none is within another. `before` are the
  /// last bytes of what came before it, as many as there are, or kTailBytes.
  void find(ByteView piece, ByteView before, bool last, std::vector<Erased>* out);
  void release();

 private:
  void look(ByteView text, bool last, size_t* at, std::vector<Erased>* out);
  bool begin(ByteView text, size_t from, bool last, size_t* at);
  size_t decode(ByteView text, size_t from, bool last);
  bool is_idle() const;

  const ErasePlan* plan_ = nullptr;
  BodyForm form_ = BodyForm::text;
  unsigned depth_ = 0;
  std::string boundary_;
  Eraser text_;
  bool open_ = false;              // what passes is looked at
  bool cdata_ = false;             // it stands in a CDATA section
  ptrdiff_t quiet_ = 0;            // bytes since the last escape; negative: before the first one
  Decoded decoded_;
  ByteView past_;                  // before the text at hand
  size_t before_ = 0;              // bytes of the text at hand that stood in the piece before
  std::string cut_;                // what may begin an escape, at the end of a piece
  std::string joint_;              // that and the next piece
};

}  // namespace gatehouse::erase
