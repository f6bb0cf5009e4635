#include "cli/records_where.h"

#include <algorithm>
#include <cstdio>

#include "cli/asked_request.h"
#include "cli/clock.h"
#include "cli/places.h"
#include "cli/recorded.h"
#include "config/json_text.h"
#include "config/units.h"
#include "record/opening.h"
#include "record/reader.h"
#include "record/rewrap.h"

namespace gatehouse::cli {

void Where::add_to(Command command) {
  const Option file = command.add_option("-c,--config", config, "The gateway's configuration file", "FILE");
  const Option folder = command.add_option("--dir", dir, "Folder of the records, instead of --config", "DIR");
  command.add_option("--rings", rings, "Folder of the rings; default: rings in --dir", "DIR").needs(folder);
  folder.excludes(file);
  command.add_option("--key", keys,
      "A secret key that opens sealed records, of auditor, operations or a tenant; may be repeated", "FILE").repeats();
}

int Where::read_keys(RecordsPlace& place) const {
  if (keys.empty()) return kExitOk;
  auto open = std::make_shared<record::OpenKeys>();
  for (const std::string& name : keys) {
    if (auto read = open->read(name); !read) {
      std::fprintf(stderr, "gatehouse: %s\n", display(read.error()).c_str());
      return kExitNoInput;
    }
  }
  place.keys = std::move(open);
  return kExitOk;
}

int Where::resolve(RecordsPlace& place) const {
  if (!config.empty()) {
    auto found = records_place(config);
    if (!found) return found.error();
    place = found.value();
    return read_keys(place);
  }
  if (dir.empty()) {
    std::fputs("gatehouse: which records? give --config FILE or --dir DIR\n", stderr);
    return kExitUsage;
  }
  place = {dir, rings.empty() ? dir + "/rings" : rings};
  return read_keys(place);
}

void tell_wrong_keys(const RecordsPlace& place) {
  if (place.keys == nullptr || place.keys->empty()) return;
  auto folder = record::open_folder(place.dir);
  if (!folder) return;   // the command says so
  std::vector<const record::OpenKeys::Key*> wrong;
  for (const auto& key : place.keys->all()) wrong.push_back(&key);
  bool sealed = false;
  const record::Catalog catalog = record::read_catalog(*folder, nullptr);
  for (const auto& [epoch, part] : catalog.epochs)
    for (const auto& segment : part.segments) {
      const auto recipients = wrong.empty() ? std::vector<record::Recipient>() : record::recipients_of(*folder, segment);
      sealed = sealed || !recipients.empty();
      for (const auto& recipient : recipients)
        std::erase_if(wrong, [&](const auto* key) { return key->digest == recipient.digest; });
    }
  for (const auto* key : wrong)
    if (sealed)
      std::fprintf(stderr, "gatehouse: wrong key: no segment here is sealed for %s key %s\n",
                   std::string(record::key_use_name(key->secret.use)).c_str(), display(key->secret.name).c_str());
}

Check past_time(WallNs& into) {
  return [&into](const std::string& word) {
    const bool bare = std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
    const auto at = bare ? std::nullopt : asked_time(word);
    const auto ago = config::parse_duration(word);
    const WallNs now = wall_now();
    if (!at && (bare || !ago || *ago > now))
      return "'" + config::printable(word) + "' is no time such as 2025-11-23T13:31:12Z, and no duration such as 15m or 36h";
    into = at ? *at : now - *ago;
    return std::string();
  };
}

Check past_time(std::optional<WallNs>& into) {
  return [&into](const std::string& word) {
    WallNs at = 0;
    std::string wrong = past_time(at)(word);
    if (wrong.empty()) into = at;
    return wrong;
  };
}

Check exchange_id(ExchangeId& into) {
  return [&into](const std::string& word) {
    const auto parsed = parse_exchange_id(word);
    if (parsed) into = *parsed;
    return parsed ? std::string() : "'" + config::printable(word) + "' is not an exchange id";
  };
}

Check exchange_id(std::optional<ExchangeId>& into) {
  return [&into](const std::string& word) {
    ExchangeId id;
    std::string wrong = exchange_id(id)(word);
    if (wrong.empty()) into = id;
    return wrong;
  };
}

}  // namespace gatehouse::cli
