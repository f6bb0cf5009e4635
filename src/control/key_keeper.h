// The keys of issuers that publish them at a URL: asked for at start and again and again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "control/front.h"
#include "control/job_thread.h"
#include "control/log.h"
#include "crypto/digest.h"
#include "tls/settings.h"

namespace gatehouse::control {

/// KeyKeeper asks each issuer with jwks_url in its time. What it has goes on to be used while an issuer is down,
/// slow or answers nonsense. Control thread.
class KeyKeeper {
 public:
  /// `changed` is called when there are new keys.
  KeyKeeper(uring::Ring& ring, Front& front, JobThread& lookups, Log& log, std::function<void()> changed);

  /// configure takes the issuers of a configuration; keys of one whose URL is as before are kept.
  void configure(const config::Config& config);

  /// poll asks whom it is time to ask; next says when that is.
  void poll();
  MonotonicNs next() const;

  /// Issuer is the state of one, for checks and metrics. `url` is empty where keys come from a file.
  struct Issuer {
    std::string name, url;
    std::shared_ptr<const identity::KeySet> keys;
    WallNs fetched = 0;
    uint64_t fetches = 0, failures = 0;
    std::string error;  // of the last fetch; empty when it worked
  };
  std::vector<const Issuer*> issuers() const;

 private:
  struct Kept {
    Issuer issuer;
    std::string refused;  // why the URL cannot be asked at all
    FetchUrl url;
    KeySchedule schedule{0};
    crypto::Sha256 document{};
    bool running = false;
    size_t tries = 0;
  };
  using KeptRef = std::shared_ptr<Kept>;

  void ask(const KeptRef& kept);
  void connect(const KeptRef& kept, const Address& to);
  void answered(const KeptRef& kept, const KeyFetch& fetch);
  void failed(const KeptRef& kept, std::string why);

  uring::Ring& ring_;
  Front& front_;
  JobThread& lookups_;
  Log& log_;
  std::function<void()> changed_;
  std::unique_ptr<tls::ClientSettings> tls_;
  std::vector<KeptRef> kept_;  // by issuer index
};

}  // namespace gatehouse::control
