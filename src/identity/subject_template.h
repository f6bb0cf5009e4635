// What an identity's subject is made of: "{iss-name}:{repository}:{environment}".
#pragma once

#include <optional>

#include "base/result.h"
#include "identity/group_rules.h"

namespace gatehouse::identity {

/// SubjectTemplate is literal text and paths of values. Two different rows of values never give one subject: a value
/// that has the byte with which the literal behind it begins is refused, unless nothing but that literal follows.
class SubjectTemplate {
 public:
  /// parse reads braces as paths; "{iss-name}" stands for `issuer_name`. The error says what is wrong: a brace without the
  /// other, an empty path, no path at all, two paths without text between them, or one that is longer than 256 bytes.
  static Result<SubjectTemplate, std::string> parse(ByteView text, ByteView issuer_name);

  /// empty: none was written, the subject is `sub` as it is.
  bool empty() const { return parts_.empty(); }

  /// fill gives the subject; nullopt when a path does not lead to exactly one text, or that text is empty or could be
  /// taken for another (see above).
  std::optional<std::string> fill(const Values& values) const;

  /// replace_paths lets the configuration write short names for paths.
  template <typename Replace>
  void replace_paths(Replace replace) {
    for (Part& part : parts_)
      if (part.is_path) part.text = replace(part.text);
  }

 private:
  struct Part {
    std::string text;
    bool is_path = false;
  };
  std::vector<Part> parts_;   // literals are never empty and never beside each other
};

}  // namespace gatehouse::identity
