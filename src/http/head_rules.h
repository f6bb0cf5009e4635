// What a head's fields mean for framing and the connection: one rule set, fed line by line.
#pragma once

#include "http/h1_parser.h"

namespace gatehouse::http {

/// note_request_field takes one well-formed field of a request into `facts`, or says why the head is
/// refused. Depends only on what came before in the head, so that a head read in pieces is judged as a whole
/// one. `input` is the head's first byte on: facts hold places, not views.
Reason note_request_field(const Field& field, ByteView input, HeadFacts& facts);

/// note_response_field does the same for an answer; its status is in `facts`.
Reason note_response_field(const Field& field, HeadFacts& facts);

/// conclude_request and conclude_response check what only the complete head can show.
Reason conclude_request(const HeadFacts& facts);
Reason conclude_response(const HeadFacts& facts);

/// fill_request and fill_response write the meaning of a complete, accepted head.
void fill_request(const HeadFacts& facts, ByteView input, RequestHead& head);
void fill_response(const HeadFacts& facts, ByteView input, ByteView request_method, ResponseHead& head);

}  // namespace gatehouse::http
