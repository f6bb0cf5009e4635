/* Reads records of Gatehouse from C: the library gatehouse_records (pkg-config: gatehouse-records). What the bytes on disk
 * mean is record_format.h.
 *
 * All strings are UTF-8 or raw bytes with a length unless they are said to end with a zero. What comes from records is
 * hostile: escape it before it goes to a terminal, a page or a spreadsheet. No function throws or ends the process; after
 * GATEHOUSE_FAILED gatehouse_reader_error() says why. A reader is used by one thread at a time; two readers know nothing of
 * each other. Reading works while a gateway writes, and on folders that one left or somebody copied. */
#ifndef GATEHOUSE_RECORD_READER_H
#define GATEHOUSE_RECORD_READER_H

#include <stddef.h>
#include <stdint.h>

#include "gatehouse/record_format.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GATEHOUSE_READER_API __attribute__((visibility("default")))
#define GATEHOUSE_READER_VERSION 1

/* What gatehouse_reader_next() came to. */
enum gatehouse_step {
  GATEHOUSE_RECORD = 0, /* gatehouse_reader_record() is the next record, whole and checked */
  GATEHOUSE_DAMAGE = 1, /* gatehouse_reader_damage() says what is not as it was written; reading goes on behind it */
  GATEHOUSE_END = 2,    /* nothing more is there now */
  GATEHOUSE_FAILED = 3  /* the call itself failed */
};

/* What became of a record's sealed part. */
enum gatehouse_seal {
  GATEHOUSE_SEAL_ABSENT = 0,    /* there is none */
  GATEHOUSE_SEAL_OPENED = 1,    /* its sections are among the record's, and proved to be as written */
  GATEHOUSE_SEAL_NO_KEY = 2,    /* no key for it was given */
  GATEHOUSE_SEAL_WRONG_KEY = 3, /* it was sealed for others */
  GATEHOUSE_SEAL_NO_KEYS = 4,   /* the record with its wrapped keys is missing */
  GATEHOUSE_SEAL_DAMAGED = 5,   /* it was changed */
  GATEHOUSE_SEAL_NO_TENANT = 6,   /* it is a tenant's (section 98), and his secret was not given: destroyed, it is erased */
  GATEHOUSE_SEAL_WRONG_TENANT = 7 /* secrets of that tenant were given, but not the one that sealed it */
};

struct gatehouse_bytes {
  const void* data; /* not ended with a zero; NULL when size is 0 */
  size_t size;
};

/* One record. Pointers are valid until the reader's next call. */
struct gatehouse_record {
  uint16_t kind;          /* GATEHOUSE_RECORD_REQUEST, ... */
  uint8_t exchange[16];   /* zero where the record is of no exchange */
  uint8_t process[16];    /* with worker: the epoch that it is of */
  uint32_t worker;
  uint64_t sequence;      /* within the epoch */
  uint64_t wall_ns;       /* since 1970 */
  enum gatehouse_seal operations, auditor;
  struct gatehouse_bytes sections; /* those in clear and those that were opened: gatehouse_section_next() walks them */
  struct gatehouse_bytes file;     /* name of the segment or ring */
  uint64_t place;         /* offset in that file */
};

struct gatehouse_damage {
  struct gatehouse_bytes file;
  uint64_t place, sequence;
  uint8_t exchange[16];   /* zero where it is not known */
  struct gatehouse_bytes what;
};

struct gatehouse_section {
  uint16_t tag;           /* GATEHOUSE_RECORD_TAGS */
  struct gatehouse_bytes value;
};

struct gatehouse_reader;

/* gatehouse_reader_open opens a folder of records. `ring_dir` may be NULL: <dir>/rings. `keys` are `key_count` names of
 * secret key files (gatehouse keys make), tenants' among them, that open sealed records; what they do not open stays shut.
 * Returns the reader, to be closed, or NULL; `error` (of `error_size` bytes, may be NULL) then gets a text that ends with a
 * zero. */
GATEHOUSE_READER_API struct gatehouse_reader* gatehouse_reader_open(const char* dir, const char* ring_dir, const char* const* keys,
                                                                    size_t key_count, char* error, size_t error_size);
/* gatehouse_reader_close frees it; NULL is well. */
GATEHOUSE_READER_API void gatehouse_reader_close(struct gatehouse_reader* reader);

/* gatehouse_reader_next goes on to the next record in the order of time; records of one epoch keep their order. Memory: one
 * record (at most GATEHOUSE_RECORD_BYTES_MAX) per epoch that overlaps with others. */
GATEHOUSE_READER_API enum gatehouse_step gatehouse_reader_next(struct gatehouse_reader* reader);
GATEHOUSE_READER_API const struct gatehouse_record* gatehouse_reader_record(const struct gatehouse_reader* reader);
GATEHOUSE_READER_API const struct gatehouse_damage* gatehouse_reader_damage(const struct gatehouse_reader* reader);
/* The text of the last failure, which ends with a zero; empty when there was none. Valid until the next call. */
GATEHOUSE_READER_API const char* gatehouse_reader_error(const struct gatehouse_reader* reader);

/* gatehouse_section_next takes the first section off a row: *row becomes the rest. 1: *section was filled; 0: the row is at its
 * end; -1: what is left is no row. Any bytes may be given. */
GATEHOUSE_READER_API int gatehouse_section_next(struct gatehouse_bytes* row, struct gatehouse_section* section);
/* gatehouse_section_number reads a number: 1, or 0 when the value is not one (8 bytes). */
GATEHOUSE_READER_API int gatehouse_section_number(const struct gatehouse_section* section, uint64_t* number);
/* Names that end with a zero; "unknown" for codes of a later version. */
GATEHOUSE_READER_API const char* gatehouse_tag_name(uint16_t tag);
GATEHOUSE_READER_API const char* gatehouse_kind_name(uint16_t kind);
/* GATEHOUSE_READER_VERSION of the library that is running. */
GATEHOUSE_READER_API int gatehouse_reader_version(void);

#ifdef __cplusplus
}
#endif

#endif /* GATEHOUSE_RECORD_READER_H */
