// What the text leaves to presets and to other keys, written out.
#include <utility>

#include "config/reference.h"

namespace gatehouse::config {
namespace {

/// Filler gives one table the keys that its text leaves out.
class Filler {
 public:
  Filler(Table& table, std::string because) : table_(table), because_(std::move(because)) {}

  void text(ByteView name, const std::string& value) {
    if (Value* made = missing(name)) made->text = value;
  }

  /// list leaves out what is empty: that is what the key's absence says.
  void list(ByteView name, std::vector<Text> value) {
    if (value.empty()) return;
    if (Value* made = missing(name)) made->list = std::move(value);
  }

  /// merged is for a value of which the text may have a part.
  void merged(ByteView name, std::vector<Match> value) {
    if (value.empty()) return;
    if (Value* made = missing(name)) {
      made->matches = std::move(value);
      return;
    }
    for (Value& each : table_.values) {
      if (each.key->name() != name || value.size() == each.matches.size()) continue;
      each.matches = std::move(value);
      each.because = "with " + because_;
    }
  }

 private:
  Value* missing(ByteView name) {
    if (table_.find(name) != nullptr) return nullptr;
    const Key* key = find_key(std::string(table_.key->path) + "." + std::string(name));
    table_.values.push_back({key, {}, true, false, 0, {}, {}, {}, because_});
    return &table_.values.back();
  }

  Table& table_;
  std::string because_;
};

std::vector<Match> matches_of(const std::vector<identity::Condition>& conditions) {
  std::vector<Match> out;
  for (const identity::Condition& each : conditions) {
    out.push_back({{each.path, {}}, {}});
    for (const std::string& pattern : each.patterns) out.back().patterns.push_back({pattern, {}});
  }
  return out;
}

void fill_issuer(Table& table, const IssuerSettings& settings) {
  Filler filler(table, "preset " + settings.preset);
  filler.text("url", settings.url.value);
  std::vector<Text> algorithms, claims;
  for (const identity::Algorithm each : settings.algorithms) algorithms.push_back({std::string(identity::name_of(each)), {}});
  for (const identity::RecordClaim& each : settings.record_claims) claims.push_back({each.name, {}});
  filler.list("algorithms", std::move(algorithms));
  filler.text("groups_claim", settings.groups_claim);
  filler.text("subject", "{sub}");
  filler.merged("require", matches_of(settings.require));
  filler.list("record_claims", std::move(claims));
}

}  // namespace

Table resolved(const Loaded& loaded) {
  Table top = loaded.tree;
  size_t issuer = 0, provider = 0, origin = 0;
  for (Table& table : top.tables) {
    const ByteView path = table.key->path;
    if (path == "issuer" && issuer < loaded.config.issuers.size()) fill_issuer(table, loaded.config.issuers[issuer++]);
    if (path == "saml" && provider < loaded.config.saml.size())
      if (const std::string& attribute = loaded.config.saml[provider++].groups_attribute; !attribute.empty())
        Filler(table, "default").text("groups_attribute", attribute);
    if (path == "origin" && origin < loaded.config.origins.size())
      Filler(table, "of the address").text("host", loaded.config.origins[origin++].host);
    if (path == "token_exchange" && table.place.known())
      Filler(table, "token_exchange.issuer").text("audience", loaded.config.token_exchange.audience);
  }
  return top;
}

}  // namespace gatehouse::config
