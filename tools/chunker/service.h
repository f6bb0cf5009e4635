// The chunking service: requests in, answers out. The wire shape is that of the Chonkie server
// (github.com/chonkie-inc/chonkie, its api/ folder).
#pragma once

#include <string>

#include <simdjson.h>

#include "chunker/journal.h"
#include "crypto/secret.h"
#include "web/server.h"

namespace gatehouse::chunker {

/// Service answers
///   POST   /v1/chunk/{recursive,sentence,word,token,character}   JSON in, chunks out
///   DELETE /v1/collections/{id}                                  the command nobody wants by accident
///   GET    /health, GET /stats                                   without a key
class Service {
 public:
  /// key is what "Authorization: Bearer ..." must carry; journal outlives the service.
  Service(crypto::Secret key, Journal& journal) : key_(std::move(key)), journal_(journal) {}

  web::Answer answer(const web::Call& call);

 private:
  web::Answer authorised(const web::Call& call);
  web::Answer chunks(ByteView kind, ByteView body);
  web::Answer collection(ByteView method, ByteView id);
  ByteView credential_state(const http::RequestHead& head) const;

  crypto::Secret key_;
  Journal& journal_;
  simdjson::dom::parser parser_;
};

}  // namespace gatehouse::chunker
