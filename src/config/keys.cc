#include "config/keys.h"

#include <algorithm>

#include "base/limits.h"
#include "config/refusal_shape.h"
#include "config/units.h"
#include "identity/identity.h"
#include "mask/custom.h"
#include "mask/mask.h"

namespace gatehouse::config {
namespace {

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;
constexpr uint64_t kGiB = 1024 * kMiB;
constexpr uint64_t kMs = kNsPerMs;
constexpr uint64_t kSecond = kNsPerSecond;
constexpr uint64_t kHour = 3600 * kNsPerSecond;

/// Row writes one key readably; it is nothing but a Key.
class Row : public Key {
 private:
  template <typename T>
  constexpr Row with(T Key::*field, T value) const {
    Row copy = *this;
    copy.*field = value;
    return copy;
  }

 public:
  constexpr Row(ByteView where, Type kind, ByteView says) : Key{where, kind, says} {}
  constexpr Row or_else(ByteView toml) const { return with(&Key::fallback, toml); }
  constexpr Row always() const { return with(&Key::required, true); }
  constexpr Row range(uint64_t from, uint64_t to) const {
    return with(&Key::least, from).with(&Key::most, to);
  }
  constexpr Row one_of(ByteView list) const { return with(&Key::words, list); }
  constexpr Row absent(ByteView meaning) const { return with(&Key::otherwise, meaning); }
};

constexpr Key kKeys[] = {
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
        "What is taken out of request bodies before they are recorded, besides passwords, tokens and keys by their usual names: "
        "names of JSON members and form fields, and JSON pointers (\"/sources/*/pin\"; \"*\" is any member).")
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
        "Answers of one worker that are masked as they come, 256 KiB each and what their content coding asks for.")
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

    Row("listener", Type::tables, "An address that clients call.").always().range(1, 16),
    Row("listener.name", Type::name, "Its name in logs, metrics and records.").always(),
    Row("listener.address", Type::address, "Where it listens.").always(),
    Row("listener.peer_users", Type::texts, "Unix: who may come, names or uids.").range(1, 64).absent("whom its mode lets in"),
    Row("listener.proxy_from", Type::texts,
        "Proxies in front, as address ranges (\"10.0.0.0/8\", \"::1\", \"unix\"): their connections must begin with a "
        "PROXY v2 header, which names the client; from others none is read.")
        .range(1, 64)
        .absent("none"),
    Row("listener.certificate", Type::tables,
        "A certificate that it shows, chosen by server name; the first is the default. Without one it "
        "speaks plain HTTP, which only loopback may.")
        .range(0, 32),
    Row("listener.certificate.chain_file", Type::path, "PEM: the certificate, then its chain.").always(),
    Row("listener.certificate.key_file", Type::path,
        "PEM: the private key; only its owner may read the file.")
        .always(),
    Row("listener.clients", Type::table,
        "Certificates of clients (mTLS): whose are believed, and who their holders are. One that is shown and not believed ends "
        "the handshake."),
    Row("listener.clients.ca_file", Type::path,
        "PEM: the authorities that they must come from, each with those above it up to the root.")
        .always(),
    Row("listener.clients.crl_file", Type::path,
        "PEM: revocation lists, one of each authority of a chain; without one, or when it has ended, no certificate is believed.")
        .absent("revocation is not looked at"),
    Row("listener.clients.required", Type::boolean, "Whether clients without a certificate are refused in the handshake.")
        .or_else("false"),
    Row("listener.clients.identity", Type::word,
        "What says who calls without a token: the certificate's one SPIFFE URI, DNS name or e-mail address, or nothing (none): "
        "then tokens are bound to it, and that is all.")
        .or_else("\"none\"")
        .one_of("none|spiffe|dns|email"),
    Row("listener.clients.subjects", Type::texts,
        "With identity: names that are believed, \"*\" is any text: \"spiffe://prod.example.org/ns/etl/*\".")
        .range(1, 256)
        .absent("-"),
    Row("listener.clients.name", Type::name, "Issuer of such callers in logs, records and rules; nobody else has this name.")
        .absent("the listener's name"),
    Row("listener.clients.group_prefix", Type::text, "Stands before each of the groups below.").or_else("\"\"").range(0, 64),
    Row("listener.clients.group", Type::tables, "A group for callers whose certificates have certain values.").range(0, 256),
    Row("listener.clients.group.name", Type::text, "The group; {1} is what the one * of a pattern stood for.")
        .always()
        .range(1, 256),
    Row("listener.clients.group.when", Type::matches,
        "Patterns by uri, dns, email, organization, unit; all of these must match: { uri = \"*/ns/etl/*\" }.")
        .always()
        .range(1, 16),

