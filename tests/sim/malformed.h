// Messages that a strict reader refuses, by the rule they break: what clients and origins of the world send when they
// misbehave.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

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
  bool to_head = true;   // an answer: malformed to HEAD, too
};

/// malformed_requests are all that a client may say; "%TOKEN%" in one stands for a token of a member. Read strictly it is
/// never complete, or asks for nothing that anybody may have.
const std::vector<Malformed>& malformed_requests();

/// malformed_answers are all that an origin may say.
const std::vector<Malformed>& malformed_answers();

/// Lines chooses what is said in one world, so that a few hundred worlds say every line of the two tables: two of three
/// worlds owe a line, the one that their seed says; what is said beside that is drawn. Said counts are by place in a table.
class Lines {
 public:
  explicit Lines(uint64_t seed);

  /// owes_request says whether the first client is to say the line that is owed; owes_answer whether an origin is.
  bool owes_request() const { return request_ < malformed_requests().size(); }
  bool owes_answer(bool to_head) const;
  const Malformed& request(Random& random);
  /// answer: `to_head` when the request was HEAD: then a body cannot be what is wrong.
  const Malformed& answer(Random& random, bool to_head);

  const std::vector<uint64_t>& requests_said() const { return requests_said_; }
  const std::vector<uint64_t>& answers_said() const { return answers_said_; }

 private:
  size_t request_ = SIZE_MAX, answer_ = SIZE_MAX;   // what is owed; beyond the table: nothing
  std::vector<uint64_t> requests_said_, answers_said_;
};

}  // namespace gatehouse::sim
