// JSON as it comes: from bytes to the editor's texts.
#pragma once

#include "json/stream.h"
#include "mask/editor.h"
#include "mask/fields.h"

namespace gatehouse::mask {

/// JsonSource walks one JSON document and shows it to an editor: a body of its own, a line of NDJSON, the data of an event.
/// Reused; one thread.
class JsonSource {
 public:
  void prepare(const Plan& plan);

  /// start begins a document. `around` is put before each place ("event \xff " and its number; copied); `flows` makes its flows
  /// different from those of other documents of the body, or the same: documents with the same number continue one another.
  void start(Editor& editor, const Plan& plan, Selection masks, json::Leniency leniency, const Place& around = {}, uint64_t flows = 1);

  /// feed walks bytes that were appended to the editor and stand at `at`. Between two calls `at` may jump, but inside a token:
  /// there it must go on where it ended. False: the document is refused (mask_uninspectable), which is final.
  bool feed(uint64_t at, ByteView bytes);
  /// finish says that the document ended. False as feed().
  bool finish();
  /// The document is closed: only white space may follow.
  bool complete() const;

 private:
  json::Stream stream_;
};

}  // namespace gatehouse::mask
