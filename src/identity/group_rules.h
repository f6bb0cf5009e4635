// What the values of a proof (claims of a token, names in a certificate, attributes of an assertion) come to:
// conditions that they must meet, and groups that follow from them.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::identity {

inline constexpr size_t kGroupsMax = 256;          // of one identity
inline constexpr size_t kGroupBytesMax = 256;      // of one group, prefix included
inline constexpr size_t kValuesMax = 1024;         // at one path
inline constexpr size_t kValueBytesMax = 2048;     // of a value that a pattern looks at; longer ones match nothing

/// Values is a verified proof as conditions see it: texts at paths.
class Values {
 public:
  virtual ~Values() = default;

  /// texts_at gives what stands at a path: nothing, one text, or the entries of a list in their order. False: the
  /// path leads to something that is no text and no list of texts, or to more than one place, or to more than
  /// kValuesMax texts; then nothing may follow from it. Texts are valid UTF-8.
  virtual bool texts_at(ByteView path, std::vector<std::string>* out) const = 0;
};

/// Condition holds when a value at its path matches one of its patterns, byte by byte, from beginning to end; '*' is
/// any text, none too, whatever separators stand in it. Of a list one entry is enough. What is absent or cannot be
/// read matches nothing, not even "*".
struct Condition {
  std::string path;
  std::vector<std::string> patterns;

  bool operator==(const Condition&) const = default;
};

/// GroupRule gives a group to whom all its conditions hold for. In a group "{1}" is the text that the star of
/// the pattern stood for: only with one condition, and with patterns of one star each (so that there is one way to
/// read a value); a list then gives a group for each entry that matches.
struct GroupRule {
  std::string group;
  std::vector<Condition> when;

  bool operator==(const GroupRule&) const = default;
};

/// holds: see Condition. Pattern times value steps.
bool holds(const Condition& condition, const Values& values);

/// add_group adds prefix + group; false when it is empty, too long, no plain text (see plain_text.h), or one too many.
/// A '{1}' that came with a value is text like any other.
bool add_group(ByteView prefix, ByteView group, std::vector<std::string>* out);

/// derive_groups adds prefix + group of each rule that holds. False: one of them is not fit to be a group (see
/// add_group), then the proof is to be refused (Reason::token_groups).
bool derive_groups(const std::vector<GroupRule>& rules, ByteView prefix, const Values& values,
                   std::vector<std::string>* out);

/// order_groups sorts them and drops repeats, as Identity has them.
void order_groups(std::vector<std::string>* groups);

// For the configuration: what can be said of rules before there is a value.

/// matches_all: stars alone, which every value matches.
bool matches_all(ByteView pattern);
/// stars counts the stars of a pattern.
size_t stars(ByteView pattern);
/// may_give: the rule can give the group, prefix included, to somebody.
bool may_give(const GroupRule& rule, ByteView prefix, ByteView group);

}  // namespace gatehouse::identity
