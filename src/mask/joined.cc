#include "mask/joined.h"

#include <algorithm>

#include "base/letters.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kRunBytes = 1024;   // new text before it is looked through
constexpr size_t kRunTexts = 64;    // or so many new texts
constexpr size_t kKeptBytes = 1024;  // what may overlap with the next text
constexpr size_t kKeptTexts = 64;
constexpr size_t kAgainBytes = 448;  // before it, what look_from() and its first value's words reach
constexpr size_t kTextsMax = 2048;    // texts that all lie over one another are let go of; more than an open tail can have
constexpr size_t kRightBytes = 24;   // behind a value that decide whether it is one
constexpr size_t kValueLeast = 6;    // bytes of the shortest value

bool is_letter_or_blank(char c) { return c == ' ' || static_cast<uint8_t>(c) >= 0x80 || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }

/// What has no end of its own: any part of one that is long enough looks whole.
constexpr detect::DetectorSet kSecrets =
    set_of(detect::Detector::jwt) | set_of(detect::Detector::aws_key) | set_of(detect::Detector::gcp_key) |
    set_of(detect::Detector::azure_key) | set_of(detect::Detector::github_token) | set_of(detect::Detector::slack_token) |
    set_of(detect::Detector::stripe_key) | set_of(detect::Detector::private_key);

/// No word that stands behind a secret by chance, nor a name like "iPhone". A private key says itself where it ends.
bool is_more_of_secret(detect::Detector detector, ByteView part) {
  constexpr size_t kLong = 20;
  if (detector == detect::Detector::private_key || part.size() >= kLong) return true;
  size_t humps = 0;
  for (size_t i = 1; i < part.size(); ++i) humps += part[i - 1] >= 'a' && part[i - 1] <= 'z' && part[i] >= 'A' && part[i] <= 'Z';
  return humps > 1 || !std::all_of(part.begin(), part.end(), is_letter_or_blank);
}

constexpr uint32_t kProven =
    1u << static_cast<unsigned>(detect::Evidence::luhn) | 1u << static_cast<unsigned>(detect::Evidence::mod97) |
    1u << static_cast<unsigned>(detect::Evidence::checksum);

/// Whether `front`, which ends a text, is the front of the address that the next text begins with: it ends as no word and no
/// sentence does. A dot ends sentences: `front` must be all of its texts, or stand where an address is said to begin, behind
/// `before`.
bool fronts_address(ByteView before, ByteView front, bool alone) {
  const auto is_letter = [](char c) { return static_cast<uint8_t>(c) >= 0x80 || is_ascii_letter(c); };
  const auto is_of_word = [&](size_t at) { return at < front.size() && (is_letter(front[at]) || is_digit(front[at])); };
  for (size_t at = 1; at < front.size(); ++at) {
    if (front[at] != '_' && front[at] != '+' && front[at] != '-') continue;
    const bool ends = at + 1 == front.size() && front[0] != '_';
    if (is_of_word(at - 1) && (ends || (front[at] != '-' && is_of_word(at + 1)))) return true;
  }
  const auto letters = std::count_if(front.begin(), front.end(), is_letter);
  if (const size_t size = front.size(); size > 3 && front[size - 2] == '.' && is_letter(front[size - 1]) && front[size - 4] != '.')
    return true;   // "john.d" is no abbreviation, "a.m"
  if (front.back() != '.' || front[0] == '_' || letters == 0) return false;
  if (alone && letters > 1) return true;
  if (before.ends_with('<') || before.ends_with('[') || before.ends_with(',') || before.ends_with(';')) return true;
  if (before.ends_with('"') || before.ends_with('\'')) before.remove_suffix(1);
  while (before.ends_with(' ')) before.remove_suffix(1);
  return before.ends_with(':') || before.ends_with('=');
}

/// A tail of letters and blanks alone is the beginning of a word more often than of a value, and says nothing of one.
bool says_nothing(ByteView tail) { return std::all_of(tail.begin(), tail.end(), is_letter_or_blank); }

}  // namespace

void Joined::clear() {
  text_.clear();
  segments_.clear();
  knots_.clear();
  numbers_.clear();
  from_ = floor_ = added_ = seen_ = backward_ = 0;
  released_ = taken_ = 0;
  inside_ = {};
  ahead_ = 0;
  long_.clear();
  front_.clear();
  repeats_ = false;
  again_ = SIZE_MAX;
  rows_.start();
}

