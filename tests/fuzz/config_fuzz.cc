// Configuration text: whatever it holds, it is judged, never crashed on; what is accepted can be written out
// and is accepted again; what is said of it is safe for a terminal and valid JSON. Files are not read here.
#include <simdjson.h>

#include <cstdint>
#include <string>

#include "base/assert.h"
#include "config/load.h"
#include "config/reference.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const config::Loaded loaded = config::load_text(text, "fuzz.toml", "/base");
  for (const config::Diagnostic& each : loaded.diagnostics) {
    const std::string shown = config::render(each);
    for (const char c : shown) GH_ASSERT(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
  }
  const std::string json = config::to_json("fuzz.toml", loaded.diagnostics);
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  GH_ASSERT(parser.parse(simdjson::padded_string(json)).get(element) == simdjson::SUCCESS);
  bool ok = false;
  GH_ASSERT(element["ok"].get(ok) == simdjson::SUCCESS && ok == loaded.ok());
  if (!loaded.ok()) return 0;
  // What was accepted says of every rule where it leads, and can be said again.
  for (const policy::Rule& rule : loaded.config.rules) {
    GH_ASSERT(!rule.groups.empty());
    GH_ASSERT(rule.effect == policy::Effect::deny || rule.origin < loaded.config.origins.size());
  }
  for (size_t i = 0; i < loaded.config.rules.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      GH_ASSERT(!policy::conflicting(loaded.config.rules[i], loaded.config.rules[j]));
  std::string said = config::effective(loaded.tree);
  PLANT(if (loaded.config.rules.size() == 2) said += "[");
  const config::Loaded again = config::load_text(said, "again.toml", "/base");
  GH_ASSERT(again.ok());
  GH_ASSERT(again.config.rules.size() == loaded.config.rules.size());
  return 0;
}
