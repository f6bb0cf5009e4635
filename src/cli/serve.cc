#include "control/serve.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"

namespace gatehouse::cli {

void add_serve(CLI::App& app, Run& chosen) {
  auto options = std::make_shared<control::ServeOptions>();
  CLI::App* command = app.add_subcommand("serve", "Run the gateway until it is told to stop");
  command->add_option("-c,--config", options->config_path, "The configuration file")
      ->required()
      ->type_name("FILE");
  command->footer(
      "SIGTERM drains: what runs goes on until deadlines.drain, new requests are refused.\n\n"
      "Examples:\n"
      "  gatehouse serve --config /etc/gatehouse/gateway.toml\n"
      "  gatehouse check --config gateway.toml && gatehouse serve --config gateway.toml");
  command->callback([options, &chosen] { chosen = [options] { return control::serve(*options); }; });
}

}  // namespace gatehouse::cli