void Joined::append(const Strip& strip, size_t overlap, bool sure, const uint64_t* numbers, size_t count, size_t gap) {
  if (segments_.size() >= kTextsMax) {
    const detect::Inside inside = this->inside();   // what goes on goes on
    clear();
    inside_ = inside;
    overlap = 0;
  }
  const ByteView text = strip.view();
  for (; gap > 0 && !text_.empty(); --gap) text_.push(' ');
  Segment segment;
  segment.begin = static_cast<uint32_t>(text_.size() - overlap);
  segment.end = segment.begin + static_cast<uint32_t>(text.size());
  segment.knot = static_cast<uint32_t>(knots_.size());
  segment.knots = static_cast<uint32_t>(strip.knots.size());
  segment.number = static_cast<uint32_t>(numbers_.size());
  segment.numbers = static_cast<uint32_t>(count);
  segment.sure = sure;
  knots_.append(strip.knots.data(), strip.knots.size());
  numbers_.append(numbers, count);
  text_.append(text.data() + overlap, text.size() - overlap);
  text_.reserve(kSimdPadding);
  segments_.push(segment);
  if (segments_.size() > 1 && segment.begin < segments_[segments_.size() - 2].begin) backward_ = segments_.size();
  ++added_;
  front_.clear();
}

void Joined::extend(const Strip& strip) {
  Segment& last = segments_.back();
  const size_t there = last.end - last.begin;
  text_.append(strip.text.data() + there, strip.text.size() - there);
  text_.reserve(kSimdPadding);
  last.end = static_cast<uint32_t>(text_.size());
  knots_.resize(last.knot);
  knots_.append(strip.knots.data(), strip.knots.size());
  last.knots = static_cast<uint32_t>(strip.knots.size());
}

void Joined::open_from(size_t at, const detect::Inside& inside, const KnownValues& known) {
  from_ = segments_.back().begin + at;
  seen_ = text_.size();
  added_ = 0;
  inside_ = inside;
  long_ = known;
  if (inside.any() && !known.last_long().value.open_end)
    long_.note({0, static_cast<uint32_t>(at), inside.detector, inside.evidence, false, true, inside.custom}, true);
  ahead_ = std::min<size_t>(inside.covered, text_.size() - from_);   // the text itself showed it
  const auto begin = static_cast<uint32_t>(at), end = static_cast<uint32_t>(at + ahead_);
  if (ahead_ != 0) long_.note({begin, end, inside.detector, inside.evidence, false, true, inside.custom}, true);
  long_.move(segments_.back().begin);
}

void Joined::look_from(size_t overlap, size_t reach) {
  if (overlap == 0 || segments_.empty()) return;
  repeats_ = true;
  const size_t repeated = text_.size() - std::min(text_.size(), overlap);
  size_t at = text_.size() - std::min(text_.size(), overlap + reach);
  while (at > 0 && inside_character(text_[at])) --at;
  // A long value that began in what is kept is found again from its begin; else it is passed over.
  bool shows = false, stays = false;   // the next text shows some of one; what goes on is one
  for (const KnownValue& each : long_) {
    stays = each.value.end >= at && (each.cut || each.named || each.value.begin < at);
    if (!stays) continue;
    at = std::max<size_t>(at, each.value.end);
    shows = shows || each.value.end > repeated;
  }
  stays = stays && inside_.any();
  if (!shows && (stays || at >= from_)) return;
  if (again_ == SIZE_MAX) {  // what is looked through again may be gone
    uint64_t raw;
    const Segment& last = segments_.back();
    if (held(&raw)) released_ = std::max(released_, raw);
    else if (last.knots != 0) released_ = raw_of(knots_.data() + last.knot, last.knots, last.end - last.begin) + 1;
    taken_ = released_;
  }
  if (shows) again_ = std::min(again_, repeated);
  if (stays || at >= from_) return;
  inside_ = {};
  ahead_ = 0;
  from_ = at;
}

KnownValues Joined::front(size_t line) const {
  KnownValues out;
  const auto border = segments_.empty() ? 0 : segments_.back().begin, behind = static_cast<uint32_t>(line);
  for (KnownValue each : front_) {
    each.cut = each.cut || each.value.begin < border;
    each.named = !each.cut;
    each.value.begin = std::max(each.value.begin, border) - border + behind;
    each.value.end += behind - border;
    out.note_front(each);
  }
  return out;
}

