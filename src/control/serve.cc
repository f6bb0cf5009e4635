#include "control/serve.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdio>

#include "control/folders.h"
#include "control/gateway.h"
#include "control/known_issuers.h"
#include "control/process.h"
#include "crypto/gcm.h"
#include "net/listener.h"
#include "store/store.h"

namespace gatehouse::control {

namespace {

using telemetry::Level;
using telemetry::LogLine;

// sysexits(3), as serve.h promises.
constexpr int kNoInput = 66;
constexpr int kSoftware = 70;
constexpr int kRecords = 74;
constexpr int kState = 74;
constexpr int kConfig = 78;

int complain(int code, const std::string& text) {
  fprintf(stderr, "gatehouse: %s\n", text.c_str());
  return code;
}

int complain(const config::Diagnostics& diagnostics) {
  for (const config::Diagnostic& one : diagnostics) fprintf(stderr, "%s\n", config::render(one).c_str());
  fprintf(stderr, "%s\n", config::summary(diagnostics).c_str());
  return kConfig;
}

/// House is everything that lives as long as serve(), in the order in which it must go: last first.
struct House {
  config::Loaded loaded;
  config::Config& config = loaded.config;
  config::Diagnostics warnings;
  std::shared_ptr<config::Snapshot> snapshot;
  tls::TicketKeys tickets = tls::make_ticket_keys(nullptr);
  std::vector<int> cpus = allowed_cpus();
  uint32_t worker_count = 1;
  int signals = -1, jobs_done = -1;
  std::unique_ptr<uring::Ring> ring;
  std::unique_ptr<store::Store> store;
  std::shared_ptr<LedgerBook> book;
  std::shared_ptr<TokenDesk> desk;
  std::shared_ptr<LastConfiguration> last;
  config::Inventory inventory;   // of what is loaded, until it is kept
  Doors doors;
  LogThread log_thread{2};
  Places places{log_thread};
  LogQueue* log_queue = nullptr;
  std::unique_ptr<Log> log;
  std::unique_ptr<Generation> generation;   // the first

