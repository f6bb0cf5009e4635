/* The on-disk record format, version 2 (version 1 stays readable). What outlives the process: readers of other projects may be
 * written against this header and docs/record-format.md. C-compatible; integers little endian. */
#ifndef GATEHOUSE_RECORD_FORMAT_H
#define GATEHOUSE_RECORD_FORMAT_H

#include <stdint.h>

#define GATEHOUSE_RECORD_REQUEST 1  /* who asked what, what policy said; before the first byte to the origin */
#define GATEHOUSE_RECORD_PIECE 2    /* a run of body bytes; before it is sent on */
#define GATEHOUSE_RECORD_OUTCOME 3  /* what was answered; before the last byte to the client */
#define GATEHOUSE_RECORD_CLOSE 4    /* exactly one per exchange: what was delivered, who ended it */
#define GATEHOUSE_RECORD_APPROVAL 5 /* a step of a held exchange */
#define GATEHOUSE_RECORD_SNAPSHOT 6 /* a configuration came into force */
#define GATEHOUSE_RECORD_START 7    /* a process began to write this ring */
#define GATEHOUSE_RECORD_PAD 8      /* the rest of this segment is unused; no payload */
#define GATEHOUSE_RECORD_END 9      /* nothing follows in this epoch; written at a clean stop or by recovery */
#define GATEHOUSE_RECORD_KEYS 10    /* from here on this key epoch seals; its keys, wrapped; first in its segment */
#define GATEHOUSE_RECORD_DECISION 11 /* what was decided, in the stream of decisions: small, and durable first */
#define GATEHOUSE_RECORD_GAP 12     /* before this one records found no room and were not written, as configured */
#define GATEHOUSE_RECORD_ERASED 13  /* segments were deleted, as retention says */

/* Bits of a record's `tier`: which sealed parts its payload has. A sealed record always has an operations part. */
#define GATEHOUSE_RECORD_TIER_OPERATIONS 1
#define GATEHOUSE_RECORD_TIER_AUDITOR 2
/* `direction` of a piece: which body its bytes are of. */
#define GATEHOUSE_RECORD_PIECE_REQUEST 1
#define GATEHOUSE_RECORD_PIECE_ANSWER 2
#define GATEHOUSE_RECORD_PIECE_CONTENT 3   /* of a request in a content coding: what came out of it */
#define GATEHOUSE_RECORD_PIECE_REFUSAL 4

/* Sections of a record's payload: X(name, code, type, text). type: text (UTF-8 or raw bytes), number
 * (8 bytes). A tag may repeat (groups, rules). Codes never change. */
