#include "cli/admin_options.h"

#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/complain.h"
#include "cli/exit_code.h"
#include "cli/places.h"
#include "config/json_text.h"

namespace gatehouse::cli {

void add_admin_options(Command command, AdminOptions& options) {
  const Option file = command.add_option("-c,--config", options.config, "The gateway's configuration file", "FILE");
  command.add_option("--socket", options.socket, "The admin socket, instead of --config", "PATH").excludes(file);
  command.add_flag("--json", options.json, "The gateway's answer as it is: JSON");
}

Result<std::string, int> socket_of(const AdminOptions& options) {
  if (!options.socket.empty()) return options.socket;
  if (!options.config.empty()) return admin_socket(options.config);
  return Failure{complain(kExitUsage, "which gateway? give --config FILE or --socket PATH")};
}

Result<AdminAnswer, int> ask_well(const std::string& socket, const std::string& method, const std::string& path,
    const std::string& json) {
  auto answer = ask_admin(socket, method, path, json);
  if (!answer) return Failure{complain(kExitUnavailable, answer.error())};
  if (answer->status < 300) return std::move(*answer);
  simdjson::dom::parser parser;
  std::string_view text;
  if (parser.parse(answer->body)["text"].get(text) != simdjson::SUCCESS) text = answer->body;
  complain(0, "the gateway refused (" + std::to_string(answer->status) + "): " + std::string(text));
  return Failure<int>{answer->status == 404 ? kExitNoInput : answer->status == 400 ? kExitUsage : kExitUnavailable};
}

bool write_new_file(const std::string& path, ByteView bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return complain(0, "cannot make " + path + ": " + std::strerror(errno)), false;
  bool good = true;
  while (good && !bytes.empty()) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    good = count > 0;
    if (good) bytes.remove_prefix(static_cast<size_t>(count));
  }
  if (::close(file) == 0 && good) return true;
  return complain(0, "cannot write " + path + ": " + std::strerror(errno)), false;
}

}  // namespace gatehouse::cli