  int load(const std::string& path);
  int open(std::string* why);
  Result<Done, std::string> note_configuration(const record::Writer& writer);
  Result<Done, std::string> keep_configuration();
  void say_started();
  int run(const std::string& path);
  void close_descriptors();
};

int House::load(const std::string& path) {
  auto text = config::read_configuration(path);
  if (!text) {
    complain(text.error());
    return kNoInput;
  }
  const std::string base = config::folder_of(path);
  const config::Loaded first = config::load_text(*text, path, base);
  // Only the number of workers is taken from it: what is wrong is said once, by the function check calls.
  const uint32_t wanted = first.ok() ? first.config.gateway.workers : 1;
  worker_count = wanted != 0 ? wanted : static_cast<uint32_t>(cpus.size());
  config::RuntimeInputs inputs;
  inputs.workers = worker_count;
  inputs.tickets = tickets;
  inputs.now = wall_clock();
  inputs.cache = true;
  config::Prepared prepared = config::prepare_text(std::move(*text), path, base, inputs);
  if (!prepared.ok()) return complain(prepared.loaded.diagnostics);
  loaded = std::move(prepared.loaded);
  warnings = std::move(loaded.diagnostics);
  snapshot = std::move(prepared.snapshot);
  return 0;
}

int House::open(std::string* why) {
  if (const auto unfit = unfit_folder(config); unfit && unfit->there) return *why = unfit->text, unfit->exit_code;
  signals = take_signals();
  jobs_done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (signals < 0 || jobs_done < 0) return *why = "no descriptors are left", kUnavailable;
  uring::RingOptions small;
  small.entries = 256;
  small.sockets = 512;
  small.hot_buffers = 16;
  small.overflow_buffers = 16;
  small.off = config.gateway.ring_off;
  auto opened = uring::Ring::open(small);
  if (!opened) return *why = opened.error(), kUnavailable;
  ring = std::move(*opened);
  auto opened_store = store::Store::open(config.gateway.state_dir.value);
  if (!opened_store) return *why = "gateway.state_dir cannot be used: " + opened_store.error(), kState;
  store = std::move(*opened_store);
  book = std::make_shared<LedgerBook>(*store);
  if (auto read = book->open(); !read) return *why = "gateway.state_dir cannot be used: " + read.error(), kState;
  warn_of_strays(*book->ledger()->revocations, *snapshot, wall_clock(), &warnings);
  desk = std::make_shared<TokenDesk>(*store);
  if (const config::TokenExchangeSettings& tokens = config.token_exchange; tokens.enabled()) {
    if (auto ready = desk->open(tokens.rotation, wall_clock()); !ready) return *why = ready.error(), kState;
    config::put_gateway_keys(*snapshot, desk->keys().published());
  }
  const std::vector<uint32_t> numbers = free_numbers({}, worker_count);
  auto writer = start_writer(writer_options(config, *snapshot, numbers), {});
  if (!writer) return *why = "records cannot be written: " + writer.error(), kRecords;
  if (auto noted = note_configuration(**writer); !noted) return *why = "gateway.state_dir cannot be used: " + noted.error(), kState;
  auto opened_doors = open_doors(config, worker_count, nullptr);
  if (!opened_doors) return *why = opened_doors.error().what + ": " + opened_doors.error().why, kUnavailable;
  doors = std::move(*opened_doors);
  log_queue = &log_thread.add();
  log = std::make_unique<Log>(*log_queue, level_of(config.log_level));
  log_thread.start();
  GenerationStart start;
  start.places = &places;
  start.cpus = cpus;
  start.control_ring = ring->descriptor();
  start.ring_off = config.gateway.ring_off;
  start.snapshot = snapshot;
  start.ledger = book->ledger();
  generation = std::make_unique<Generation>(1, numbers, std::move(*writer));
  if (const auto ready = generation->start(start); !ready) return *why = ready.error(), kUnavailable;
  if (auto kept = keep_configuration(); !kept) return *why = "gateway.state_dir cannot be used: " + kept.error(), kState;
  return 0;
}

/// note_configuration says what this start changes, before the first record says so.
Result<Done, std::string> House::note_configuration(const record::Writer& writer) {
  last = std::make_shared<LastConfiguration>(*store);
  if (auto opened = last->open(); !opened) return opened;
  const auto before = last->read(snapshot->heads_key.get());
  if (!before) return Failure{before.error()};
  inventory = config::inventory_of(loaded.tree, *snapshot);
  snapshot->note = note_start(*before, config.records.dir, writer.process(), inventory, *snapshot);
  return Done{};
}

/// keep_configuration keeps it for the next start, once this one has said what it changes: nothing is compared with one that fails
/// before.
Result<Done, std::string> House::keep_configuration() {
  return last->keep({generation->writer()->process(), snapshot->version, snapshot->policy_hash, std::move(inventory)},
                    snapshot->heads_key.get());
}

void House::say_started() {
  const WallNs now = wall_clock();
  log->line(now, Level::info, "started", [&](LogLine& line) {
    line.text("version", GATEHOUSE_VERSION).number("workers", worker_count);
    line.text("policy_hash", crypto::hex(snapshot->policy_hash)).text("io_uring", generation->threads()[0]->features());
  });
  say_alerts(*log, now, *snapshot);
  for (const std::string& note : generation->writer()->notes())
    log->line(now, Level::info, "records", [&](LogLine& line) { line.text("note", note); });
  for (const config::Diagnostic& warning : warnings) {
    log->line(now, Level::warning, "config_warning", [&](LogLine& line) {
      line.text("code", config::code_text(warning.code)).text("message", warning.message);
      if (!warning.label.empty()) line.text("cause", warning.label);
      if (!warning.help.empty()) line.text("help", warning.help);
      if (warning.place.known()) line.text("file", warning.source->name()).number("line", warning.place.line);
    });
  }
  const auto listening = [&](const std::string& name, int descriptor, bool tls) {
    log->line(now, Level::info, "listening", [&](LogLine& line) {
      line.text("name", name).text("address", format_address(net::bound_address(descriptor))).boolean("tls", tls);
    });
  };
  for (size_t i = 0; i < config.listeners.size(); ++i)
    listening(config.listeners[i].name.value, doors.listeners[i]->first(), !config.listeners[i].certificates.empty());
  listening("health", doors.health->first(), false);
  listening("admin", doors.admin->first(), false);
}

int House::run(const std::string& path) {
  say_started();
  GatewayParts parts;
  parts.config_path = path;
  parts.ring = ring.get();
  parts.log = log.get();
  parts.signals = signals;
  parts.jobs_done = jobs_done;
  parts.places = &places;
  parts.desk = desk;
  parts.store = store.get();
  parts.book = book;
  parts.last = last;
  parts.cpus = cpus;
  auto gateway = std::make_unique<Gateway>(parts, std::move(loaded), std::move(snapshot), tickets, std::move(doors),
                                           std::move(generation));
  const bool clean = gateway->run();
  std::string why;
  if (!clean) {
    // Threads hold memory that cannot be freed under them: records are made safe, then the process goes at once.
    log->line(wall_clock(), Level::error, "stopped", [](LogLine& line) { line.boolean("clean", false); });
    gateway->close_records(&why);
    log_thread.stop();
    _exit(kSoftware);
  }
  const bool recorded = gateway->close_records(&why);
  log->line(wall_clock(), recorded ? Level::info : Level::error, "stopped", [&](LogLine& line) {
    line.boolean("clean", true).boolean("records_complete", recorded);
    if (!recorded) line.text("error", why);
  });
  log_thread.stop();
  return recorded ? 0 : kRecords;
}

void House::close_descriptors() {
  for (const int descriptor : {signals, jobs_done})
    if (descriptor >= 0) ::close(descriptor);
}

}  // namespace

int serve(const ServeOptions& options) {
  harden();
  if (!crypto::gcm_gives(crypto::kGcmAnswers))   // before anything is sealed that nobody could open
    return complain(kSoftware, "AES-GCM gives wrong answers on this processor: nothing was started (OPENSSL_ia32cap=:0 in the "
                               "environment takes its fast kernels out of use)");
  auto house = std::make_unique<House>();
  if (const int code = house->load(options.config_path); code != 0) return code;
  std::string why;
  if (const int code = house->open(&why); code != 0) {
    complain(code, why);
    if (house->generation != nullptr) {
      house->generation->close_records();
      _exit(code);  // one worker failed: others run already
    }
    house->close_descriptors();
    return code;
  }
  const int code = house->run(options.config_path);
  house->close_descriptors();
  return code;
}

}  // namespace gatehouse::control
