// What a held request would send, whole: fetched from a running gateway and checked against its card.
#pragma once

#include <memory>
#include <string>

#include "approve/hold.h"
#include "base/result.h"

namespace gatehouse::cli {

/// HeldRequest is all that an approval is good for; `parts` are views of `bytes`.
struct HeldRequest {
  std::string bytes;
  approve::Bound parts;
};

/// Refused says why there is none: the exit code and the text for people.
struct Refused {
  int code = 0;
  std::string text;
};

/// held_request reads it over the admin socket piece by piece. Refused when it is no longer held, when the
/// gateway does not answer, and when what came is not what the card's digest was made of.
Result<std::unique_ptr<HeldRequest>, Refused> held_request(const std::string& socket_path, const std::string& id);

}  // namespace gatehouse::cli
