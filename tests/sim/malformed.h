// Messages that a strict reader refuses, by the rule they break: what clients and origins of the world send when they
// misbehave.
#pragma once

#include <string>

#include "faults.h"
#include "random.h"

namespace gatehouse::sim {

/// kForged is what clients say in fields that claim something, and in those that their Connection field names.
inline constexpr const char* kForged = "forged-claim";
/// kMisdirected is a good request, for another host than the TLS handshake was for.
inline constexpr const char* kMisdirected =
    "GET /open/x HTTP/1.1\r\nHost: other.example\r\nAuthorization: Bearer %TOKEN%\r\n\r\n";

/// Malformed is one such message and the kind that it is counted as.
struct Malformed {
  Fault kind;
  std::string bytes;
};

/// malformed_request draws one; "%TOKEN%" in it stands for a token of a member. Read strictly it is never complete, or
/// asks for nothing that anybody may have.
const Malformed& malformed_request(Random& random);

/// malformed_answer draws one; `to_head` when the request was HEAD: then a body cannot be what is wrong.
const Malformed& malformed_answer(Random& random, bool to_head);

}  // namespace gatehouse::sim
