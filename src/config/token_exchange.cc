#include <algorithm>

#include "base/arena.h"
#include "config/read.h"
#include "http/uri.h"

namespace gatehouse::config {
namespace {

/// alike folds what people take for one name: whoever reads `iss` must never have to tell two by a letter or a slash.
std::string alike(std::string url) {
  for (char& c : url) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

void check_path(const Table& table, ByteView key, Report& report) {
  const Text path = table.text(key);
  Arena arena;
  const auto normal = http::normalise_path(path.value, arena);
  if (!normal || *normal != path.value || path.value.find('?') != std::string::npos)
    report.error(Code::form, table.place_of(key), "'" + path.value + "' is no path in normal form", "no request would have it")
        .help = "write for example \"/oauth/token\"";
}

void check_issuer(const Text& issuer, const Config& config, Report& report) {
  const bool printable = std::all_of(issuer.value.begin(), issuer.value.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
  });
  if (!printable || issuer.value.find("://") == std::string::npos)
    report.error(Code::form, issuer.place, "'issuer' is not a URL", "begins with https://");
  for (const IssuerSettings& each : config.issuers)
    if (alike(each.url.value) == alike(issuer.value))
      report
          .error(Code::duplicate, issuer.place, "the gateway would issue tokens as issuer '" + each.name.value + "'",
                 "one of them could make the tokens of the other")
          .notes.push_back({each.url.place, "this issuer"});
}

}  // namespace

TokenExchangeSettings read_token_exchange(const Table& top, const Config& config, Report& report) {
  const Table& table = top.one("token_exchange");
  TokenExchangeSettings settings;
  settings.issuer = table.text("issuer");
  settings.audience = table.has("audience") ? table.text("audience").value : settings.issuer.value;
  settings.path = table.text("path").value;
  settings.keys_path = table.text("keys_path").value;
  settings.lifetime = table.number("lifetime");
  settings.rotation = table.number("rotation");
  if (!settings.enabled()) {
    if (!table.values.empty() && !table.has("issuer"))
      report.error(Code::together, table.place, "[token_exchange] without an issuer", "gives no tokens").help =
          "add issuer = \"https://...\", the URL that this gateway's tokens say they come from";
    return settings;
  }
  check_issuer(settings.issuer, config, report);
  check_path(table, "path", report);
  check_path(table, "keys_path", report);
  if (settings.path == settings.keys_path)
    report.error(Code::together, table.place_of("keys_path"), "'path' and 'keys_path' are the same", "only one could answer");
  if (settings.rotation < settings.lifetime)
    report.error(Code::limits, table.place_of("rotation"), "token_exchange.rotation is shorter than token_exchange.lifetime",
                 "keys would pile up");
  if (top.all("saml").empty() && !top.has("saml"))
    report.error(Code::together, settings.issuer.place, "[token_exchange] without a [[saml]]", "there is nothing to exchange");
  return settings;
}

}  // namespace gatehouse::config
