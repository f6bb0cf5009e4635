// Patterns of people who mean well or not: each runs through ordinary text for long, or looks as if it did. Their cost was
// measured once (bench/figures.md says where), so that what is reckoned can be held against it without a clock; pattern_bench
// measures them anew.
#pragma once

#include <cstdint>

namespace gatehouse {

struct HostilePattern {
  const char* expression;
  uint64_t ns_per_kib;   // of cost_sample(), as pattern::ns_per_kib measured the set of this one
};

inline constexpr HostilePattern kHostilePatterns[] = {
    {"(a|e)[^x]{50}z", 15394}, {"(a|e)[^x]{200}z", 26881}, {"[aeiou][^\\n]{30}[aeiou]q", 13}, {"[a-z]{3,50}x", 58},
    {"e.{20}q", 12}, {"e.{100}q", 13}, {"e.{500}q", 13}, {"e[^\\n]{100}qu", 17}, {"(e|t|a|o)[^x]{80}(q|z)", 42328},
    {"(?:a.{10}){4}z", 3601}, {"\\w{20,60}@", 16}, {"\\s\\w{5,40}\\d", 756}, {".*a.*b", 323}, {"(a|b)+c", 89},
    {"[^q]{100}q", 13}, {".{5}drop", 33}, {".{50}drop", 49}, {"a[^b]{1,100}c[^d]{1,100}e", 13395},
    {"(?:[a-z]+ ){5}zz", 18}, {"(?:\\w+\\s+){8}q", 13}, {"[a-z]+[0-9]+[a-z]+", 764}, {"t[^x]{60}z|e[^x]{60}z", 12798},
    {"i.{300}j", 5614}, {"\\d{3}-\\d{2}", 145}, {"[0-9a-f]{32}", 66}, {"a{50}", 19}, {"(?:..a){20}z", 18},
    {"[^ ]{40}", 2007}, {"x?y?z?a[^k]{90}w", 12680}, {"(?:(?:a.{5}){3}b){3}n", 162}, {"[a-z ]{60}\\d", 1761},
    {"o[\\s\\w]{70}k", 249}, {"(?:e[^x]{9}|t[^y]{9}){6}s", 10581}};

}  // namespace gatehouse
