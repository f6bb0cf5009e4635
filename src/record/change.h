// What can be found wrong with records: a word for each kind, for people, scripts and tests.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace gatehouse::record {

/// X(name, text): kinds of change that verify tells apart. `text` is what people read.
#define GATEHOUSE_RECORD_CHANGES(X)                                                               \
  X(file, "a file cannot be placed or read")                                                      \
  X(header, "a header or the bytes between records were changed")                                 \
  X(contents, "contents were changed")                                                            \
  X(missing, "records were taken out")                                                            \
  X(order, "records were moved or put in")                                                        \
  X(chain, "the chain is broken: records were changed, moved, taken out or put in")               \
  X(segment_header, "a segment's header was changed")                                             \
  X(segment_missing, "a segment is missing")                                                      \
  X(cut, "a file was cut or grew")                                                                \
  X(behind, "bytes follow the last record")                                                       \
  X(epoch_missing, "an epoch is missing")                                                         \
  X(epoch_link, "an epoch does not continue the one before it")                                   \
  X(tail, "the end is missing")                                                                   \
  X(unclosed, "an exchange was never closed")                                                     \
  X(sections, "the sections of a payload cannot be read")                                         \
  X(recomputed, "changed, and checksums and chain recomputed: what was signed was another chain") \
  X(digest, "contents are not those whose digest was signed")                                     \
  X(head_damaged, "a head was changed")                                                           \
  X(head_missing, "heads were taken out")                                                         \
  X(head_forged, "a head is signed by another key")                                               \
  X(rolled_back, "the folder is older than what was witnessed")                                   \
  X(forked, "the folder says other than what was witnessed")                                      \
  X(not_signed, "records that nobody signed")                                                     \
  X(wrong_key, "the key given is not one that these records were sealed for")                     \
  X(seal, "sealed contents were changed, or sealed with other keys")                              \
  X(sealed_less, "sealed less strictly than the configuration in force demanded")                  \
  X(decision, "a decision does not go with its request")

enum class Change : uint8_t {
#define GH_CHANGE(name, text) name,
  GATEHOUSE_RECORD_CHANGES(GH_CHANGE)
#undef GH_CHANGE
};

/// change_name is the word, change_text the sentence.
ByteView change_name(Change change);
ByteView change_text(Change change);

}  // namespace gatehouse::record
