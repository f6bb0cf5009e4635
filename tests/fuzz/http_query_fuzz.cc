// Any bytes as a query: the walk loses nothing, decoding writes within its room and gives UTF-8 or nothing.
#include <algorithm>
#include <string>

#include "http/query.h"
#include "http_fuzz.h"
#include "tests/fuzz/plant.h"

namespace gatehouse::http {
namespace {

void run(ByteView query) {
  for (const ByteView separators : {ByteView{"&"}, ByteView{"&;"}}) {
    size_t taken = 0;
    const char* last = query.data();
    QueryWalk walk(query, separators);
    QueryWalk::Parameter parameter;
    while (walk.next(&parameter)) {
      REQUIRE(parameter.name.data() >= last && parameter.name.find_first_of(separators) == ByteView::npos);
      REQUIRE(parameter.value.find_first_of(separators) == ByteView::npos);
      REQUIRE(parameter.name.find('=') == ByteView::npos);
      last = parameter.name.data() + parameter.name.size();
      REQUIRE(parameter.value.empty() || parameter.value.data() == last + 1);
      last += parameter.value.size();
      taken += parameter.name.size() + parameter.value.size();
      std::string out(parameter.value.size(), '\0');   // exactly the room that is promised to be enough
      auto length = decode_query_text(parameter.value, out.data());
      PLANT(if (length && parameter.name == "q") length = out.size() + 1);
      REQUIRE(!length || *length <= out.size());
      if (parameter.value.find_first_of("%+") == ByteView::npos && length) REQUIRE(out == parameter.value);
      // A name is known however its letters are escaped.
      std::string escaped;
      for (const char c : parameter.name) {
        constexpr const char* kDigits = "0123456789abcdef";
        escaped += '%';
        escaped += kDigits[static_cast<uint8_t>(c) >> 4];
        escaped += kDigits[static_cast<uint8_t>(c) & 15];
      }
      if (parameter.name.find('%') == ByteView::npos)
        REQUIRE(names_credential(escaped) == names_credential(parameter.name));
      else (void)names_credential(parameter.name);
    }
    size_t letters = 0, left = 0;
    for (const char c : query) letters += separators.find(c) == ByteView::npos;
    left = letters - taken;   // each parameter has at most one '=' that is in neither part
    REQUIRE(left <= letters && left <= static_cast<size_t>(std::count(query.begin(), query.end(), '=')));
  }
}

}  // namespace
}  // namespace gatehouse::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gatehouse::http::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
