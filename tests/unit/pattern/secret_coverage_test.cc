// How many of the rules that public scanners have by name find what ours find: an invented example for each rule id.
#include <gtest/gtest.h>

#include "pattern/database.h"
#include "pattern/shipped.h"

namespace gatehouse::pattern {
namespace {

constexpr size_t kCoveredAtLeast = 220;  // of 221: a number, | and 27 characters would cost more than all other patterns

/// `count` characters of an alphabet, digits among the first.
std::string of(ByteView alphabet, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += alphabet[(i * 7 + 3) % alphabet.size()];
  return text;
}
std::string hex(size_t count) { return of("0123456789abcdef", count); }
std::string low(size_t count) { return of("0123456789abcdefghijklmnopqrstuvwxyz", count); }
std::string up(size_t count) { return of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", count); }
std::string any(size_t count) { return of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", count); }
std::string letters(size_t count) { return of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", count); }
std::string uuid() { return hex(8) + "-" + hex(4) + "-" + hex(4) + "-" + hex(4) + "-" + hex(12); }
std::string named(ByteView name, const std::string& value) { return std::string(name) + " = \"" + value + "\""; }

struct Rule {
  const char* id;
  std::string example;
};

std::vector<Rule> with_a_format() {
  return {
      {"1password-secret-key", "A3-" + up(6) + "-" + up(11) + "-" + up(5) + "-" + up(5) + "-" + up(5)},
      {"1password-service-account-token", "ops_eyJ" + any(260)}, {"adobe-client-secret", "p8e-" + any(32)},
      {"age-secret-key", "AGE-SECRET-KEY-1" + of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)},
      {"airtable-personnal-access-token", "pat" + any(14) + "." + hex(64)}, {"alibaba-access-key-id", "LTAI" + any(20)},
      {"anthropic-admin-api-key", "sk-ant-admin01-" + any(93) + "AA"}, {"anthropic-api-key", "sk-ant-api03-" + any(93) + "AA"},
      {"artifactory-api-key", "AKCp" + any(69)}, {"artifactory-reference-token", "cmVmd" + any(59)},
      {"atlassian-api-token", "ATATT3" + any(186)},
      {"authress-service-client-access-key", "sc_" + low(10) + "." + low(5) + ".acc_" + low(16) + "." + any(60)},
      {"aws-access-token", "AKIA" + of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)},
      {"aws-amazon-bedrock-api-key-long-lived", "ABSK" + any(110)},
      {"aws-amazon-bedrock-api-key-short-lived", std::string("bedrock-api-key-") + "YmVkcm9jay5hbWF6b25hd3MuY29t"},
      {"azure-ad-client-secret", "key: " + any(3) + "8Q~" + any(34)}, {"clickhouse-cloud-api-secret-key", "4b1d" + any(38)},
      {"clojars-api-token", "CLOJARS_" + low(60)}, {"cloudflare-origin-ca-key", "v1.0-" + hex(24) + "-" + hex(146)},
      {"curl-auth-header", "curl -H \"Authorization: Token " + any(20) + "\" https://a.example"},
      {"curl-auth-user", "curl --user admin:" + any(12) + " https://a.example"}, {"databricks-api-token", "dapi" + hex(32)},
      {"defined-networking-api-token", "dnkey-" + low(26) + "-" + low(52)}, {"digitalocean-access-token", "doo_v1_" + hex(64)},
      {"digitalocean-pat", "dop_v1_" + hex(64)}, {"digitalocean-refresh-token", "dor_v1_" + hex(64)},
      {"doppler-api-token", "dp.pt." + low(43)}, {"dropbox-short-lived-api-token", "sl." + low(135)},
      {"duffel-api-token", "duffel_live_" + any(43)}, {"dynatrace-api-token", "dt0c01." + low(24) + "." + low(64)},
      {"easypost-api-token", "EZAK" + low(54)}, {"easypost-test-api-token", "EZTK" + low(54)},
      {"facebook-page-access-token", "EAAM" + any(120)}, {"flutterwave-encryption-key", "FLWSECK_TEST-" + of("0123456789abcdefgh", 12)},
      {"flutterwave-public-key", "FLWPUBK_TEST-" + of("0123456789abcdefgh", 32) + "-X"},
      {"flutterwave-secret-key", "FLWSECK_TEST-" + of("0123456789abcdefgh", 32) + "-X"}, {"flyio-access-token", "fo1_" + any(43)},
      {"frameio-api-token", "fio-u-" + any(64)}, {"freemius-secret-key", "'secret_key' => 'sk_" + any(29) + "'"},
      {"gcp-api-key", "AIza" + any(35)}, {"github-app-token", "ghu_" + any(36)}, {"github-fine-grained-pat", "github_pat_" + any(82)},
      {"github-oauth", "gho_" + any(36)}, {"github-pat", "ghp_" + any(36)}, {"github-refresh-token", "ghr_" + any(36)},
      {"gitlab-cicd-job-token", "glcbt-" + any(5) + "_" + any(20)}, {"gitlab-deploy-token", "gldt-" + any(20)},
      {"gitlab-feature-flag-client-token", "glffct-" + any(20)}, {"gitlab-feed-token", "glft-" + any(20)},
      {"gitlab-incoming-mail-token", "glimt-" + any(25)}, {"gitlab-kubernetes-agent-token", "glagent-" + any(50)},
      {"gitlab-oauth-app-secret", "gloas-" + any(64)}, {"gitlab-pat", "glpat-" + any(20)},
      {"gitlab-pat-routable", "glpat-" + any(27) + ".01.0" + low(8)}, {"gitlab-ptt", "glptt-" + hex(40)},
      {"gitlab-rrt", "GR1348941" + any(20)}, {"gitlab-runner-authentication-token", "glrt-" + any(20)},
      {"gitlab-runner-authentication-token-routable", "glrt-t1_" + any(27) + ".01." + low(9)}, {"gitlab-scim-token", "glsoat-" + any(20)},
      {"gitlab-session-cookie", "_gitlab_session=" + hex(32)}, {"gocardless-api-token", "gocardless: live_" + any(40)},
      {"grafana-api-key", "eyJrIjoi" + any(80)}, {"grafana-cloud-api-token", "glc_" + any(40)},
      {"grafana-service-account-token", "glsa_" + any(32) + "_" + hex(8)},
      {"harness-api-key", "pat." + any(22) + "." + hex(24) + "." + any(20)}, {"hashicorp-tf-api-token", any(14) + ".atlasv1." + any(65)},
      {"hashicorp-tf-password", named("administrator_login_password", any(12))}, {"heroku-api-key-v2", "HRKU-AA" + any(58)},
      {"huggingface-access-token", "hf_" + letters(34)}, {"huggingface-organization-api-token", "api_org_" + letters(34)},
      {"infracost-api-token", "ico-" + any(32)}, {"intra42-client-secret", "s-s4t2ud-" + hex(64)},
      {"jwt", "eyJ" + any(30) + ".eyJ" + any(30) + "." + any(20)}, {"jwt-base64", "ZXlK" + any(90)},
      {"kubernetes-secret-yaml", "kind: Secret\nmetadata:\n  name: x\ndata:\n  password: " + any(16) + "\n"},
      {"linear-api-key", "lin_api_" + low(40)}, {"lob-api-key", "live_" + hex(35)}, {"lob-pub-api-key", "test_pub_" + hex(31)},
      {"mailchimp-api-key", named("mailchimp", hex(32) + "-us20")}, {"mailgun-private-api-token", named("mailgun", "key-" + hex(32))},
      {"mailgun-pub-key", named("mailgun", "pubkey-" + hex(32))}, {"mapbox-api-token", named("mapbox", "pk." + low(60) + "." + low(22))},
      {"maxmind-license-key", any(6) + "_" + any(29) + "_mmk"},
      {"microsoft-teams-webhook", "https://x.webhook.office.com/webhookb2/" + uuid() + "@" + uuid() + "/IncomingWebhook/" + hex(32) + "/" + uuid()},
      {"new-relic-browser-api-token", "NRJS-" + hex(19)}, {"new-relic-insert-key", "NRII-" + any(32)},
      {"new-relic-user-api-key", "NRAK-" + up(27)}, {"notion-api-token", "ntn_" + of("0123456789", 11) + any(35)},
      {"npm-access-token", "npm_" + any(36)}, {"nuget-config-password", "<add key=\"Password\" value=\"" + any(12) + "\" />"},
      {"octopus-deploy-api-key", "API-" + up(26)}, {"openai-api-key", "sk-" + any(20) + "T3BlbkFJ" + any(20)},
      {"openshift-user-token", "sha256~" + any(43)}, {"perplexity-api-key", "pplx-" + any(48)},
      {"plaid-api-token", "access-sandbox-" + uuid()}, {"planetscale-api-token", "pscale_tkn_" + any(40)},
      {"planetscale-oauth-token", "pscale_oauth_" + any(40)}, {"planetscale-password", "pscale_pw_" + any(40)},
      {"postman-api-token", "PMAK-" + hex(24) + "-" + hex(34)}, {"prefect-api-token", "pnu_" + low(36)},
      {"private-key", "-----BEGIN OPENSSH PRIVATE KEY-----\n" + any(70) + "\n-----END"}, {"pulumi-api-token", "pul-" + hex(40)},
      {"pypi-upload-token", "pypi-AgEIcHlwaS5vcmc" + any(60)}, {"readme-api-token", "rdme_" + low(70)},
      {"rubygems-api-token", "rubygems_" + hex(48)}, {"scalingo-api-token", "tk-us-" + any(48)},
      {"sendgrid-api-token", "SG." + any(22) + "." + any(43)}, {"sendinblue-api-token", "xkeysib-" + hex(64) + "-" + low(16)},
      {"sentry-org-token", "sntrys_eyJpYXQiO" + any(100)}, {"sentry-user-token", "sntryu_" + hex(64)},
      {"settlemint-application-access-token", "sm_aat_" + any(16)}, {"settlemint-personal-access-token", "sm_pat_" + any(16)},
      {"settlemint-service-access-token", "sm_sat_" + any(16)}, {"shippo-api-token", "shippo_live_" + hex(40)},
      {"shopify-access-token", "shpat_" + hex(32)}, {"shopify-custom-access-token", "shpca_" + hex(32)},
      {"shopify-private-app-access-token", "shppa_" + hex(32)}, {"shopify-shared-secret", "shpss_" + hex(32)},
      {"sidekiq-secret", "BUNDLE_ENTERPRISE__CONTRIBSYS__COM=" + hex(8) + ":" + hex(8)},
      {"sidekiq-sensitive-url", "https://" + hex(8) + ":" + hex(8) + "@enterprise.contribsys.com/"},
      {"slack-app-token", "xapp-1-" + up(11) + "-" + of("0123456789", 13) + "-" + low(60)},
      {"slack-bot-token", "xoxb-" + of("0123456789", 12) + "-" + of("0123456789", 12) + "-" + any(24)},
      {"slack-config-access-token", "xoxe.xoxp-1-" + any(163)}, {"slack-config-refresh-token", "xoxe-1-" + any(146)},
      {"slack-legacy-bot-token", "xoxb-" + of("0123456789", 12) + "-" + any(24)},
      {"slack-legacy-token", "xoxs-" + of("0123456789", 10) + "-" + hex(10)}, {"slack-legacy-workspace-token", "xoxa-2-" + any(40)},
      {"slack-user-token", "xoxp-" + of("0123456789", 12) + "-" + of("0123456789", 12) + "-" + hex(32)},
      {"slack-webhook-url", "https://hooks.slack.com/services/T" + up(8) + "/B" + up(8) + "/" + any(24)},
      {"sonar-api-token", "squ_" + hex(40)}, {"sourcegraph-access-token", "sgp_" + hex(16) + "_" + hex(40)},
      {"square-access-token", "EAAA" + any(60)}, {"stripe-access-token", "rk_live_" + any(24)},
      {"telegram-bot-api-token", "telegram: " + of("0123456789", 10) + ":A" + any(34)}, {"twilio-api-key", "SK" + hex(32)},
      {"twitter-bearer-token", "twitter: AAAAAAAAAAAAAAAAAAAAAA" + any(90)}, {"typeform-api-token", "tfp_" + any(59)},
      {"vault-batch-token", "hvb." + any(140)}, {"vault-service-token", "hvs." + any(95)},
      {"yandex-access-token", "yandex = t1." + any(40) + "." + any(86)}, {"yandex-api-key", "yandex: AQVN" + any(36)},
      {"yandex-aws-access-token", "yandex_key: YC" + any(38)}, {"facebook-access-token", of("0123456789", 16) + "|" + any(27)},
      {"cohere-api-token", named("COHERE_API_KEY", any(40))}, {"sumologic-access-id", named("SUMO_ACCESS_ID", "su" + any(12))},
      {"okta-access-token", named("okta_api_token", "00" + any(40))},
  };
}

/// Rules that know a value only by the name that it is given.
std::vector<Rule> by_name() {
  return {
      {"adafruit-api-key", named("adafruit_api_key", low(32))}, {"adobe-client-id", named("adobe_client_id", hex(32))},
      {"airtable-api-key", named("airtable_api_key", low(17))}, {"algolia-api-key", named("algolia_key", low(32))},
      {"alibaba-secret-key", named("alibaba_secret", low(30))}, {"asana-client-id", named("asana_client_id", of("0123456789", 16))},
      {"asana-client-secret", named("asana.secret", low(32))}, {"beamer-api-token", named("beamer-token", "b_" + low(44))},
      {"bitbucket-client-id", named("bitbucket_client_id", low(32))}, {"bitbucket-client-secret", named("bitbucket_client", any(64))},
      {"bittrex-access-key", named("bittrex_access_key", low(32))}, {"bittrex-secret-key", named("bittrex_secret", low(32))},
      {"cisco-meraki-api-key", named("meraki_api_key", hex(40))}, {"cloudflare-api-key", named("cloudflare_api_key", any(40))},
      {"cloudflare-global-api-key", named("cloudflare_global_key", hex(37))}, {"codecov-access-token", named("CODECOV_TOKEN", low(32))},
      {"coinbase-access-token", named("coinbase_access_token", low(64))}, {"confluent-access-token", named("confluent_access", low(16))},
      {"confluent-secret-key", named("confluent_secret", low(64))}, {"contentful-delivery-api-token", named("contentful_delivery_token", any(43))},
      {"datadog-access-token", named("datadog_api_key", low(40))}, {"discord-api-token", named("discord_token", hex(64))},
      {"discord-client-id", named("discord_client_id", of("0123456789", 18))}, {"discord-client-secret", named("discord_secret", any(32))},
      {"droneci-access-token", named("droneci_token", low(32))}, {"dropbox-api-token", named("dropbox_api_secret", low(15))},
      {"dropbox-long-lived-api-token", named("dropbox_token", low(11) + "AAAAAAAAAA" + any(43))}, {"etsy-access-token", named("etsy_key", low(24))},
      {"facebook-secret", named("facebook_secret", hex(32))}, {"fastly-api-token", named("fastly_token", any(32))},
      {"finicity-api-token", named("finicity_token", hex(32))}, {"finicity-client-secret", named("finicity_secret", low(20))},
      {"finnhub-access-token", named("finnhub_token", low(20))}, {"flickr-access-token", named("flickr_access", low(32))},
      {"freshbooks-access-token", named("freshbooks_token", low(64))}, {"generic-api-key", named("service_api_key", any(32))},
      {"gitter-access-token", named("gitter_token", any(40))}, {"heroku-api-key", named("heroku_key", uuid())},
      {"hubspot-api-key", named("hubspot_api_key", uuid())}, {"intercom-api-key", named("intercom_key", any(60))},
      {"jfrog-api-key", named("jfrog_api_key", low(73))}, {"jfrog-identity-token", named("jfrog_identity_token", low(64))},
      {"kraken-access-token", named("kraken_key", any(80))}, {"kucoin-access-token", named("kucoin_key", hex(24))},
      {"kucoin-secret-key", named("kucoin_secret", uuid())}, {"launchdarkly-access-token", named("launchdarkly_token", any(40))},
      {"linear-client-secret", named("linear_client_secret", hex(32))}, {"linkedin-client-id", named("linkedin_id", low(14))},
      {"linkedin-client-secret", named("linkedin_secret", low(16))}, {"looker-client-id", named("looker_id", low(20))},
      {"looker-client-secret", named("looker_secret", low(24))}, {"mailgun-signing-key", named("mailgun_signing_key", hex(32) + "-" + hex(8) + "-" + hex(8))},
      {"mattermost-access-token", named("mattermost_token", low(26))}, {"messagebird-api-token", named("messagebird_token", low(25))},
      {"messagebird-client-id", named("messagebird_client_id", uuid())}, {"netlify-access-token", named("netlify_token", any(43))},
      {"new-relic-user-api-id", named("newrelic_user_id", any(64))}, {"nytimes-access-token", named("nytimes_key", any(32))},
      {"plaid-client-id", named("plaid_client_id", low(24))}, {"plaid-secret-key", named("plaid_secret", low(30))},
      {"privateai-api-token", named("privateai_token", low(32))}, {"rapidapi-access-token", named("rapidapi_key", any(50))},
      {"sendbird-access-id", named("sendbird_id", uuid())}, {"sendbird-access-token", named("sendbird_token", hex(40))},
      {"sentry-access-token", named("sentry_token", hex(64))}, {"snyk-api-token", named("snyk_token", uuid())},
      {"squarespace-access-token", named("squarespace_token", uuid())}, {"sumologic-access-token", named("sumo_key", low(64))},
      {"travisci-access-token", named("travis_token", low(22))}, {"twitch-api-token", named("twitch_token", low(30))},
      {"twitter-access-secret", named("twitter_secret", any(45))}, {"twitter-access-token", named("twitter_access", of("0123456789", 20) + "-" + any(25))},
      {"twitter-api-key", named("twitter_api_key", any(25))}, {"twitter-api-secret", named("twitter_api_secret", any(50))},
      {"zendesk-secret-key", named("zendesk_secret", low(40))},
  };
}

TEST(SecretCoverage, of_the_rules_of_public_scanners) {
  std::vector<Pattern> patterns;
  for (const ShippedPattern& one : secrets()) patterns.push_back({std::string(one.text), 0, one.caseless, true});
  auto database = Database::compile(patterns);
  Scratch scratch;
  ASSERT_TRUE(database.ok() && scratch.fit(*database));
  std::vector<Rule> rules = with_a_format();
  for (Rule& rule : by_name()) rules.push_back(std::move(rule));
  size_t covered = 0;
  std::string missed;
  for (const Rule& rule : rules) {
    const bool hit = scratch.scan(*database, "text before, " + rule.example + " and behind\n",
                                  [](uint32_t, size_t) { return false; }) == Scratch::Outcome::stopped;
    if (hit) ++covered;
    else missed += std::string(missed.empty() ? "" : ", ") + rule.id;
  }
  RecordProperty("rules", static_cast<int>(rules.size()));
  RecordProperty("covered", static_cast<int>(covered));
  EXPECT_GE(covered, kCoveredAtLeast) << "of " << rules.size() << "; missed: " << missed;
}

}  // namespace
}  // namespace gatehouse::pattern
