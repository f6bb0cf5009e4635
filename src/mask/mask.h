// Masks: rules on responses. Origin's JSON -> what the client may see, and a map of the changes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/reason.h"
#include "base/result.h"
#include "json/document.h"

namespace gatehouse::mask {

enum class Method : uint8_t { redact = 1, partial = 2 };
enum class Detector : uint8_t { field = 0, email = 1, us_ssn = 2, payment_card = 3 };

/// detector_from_name reads the configured name ("email", "us_ssn", "payment_card").
bool detector_from_name(ByteView name, Detector* out);
ByteView detector_name(Detector detector);
ByteView method_name(Method method);

/// MaskRule is one named mask as configured.
///
/// A field path names members and elements from the root: a.b, a[*].b, [*].x, *.x (any member), **.x (at any
/// depth), a["odd.key"]. Of a value that a path names a string becomes the masked text, a number 0, true and
/// false null; in an object or array so does every scalar inside. What a detector finds in a string or a
/// key is replaced and the rest stays; a number that is a payment card (also as 4.1e15) becomes 0.
/// The masked text: redact "[redacted:<name>]"; partial "j***@***.com", "***-**-6789", "**** **** **** 1111",
/// for other field values "J******e" or "***". Keys that become equal are numbered: "[redacted:x]#2".
/// Where several masks apply, redact beats partial, then the first as configured; a field beats detectors.
struct MaskRule {
  std::string name;
  std::vector<std::string> fields;   // "chunks[*].metadata.author_email", "[*].text", "**.password"
  std::vector<Detector> detectors;   // looked for in every string, key and number of the document
  Method method = Method::redact;
};

/// Plan is the compiled masks of one snapshot; immutable, shared by all workers.
class Plan {
 public:
  struct CompileError {
    size_t rule;
    size_t field;       // index into its fields
    size_t column;      // 1-based column in that field path
    std::string text;
  };
  static Result<std::shared_ptr<const Plan>, CompileError> compile(const std::vector<MaskRule>& rules);
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
