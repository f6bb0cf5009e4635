// Passwords in the arguments of programs: curl -u user:x, mysql -px, sshpass -p x, sqlplus user/x@db.
#include <algorithm>

#include "base/ascii.h"
#include "detect/assigned.h"
#include "detect/secrets.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kNear = 56;   // bytes before a value in which all stands that says what it is: within kLeftBytes
constexpr size_t kUserMax = 30, kPasswordMax = 64;
static_assert(kNear + 4 <= kLeftBytes);

bool is_user(char c) { return is_word(c) || one_of(c, ".@+%\\-$#"); }

bool begins_argument(ByteView text, size_t at) {
  return at == 0 || is_space(text[at - 1]) || one_of(text[at - 1], "\"'`(") || escaped_at(text, at - 1);
}

/// Passes over a quotation mark before a value or a user.
void pass_quote(ByteView text, Start* start) {
  if (start->at >= text.size() || (text[start->at] != '"' && text[start->at] != '\'')) return;
  start->quoted = true;
  start->mark = text[start->at++];
}

size_t user_end(ByteView text, size_t at) {
  const size_t limit = std::min(text.size(), at + kUserMax);
  size_t end = at;
  while (end < limit && is_user(text[end])) ++end;
  return end;
}

size_t judge(Sight& sight, Start start, size_t at) {
  start.found = start.tight = true;
  return start.at < sight.text.size() ? std::max(judge_value(sight, start, SecretName::password), at + 1) : at + 1;
}

/// The place behind "-p" of a command that begins at `at`, on its line and near; npos: none.
size_t behind_option(ByteView text, size_t at) {
  const size_t limit = std::min(text.size(), at + kNear);
  for (size_t i = at; i + 2 < limit && text[i] != '\n' && text[i] != ';' && text[i] != '|'; ++i)
    if (is_space(text[i]) && text[i + 1] == '-' && text[i + 2] == 'p') return i + 3;
  return ByteView::npos;
}

/// user/password@database, from the user on.
size_t find_logon(Sight& sight, size_t at, size_t user) {
  const ByteView text = sight.text;
  if (user < text.size() && (text[user] == '"' || text[user] == '\'')) ++user;
  const size_t begin = user_end(text, user) + 1;
  if (begin - 1 == user || begin >= text.size() || text[begin - 1] != '/') return at + 1;
  size_t end = begin;
  while (end < text.size() && end - begin <= kPasswordMax && !is_space(text[end]) && !one_of(text[end], "@/\"'<>")) ++end;
  if (end == text.size() && sight.open && end - begin <= kPasswordMax) {
    sight.hold(begin);
    return at + 1;
  }
  if (end == text.size() || text[end] != '@' || end - begin < 3 || is_placeholder(text.substr(begin, end - begin))) return at + 1;
  sight.add(begin, end, Detector::password, Evidence::structure);
  return end;
}

}  // namespace

size_t find_command(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  if (starts_at(text, at, "oracle:thin:", true)) return find_logon(sight, at, at + 12);
  if (at > 0 && is_word(text[at - 1]) && !escaped_at(text, at - 1)) return at + 1;
  size_t end = at;
  while (end < text.size() && end - at < kNear && (is_word(text[end]) || text[end] == '-')) ++end;
  if (starts_at(text, at, "sqlplus", true)) {
    for (const ByteView flag : {" -s", " -S", " -l", " -L"})
      if (starts_at(text, end, flag)) end += flag.size();
    return end < text.size() && text[end] == ' ' ? find_logon(sight, at, end + 1) : at + 1;
  }
  if (!starts_at(text, end, " -")) return at + 1;   // the first argument is an option
  Start start;
  start.at = behind_option(text, end);
  if (start.at >= text.size()) return at + 1;
  if (starts_at(text, at, "sshpass", true)) {
    if (text[start.at] == ' ') ++start.at;
  } else if (is_space(text[start.at]) || starts_at(text, start.at, "assw") || starts_at(text, start.at, "ort")) {
    return at + 1;   // it is asked for; a long option
  }
  pass_quote(text, &start);
  return start.at < text.size() && text[start.at] != '-' ? judge(sight, start, at) : at + 1;
}

/// -u user:password, as curl takes it. Others take what looks alike, a user and a group: of these the password must look like one.
size_t find_user_option(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  const bool is_long = text[at + 2] == 's';   // --user, --proxy-user
  if (is_long ? at == 0 || !(text[at - 1] == '-' || is_ascii_letter(text[at - 1])) : !begins_argument(text, at)) return at + 1;
  Start start;
  start.at = at + (is_long ? 6 : 3);
  pass_quote(text, &start);
  const size_t user = start.at;
  start.at = user_end(text, user) + 1;
  if (start.at >= text.size() || start.at - 1 == user || text[start.at - 1] != ':' || text[start.at] == '/') return at + 1;
  const ByteView before = text.substr(start.at - std::min(start.at, kNear), std::min(start.at, kNear));
  start.spoken = before.find("curl") == ByteView::npos && before.find("wget") == ByteView::npos;
  size_t digits = start.at;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  const bool number = digits > start.at && (digits == text.size() ? !sight.open : !is_word(text[digits]));
  if (start.spoken && number) return at + 1;   // a group, a port
  return judge(sight, start, at);
}

/// user/password@//host: "@//" is at text[at].
size_t find_connect(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  const auto is_part = [](char c) { return is_word(c) || one_of(c, ".%+-:=*~"); };
  size_t begin = at;
  while (begin > 0 && at - begin <= kPasswordMax && is_part(text[begin - 1])) --begin;
  if (begin == 0 || at - begin < 3 || at - begin > kPasswordMax || text[begin - 1] != '/') return at + 1;
  size_t user = begin - 1;
  while (user > 0 && begin - user <= kUserMax && is_word(text[user - 1])) --user;
  const bool alone = user == 0 || is_space(text[user - 1]) || one_of(text[user - 1], "\"'=:(");
  if (user + 1 == begin || begin - user > kUserMax || !alone || is_placeholder(text.substr(begin, at - begin))) return at + 1;
  sight.add(begin, at, Detector::password, Evidence::structure);
  return at + 1;
}

}  // namespace gatehouse::detect
