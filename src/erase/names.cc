// What is a secret by its name, and how names and values stand in a body.
#include <algorithm>

#include "base/ascii.h"
#include "codec/multipart.h"
#include "detect/secret_name.h"
#include "erase/erase.h"
#include "erase/words.h"
#include "http/media_type.h"
#include "json/pointer.h"

namespace gatehouse::erase {
namespace {

constexpr size_t kJoinedMax = 32;

/// What secret_name() does not take for a secret, joined: the two halves of object stores' keys, what signs a URL, and what holds a
/// password.
constexpr ByteView kMore[] = {
    "accesskey", "accesskeyid", "awsaccesskeyid", "s3key", "s3secret", "secret", "secrets", "credentials", "credential",
    "connectionstring", "connstr", "dsn", "databaseurl", "sastoken", "sasurl", "serviceaccountkey", "privatekey", "accountkey",
    "authorization", "proxyauthorization", "cookie", "setcookie", "clientcred", "boxappconfig", "sasljaasconfig", "xamzsignature",
    "xamzcredential", "xamzsecuritytoken", "xgoogsignature", "xgoogcredential"};

/// What http::names_credential knows besides.
constexpr ByteView kCredentials[] = {"auth", "assertion", "response", "sig", "signature"};
constexpr ByteView kMembers[] = {"name", "key", "value"};
constexpr ByteView kSignatures[] = {"sig", "signature"};

detect::Ends name_ends() {
  detect::Ends all = detect::kSecretEnds;
  all.add(kMore);
  all.add(kCredentials);
  return all;
}

template <size_t count>
detect::Ends name_ends_and(const ByteView (&words)[count]) {
  detect::Ends all = name_ends();
  all.add(words);
  return all;
}

constexpr uint64_t lengths_of_more() {
  uint64_t lengths = 0;
  for (const ByteView each : kMore) lengths |= uint64_t{1} << each.size();
  return lengths;
}

/// Joined is a name without what joins its words, in lower case: pass_word, passWord and PASS-WORD are password.
struct Joined {
  char text[kJoinedMax];
  size_t size = 0;
  bool changed = false;   // in more than its first letter

  explicit Joined(ByteView name) {
    for (size_t i = 0; i < name.size(); ++i) {
      const char c = name[i];
      if (c == '_' || c == '-' || c == '.' || c == ' ') {
        changed = true;
        continue;
      }
      if (size == kJoinedMax) {
        size = 0;   // no name of ours
        return;
      }
      changed = changed || (i > 0 && c != lower(c));
      text[size++] = lower(c);
    }
  }
  ByteView view() const { return {text, size}; }
};

bool is_more(ByteView joined) {
  if ((lengths_of_more() >> joined.size() & 1) == 0) return false;
  return std::find(std::begin(kMore), std::end(kMore), joined) != std::end(kMore);
}

}  // namespace

const detect::Ends kNameEnds = name_ends(), kMemberEnds = name_ends_and(kMembers), kFieldEnds = name_ends_and(kSignatures);

Named named_secret(const ErasePlan* plan, ByteView name) {
  if (plan != nullptr && plan->has_names()) {
    if (plan->names(name)) return Named::password;
  } else {
    size_t size = name.size();   // without digits and signs behind it: those say nothing
    while (size > 0 && static_cast<uint8_t>(name[size - 1]) < 0x80 && !is_ascii_letter(name[size - 1])) --size;
    if (size < 2 || !kNameEnds.has(size == 2 ? '"' : name[size - 3], name[size - 2], name[size - 1])) return Named::none;
  }
  detect::SecretName is = detect::secret_name(name);
  if (is == detect::SecretName::none) {
    const Joined joined(name);
    if (is_more(joined.view())) return Named::key;
    if (joined.changed) is = detect::secret_name(joined.view());
  }
  return is == detect::SecretName::none ? Named::none : is == detect::SecretName::password ? Named::password : Named::key;
}

std::string plain(ByteView name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '\\') {
      out += name[i];
      continue;
    }
    while (i < name.size() && name[i] == '\\') ++i;
    if (i >= name.size()) break;
    unsigned code = 0;
    bool hex = name[i] == 'u' && name.size() - i > 4;
    for (size_t k = 1; hex && k <= 4; ++k) {
      hex = is_hex(name[i + k]);
      code = code << 4 | static_cast<unsigned>(hex_value(name[i + k]) & 15);
    }
    out += !hex ? name[i] : code < 0x80 ? static_cast<char>(code) : '\x80';
    if (hex) i += 4;
  }
  return out;
}

