/* Lists the exchanges of a folder of records, with the C reader: an example, and what the reader's test runs.
 * cc read_records.c $(pkg-config --cflags --libs gatehouse-records) */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "gatehouse/record_reader.h"

static void print_id(const uint8_t id[16]) {
  for (int i = 0; i < 16; ++i) printf(i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", id[i]);
}

/* What comes from a record is hostile: nothing that moves a terminal is printed. */
static void print_text(struct gatehouse_bytes text) {
  const unsigned char* bytes = text.data;
  for (size_t i = 0; i < text.size; ++i) putchar(bytes[i] > 0x20 && bytes[i] < 0x7f ? bytes[i] : '?');
}

static int print_exchange(const struct gatehouse_record* record) {
  struct gatehouse_bytes row = record->sections;
  struct gatehouse_section section;
  int more;
  print_id(record->exchange);
  printf(" %s", gatehouse_kind_name(record->kind));
  while ((more = gatehouse_section_next(&row, &section)) == 1) {
    uint64_t number = 0;
    const char* name = gatehouse_tag_name(section.tag);
    if (strcmp(name, "subject") == 0 || strcmp(name, "method") == 0 || strcmp(name, "path") == 0) {
      printf(" %s=", name);
      print_text(section.value);
    } else if (strcmp(name, "status") == 0 && gatehouse_section_number(&section, &number)) {
      printf(" status=%llu", (unsigned long long)number);
    }
  }
  putchar('\n');
  return more;
}

int main(int count, char** words) {
  char error[256];
  unsigned long long records = 0, damages = 0, shut = 0;
  if (count < 3) return fprintf(stderr, "usage: read_records DIR RINGS [KEYFILE]...\n"), 64;
  struct gatehouse_reader* reader =
      gatehouse_reader_open(words[1], words[2], (const char* const*)words + 3, (size_t)count - 3, error, sizeof error);
  if (reader == NULL) return fprintf(stderr, "%s\n", error), 66;
  for (;;) {
    const enum gatehouse_step step = gatehouse_reader_next(reader);
    if (step == GATEHOUSE_END) break;
    if (step == GATEHOUSE_FAILED) return fprintf(stderr, "%s\n", gatehouse_reader_error(reader)), 70;
    if (step == GATEHOUSE_DAMAGE) {
      ++damages;
      continue;
    }
    const struct gatehouse_record* record = gatehouse_reader_record(reader);
    ++records;
    shut += record->operations > GATEHOUSE_SEAL_OPENED || record->auditor > GATEHOUSE_SEAL_OPENED;
    if (record->kind != GATEHOUSE_RECORD_REQUEST && record->kind != GATEHOUSE_RECORD_CLOSE &&
        record->kind != GATEHOUSE_RECORD_OUTCOME)
      continue;
    if (print_exchange(record) < 0) ++damages;
  }
  printf("%llu records, %llu shut, %llu damages\n", records, shut, damages);
  gatehouse_reader_close(reader);
  return damages == 0 ? 0 : 74;
}