    Row("issuer", Type::tables, "Who signs tokens that are believed.").always().range(1, 64),
    Row("issuer.name", Type::name, "Its name in logs, metrics and records.").always(),
    Row("issuer.preset", Type::word,
        "Whose tokens they are: other defaults for url, algorithms, groups_claim, require and record_claims, and short names of "
        "claims. See docs/callers.md.")
        .or_else("\"generic\"")
        .one_of("generic|kubernetes|github-actions|spiffe"),
    Row("issuer.url", Type::text, "Must equal the token's iss exactly.")
        .range(1, 2048)
        .absent("required; preset github-actions has GitHub's"),
    Row("issuer.audiences", Type::texts, "One of them must be in the token's aud.").always().range(1, 64),
    Row("issuer.algorithms", Type::words, "Signature algorithms that are believed.")
        .absent("all three; github-actions RS256, spiffe RS256 and ES256")
        .range(1, 3)
        .one_of("RS256|ES256|EdDSA"),
    Row("issuer.groups_claim", Type::text,
        "Claim that holds the groups, dotted when nested: a list of texts, or one text with blanks between. \"\": groups come "
        "from [[issuer.group]] alone.")
        .absent("groups; with other presets than generic none")
        .range(0, 256),
    Row("issuer.group_prefix", Type::text, "Stands before the name of every group of this issuer, those by rule, too.")
        .absent("none")
        .range(0, 128),
    Row("issuer.subject", Type::text,
        "What a caller is called: text and claims in braces, as \"{repository}:{environment}\"; {iss-name} is the issuer's name.")
        .absent("the claim sub")
        .range(1, 512),
    Row("issuer.require", Type::matches, "Claims that every token must have, each like one of its patterns; '*' is any text.")
        .absent("nothing; kubernetes and spiffe ask for their form of sub")
        .range(1, 16),
    Row("issuer.record_claims", Type::texts,
        "Claims that records keep in clear beside the token's id, by path; all others are known by the token's digest alone.")
        .absent("none; kubernetes and github-actions keep where the job ran")
        .range(0, identity::kRecordClaimsMax),
    Row("issuer.leeway", Type::duration, "Difference of clocks that exp, nbf and iat may have.")
        .or_else("\"30s\"")
        .range(0, 300 * kSecond),
    Row("issuer.jwks_file", Type::path, "File with the issuer's keys; else jwks_url, else discovery.").absent("-"),
    Row("issuer.jwks_url", Type::text, "URL of the issuer's keys: https, or http on a loopback address.")
        .range(1, 2048)
        .absent("found by discovery at issuer.url"),
    Row("issuer.keys_host", Type::text,
        "With discovery: host on which the issuer's keys may be, when it is another than issuer.url's.")
        .range(1, 253)
        .absent("none other"),
    Row("issuer.jwks_refresh", Type::duration, "How often the issuer is asked for its keys again.")
        .or_else("\"5m\"")
        .range(1 * kSecond, 24 * kHour),
    Row("issuer.group", Type::tables, "A group of those whose claims meet all conditions.").range(0, 64),
    Row("issuer.group.name", Type::text,
        "The group's name. \"{1}\" in it is what the star stood for: with one path, and one '*' in each of its patterns.")
        .always()
        .range(1, 256),
    Row("issuer.group.when", Type::matches, "Claims that such a token has, each like one of its patterns; '*' is any text.")
        .always()
        .range(1, 16),

