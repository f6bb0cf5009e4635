#include "cli/inputs.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "cli/admin_options.h"
#include "cli/complain.h"
#include "cli/exit_code.h"

namespace gatehouse::cli {
namespace {

constexpr size_t kInputMax = size_t{1} << 30;   // all of it is read into memory

}  // namespace

Result<std::string, std::string> read_input(const std::string& name) {
  const std::unique_ptr<FILE, int (*)(FILE*)> opened(name == "-" ? nullptr : std::fopen(name.c_str(), "rb"),
                                                     [](FILE* file) { return file == nullptr ? 0 : std::fclose(file); });
  FILE* const file = name == "-" ? stdin : opened.get();
  if (file == nullptr) return Failure<std::string>{"cannot read " + name + ": " + std::strerror(errno)};
  std::string text;
  char piece[64 * 1024];
  while (text.size() <= kInputMax) {
    const size_t count = std::fread(piece, 1, sizeof piece, file);
    text.append(piece, count);
    if (count > 0) continue;
    if (std::ferror(file) != 0) return Failure<std::string>{"cannot read " + name + ": " + std::strerror(errno)};
    return text;
  }
  return Failure<std::string>{name + " has more than 1 GiB"};
}

int take_keys(const std::vector<std::string>& keys, config::RuntimeInputs inputs, config::Prepared* prepared) {
  const auto& issuers = prepared->loaded.config.issuers;
  inputs.fetched_keys.resize(issuers.size());
  for (const std::string& each : keys) {
    const size_t equals = each.find('=');
    size_t index = 0;
    while (index < issuers.size() && issuers[index].name.value != each.substr(0, equals)) ++index;
    if (equals == std::string::npos) return complain(kExitUsage, "--keys is written ISSUER=FILE");
    if (index == issuers.size()) return complain(kExitUsage, "--keys: there is no issuer '" + each.substr(0, equals) + "'");
    if (issuers[index].keys_source().empty())
      return complain(kExitUsage, "--keys: issuer '" + issuers[index].name.value + "' has its keys from its jwks_file");
    const auto document = read_input(each.substr(equals + 1));
    if (!document) return complain(kExitNoInput, document.error());
    auto parsed = identity::KeySet::parse(*document, identity::KeySet::Broken::leave_out);   // as the gateway takes what it fetches
    if (!parsed) return complain(kExitData, "--keys of issuer '" + issuers[index].name.value + "': " + parsed.error());
    inputs.fetched_keys[index] = std::move(*parsed);
  }
  inputs.previous = prepared->snapshot.get();
  auto compiled = config::compile(prepared->loaded.config, inputs);
  if (!compiled) return complain(kExitConfig, "a file of the configuration changed while it was read");
  prepared->snapshot = std::move(*compiled);
  return kExitOk;
}

}  // namespace gatehouse::cli
