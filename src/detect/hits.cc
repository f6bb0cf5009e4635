#include "detect/hits.h"

#include <algorithm>

#include "base/letters.h"
#include "detect/emphasis.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gatehouse::detect {
namespace {

constexpr size_t kFewBlocks = 2;  // these are put together one by one

bool is_hex(char c) { return is_digit(c) || is_hex_letter(c); }

/// Block is one block's signs.
struct Block {
  uint64_t at, digit, between, colon, hex, token, backslash, slash, dot, letter_u, two, three, literal, emphasis;
};

Block block_of(const Signs& signs, size_t b) {
  return {signs.at[b],        signs.digit[b], signs.between[b], signs.colon[b],    signs.hex[b], signs.token[b],
          signs.backslash[b], signs.slash[b], signs.dot[b],     signs.letter_u[b], signs.two[b], signs.three[b], signs.literal[b],
          signs.emphasis[b]};
}

/// The masks moved up, towards later bytes, with what the block before ended with; and down.
template <int by>
uint64_t up(uint64_t mask, uint64_t before) {
  return mask << by | before >> (64 - by);
}
uint64_t down(uint64_t mask, bool after) { return mask >> 1 | static_cast<uint64_t>(after) << 63; }

uint64_t colons(const Block& signs, char after, Ended* ended) {
  const uint64_t part = signs.hex | signs.colon;
  if (signs.colon == 0) {
    ended->part = part;
    return 0;
  }
  const uint64_t found = signs.colon & up<1>(part, ended->part) & down(part, after == ':' || is_hex(after));
  ended->part = part;
  return found;
}

/// The kTokenMin-th byte of each token.
uint64_t tokens(const Block& signs, Ended* ended) {
  Ended::Token now, &last = ended->token;
  now.one = signs.token;
  now.two = now.one & up<1>(now.one, last.one);
  now.four = now.two & up<2>(now.two, last.two);
  now.eight = now.four & up<4>(now.four, last.four);
  now.sixteen = now.eight & up<8>(now.eight, last.eight);
  now.twenty = now.sixteen & up<16>(now.four, last.four);
  const uint64_t first = now.twenty & ~up<1>(now.twenty, last.twenty);
  last = now;
  return first;
}

/// The fifth sign between pairs of hexadecimal digits, and the second dot between fours: 00:1b:63:84:45:e6, 001b.6384.45e6.
uint64_t groups(const Block& signs, char after, Ended* ended) {
  Ended::Groups& last = ended->groups;
  const uint64_t hex = signs.hex;
  const uint64_t one = (signs.between | signs.colon) & up<1>(hex, last.hex) & down(hex, is_hex(after));
  if (one == 0) {
    last = {hex, 0, 0, 0};
    return 0;
  }
  const uint64_t two = one & up<3>(one, last.one);
  const uint64_t five = two & up<6>(two, last.two) & up<12>(one, last.one);
  const uint64_t dot = one & signs.dot;
  const uint64_t fours = dot & up<5>(dot, last.dot) & up<2>(hex, last.hex) & up<3>(hex, last.hex);
  last = {hex, one, two, dot};
  return five | fours;
}

/// The third dot between numbers of one to three digits: 10.0.0.1.
uint64_t quads(const Block& signs, char after, Ended* ended) {
  Ended::Quad now, &last = ended->quad;
  now.digit = signs.digit;
  if (signs.dot == 0) {
    last = now;
    return 0;
  }
  now.one = signs.dot & up<1>(now.digit, last.digit) & down(now.digit, is_digit(after));
  now.two = now.one & (up<2>(now.one, last.one) | up<3>(now.one, last.one) | up<4>(now.one, last.one));
  const uint64_t three = now.one & (up<2>(now.two, last.two) | up<3>(now.two, last.two) | up<4>(now.two, last.two));
  last = now;
  return three;
}

/// The fourth byte of two letters and two digits, and the sixth of those with a sign between and behind: DE44, DE 44 5. In a
/// block with a digit.
uint64_t accounts(const Block& signs, Ended* ended) {
  const uint64_t letter = signs.token & ~signs.digit, last = ended->letter;
  const uint64_t digits_before = ended->digit, between_before = ended->between;
  ended->letter = letter;
  ended->digit = signs.digit;
  ended->between = signs.between;
  if (signs.digit == 0) return 0;
  const uint64_t digits = up<1>(signs.digit, digits_before);
  const uint64_t together = signs.digit & digits & up<2>(letter, last) & up<3>(letter, last);
  const uint64_t apart = signs.between & digits & up<2>(signs.digit, digits_before) & up<3>(signs.between, between_before) &
                         up<4>(letter, last) & up<5>(letter, last);
  return together | apart;
}

/// The bytes that are the kRunMin-th or a later one of digits with single separators between, and emphasis. It may take other
/// characters of two and three bytes for separators: Sequence looks closer. A run does not survive a block without a digit.
uint64_t runs(const Block& signs, char after, Ended* ended) {
  Ended::Run now, &last = ended->run;
  if (signs.digit == 0) {
    last = now;
    return 0;
  }
  const uint64_t left = up<1>(signs.digit, last.digit);
  now.digit = signs.digit;
  now.lead = signs.digit | signs.backslash | signs.emphasis;
  now.two_wide = signs.two & left;
  now.three_wide = signs.three & left;
  const uint64_t narrow = signs.digit | signs.emphasis;
  const uint64_t behind = down(narrow | signs.slash, is_digit(after) || after == '/' || is_emphasis(after));
  now.one = narrow | (signs.between & up<1>(now.lead, last.lead) & behind) | now.two_wide | now.three_wide |
            up<1>(now.two_wide, last.two_wide) | up<1>(now.three_wide, last.three_wide) | up<2>(now.three_wide, last.three_wide);
  now.two = now.one & up<1>(now.one, last.one);
  now.four = now.two & up<2>(now.two, last.two);
  const uint64_t six = now.four & up<4>(now.two, last.two);
  last = now;
  return six;
}
static_assert(kRunMin == 4 + 2);

}  // namespace

