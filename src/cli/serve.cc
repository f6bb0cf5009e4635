#include "control/serve.h"

#include <memory>

#include "cli/commands.h"

namespace gatehouse::cli {

void add_serve(Command app) {
  auto options = std::make_shared<control::ServeOptions>();
  const Command command = app.add_subcommand("serve", "Run the gateway until it is told to stop");
  command.add_option("-c,--config", options->config_path, "The configuration file", "FILE").required();
  command.footer(
      "SIGTERM drains: what runs goes on until deadlines.drain, new requests are refused.\n\n"
      "Examples:\n"
      "  gatehouse serve --config /etc/gatehouse/gateway.toml\n"
      "  gatehouse check --config gateway.toml && gatehouse serve --config gateway.toml");
  command.runs([options] { return control::serve(*options); });
}

}  // namespace gatehouse::cli
