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

/// KeyKeeper asks each issuer whose keys come over the network in its time: where jwks_url says, else where its
/// discovery document does. What it has goes on to be used while an issuer is down, slow, lies or answers nonsense.
/// Control thread.
class KeyKeeper {
 public:
  /// Callers make an issuer be asked out of its time at most kUnasked times, and once more every kUnaskedAgain.
  static constexpr uint32_t kUnasked = 2;
  static constexpr MonotonicNs kUnaskedAgain = 30 * kNsPerSecond;

  /// `changed` is called when there are new keys, then `asked` whenever an issuer was asked, well or not.
  KeyKeeper(uring::Ring& ring, Front& front, JobThread& lookups, Log& log, std::function<void()> changed,
            std::function<void(const std::string& issuer)> asked);

  /// configure takes the issuers of a configuration; keys of one whose source is as before are kept.
  void configure(const config::Config& config);

  /// poll asks whom it is time to ask; next says when that is.
  void poll();
  MonotonicNs next() const;

  /// wanted: a token names a key that is not among `keys` (KeySet::generation; 0: none) of the issuer. True: it is
  /// being asked, `asked` follows. False: it is not asked now, or keys that are newer than those are in force already.
  bool wanted(ByteView issuer, uint64_t keys);

  /// Issuer is the state of one, for checks and metrics. `url` is what is asked, empty where keys come from a file.
  struct Issuer {
    std::string name, url;
    config::KeySource source;
    std::shared_ptr<const identity::KeySet> keys;
    WallNs fetched = 0;
    uint64_t fetches = 0, failures = 0;   // of one fetch each: a discovery and its keys are two
    std::string error;  // of the last time; empty when it worked. Printable
  };
  std::vector<const Issuer*> issuers() const;

 private:
  struct Kept {
    Issuer issuer;
    std::string issuer_url;              // discovery
    std::string refused;  // why the URL cannot be asked at all
    std::vector<FetchUrl> places;        // of the discovery document, in order
    size_t place = 0;
    FetchUrl url;                        // of the keys; no host: not discovered yet
    std::string discovery_error;         // of this time
    KeySchedule schedule{0};
    crypto::Sha256 document{};
    bool running = false;
    size_t tries = 0;
    uint32_t unasked = kUnasked;         // how often callers may still make it be asked
    MonotonicNs unasked_since = 0;
  };
  using KeptRef = std::shared_ptr<Kept>;
  using Answered = void (KeyKeeper::*)(const KeptRef&, const KeyFetch&);

  KeptRef make(const config::IssuerSettings& settings) const;
  bool idle(const Kept& kept) const { return !kept.issuer.url.empty() && kept.refused.empty() && !kept.running; }
  void ask(const KeptRef& kept, bool discover);
  void fetch(const KeptRef& kept, const FetchUrl& url, Answered take);
  void discovered(const KeptRef& kept, const KeyFetch& fetch);
  void answered(const KeptRef& kept, const KeyFetch& fetch);
  void failed(const KeptRef& kept, std::string why);
  void end(const KeptRef& kept);

  uring::Ring& ring_;
  Front& front_;
  JobThread& lookups_;
  Log& log_;
  std::function<void()> changed_;
  std::function<void(const std::string&)> asked_;
  std::unique_ptr<tls::ClientSettings> tls_;
  std::vector<KeptRef> kept_;  // by issuer index
};

}  // namespace gatehouse::control
