// Keys of the process: [gateway], [log], [records], [[tenant]], [limits], [deadlines].
#include "base/limits.h"
#include "config/key_row.h"
#include "config/refusal_shape.h"

namespace gatehouse::config {
namespace {

constexpr Key kProcessKeys[] = {
    Row("gateway", Type::table, "The process."),
    Row("gateway.workers", Type::integer, "Worker threads, one per core; 0: as many as there are cores.")
        .or_else("0")
        .range(0, 256),
    Row("gateway.run_dir", Type::path, "Folder of the admin socket (admin.sock, 0660); made with 0700.")
        .or_else("\"run\""),
    Row("gateway.state_dir", Type::path,
        "Folder of what must survive a restart besides records: API keys, revocations, signing keys (0700, files 0600).")
        .or_else("\"state\""),
    Row("gateway.cache_dir", Type::path,
        "Folder where compiled patterns of guards are kept, so that a restart need not compile them (0700, files 0600).")
        .absent("none are kept"),
    Row("gateway.health_address", Type::address, "Where /livez, /readyz and /metrics answer; loopback only.")
        .or_else("\"127.0.0.1:9900\""),
    Row("gateway.gather", Type::duration,
        "Time that a busy worker gives events to gather before its next turn: less CPU, as much latency; 0: none.")
        .or_else("\"50us\"")
        .range(0, 1 * kMs),
    Row("gateway.refusals", Type::word,
        "Form of the gateway's own answers: JSON with detail (as FastAPI), text, or problem+json (RFC 9457).")
        .or_else("\"detail\"")
        .one_of(kRefusalShapes),
    Row("gateway.ring_off", Type::words,
        "Optional features of io_uring that are not used; no_sqarray is younger than Linux 6.1. A reload "
        "changes it for workers; the ring of the control thread, which carries no request, keeps what it had at the start.")
        .range(0, 4)
        .one_of("no_sqarray|registered_ring|restricted")
        .absent("what the kernel can is used"),

    Row("log", Type::table, "The log: JSON lines on standard error."),
    Row("log.level", Type::word, "The least important line that is written.")
        .or_else("\"info\"")
        .one_of("debug|info|warning|error"),

    Row("records", Type::table, "The records: what was asked, decided, sent and answered."),
    Row("records.dir", Type::path, "Folder of the segment files (0700, files 0600).").or_else("\"records\""),
    Row("records.ring_dir", Type::path, "Folder of the workers' rings, best in memory: /dev/shm/gatehouse.")
        .absent("rings in records.dir"),
    Row("records.ring_size", Type::size, "Ring of one worker; what the disk may fall behind.")
        .or_else("\"16MiB\"").range(1 * kMiB, 1 * kGiB),
    Row("records.segment_size", Type::size, "A segment file is written to this size before the next begins.")
        .or_else("\"64MiB\"").range(1 * kMiB, 4 * kGiB),
    Row("records.commit_interval", Type::duration, "How often records are made to survive a loss of power.")
        .or_else("\"5ms\"").range(1 * kMs, 1 * kSecond),
    Row("records.on_full", Type::word,
        "A full ring makes requests wait (block), be refused (fail_closed), or go on unrecorded, which is recorded (overwrite).")
        .or_else("\"block\"").one_of("block|fail_closed|overwrite"),
    Row("records.erase", Type::texts,
        "What is taken out of request bodies and of heads before they are recorded, besides passwords, tokens and keys by their "
        "usual names: names of JSON members, form fields and header fields, and JSON pointers (\"/sources/*/pin\"; \"*\" is any "
        "member).")
        .range(0, 64).absent("none"),
    Row("records.digest_key_file", Type::path,
        "File with the key (32 bytes or more, 0600) of the digests that rules with record = \"masked\" or \"digest\" keep. "
        "Whoever has it can try out values.")
        .absent("a key of this process, which is kept nowhere"),
    Row("records.keep", Type::duration, "A segment is deleted once its last record is older; a tombstone stays.")
        .range(1 * kSecond, 100 * 366 * 24 * kHour).absent("all are kept"),
    Row("records.keep_size", Type::size, "What all segments may take: beyond it the oldest go until a twentieth is free.")
        .range(1 * kMiB, 1024 * 1024 * kGiB).absent("no bound"),
    Row("records.hold", Type::boolean, "Legal hold: nothing is deleted, whatever else is said.").or_else("false"),
    Row("records.auditor_keys", Type::texts,
        "Files of public keys (gatehouse keys make auditor): records are sealed so that their owners alone open all of it.")
        .range(1, 7).absent("records are written in clear"),
    Row("records.operations_key", Type::path,
        "File of the public key that what clients got is sealed for, too; its secret half may be on this host.")
        .absent("auditors alone open records"),
    Row("records.sealed", Type::word, "Paths, heads, bodies and what guards saw (content), or who called as well (all).")
        .or_else("\"content\"").one_of("content|all"),
    Row("records.heads_key_file", Type::path,
        "Secret key (gatehouse keys make heads) that signs each second where all records stand: what is changed later is found.")
        .absent("who can write the records' files can change them unseen"),
    Row("records.head_interval", Type::duration, "How often a head is signed while records are written.")
        .or_else("\"1s\"").range(100 * kMs, 60 * kSecond),
    Row("records.strict", Type::boolean, "Heads come with digests of all that was written: contents are proved without keys, too.")
        .or_else("false"),
    Row("records.witness", Type::text,
        "URL that each head is sent to (POST), https or loopback http: who sets the records back cannot reach what is kept there.")
        .range(8, 2048)
        .absent("no other machine knows what was recorded"),

    Row("tenant", Type::tables,
        "Whose exchanges are sealed with a secret of their own, too: who destroys it erases them, in every copy.")
        .range(0, 256),
    Row("tenant.name", Type::name, "Its name in records, as its key file says it; routes refer to it.").always(),
    Row("tenant.key_file", Type::path,
        "Its secret (gatehouse keys make tenant, 0600): needed to read its records, beside an auditor's or the operations key.")
        .always(),

    Row("limits", Type::table, "Bounds of memory, and of how long a slow body can hold it."),
    Row("limits.head_bytes", Type::size, "Request or answer head; it must fit one receive buffer.")
        .or_else("\"32KiB\"")
        .range(4 * kKiB, kRecvBufferBytes),
    Row("limits.head_fields", Type::integer, "Header fields of one head.")
        .or_else("100")
        .range(16, kHeadFieldsMax),
    Row("limits.target_bytes", Type::size, "Request target; at most limits.head_bytes.")
        .or_else("\"8KiB\"")
        .range(1 * kKiB, kRecvBufferBytes),
    Row("limits.inspect_bytes", Type::size, "A body collected for guards, approval or masks.")
        .or_else("\"8MiB\"")
        .range(64 * kKiB, 1 * kGiB),
    Row("limits.body_bytes", Type::size, "A request body, inspected or not.")
        .range(1 * kKiB, 1024 * kGiB)
        .absent("no bound"),
    Row("limits.body_memory", Type::size,
        "All collected bodies of one worker together; at least limits.inspect_bytes. Token requests, whose callers nothing "
        "proves yet, share an eighth of it.")
        .or_else("\"256MiB\"")
        .range(1 * kMiB, 1024 * kGiB),
    Row("limits.queued_bytes", Type::size,
        "Waiting to be sent on one connection before its source is paused.")
        .or_else("\"256KiB\"")
        .range(kPieceBytes, 64 * kMiB),
    Row("limits.body_rate", Type::size,
        "Bytes a second that must come of a body while it is waited for; looked at every deadlines.progress; 0 is no bound.")
        .or_else("\"512B\"")
        .range(0, 1 * kMiB),
    Row("limits.connections", Type::integer, "Client connections of one worker.")
        .or_else("8192")
        .range(1, 500'000),   // io_uring's table of files has 2^20 places, and each client may need two
    Row("limits.held", Type::integer, "Exchanges of one worker that wait for a person.")
        .or_else("64")
        .range(1, 100'000),
    Row("limits.failed_tokens", Type::integer,
        "Tokens of one address that may fail at once, per worker; an eighth of it comes back each second.")
        .or_else("1024")
        .range(8, 1'000'000),
    Row("limits.failed_tokens_connection", Type::integer, "Tokens that may fail on one connection before it is closed.")
        .or_else("32")
        .range(1, 1'000'000),
    Row("limits.guard_cost", Type::integer,
        "Patterns of all guards together, in ns per KiB of text, as reckoned from the patterns: the same on every machine.")
        .or_else("2000")
        .range(100, 1'000'000'000),
    Row("limits.mask_streams", Type::integer,
        "Answers of one worker that are masked as they come, 256 KiB each and what their content coding asks for; so many request "
        "bodies in a content coding, too, whose content is recorded: 64 KiB each and the same.")
        .or_else("256")
        .range(1, 100'000),
    Row("limits.origin_idle", Type::integer, "Idle connections kept per worker and address of an origin.")
        .or_else("64")
        .range(0, 10'000),

    Row("deadlines", Type::table, "Bounds of waiting. Only progress begins anew with each byte that moves."),
    Row("deadlines.handshake", Type::duration, "TLS handshake with a client.")
        .or_else("\"10s\"")
        .range(10 * kMs, kHour),
    Row("deadlines.head", Type::duration, "From the first byte of a head to its last.")
        .or_else("\"10s\"")
        .range(10 * kMs, kHour),
    Row("deadlines.progress", Type::duration, "A body or a reader that moves nothing.")
        .or_else("\"10s\"")
        .range(10 * kMs, kHour),
    Row("deadlines.idle", Type::duration, "Between two requests of one connection.")
        .or_else("\"60s\"")
        .range(10 * kMs, 24 * kHour),
    Row("deadlines.connect", Type::duration, "Connecting to an origin, TLS included.")
        .or_else("\"5s\"")
        .range(10 * kMs, kHour),
    Row("deadlines.answer", Type::duration,
        "From the last byte of a request to the head of the origin's answer.")
        .or_else("\"120s\"")
        .range(10 * kMs, kHour),
    Row("deadlines.hold", Type::duration, "A request that waits for a person, in all.")
        .or_else("\"300s\"")
        .range(10 * kMs, 24 * kHour),
    Row("deadlines.drain", Type::duration, "From SIGTERM to the end of what is still running.")
        .or_else("\"30s\"")
        .range(0, kHour),
};

}  // namespace

std::span<const Key> process_keys() { return kProcessKeys; }

}  // namespace gatehouse::config
