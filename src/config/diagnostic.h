// What is wrong with a configuration, said so that it can be mended.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/source.h"

namespace gatehouse::config {

enum class Severity : uint8_t { error, warning };

/// X(name, number, text): every complaint has a code that never changes its meaning. 0xx the file, 1xx a
/// value by itself, 2xx values together, 3xx safety, 4xx what values name outside the text, 5xx what a
/// running gateway cannot take over.
#define GATEHOUSE_CONFIG_CODES(X)                                                        \
  X(unreadable, 1, "the configuration file cannot be read")                              \
  X(syntax, 2, "the text is not TOML 1.0")                                               \
  X(too_large, 3, "the text is larger, longer or deeper than a configuration may be")    \
  X(unknown_key, 101, "a key that does not exist there")                                 \
  X(wrong_type, 102, "a value of another type")                                          \
  X(missing, 103, "a required key is missing")                                           \
  X(range, 104, "a number, size, duration, text or list outside its range")              \
  X(word, 105, "not one of the words that are possible")                                 \
  X(form, 106, "a value that is not in the form its key needs")                          \
  X(secret_in_text, 107, "a secret in the configuration's text; secrets stand in files") \
  X(unknown_name, 201, "a name that nothing has")                                        \
  X(duplicate, 202, "a name, address or issuer that stands twice")                       \
  X(unused, 203, "something that is defined and never used")                             \
  X(together, 204, "keys that need or exclude each other")                               \
  X(ambiguous, 205, "two rules or routes that lead the same request to two origins")               \
  X(unenforceable, 206, "a rule that says what it cannot do")                            \
  X(limits, 207, "limits that do not fit together")                                      \
  X(repeated, 208, "an entry that stands twice in a list")                               \
  X(refuses_all, 209, "a policy that refuses every request")                             \
  X(guard_cost, 210, "guards whose patterns cost more than limits.guard_cost")            \
  X(same_group, 211, "two who prove callers and can give a group of the same name")    \
  X(plain_listener, 301, "a listener without TLS")                                       \
  X(plain_credential, 302, "a credential that would travel in clear")                    \
  X(plain_keys, 303, "an issuer's keys that would come in clear")                        \
  X(exposed, 304, "health and metrics beyond loopback")                                  \
  X(secret_mode, 305, "a secret file that others may read")                              \
  X(unsealed, 306, "records are written in clear")                                       \
  X(oracle, 307, "hashed values for callers who can have their own guesses hashed")      \
  X(unmasked, 308, "a route on which answers that masks cannot read pass")               \
  X(digest_key, 309, "digests in records under a key that nobody has")                   \
  X(file, 401, "a named file that cannot be read")                                       \
  X(keys, 402, "a key set that is not usable")                                           \
  X(certificate, 403, "a certificate or private key that is not usable")                 \
  X(credential, 404, "a credential that cannot stand in a header field, or a key that is no key") \
  X(pattern, 405, "a pattern of a guard or detector that cannot be compiled")            \
  X(field_path, 406, "a mask's field path that cannot be compiled")                      \
  X(trust, 407, "certificate authorities that are not usable")                           \
  X(listen, 408, "an address that cannot be listened on")                                \
  X(record_folder, 409, "folders that records cannot be written to")                     \
  X(workers, 410, "workers that cannot be started")                                      \
  X(revocations, 411, "revocations of an issuer name that the configuration has not")    \
  X(restart, 501, "a change that needs a restart")                                       \
  X(later, 502, "a change that has to wait until an earlier one is done")

enum class Code : uint16_t {
#define GH_CODE(name, number, text) name = number,
  GATEHOUSE_CONFIG_CODES(GH_CODE)
#undef GH_CODE
};

/// code_text is the code as people search for it: "GH0101".
std::string code_text(Code code);

/// Note points at a second place: "first defined here".
struct Note {
  Place place;
  std::string text;
};

/// Diagnostic is one complaint. Holds no value of a secret file.
struct Diagnostic {
  Code code = Code::syntax;
  Severity severity = Severity::error;
  std::string message;
  Place place;        // unknown: about the whole
  std::string label;  // beside the caret
  std::string help;   // how to mend it
  std::vector<Note> notes;
  size_t stands_for = 1;        // complaints: more than one for "10 more are not shown"
  bool hide_value = false;               // what follows '=' in the line is not shown
  std::shared_ptr<const Source> source;  // never null when place is known
};

using Diagnostics = std::vector<Diagnostic>;

/// kDiagnosticsMax bounds one run's complaints; later ones are counted, not kept.
inline constexpr size_t kDiagnosticsMax = 50;

/// Report collects diagnostics for one source. Errors are kept before warnings when there are too many.
class Report {
 public:
  explicit Report(std::shared_ptr<const Source> source) : source_(std::move(source)) {}

  /// error and warn add a complaint and return it, so that help and notes can be set; the reference
  /// holds until the next call.
  Diagnostic& error(Code code, Place place, std::string message, std::string label = {});
  Diagnostic& warn(Code code, Place place, std::string message, std::string label = {});

  size_t errors() const { return errors_; }
  bool ok() const { return errors_ == 0; }
  const std::shared_ptr<const Source>& source() const { return source_; }

  /// take returns all complaints in the order of the text, those without a place last.
  Diagnostics take();

 private:
  Diagnostic& add(Severity severity, Code code, Place place, std::string message, std::string label);

  std::shared_ptr<const Source> source_;
  Diagnostics all_;
  Diagnostic dropped_;
  size_t errors_ = 0;
  size_t warnings_ = 0;
};

size_t count(const Diagnostics& diagnostics, Severity severity);

/// render writes one complaint as rustc would; the text is safe for a terminal.
std::string render(const Diagnostic& diagnostic);

/// summary is the last line: "2 errors, 1 warning".
std::string summary(const Diagnostics& diagnostics);

/// findings_json writes the members "errors", "warnings" and "diagnostics", without braces around them.
std::string findings_json(const Diagnostics& diagnostics);

/// to_json writes one object: {"ok", "errors", "warnings", "diagnostics": [...]}.
std::string to_json(const std::string& file, const Diagnostics& diagnostics);

}  // namespace gatehouse::config