bool Joined::goes_over() const {
  const KnownValue last = long_.last_long();
  if (segments_.size() < 2) return last.cut && last.value.begin == 0 && last.value.end != 0;   // the text before was dropped
  if (last.value.end > segments_.back().begin && last.value.begin < segments_[segments_.size() - 2].end) return true;
  return (inside_.any() ? last.value.begin : from_) < segments_[segments_.size() - 2].end;
}

ByteView Joined::recent() const {
  size_t least = text_.size() > kKeptBytes ? text_.size() - kKeptBytes : 0;
  if (segments_.size() > kKeptTexts) least = std::max<size_t>(least, segments_[segments_.size() - kKeptTexts].begin);
  while (least < text_.size() && inside_character(text_[least])) ++least;
  return view().substr(least);
}

bool Joined::due() const { return text_.size() - seen_ >= kRunBytes || added_ >= kRunTexts; }

/// The first segment that ends behind a text offset.
size_t Joined::first_segment(size_t at) const {
  const Segment* const found =
      std::upper_bound(segments_.begin(), segments_.end(), at, [](size_t a, const Segment& s) { return a < s.end; });
  return static_cast<size_t>(found - segments_.begin());
}

/// The first segment from `i` on that begins before `end`; how many there are when none does. They end in order, but where texts
/// overlap one may begin before one that came earlier.
size_t Joined::segment_before(size_t i, size_t end) const {
  while (i < segments_.size() && segments_[i].begin >= end) i = i + 1 < backward_ ? i + 1 : segments_.size();
  return i;
}

/// Whether what makes a value may stand before the text that holds it, the word that names it, or right behind.
bool Joined::reads_around(const Segment& segment, const detect::Found& found) const {
  if (rows_.names(found.begin)) return true;   // the head of its column does
  return (segment.begin > 0 && found.begin - segment.begin < detect::kLeftBytes) ||
         (segment.end < text_.size() && segment.end - found.end < kRightBytes);
}

/// Whether the texts that a value lies in show it by themselves.
Joined::Lies Joined::lies(const detect::Found& found) const {
  // With overlaps a value may lie within one text and stand out of another.
  bool within = false, cut = false, around = false;
  for (size_t i = segment_before(first_segment(found.begin), found.end); i < segments_.size();
       i = segment_before(i + 1, found.end)) {
    const Segment& segment = segments_[i];
    const bool holds = segment.begin <= found.begin && found.end <= segment.end;
    (holds ? within : cut) = true;
    around = around || (holds && reads_around(segment, found));
  }
  return !within || cut ? Lies::over : around ? Lies::around : Lies::within;
}

/// Texts of which nothing says that they are one: a service may have cut off the blank between them. A value that one of them
/// holds whole does not reach into the others; such values are in alone_. Of an address that does, `found` loses what does not
/// belong to it.
bool Joined::may_be_two(const Wanted& wanted, const FlowSite& site, detect::Found& found) {
  if (found.open_end) return false;
  size_t parts = 0;
  uint32_t begin = found.begin, first_end = found.begin;
  uint32_t alone = 0, alone_end = 0;   // the last part that is a value by itself
  alone_.clear();
  const auto part_ends = [&](uint32_t end) {
    if (++parts == 1) first_end = end;
    if (end - begin >= kValueLeast && stands_alone(wanted, site, begin, end)) {
      alone = begin, alone_end = end;
      alone_.push(parts_[0]);
      alone_.back().begin += begin;
      alone_.back().end += begin;
    }
    begin = end;
  };
  // Only of the texts that made it: those that repeat some of it may come when it is decided.
  for (size_t i = first_segment(found.begin) + 1; i < segments_.size() && segments_[i - 1].end < found.end; ++i)
    if (!segments_[i].sure && segments_[i].begin > begin) part_ends(segments_[i].begin);
  if (parts == 0) return false;
  part_ends(found.end);
  const bool email = found.detector == detect::Detector::email, groups = found.detector == detect::Detector::ipv6;
  if (parts > 2 && !email) return false;   // what stands there by chance does not fit on both sides
  if (alone_end == 0) return false;
  if (alone > found.begin && (kProven >> static_cast<unsigned>(found.evidence) & 1) != 0) return false;
  const ByteView front = view().substr(found.begin, alone - found.begin), rest = view().substr(alone_end, found.end - alone_end);
  const auto has = [](ByteView text, char c) { return text.find(c) != ByteView::npos; };
  if (groups && has(front, ':')) return false;   // no word stands before a network's address so
  if (email && has(view().substr(alone, alone_end - alone), '@') && !has(rest, '@')) {
    const bool all = segments_[first_segment(found.begin)].begin == found.begin;
    const bool fronts = !front.empty() && !has(front, '@') && fronts_address(view().substr(0, found.begin), front, all);
    const bool labels = has(rest, '.');   // of a domain: no word that stands there by chance
    if (!fronts) found.begin = labels ? alone : found.begin;
    else if (!labels) found.end = alone_end;
    if (fronts || labels) return false;
  }
  if (kSecrets & set_of(found.detector) && is_more_of_secret(found.detector, view().substr(first_end, found.end - first_end)))
    return false;
  found.end = alone_end;
  return true;
}

