// Where an answer's head leads: fields that name an address that clients follow, or fetch.
#include <algorithm>

#include "guard/fields.h"
#include "guard/inspector_state.h"

namespace gatehouse::guard {
namespace {

constexpr ByteView kLocations[] = {"location",  "content-location", "operation-location", "azure-asyncoperation",
                                   "sourcemap", "x-sourcemap",      "uri"};

bool is_location(ByteView name) {
  return std::any_of(std::begin(kLocations), std::end(kLocations),
                     [&](ByteView each) { return http::equals_ignore_case(name, each); });
}

constexpr ByteView kBlanks = " \t";

ByteView without(ByteView text, ByteView front) {
  text.remove_prefix(std::min(text.find_first_not_of(front), text.size()));
  return text;
}

/// An address without blanks around. What stands behind a blank within is a part of it to some readers: browsers read over tabs,
/// and take "// @host" for a host.
ByteView address_of(ByteView text) {
  text = without(text, kBlanks);
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);   // npos + 1 = 0
}

/// The address of Refresh: 5; url='https://...', in whatever else browsers let pass, too.
ByteView refresh_address(ByteView value) {
  ByteView rest = without(without(without(value, kBlanks), "0123456789."), " \t;,");
  ByteView behind = rest;
  if (rest.size() > 3 && http::equals_ignore_case(rest.substr(0, 3), "url")) behind = without(rest.substr(3), kBlanks);
  if (behind.size() < rest.size() && behind.starts_with('=')) rest = without(behind.substr(1), kBlanks);
  if (!rest.empty() && (rest[0] == '\'' || rest[0] == '"')) rest = rest.substr(1, std::min(rest.find(rest[0], 1), rest.size()) - 1);
  return rest;
}

/// Each <address>, and whatever else stands between two signs: some readers take off signs and quotes where they should not. Each
/// byte is of one address, however many there are. Behind ';' stands no address but within signs.
template <typename Take>
void link_addresses(ByteView value, Take&& take) {
  constexpr ByteView kAround = " \t'\"";
  for (size_t begin = 0; begin <= value.size();) {
    const size_t end = std::min(value.find_first_of("<>", begin), value.size());
    // A sign that ends none is a part of it, as in <//<a@host> and <//>a@host>, where a host stands behind.
    const bool last = end + 1 >= value.size() || ByteView(";, \t").find(value[end + 1]) != ByteView::npos;
    const bool closes = last && value.substr(end, 1) == ">";
    ByteView run = value.substr(begin, end - begin + (closes ? 0 : 1));
    if (begin == 0 || value[begin - 1] != '<') run = run.substr(0, run.find(';'));
    take(without(run, kAround));
    begin = end + 1;
  }
}

}  // namespace

void addresses_in(ByteView name, ByteView value, std::vector<ByteView>* out) {
  out->clear();
  const auto take = [&](ByteView text) {
    const ByteView address = address_of(text);
    if (!address.empty()) out->push_back(address);
  };
  if (is_location(name)) take(value);
  else if (http::equals_ignore_case(name, "refresh")) take(refresh_address(value));
  else if (http::equals_ignore_case(name, "link")) link_addresses(value, take);
}

void Inspector::State::take_addresses_of_head() {
  const Selection asked = guards & rules().addresses;
  if (!request->answer || asked == 0) return;
  for (size_t i = 0; i < request->fields.size(); ++i) {
    const http::Field& field = request->fields[i];
    addresses_in(field.name, field.value, &head_addresses);
    for (const ByteView address : head_addresses) {
      marked.push({static_cast<uint32_t>(texts.count()), 0, 0, asked});
      const auto offset = static_cast<uint32_t>(address.data() - field.value.data());
      texts.add_plain(address, {0, static_cast<uint32_t>(i), 0, Source::field, false, Form::read, offset, 0, 0});
    }
  }
}

}  // namespace gatehouse::guard
