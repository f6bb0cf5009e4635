// What signed heads say of every epoch: of a folder's own, and of what a witness kept.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "record/heads.h"
#include "record/stream.h"

namespace gatehouse::record {

/// Anchor is one signed place of an epoch: all records before it were these.
struct Anchor {
  uint64_t sequence = 0, offset = 0;   // of the record behind it
  Chain chain{};                       // of the record before it
  ExchangeId process;                  // of the head that says so
  uint64_t number = 0;
  WallNs wall = 0;
  uint64_t interval = 0;               // ns: the next one follows within this time
  bool ended = false;                  // nothing follows
  bool witnessed = false;              // only the witness has this head
};

/// SignedEpoch is what heads say of one epoch.
struct SignedEpoch {
  uint64_t segment_bytes = 0;
  bool strict = false;
  std::vector<Anchor> anchors;         // by sequence
  std::vector<HeadDigest> runs;        // by offset; a start may say again what the process before it said
};

/// HeadBook collects heads. Only those count whose signature is good and whose key is among `keys`; no keys: any, and
/// believed() is false. Read it before the records that it is to be compared with: these may grow meanwhile.
class HeadBook {
 public:
  explicit HeadBook(std::vector<HeadKey> keys = {}) : keys_(std::move(keys)) {}

  /// read_folder reads records.dir/heads; nothing when there is none.
  void read_folder(const std::string& dir);
  /// read_witness reads a file that a witness kept: heads one behind the other, of any processes. None at all is a finding: it
  /// was given to prove something. After read_folder.
  Result<Done, std::string> read_witness(const std::string& path);
  /// settle sorts what was read. Then the rest may be asked.
  void settle();

  std::map<Epoch, SignedEpoch>& epochs() { return epochs_; }
  const std::vector<Damage>& damages() const { return damages_; }   // of the heads themselves
  const std::vector<std::string>& notes() const { return notes_; }
  bool believed() const { return !keys_.empty(); }
  const std::set<HeadKey>& signers() const { return signers_; }
  uint64_t good() const { return good_; }           // heads of the folder that count
  uint64_t expected() const { return expected_; }   // heads that there should be, as far as numbers tell
  uint64_t witnessed() const { return witnessed_; } // heads of the folder that a witness has, too
  bool any() const { return !signers_.empty(); }
  /// may_live says whether a ring of this epoch can be one that no head names yet: its process signed a head, which it does before
  /// it makes rings, and none since, as each names all of them.
  bool may_live(const Epoch& epoch) const;

 private:
  struct File {
    std::string name;
    ExchangeId process;
    HeadName before;                         // of head 0
    struct Name {
      uint64_t number;
      crypto::Sha256 sha256;
      bool witnessed = false;                // a witness has it, too
    };
    std::vector<Name> names;                 // of heads, by number: as many as there are, whatever numbers say

    Name* find(uint64_t number);             // nullptr where one is missing
    uint64_t numbers() const { return names.empty() ? 0 : names.back().number + 1; }
  };
  class FileReading;

  bool trusted(const HeadKey& key) const;
  void take(const Head& head, bool witnessed);
  void report(Change change, const std::string& file, uint64_t place, std::string what);
  void check_links();

  std::vector<HeadKey> keys_;
  std::map<ExchangeId, File> files_;
  std::map<std::pair<ExchangeId, uint64_t>, crypto::Sha256> missing_;   // heads that only witnesses have, by process and number
  std::map<Epoch, SignedEpoch> epochs_;
  std::vector<Damage> damages_;
  std::vector<std::string> notes_;
  std::set<HeadKey> signers_;
  uint64_t good_ = 0, expected_ = 0, witnessed_ = 0;
};

}  // namespace gatehouse::record