#define GATEHOUSE_RECORD_TAGS(X)                                                                        \
  X(client_address, 1, text, "the client's address")                                                    \
  X(listener, 2, text, "name of the listener")                                                          \
  X(tls_version, 3, text, "TLS version with the client; absent on plain connections")                   \
  X(tls_cipher, 4, text, "TLS cipher with the client")                                                  \
  X(tls_server_name, 5, text, "SNI the client sent")                                                    \
  X(proof, 6, text, "how the identity was proved: oidc_jwt, certificate, saml, gateway_token, api_key")  \
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
  X(guard_hit, 27, text, "name of a guard that found something; repeats, with 67, 69, 28, 68 and 29 behind it") \
  X(guard_place, 28, text, "where: JSON pointer of a value or key, ?parameter, path, header name")      \
  X(guard_evidence, 29, text, "bounded bytes around the match")                                         \
  X(direction, 30, number, "piece: 1 request body, 2 answer body, 3 content of a coded request body, 4 body of a refusal") \
  X(offset, 31, number, "piece: offset of its first byte in the body")                                  \
  X(body, 32, text, "piece: the bytes")                                                                 \
  X(status, 33, number, "status sent to the client")                                                    \
  X(origin_status, 34, number, "status the origin sent")                                                \
  X(origin_answer_head, 35, text, "answer head as the origin sent it")                                  \
  X(client_answer_head, 36, text, "answer head as sent to the client")                                  \
  X(mask_map, 37, text, "changes made by masks; see mask map")                                          \
  X(mask_changes, 38, number, "number of changes")                                                      \
  X(body_digest, 39, text, "close: SHA-256 of the answer body as the origin sent it, in its coding, 32 bytes") \
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
  X(request_complete, 55, number, "1 when the whole request body is recorded, where the level keeps bodies") \
  X(answer_complete, 56, number, "1 when the whole answer was delivered")                               \
  X(key_id, 57, text, "kid of the key that verified the token")                                         \
  X(recovered, 58, number, "1 when recovery wrote this record after the process had ended; of an end 2: its ring was whole") \
  X(process, 59, text, "id of the process that writes this epoch, 16 bytes")                            \
  X(previous_process, 60, text, "process of this worker's epoch before, 16 bytes; absent in the first") \
  X(lost_bytes, 61, number, "end: bytes of a torn tail that recovery could not keep")                   \
  X(resent, 62, number, "1 when the request was sent twice: a kept connection had ended as it was used again") \
  X(route, 63, text, "name of the route that the request took")                                         \
  X(traceparent, 64, text, "W3C traceparent that the client sent, when well-formed")                    \
  X(request_id, 65, text, "X-Request-Id that the client sent, when well-formed")                          \
  X(proxy_address, 66, text, "address of the proxy that named the client (PROXY v2)")                     \
  X(guard_effect, 67, text, "what the hit leads to: tag, approve, block")                               \
  X(guard_check, 69, text, "what found it: pattern, statement, shape, address, bulk")                   \
  X(mask_skipped, 70, number, "1 when bytes passed that no mask could read: best_effort")                 \
  X(origin_coding, 71, text, "content codings of the answer as the origin sent it; absent: none")        \
  X(client_coding, 72, text, "content coding of the answer as the client got it; absent: none")          \
  X(client_body_digest, 73, text, "close: SHA-256 of the answer body as it was sent to the client, in its coding, 32 bytes") \
  X(identity_digest, 82, text, "decision: SHA-256 of the issuer, a line end and the subject, 32 bytes")    \
  X(certificate_digest, 84, text, "SHA-256 of the client's certificate (DER), 32 bytes; absent: it showed none") \
  X(certificate_serial, 85, text, "serial number of that certificate, hexadecimal")                      \
  X(certificate_name, 86, text, "URI, DNS name or e-mail address in that certificate; repeats")          \
  X(tls_group, 75, text, "key exchange group of TLS with the client")                                     \
  X(tls_resumed, 76, number, "1 when TLS with the client went on from a ticket")                         \
  X(origin_tls_version, 77, text, "TLS version with the origin; absent on plain connections")            \
  X(origin_tls_cipher, 78, text, "TLS cipher with the origin")                                           \
  X(origin_tls_name, 79, text, "name that the origin's certificate was verified by")                     \
  X(claim, 74, text, "a claim that issuer.record_claims names: name=value; repeats. sha256:... where the value is long") \
  X(issued_token_id, 80, text, "outcome: jti of the token that the gateway gave for an assertion")       \
  X(issued_token_digest, 81, text, "outcome: SHA-256 of that token, 32 bytes: the token_digest of whoever uses it") \
  X(guard_offset, 68, number, "offset of the text that hit, in the decoded body, the query or the field's value") \
  X(key_epoch, 87, number, "keys: the number by which records name these keys, 1, 2, ... within the epoch") \
  X(recipient, 88, text, "keys: who can open: operations or auditor, a blank, its name; repeats, with 89 and 90 behind it") \
  X(recipient_key, 89, text, "keys: SHA-256 of the recipient's public key, 32 bytes")                   \
  X(wrapped_key, 90, text, "keys: HPKE: encapsulated key (32 bytes), then the sealed segment keys")       \
  X(level, 91, text, "what the rule keeps: full, masked, heads or digest")                               \
  X(compression, 92, text, "piece: how body is compressed: zstd; absent: it is not")                      \
  X(content_bytes, 93, number, "piece: bytes of the body that it stands for, if compressed or not kept") \
  X(mask_notes, 94, text, "the mask map without originals: keyed digests instead")                       \
  X(piece_digest, 95, text, "piece: keyed digest of its bytes, which are not kept")                      \
  X(erased_secret, 96, text, "place of a secret that was taken out of what is recorded; repeats")         \
  X(head_digest, 97, text, "a head that is not kept: name of its section, =, keyed digest in hexadecimal; repeats") \
  X(tenant, 98, text, "name of the tenant whose secret sealed this record, too; in clear")                \
  X(tenant_key, 99, text, "which secret of that tenant: SHA-256 of \"gatehouse tenant 1\" and the secret, 32 bytes; in clear") \
  X(sealed_auditor, 100, text, "sealed sections for the auditor: GCM tag (16 bytes), ciphertext")         \
  X(sealed_operations, 101, text, "sealed sections for operations: ciphertext; its GCM tag is in the header") \
  X(change, 102, text, "snapshot: one difference to the configuration before; repeats")                   \
  X(alert, 103, text, "snapshot: a change that weakens what is recorded or guarded; repeats")              \
  X(loaded_by, 104, text, "snapshot: start, reload by an account, signal, or a changed file")              \
  X(demands, 105, text, "snapshot: what its records must be: sealing, level, strict; name=value, repeats") \
  X(request_chain, 106, text, "decision: chain value of the record that it goes with, 32 bytes")           \
  X(time_committed, 107, number, "ns from start until the decision was durable")                          \
  X(time_connected, 108, number, "ns from start until the origin was connected")                          \
  X(gap_bytes, 110, number, "gap: bytes of records that found no room and were not written")              \
  X(gap_records, 111, number, "gap: how many records these were")                                         \
  X(has_decision, 112, number, "request: 1 where a decision record in the epoch of decisions goes with it") \
  X(request_coding, 113, text, "piece of direction 3: a content coding that was taken off, in the order applied; repeats") \
  X(coded_bytes, 114, number, "piece of direction 3, the last one: bytes of the body in its coding that are recorded by digests") \
  X(undecoded, 115, text, "the same: why content ends early: malformed, truncated, bomb, too_large, memory, coding, busy") \
  X(erased_segment, 120, text, "erased: file name of a segment; repeats, with 121 to 128 and 60 behind it")       \
  X(erased_base, 121, number, "erased: offset of its first byte in its epoch")                            \
  X(erased_sequence, 122, number, "erased: sequence of its first record")                                 \
  X(erased_next_sequence, 123, number, "erased: sequence of the first record behind it")                  \
  X(erased_chain, 124, text, "erased: chain value of its last record, 32 bytes")                          \
  X(erased_why, 125, text, "erased: age, size or command")                                               \
  X(erased_last, 126, number, "erased: 1 where nothing followed in its epoch, which had ended")          \
  X(erased_first_chain, 127, text, "erased: chain value before the epoch's first record, 32 bytes; with base 0") \
  X(erased_by, 128, text, "erased: local account that gave the command")