    Row("saml", Type::tables, "A SAML 2.0 identity provider whose signed assertions are believed.").range(0, 16),
    Row("saml.name", Type::name, "Its name in logs, metrics and records; no [[issuer]] has it.").always(),
    Row("saml.metadata_file", Type::path,
        "The provider's metadata: one EntityDescriptor, which says who it is and which keys sign. A changed file is used "
        "without a restart; both keys stand in it while the provider changes from one to the next.")
        .always(),
    Row("saml.audiences", Type::texts, "One of them must be in each AudienceRestriction.").always().range(1, 64),
    Row("saml.recipient", Type::text, "Must equal the Recipient of the assertion's SubjectConfirmationData.")
        .always()
        .range(1, 2048),
    Row("saml.groups_attribute", Type::text, "Name of the Attribute that holds the groups, each in an AttributeValue.")
        .range(1, 256)
        .absent("\"groups\"; with [[saml.group]], groups come by those rules alone"),
    Row("saml.group_prefix", Type::text, "Stands before the name of every group that this provider gives.")
        .or_else("\"\"")
        .range(0, 64),
    Row("saml.require", Type::matches,
        "Attributes that every assertion must have, by Name (\"NameID\" is the subject), with patterns: '*' is any text.")
        .range(1, 16)
        .absent("none"),
    Row("saml.record_attributes", Type::texts, "Attributes whose values are recorded in clear.").range(1, 16).absent("none"),
    Row("saml.leeway", Type::duration, "Difference of clocks that NotBefore, NotOnOrAfter and IssueInstant may have.")
        .or_else("\"30s\"")
        .range(0, 300 * kSecond),
    Row("saml.bearer_life", Type::duration,
        "How long after its IssueInstant an assertion may come with requests (Authorization: SAML); never beyond its own end.")
        .or_else("\"15m\"")
        .range(1 * kSecond, 15 * 60 * kSecond),
    Row("saml.exchange_life", Type::duration,
        "How long after its IssueInstant an assertion may be exchanged for a token; never beyond its own end.")
        .or_else("\"1h\"")
        .range(1 * kSecond, 24 * kHour),
    Row("saml.group", Type::tables, "A group that follows from attributes.").range(0, 64),
    Row("saml.group.name", Type::text, "The group; {1} is what the pattern's star stands for.").always().range(1, 256),
    Row("saml.group.when", Type::matches,
        "Attributes by Name (\"NameID\" is the subject), with patterns; all must hold, of each one value and one pattern.")
        .always()
        .range(1, 16),

    Row("token_exchange", Type::table,
        "Tokens of the gateway's own for SAML assertions (RFC 7522), on every listener; see docs/callers.md."),
    Row("token_exchange.issuer", Type::text, "URL of the gateway as an issuer: `iss` of its tokens. No [[issuer]] may have it.")
        .always()
        .range(1, 2048),
    Row("token_exchange.audience", Type::text, "`aud` of its tokens: the name of this gateway alone.")
        .range(1, 2048)
        .absent("token_exchange.issuer"),
    Row("token_exchange.path", Type::text, "Where assertions are exchanged (POST); no route gets this path.")
        .or_else("\"/oauth/token\"")
        .range(2, 256),
    Row("token_exchange.keys_path", Type::text, "Where the keys of its tokens are published as a JWKS (GET).")
        .or_else("\"/oauth/jwks\"")
        .range(2, 256),
    Row("token_exchange.lifetime", Type::duration, "Life of a token; it never outlives what its assertion allows.")
        .or_else("\"10m\"")
        .range(1 * kSecond, 1 * kHour),
    Row("token_exchange.rotation", Type::duration, "How long one key signs; at least `lifetime`.")
        .or_else("\"24h\"")
        .range(1 * kSecond, 90 * 24 * kHour),

    Row("origin", Type::tables, "A service behind the gateway.").always().range(1, 256),
    Row("origin.name", Type::name, "How rules refer to it.").always(),
    Row("origin.address", Type::address, "Where it listens; names are not resolved. Either this or addresses.")
        .absent("-"),
    Row("origin.addresses", Type::addresses,
        "Where it listens when there are several: they take turns, and one that cannot be reached rests for 5 s.")
        .range(1, 16)
        .absent("-"),
    Row("origin.host", Type::text, "Host field that is sent to it.")
        .range(1, 255)
        .absent("the first address; localhost for a Unix socket"),
    Row("origin.peer_users", Type::texts, "Unix: who may listen there, names or uids.").range(1, 64).absent("our own user, root"),
    Row("origin.tls", Type::boolean, "Speak TLS to it; its certificate is always verified.").or_else("false"),
    Row("origin.server_name", Type::text, "With tls: the name its certificate must have, sent as SNI.")
        .range(1, 253)
        .absent("-"),
    Row("origin.trust_file", Type::path, "With tls: PEM with the certificate authorities to trust.")
        .absent("the system's"),
    Row("origin.credential_header", Type::text, "Header field that carries the gateway's own credential.")
        .range(1, 64)
        .absent("none is presented"),
    Row("origin.credential_prefix", Type::text, "Stands before the credential in the field: \"Bearer \".")
        .or_else("\"\"")
        .range(0, 64),
    Row("origin.credential_file", Type::path,
        "File with the credential; only its owner may read it; a changed file is used without a restart.")
        .absent("-"),
    Row("origin.credential_name", Type::text,
        "Instead of credential_file: name of a systemd credential (LoadCredential=).")
        .range(1, 255)
        .absent("-"),

