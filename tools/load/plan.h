// What is asked: requests ready to be sent, one after the other, each with the next token.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/result.h"

namespace gatehouse::load {

/// Url is where requests go (http or https, RFC 3986 without user and fragment); names are looked up once.
struct Url {
  bool tls = false;
  std::string host;        // without brackets
  std::string host_field;  // what Host says
  std::string path;        // path and query
  uint16_t port = 0;
  Address address;         // from look_up()
};

/// parse_url takes a URL apart.
Result<Url, std::string> parse_url(const std::string& text);

/// look_up finds the address of a URL's host: of several (localhost is ::1 and 127.0.0.1) the first that takes a connection, asked
/// for two seconds each; where none does, the first. Blocks.
Result<Done, std::string> look_up(Url& url);

/// Request is one kind of request: the head without its empty line (a token's field may follow), the body.
struct Request {
  std::string method;
  std::string head;  // request line and fields, each with CRLF
  std::string body;
};

/// RequestWish is what Plan::add makes a Request of.
struct RequestWish {
  std::string method;  // empty: GET, or POST with a body
  std::string path;    // empty: the URL's
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
};

/// Plan is the list of requests and tokens; both are used in turn. Immutable while a run uses it.
class Plan {
 public:
  /// add refuses what cannot be written as one HTTP/1.1 request.
  Result<Done, std::string> add(const Url& url, const RequestWish& wish, bool close);

  /// Each of these reads files: one body; each file of a folder, by name, as a body; JSON lines
  /// {"method", "path", "headers": {}, "body" or "body_file"}; one token a line.
  Result<Done, std::string> add_body(const Url& url, RequestWish wish, const std::string& file, bool close);
  Result<Done, std::string> add_folder(const Url& url, const RequestWish& wish, const std::string& folder, bool close);
  Result<Done, std::string> add_trace(const Url& url, const RequestWish& wish, const std::string& file, bool close);
  Result<Done, std::string> add_tokens(const std::string& file);

  size_t size() const { return requests_.size(); }
  size_t tokens() const { return token_lines_.size(); }
  const Request& request(uint64_t number) const { return requests_[number % requests_.size()]; }
  /// token_line is a whole Authorization field, or empty.
  ByteView token_line(uint64_t number) const {
    return token_lines_.empty() ? ByteView{} : ByteView{token_lines_[number % token_lines_.size()]};
  }

 private:
  std::vector<Request> requests_;
  bool authorized_ = false;   // some request has an Authorization field of its own
  std::vector<std::string> token_lines_;
};

/// read_file returns a file's bytes.
Result<std::string, std::string> read_file(const std::string& path);

/// lines_of returns the lines of a text that are not empty, without their ends.
std::vector<std::string> lines_of(const std::string& text);

}  // namespace gatehouse::load
