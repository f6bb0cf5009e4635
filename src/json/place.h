// Where in a document a token stands: a JSON pointer (RFC 6901), built only when somebody asks.
#pragma once

#include "json/document.h"

namespace gatehouse::json {

/// kPlaceMax bounds a pointer, in bytes; a longer one is cut on a character border and ends in "…".
inline constexpr size_t kPlaceMax = 512;

/// Place finds pointers of tokens of a document that was walked without error. Asked in the order of
/// the document it passes over it once in all. A key's place is that of its member. One thread.
class Place {
 public:
  /// start begins at the front of a document; it must outlive the questions.
  void start(const Document& document);

  /// of returns the pointer of a token; lives until the next question.
  ByteView of(uint32_t token_index);

 private:
  struct Frame {
    Kind kind;
    uint32_t number;  // array: which element; object: listed position of the key
  };
  void step(uint32_t i, char c);
  bool append(char c);
  bool append_key(uint32_t index);

  const Document* document_ = nullptr;
  uint32_t next_ = 0;       // the first listed position not yet passed
  size_t depth_ = 0;
  bool key_next_ = false;   // inside an object, before a key
  Frame frames_[kJsonDepthMax];
  size_t length_ = 0;
  char text_[kPlaceMax];
};

}  // namespace gatehouse::json