void read_hits_plain(ByteView text, size_t begin, const Signs* signs, size_t count, const HitReader::Needs& needs, Ended* ended,
                     Hits* out) {
  for (size_t i = 0; i < count; ++i) {
    const Block block = block_of(signs[i / kLanes], i % kLanes);
    const size_t end = begin + (i + 1) * 64, b = i % kLanes;
    const char after = end < text.size() ? text[end] : '\0';
    Hits& hits = out[i / kLanes];
    if (b == 0) hits.has_sure = hits.has_literal = hits.has_escape = 0;
    hits.at[b] = needs.at ? block.at : 0;
    hits.run[b] = needs.run ? runs(block, after, ended) : 0;
    hits.account[b] = needs.account ? accounts(block, ended) : 0;
    hits.colon[b] = needs.colon ? colons(block, after, ended) : 0;
    hits.token[b] = needs.token ? tokens(block, ended) : 0;
    hits.groups[b] = needs.groups ? groups(block, after, ended) : 0;
    hits.quad[b] = needs.quad ? quads(block, after, ended) : 0;
    hits.literal[b] = needs.literal ? block.literal : 0;
    hits.escape[b] = block.backslash & down(block.letter_u, after == 'u');
    hits.sure[b] = hits.at[b] | hits.run[b] | hits.account[b] | hits.colon[b] | hits.token[b] | hits.groups[b] |
                   hits.quad[b];
    const auto note = [b](uint64_t mask, uint8_t* has) { *has = static_cast<uint8_t>(*has | (mask != 0 ? 1u : 0u) << b); };
    note(hits.sure[b], &hits.has_sure);
    note(hits.literal[b], &hits.has_literal);
    note(hits.escape[b], &hits.has_escape);
  }
}

#if defined(__x86_64__)

#define AVX512 __attribute__((target("avx512bw,avx512vbmi,avx512vbmi2")))

