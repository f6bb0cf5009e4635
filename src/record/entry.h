// The parts of a record before it is written: tagged sections.
#pragma once

#include <span>
#include <string>

#include "base/bytes.h"
#include "gatehouse/record_format.h"

namespace gatehouse::record {

struct TenantKey;

enum class Kind : uint16_t {
  request = GATEHOUSE_RECORD_REQUEST,
  piece = GATEHOUSE_RECORD_PIECE,
  outcome = GATEHOUSE_RECORD_OUTCOME,
  close = GATEHOUSE_RECORD_CLOSE,
  approval = GATEHOUSE_RECORD_APPROVAL,
  snapshot = GATEHOUSE_RECORD_SNAPSHOT,
  start = GATEHOUSE_RECORD_START,
  pad = GATEHOUSE_RECORD_PAD,  // never appended by callers
  end = GATEHOUSE_RECORD_END,
  keys = GATEHOUSE_RECORD_KEYS,
  decision = GATEHOUSE_RECORD_DECISION,
  gap = GATEHOUSE_RECORD_GAP,
  erased = GATEHOUSE_RECORD_ERASED,
};

/// Direction says which body a piece's bytes are of. Records of hostile origin may say others, too; 0: not told.
enum class Direction : uint64_t {
  request = GATEHOUSE_RECORD_PIECE_REQUEST,
  answer = GATEHOUSE_RECORD_PIECE_ANSWER,
  content = GATEHOUSE_RECORD_PIECE_CONTENT,   // of a request in a content coding: what came out of it
  refusal = GATEHOUSE_RECORD_PIECE_REFUSAL,
};

/// Tag names a section; values in gatehouse/record_format.h.
enum class Tag : uint16_t {
#define GH_TAG(name, code, type, text) name = code,
  GATEHOUSE_RECORD_TAGS(GH_TAG)
#undef GH_TAG
};

/// Sections collects what one record says. Views are kept, not copied: they must live until append().
/// Fixed room: more than kMax sections is an assertion (callers bound lists). Nothing is allocated.
class Sections {
 public:
  static constexpr size_t kMax = 224;

  void bytes(Tag tag, ByteView value);       // left out when empty
  void number(Tag tag, uint64_t value);      // 8 bytes, little endian; written also when zero
  void direction(Direction of) { number(Tag::direction, static_cast<uint64_t>(of)); }
  /// of says whose record it is: two sections in clear, and where records are sealed, his secret seals it, too. nullptr: nobody's.
  /// The key is not owned: it lives until append().
  void of(const TenantKey* tenant);
  const TenantKey* tenant() const { return tenant_; }
  void clear() {
    count_ = 0;
    tenant_ = nullptr;
  }

  struct Section {
    Tag tag;
    bool is_number;
    uint64_t number;
    ByteView view;
  };
  std::span<const Section> all() const { return {items_, count_}; }

 private:
  Section items_[kMax];
  size_t count_ = 0;
  const TenantKey* tenant_ = nullptr;
};

/// SectionReader walks the sections of a payload; hostile input safe. Views point into the payload.
class SectionReader {
 public:
  explicit SectionReader(ByteView payload) : rest_(payload) {}

  /// next returns false at the end, or when the rest cannot be read: malformed() tells.
  bool next(Tag* tag, ByteView* value);
  bool malformed() const { return malformed_; }

 private:
  bool fail();

  ByteView rest_;
  bool malformed_ = false;
};

/// read_number returns false when the section is not 8 bytes.
bool read_number(ByteView value, uint64_t* out);

/// find_section returns the first section with that tag.
bool find_section(ByteView payload, Tag tag, ByteView* value);

/// Names for people; "unknown" for a code that this build does not know.
ByteView tag_name(Tag tag);
ByteView kind_name(Kind kind);
bool tag_is_number(Tag tag);

}  // namespace gatehouse::record
