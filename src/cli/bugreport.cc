// `gatehouse bugreport`: what somebody who helps needs to know, and nothing that he must not.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "cli/check_report.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "config/json_text.h"
#include "config/reference.h"
#include "config/units.h"
#include "crypto/digest.h"

namespace gatehouse::cli {
namespace {

/// Veil replaces texts by digests under a key that is drawn for one report and forgotten: equal texts stay equal
/// within the report, and nobody can try texts to find out which they were.
class Veil {
 public:
  Veil() { crypto::random_bytes({key_, sizeof key_}); }

  /// lifted is one for words of ours: they stay as they are.
  Veil lifted() const {
    Veil other = *this;
    other.lifted_ = true;
    return other;
  }

  std::string over(const char* kind, ByteView text) const {
    if (lifted_) return std::string(text);
    const ByteView parts[] = {{key_, sizeof key_}, text};
    return std::string(kind) + "-" + crypto::hex(crypto::sha256(parts)).substr(0, 12);
  }

 private:
  char key_[32];
  bool lifted_ = false;
};

std::string quoted(const std::string& text) {
  std::string out;
  config::append_json(out, text);
  return out;
}

std::string address_text(const Veil& veil, const std::string& text) {
  const auto address = parse_address(text);
  const char* kind = !address ? "address" : address->is_unix() ? "unix" : address->is_loopback() ? "loopback" : "address";
  return veil.over(kind, text);
}

/// matches_json shows how many paths and patterns there are; both are an operator's words.
std::string matches_json(const Veil& veil, const std::vector<config::Match>& matches) {
  std::string out = "{";
  for (const config::Match& match : matches) {
    out += (out.size() > 1 ? "," : "") + quoted(veil.over("text", match.path.value)) + ":[";
    for (const config::Text& pattern : match.patterns)
      out += (out.back() == '[' ? "" : ",") + quoted(veil.over("text", pattern.value));
    out += "]";
  }
  return out + "}";
}

/// value_json shows numbers, sizes and words of ours as they are; whatever an operator wrote in words of his own goes
/// under the veil.
std::string value_json(const Veil& veil, const config::Value& value) {
  switch (value.key->type) {
    case config::Type::boolean: return value.boolean ? "true" : "false";
    case config::Type::integer: return std::to_string(value.number);
    case config::Type::size: return quoted(config::format_size(value.number));
    case config::Type::duration: return quoted(config::format_duration(value.number));
    case config::Type::word: return quoted(value.text);
    case config::Type::address: return quoted(address_text(veil, value.text));
    case config::Type::name: return quoted(veil.over("name", value.text));
    case config::Type::path: return quoted(veil.over("path", value.text));
    case config::Type::text: return quoted(veil.over("text", value.text));
    case config::Type::addresses:
    case config::Type::texts:
    case config::Type::names:
    case config::Type::words: break;
    case config::Type::matches: return matches_json(veil, value.matches);
    case config::Type::table:
    case config::Type::tables: return "null";
  }
  std::string out = "[";
  for (const config::Text& each : value.list) {
    const bool ours = value.key->type == config::Type::words;
    const char* kind = value.key->type == config::Type::names   ? "name"
                       : value.key->type == config::Type::texts ? "text"
                                                                : "address";
    out += (out.size() > 1 ? "," : "") + quoted(ours ? each.value : veil.over(kind, each.value));
  }
  return out + "]";
}

/// table_json is a table with every key that has a value; defaults and what presets say are not the operator's, and shown.
std::string table_json(const Veil& veil, const config::Table& table) {
  const ByteView path = table.key == nullptr ? ByteView{} : table.key->path;
  std::string out = "{";
  const auto member = [&out](ByteView name, const std::string& value) {
    out += (out.size() > 1 ? ",\"" : "\"") + std::string(name) + "\":" + value;
  };
  for (const config::Key& key : config::keys()) {
    if (key.parent() != path || key.path == path) continue;
    if (!key.is_table()) {
      const config::Value* value = table.find(key.name());
      const bool ours = value != nullptr && (value->because == "default" || value->because.starts_with("preset "));
      if (value != nullptr) member(key.name(), value_json(ours ? veil.lifted() : veil, *value));
      else if (!key.fallback.empty()) member(key.name(), config::value_text(table, key));   // JSON reads it, too
      continue;
    }
    const auto inner = table.all(key.name());
    if (key.type == config::Type::table) {
      const bool stated = !inner.empty() && (inner.front()->place.known() || key.path != "listener.clients");
      if (stated) member(key.name(), table_json(veil, *inner.front()));
      continue;
    }
    std::string list = "[";
    for (const config::Table* each : inner) list += (list.size() > 1 ? "," : "") + table_json(veil, *each);
    member(key.name(), list + "]");
  }
  return out + "}";
}

std::string host_json() {
  const auto limit = [](auto resource) {
    rlimit found{};
    if (getrlimit(resource, &found) != 0 || found.rlim_max == RLIM_INFINITY) return std::string("null");
    return std::to_string(found.rlim_max);
  };
  return "{\"cores\":" + std::to_string(sysconf(_SC_NPROCESSORS_ONLN)) + ",\"memory_bytes\":" +
         std::to_string(sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE)) + ",\"memlock_limit\":" + limit(RLIMIT_MEMLOCK) +
         ",\"descriptors_limit\":" + limit(RLIMIT_NOFILE) + ",\"root\":" + (geteuid() == 0 ? "true" : "false") + "}";
}

/// codes_json names complaints by code and line: their words repeat what the operator wrote.
std::string codes_json(const config::Diagnostics& found) {
  std::string out = "[";
  for (const config::Diagnostic& each : found) {
    out += (out.size() > 1 ? ",{\"code\":\"" : "{\"code\":\"") + config::code_text(each.code) + "\",\"severity\":\"";
    out += each.severity == config::Severity::error ? "error" : "warning";
    out += "\",\"line\":" + std::to_string(each.place.line) + "}";
  }
  return out + "]";
}

int bugreport(const std::string& path) {
  std::string out = "{\"report\":1,\"version\":" + version_json() + ",\n\"host\":" + host_json();
  if (!path.empty()) {
    config::RuntimeInputs inputs;
    inputs.now = wall_now();   // for what is said of certificates that end
    inputs.tickets = tls::make_ticket_keys(nullptr);
    const config::Prepared prepared = config::prepare(path, inputs);
    const config::Diagnostics& found = prepared.loaded.diagnostics;
    if (!found.empty() && found.front().code == config::Code::unreadable) {
      std::fprintf(stderr, "%s\n", config::render(found.front()).c_str());
      return kExitNoInput;
    }
    const Veil veil;
    out += std::string(",\n\"good\":") + (prepared.ok() ? "true" : "false") + ",\"findings\":" + codes_json(found);
    const auto tree = [&] { return prepared.ok() ? config::resolved(prepared.loaded) : prepared.loaded.tree; };
    out += ",\n\"configuration\":" + (prepared.loaded.parsed ? table_json(veil, tree()) : "null");
    if (prepared.ok()) {
      const Needs needs = needs_of(prepared.loaded.config, {});
      out += ",\n\"needs\":{\"memory_idle\":" + std::to_string(needs.memory_idle) + ",\"memory_most\":" +
             std::to_string(needs.memory_most) + ",\"memlock\":" + std::to_string(needs.memlock) + ",\"rings_in_memory\":" +
             (needs.rings_in_memory ? "true" : "false") + ",\"disk_free\":" + std::to_string(needs.disk_free) + "}";
    }
  }
  std::puts((out + "}").c_str());
  std::fputs("gatehouse: names, addresses, paths and texts are hashed with a key that is forgotten now; no named file's\n"
             "content is in it\n", stderr);
  return kExitOk;
}

}  // namespace

void add_bugreport(Command app) {
  auto config = std::make_shared<std::string>();
  const Command command = app.add_subcommand("bugreport", "Pack what helps to find a fault: no names, no secrets");
  command.add_option("-c,--config", *config, "The configuration file; without it, versions and host alone", "FILE");
  command.footer(
      "JSON: versions and kernel features, limits of the host, codes and lines of what `check` complains about, and the\n"
      "configuration with defaults and what presets say. Names, addresses, paths and texts are replaced by digests under a\n"
      "key that is drawn for this report alone: what is equal stays equal. Nothing of a named file is in it.\n\n"
      "Examples:\n"
      "  gatehouse bugreport --config gateway.toml > bugreport.json\n"
      "  gatehouse bugreport");
  command.runs([config] { return bugreport(*config); });
}

}  // namespace gatehouse::cli
