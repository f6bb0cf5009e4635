// Inside identity/: JSON objects of tokens and key sets, where two readings of one text are an attack.
#pragma once

#include <simdjson.h>

#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/time.h"

namespace gatehouse::identity {

inline constexpr size_t kClaimDepthMax = 32;   // nested claims of real issuers stay below 8
inline constexpr size_t kClaimNamesMax = 256;  // in one object; bounds what a forged token costs to refuse

/// Fields is one object of a StrictJson; valid as long as it. Getters return false when the member is
/// there with another type; an absent member is true and leaves `out` empty.
class Fields {
 public:
  Fields() = default;
  explicit Fields(simdjson::dom::object object) : object_(object) {}

  bool has(ByteView name) const;
  simdjson::dom::object members() const { return object_; }
  std::optional<simdjson::dom::element> find(ByteView name) const;
  bool text(ByteView name, std::optional<ByteView>* out) const;
  /// date reads a NumericDate (RFC 7519 section 2: seconds, fractions allowed) that is at least 0 and
  /// below 2^53; times beyond what WallNs holds become its maximum.
  bool date(ByteView name, std::optional<WallNs>* out) const;

 private:
  simdjson::dom::object object_;
};

/// StrictJson is a document that was walked whole: one object, nothing after it, valid UTF-8 without byte
/// order mark, no lone surrogates, no member name twice in one object (compared after unescaping), no
/// number beyond 64-bit integers or finite doubles, at most kClaimDepthMax levels and kClaimNamesMax names
/// in one object.
class StrictJson {
 public:
  /// parse reads `text`, which kSimdPadding readable bytes must follow; they are not needed afterwards.
  /// nullopt when any of the above does not hold.
  static std::optional<StrictJson> parse(ByteView text);

  const Fields& root() const { return root_; }

 private:
  StrictJson() = default;  // parse() is the one way to make one
  std::unique_ptr<simdjson::dom::parser> parser_;  // never moves: root_ points into it
  Fields root_;
};

}  // namespace gatehouse::identity