    Row("route", Type::tables,
        "Which requests go to which origin, by host and path; the most telling host, then the longest path counts. "
        "A request that takes none is refused. Without any route, rules name the origin.")
        .range(0, 256),
    Row("route.name", Type::name, "Its name in rules, logs, metrics and records.").always(),
    Row("route.hosts", Type::texts,
        "Hosts without port: \"chunks.example.org\", \"[::1]\", or \"*.example.org\" for all below it.")
        .range(1, 64)
        .absent("every host"),
    Row("route.path", Type::text, "Its paths begin with this one, by whole segments: \"/v1\" is not \"/v1x\".")
        .or_else("\"/\"")
        .range(1, 1024),
    Row("route.origin", Type::name, "Where its allowed requests go.").always(),
    Row("route.rewrite", Type::text, "What the origin gets in the place of `path`. Rules see the path before this.")
        .range(1, 1024)
        .absent("the path as it came"),
    Row("route.token_header", Type::text,
        "Field that carries the caller's token: bare, but as \"Bearer ...\" in Authorization. Two sources are refused.")
        .or_else("\"Authorization\"")
        .range(1, 64),
    Row("route.set_headers", Type::texts, "Fields that the origin gets, in place of the client's: \"X-Tenant: blue\".")
        .range(1, 64)
        .absent("none"),
    Row("route.remove_headers", Type::texts, "Fields of the client that the origin does not get.")
        .range(1, 64)
        .absent("none"),
    Row("route.refusals", Type::word, "Form of the gateway's own answers on this route.")
        .one_of(kRefusalShapes)
        .absent("gateway.refusals"),
    Row("route.duplicates", Type::word,
        "JSON on this route in which an object has a key twice, where guards or masks look: services read it differently.")
        .or_else("\"refuse\"")
        .one_of("refuse|allow"),
    Row("route.opaque_parts", Type::word,
        "Parts of multipart bodies that are no text (PDF, images, archives), where guards look: they see nothing of them.")
        .or_else("\"refuse\"")
        .one_of("refuse|allow"),
    Row("route.malformed", Type::word,
        "Requests on this route that say JSON and are none, where guards look: as text they see no escapes undone.")
        .or_else("\"refuse\"")
        .one_of("refuse|text"),
    Row("route.surrogates", Type::word,
        "JSON on this route with half of a surrogate pair (\\ud800), where guards or masks look.")
        .or_else("\"refuse\"")
        .one_of("refuse|allow"),
    Row("route.best_effort", Type::boolean,
        "Answers on this route that masks cannot read pass as they are, and are recorded as such; else they are refused.")
        .or_else("false"),
    Row("route.limits", Type::table, "Bounds of memory on this route, and of how long a slow body can hold it."),
    Row("route.limits.inspect_bytes", Type::size, "A body collected for guards, approval or masks.")
        .range(4 * kKiB, 1 * kGiB)
        .absent("limits.inspect_bytes"),
    Row("route.limits.body_bytes", Type::size, "A request body, inspected or not.")
        .range(1 * kKiB, 1024 * kGiB)
        .absent("limits.body_bytes"),
    Row("route.limits.queued_bytes", Type::size,
        "Waiting to be sent on one connection before its source is paused.")
        .range(kPieceBytes, 64 * kMiB)
        .absent("limits.queued_bytes"),
    Row("route.limits.body_rate", Type::size, "Bytes a second that must come of a body while it is waited for; 0 is no bound.")
        .range(0, 1 * kMiB)
        .absent("limits.body_rate"),
    Row("route.deadlines", Type::table, "Bounds of waiting on this route, from the moment that its head is read."),
    Row("route.deadlines.progress", Type::duration, "A body or a reader that moves nothing.")
        .range(10 * kMs, kHour)
        .absent("deadlines.progress"),
    Row("route.deadlines.connect", Type::duration, "Connecting to its origin, TLS included.")
        .range(10 * kMs, kHour)
        .absent("deadlines.connect"),
    Row("route.deadlines.answer", Type::duration,
        "From the last byte of a request to the head of the origin's answer.")
        .range(10 * kMs, 24 * kHour)
        .absent("deadlines.answer"),
    Row("route.deadlines.hold", Type::duration, "A request that waits for a person, in all.")
        .range(10 * kMs, 24 * kHour)
        .absent("deadlines.hold"),

