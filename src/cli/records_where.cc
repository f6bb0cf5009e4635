#include "cli/records_where.h"

#include <cstdio>

#include "cli/places.h"
#include "cli/recorded.h"
#include "config/json_text.h"
#include "record/opening.h"

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

Check exchange_id(ExchangeId& into) {
  return [&into](const std::string& word) {
    const auto parsed = parse_exchange_id(word);
    if (parsed) into = *parsed;
    return parsed ? std::string() : "'" + config::printable(word) + "' is not an exchange id";
  };
}

}  // namespace gatehouse::cli
