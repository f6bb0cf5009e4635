// `gatehouse reload`: the running gateway reads everything again and says what came of it.
#include <simdjson.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "cli/admin_client.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/exit_code.h"
#include "cli/places.h"
#include "config/json_text.h"

namespace gatehouse::cli {
namespace {

struct ReloadOptions {
  std::string config;
  std::string socket;
  bool json = false;
};

/// said_in takes the part for people out of an answer; empty when it is not such an answer.
std::string said_in(const std::string& body) {
  simdjson::dom::parser parser;
  std::string_view text;
  if (parser.parse(body)["text"].get(text) != simdjson::SUCCESS) return {};
  return std::string(text);
}

/// await_move: a gateway whose run_dir was changed comes to the new one by itself, when it next looks at its files.
void await_move(const std::string& socket) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  while (nobody_listens(socket) && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

int reload(const ReloadOptions& options) {
  std::string socket = options.socket;
  if (socket.empty() && options.config.empty()) {
    std::fputs("gatehouse: which gateway? give --config FILE or --socket PATH\n", stderr);
    return kExitUsage;
  }
  AdminPlace place;
  if (socket.empty()) {
    place = admin_place(options.config);
    if (place.socket.empty()) return place.complain(), kExitConfig;   // also of a file that is not there: nothing else came of it
    socket = place.socket;
  }
  if (options.socket.empty() && place.code == kExitOk) await_move(socket);
  const auto answer = ask_admin(socket, "POST", "/reload", "");
  if (!answer) {
    // Without a gateway to ask, what is wrong with the file is the better news.
    if (place.code != kExitOk) return place.complain();
    return complain(kExitUnavailable, answer.error());
  }
  const bool known = answer->status == 200 || answer->status == 422;
  if (!known)
    return complain(kExitUnavailable, "the gateway refused (" + std::to_string(answer->status) + "): " + said_in(answer->body));
  const std::string text = options.json ? answer->body : said_in(answer->body);
  const bool good = answer->status == 200;
  std::fputs(text.c_str(), good || options.json ? stdout : stderr);
  return good ? kExitOk : kExitConfig;
}

}  // namespace

void add_reload(Command app) {
  auto options = std::make_shared<ReloadOptions>();
  const Command command = app.add_subcommand("reload", "Let the running gateway read everything again, and wait for it");
  const Option file = command.add_option("-c,--config", options->config, "The gateway's configuration file", "FILE");
  command.add_option("--socket", options->socket, "The admin socket, instead of --config", "PATH").excludes(file);
  command.add_flag("--json", options->json, "The gateway's answer as it is: JSON");
  command.footer(
      "Configuration, certificates, keys and credentials are read and checked whole, then taken over at once;\n"
      "no request is dropped. Prints what was added, changed and removed since the last reload, or everything\n"
      "that is wrong: then nothing changes, and the exit code is 78. Sockets at other addresses\n"
      "are opened before the old ones close; where workers, or where and how records are written, are to be others, new\n"
      "workers serve before the old ones finish; what is in gateway.state_dir moves to another one. Only the number of\n"
      "listeners needs a restart: then nothing changes.\n\n"
      "Examples:\n"
      "  gatehouse reload --config gateway.toml\n"
      "  gatehouse reload --socket /run/gatehouse/admin.sock --json");
  command.runs([options] { return reload(*options); });
}

}  // namespace gatehouse::cli