    Row("guard", Type::tables,
        "A rule on requests. Needs patterns, or one of the tables below it; what one of its checks finds is a hit.")
        .range(0, 64),
    Row("guard.name", Type::name, "How rules refer to it.").always(),
    Row("guard.effect", Type::word, "What a hit leads to: refuse the request, ask a person, or only record it.")
        .or_else("\"block\"")
        .one_of("block|approve|tag"),
    Row("guard.messages", Type::words,
        "What it looks at; of answers at their bodies, which are then collected, and at header fields that it names.")
        .range(1, 2)
        .one_of("requests|answers")
        .absent("[\"requests\"]"),
    Row("guard.patterns", Type::texts, "Regular expressions (Hyperscan syntax), matched in one text at a time.")
        .range(0, 1000)
        .absent("none"),
    Row("guard.sets", Type::words, "Patterns that come with the gateway: credentials; commands that wipe what they are given to.")
        .range(1, 2)
        .one_of("secrets|destructive-commands")
        .absent("none"),
    Row("guard.confusables", Type::boolean,
        "Read look-alikes of ASCII letters (Cyrillic, Greek) as those, too, without upper and lower case.")
        .or_else("false"),
    Row("guard.case_sensitive", Type::boolean, "Whether upper and lower case differ for its patterns.").or_else("false"),
    Row("guard.look_in", Type::words, "Texts that patterns are matched in, besides header fields.")
        .range(1, 4)
        .one_of("values|keys|query|path")
        .absent("values, keys and query; none of these with headers alone"),
    Row("guard.headers", Type::texts, "Header fields whose values patterns are matched in.").range(1, 64).absent("none"),
    Row("guard.fields", Type::texts, "Pointers (\"/a/*/b\", \"/**/c\"): patterns look at these values, and what is in them, alone.")
        .range(1, 256)
        .absent("all"),
    Row("guard.statements", Type::table,
        "SQL, read by PostgreSQL's parser; other dialects by their tokens. What cannot be told is refused."),
    Row("guard.statements.commands", Type::texts, "Pointers to fields that hold statements: always judged.")
        .range(0, 256)
        .absent("none"),
    Row("guard.statements.documents", Type::texts, "Pointers to fields that hold text of documents: never judged.")
        .range(0, 256)
        .absent("none"),
    Row("guard.statements.anywhere", Type::boolean,
        "Judge every other text, too, when it is as a whole a complete destructive statement.")
        .or_else("true"),
    Row("guard.statements.read", Type::word, "Statements that only read.").or_else("\"pass\"").one_of("pass|approve|block"),
    Row("guard.statements.write", Type::word, "Rows that are put in, or changed under a condition.")
        .or_else("\"pass\"")
        .one_of("pass|approve|block"),
    Row("guard.statements.delete", Type::word, "Rows that are deleted under a condition.")
        .or_else("\"approve\"")
        .one_of("pass|approve|block"),
    Row("guard.statements.merge", Type::word, "MERGE under a condition.").or_else("\"approve\"").one_of("pass|approve|block"),
    Row("guard.statements.schema", Type::word, "Changes of tables, indexes and the like.")
        .or_else("\"block\"")
        .one_of("pass|approve|block"),
    Row("guard.statements.privilege", Type::word, "GRANT, REVOKE, roles and owners.")
        .or_else("\"block\"")
        .one_of("pass|approve|block"),
    Row("guard.statements.unknown", Type::word, "What nobody can tell: too long, too complex, read differently by dialects.")
        .or_else("\"block\"")
        .one_of("pass|approve|block"),
    Row("guard.statements.incomplete", Type::word, "Of another dialect: judged by its tokens, so that it may do more.")
        .or_else("\"block\"")
        .one_of("pass|approve|block"),
    Row("guard.statements.allow", Type::words, "Forms that are refused although their effect is let pass, unless they stand here.")
        .range(1, 10)
        .one_of("unbounded|truncate|drop|grant|program|file|opaque|several|cte_write|listed_function")
        .absent("none"),
    Row("guard.statements.tables", Type::texts, "Tables that may be changed: \"docs\", \"docs_*\", \"public.docs\", \"*.docs\".")
        .range(1, 256)
        .absent("any"),
    Row("guard.shape", Type::tables, "What must hold of the JSON document; a body that is none is as an empty one.")
        .range(0, 64),
    Row("guard.shape.at", Type::texts,
        "Pointers to the values that it is about: \"/ids\", \"/docs/*/id\", \"/**/url\"; \"#\" is the document.")
        .always()
        .range(1, 64),
    Row("guard.shape.present", Type::boolean, "At least one is there; null counts as missing.").or_else("false"),
    Row("guard.shape.absent", Type::boolean, "None is there, null neither.").or_else("false"),
    Row("guard.shape.some", Type::boolean,
        "With wildcards: the rest need hold of one of the values, not of each.")
        .or_else("false"),
    Row("guard.shape.types", Type::words, "Each value is of one of these types.")
        .range(1, 7)
        .one_of("string|number|integer|boolean|array|object|null")
        .absent("any"),
    Row("guard.shape.non_empty", Type::boolean, "It is there and not empty.").or_else("false"),
    Row("guard.shape.min", Type::integer, "Least characters of a string, elements of an array, members of an object.")
        .range(0, 1'000'000'000)
        .absent("none"),
    Row("guard.shape.max", Type::integer, "Most of them.").range(0, 1'000'000'000).absent("none"),
    Row("guard.shape.in", Type::texts, "Each value is one of these; numbers, true, false and null by their JSON text.")
        .range(1, 256)
        .absent("any"),
    Row("guard.shape.not_in", Type::texts, "No value is one of these, compared as a careless service would.")
        .range(1, 256)
        .absent("none"),
    Row("guard.shape.only", Type::texts, "An object has no other members than these.").range(0, 256).absent("any"),
    Row("guard.addresses", Type::table,
        "Addresses to which payload could leave past the gateway: what is not listed is refused, private ranges too."),
    Row("guard.addresses.fields", Type::texts, "Pointers to fields that hold an address.").range(0, 256).absent("none"),
    Row("guard.addresses.anywhere", Type::boolean, "Look at every other text that is as a whole a URL, too.").or_else("false"),
    Row("guard.addresses.hosts", Type::texts, "Hosts: \"example.org\", \"*.example.org\"; \"*\" is any public one.")
        .range(0, 1000)
        .absent("none"),
    Row("guard.addresses.schemes", Type::texts, "Schemes in lower case; \"data\" allows data: URLs.")
        .range(1, 32)
        .absent("[\"https\"]"),
    Row("guard.addresses.ports", Type::texts, "Ports besides the scheme's own.").range(1, 64).absent("none"),
    Row("guard.addresses.networks", Type::texts, "Ranges for addresses that are written as numbers.").range(1, 256).absent("none"),
    Row("guard.addresses.buckets", Type::texts, "Buckets of s3://, gs:// and the like; * stands for any text.")
        .range(1, 256)
        .absent("none"),
    Row("guard.bulk", Type::table, "The body is one of Elasticsearch's _bulk: what else it is, is refused."),
    Row("guard.bulk.deletes", Type::integer, "Documents that one body may delete.").or_else("0").range(0, 1'000'000),
    Row("guard.bulk.lines", Type::integer, "Lines that one body may have.").or_else("100000").range(1, 10'000'000),
    Row("guard.bulk.scripts", Type::boolean, "Whether updates may bring a script, which can delete what it likes.")
        .or_else("false"),

    Row("detector", Type::tables, "A kind of value of one's own, which masks find: what a pattern matches, or the words of a list.")
        .range(0, mask::kCustomDetectorsMax),
    Row("detector.name", Type::name, "How masks refer to it: small letters, digits and '_'.").always(),
    Row("detector.pattern", Type::text, "Regular expression (PCRE) of the value. Either this or words.").range(1, 4096).absent("-"),
    Row("detector.words", Type::texts, "Deny list: the values themselves.").range(1, mask::kCustomWordsMax).absent("-"),
    Row("detector.case_sensitive", Type::boolean, "Whether letters must have the case that pattern and words have.")
        .or_else("false"),
    Row("detector.whole_words", Type::boolean, "With words: no letter, digit or '_' stands beside the value.").or_else("true"),
    Row("detector.checksum", Type::word, "What the digits of a value must fulfil.")
        .or_else("\"none\"")
        .one_of("none|luhn|mod97|mod11"),
    Row("detector.nearby", Type::texts, "One of these must stand beside the value, or in the name of its field.")
        .range(1, 64)
        .absent("nothing need"),
    Row("detector.distance", Type::integer, "Bytes that may stand between the value and such a word.")
        .or_else("40")
        .range(1, mask::kNearbyMax),

    Row("mask", Type::tables, "A rule on answers: what the caller may not see. Needs fields or detectors.")
        .range(0, 64),
    Row("mask.name", Type::name, "How rules refer to it.").always(),
    Row("mask.fields", Type::texts, "Paths of values to mask: \"chunks[*].metadata.author_email\".")
        .range(0, 1000)
        .absent("none"),
    Row("mask.detectors", Type::names,
        "Kinds of values to find anywhere: a detector, a set (default, all, personal, network, secrets), or the name of a "
        "[[detector]]. All of them stand in docs/masks.md.")
        .range(0, 64)
        .absent("none"),
    Row("mask.joined", Type::texts,
        "Paths of texts that go on from one element of a list to the next, besides those known by name (text, content, ...): a "
        "value cut in two there is found.")
        .range(0, 64)
        .absent("none"),
    Row("mask.method", Type::word,
        "What stands in place of a value: a note (redact), a part of it (partial), a keyed hash (hash), nothing (drop), null, or "
        "`text` (replace).")
        .or_else("\"redact\"")
        .one_of("redact|partial|hash|drop|null|replace"),
    Row("mask.text", Type::text, "With replace: what stands instead of a value.")
        .range(0, mask::kReplaceMax)
        .absent("-"),
    Row("mask.hash_key_file", Type::path,
        "With hash: file with the key (32 bytes or more, 0600). Whoever has it can try out values.")
        .absent("-"),
    Row("mask.purpose", Type::text, "With hash: the same value gets another hash for every purpose; alike, tables can be joined.")
        .range(1, 128)
        .absent("none"),
    Row("mask.tenant", Type::text, "With hash: the same value gets another hash for every tenant.")
        .range(1, 128)
        .absent("none"),

    Row("rule", Type::tables,
        "One line of policy. Nothing is allowed that no rule allows; deny beats approve beats allow.")
        .range(0, 1024),
    Row("rule.name", Type::name, "Its name in logs, metrics and records.").always(),
    Row("rule.effect", Type::word, "Let it pass, refuse it, or hold it until a person approves.")
        .always()
        .one_of("allow|deny|approve"),
    Row("rule.groups", Type::texts, "Callers in one of these groups; \"*\" is any verified caller.")
        .always()
        .range(1, 256),
    Row("rule.methods", Type::words, "Request methods.")
        .range(1, 7)
        .one_of("GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS")
        .absent("all"),
    Row("rule.paths", Type::texts,
        "Path patterns: literal, \"*\" one segment, \"**\" the rest (last only; none, too). The query is not "
        "part of the path.")
        .range(1, 256)
        .absent("all"),
    Row("rule.routes", Type::names, "Routes that a request must take one of.").range(1, 256).absent("all"),
    Row("rule.sources", Type::texts, "Address ranges that the client must be in: \"10.0.0.0/8\", \"::1\", \"unix\".")
        .range(1, 256)
        .absent("all"),
    Row("rule.sender", Type::word,
        "bound: only who is bound to the client certificate of the connection passes, whatever other rules allow.")
        .or_else("\"any\"")
        .one_of("any|bound"),
    Row("rule.origin", Type::name,
        "Where an allowed request goes; not with deny. With [[route]]: only requests whose route leads there.")
        .absent("-"),
    Row("rule.guards", Type::names, "Guards that the request's body and query must pass.").range(0, 64).absent("none"),
    Row("rule.masks", Type::names, "Masks that are laid over the answer.").range(0, 64).absent("none"),
    Row("rule.cache", Type::word,
        "Cache-Control of answers with masks: \"private, no-store\" (none), or what the origin says (origin).")
        .or_else("\"none\"")
        .one_of("none|origin"),
    Row("rule.record", Type::word,
        "What is kept: all (full); what the client got, and keyed digests of the rest (masked); all but the bodies (heads); keyed "
        "digests of heads and bodies alone (digest). Of several rules the one that keeps most says it.")
        .or_else("\"full\"").one_of("full|masked|heads|digest"),
    Row("rule.commit", Type::word,
        "When records survive a loss of power: within records.commit_interval (interval), or before the answer leaves (now).")
        .or_else("\"interval\"").one_of("interval|now"),
    Row("rule.compress", Type::word, "Bodies in records are compressed: what they take on disk against time of the worker.")
        .or_else("\"none\"").one_of("none|zstd"),
};

std::string amount(const Key& key, uint64_t value) {
  if (key.type == Type::size) return format_size(value);
  if (key.type == Type::duration) return format_duration(value);
  return std::to_string(value);
}

std::string between(const Key& key, const char* unit) {
  return amount(key, key.least) + " to " + amount(key, key.most) + unit;
}

std::string quoted_words(const Key& key) {
  std::string text;
  for (const ByteView word : split_words(key.words)) {
    if (!text.empty()) text += ", ";
    text += '"';
    text += word;
    text += '"';
  }
  return text;
}

}  // namespace

std::span<const Key> keys() { return kKeys; }

const Key* find_key(ByteView path) {
  const auto found =
      std::find_if(std::begin(kKeys), std::end(kKeys), [&](const Key& key) { return key.path == path; });
  return found == std::end(kKeys) ? nullptr : found;
}

std::vector<ByteView> names_in(ByteView parent) {
  std::vector<ByteView> names;
  for (const Key& key : kKeys)
    if (key.parent() == parent) names.push_back(key.name());
  return names;
}

std::vector<ByteView> split_words(ByteView words) {
  std::vector<ByteView> out;
  while (!words.empty()) {
    const size_t end = std::min(words.find('|'), words.size());
    out.push_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

std::string header_of(ByteView path) {
  const Key* key = find_key(path);
  if (key == nullptr) return "the top level";
  return key->type == Type::tables ? "[[" + std::string(path) + "]]" : "[" + std::string(path) + "]";
}

std::string type_text(const Key& key) {
  switch (key.type) {
    case Type::table: return "table";
    case Type::tables: return "list of tables";
    case Type::boolean: return "true or false";
    case Type::integer: return "integer";
    case Type::size: return "size";
    case Type::duration: return "duration";
    case Type::text: return "text";
    case Type::name: return "name";
    case Type::word: return "word";
    case Type::address: return "address";
    case Type::path: return "path";
    case Type::texts: return "list of texts";
    case Type::names: return "list of names";
    case Type::words: return "list of words";
    case Type::addresses: return "list of addresses";
    case Type::matches: return "table of patterns by path";
  }
  return {};
}

std::string range_text(const Key& key) {
  switch (key.type) {
    case Type::boolean:
    case Type::table:
    case Type::address: return {};
    case Type::tables: return between(key, "");
    case Type::integer:
    case Type::size:
    case Type::duration: return between(key, "");
    case Type::text: return between(key, " bytes");
    case Type::path: return "1 to 4096 bytes";
    case Type::name: return "1 to 64 of a-z A-Z 0-9 . _ -";
    case Type::word: return quoted_words(key);
    case Type::words: return "of " + quoted_words(key);
    case Type::texts:
    case Type::names:
    case Type::addresses: return between(key, " entries");
    case Type::matches: return between(key, " paths");
  }
  return {};
}

std::string default_text(const Key& key) {
  if (key.required) return "required";
  if (!key.fallback.empty()) return std::string(key.fallback);
  return std::string(key.otherwise);
}

}  // namespace gatehouse::config
