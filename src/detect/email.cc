#include <algorithm>

#include "base/letters.h"
#include "detect/emphasis.h"
#include "detect/finder.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kLocalMax = 256;   // RFC 5321 says 64; bounce addresses are longer
constexpr size_t kDomainMax = 255;
constexpr size_t kQuotedMax = 66;    // RFC 5321's 64 and two quotes
constexpr size_t kLiteralMax = 48;  // [IPv6:…]

/// ASCII that real local parts are made of besides letters and digits. The rest of RFC 5322's atext
/// (= / & ? | ` * and so on) stands around addresses far more often than in them.
constexpr bool is_local_sign(char c) { return c == '.' || c == '_' || c == '%' || c == '+' || c == '-' || c == '\''; }

/// What ASCII is in an address: 1 in a local part, 2 in a label, 4 what may stand in a domain that is not over.
struct Classes {
  uint8_t of[256] = {};
  constexpr Classes() {
    for (unsigned c = 0; c < 128; ++c) {
      const char one = static_cast<char>(c);
      const bool word = is_digit(one) || is_ascii_letter(one);
      unsigned classes = word ? 7 : 0;
      if (is_local_sign(one)) classes |= 1;
      if (one == '-') classes |= 2;
      if (one == '.' || one == '-' || one == '_' || one == '[' || one == ':') classes |= 4;
      of[c] = static_cast<uint8_t>(classes);
    }
  }
};
constexpr Classes kClasses;
constexpr bool is_class(char c, uint8_t of) { return (kClasses.of[static_cast<uint8_t>(c)] & of) != 0; }

/// How many bytes of a local part end before text[end].
size_t local_before(ByteView text, size_t end) {
  const char c = text[end - 1];
  return static_cast<uint8_t>(c) < 0x80 ? is_class(c, 1) : letter_before(text, end);
}

/// "any name"@: where the quoted string begins, or at when there is none. Only names and spaces: quoted
/// text of other kinds (JSON, program code) stands before an '@' by chance.
size_t quoted_local(ByteView text, size_t at) {
  if (at < 3 || text[at - 1] != '"') return at;
  bool named = false;
  for (size_t end = at - 1; end > 0 && at - end < kQuotedMax;) {
    if (text[end - 1] == '"') return named ? end - 1 : at;
    const size_t length = local_before(text, end);
    if (length == 0 && text[end - 1] != ' ') return at;
    named = named || length != 0;
    end -= length == 0 ? 1 : length;
  }
  return at;
}

/// Runs are marks of emphasis that were met (*, ** and so on), and not yet those that match them.
class Runs {
 public:
  static constexpr size_t kRunMax = 3;

  /// meet notes the run of marks, or takes off the one that it matches, and what was met since. `rest`: what is left of the value
  /// when nothing matches it. `alone`: nothing that is met later does.
  void meet(ByteView run, size_t rest, bool alone = false) {
    for (size_t i = count_; i-- > 0;)
      if (runs_[i] == run) return count_ = i, void();
    if (count_ == kMost) return;   // those before limit more
    runs_[count_] = alone ? ByteView() : run;
    rests_[count_++] = rest;
  }
  /// rest: what is left of the value by the first run that nothing matches; else all of it.
  size_t rest(size_t all) const {
    for (size_t i = 0; i < count_; ++i)
      if (rests_[i] != kNoLimit) return rests_[i];
    return all;
  }
  static constexpr size_t kNoLimit = SIZE_MAX;

 private:
  static constexpr size_t kMost = 4;
  ByteView runs_[kMost];
  size_t rests_[kMost];
  size_t count_ = 0;
};

/// The run of one mark that ends before text[end], or begins at text[at]; empty when it is none, or longer than emphasis.
ByteView run_before(ByteView text, size_t end) {
  size_t begin = end;
  const auto is_mark = [&](char c) { return is_only_emphasis(c) && c == text[end - 1]; };
  while (begin > 0 && end - begin <= Runs::kRunMax && is_mark(text[begin - 1])) --begin;
  return end - begin > Runs::kRunMax ? ByteView() : text.substr(begin, end - begin);
}
ByteView run_at(ByteView text, size_t at) {
  size_t end = at;
  while (end < text.size() && end - at <= Runs::kRunMax && is_only_emphasis(text[end]) && text[end] == text[at]) ++end;
  return end - at > Runs::kRunMax ? ByteView() : text.substr(at, end - at);
}

/// A single mark in a word opens nothing: what stands between it and another may be a field of a row, a*john*b@.
bool in_word(ByteView text, size_t begin, size_t end) {
  return end - begin == 1 && begin > 0 && end < text.size() && is_class(text[begin - 1], 2) && is_class(text[end], 2);
}

