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
/// blanks between them.
class PairName {
 public:
  void begin();
  /// tag is shown each tag that stands between words; returns whether the element that it begins has the name name().
  bool tag(ByteView tag);
  /// text is shown what stands between them, in any pieces.
  void text(ByteView text);
  ByteView name() const { return {name_, size_}; }
  /// holds: the tag begins an element of a value.
  static bool holds(ByteView tag);

 private:
  enum class State : uint8_t { none, within, behind };
  State state_ = State::none;   // of the element of a name
  size_t size_ = 0;
  char name_[kNameBeside + kSimdPadding];
};

}  // namespace gatehouse::mask
