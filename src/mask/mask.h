// Masks: rules on responses. Origin's JSON -> what the client may see, and a map of the changes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/reason.h"
#include "base/result.h"
#include "detect/kinds.h"
#include "json/document.h"

namespace gatehouse::crypto {
class Secret;
}

namespace gatehouse::detect {
struct CustomDetector;  // custom.h
}

namespace gatehouse::mask {

/// Method is what is done with a value. Codes are written in records (gatehouse/mask_map.h) and never change.
enum class Method : uint8_t { redact = 1, partial = 2, hash = 3, drop = 4, null = 5, replace = 6 };

ByteView method_name(Method method);
bool method_from_name(ByteView name, Method* out);

/// MaskRule is one named mask as configured.
///
/// A field path names members and elements from the root: a.b, a[*].b, [*].x, *.x (any member), **.x (at any
/// depth), a["odd.key"]. Of a value that a path names a string becomes the masked text, a number 0, true and
/// false null; in an object or array so does every scalar inside. What a detector finds in a string or a
/// key is replaced and the rest stays; a number that a detector knows (a payment card, also as 4.1e15) becomes 0.
/// In other forms than JSON: a table is an array of objects whose members are its columns, so that "[*].email" is the column
/// "email"; "email" is, too. The parts of a multipart/form-data body are the members of one object: "email" is the part of that
/// name, whole. Inside lines of NDJSON, the data of events, parts and copies that are JSON a path begins at the document
/// that is there. Text, markup and forms have no paths. **.x, alone, is also the column "x" of a table in a text (columns.h).
/// The masked text:
///   redact   "[redacted:<name>]"
///   partial  "j***@***.com", "***-**-6789", "**** **** **** 1111", for other values "J******e" or "***"
///   hash     "[<name>:xxxxxxxxxxxxxxxx]": 80 bits of HMAC-SHA-256 over tenant, purpose and the value in its normal
///            form (e-mail in lower case, of numbers the digits, no spaces around), as base32
///   drop     nothing: of a path the member goes with its comma, an array's element becomes null, a cell empty; what a
///            detector found is taken out of its text
///   null     of a path: the value, whatever it is, becomes null, a cell empty; what a detector found: as redact
///   replace  `text`
/// A value of a path whose raw text is longer than kFieldWhole is redacted where the method is partial or hash. Of the changed keys
/// of an object the second and those behind it are numbered: "[redacted:x]#2"; a hash only where the same key is there already.
/// Where several masks apply, the order is drop, null, redact, replace, hash, partial, then as configured; a field beats detectors.
struct MaskRule {
  std::string name;
  std::vector<std::string> fields;   // "chunks[*].metadata.author_email", "[*].text", "**.password"
  std::vector<detect::Detector> detectors;   // looked for in every string, key and number of the document
  Method method = Method::redact;
  std::string text{};                // replace: what stands instead; UTF-8, at most kReplaceMax bytes
  std::shared_ptr<const crypto::Secret> hash_key{};  // hash: kHashKeyMin bytes or more
  std::string tenant{}, purpose{};   // hash: the same value of another tenant or purpose gets another text
  std::vector<std::string> joined{}; // paths of strings whose siblings continue one another, besides those known by name
  std::vector<uint32_t> custom{};    // indexes into the custom detectors that the plan is compiled with
};
inline constexpr size_t kReplaceMax = 256;
inline constexpr size_t kHashKeyMin = 32;

/// Plan is the compiled masks of one snapshot; immutable, shared by all workers.
class Plan {
 public:
  struct CompileError {
    size_t rule;
    size_t field;       // index into its fields, and behind them its joined paths; SIZE_MAX: a custom detector that it asks
    size_t column;      // 1-based column in that field path
    std::string text;
  };
  static Result<std::shared_ptr<const Plan>, CompileError> compile(const std::vector<MaskRule>& rules);
  /// With the custom detectors that rules name.
  static Result<std::shared_ptr<const Plan>, CompileError> compile(const std::vector<MaskRule>& rules,
                                                                   const std::vector<detect::CustomDetector>& custom);
  ~Plan();
  Plan(const Plan&) = delete;

  const std::string& name(size_t mask) const;
  size_t size() const;

  struct State;
  const State& state() const { return *state_; }

 private:
  Plan();
  std::unique_ptr<State> state_;
};

/// Selection is which masks of a plan apply: bit i = mask i (at most 64 masks a snapshot).
using Selection = uint64_t;

/// Masker is one worker's working memory for masks; reused, one thread. Prepare it for a plan before
/// its first use with that plan (allocates; then only to grow for larger bodies).
class Masker {
 public:
  Masker();
  ~Masker();
  Masker(const Masker&) = delete;
  bool prepare(const Plan& plan);

  struct Outcome {
    Reason reason = Reason::none;  // none, or mask_uninspectable: nothing may be passed on
    ByteView body;                 // what the client gets; equals the input view when nothing changed
    ByteView map;                  // encoded changes (gatehouse/mask_map.h); empty when none
    uint32_t changes = 0;
  };

  /// apply masks one whole JSON document. The input must have kSimdPadding readable bytes after its
  /// end. Results live until the next apply(). Guarantees: output is valid JSON of the same shape;
  /// bytes outside the changes are untouched; undoing the map gives the input byte for byte.
  Outcome apply(const Plan& plan, Selection masks, ByteView body, json::Leniency leniency = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::mask