/// Addresses side by side overlap without end. The texts that they are of are judged some at a time, the same ones whenever
/// detectors ran and wherever a chain was cut.
uint32_t Joined::judged_end(const detect::Found& found) const {
  constexpr uint32_t kJudged = detect::kOpenMax / 2;
  if (!found.several || found.detector != detect::Detector::email || found.end - found.begin <= kJudged) return found.end;
  uint32_t end = found.begin;
  for (size_t i = first_segment(found.begin) + 1; i < segments_.size() && segments_[i - 1].end <= found.begin + kJudged; ++i)
    end = std::max(end, segments_[i].begin);
  return end;
}

/// Whether a part of the text, with nothing around it, is a value.
bool Joined::stands_alone(const Wanted& wanted, const FlowSite& site, uint32_t begin, uint32_t end) {
  apart_.clear();
  apart_.append(text_.data() + begin, end - begin);
  apart_.reserve(kSimdPadding);
  detect::detect({{apart_.data(), apart_.size()}, 0, site.field, false, nullptr, site.named}, wanted, &parts_);
  if (parts_.size() != 1 || parts_[0].begin != 0) return false;
  const ByteView behind(apart_.data() + parts_[0].end, apart_.size() - parts_[0].end);   // a sentence may end with the value
  return std::all_of(behind.begin(), behind.end(), [](char c) { return ByteView(".,;:!?)").find(c) != ByteView::npos; });
}

void Joined::take_parts(const detect::Found& found, bool goes_on, const FlowSite& site, Taker& taker) {
  const ByteView value = view().substr(found.begin, found.end - found.begin);
  bool given = goes_on;  // some part that is still here has the replacement
  for (size_t i = segment_before(first_segment(found.begin), found.end); i < segments_.size();
       i = segment_before(i + 1, found.end)) {
    const Segment& segment = segments_[i];
    const bool holds = segment.begin <= found.begin && found.end <= segment.end;
    if (!goes_on && holds && !reads_around(segment, found)) {  // found in the text itself
      given = true;
      continue;
    }
    const uint32_t begin = std::max(segment.begin, found.begin) - segment.begin,
                   end = std::min(segment.end, found.end) - segment.begin;
    RawRuns runs(knots_.data() + segment.knot, segment.knots, begin, end);
    const Place place{site.pattern, numbers_.data() + segment.number, segment.numbers};
    bool first = !given || (!goes_on && segment.begin <= found.begin);
    uint64_t raw, length;
    while (runs.next(&raw, &length)) {
      if (raw < released_) {
        given = given || raw < taken_ || (holds && !goes_on);
        first = first && !given;
        continue;
      }
      const Taker::Part part = !first ? Taker::Part::rest : holds && !goes_on ? Taker::Part::whole : Taker::Part::begin;
      taker.take(place, site.style, raw, length, part, found, value);
      given = true;
      first = false;
    }
  }
}

void Joined::run(const Wanted& wanted, const FlowSite& site, bool open, Taker& taker) {
  if (open && seen_ == text_.size() && added_ == 0) return;
  seen_ = text_.size();
  added_ = 0;
  if (from_ == text_.size() && !inside_.any() && again_ == SIZE_MAX) return shorten();
  while (look(wanted, site, open, taker)) {}
  shorten();
}

