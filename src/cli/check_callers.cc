// Whose tokens are believed, and what comes of them: what a preset came to.
#include "cli/check_report.h"
#include "config/diagnostic.h"
#include "config/json_text.h"
#include "config/source.h"

namespace gatehouse::cli {
namespace {

using config::IssuerSettings;

std::string json(ByteView text) {
  std::string out;
  config::append_json(out, text);
  return out;
}

template <typename List, typename Write>
std::string joined(const List& list, const char* between, Write write) {
  std::string out;
  for (const auto& each : list) out += (out.empty() ? "" : between) + write(each);
  return out;
}

std::string algorithms_of(const IssuerSettings& issuer, const char* between, const char* quote) {
  return joined(issuer.algorithms, between, [quote](auto each) { return quote + std::string(identity::name_of(each)) + quote; });
}

std::string conditions_text(const std::vector<identity::Condition>& conditions) {
  return joined(conditions, " and ", [](const identity::Condition& each) {
    return each.path + " like " + joined(each.patterns, " or ", [](const std::string& pattern) { return json(pattern); });
  });
}

std::string conditions_json(const std::vector<identity::Condition>& conditions) {
  return "{" + joined(conditions, ",", [](const identity::Condition& each) {
    return json(each.path) + ":[" + joined(each.patterns, ",", [](const std::string& pattern) { return json(pattern); }) + "]";
  }) + "}";
}

std::string issuer_text(const IssuerSettings& issuer) {
  std::string out = "  issuer " + issuer.name.value + " (" + issuer.preset + "): " + issuer.url.value + ", " +
                    algorithms_of(issuer, " ", "") + "; subject " + (issuer.subject_text.empty() ? "{sub}" : issuer.subject_text);
  if (!issuer.require.empty()) out += "; requires " + conditions_text(issuer.require);
  out += "; groups " + (issuer.groups_claim.empty() ? "by rule alone" : "in " + issuer.groups_claim);
  if (!issuer.group_prefix.empty()) out += ", as " + issuer.group_prefix + "...";
  if (!issuer.record_claims.empty())
    out += "; records keep " + joined(issuer.record_claims, ", ", [](const auto& each) {
             return each.name == each.path ? each.name : each.name + " (" + each.path + ")";
           });
  for (const identity::GroupRule& rule : issuer.group_rules)
    out += "\n    group " + issuer.group_prefix + rule.group + ": " + conditions_text(rule.when);
  return out;
}

std::string issuer_json(const IssuerSettings& issuer) {
  return "{\"name\":" + json(issuer.name.value) + ",\"preset\":" + json(issuer.preset) + ",\"url\":" + json(issuer.url.value) +
         ",\"algorithms\":[" + algorithms_of(issuer, ",", "\"") + "],\"subject\":" +
         json(issuer.subject_text.empty() ? "{sub}" : issuer.subject_text) + ",\"require\":" + conditions_json(issuer.require) +
         ",\"groups_claim\":" + (issuer.groups_claim.empty() ? "null" : json(issuer.groups_claim)) + ",\"group_prefix\":" +
         json(issuer.group_prefix) + ",\"groups\":[" + joined(issuer.group_rules, ",", [](const identity::GroupRule& rule) {
           return "{\"name\":" + json(rule.group) + ",\"when\":" + conditions_json(rule.when) + "}";
         }) + "],\"record_claims\":{" + joined(issuer.record_claims, ",", [](const auto& each) {
           return json(each.name) + ":" + json(each.path);
         }) + "}}";
}

}  // namespace

std::string callers_text(const config::Config& config) {
  std::string out = "callers\n";
  for (const IssuerSettings& issuer : config.issuers) {
    const std::string text = issuer_text(issuer);   // printable() would not keep the lines apart
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      out += config::printable(text.substr(at, end - at)) + "\n";
      at = end + 1;
    }
  }
  return out;
}

std::string callers_json(const config::Config& config) {
  return "\"issuers\":[" + joined(config.issuers, ",", issuer_json) + "]";
}

}  // namespace gatehouse::cli
