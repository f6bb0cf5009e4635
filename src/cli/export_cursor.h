// How far an export has come: one line per epoch, in a file that is replaced whole.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "record/folder.h"
#include "record/layout.h"

namespace gatehouse::cli {

inline constexpr size_t kCursorBytesMax = 16 << 20;   // of the file

/// CursorPlace is how far one epoch was exported.
struct CursorPlace {
  uint64_t resume = 0;   // where reading begins again: the oldest exchange that was not exported began there
  uint64_t done = 0;     // exchanges that closed before this offset were exported
  bool ended = false;    // nothing follows in the epoch
  bool operator==(const CursorPlace&) const = default;
};
using CursorPlaces = std::map<record::Epoch, CursorPlace>;

/// format_cursor writes the file's text; parse_cursor reads it back, strictly: what is not as format_cursor writes it is refused,
/// as places that are not where they were would leave exchanges out. Pure; hostile input safe.
std::string format_cursor(const CursorPlaces& places);
Result<CursorPlaces, std::string> parse_cursor(ByteView text);

/// CursorFile is the file, locked as long as this lives (beside it as FILE.lock): no two exports go on from one place.
class CursorFile {
 public:
  /// open reads what is there; a file that is not there begins at the beginning. Errors are ready to be shown.
  static Result<CursorFile, std::string> open(const std::string& path);
  /// save makes `places` durable, before it returns. At once, or not at all.
  Result<Done, std::string> save(const CursorPlaces& places);
  const CursorPlaces& places() const { return places_; }

 private:
  record::Descriptor folder_;
  record::Descriptor lock_;
  std::string name_;
  CursorPlaces places_;
};

}  // namespace gatehouse::cli