/// Where a local part begins of which parts are emphasised: **john**.doe@, jo*hn*@, **mail john.doe**@.
[[gnu::cold, gnu::noinline]] size_t marked_local(ByteView text, size_t at) {
  Runs runs;
  const ByteView touching = at > 0 ? run_before(text, at) : ByteView();
  if (!touching.empty()) runs.meet(touching, Runs::kNoLimit);
  size_t begin = at - touching.size();
  while (begin > 0 && at - begin < kLocalMax) {
    if (const size_t length = local_before(text, begin); length != 0) {
      begin -= length;
      continue;
    }
    const ByteView run = run_before(text, begin);
    if (run.empty()) break;
    const size_t before = begin - run.size();
    runs.meet(run, begin, in_word(text, before, begin));
    begin = before;
  }
  begin = runs.rest(begin);
  return begin + touching.size() == at ? at : begin;
}

/// *marked: emphasis stands in it, or before it.
size_t local_part(ByteView text, size_t at, bool* marked) {
  size_t begin = at;
  while (begin > 0 && at - begin < kLocalMax) {
    const size_t length = local_before(text, begin);
    if (length == 0) break;
    begin -= length;
  }
  *marked = begin > 0 && is_only_emphasis(text[begin - 1]);
  if (*marked) begin = marked_local(text, at);
  while (begin < at && (text[begin] == '.' || text[begin] == '\'' || text[begin] == '-')) ++begin;
  return begin < at ? begin : quoted_local(text, at);
}

/// One label: letters, digits and inner dashes, and the '_' of hosts and of emphasis; returns its end, `begin` when there is none.
size_t label_end(ByteView text, size_t begin, size_t limit) {
  size_t end = begin;
  if (end < limit && text[end] == '-') return begin;
  while (end < limit) {
    if (is_class(text[end], 2) || text[end] == '_') {
      ++end;
      continue;
    }
    const size_t length = letter_at(text, end);
    if (length == 0 || end + length > limit) break;
    end += length;
  }
  return end;
}

/// Where the top-level name that begins a label ends: at least two letters and nothing of the word behind
/// them, or an internationalised name; 0 when it is none.
size_t top_level(ByteView text, size_t begin, size_t end) {
  if (end - begin > 4 && (text[begin] | 0x20) == 'x' && (text[begin + 1] | 0x20) == 'n' && text[begin + 2] == '-' &&
      text[begin + 3] == '-')
    return end;
  while (begin < end && text[begin] == '_') ++begin;   // emphasised
  size_t at = begin, letters = 0;
  for (size_t length; at < end && (length = letter_at(text, at)) != 0; at += length) ++letters;
  if (letters < 2) return 0;
  return at == end || text[at] == '-' || text[at] == '_' ? at : 0;
}

/// picture@2x.png, @2x_dark.png and the like: a scale, no address.
bool is_scale(ByteView label) {
  return label.size() >= 2 && is_digit(label[0]) && (label[1] | 0x20) == 'x' && (label.size() == 2 || label[2] == '_');
}

size_t literal_end(ByteView text, size_t begin) {
  size_t at = begin + 1;
  const size_t limit = text.size() - begin < kLiteralMax ? text.size() : begin + kLiteralMax;
  while (at < limit && (is_digit(text[at]) || is_ascii_letter(text[at]) || text[at] == '.' || text[at] == ':')) ++at;
  return at < limit && text[at] == ']' && at > begin + 3 ? at + 1 : 0;
}

/// Where the longest domain that begins at text[begin] ends; 0 when there is none.
size_t domain_end(ByteView text, size_t begin) {
  if (begin < text.size() && text[begin] == '[') return literal_end(text, begin);
  const size_t limit = text.size() - begin < kDomainMax ? text.size() : begin + kDomainMax;
  size_t best = 0, labels = 0;
  for (size_t at = begin; at < limit; ++labels) {
    const size_t end = label_end(text, at, limit);
    if (end == at) break;
    if (labels >= 1) {
      if (const size_t top = top_level(text, at, end); top != 0) best = top;
    } else if (is_scale(text.substr(at, end - at))) {
      return 0;
    }
    if (end >= limit || text[end] != '.' || text[end - 1] == '-') break;
    at = end + 1;
  }
  return best;
}

/// domain_end where parts of the domain are emphasised: john@**example**.org. `local`: where the local part begins.
[[gnu::cold, gnu::noinline]] size_t marked_domain(ByteView text, size_t local, size_t at) {
  Runs runs;
  const ByteView before = local > 0 ? run_before(text, local) : ByteView();
  if (!before.empty()) runs.meet(before, Runs::kNoLimit, in_word(text, local - before.size(), local));
  if (const ByteView run = run_before(text, at); !run.empty()) runs.meet(run, Runs::kNoLimit);
  char plain[kDomainMax];
  uint32_t ends[kDomainMax];   // in the text
  size_t size = 0;
  for (size_t from = at + 1; size < kDomainMax && from - at < kDomainMax;) {
    const size_t length = from < text.size() && is_class(text[from], 6) && text[from] != ':' && text[from] != '['
                              ? 1 : letter_at(text, from);
    if (length != 0) {
      if (size + length > kDomainMax) break;
      for (size_t i = 0; i < length; ++i, ++size) {
        plain[size] = text[from + i];
        ends[size] = static_cast<uint32_t>(from + length);
      }
      from += length;
      continue;
    }
    const ByteView run = from < text.size() ? run_at(text, from) : ByteView();
    if (run.empty()) break;
    const size_t behind = from + run.size();
    if (run == before && domain_end({plain, size}, 0) == size && text.substr(behind, 1) != ".") break;   // around all of it
    runs.meet(run, size, in_word(text, from, behind));
    from = behind;
  }
  const size_t end = domain_end({plain, runs.rest(size)}, 0);
  return end == 0 ? 0 : ends[end - 1];
}

