#include "control/folders.h"

#include <sys/stat.h>

#include "control/process.h"
#include "record/folder.h"
#include "store/place.h"

namespace gatehouse::control {
namespace {

constexpr int kStateExit = 74, kDoorExit = 69;   // sysexits: EX_IOERR, EX_UNAVAILABLE

bool is_there(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

}  // namespace

std::optional<UnfitFolder> unfit_folder(const config::Config& config) {
  const auto unfit = [](const char* what, const std::string& path, const std::string& trouble,
                        int code) -> std::optional<UnfitFolder> {
    if (trouble.empty()) return {};
    return UnfitFolder{what + trouble, code, is_there(path)};
  };
  const std::string &state = config.gateway.state_dir.value, &records = config.records.dir, &rings = config.records.ring_dir;
  if (auto found = unfit("gateway.state_dir cannot be used: ", state, store::trouble_with(state), kStateExit)) return found;
  if (auto found = unfit("records cannot be written: ", records, record::trouble_with(records), kStateExit)) return found;
  // Rings are in the folder of records, unless they are told otherwise: that one may not be there yet.
  if (is_there(rings) || rings != records + "/rings")
    if (auto found = unfit("records cannot be written: ", rings, record::trouble_with(rings), kStateExit)) return found;
  const std::string& run = config.gateway.run_dir;
  return unfit("the admin socket cannot be opened: ", run, private_folder_trouble(run), kDoorExit);
}

}  // namespace gatehouse::control