/* ---- Records ------------------------------------------------------------------------------------
 *
 * An epoch is what one process wrote for one worker: a stream of bytes that starts at offset 0, cut
 * into segments. Records follow each other at multiples of 8 and never cross a segment's end. A
 * record is this header, then the payload, then zero bytes up to a multiple of 8.
 *
 * The payload is a row of sections: tag (2 bytes), flags (2 bytes, zero), length (4 bytes), bytes. */
#define GATEHOUSE_RECORD_MAGIC UINT32_C(0x31524847) /* "GHR1" */
#define GATEHOUSE_RECORD_LAYOUT 2
#define GATEHOUSE_RECORD_LAYOUT_FIRST 1                 /* readers know these, too */
#define GATEHOUSE_RECORD_HEADER_BYTES 120
#define GATEHOUSE_RECORD_SECTION_BYTES 8
#define GATEHOUSE_RECORD_BYTES_MAX (UINT32_C(64) << 20) /* header, payload and padding of one record */
#define GATEHOUSE_RECORD_CHAINED_BYTES 84               /* how much of the header the chain covers */

struct gatehouse_record_header {
  uint32_t magic;
  uint16_t kind;           /* GATEHOUSE_RECORD_... */
  uint16_t flags;          /* zero */
  uint32_t total_bytes;    /* header, payload and padding; a multiple of 8 */
  uint32_t payload_bytes;
  uint8_t exchange[16];    /* RFC 9562 version 7; zero when the record is of no exchange */
  uint64_t sequence;       /* 0, 1, 2, ... within the epoch */
  uint64_t wall_ns;        /* ns since 1970 */
  uint32_t stream;         /* HTTP/2 stream; 0 for HTTP/1 */
  uint32_t payload_crc;    /* CRC32C of payload and padding; of the ciphertext once sealed */
  uint8_t tag[16];         /* AES-GCM tag of the operations part; zero where nothing is sealed */
  uint32_t key_epoch;      /* which keys sealed it; zero where nothing is sealed */
  uint8_t tier;            /* GATEHOUSE_RECORD_TIER_... bits; 0: all in clear */
  uint8_t reserved[3];     /* zero */
  uint32_t epoch_tag;      /* CRC32C of the process id and the worker: whose record it is */
  uint32_t header_crc;     /* CRC32C of the 84 bytes before it */
  uint8_t chain[32];       /* SHA-256(chain of the record before, first 84 bytes of this header) */
};

