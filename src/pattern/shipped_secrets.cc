// Credentials. Most have a prefix that their vendor chose so that they can be found; the rest are found by the name that
// they are assigned to. Examples are invented, and written in pieces so that scanners of source code pass over them.
#include "pattern/shipped.h"

// What stands between a name and its value, and a value that is no word: it has a digit near its begin.
#define IS R"(["'`\]]?\s{0,3}(?:=>|:=|\|\|:|={1,2}|:|,)\s{0,3}["'`\[]?)"
#define VALUE R"([a-z_\-+/.]{0,20}\d[\w\-+/.=]{7,})"
#define SHORT_VALUE R"([a-z_\-+/.]{0,20}\d[\w\-+/.=]{7})"
#define NAMED R"((?:api|access|auth|client|secret|private|signing|encryption|consumer|shared|admin|service)" \
  R"(|account|license|app|deploy|master|bearer|refresh|session)[_\-. ]{0,2}(?:key|token|secret|password)" \
  R"(|passwd)[\w.\-]{0,12})"
#define VENDOR R"(\b(?:adafruit|adobe|airtable|algolia|alibaba|aliyun|asana|atlassian|confluence|jira|beamer)" \
  R"(|bitbucket|bittrex|meraki|clojars|cloudflare|codecov|cohere|coinbase|confluent|contentful|datadog|discord)" \
  R"(|drone(?:ci)?|dropbox|duffel|etsy|facebook|fastly|finicity|finnhub|flickr|freshbooks|gitter|gocardless|heroku)" \
  R"(|hubspot|intercom|jfrog|artifactory|kraken|kucoin|launchdarkly|linear|linkedin|lob|looker|mailchimp|mailgun)" \
  R"(|mapbox|mattermost|messagebird|netlify|newrelic|new[_\-. ]relic|nytimes|okta|plaid|privateai|private[_\-. ]ai)" \
  R"(|rapidapi|sendbird|sentry|snyk|square|squarespace|sumo(?:logic)?|telegram|travis|trello|twilio|twitch|twitter)" \
  R"(|typeform|yandex|zendesk)[\w.\- ]{0,20}(?:key|token|secret|access|client|cookie|password|[_\- ](?:id|sid|pat|api)" \
  R"(|auth))[\w.\-]{0,15})"
#define D16 "0123456789" "abcdef"
#define D32 D16 D16

