/* The on-disk record format, version 1. What outlives the process: readers of other projects may be
 * written against this header and docs/record-format.md. C-compatible; integers little endian. */
#ifndef GATEHOUSE_RECORD_FORMAT_H
#define GATEHOUSE_RECORD_FORMAT_H

#define GATEHOUSE_RECORD_REQUEST 1  /* who asked what, what policy said; before the first byte to the origin */
#define GATEHOUSE_RECORD_PIECE 2    /* a run of body bytes; before it is sent on */
#define GATEHOUSE_RECORD_OUTCOME 3  /* what was answered; before the last byte to the client */
#define GATEHOUSE_RECORD_CLOSE 4    /* exactly one per exchange: what was delivered, who ended it */
#define GATEHOUSE_RECORD_APPROVAL 5 /* a step of a held exchange */
#define GATEHOUSE_RECORD_SNAPSHOT 6 /* a configuration came into force */
#define GATEHOUSE_RECORD_START 7    /* a process began to write this ring */

/* Sections of a record's payload: X(name, code, type, text). type: text (UTF-8 or raw bytes), number
 * (8 bytes). A tag may repeat (groups, rules). Codes never change. */
#define GATEHOUSE_RECORD_TAGS(X)                                                                        \
  X(client_address, 1, text, "the client's address")                                                    \
  X(listener, 2, text, "name of the listener")                                                          \
  X(tls_version, 3, text, "TLS version with the client; absent on plain connections")                   \
  X(tls_cipher, 4, text, "TLS cipher with the client")                                                  \
  X(tls_server_name, 5, text, "SNI the client sent")                                                    \
  X(proof, 6, text, "how the identity was proved: oidc_jwt")                                            \
  X(issuer, 7, text, "issuer URL of the identity")                                                      \
  X(subject, 8, text, "subject of the identity")                                                        \
  X(group, 9, text, "a group of the identity; repeats")                                                 \
  X(token_id, 10, text, "jti of the token")                                                             \
  X(token_digest, 11, text, "SHA-256 of the token, 32 bytes")                                           \
  X(identity_expires, 12, number, "when the identity ends, ns since 1970")                              \
  X(method, 13, text, "request method")                                                                 \
  X(path, 14, text, "request path in normal form, as policy saw it")                                    \
  X(client_head, 15, text, "request head as the client sent it; credentials blanked")                   \
  X(origin_head, 16, text, "request head as sent to the origin; credential blanked")                    \
  X(verdict, 17, text, "allow, deny, hold")                                                             \
  X(reason, 18, number, "reason code, gatehouse/reason.h")                                              \
  X(rule, 19, text, "name of a rule that made the decision; repeats")                                   \
  X(guard, 20, text, "name of a guard that was asked; repeats")                                         \
  X(mask, 21, text, "name of a mask that applies; repeats")                                             \
  X(policy_hash, 22, text, "SHA-256 of the configuration in force, 32 bytes")                           \
  X(snapshot_version, 23, number, "version of the configuration in this process")                       \
  X(origin, 24, text, "name of the origin")                                                             \
  X(origin_address, 25, text, "address of the origin")                                                  \
  X(credential_version, 26, text, "which credential was presented: digest prefix, never the value")     \
  X(guard_hit, 27, text, "name of the guard that refused")                                              \
  X(guard_place, 28, text, "JSON pointer of the value or key that hit")                                 \
  X(guard_evidence, 29, text, "bounded bytes around the match")                                         \
  X(direction, 30, number, "piece: 1 request body as sent to the origin, 2 answer body as sent to the client") \
  X(offset, 31, number, "piece: offset of its first byte in the body")                                  \
  X(body, 32, text, "piece: the bytes")                                                                 \
  X(status, 33, number, "status sent to the client")                                                    \
  X(origin_status, 34, number, "status the origin sent")                                                \
  X(origin_answer_head, 35, text, "answer head as the origin sent it")                                  \
  X(client_answer_head, 36, text, "answer head as sent to the client")                                  \
  X(mask_map, 37, text, "changes made by masks; see mask map")                                          \
  X(mask_changes, 38, number, "number of changes")                                                      \
  X(body_digest, 39, text, "SHA-256 of the answer body as the origin sent it, 32 bytes")                \
  X(to_origin_bytes, 40, number, "request body bytes sent to the origin")                               \
  X(to_client_bytes, 41, number, "answer body bytes delivered to the client's transport")               \
  X(ended_by, 42, text, "client, origin, gateway or process")                                           \
  X(started, 43, number, "first byte of the request, ns since 1970")                                    \
  X(time_head, 44, number, "ns from start to the whole head")                                           \
  X(time_decided, 45, number, "ns from start to the decision")                                          \
  X(time_sent, 46, number, "ns from start to the request's last byte to the origin")                    \
  X(time_answered, 47, number, "ns from start to the origin's head")                                    \
  X(time_done, 48, number, "ns from start to the end")                                                  \
  X(approval_id, 49, text, "id of the approval")                                                        \
  X(approval_step, 50, text, "asked, granted, denied, expired, cancelled or consumed")                  \
  X(approval_by, 51, text, "who answered: the local account of the admin socket")                       \
  X(approval_digest, 52, text, "what was bound: SHA-256, 32 bytes")                                     \
  X(approval_note, 53, text, "what the person wrote")                                                   \
  X(version, 54, text, "version of the gateway")                                                        \
  X(request_complete, 55, number, "1 when the whole request body was recorded")                         \
  X(answer_complete, 56, number, "1 when the whole answer was delivered")                               \
  X(key_id, 57, text, "kid of the key that verified the token")

#endif /* GATEHOUSE_RECORD_FORMAT_H */