namespace {

using Masks = __m512i;  // of kLanes blocks
constexpr __mmask8 kAll = 0xff;  // GCC 12 takes what has no mask for uninitialised

AVX512 inline Masks masks(uint64_t all) { return _mm512_set1_epi64(static_cast<long long>(all)); }
/// In each lane the block before; `last` is any masks whose last lane was before the first.
AVX512 inline Masks before(Masks now, Masks last) { return _mm512_maskz_alignr_epi64(kAll, now, last, kLanes - 1); }
/// In each lane the block behind.
AVX512 inline Masks behind(Masks now, bool after) { return _mm512_maskz_alignr_epi64(kAll, masks(after ? 1 : 0), now, 1); }
template <int by>
AVX512 inline Masks up(Masks now, Masks before) { return _mm512_shldi_epi64(now, before, by); }
AVX512 inline Masks down(Masks now, bool after) { return _mm512_shrdi_epi64(now, behind(now, after), 1); }
AVX512 inline Masks both(Masks a, Masks b) { return _mm512_and_si512(a, b); }
AVX512 inline Masks either(Masks a, Masks b) { return _mm512_or_si512(a, b); }
AVX512 inline Masks without(Masks a, Masks b) { return _mm512_maskz_andnot_epi64(kAll, b, a); }
AVX512 inline void keep(Masks now, uint64_t* last) {
  *last = static_cast<uint64_t>(_mm_extract_epi64(_mm512_maskz_extracti32x4_epi32(0xf, now, 3), 1));
}
AVX512 inline void store(uint64_t* out, Masks now) { _mm512_storeu_si512(out, now); }

/// Blocks is Block for kLanes blocks; those beyond `lanes` are empty.
struct Blocks {
  Masks digit, between, colon, hex, token, backslash, slash, dot, letter_u, two, three, emphasis;
  __mmask8 lanes;
};
AVX512 inline Masks load(__mmask8 lanes, const uint64_t* from) { return _mm512_maskz_loadu_epi64(lanes, from); }
AVX512 inline Blocks blocks_of(const Signs& signs, __mmask8 lanes) {
  return {load(lanes, signs.digit), load(lanes, signs.between),   load(lanes, signs.colon), load(lanes, signs.hex),
          load(lanes, signs.token), load(lanes, signs.backslash), load(lanes, signs.slash), load(lanes, signs.dot),
          load(lanes, signs.letter_u), load(lanes, signs.two),    load(lanes, signs.three), load(lanes, signs.emphasis), lanes};
}

// The same as for one block, each.

AVX512 inline Masks colons(const Blocks& signs, char after, Ended* ended) {
  const Masks part = either(signs.hex, signs.colon);
  const Masks left = up<1>(part, before(part, masks(ended->part)));
  const Masks found = both(both(signs.colon, left), down(part, after == ':' || is_hex(after)));
  keep(part, &ended->part);
  return found;
}

AVX512 inline Masks tokens(const Blocks& signs, Ended* ended) {
  Ended::Token& last = ended->token;
  const Masks one = signs.token;
  const Masks two = both(one, up<1>(one, before(one, masks(last.one))));
  const Masks four = both(two, up<2>(two, before(two, masks(last.two))));
  const Masks four_before = before(four, masks(last.four));
  const Masks eight = both(four, up<4>(four, four_before));
  const Masks sixteen = both(eight, up<8>(eight, before(eight, masks(last.eight))));
  const Masks twenty = both(sixteen, up<16>(four, four_before));
  const Masks first = without(twenty, up<1>(twenty, before(twenty, masks(last.twenty))));
  keep(one, &last.one);
  keep(two, &last.two);
  keep(four, &last.four);
  keep(eight, &last.eight);
  keep(twenty, &last.twenty);
  return first;
}

AVX512 inline Masks groups(const Blocks& signs, char after, Ended* ended) {
  Ended::Groups& last = ended->groups;
  const Masks hex = signs.hex, hex_before = before(hex, masks(last.hex));
  const Masks one = both(both(either(signs.between, signs.colon), up<1>(hex, hex_before)), down(hex, is_hex(after)));
  const Masks one_before = before(one, masks(last.one));
  const Masks two = both(one, up<3>(one, one_before));
  const Masks five = both(both(two, up<6>(two, before(two, masks(last.two)))), up<12>(one, one_before));
  const Masks dot = both(one, signs.dot);
  const Masks four_hex = both(up<2>(hex, hex_before), up<3>(hex, hex_before));
  const Masks fours = both(both(dot, four_hex), up<5>(dot, before(dot, masks(last.dot))));
  keep(hex, &last.hex);
  keep(one, &last.one);
  keep(two, &last.two);
  keep(dot, &last.dot);
  return either(five, fours);
}

AVX512 inline Masks quads(const Blocks& signs, char after, Ended* ended) {
  Ended::Quad& last = ended->quad;
  const Masks digit = signs.digit;
  const Masks one = both(both(signs.dot, up<1>(digit, before(digit, masks(last.digit)))), down(digit, is_digit(after)));
  const Masks one_before = before(one, masks(last.one));
  const Masks two = both(one, either(either(up<2>(one, one_before), up<3>(one, one_before)), up<4>(one, one_before)));
  const Masks two_before = before(two, masks(last.two));
  const Masks three = both(one, either(either(up<2>(two, two_before), up<3>(two, two_before)), up<4>(two, two_before)));
  keep(digit, &last.digit);
  keep(one, &last.one);
  keep(two, &last.two);
  return three;
}

AVX512 inline Masks accounts(const Blocks& signs, Ended* ended) {
  const Masks letter = without(signs.token, signs.digit), last = before(letter, masks(ended->letter));
  const Masks digit_before = before(signs.digit, masks(ended->digit));
  const Masks digits = up<1>(signs.digit, digit_before);
  const Masks together = both(both(signs.digit, digits), both(up<2>(letter, last), up<3>(letter, last)));
  const Masks gap = up<3>(signs.between, before(signs.between, masks(ended->between)));
  const Masks behind_gap = both(both(signs.between, digits), both(up<2>(signs.digit, digit_before), gap));
  const Masks apart = both(behind_gap, both(up<4>(letter, last), up<5>(letter, last)));
  keep(letter, &ended->letter);
  keep(signs.digit, &ended->digit);
  keep(signs.between, &ended->between);
  return _mm512_maskz_mov_epi64(_mm512_test_epi64_mask(signs.digit, signs.digit), either(together, apart));
}

AVX512 inline Masks runs(const Blocks& signs, char after, Ended* ended) {
  Ended::Run& last = ended->run;
  const __mmask8 has = _mm512_test_epi64_mask(signs.digit, signs.digit);
  const Masks digit = signs.digit, left = up<1>(digit, before(digit, masks(last.digit)));
  const Masks digit_or_mark = either(digit, signs.emphasis);
  const Masks lead = _mm512_maskz_or_epi64(has, digit_or_mark, signs.backslash);
  const Masks two_wide = _mm512_maskz_and_epi64(has, signs.two, left), three_wide = _mm512_maskz_and_epi64(has, signs.three, left);
  const Masks next = down(either(digit_or_mark, signs.slash), is_digit(after) || after == '/' || is_emphasis(after));
  const Masks two_before = before(two_wide, masks(last.two_wide)), three_before = before(three_wide, masks(last.three_wide));
  const Masks narrow = either(digit_or_mark, both(both(signs.between, up<1>(lead, before(lead, masks(last.lead)))), next));
  const Masks wide_signs = either(either(two_wide, up<1>(two_wide, two_before)),
                                  either(three_wide, either(up<1>(three_wide, three_before), up<2>(three_wide, three_before))));
  const Masks one = _mm512_maskz_or_epi64(has, narrow, wide_signs);
  const Masks two = both(one, up<1>(one, before(one, masks(last.one))));
  const Masks two_last = before(two, masks(last.two));
  const Masks four = both(two, up<2>(two, two_last));
  const Masks six = both(four, up<4>(two, two_last));
  keep(digit, &last.digit);
  keep(lead, &last.lead);
  keep(two_wide, &last.two_wide);
  keep(three_wide, &last.three_wide);
  keep(one, &last.one);
  keep(two, &last.two);
  return six;
}

AVX512 inline Masks if_asked(bool asked, Masks found) { return asked ? found : masks(0); }

}  // namespace

