// What is taken for JSON in UTF-8 is nothing else to the most careless reader, who splits at every ';', ',' and
// quote, strips whatever looks like a blank and takes the first name that begins with "charset".
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "http/media_type.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

namespace {

std::string small_without_blanks(ByteView text) {
  std::string out;
  for (const char c : text)
    if (isalnum(static_cast<uint8_t>(c)) != 0 || (ispunct(static_cast<uint8_t>(c)) != 0 && c != '"' && c != '\\'))
      out += static_cast<char>(tolower(c));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView value(reinterpret_cast<const char*>(data), size);
  const auto said = http::parse_media_type(value);
  bool json = http::is_json_in_utf8(value);
  PLANT(json = json || (said && http::is_json_type(said->type) && said->charset.size() == 6));
  if (!json) return 0;
  GH_ASSERT(said && http::is_json_type(said->type));
  GH_ASSERT(said->charset.empty() || small_without_blanks(said->charset) == "utf-8");
  // Quoted texts of other parameters may hold anything: every reader of the grammar passes over them.
  std::string bare;
  bool quoted = false;
  for (size_t i = 0; i < value.size(); ++i) {
    if (quoted && value[i] == '\\') ++i;
    else if (value[i] == '"') quoted = !quoted;
    if (!quoted || said->charset.data() == value.data() + i) bare += value[i];
    if (quoted && said->charset.data() == value.data() + i + 1) {
      bare += said->charset;
      i += said->charset.size();
    }
  }
  GH_ASSERT(!quoted);
  for (size_t at = bare.find_first_of(";,"); at < bare.size();) {   // behind the type
    ++at;
    const size_t end = std::min(bare.find_first_of(";,", at), bare.size());
    const std::string part = small_without_blanks(ByteView(bare).substr(at, end - at));
    GH_ASSERT(!part.starts_with("charset") || part == "charset=utf-8");
    at = end;
  }
  return 0;
}
