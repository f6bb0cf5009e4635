// An explanation for people, and for programs.
#pragma once

#include <string>

#include "cli/explainer.h"

namespace gatehouse::cli {

/// effect_name is the word that the configuration has for it.
const char* effect_name(policy::Effect effect);

/// bound_text is the key of a limit and its value as people read it: "fixed.token_bytes = 16384 bytes".
std::string bound_text(const proxy::Bound& bound);

/// bound_json is the same as one object: the key, and the value in bytes, nanoseconds or as a number where one is known.
std::string bound_json(const proxy::Bound& bound);

/// Approval is how a person answers for a request that is held.
struct Approval {
  std::string socket;        // whoever may write to it may approve
  MonotonicNs within = 0;
};

/// explained_text is lines for a terminal, safe whatever was asked; `file` is the configuration's name.
std::string explained_text(const Explained& told, const Approval& approval, const std::string& file);

/// explained_json is the same as one object on one line.
std::string explained_json(const Explained& told, const Approval& approval);

}  // namespace gatehouse::cli
