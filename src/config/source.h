// The text of a configuration and places in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::config {

/// Place is where something stands in the text: line and column count from 1, columns and length in
/// characters (code points). Line 0: nowhere in the text.
struct Place {
  uint32_t line = 0;
  uint32_t column = 0;
  uint32_t length = 0;

  bool known() const { return line != 0; }
};

/// Text is a string of the configuration and where it stands, so that it can be complained about later.
struct Text {
  std::string value;
  Place place;
};
std::vector<std::string> values_of(const std::vector<Text>& texts);

/// Source is the text of one configuration file. Immutable; diagnostics and compile() share it.
class Source {
 public:
  Source(std::string name, std::string text);

  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }

  /// line returns a line without its end; empty when there is no such line.
  ByteView line(uint32_t number) const;

  /// end is the place behind the last character.
  Place end() const { return place_at(text_.size()); }

  /// inside returns the place of the character that holds byte `index` of a decoded string value that
  /// begins at `start` (its opening quote): escapes, the four kinds of quotes and line ends are followed.
  Place inside(Place start, size_t index) const;

 private:
  size_t offset(Place place) const;
  Place place_at(size_t offset) const;

  std::string name_;
  std::string text_;
  std::vector<size_t> lines_;  // offset of each line's first byte
};

}  // namespace gatehouse::config