bool names_secret(const ErasePlan* plan, ByteView name) { return named_secret(plan, name) != Named::none; }

bool may_hold_secret(const ErasePlan* plan, ByteView head) {
  for (const char sign : {'?', '@', '%', '"', '\''})
    if (head.find(sign) != ByteView::npos) return true;
  const bool any = plan != nullptr && plan->has_names();
  for (size_t mark = head.find('='); mark != ByteView::npos; mark = head.find('=', mark + 1)) {
    size_t end = mark;
    while (end > 0 && is_gap(head[end - 1])) --end;
    if (any || end < 3) return true;
    const char last = head[end - 1], before = head[end - 2];
    if (kAssignedBytes.has(last) && kAssignedBytes.has(before) && kNameEnds.has(head[end - 3], before, last)) return true;
  }
  return false;
}

std::shared_ptr<const ErasePlan> ErasePlan::make(const std::vector<std::string>& entries) {
  auto plan = std::make_shared<ErasePlan>();
  for (const std::string& entry : entries) {
    std::vector<json::Segment> path;
    json::PathError error;
    if (!entry.starts_with('/')) std::transform(entry.begin(), entry.end(), std::back_inserter(plan->names_.emplace_back()), lower);
    else if (json::parse_pointer(entry, &path, &error) &&
             plan->paths_.add(path, static_cast<uint32_t>(plan->path_texts_.size())))
      plan->path_texts_.push_back(entry);
  }
  plan->paths_.build();
  return plan;
}

bool ErasePlan::names(ByteView name) const {
  return std::any_of(names_.begin(), names_.end(), [name](const std::string& each) { return same_word(name, each); });
}

std::string erase_error(ByteView entry) {
  if (entry.empty() || entry.size() > kErasedNameMax) return "1 to " + std::to_string(kErasedNameMax) + " bytes";
  std::vector<json::Segment> path;
  json::PathError error;
  if (!entry.starts_with('/')) return entry.find_first_of("\"\\") == ByteView::npos ? "" : "a name has no quotes and no escapes";
  return json::parse_pointer(entry, &path, &error) ? "" : error.text;
}

void blank(ByteSpan piece, const std::vector<Erased>& erased) {
  for (const Erased& each : erased)
    for (char& c : piece.subspan(each.begin, each.end - each.begin))
      if (!each.number) c = '*';
      else if (c >= '0' && c <= '9') c = '1';
}

BodyForm body_form(const http::FieldList& fields, ByteView* boundary) {
  constexpr ByteView kMultipart = "multipart/";
  *boundary = {};
  if (fields.count_of(http::FieldId::content_type) != 1) return BodyForm::text;
  const ByteView content_type = fields.find(http::FieldId::content_type)->value;
  const ByteView type = http::media_type(content_type);
  if (http::equals_ignore_case(type, "application/x-www-form-urlencoded")) return BodyForm::form;
  if (http::is_json_type(type)) return BodyForm::json;
  if (!http::equals_ignore_case(type.substr(0, kMultipart.size()), kMultipart)) return BodyForm::text;
  const auto said = http::boundary_of(content_type);
  if (said && codec::is_boundary(*said)) *boundary = *said;
  return BodyForm::parts;
}

}  // namespace gatehouse::erase
