// Keys of callers: [[listener]], [[issuer]], [[saml]], [token_exchange].
#include "config/key_row.h"
#include "identity/identity.h"

namespace gatehouse::config {
namespace {

constexpr Key kCallerKeys[] = {
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
};

}  // namespace

std::span<const Key> caller_keys() { return kCallerKeys; }

}  // namespace gatehouse::config