/* ---- Segments: files of an epoch. A header page, then segment_bytes - 4096 bytes of the stream,
 * zeros where nothing was written. Name: <UTC time of the first record>-<process>-w<worker>-<index>.ghr */
#define GATEHOUSE_PAGE_BYTES 4096
#define GATEHOUSE_SEGMENT_MAGIC UINT64_C(0x31304d4745534847) /* "GHSEGM01" */

struct gatehouse_segment_header {
  uint64_t magic;
  uint32_t layout;
  uint32_t header_bytes;        /* 4096 */
  uint8_t process[16];
  uint8_t previous_process[16]; /* of this worker's epoch before; zero in the first */
  uint32_t worker;
  uint32_t index;               /* 0, 1, 2, ... within the epoch */
  uint64_t base;                /* offset of its first byte in the epoch: index * (segment_bytes - 4096) */
  uint64_t segment_bytes;       /* size of the file */
  uint64_t created_ns;          /* time of its first record */
  uint64_t sequence;            /* of its first record */
  uint64_t open_from;           /* no exchange that is open here began before this offset */
  uint8_t chain[32];            /* chain of the record before its first one */
  uint8_t reserved[3964];       /* zero */
  uint32_t header_crc;          /* CRC32C of the 4,092 bytes before it */
};

/* ---- Rings: shared memory that outlives the process; a header page, then the last `capacity` bytes
 * of the epoch's stream: offset o lies at o % capacity. Bytes below `committed` are in segments. */
#define GATEHOUSE_RING_MAGIC UINT64_C(0x3130474e49524847) /* "GHRING01" */

struct gatehouse_ring_tail { /* valid when its head equals the ring's */
  uint64_t head;
  uint64_t sequence;            /* of the next record */
  uint8_t chain[32];            /* of the last record */
  uint8_t reserved[16];
};

struct gatehouse_ring_header {
  uint64_t magic;
  uint32_t layout;
  uint32_t header_bytes;        /* 4096 */
  uint8_t process[16];
  uint8_t previous_process[16];
  uint8_t boot_id[16];          /* of the kernel; another one means that memory was lost in between */
  uint32_t worker;
  uint32_t pid;
  uint64_t pid_start;           /* clock ticks from boot to the start of pid */
  uint64_t capacity;            /* a multiple of 4096 */
  uint64_t segment_bytes;       /* a multiple of 4096 */
  uint64_t created_ns;
  uint8_t chain[32];            /* chain before the first record: the last of the epoch before, or zero */
  uint8_t reserved[116];
  uint32_t header_crc;          /* CRC32C of the 252 bytes before it; what follows changes */

  uint64_t head;                /* written by the worker, with release: end of the last whole record */
  uint8_t reserved_head[56];
  struct gatehouse_ring_tail tail[2]; /* by turns */
  uint64_t committed;           /* written by the writer thread, with release: durable up to here */
  uint32_t state;               /* 0 open, 1 failed: the disk refuses, nothing may be appended */
  uint8_t reserved_commit[52];
  uint8_t reserved_page[3584];
};

