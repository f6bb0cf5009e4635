#include "http/form.h"

#include "http/query.h"

namespace gatehouse::http {

bool read_form(ByteView body, std::span<FormField> fields) {
  QueryWalk walk(body, "&");
  QueryWalk::Parameter parameter;
  std::string name, value;
  for (size_t count = 0; walk.next(&parameter); ++count) {
    if (count == kFormParametersMax) return false;
    name.resize(parameter.name.size());
    value.resize(parameter.value.size());
    const auto name_size = decode_query_text(parameter.name, name.data());
    const auto value_size = decode_query_text(parameter.value, value.data());
    if (!name_size || !value_size) return false;
    name.resize(*name_size);
    value.resize(*value_size);
    for (FormField& field : fields)
      if (field.name == name && ++field.times == 1) field.value = std::move(value);
  }
  return true;
}

}  // namespace gatehouse::http
