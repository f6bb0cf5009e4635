// Names of values that stand in an element, a member or a string beside them. Included by mask/*.cc only.
#pragma once

#include "base/bytes.h"
#include "base/limits.h"

namespace gatehouse::mask {

inline constexpr size_t kNameBeside = 48;   // bytes of a name that is a value itself

/// names_beside: a whole text names a kind of value, which the text beside it may be. What is the name of goods, too, must end the
/// text ("Mobile phone:", not "Mobile revenue"), and who asks how, where or why asks for no value. kSimdPadding readable behind.
bool names_beside(ByteView text);
/// names_number: it names one that a number may be, and nothing that is counted: no phone, no passport.
bool names_number(ByteView text);
/// outweighs: a text says more of the value beside both than another that names one, too: first come passwords, then other secrets,
/// then what is no name of goods; of equals neither does.
bool outweighs(ByteView text, ByteView other);

/// PairName follows the tags of a text: <name>password</name><value>x</value>, <key>ssn</key><string>x</string>, with nothing but
/// blanks and a few elements between them, of which another one may be a name, too: <label>of the database</label>.
/// Behind a value only values have the name: another element ends it.
class PairName {
 public:
  void begin();
  /// tag is shown each tag; within: it may stand within a word. Returns whether the element that it begins has the name name().
  bool tag(ByteView tag, bool within);
  /// text is shown what stands between them, in any pieces.
  void text(ByteView text);
  ByteView name() const { return {name_, size_}; }
  /// holds: the tag begins an element of a value.
  static bool holds(ByteView tag);

 private:
  static constexpr size_t kElement = 9;   // bytes of the longest of names_pair()
  void begin_name(ByteView element);
  void end_name();

  bool within_ = false;    // a name
  size_t said_size_ = 0;   // of it; more than kNameBeside: too much for a name
  size_t size_ = 0;        // 0: no name counts
  size_t depth_ = 0;       // elements that are open behind the name
  size_t passed_ = 0;      // tags behind it
  bool used_ = false;      // a value was told its name
  size_t element_size_ = 0;
  char element_[kElement];   // that holds the name
  char said_[kNameBeside + kSimdPadding], name_[kNameBeside + kSimdPadding];
};

}  // namespace gatehouse::mask
