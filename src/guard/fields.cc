// Where an answer's head leads: fields that name an address that clients follow, or fetch.
#include <algorithm>

#include "guard/inspector_state.h"

namespace gatehouse::guard {
namespace {

constexpr ByteView kLocations[] = {"location",  "content-location", "operation-location", "azure-asyncoperation",
                                   "sourcemap", "x-sourcemap",      "uri"};

bool is_location(ByteView name) {
  return std::any_of(std::begin(kLocations), std::end(kLocations),
                     [&](ByteView each) { return http::equals_ignore_case(name, each); });
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// What of a field's value is an address: up to a blank, behind which some readers stop.
ByteView up_to_blank(ByteView text) { return text.substr(0, std::min(text.find_first_of(" \t"), text.size())); }

ByteView without(ByteView text, ByteView front) {
  text.remove_prefix(std::min(text.find_first_not_of(front), text.size()));
  return text;
}

/// The address of Refresh: 5; url='https://...', as browsers read it (HTML, section 4.2.5.3), in whatever else they let pass, too.
ByteView refresh_address(ByteView value) {
  ByteView rest = without(without(without(value, " \t"), "0123456789."), " \t;,");
  ByteView behind = rest;
  if (rest.size() > 3 && http::equals_ignore_case(rest.substr(0, 3), "url")) behind = without(rest.substr(3), " \t");
  if (behind.size() < rest.size() && behind.starts_with('=')) rest = without(behind.substr(1), " \t");
  if (!rest.empty() && (rest[0] == '\'' || rest[0] == '"')) rest = rest.substr(1, std::min(rest.find(rest[0], 1), rest.size()) - 1);
  return up_to_blank(rest);
}

}  // namespace

void Inspector::State::take_addresses_of_head() {
  const Selection asked = guards & rules().addresses;
  if (!request->answer || asked == 0) return;
  for (size_t i = 0; i < request->fields.size(); ++i) {
    const http::Field& field = request->fields[i];
    const auto take = [&](ByteView address) {
      if (address.empty()) return;
      marked.push({static_cast<uint32_t>(texts.count()), 0, 0, asked});
      const auto offset = static_cast<uint32_t>(address.data() - field.value.data());
      texts.add_plain(address, {0, static_cast<uint32_t>(i), 0, Source::field, false, Form::read, offset, 0, 0});
    };
    if (is_location(field.name)) {
      take(up_to_blank(without(field.value, " \t")));
    } else if (http::equals_ignore_case(field.name, "refresh")) {
      take(refresh_address(field.value));
    } else if (http::equals_ignore_case(field.name, "link")) {
      for (size_t at = field.value.find('<'); at != ByteView::npos; at = field.value.find('<', at + 1)) {
        // Up to the next sign of either kind, which no address holds: so each byte is of one address, however many there are.
        const size_t close = std::min(field.value.find_first_of("<>", at + 1), field.value.size());
        ByteView address = field.value.substr(at + 1, close - at - 1);
        while (!address.empty() && is_blank(address.front())) address.remove_prefix(1);
        take(up_to_blank(address));
      }
    }
  }
}

}  // namespace gatehouse::guard
