#include "json/path.h"

namespace gatehouse::json {
namespace {

bool is_name_byte(char c) {
  return static_cast<uint8_t>(c) > 0x20 && c != 0x7f && c != '.' && c != '[' && c != ']' && c != '*' && c != '"';
}

class PathReader {
 public:
  PathReader(ByteView text, std::vector<Segment>* out) : text_(text), out_(out) {}

  bool read(PathError* error) {
    out_->clear();
    const bool ok = segments();
    if (!ok) *error = {at_ + 1, wrong_};
    return ok;
  }

 private:
  bool fail(const char* wrong) {
    wrong_ = wrong;
    return false;
  }
  bool more() const { return at_ < text_.size(); }
  bool next_is(ByteView word) const { return text_.substr(at_, word.size()) == word; }

  bool segments() {
    if (text_.empty()) return fail("an empty field path");
    if (text_ == "$" || next_is("$.") || next_is("$[")) return fail("paths begin at the root by themselves: leave out $");
    bool first = true;
    while (more()) {
      if (out_->size() == kSegmentsMax) return fail("more than 60 steps");
      if (text_[at_] == '[') {
        if (!bracket()) return false;
      } else {
        if (!first) {
          if (text_[at_] != '.') return fail("expected . or [");
          ++at_;
        }
        if (!word()) return false;
      }
      first = false;
    }
    return true;
  }

  bool word() {
    if (next_is("**")) {
      at_ += 2;
      if (more() && text_[at_] == '*') return fail("expected . or [ after **");
      // Two of them say no more than one.
      if (out_->empty() || out_->back().kind != Segment::Kind::deep) out_->push_back({Segment::Kind::deep, ""});
      return true;
    }
    if (next_is("*")) {
      ++at_;
      out_->push_back({Segment::Kind::any_key, ""});
      return true;
    }
    const size_t first = at_;
    while (more() && is_name_byte(text_[at_])) ++at_;
    if (at_ == first) return fail("expected a name, * or **; odd names are written [\"like this\"]");
    if (more() && text_[at_] == '*') return fail("* stands for a whole name only");
    out_->push_back({Segment::Kind::name, std::string(text_.substr(first, at_ - first))});
    return true;
  }

  bool bracket() {
    if (next_is("[*]")) {
      at_ += 3;
      out_->push_back({Segment::Kind::element, ""});
      return true;
    }
    ++at_;
    if (!more() || text_[at_] != '"') return fail("expected [*] or [\"name\"]");
    ++at_;
    std::string name;
    while (more() && text_[at_] != '"') {
      if (text_[at_] == '\\') {
        if (!next_is("\\\"") && !next_is("\\\\")) return fail("only \\\" and \\\\ are known inside quotes");
        ++at_;
      }
      name += text_[at_++];
    }
    if (!next_is("\"]")) return fail("expected \"]");
    at_ += 2;
    out_->push_back({Segment::Kind::name, std::move(name)});
    return true;
  }

  ByteView text_;
  std::vector<Segment>* out_;
  size_t at_ = 0;
  const char* wrong_ = "";
};

}  // namespace

bool parse_path(ByteView text, std::vector<Segment>* out, PathError* error) {
  return PathReader(text, out).read(error);
}

}  // namespace gatehouse::json
