// The book of a run: every request that clients will make, what its origin answers, and what may
// come of it. Clients, origins and checkers read it; the gateway never sees it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "random.h"

namespace gatehouse::sim {

/// Route is which rule of the simulated policy a request falls under (paths begin with its name).
enum class Route : uint8_t { open, masked, guarded, held, denied, nowhere };
/// Caller is who asks: only a member of the group may; everybody else is refused.
enum class Caller : uint8_t { member, outsider, nobody, forged, expired };
/// Wire form of a body.
enum class Form : uint8_t { none, length, chunked, until_close };

/// Kind of an answer's body: one document, lines of JSON, events of JSON.
enum class Kind : uint8_t { json, ndjson, events };

const char* route_name(Route route);
const char* form_name(Form form);

/// Ask is one request and its scripted answer.
struct Ask {
  uint32_t number = 0;  // its name: part of the path, so that both ends find it
  uint32_t client = 0;  // whose it is
  Route route = Route::open;
  Caller caller = Caller::member;
  std::string method;
  std::string path;
  std::string body;
  std::string content;     // what is in the body, where that is in a content coding; else empty
  Form form = Form::none;
  bool expect_continue = false;
  bool close = false;      // Connection: close
  bool guard_hit = false;  // the body holds what the guard refuses
  bool not_json = false;   // the body is not JSON (only where it is inspected)

  int answer_status = 200;
  std::string answer;         // body as the origin sends it
  std::string answer_masked;  // and as the client may see it
  Form answer_form = Form::length;
  Kind answer_kind = Kind::json;
  bool answer_close = false;  // the origin closes after it

  // What came of it; written by the ends and the simulated control thread.
  bool reached_origin = false;  // bytes of it have been sent towards an origin
  uint32_t times_at_origin = 0;
  bool granted = false;         // a person granted it
  bool denied = false;          // a person denied it, or granted other bytes
  bool cut = false;             // its answer has no length, and the origin closed early
  bool answered_whole = false;  // the client has its whole answer
  std::string whole;            // its body then, also of a refusal
  bool answered_by_origin = false;  // and it is its origin's
  int status = 0;               // that the client saw
  std::string exchange;         // id that the client was told
  std::string got;              // body bytes of an origin's answer that the client has

  /// may_reach says whether policy and guards let it through (held ones: once granted).
  bool may_reach() const;
  /// refusal is the status of the gateway's answer to a request that may not pass; 0 when it may.
  int refusal() const;
  /// member is which of the members asks, when one does.
  size_t member() const { return number % 2; }
  /// json_route says that bodies on this route are inspected or masked as JSON.
  bool body_inspected() const { return route == Route::guarded; }
};

/// gzipped is the content in one gzip member.
std::string gzipped(const std::string& content);

/// Book draws requests. Numbers begin at 1.
class Book {
 public:
  explicit Book(Random random) : random_(random) {}

  Ask& draw();
  Ask* find(uint32_t number) {
    return number >= 1 && number <= asks_.size() ? asks_[number - 1].get() : nullptr;
  }
  /// find_path reads the number out of a path of ours; nullptr when it has none.
  Ask* find_path(const std::string& path);
  const std::vector<std::unique_ptr<Ask>>& all() const { return asks_; }

 private:
  void draw_body(Ask& ask);
  void draw_answer(Ask& ask);
  static void in_pieces(Ask& ask, Random& random);
  std::string words(size_t length);
  size_t draw_size();

  Random random_;
  std::vector<std::unique_ptr<Ask>> asks_;
};

}  // namespace gatehouse::sim
