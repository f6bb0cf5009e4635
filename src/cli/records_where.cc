#include "cli/records_where.h"

#include <cstdio>

#include "cli/places.h"

namespace gatehouse::cli {

void Where::add_to(CLI::App* command) {
  CLI::Option* file =
      command->add_option("-c,--config", config, "The gateway's configuration file")->type_name("FILE");
  CLI::Option* folder =
      command->add_option("--dir", dir, "Folder of the records, instead of --config")->type_name("DIR");
  command->add_option("--rings", rings, "Folder of the rings; default: rings in --dir")
      ->type_name("DIR")
      ->needs(folder);
  folder->excludes(file);
}

int Where::resolve(RecordsPlace& place) const {
  if (!config.empty()) {
    auto found = records_place(config);
    if (!found) return found.error();
    place = found.value();
    return kExitOk;
  }
  if (dir.empty()) {
    std::fputs("gatehouse: which records? give --config FILE or --dir DIR\n", stderr);
    return kExitUsage;
  }
  place = {dir, rings.empty() ? dir + "/rings" : rings};
  return kExitOk;
}

}  // namespace gatehouse::cli
