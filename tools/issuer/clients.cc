#include "issuer/clients.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <toml++/toml.h>

namespace gatehouse::issuer {

namespace {

using Error = Failure<std::string>;

Result<Client, std::string> read_client(const toml::table& table, const std::filesystem::path& folder) {
  Client client;
  auto secret_file = table["secret_file"].value<std::string>();
  if (!secret_file) return Error{"secret_file is missing"};
  std::ifstream file(folder / *secret_file);
  std::string line;
  if (!std::getline(file, line) || line.empty()) return Error{"no secret in " + *secret_file};
  client.secret = crypto::Secret(line);
  const toml::array* groups = table["groups"].as_array();
  if (groups == nullptr) return Error{"groups is missing: a list of names"};
  for (const toml::node& node : *groups) {
    auto group = node.value<std::string>();
    if (!group) return Error{"groups must be names"};
    client.groups.push_back(*group);
  }
  return client;
}

}  // namespace

Result<Clients, std::string> load_clients(const std::string& path) {
  toml::table document;
  try {  // the library's exception ends here
    document = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    return Error{path + ": " + std::string(error.description())};
  }
  const toml::array* tables = document["client"].as_array();
  if (tables == nullptr) return Error{path + ": no [[client]]"};
  Clients clients;
  for (const toml::node& node : *tables) {
    const toml::table* table = node.as_table();
    auto id = table != nullptr ? (*table)["id"].value<std::string>() : std::nullopt;
    if (!id || id->empty()) return Error{path + ": a [[client]] without id"};
    auto client = read_client(*table, std::filesystem::path(path).parent_path());
    if (!client) return Error{path + ": client " + *id + ": " + client.error()};
    bool is_new = clients.emplace(*id, std::move(client).value()).second;
    if (!is_new) return Error{path + ": client " + *id + " twice"};
  }
  return clients;
}

}  // namespace gatehouse::issuer
