// Every key that a configuration uses: where it is, who reads it, how it is changed, what its loss means.
#pragma once

#include <string>
#include <vector>

#include "config/compile.h"
#include "record/sealing.h"

namespace gatehouse::cli {

/// KeyRow is one key, in words. No secret is in it.
struct KeyRow {
  std::string what;     // "TLS certificate of listener main"
  std::string where;    // a file, or why there is none
  std::string id;       // what tells it from another one: digest prefix of its public half; empty where none is shown
  std::string readers;
  std::string rotate;
  std::string loss;     // when it is gone, and when somebody else has it
};

/// key_id is a prefix of the digest of a key's public half, in hexadecimal.
std::string key_id(const record::KeyPublic& key);

/// keys_of lists them, those of transport first, then of callers, masks and records.
std::vector<KeyRow> keys_of(const config::Loaded& loaded, const config::Snapshot& snapshot);

std::string keys_text(const std::vector<KeyRow>& keys);
std::string keys_json(const std::vector<KeyRow>& keys);

}  // namespace gatehouse::cli
