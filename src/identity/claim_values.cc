#include "identity/claim_values.h"

namespace gatehouse::identity {
namespace {

using simdjson::dom::element;

void search(const Fields& at, ByteView path, Found* out) {
  if (const auto whole = at.find(path)) {
    out->value = whole;
    ++out->places;
  }
  for (size_t dot = path.find('.'); dot != ByteView::npos && out->places < 2; dot = path.find('.', dot + 1)) {
    const auto step = at.find(path.substr(0, dot));
    simdjson::dom::object inner;
    if (step && step->get(inner) == simdjson::SUCCESS) search(Fields(inner), path.substr(dot + 1), out);
  }
}

bool add_text(element value, std::vector<std::string>* out) {
  if (out->size() == kValuesMax) return false;
  ByteView text;
  int64_t number = 0;
  uint64_t large = 0;
  bool flag = false;
  if (value.get(text) == simdjson::SUCCESS) out->emplace_back(text);
  else if (value.is_int64() && value.get(number) == simdjson::SUCCESS) out->push_back(std::to_string(number));
  else if (value.is_uint64() && value.get(large) == simdjson::SUCCESS) out->push_back(std::to_string(large));
  else if (value.get(flag) == simdjson::SUCCESS) out->emplace_back(flag ? "true" : "false");
  else return false;
  return true;
}

}  // namespace

Found find_at(const Fields& claims, ByteView path) {
  Found found;
  search(claims, path, &found);
  return found;
}

bool ClaimValues::texts_at(ByteView path, std::vector<std::string>* out) const {
  const Found found = find_at(claims_, path);
  if (found.places != 1) return found.places == 0;
  if (found.value->is_null()) return true;
  simdjson::dom::array list;
  if (found.value->get(list) != simdjson::SUCCESS) return add_text(*found.value, out);
  for (const element each : list)
    if (!add_text(each, out)) return false;
  return true;
}

}  // namespace gatehouse::identity
