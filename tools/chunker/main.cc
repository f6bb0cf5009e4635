// A small real chunking service, for the quickstart, the tests and for trying the gateway out.
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>

#include "chunker/journal.h"
#include "chunker/service.h"
#include "cli/command.h"
#include "web/server.h"

namespace {

constexpr int kUsage = 64, kNoInput = 66, kUnavailable = 69;

int fail(int code, const std::string& text) {
  fprintf(stderr, "chunker: %s\n", text.c_str());
  return code;
}

/// first_line reads a key file; false when there is none or it is empty.
bool first_line(const std::string& path, gatehouse::crypto::Secret& key) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line.empty()) return false;
  key = gatehouse::crypto::Secret(line);
  return true;
}

}  // namespace

int main(int count, char** words) {
  using namespace gatehouse;
  std::string listen = "127.0.0.1:9700", key_file, log_file;
  cli::Program app("A small chunking service on loopback, with the wire shape of the Chonkie server.", "chunker");
  app.add_option("--listen", listen, "address, such as 127.0.0.1:9700 or unix:/run/chunker.sock").show_default();
  app.add_option("--key-file", key_file, "file whose first line is the key that callers present").required();
  app.add_option("--log", log_file, "append one JSON line for every request to this file");
  app.footer("Example:\n  chunker --key-file chunker.key\n"
             "  curl -H \"Authorization: Bearer $(cat chunker.key)\" -d '{\"text\":\"One. Two.\"}' "
             "http://127.0.0.1:9700/v1/chunk/sentence\n"
             "  curl http://127.0.0.1:9700/stats");
  if (const auto code = app.parse(count, words)) return *code;

  std::optional<Address> address = parse_address(listen);
  if (!address) return fail(kUsage, "--listen: not an address: " + listen);
  crypto::Secret key;
  if (!first_line(key_file, key)) return fail(kNoInput, "--key-file: no key in " + key_file);
  chunker::Journal journal;
  if (!log_file.empty() && !journal.open(log_file)) return fail(kNoInput, "--log: cannot open " + log_file);
  web::Server server;
  std::string problem = server.listen(*address);
  if (!problem.empty()) return fail(kUnavailable, listen + ": " + problem);

  chunker::Service service(std::move(key), journal);
  fprintf(stderr, "chunker: listening on %s\n", format_address(server.bound()).c_str());
  server.run([&service](const web::Call& call) { return service.answer(call); });
  return 0;
}