/// One call of the detectors. True: what they saw behind from_ is to be seen again, by itself.
bool Joined::look(const Wanted& wanted, const FlowSite& site, bool open, Taker& taker) {
  size_t around = from_ > detect::kLeftBytes ? from_ - detect::kLeftBytes : 0;
  if (floor_ <= from_) around = std::max(around, floor_);
  const bool went_on = inside_.any();
  const detect::Text text{view().substr(around), from_ - around, site.field, open, &inside_, site.named};
  const size_t tail = rows_.find(view(), around, text, site.columns, wanted, &found_, nullptr) + around;
  // Texts that came since repeat some of the value that goes on.
  const size_t taken = from_ + ahead_;
  ahead_ = 0;
  if (open && inside_.any()) {
    const auto at = static_cast<uint32_t>(tail - around);
    if (found_.empty()) found_.push({at, at, inside_.detector, inside_.evidence, false, true, inside_.custom, true});
    ahead_ = inside_.covered;
    found_.back().end += inside_.covered;
  }
  const bool goes_on_here = !found_.empty() && found_[0].rest && found_[0].end + around > taken;
  const uint32_t border = segments_.back().begin;
  const auto is_front = [&](const detect::Found& found) { return found.end > border && found.begin < border + detect::kLeftBytes; };
  detect::Found repeated{};   // the last one
  for (const KnownValue& each : long_) {
    const bool last = &each + 1 == long_.end(), given = each.cut || (last && went_on);
    repeated = each.value;
    if (given) repeated.begin = static_cast<uint32_t>(std::max<size_t>(std::min<size_t>(again_, repeated.end), repeated.begin));
    if (again_ >= repeated.end || repeated.end > taken || (last && goes_on_here)) continue;
    take_parts(repeated, given, site, taker);
    if (is_front(repeated)) front_.note_front({repeated, given, false});
  }
  again_ = SIZE_MAX;
  for (detect::Found found : found_) {
    found.begin += static_cast<uint32_t>(around);
    found.end += static_cast<uint32_t>(around);
    const bool goes_on = found.rest;
    if (goes_on && found.begin < taken) found.begin = static_cast<uint32_t>(std::min<size_t>(taken, found.end));
    if (found.begin == found.end) continue;
    long_.note(found, goes_on);
    if (goes_on) found.begin = repeated.begin;
    const Lies lies = this->lies(found);
    detect::Found judged = found;
    judged.end = judged_end(found);
    const bool is_part = judged.end != found.end;
    if (is_part) judged.open_end = false;
    if (!goes_on && lies == Lies::over && may_be_two(wanted, site, judged)) {   // each may lie over several that repeat it
      for (const detect::Found& part : alone_)
        if (this->lies(part) == Lies::over) take_parts(part, false, site, taker);
      if (!is_part) continue;
      long_.note(judged, false);
      inside_ = {};
      ahead_ = 0;
      from_ = floor_ = judged.end;
      return true;
    }
    if (!is_part) found = judged;
    if (goes_on || lies != Lies::within) take_parts(found, goes_on, site, taker);
    if (is_front(found)) front_.note_front({found, goes_on, false});
  }
  from_ = open ? tail : text_.size();
  return false;
}

bool Joined::held(uint64_t* raw) const {
  const size_t from = std::min(from_ + ahead_, again_);
  if (from >= text_.size()) return false;
  uint64_t least = UINT64_MAX;
  for (size_t i = first_segment(from); i < segments_.size(); ++i) {
    const Segment& segment = segments_[i];
    const auto at = static_cast<uint32_t>(std::max<size_t>(segment.begin, from) - segment.begin);
    const Knot* const knots = knots_.data() + segment.knot;
    if (raw_of(knots, segment.knots, segment.end - segment.begin) + 1 <= released_) continue;
    least = std::max(raw_of(knots, segment.knots, at), released_);
    break;
  }
  *raw = least;
  return least != UINT64_MAX;
}

void Joined::give_up(const FlowSite& site, const detect::Found& as, Taker& taker) {
  const size_t from = from_ + ahead_;
  if (from < text_.size() && !says_nothing(view().substr(from))) {
    detect::Found tail = as;
    tail.begin = static_cast<uint32_t>(from);
    tail.end = static_cast<uint32_t>(text_.size());
    tail.several = true;
    // Texts that hold all of the tail have their part masked as well.
    for (size_t i = first_segment(from); i < segments_.size(); ++i) {
      const Segment& segment = segments_[i];
      const uint32_t begin = std::max(segment.begin, tail.begin) - segment.begin, end = segment.end - segment.begin;
      RawRuns runs(knots_.data() + segment.knot, segment.knots, begin, end);
      bool first = segment.begin <= tail.begin;
      for (uint64_t raw, length; runs.next(&raw, &length); first = false)
        if (raw >= released_)
          taker.take({site.pattern, numbers_.data() + segment.number, segment.numbers}, site.style, raw, length,
                     first ? Taker::Part::begin : Taker::Part::rest, tail,
                     view().substr(from));
    }
  }
  const Segment& last = segments_.back();
  if (last.knots != 0) released_ = raw_of(knots_.data() + last.knot, last.knots, last.end - last.begin) + 1;
}