namespace gatehouse::pattern {
namespace {

constexpr ShippedPattern kPatterns[] = {
    {"private-key", R"(-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr]){0,8}[A-Za-z0-9+/]{4})", false,
     "-----BEGIN RSA " "PRIVATE KEY-----\nMIIEowIBAAKCAQEA", "it begins with -----BEGIN PRIVATE KEY----- and ends",
     R"(PRIVATE KEY)"},
    {"age-key", R"(\bAGE-SECRET-KEY-1[02-9A-HJ-NP-Z]{58})", true,
     "AGE-SECRET-" "KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ", "AGE-SECRET-KEY-1 and more",
     R"(AGE-SECRET-K)"},
    {"password-in-url", R"(://[\w.%+!~*\-]{0,64}:[\w.%+!~*&=;,^()\-]{3,128}@[\w\[])", false,
     "postgres://app:s3cr" "etpw@db.internal/x", "https://example.org:8443/a@b",
     R"(:[\w.%+!~*&=;,^()\-]{3,128}@[\w\[])"},
    {"authorization", R"(\bauthorization["']?\s{0,3}[:=]\s{0,3}["']?(?:bearer|basic|token)\s+[\w~+/.\-]{16})", true,
     "curl -H 'Authorization: Bearer " D16 "'", "Authorization: Bearer <token>",
     R"(\bauthorization["']?\s{0,3}[:=])", 1},
    {"curl-user", R"(\bcurl\s(?:[ -~\t]*\s)?(?:-u|--user)[= ]?["']?[\w.%+@\-]{1,64}:[\w.%+!~*@\-]{3})", false,
     "curl -u admin:" "hunter22 https://a.example", "curl -u USER https://a.example"},
    {"jwt", R"(\beyJ[A-Za-z0-9]{13,}\.eyJ[\w\-/]{14,}\.[\w\-/]{10,})", false,
     "eyJhbGciOiJIUzI1NiJ9" ".eyJzdWIiOiIxMjM0NTY3ODkwIn0" ".c2lnbmF0dXJlMTIz", "eyJhbGciOiJIUzI1NiJ9",
     R"(\.eyJ)"},
    {"jwt-in-base64", R"(\bZXlK[A-Za-z0-9+/_\-]{60,})", false, "ZXlK" D32 D32, "ZXlKaGJH"},
    {"kubernetes-secret", R"(\bkind:[ \t]*["']?Secret["']?\s[ -~\s]{0,200})"
     R"(\bdata:\s{1,8}[\w.\-]{1,60}:[ \t]{1,8}["']?[\w+/=]{8})", false,
     "kind: Secret\nmetadata:\n  name: a\ndata:\n  password: " "aHVudGVyMjI=", "kind: Secret\nmetadata:\n  name: a\n",
     R"(kind:[ \t]*["']?Secret)"},
    // Clouds.
    {"aws-access-key", R"(\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b)", false, "AKIA" "IOSFODNN7EXAMPLE",
     "AKIARIA and ASIATICUS"},
    {"aws-secret-key", R"(\b(?:aws|amazon)\w{0,20}[_\-. ]?(?:secret|sk)[\w\-. ]{0,20})" IS R"([A-Za-z0-9/+]{40})", true,
     "aws_secret_access_key = wJalrXUtnFEMIK7MDENG" "bPxRfiCYEXAMPLEKEY00", "aws secret access key: ask",
     R"(\b(?:aws|amazon)\w{0,20}[_\-. ]?(?:secret|sk))"},
    {"aws-bedrock", R"(\b(?:ABSK[A-Za-z0-9+/]{80}|bedrock-api-key-[A-Za-z0-9+/]{16}))", false, "bedrock-api-key-"
     "YmVkcm9jay5hbWF6", "bedrock-api-key"},
    {"google-key", R"(\bAIza[\w\-]{35})", false, "AIza" D32 "_-1", "AIza"},
    {"google-oauth", R"(\b(?:ya29\.[\w\-]{20}|GOCSPX-[\w\-]{20}))", false, "GOCSPX-" D16 "abcdefghijkl", "GOCSPX"},
    {"azure-secret", R"([\w~.]{3}\dQ~[\w~.\-]{31})", false, "abc8Q~" D16 "abcdefghijklmno", "8Q~ is short",
     R"(Q~[\w~.\-]{31})"},
    {"azure-storage", R"(\b(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{43})", true, "AccountKey=" D32 D16, "AccountKey=..."},
    {"alibaba-key", R"(\bLTAI[A-Za-z0-9]{12,26}\b)", false, "LTAI" D16 "0123", "LTAI"},
    {"digitalocean", R"(\bdo[opr]_v1_[0-9a-f]{64})", false, "dop_v1_" D32 D32, "dop_v1_",
     R"(_v1_[0-9a-f]{64})"},
    {"yandex", R"(\b(?:t1\.[\w\-]{6,}={0,2}\.[\w\-]{86}|AQVN[\w\-]{35}|YC[A-Za-z0-9_\-]{38}\b))", false, "AQVN" D32 "abc",
     "YCombinator"},
    {"heroku-v2", R"(\bHRKU-AA[\w\-]{58})", false, "HRKU-AA" D32 D16 "0123456789", "HRKU-AA"},
    {"flyio", R"(\b(?:fo1_[\w\-]{43}|fm[12][ar]?_[\w+/]{80}))", false, "fo1_" D32 "abcdefghijk", "fo1_a",
     R"(\b(?:fo1_|fm1|fm2))"},
    {"databricks", R"(\bdapi[0-9a-f]{32})", false, "dapi" D32, "dapifer"},
    {"dynatrace", R"(\bdt0c01\.[a-z0-9]{24}\.[a-z0-9]{64})", true, "dt0c01." D16 "01234567." D32 D32, "dt0c01.x"},
    {"terraform", R"(\.atlasv1\.[\w\-=]{60})", true, "abcdefghij0123" ".atlasv1." D32 D32, "atlasv1"},
    {"vault", R"(\b(?:hvs\.[\w\-]{60}|hvb\.[\w\-]{80}|hvr\.[\w\-]{60}))", false, "hvs." D32 D32, "hvs.x"},
    {"cloudflare-origin", R"(\bv1\.0-[0-9a-f]{24}-[0-9a-f]{146})", false,
     "v1.0-" D16 "01234567-" D32 D32 D32 D32 D16 "01", "v1.0-rc"},
    {"openshift", R"(\bsha256~[\w\-]{43})", false, "sha256~" D32 "abcdefghijk", "sha256~x"},
    {"doppler", R"(\bdp\.(?:pt|st|ct|sa|scim|audit)\.[\w.\-]{40})", true, "dp.pt." D32 "abcdefghijk", "dp.pt",
     R"(\bdp\.[a-z]{2})"},
    {"fixed-cloud-prefix", R"(\b(?:glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/]{32}|pul-[0-9a-f]{40}|pscale_(?:tkn)"
     R"(|oauth|pw)_[\w=.\-]{32}|pnu_[a-z0-9]{36}|tk-us-[\w\-]{48}|dnkey-[\w=\-]{26}-[\w=\-]{52}|ico-[A-Za-z0-9]{32})"
     R"(|4b1d[A-Za-z0-9]{38}|sm_[aps]at_[A-Za-z0-9]{16}))",
     false, "pul-" D32 "01234567", "pul-sar", {}, 1},
    {"grafana-api-key", R"(\beyJrIjoi[A-Za-z0-9]{60,})", false, "eyJrIjoi" D32 D32, "eyJrIjoi"},
    // Code and packages.
    {"github", R"(\b(?:gh[opsur]_[A-Za-z0-9]{36}|github_pat_\w{60}))", false, "ghp_" D32 "abcd", "ghp_short", {}, 1},
    {"gitlab", R"(\b(?:gl(?:pat|dt|ft|ffct|imt|agent|oas|ptt|rtr?|cbt|soat|wt)-[\w.\-]{20}|gloas-[0-9a-f]{64})"
     R"(|GR1348941[\w\-]{20}|_gitlab_session=[0-9a-z]{32}))",
     false, "glpat-" D16 "abcd", "glpat-x", {}, 1},
    {"bitbucket-app", R"(\bATBB[A-Za-z0-9]{32})", false, "ATBB" D32, "ATBB"},
    {"atlassian", R"(\bATATT3[\w\-=]{60})", false, "ATATT3" D32 D32, "ATATT3"},
    {"npm", R"(\bnpm_[A-Za-z0-9]{36})", false, "npm_" D32 "abcd", "npm_config_registry"},
    {"pypi", R"(\bpypi-AgE[\w\-]{50})", false, "pypi-AgEIcHlwaS5vcmc" D32 D16, "pypi-AgE"},
    {"rubygems", R"(\brubygems_[0-9a-f]{48})", false, "rubygems_" D32 D16, "rubygems_x"},
    {"clojars", R"(\bCLOJARS_[a-z0-9]{60})", true, "CLOJARS_" D32 D16 "0123456789ab", "CLOJARS_x"},
    {"nuget-password", R"(<add key="(?:ClearText)?Password"\s+value="[^"$%]{6,}")", true,
     "<add key=\"ClearTextPassword\" value=\"hunter" "22\"", "<add key=\"Password\" value=\"%PW%\"",
     R"(Password")"},
    {"artifactory", R"(\b(?:AKCp[A-Za-z0-9]{69}|cmVmd[A-Za-z0-9]{59}))", false, "AKCp" D32 D32 "abcde", "AKCp"},
    {"sonar-sourcegraph", R"(\b(?:sq[upa]_[a-z0-9]{40}|sgp_(?:[0-9a-f]{16}_|local_)?[0-9a-f]{40}))", true,
     "squ_" D32 "01234567", "squ_x", {}, 1},
    {"bundler", R"(\bBUNDLE_(?:ENTERPRISE|GEMS)__CONTRIBSYS__COM\W{1,5}[0-9a-f]{8}:[0-9a-f]{8})", true,
     "BUNDLE_GEMS__CONTRIBSYS__COM=01234567:" "89abcdef", "BUNDLE_GEMS__CONTRIBSYS__COM"},
    {"octopus", R"(\bAPI-[A-Z0-9]{26}\b)", false, "API-" "0123456789ABCDEFGHIJKLMNOP", "API-KEY"},
    {"dev-tool-prefix", R"(\b(?:lin_api_[A-Za-z0-9]{40}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|rdme_[a-z0-9]{70})"
     R"(|ntn_[0-9]{11}[A-Za-z0-9]{35}|fio-u-[\w\-=]{64}|sntry[su]_[\w+/=\-]{60}|tfp_[\w.=\-]{59}|p8e-[A-Za-z0-9]{32})"
     R"(|NR(?:AK|II|JS|IQ)-[\w\-]{19}|s-s4t2(?:ud|af)-[0-9a-f]{64}|phc_[A-Za-z0-9]{40}))",
     false, "lin_api_" D32 "01234567", "NRAK-x and lin_api_y", {}, 1},
    {"harness", R"(\b[ps]at\.[\w\-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20})", false,
     "pat." D16 "abcdef." D16 "01234567." D16 "abcd", "pat.x"},
    {"airtable-personal", R"(\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64})", false, "patabcdefgh012345." D32 D32, "pattern.of", {}, 1},
    {"authress", R"(\b(?:sc|ext|scauth)"
     R"(|authress)_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_\-][a-z0-9\-]{10,32}\.[\w+/=\-]{30})", true,
     "sc_abcde0.ab12.acc_abcdefghij0." D32, "sc_abcde0.ab12"},
    // Messages, payments, people.
    {"slack", R"(\b(?:xox[abeoprs]-[\w\-]{10}|xoxe\.xox[bp]-\d-[\w\-]{10}|xapp-\d-[A-Z0-9]{4,}-\d{4,}-[a-z0-9]{8}))", true,
     "xoxb-" "123456789012-abcdef", "xoxb-",
     R"(xox[a-z]|xapp-)"},
    {"webhook", R"((?:hooks\.slack\.com/(?:services|workflows|triggers)/[\w+/]{30})"
     R"(|webhook\.office\.com/webhookb2/[0-9a-f\-]{36}@|discord(?:app)?\.com/api/webhooks/\d{15,20}/[\w\-]{40}))",
     true, "https://hooks.slack" ".com/services/T00000000/B00000000/abcdefghijkl", "hooks.slack.com/services",
     R"(hooks\.slack|/webhookb2|api/webho)"},
    {"stripe", R"(\b(?:[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10}|whsec_[A-Za-z0-9+/]{24}))", false, "sk_" "live_" D16,
     "sk_live_x",
     R"(k_(?:live|test|prod)_|whsec_)"},
    {"openai", R"(\bsk-[\w\-]{8,120}T3BlbkFJ[\w\-]{8})", false, "sk-" D16 "abcdT3Blbk" "FJ" D16, "sk-learn"},
    {"model-service", R"(\b(?:sk-ant-[a-z0-9]{2,10}-[\w\-]{20}|hf_[A-Za-z]{34}\b|api_org_[A-Za-z]{34}\b)"
     R"(|pplx-[A-Za-z0-9]{48}|gsk_[A-Za-z0-9]{48}|r8_[A-Za-z0-9]{37}))", false,
     "sk-ant-" "api03-" D32, "sk-antenna and hf_hub_download", {}, 1},
    {"sendgrid", R"(\bSG\.[\w\-=.]{60})", true, "SG." D16 "abcdef." D32 "abcdefghijk", "SG.x"},
    {"sendinblue", R"(\bxkeysib-[0-9a-f]{64}-[a-z0-9]{16})", true, "xkeysib-" D32 D32 "-" D16, "xkeysib"},
    {"mailgun", R"(\b(?:pub)?key-[0-9a-f]{32}\b)", false, "key-" D32, "key-value"},
    {"mailchimp", R"([0-9a-f]{32}-us\d{1,2}\b)", false, D32 "-us12", "0abc-us1",
     R"(\w-us)"},
    {"twilio", R"(\bSK[0-9a-fA-F]{32}\b)", false, "SK" D32, "SKU"},
    {"telegram", R"(\b\d{5,16}:A[\w\-]{34}\b)", false, "123456789:A" D32 "ab", "12:Ab"},
    {"shopify", R"(\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32})", false, "shpat_" D32, "shpat_x",
     R"(\bshp[a-z]{2}_)"},
    {"square", R"(\b(?:EAAA[\w\-+=]{22}|sq0(?:atp|csp|idp)-[\w\-]{22}))", false, "sq0atp-" D16 "abcdef", "sq0atp",
     R"(EAA|sq0)"},
    {"meta", R"(\bEAA[MC][A-Za-z0-9]{90})", false, "EAAM" D32 D32 D32, "EAAM",
     R"(EAA)"},
    {"payment-prefix", R"(\b(?:FLW(?:PUBK|SECK)_TEST-[0-9a-h]{12}|shippo_(?:live|test)_[0-9a-f]{40}|duffel_(?:test)"
     R"(|live)_[\w\-=]{43}|EZ[AT]K[A-Za-z0-9]{54}|live_[\w\-=]{40}|(?:live|test)_(?:pub_)?[0-9a-f]{31,35}\b)"
     R"(|access-(?:sandbox|development|production)-[0-9a-f\-]{36}))",
     false, "shippo_live_" D32 "01234567", "live_update", {}, 1},
    {"braintree", R"(\baccess_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32})", false,
     "access_token$" "production$" D16 "$" D32, "access_token$production"},
    {"freemius", R"(["']secret_key["']\s*=>\s*["']sk_\S{29})", true, "'secret_key' => 'sk_" D16 "abcdefghijklm'",
     "'secret_key' => ''",
     R"(secret_key["']\s*=>)"},
    {"onepassword", R"(\b(?:ops_eyJ[A-Za-z0-9+/]{100}|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11})"
     R"(|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}))", false,
     "A3-ABC123-ABCDEF01234-" "AB123-CD456-EF789", "A3-paper"},
    {"map-and-social", R"(\b(?:[ps]k\.[a-z0-9]{60}\.[a-z0-9]{22}|[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk\b)"
     R"(|A{22}[A-Za-z0-9%]{80}|sl\.[\w\-=]{130}))", true,
     "pk." D32 D16 "0123456789ab." D16 "abcdef", "pk.x"},
    {"contribsys-url", R"(://[0-9a-f]{8}:[0-9a-f]{8}@(?:gems|enterprise)\.contribsys\.com)", true,
     "https://01234567:" "89abcdef@gems.contribsys.com", "https://gems.contribsys.com",
     R"(contribsys)", 1},
    // Names that say what they are.
    {"named-credential", NAMED IS VALUE, true,
     "export API_KEY=" D16, "api key: see the manual",
     NAMED IS SHORT_VALUE},
    {"vendor-credential", VENDOR IS VALUE, true,
     "ALGOLIA_API = " D32, "Twitter client: none",
     VENDOR IS SHORT_VALUE},
    {"quoted-password", R"((?:password|passwd|passphrase)["']?\s{0,3}(?:=>|:=|=)"
     R"(|:)\s{0,3}["'][\w!#&()*+,\-./:;=?@^|~]{6})", true,
     "db_password = \"hunt" "er22\"", "password: \"<yours>\""},
};

}  // namespace

std::span<const ShippedPattern> secrets() { return kPatterns; }

}  // namespace gatehouse::pattern
