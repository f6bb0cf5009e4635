// Time is linear in a text's length, whatever it holds: what takes steps squared would take minutes here.
#include <gtest/gtest.h>

#include <string>
#include <time.h>

#include "detect/candidates.h"
#include "tests/support/padded.h"
#include "tests/support/sanitized.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kBytes = testing::kSanitized ? 64 * 1024 : 256 * 1024;
constexpr double kMostSeconds = 10;   // for what takes some hundredths of a second, a few tenths with sanitizers

/// Of this thread alone: a busy machine takes none of it.
double processor_seconds() {
  timespec used;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

class HostileText : public ::testing::TestWithParam<const char*> {};

TEST_P(HostileText, is_looked_through_in_time) {
  const std::string unit(GetParam());
  std::string text;
  while (text.size() < kBytes) text += unit;
  const testing::Padded padded(text);
  Wanted wanted;
  detectors_from_name("default", &wanted.set);
  Room<Found> found;
  Candidates candidates;
  const double begin = processor_seconds();
  candidates.start(padded.view(), wanted);
  candidates.any(0, padded.view().size());
  for (const ByteView field : {"", "date_of_birth", "password"})
    for (const bool open : {false, true}) {
      const size_t tail = detect({.bytes = padded.view(), .field = field, .open = open}, wanted, &found);
      EXPECT_LE(padded.view().size() - tail, kOpenMax);
    }
  EXPECT_LT(processor_seconds() - begin, kMostSeconds);
}

INSTANTIATE_TEST_SUITE_P(Of, HostileText,
                         ::testing::Values("1", "1 ", "1-", "1.", "12 ", "123-45-", "4111 ", "4111", "0", "00 ", "+1", "+1 ", "(1", "(1) ", "1/",
                                           "@", "a@", "a@b.", "@b.c", "a.", "a", "a-", "\"a ", "\"", "(at)", "a (at) b.cc", "DE44 ", "DE44",
                                           "DE44 5001 0517 ", "AB12 3456 ", "AB 12 34 56 ", "a1b2", "born ", "born 1", "born Jan 1 ", "geb.",
                                           "passport ", "passport A1", "passport AB ", "1944\xe5\xb9\xb4" "1\xe6\x9c\x88" "1\xe6\x97\xa5\xe7\x94\x9f",
                                           "1\xc2\xa0", "1\xe2\x80\x91", "\xc3\xa9", "\xe6\x97\xa5", "a:", ":", "::", "1:", "ab-", "a1-", "a1.",
                                           "10.0.0.1 ", "10.", "eyJ", "eyJh.", "AKIA", "ghp_", "password=", "password=a", "key: ", "token=\"",
                                           "://a:b", "://", "-----BEGIN ", "-----BEGIN RSA PRIVATE KEY-----", "sig=", "Bearer ", "authorization=",
                                           "authorization:", "authorization=your-", "authorization=...", "bearer authorization=", "phone 1",
                                           "phone 5551234 ", "<td>", "| 123-45-6789 | 1944-01-08 ", "123-45-6789 ", "x1 ", "\\n1", "*", "**", "*1",
                                           "1**", "4111 **", "**4111** ", "_1_", "a*@", "*@", "@*", "@a*", "a*b", "**a**.", "*a@b.cc*", "a*b.cc@",
                                           "1 **", "**1** ", "DE44 **5001** ", "<", "<<<", "A<", "P<UTOA<<B<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"));

}  // namespace
}  // namespace gatehouse::detect
