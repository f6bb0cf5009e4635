// Keys of what becomes of requests: [[origin]], [[route]], [[guard]], [[detector]], [[mask]], [[rule]].
#include "base/limits.h"
#include "config/key_row.h"
#include "config/refusal_shape.h"
#include "detect/custom.h"
#include "mask/mask.h"

namespace gatehouse::config {
namespace {

constexpr Key kRuleKeys[] = {
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
    Row("route.set_headers", Type::texts,
        "Fields that the origin gets, in place of the client's: \"X-Tenant: blue\", or what was verified: \"X-User: {subject}\", "
        "{issuer}, {groups}, {address}, {scheme} or {host}.")
        .range(1, 64)
        .absent("none"),
    Row("route.remove_headers", Type::texts, "Fields of the client that the origin does not get.")
        .range(1, 64)
        .absent("none"),
    Row("route.tenant", Type::name,
        "Whose its exchanges are: their records are sealed with this tenant's secret, too. All requests on the route, refused ones "
        "and those of unknown callers as well.")
        .absent("nobody's"),
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
        .range(1, 12)
        .one_of("unbounded|truncate|drop|grant|program|file|opaque|several|cte_write|listed_function|quoted|unproven")
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
        .range(0, detect::kCustomDetectorsMax),
    Row("detector.name", Type::name, "How masks refer to it: small letters, digits and '_'.").always(),
    Row("detector.pattern", Type::text, "Regular expression (PCRE) of the value. Either this or words.").range(1, 4096).absent("-"),
    Row("detector.words", Type::texts, "Deny list: the values themselves.").range(1, detect::kCustomWordsMax).absent("-"),
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
        .range(1, detect::kNearbyMax),

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

}  // namespace

std::span<const Key> rule_keys() { return kRuleKeys; }

}  // namespace gatehouse::config
