/* Reason: a stable numeric code for every refusal and every abnormal end. Written to records, answers,
 * logs and metrics; a code never changes its meaning and is never used again. C-compatible.
 *
 * GATEHOUSE_REASONS(X) lists X(name, code, http_status, text). http_status is what the client is
 * answered, 0 where no answer is possible (the connection just ends). text says what happened and,
 * where the caller can mend it, how; it never holds a value from a request. */
#ifndef GATEHOUSE_REASON_H
#define GATEHOUSE_REASON_H

#define GATEHOUSE_REASONS(X)                                                                             \
  X(none, 0, 200, "no refusal")                                                                          \
  /* 1xx: the message on the wire (RFC 9110, RFC 9112) */                                                \
  X(http_request_line, 100, 400, "malformed request line")                                               \
  X(http_version, 101, 400, "only HTTP/1.1 and HTTP/1.0 are spoken here")                                \
  X(http_field_name, 102, 400, "malformed header field name")                                            \
  X(http_field_value, 103, 400, "control byte in a header field value")                                  \
  X(http_line_end, 104, 400, "bare CR or LF")                                                            \
  X(http_obs_fold, 105, 400, "folded header line")                                                       \
  X(http_host, 106, 400, "missing, repeated or malformed Host")                                          \
  X(http_target, 107, 400, "malformed request target")                                                   \
  X(http_length_and_encoding, 108, 400, "Content-Length together with Transfer-Encoding")                \
  X(http_content_length, 109, 400, "malformed or repeated Content-Length")                               \
  X(http_transfer_encoding, 110, 400, "Transfer-Encoding other than one final chunked")                  \
  X(http_chunk, 111, 400, "malformed chunk")                                                             \
  X(http_path, 112, 400, "path that has no unambiguous normal form")                                     \
  X(http_upgrade, 113, 400, "Upgrade, h2c, CONNECT and TRACE are not served")                           \
  X(http_expect, 114, 417, "Expect other than 100-continue")                                             \
  X(http_content_coding, 115, 415, "content coding that this route cannot inspect")                      \
  X(http_content_type, 116, 415, "content type that this route cannot inspect")                          \
  X(http_truncated, 117, 400, "the message ended early")                                                 \
  X(http_te, 118, 400, "malformed Connection or TE field")                                               \
  X(http_misdirected, 119, 421, "Host does not match the TLS server name")                               \
  X(http_query_credential, 120, 400, "a credential in the query: send it in a header field")             \
  X(http_method, 121, 400, "method not in capitals")                                                     \
  /* 2xx: who calls */                                                                                   \
  X(token_missing, 200, 401, "no bearer token")                                                          \
  X(token_malformed, 201, 401, "the token is not a signed JWT")                                          \
  X(token_algorithm, 202, 401, "the token's algorithm is not allowed for its issuer")                    \
  X(token_issuer, 203, 401, "unknown issuer")                                                            \
  X(token_key, 204, 401, "no key of the issuer fits the token")                                          \
  X(token_signature, 205, 401, "the token's signature does not verify")                                  \
  X(token_audience, 206, 401, "the token is for another audience")                                       \
  X(token_expired, 207, 401, "the token has expired")                                                    \
  X(token_not_yet, 208, 401, "the token is not valid yet")                                               \
  X(token_claims, 209, 401, "a claim is missing or has the wrong type")                                  \
  X(token_critical, 210, 401, "the token has a critical header that is not understood")                  \
  X(token_size, 211, 401, "the token is too long")                                                       \
  X(token_groups, 212, 401, "the token carries no readable groups")                                      \
  X(token_two_sources, 213, 400, "more than one credential was sent")                                    \
  X(token_keys_unavailable, 214, 503, "the issuer's keys are not known yet")                             \
  X(token_failures, 215, 429, "too many tokens from this address failed: limits.failed_tokens")          \
  X(token_binding, 216, 401, "the token is bound to another sender's certificate")                       \
  X(token_revoked, 217, 401, "the caller was revoked")                                                   \
  X(token_overage, 218, 401, "the token names more groups than it carries")                              \
  X(token_condition, 219, 401, "a claim has not the value that is asked for")                            \
  X(certificate_unknown, 220, 401, "no identity belongs to the client certificate")                      \
  X(certificate_ended, 221, 401, "the client certificate has expired or was revoked")                    \
  X(saml_malformed, 222, 401, "the SAML assertion cannot be read")                                       \
  X(saml_signature, 223, 401, "the SAML assertion's signature does not verify")                          \
  X(saml_conditions, 224, 401, "the SAML assertion is not for here")                                     \
  X(saml_expired, 225, 401, "the SAML assertion has expired or is not valid yet")                        \
  X(saml_replayed, 226, 401, "the SAML assertion was used before")                                       \
  X(saml_busy, 227, 503, "too many SAML assertions are being verified")                                  \
  X(key_unknown, 228, 401, "the API key is not known")                                                   \
  X(key_expired, 229, 401, "the API key has expired")                                                    \
  X(caller_ended, 230, 0, "the caller's credential ended while the exchange ran")                        \
  X(token_request, 231, 400, "not a token request as it is served here: POST a form with grant_type and assertion") \
  /* 3xx: what policy says */                                                                            \
  X(policy_no_rule, 300, 403, "no rule allows this request")                                             \
  X(policy_denied, 301, 403, "a rule denies this request")                                               \
  X(policy_changed, 302, 403, "the policy no longer allows this request")                                \
  X(policy_route, 303, 404, "no route for this host and path")                                           \
  X(policy_unbound, 304, 403, "a rule asks for a caller that is bound to its client certificate")        \
  /* 4xx: guards and masks */                                                                            \
  X(guard_hit, 400, 403, "a guard found a destructive command")                                          \
  X(guard_uninspectable, 401, 400, "the body cannot be inspected: not well-formed JSON")                 \
  X(guard_duplicate_key, 402, 400, "the body cannot be inspected: repeated key in a JSON object")        \
  X(guard_depth, 403, 400, "the body cannot be inspected: nested too deeply")                            \
  X(guard_query, 404, 400, "the query cannot be inspected: broken escape, or not UTF-8")                 \
  X(guard_busy, 405, 503, "too many large bodies are being inspected")                                   \
  X(guard_coding, 406, 400, "the body cannot be inspected: its content coding is broken, or not said")    \
  X(guard_bomb, 407, 413, "the body cannot be inspected: it grows too much when it is decoded")          \
  X(guard_charset, 408, 415, "the body cannot be inspected: its character set")                          \
  X(guard_form, 409, 400, "the body cannot be inspected: its form has no one reading")                   \
  X(mask_uninspectable, 410, 502, "the origin's answer cannot be masked: not well-formed")               \
  X(mask_content_coding, 411, 502, "the origin's answer cannot be masked: content coding")               \
  X(mask_content_type, 412, 502, "the origin's answer cannot be masked: content type")                   \
  X(mask_partial_content, 413, 502, "the origin's answer cannot be masked: partial content")             \
  X(mask_too_large, 414, 502, "the origin's answer cannot be masked: larger than the limit")             \
  X(mask_too_many_changes, 415, 502, "the origin's answer cannot be masked: records.ring_size is too small") \
  X(guard_answer, 416, 502, "a guard refuses the origin's answer")                                       \
  X(guard_answer_unread, 417, 502, "the origin's answer cannot be inspected by a guard")                 \
  X(mask_cookie, 418, 502, "the origin's answer cannot be masked: it sets a cookie")                      \
  X(mask_location, 419, 502, "the origin's answer cannot be masked: its Location leads elsewhere")       \
  /* 5xx: approvals */                                                                                   \
  X(approval_denied, 500, 403, "a person refused this request")                                          \
  X(approval_expired, 501, 403, "nobody approved this request in time")                                  \
  X(approval_cancelled, 502, 0, "the client left while the request was held")                            \
  X(approval_full, 503, 503, "too many requests are held")                                               \
  X(approval_identity_expired, 504, 401, "the token expired while the request was held")                 \
  /* 6xx: the origin */                                                                                  \
  X(origin_connect, 600, 502, "the origin cannot be reached")                                            \
  X(origin_tls, 601, 502, "the origin's TLS cannot be verified")                                         \
  X(origin_response, 602, 502, "the origin's answer is malformed")                                       \
  X(origin_closed, 603, 502, "the origin closed the connection")                                         \
  X(origin_timeout, 604, 504, "the origin did not answer in time")                                       \
  X(origin_truncated, 605, 502, "the origin's answer ended early")                                       \
  X(origin_upgrade, 606, 502, "the origin tried to switch protocols")                                    \
  X(origin_head_too_large, 607, 502, "the origin's head is larger than the limit")                       \
  X(origin_credential, 608, 503, "the origin's credential cannot be read")                               \
  X(origin_credential_echo, 609, 502, "the origin's answer repeats the gateway's credential")            \
  X(origin_owner, 610, 502, "the origin's socket belongs to a user who is not in origin.peer_users")     \
  /* 7xx: records */                                                                                     \
  X(record_full, 700, 503, "the record log is full and may not lose anything")                           \
  X(record_failed, 701, 503, "the record log cannot be written")                                         \
  /* 8xx: limits and deadlines; the text names the configuration key */                                  \
  X(limit_head_bytes, 800, 431, "head larger than limits.head_bytes")                                    \
  X(limit_head_fields, 801, 431, "more header fields than limits.head_fields")                           \
  X(limit_target_bytes, 802, 414, "request target longer than limits.target_bytes")                      \
  X(limit_body_bytes, 803, 413, "body larger than limits.inspect_bytes")                                 \
  X(limit_connections, 804, 503, "more connections than limits.connections")                             \
  X(limit_memory, 805, 503, "not enough room for another body: limits.body_memory")                      \
  X(limit_request_bytes, 806, 413, "body larger than limits.body_bytes")                                 \
  X(limit_body_rate, 807, 408, "body slower than limits.body_rate")                                    \
  X(limit_streams, 808, 503, "too many streams are being decoded or masked: limits.mask_streams")        \
  X(limit_chunk_extensions, 809, 400, "chunk extensions longer than 256 bytes in one body")              \
  X(deadline_head, 810, 408, "no complete head within deadlines.head")                                   \
  X(deadline_body, 811, 408, "no progress of the body within deadlines.progress")                        \
  X(deadline_client_read, 812, 0, "the client took no bytes within deadlines.progress")                  \
  X(deadline_handshake, 813, 0, "no TLS handshake within deadlines.handshake")                           \
  X(limit_trailers, 814, 400, "trailers longer than 8 KiB")                                              \
  /* 9xx: the connection and the gateway itself */                                                       \
  X(client_closed, 900, 0, "the client closed the connection")                                           \
  X(client_tls, 901, 0, "the client's TLS failed")                                                       \
  X(client_idle, 902, 0, "idle longer than deadlines.idle")                                              \
  X(gateway_draining, 903, 503, "the gateway is shutting down")                                          \
  X(gateway_internal, 904, 500, "the gateway failed; the exchange id finds the record")                  \
  X(process_ended, 905, 0, "the process ended before the exchange did")                                  \
  X(client_user, 906, 403, "the client's local user is not in listener.peer_users")

enum gatehouse_reason {
#define GATEHOUSE_REASON_ENUM(name, code, http_status, text) GATEHOUSE_REASON_##name = code,
  GATEHOUSE_REASONS(GATEHOUSE_REASON_ENUM)
#undef GATEHOUSE_REASON_ENUM
};

#endif /* GATEHOUSE_REASON_H */
