#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/exchange_id.h"
#include "cli/admin_options.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/exit_code.h"
#include "cli/held_request.h"
#include "cli/json_lines.h"
#include "config/json_text.h"

namespace gatehouse::cli {
namespace {

struct ApprovalOptions : AdminOptions {
  std::string id;
  std::string note;
  std::string output;
  bool body = false, request = false;
};

std::string trouble_with_id(const std::string& id) {
  return parse_exchange_id(id) ? "" : "'" + config::printable(id) + "' is not an exchange id";
}

void add_id(Command command, ApprovalOptions& options) {
  command.add_option("id", options.id, "The exchange id, as `approvals list` shows it", "ID").required().check(trouble_with_id);
}

/// ask sends one request and prints the answer.
int ask(const ApprovalOptions& options, const std::string& method, const std::string& path,
        const std::string& json, const char* nothing) {
  const auto socket = socket_of(options);
  if (!socket) return socket.error();
  const auto answer = ask_well(*socket, method, path, json);
  if (!answer) return answer.error();
  std::string lines = options.json ? answer->body : json_lines(answer->body);
  if (!lines.empty() && lines.back() != '\n') lines += '\n';
  std::fputs(answer->body.empty() || lines.empty() ? nothing : lines.c_str(), stdout);
  return kExitOk;
}

bool write_whole(int descriptor, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

/// to_file writes a new file that is ours alone: what is in it came from a stranger.
int to_file(const std::string& path, std::initializer_list<ByteView> parts) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return complain(kExitIo, "cannot make " + path + ": " + std::strerror(errno));
  bool good = true;
  size_t bytes = 0;
  for (const ByteView part : parts) {
    good = good && write_whole(file, part);
    bytes += part.size();
  }
  if (::close(file) != 0 || !good) return complain(kExitIo, "cannot write " + path + ": " + std::strerror(errno));
  std::printf("%zu bytes written to %s\n", bytes, config::printable(path).c_str());
  return kExitOk;
}

/// to_terminal shows line by line what could steer it.
void to_terminal(ByteView bytes) {
  for (bool more = true; more;) {
    const size_t end = bytes.find('\n');
    more = end != ByteView::npos;
    if (more || !bytes.empty()) std::printf("%s\n", config::printable(bytes.substr(0, end)).c_str());
    bytes.remove_prefix(more ? end + 1 : bytes.size());
  }
}

/// show_whole gives what would be sent: as it is to a file or a pipe, safe to a terminal.
int show_whole(const ApprovalOptions& options) {
  const auto socket = socket_of(options);
  if (!socket) return socket.error();
  const auto held = held_request(*socket, options.id);
  if (!held) return complain(held.error().code, held.error().text);
  const approve::Bound& parts = (*held)->parts;
  const ByteView head = options.request ? parts.head : ByteView{};
  if (!options.output.empty()) return to_file(options.output, {head, parts.body});
  if (::isatty(STDOUT_FILENO) == 0) {
    const bool good = write_whole(STDOUT_FILENO, head) && write_whole(STDOUT_FILENO, parts.body);
    return good ? kExitOk : complain(kExitIo, std::string("cannot write: ") + std::strerror(errno));
  }
  to_terminal(head);
  to_terminal(parts.body);
  return kExitOk;
}

void add_held_list(Command approvals) {
  auto options = std::make_shared<ApprovalOptions>();
  const Command command = approvals.add_subcommand("list", "Requests that wait for a person");
  add_admin_options(command, *options);
  command.footer(
      "Examples:\n  gatehouse approvals list --config gateway.toml\n"
      "  gatehouse approvals list --socket /run/gatehouse/admin.sock --json");
  command.runs([options] { return ask(*options, "GET", "/approvals", "", "nothing waits for a person\n"); });
}

void add_held_show(Command approvals) {
  auto options = std::make_shared<ApprovalOptions>();
  const Command command = approvals.add_subcommand("show", "Who asks for what, and why it is held");
  add_id(command, *options);
  add_admin_options(command, *options);
  command.add_flag("--body", options->body, "The whole body, as it would be sent");
  command.add_flag("--request", options->request, "Head and body, as they would be sent; the origin's credential is a *");
  command.add_option("--output", options->output, "Write the body, or the request, to a new file", "FILE");
  command.footer(
      "Body and request are checked against the digest that an approval is bound to. A file or a pipe gets them as\n"
      "they are, a terminal without what could steer it.\n\n"
      "Examples:\n"
      "  gatehouse approvals show 0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e --config gateway.toml\n"
      "  gatehouse approvals show 0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e --config gateway.toml --body\n"
      "  gatehouse approvals show 0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e --config gateway.toml --request --output held.http");
  command.runs([options] {
    const bool whole = options->body || options->request || !options->output.empty();
    if (whole && options->json) return complain(kExitUsage, "--json shows the card; a body is given as it is");
    return whole ? show_whole(*options) : ask(*options, "GET", "/approvals/" + options->id, "", "");
  });
}

void add_answer(Command approvals, const char* verb, const char* says, const char* done) {
  auto options = std::make_shared<ApprovalOptions>();
  const Command command = approvals.add_subcommand(verb, says);
  add_id(command, *options);
  add_admin_options(command, *options);
  command.add_option("--note", options->note, "Why; it is recorded", "TEXT");
  command.footer(std::string("Examples:\n  gatehouse approvals ") + verb +
                 " 0190f3c2-8a4b-7c11-9e5d-2f6a1b3c4d5e --config gateway.toml --note \"ticket 4711\"");
  command.runs([=] {
    std::string json = "{";
    if (!options->note.empty()) {
      json += "\"note\":";
      config::append_json(json, options->note);
    }
    return ask(*options, "POST", "/approvals/" + options->id + "/" + verb, json + "}", done);
  });
}

}  // namespace

void add_approvals(Command app) {
  const Command approvals = app.add_subcommand("approvals", "Answer for requests that wait for a person");
  approvals.require_subcommand();
  approvals.footer(
      "Whoever may write to the admin socket may approve; the gateway records who it was.\n\n"
      "Examples:\n"
      "  gatehouse approvals list --config gateway.toml\n"
      "  gatehouse approvals approve ID --config gateway.toml --note \"ticket 4711\"");
  add_held_list(approvals);
  add_held_show(approvals);
  add_answer(approvals, "approve", "Let exactly this request go, once", "approved\n");
  add_answer(approvals, "deny", "Refuse this request", "denied\n");
}

}  // namespace gatehouse::cli
