// Every way to cut a small body, and some ways to cut a large one: all must say the same.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "tests/support/collect_forms.h"

namespace gatehouse::codec {

using gatehouse::testing::FormLog;
using gatehouse::testing::run_form;
using gatehouse::testing::run_whole;

/// said_of returns what a machine from `make` says of a body: in one piece, and checked to be the same in single bytes, in two
/// pieces cut anywhere, in three for bodies up to 64 bytes, and in random pieces. A body without an error is re-made by raw bytes.
template <typename Make>
FormLog said_of(Make make, ByteView body, const FormLog& empty = {}) {
  const FormLog whole = run_whole(make(), body, empty);
  const bool good = whole.said.ends_with("\nverdict=0");
  EXPECT_TRUE(body.starts_with(whole.raw));
  if (good) {
    EXPECT_EQ(whole.raw, body);
  }
  const auto expect_same = [&](const FormLog& other, size_t a, size_t b) {
    const bool same = other.said == whole.said && other.raw == whole.raw;
    EXPECT_TRUE(same) << "cut at " << a << " and " << b << " of " << body.substr(0, 200) << "\nwhole:" << whole.said.substr(0, 500) << "\ncut:"
                      << other.said.substr(0, 500);
    return same;
  };
  expect_same(run_form(make(), body, [](size_t) { return size_t{1}; }, empty), 1, 1);
  const auto cut = [&](size_t a, size_t b) {
    size_t at = 0;
    return expect_same(run_form(make(), body, [&](size_t left) {
      const size_t next = at < a ? a - at : at < b ? b - at : left;
      at += next;
      return next;
    }, empty), a, b);
  };
  if (body.size() <= 2000)
    for (size_t a = 1; a < body.size(); ++a) {
      if (!cut(a, a)) break;
      for (size_t b = a + 1; body.size() <= 64 && b < body.size(); ++b)
        if (!cut(a, b)) break;
    }
  uint64_t state = 1;
  for (int round = 0; round < 8; ++round) {
    const auto random = [&](size_t left) {
      state = state * 6364136223846793005 + 1442695040888963407;
      return std::min<size_t>(left, 1 + (state >> 33) % (size_t{4} << 2 * round));
    };
    expect_same(run_form(make(), body, random, empty), static_cast<size_t>(round), 0);
  }
  return whole;
}

/// verdict_of returns the error of a body.
template <typename Error, typename Make>
Error verdict_of(Make make, ByteView body, const FormLog& empty = {}) {
  const std::string said = said_of(make, body, empty).said;
  return static_cast<Error>(std::stoi(said.substr(said.rfind('=') + 1)));
}

/// steps_per_byte tells what a body costs in single bytes, as the machine counts.
template <typename Make>
double steps_per_byte(Make make, ByteView body, size_t piece = 1) {
  const FormLog log = run_form(make(), body, [&](size_t left) { return std::min(left, piece); });
  return static_cast<double>(log.steps) / static_cast<double>(body.size());
}

}  // namespace gatehouse::codec