/// Whether marks of emphasis are what the domain that goes on at text[at] stops at.
bool stops_at_emphasis(ByteView text, size_t at) {
  for (size_t length = 1; at < text.size() && length != 0; at += length) {
    if (is_only_emphasis(text[at])) return true;
    length = is_class(text[at], 6) ? 1 : letter_at(text, at);
  }
  return false;
}

/// postgres://user:password@host: what stands before the '@' is no name, and the password's detector takes it.
bool in_url(ByteView text, size_t begin, size_t at) {
  const size_t least = begin > kLeftBytes ? begin - kLeftBytes : 0;
  bool colon = false;
  for (size_t i = at; i-- > least;) {
    const char c = text[i];
    if (c == ':' && i + 2 < text.size() && text[i + 1] == '/' && text[i + 2] == '/') return colon;
    if (c == '"' || c == '<' || c == '>' || static_cast<unsigned char>(c) <= ' ') return false;
    if (c == ':') colon = true;
  }
  return false;
}

/// git@host:path, ssh://git@host/path: where a repository is.
bool is_repository(ByteView text, size_t begin, size_t at, size_t end) {
  if (text.substr(begin, at - begin) != "git") return false;
  return (end < text.size() && text[end] == ':') || (begin >= 3 && text.substr(begin - 3, 3) == "://");
}

/// "." or " (dot) " and the like between two labels; its length, 0 when it is none.
size_t written_dot(ByteView text, size_t at) {
  size_t end = at;
  if (end < text.size() && text[end] == '.') return 1;
  if (end < text.size() && text[end] == ' ') ++end;
  static constexpr ByteView kDots[] = {"(dot)", "[dot]", "{dot}", "(punkt)", "[punkt]", "(point)"};
  for (const ByteView dot : kDots) {
    size_t same = 0;
    while (same < dot.size() && end + same < text.size() && (text[end + same] | 0x20) == (dot[same] | 0x20)) ++same;
    if (same < dot.size()) continue;
    end += same;
    return (end < text.size() && text[end] == ' ' ? end + 1 : end) - at;
  }
  return 0;
}

}  // namespace

size_t find_email(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  bool marked = false;
  size_t begin = local_part(text, at, &marked);
  if (begin == at) return at + 1;
  size_t end = domain_end(text, at + 1);
  if (stops_at_emphasis(text, end == 0 ? at + 1 : end)) {
    end = std::max(end, marked_domain(text, begin, at));
    marked = true;
  }
  if (sight.open) {
    size_t last = at + 1;  // where the domain, or what may still be one, ends
    while (last < text.size() && last - at < kDomainMax + 2) {
      const char c = text[last];
      const size_t length = is_class(c, 4) || is_only_emphasis(c) ? 1 : letter_at(text, last);
      if (length == 0) break;
      last += length;
    }
    size_t first = begin;   // of marks that belong to it
    while (first > 0 && begin - first < kEmphasisMax && is_only_emphasis(text[first - 1])) --first;
    if (last >= text.size()) sight.hold(first);
  }
  if (end == 0 || is_repository(text, begin, at, end)) return at + 1;
  if (sight.wanted.has(Detector::password) && in_url(text, begin, at)) return at + 1;
  if (marked && begin >= sight.from) take_in(text, sight.from, is_only_emphasis, &begin, &end);
  sight.add(begin, end, Detector::email, Evidence::structure);
  return at + 1;
}

/// john (at) example (dot) com: called at the bracket.
size_t find_written_email(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  size_t local = at;
  if (local > 0 && text[local - 1] == ' ') --local;
  bool marked;
  const size_t begin = local == 0 ? local : local_part(text, local, &marked);
  if (begin == local || text[begin] == '"') return at + 1;
  size_t label = at + 4, labels = 0, end = 0;
  if (label < text.size() && text[label] == ' ') ++label;
  const size_t limit = text.size() - at < kDomainMax ? text.size() : at + kDomainMax;
  while (label < limit) {
    const size_t last = label_end(text, label, limit);
    if (last == label) break;
    if (++labels > 1 && top_level(text, label, last) == last) end = last;
    label = last + written_dot(text, last);
    if (label == last) break;
  }
  if (label + 8 >= text.size()) sight.hold(begin);
  if (end == 0) return at + 1;
  sight.add(begin, end, Detector::email, Evidence::structure);
  return end;
}

}  // namespace gatehouse::detect
