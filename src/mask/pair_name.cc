#include "mask/pair_name.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"
#include "detect/detect.h"
#include "detect/secret_name.h"
#include "mask/element_name.h"
#include "mask/text_names.h"

namespace gatehouse::mask {

namespace {

using detect::Detector;

/// Their words are those of goods, too: mobile revenue, passports issued, paid social.
constexpr detect::DetectorSet kOfGoods = set_of(Detector::phone) | set_of(Detector::passport) | set_of(Detector::us_ssn);
constexpr detect::DetectorSet kOfNumbers =
    set_of(Detector::us_ssn) | set_of(Detector::us_itin) | set_of(Detector::uk_nhs) | set_of(Detector::date_of_birth) |
    set_of(Detector::password);
/// Behind a name that stays one.
constexpr ByteView kTails[] = {"number", "numbers", "num", "no", "nr", "nummer", "numero", "n\xc3\xbamero", "num\xc3\xa9ro", "id",
                               "value", "home", "work", "office", "private", "privat", "personal", "daytime", "evening", "main",
                               "primary", "secondary", "emergency", "contact"};

bool is_part(char c) { return is_ascii_letter(c) || static_cast<uint8_t>(c) >= 0x80; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// The word that a label ends with, before what is in brackets and words like "number".
ByteView last_word(ByteView label) {
  if (const size_t bracket = label.rfind('('); bracket != ByteView::npos && label.ends_with(')')) label = label.substr(0, bracket);
  for (;;) {
    while (!label.empty() && !is_part(label.back())) label.remove_suffix(1);
    size_t begin = label.size();
    while (begin > 0 && is_part(label[begin - 1]) &&
           (begin == label.size() || is_upper(label[begin - 1]) || !is_upper(label[begin]))) --begin;
    const ByteView word = label.substr(begin);
    const bool tail = word.size() == 1 || std::ranges::any_of(kTails, [&](ByteView one) { return same_word(word, one); });
    if (!tail) return word;
    label = label.substr(0, begin);
  }
}

bool asks_no_value(ByteView label) {
  return starts_at(label, 0, "how ", true) || starts_at(label, 0, "why ", true) || starts_at(label, 0, "where ", true);
}

/// SSN, "Social security": not "Paid social".
bool speaks_of_ssn(ByteView label) {
  for (size_t at = 0; at + 3 <= label.size(); ++at) {
    if (starts_at(label, at, "ssn", true)) return true;
    if (!starts_at(label, at, "social", true)) continue;
    const size_t next = at + 6 < label.size() && !is_part(label[at + 6]) ? at + 7 : at + 6;
    if (starts_at(label, next, "security", true)) return true;
  }
  return false;
}

/// All that a label names.
detect::DetectorSet names_of(ByteView label) {
  if (label.size() < 2 || label.size() > kNameBeside) return 0;
  const detect::DetectorSet names = detect::named_by_field(label);
  return names != 0 && !asks_no_value(label) ? names : 0;
}

/// Of that what it names wherever its words stand: no goods are called so.
detect::DetectorSet sure_names(ByteView label, detect::DetectorSet names) {
  const bool ssn = (names & set_of(Detector::us_ssn)) != 0 && speaks_of_ssn(label);
  return (names & ~kOfGoods) | (ssn ? set_of(Detector::us_ssn) : 0);
}

int weight(ByteView label) {
  const detect::SecretName secret = detect::secret_name(label);
  if (secret != detect::SecretName::none) return secret == detect::SecretName::password ? 3 : 2;
  return sure_names(label, names_of(label)) != 0 ? 1 : 0;
}

}  // namespace

bool names_beside(ByteView text) {
  const detect::DetectorSet names = names_of(text);
  if (names == 0 || sure_names(text, names) != 0) return names != 0;
  const ByteView word = last_word(text);
  return !word.empty() && (detect::named_by_field(word) & kOfGoods) != 0;
}

bool names_number(ByteView text) { return (sure_names(text, names_of(text)) & kOfNumbers) != 0; }

bool outweighs(ByteView text, ByteView other) { return !text.empty() && weight(text) > weight(other); }

void PairName::begin() {
  within_ = false;
  size_ = 0;
}

bool PairName::holds(ByteView tag) {
  const ByteView name = element_name(tag);
  return tag.size() > 1 && tag[1] != '/' && holds_pair(name);
}

/// A name begins. One that the same element held before, or that a value had, counts no more.
void PairName::begin_name(ByteView element) {
  if (used_ || same_word(element, {element_, element_size_})) size_ = 0;
  used_ = false;
  within_ = true;
  said_size_ = 0;
  if (size_ == 0) element_size_ = element.copy(element_, kElement), depth_ = 0;
}

/// One that says nothing leaves the name that was there.
void PairName::end_name() {
  within_ = false;
  if (said_size_ > kNameBeside) return;
  std::memset(said_ + said_size_, 0, kSimdPadding);
  const ByteView said(said_, said_size_);
  if (!names_beside(said) || outweighs(name(), said)) return;
  std::memcpy(name_, said_, said_size_ + kSimdPadding);
  size_ = said_size_;
  depth_ = passed_ = 0;
}

bool PairName::tag(ByteView tag, bool within) {
  constexpr size_t kPassedMost = 32;
  if (tag.size() < 3 || tag[0] != '<' || tag[1] == '!' || tag[1] == '?') return false;
  const bool closes = tag[1] == '/', alone = tag[tag.size() - 2] == '/';
  if (closes && !within_ && size_ == 0) return false;
  const ByteView element = element_name(closes ? tag.substr(1) : tag);
  if (within_) {
    if (closes && names_pair(element)) return end_name(), false;
    if (within) return false;
    within_ = false;
  }
  if (size_ != 0 && ++passed_ > kPassedMost) size_ = 0;
  if (alone) return false;
  if (closes) {
    if (depth_ == 0) size_ = 0;   // what holds both ended
    else --depth_;
    return false;
  }
  if (names_pair(element)) {
    if (depth_ != 0) size_ = 0;   // of what stands within an element between
    return begin_name(element), false;
  }
  if (used_ && depth_ == 0 && !within && !holds_pair(element)) size_ = 0;   // what stands behind a value and this is another's
  if (size_ == 0) return false;
  const bool named = depth_++ == 0 && !within && holds_pair(element);
  used_ = used_ || named;
  return named;
}

void PairName::text(ByteView text) {
  if (within_) {
    if (said_size_ + text.size() > kNameBeside) said_size_ = kNameBeside + 1;   // and stays so
    else said_size_ += text.copy(said_ + said_size_, text.size());
  } else if (size_ != 0 && depth_ == 0 && !std::all_of(text.begin(), text.end(), is_space)) {
    size_ = 0;
  }
}

}  // namespace gatehouse::mask
