// The jobs that the issuer knows: who they are, how they prove it, which groups they are in.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/secret.h"

namespace gatehouse::issuer {

struct Client {
  crypto::Secret secret;
  std::vector<std::string> groups;
};

using Clients = std::map<std::string, Client, std::less<>>;

/// load_clients reads a TOML file of [[client]] tables with id, secret_file (its first line; relative to
/// the file's folder) and groups. The error names file and client.
Result<Clients, std::string> load_clients(const std::string& path);

}  // namespace gatehouse::issuer