AVX512 void read_hits_wide(ByteView text, size_t begin, const Signs* signs, size_t count, const HitReader::Needs& needs,
                           Ended* ended, Hits* out) {
  for (size_t i = 0; i * kLanes < count; ++i) {
    const size_t left = std::min(count - i * kLanes, kLanes), end = begin + (i + 1) * kLaneBytes;
    const char after = end < text.size() ? text[end] : '\0';
    const Blocks blocks = blocks_of(signs[i], static_cast<__mmask8>((1u << left) - 1));
    Hits& hits = out[i];
    const Masks at = if_asked(needs.at, load(blocks.lanes, signs[i].at));
    const Masks literal = if_asked(needs.literal, load(blocks.lanes, signs[i].literal));
    const Masks run = needs.run ? runs(blocks, after, ended) : masks(0);
    const Masks account = needs.account ? accounts(blocks, ended) : masks(0);
    const Masks colon = needs.colon ? colons(blocks, after, ended) : masks(0);
    const Masks token = needs.token ? tokens(blocks, ended) : masks(0);
    const Masks group = needs.groups ? groups(blocks, after, ended) : masks(0);
    const Masks quad = needs.quad ? quads(blocks, after, ended) : masks(0);
    store(hits.at, at);
    store(hits.run, run);
    store(hits.account, account);
    store(hits.colon, colon);
    store(hits.token, token);
    store(hits.groups, group);
    store(hits.quad, quad);
    store(hits.literal, literal);
    const Masks escape = both(blocks.backslash, down(blocks.letter_u, after == 'u'));
    const Masks sure = either(either(either(at, run), either(account, colon)), either(either(token, group), quad));
    store(hits.escape, escape);
    store(hits.sure, sure);
    hits.has_sure = _mm512_test_epi64_mask(sure, sure);
    hits.has_literal = _mm512_test_epi64_mask(literal, literal);
    hits.has_escape = _mm512_test_epi64_mask(escape, escape);
  }
}

#else

void read_hits_wide(ByteView text, size_t begin, const Signs* signs, size_t count, const HitReader::Needs& needs, Ended* ended,
                    Hits* out) {
  read_hits_plain(text, begin, signs, count, needs, ended, out);
}

#endif

size_t HitReader::read() {
  const ByteView rest = text_.substr(begin_);
  const size_t blocks = std::min((rest.size() + 63) / 64, kParts * kLanes);
  read_signs(rest, kParts, needs_.few() ? SignSet::few : SignSet::all, signs_);
  end_ = begin_ + blocks * 64;
  (has_avx512 && blocks > kFewBlocks ? read_hits_wide : read_hits_plain)(text_, begin_, signs_, blocks, needs_, &ended_, hits_);
  return (blocks + kLanes - 1) / kLanes;
}

}  // namespace gatehouse::detect
