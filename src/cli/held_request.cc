#include "cli/held_request.h"

#include <simdjson.h>

#include "cli/admin_client.h"
#include "cli/exit_code.h"

namespace gatehouse::cli {
namespace {

constexpr uint64_t kMoreThanBody = 1024 * 1024;   // head, names and lengths are far less

Refused refused_by(const AdminAnswer& answer) {
  simdjson::dom::parser parser;
  std::string_view text;
  if (parser.parse(answer.body)["text"].get(text) != simdjson::SUCCESS) text = "it gives no reason";
  return {answer.status == 404 ? kExitNoInput : kExitUnavailable, "the gateway refused: " + std::string(text)};
}

Result<std::string, Refused> get(const std::string& socket_path, const std::string& path) {
  auto answer = ask_admin(socket_path, "GET", path, "");
  if (!answer) return Failure{Refused{kExitUnavailable, answer.error()}};
  if (answer->status != 200) return Failure{refused_by(*answer)};
  return std::move(answer->body);
}

}  // namespace

Result<std::unique_ptr<HeldRequest>, Refused> held_request(const std::string& socket_path, const std::string& id) {
  const std::string path = "/approvals/" + id;
  const auto card = get(socket_path, path);
  if (!card) return Failure{card.error()};
  simdjson::dom::parser parser;
  simdjson::dom::element fields;
  std::string_view digest;
  uint64_t body_bytes = 0;
  if (parser.parse(*card).get(fields) != simdjson::SUCCESS || fields["digest"].get(digest) != simdjson::SUCCESS ||
      fields["body_bytes"].get(body_bytes) != simdjson::SUCCESS)
    return Failure{Refused{kExitData, "the gateway's answer is not a card"}};
  auto held = std::make_unique<HeldRequest>();
  for (;;) {
    const auto piece = get(socket_path, path + "/request?offset=" + std::to_string(held->bytes.size()));
    if (!piece) return Failure{piece.error()};
    if (piece->empty()) break;
    held->bytes += *piece;
    if (held->bytes.size() > body_bytes + kMoreThanBody)
      return Failure{Refused{kExitData, "the gateway's answer is longer than the request that it holds"}};
  }
  const auto parts = approve::parse_bound(held->bytes);
  if (!parts || crypto::hex(crypto::sha256(held->bytes)) != digest)
    return Failure{Refused{kExitData, "what the gateway shows is not what an approval would be bound to; do not approve it"}};
  held->parts = *parts;
  return held;
}

}  // namespace gatehouse::cli