/* ---- Rewrapped keys: <segment>.rewrapped. This header, then a row of sections as in a keys record. */
#define GATEHOUSE_REWRAPPED_MAGIC UINT64_C(0x31305052574b4847) /* "GHKWRP01" */

struct gatehouse_rewrapped_header {
  uint64_t magic;
  uint32_t layout;
  uint32_t header_bytes;        /* 64 */
  uint8_t process[16];          /* whose segment it is */
  uint32_t worker;
  uint32_t index;
  uint32_t payload_bytes;
  uint32_t payload_crc;         /* CRC32C of the sections */
  uint8_t reserved[12];         /* zero */
  uint32_t header_crc;          /* CRC32C of the 60 bytes before it */
};

/* ---- Heads: signed statements of how far every ring of a process had come. A file heads/<process>.heads is a row of them;
 * so is what a witness keeps. A head is this struct, then `rings` entries, then for each entry its digests, then the Ed25519
 * signature (64 bytes) of all bytes before it. Each names the one before it by its SHA-256 (of all its bytes). */
#define GATEHOUSE_HEAD_MAGIC UINT64_C(0x3130444145484847) /* "GHHEAD01" */
#define GATEHOUSE_HEAD_LAYOUT 1
#define GATEHOUSE_HEAD_SIGNATURE_BYTES 64
#define GATEHOUSE_HEAD_BYTES_MAX (UINT32_C(32) << 20)
#define GATEHOUSE_HEAD_FINAL 1     /* the process ended in order: no head of it follows */
#define GATEHOUSE_HEAD_STRICT 2    /* its rings come with digests of all their bytes */
#define GATEHOUSE_HEAD_RING_ENDED 1 /* nothing follows in this epoch */

struct gatehouse_head {
  uint64_t magic;
  uint32_t layout;
  uint32_t total_bytes;         /* of all of it, signature included */
  uint8_t process[16];          /* that made it */
  uint64_t number;              /* 0, 1, 2, ... within the process */
  uint64_t wall_ns;
  uint64_t interval_ns;         /* while records are written the next one follows within this time */
  uint32_t flags;               /* GATEHOUSE_HEAD_... */
  uint32_t rings;
  uint8_t before_process[16];   /* whose the head before is; zero in the very first one */
  uint64_t before_number;
  uint8_t before[32];           /* SHA-256 of the head before; zero in the very first one */
  uint8_t key[32];              /* Ed25519 public key that the signature is to be checked with */
};

struct gatehouse_head_ring {
  uint8_t process[16];          /* of the epoch: the process itself, or in its first head one that recovery made whole */
  uint32_t worker;
  uint32_t flags;               /* GATEHOUSE_HEAD_RING_... */
  uint64_t segment_bytes;
  uint64_t offset;              /* where its next record begins; all below is on disk */
  uint64_t sequence;            /* of its next record */
  uint8_t chain[32];            /* of its last record */
  uint32_t digests;
  uint32_t reserved;            /* zero */
};

struct gatehouse_head_digest {
  uint64_t offset;              /* of the first byte, in the epoch */
  uint32_t bytes;               /* at most 64 KiB; what follows the last record of a segment is in none */
  uint32_t reserved;            /* zero */
  uint8_t sha256[32];
};

#ifdef __cplusplus
#define GATEHOUSE_LAYOUT_ASSERT(what) static_assert(what, #what)
#else
#define GATEHOUSE_LAYOUT_ASSERT(what) _Static_assert(what, #what)
#endif
#define GATEHOUSE_OFFSET_ASSERT(type, field, at) \
  GATEHOUSE_LAYOUT_ASSERT(__builtin_offsetof(struct type, field) == (at))

