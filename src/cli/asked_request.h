// One request as somebody describes it: by options of the command line, or as a line of JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"
#include "http/message.h"

namespace gatehouse::cli {

/// AskedRequest is a request that nobody sent. Owns its bytes.
struct AskedRequest {
  std::string method = "GET";
  std::string path;                   // as a client sends it, with its query
  std::string host = "gatehouse";
  std::vector<std::string> headers;   // "Name: value"
  std::optional<std::string> token;   // goes where the route wants it; an assertion where assertions stand
  std::optional<std::string> certificate;   // the client's chain, PEM; none: it shows none
  std::string listener;               // where it comes in; empty: nobody says
  std::string body;
  std::optional<Address> from;        // where it comes from; none: unknown
  std::optional<WallNs> at;           // when; none: now
};

/// asked_request reads one JSON object: method, path, host, headers (a list of "Name: value"), token, certificate,
/// listener, body or body_base64, from, at. The error says what is wrong with it.
Result<AskedRequest, std::string> asked_request(ByteView json);

/// asked_address reads "192.0.2.7", "2001:db8::1" or either with a port.
std::optional<Address> asked_address(const std::string& text);

/// asked_time reads "2025-11-23T13:31:12Z", also with a fraction of seconds, or seconds since 1970.
std::optional<WallNs> asked_time(const std::string& text);

/// head_bytes writes the head as it would be on the wire, with a Content-Length where a body has no framing of its own.
/// `extra` is one more "Name: value"; empty: none. The error says why no client could send such a head.
Result<std::string, std::string> head_bytes(const AskedRequest& asked, const std::string& extra);

}  // namespace gatehouse::cli