/// Keeps what may be context, overlap or open.
void Joined::shorten() {
  if (text_.size() < 4 * kKeptBytes && segments_.size() < kKeptTexts + kRunTexts) return;
  size_t keep = text_.size() - recent().size();
  if (repeats_) keep = keep > kAgainBytes ? keep - kAgainBytes : 0;
  keep = std::min(from_ > detect::kLeftBytes ? from_ - detect::kLeftBytes : 0, keep);
  if (first_segment(keep) < kRunTexts / 2 && keep < kKeptBytes) return;
  while (keep < text_.size() && inside_character(text_[keep])) ++keep;
  drop_front(keep);
}

void Joined::drop_front(size_t count) {
  if (count == 0) return;
  size_t first = first_segment(count);
  uint32_t knot = first < segments_.size() ? segments_[first].knot : static_cast<uint32_t>(knots_.size());
  uint32_t number = first < segments_.size() ? segments_[first].number : static_cast<uint32_t>(numbers_.size());
  std::memmove(text_.data(), text_.data() + count, text_.size() - count);
  text_.resize(text_.size() - count);
  const size_t dropped = first;
  size_t kept = 0;
  for (; first < segments_.size(); ++first, ++kept) {
    Segment segment = segments_[first];
    const uint32_t cut = segment.begin < count ? static_cast<uint32_t>(count) - segment.begin : 0;
    if (cut != 0) {  // knots begin at the segment's begin: move them
      for (uint32_t i = 0; i < segment.knots; ++i) {
        Knot& moved = knots_[segment.knot + i];
        if (moved.text >= cut) {
          moved.text -= cut;
          continue;
        }
        const bool over = i + 1 < segment.knots && knots_[segment.knot + i + 1].text <= cut;
        if (moved.atom == 0 && !over) moved.raw += cut - moved.text;
        moved.text = 0;
      }
      segment.begin = static_cast<uint32_t>(count);
    }
    segment.begin -= static_cast<uint32_t>(count);
    segment.end -= static_cast<uint32_t>(count);
    segment.knot -= knot;
    segment.number -= number;
    segments_[kept] = segment;
  }
  segments_.resize(kept);
  std::memmove(static_cast<void*>(knots_.data()), knots_.data() + knot, (knots_.size() - knot) * sizeof(Knot));
  knots_.resize(knots_.size() - knot);
  if (!numbers_.empty()) std::memmove(numbers_.data(), numbers_.data() + number, (numbers_.size() - number) * sizeof(uint64_t));
  numbers_.resize(numbers_.size() - number);
  from_ -= count;
  floor_ -= std::min(floor_, count);
  seen_ -= count;
  long_.drop(count);
  front_.drop(count);
  rows_.drop(count);
  if (again_ != SIZE_MAX) again_ -= std::min(again_, count);
  backward_ -= std::min(backward_, dropped);
}

void Joined::copy(const Joined& from) {
  clear();
  text_.append(from.text_.data(), from.text_.size());
  text_.reserve(kSimdPadding);
  segments_.append(from.segments_.data(), from.segments_.size());
  knots_.append(from.knots_.data(), from.knots_.size());
  numbers_.append(from.numbers_.data(), from.numbers_.size());
  from_ = from.from_;
  floor_ = from.floor_;
  added_ = from.added_;
  seen_ = from.seen_;
  released_ = from.released_;
  taken_ = from.taken_;
  backward_ = from.backward_;
  inside_ = from.inside_;
  ahead_ = from.ahead_;
  long_ = from.long_;
  front_ = from.front_;
  repeats_ = from.repeats_;
  again_ = from.again_;
  rows_.copy(from.rows_);
}

size_t Joined::memory_bytes() const {
  return text_.capacity() + segments_.capacity() * sizeof(Segment) + knots_.capacity() * sizeof(Knot) + numbers_.capacity() * 8 +
         found_.capacity() * sizeof(detect::Found);
}

}  // namespace gatehouse::mask