GATEHOUSE_LAYOUT_ASSERT(sizeof(struct gatehouse_record_header) == GATEHOUSE_RECORD_HEADER_BYTES);
GATEHOUSE_OFFSET_ASSERT(gatehouse_record_header, kind, 4);
GATEHOUSE_OFFSET_ASSERT(gatehouse_record_header, total_bytes, 8);
GATEHOUSE_OFFSET_ASSERT(gatehouse_record_header, payload_bytes, 12);
GATEHOUSE_OFFSET_ASSERT(gatehouse_record_header, exchange, 16);
GATEHOUSE_OFFSET_ASSERT(gatehouse_record_header, sequence, 32);
GATEHOUSE_OFFSET_ASSERT(gatehouse_record_header, wall_ns, 40);
GATEHOUSE_OFFSET_ASSERT(gatehouse_record_header, stream, 48);
GATEHOUSE_OFFSET_ASSERT(gatehouse_record_header, payload_crc, 52);
GATEHOUSE_OFFSET_ASSERT(gatehouse_record_header, tag, 56);
GATEHOUSE_OFFSET_ASSERT(gatehouse_record_header, key_epoch, 72);
GATEHOUSE_OFFSET_ASSERT(gatehouse_record_header, tier, 76);
GATEHOUSE_OFFSET_ASSERT(gatehouse_record_header, epoch_tag, 80);
GATEHOUSE_OFFSET_ASSERT(gatehouse_record_header, header_crc, GATEHOUSE_RECORD_CHAINED_BYTES);
GATEHOUSE_OFFSET_ASSERT(gatehouse_record_header, chain, 88);

GATEHOUSE_LAYOUT_ASSERT(sizeof(struct gatehouse_segment_header) == GATEHOUSE_PAGE_BYTES);
GATEHOUSE_OFFSET_ASSERT(gatehouse_segment_header, process, 16);
GATEHOUSE_OFFSET_ASSERT(gatehouse_segment_header, worker, 48);
GATEHOUSE_OFFSET_ASSERT(gatehouse_segment_header, base, 56);
GATEHOUSE_OFFSET_ASSERT(gatehouse_segment_header, open_from, 88);
GATEHOUSE_OFFSET_ASSERT(gatehouse_segment_header, chain, 96);
GATEHOUSE_OFFSET_ASSERT(gatehouse_segment_header, header_crc, 4092);

GATEHOUSE_LAYOUT_ASSERT(sizeof(struct gatehouse_rewrapped_header) == 64);
GATEHOUSE_OFFSET_ASSERT(gatehouse_rewrapped_header, worker, 32);
GATEHOUSE_OFFSET_ASSERT(gatehouse_rewrapped_header, header_crc, 60);

GATEHOUSE_LAYOUT_ASSERT(sizeof(struct gatehouse_ring_header) == GATEHOUSE_PAGE_BYTES);
GATEHOUSE_OFFSET_ASSERT(gatehouse_ring_header, worker, 64);
GATEHOUSE_OFFSET_ASSERT(gatehouse_ring_header, capacity, 80);
GATEHOUSE_OFFSET_ASSERT(gatehouse_ring_header, chain, 104);
GATEHOUSE_OFFSET_ASSERT(gatehouse_ring_header, header_crc, 252);
GATEHOUSE_OFFSET_ASSERT(gatehouse_ring_header, head, 256);
GATEHOUSE_OFFSET_ASSERT(gatehouse_ring_header, tail, 320);
GATEHOUSE_OFFSET_ASSERT(gatehouse_ring_header, committed, 448);
GATEHOUSE_OFFSET_ASSERT(gatehouse_ring_header, state, 456);

GATEHOUSE_LAYOUT_ASSERT(sizeof(struct gatehouse_head) == 152);
GATEHOUSE_OFFSET_ASSERT(gatehouse_head, number, 32);
GATEHOUSE_OFFSET_ASSERT(gatehouse_head, flags, 56);
GATEHOUSE_OFFSET_ASSERT(gatehouse_head, before, 88);
GATEHOUSE_LAYOUT_ASSERT(sizeof(struct gatehouse_head_ring) == 88);
GATEHOUSE_OFFSET_ASSERT(gatehouse_head_ring, offset, 32);
GATEHOUSE_OFFSET_ASSERT(gatehouse_head_ring, digests, 80);
GATEHOUSE_LAYOUT_ASSERT(sizeof(struct gatehouse_head_digest) == 48);

#endif /* GATEHOUSE_RECORD_FORMAT_H */
