// An explanation for people, and the same as one JSON object.
#include <algorithm>

#include "cli/explained_text.h"
#include "cli/recorded.h"
#include "record/layout.h"

namespace gatehouse::cli {
namespace {

constexpr size_t kLabel = 10;   // columns of the first word of a line

const char* verdict_name(Explained::Verdict verdict) {
  switch (verdict) {
    case Explained::Verdict::allow: return "allow";
    case Explained::Verdict::deny: return "deny";
    case Explained::Verdict::hold: return "hold";
  }
  return "deny";
}

const char* source_name(guard::Source source) {
  switch (source) {
    case guard::Source::value:
    case guard::Source::key: return "body";
    case guard::Source::query: return "query";
    case guard::Source::path: return "path";
    case guard::Source::field: return "header";
  }
  return "body";
}

std::string line(std::string_view label, const std::string& text) {
  std::string out(label);
  out.resize(std::max(kLabel, label.size() + 1), ' ');
  return out + text + "\n";
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + display(name);
  return out;
}

/// columns is how many of a terminal's columns a displayed text takes, where no letter is wide.
size_t columns(const std::string& text) {
  const auto begins = [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; };
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins));
}

std::string bytes_of(proxy::Bound::Unit unit, uint64_t value) {
  if (unit == proxy::Bound::Unit::time) return std::to_string(value / kNsPerMs) + " ms";
  return std::to_string(value) + (unit == proxy::Bound::Unit::bytes ? " bytes" : "");
}

std::string hit_text(const Explained::HitFired& hit) {
  std::string out = line("hit", display(hit.guard) + " (" + guard::name_of(hit.effect) + "): " + display(hit.check) + " in the " +
                                    source_name(hit.source) + (hit.place.empty() ? "" : ", at " + display(hit.place)) + ", byte " +
                                    std::to_string(hit.offset));
  if (!hit.evidence.empty()) out += line("", "found  " + display(hit.evidence));
  if (hit.bytes.empty()) return out;
  const std::string before = "bytes from " + std::to_string(hit.bytes_at) + "  ";
  const std::string shown = display(ByteView(hit.bytes).substr(0, hit.mark));
  out += line("", before + shown + display(ByteView(hit.bytes).substr(hit.mark)));
  return out + line("", std::string(before.size() + columns(shown), ' ') + "^");
}

std::string caller_text(const identity::Identity& caller) {
  return display(caller.subject) + " of issuer '" + display(caller.issuer) + "' (" + display(caller.issuer_url) + "), groups " +
         (caller.groups.empty() ? "none" : listed(caller.groups)) +
         (caller.expires >= INT64_MAX ? ", no end" : ", until " + record::format_time(caller.expires));
}

std::string decision_text(const Explained& told, const Approval& approval) {
  switch (told.verdict) {
    case Explained::Verdict::allow: return "allow";
    case Explained::Verdict::hold:
      return "hold: a person must approve it within " + std::to_string(approval.within / kNsPerSecond) +
             " s, with `gatehouse approvals`; whoever may write to " + display(approval.socket) + " can";
    case Explained::Verdict::deny: break;
  }
  const int status = reason_status(told.reason);
  return "deny: " + std::string(reason_name(told.reason)) + " (" + std::to_string(static_cast<unsigned>(told.reason)) + "), " +
         (status == 0 ? "no answer" : "answered with " + std::to_string(status)) + ": " + std::string(reason_text(told.reason));
}

/// list writes a member that is a list of texts.
std::string list(const char* name, const std::vector<std::string>& texts) {
  std::string out = std::string(",\"") + name + "\":[";
  for (size_t i = 0; i < texts.size(); ++i) out += (i > 0 ? "," : "") + cli::quoted(texts[i]);
  return out + "]";
}

std::string member(const char* name, ByteView text) { return std::string(",\"") + name + "\":" + cli::quoted(text); }

std::string member(const char* name, uint64_t number) { return std::string(",\"") + name + "\":" + std::to_string(number); }

std::string caller_json(const identity::Identity& caller) {
  return ",\"caller\":{\"proof\":" + cli::quoted(identity::proof_name(caller.proof)) + member("issuer", caller.issuer) +
         member("issuer_url", caller.issuer_url) + member("subject", caller.subject) + list("groups", caller.groups) +
         ",\"expires\":" + (caller.expires >= INT64_MAX ? "null" : cli::quoted(record::format_time(caller.expires))) + "}";
}

std::string hit_json(const Explained::HitFired& hit) {
  return "{\"guard\":" + cli::quoted(hit.guard) + member("effect", guard::name_of(hit.effect)) + member("check", hit.check) +
         member("in", source_name(hit.source)) + member("place", hit.place) + member("offset", hit.offset) +
         member("evidence", hit.evidence) + member("bytes", hit.bytes) +
         (hit.bytes.empty() ? "" : member("bytes_at", hit.bytes_at)) + "}";
}

}  // namespace

const char* effect_name(policy::Effect effect) {
  switch (effect) {
    case policy::Effect::allow: return "allow";
    case policy::Effect::deny: return "deny";
    case policy::Effect::approve: return "approve";
  }
  return "deny";
}

std::string bound_text(const proxy::Bound& bound) {
  return display(bound.key) + (bound.unit == proxy::Bound::Unit::unknown ? "" : " = " + bytes_of(bound.unit, bound.value));
}

std::string bound_json(const proxy::Bound& bound) {
  const bool known = bound.unit != proxy::Bound::Unit::unknown;
  return "{\"key\":" + cli::quoted(bound.key) + (known ? member("value", bound.value) : "") + "}";
}

std::string explained_text(const Explained& told, const Approval& approval, const std::string& file) {
  std::string out = line("request", display(told.asked) + (told.host.empty() ? "" : ", host " + display(told.host)));
  out += line("caller", told.caller == nullptr ? "nobody is proved" : caller_text(*told.caller));
  if (!told.path.empty()) out += line("path", display(told.path));
  if (!told.route.empty()) out += line("route", display(told.route));
  for (const Explained::RuleFired& rule : told.rules)
    out += line("rule", display(rule.name) + " (" + effect_name(rule.effect) + ")" +
                            (rule.line == 0 ? "" : ", " + display(file) + " line " + std::to_string(rule.line)));
  if (!told.guards.empty()) out += line("guards", listed(told.guards));
  for (const Explained::HitFired& hit : told.hits) out += hit_text(hit);
  if (told.verdict != Explained::Verdict::deny) {
    out += line("origin", display(told.origin) + ", which gets: " + display(told.origin_line));
    for (const std::string& field : told.origin_fields) out += line("", display(field));
    if (!told.answer_guards.empty()) out += line("answer", "looked at by guards: " + listed(told.answer_guards));
    if (!told.masks.empty()) out += line("answer", "changed by masks: " + listed(told.masks));
  }
  out += line("decision", decision_text(told, approval));
  if (!told.bound.key.empty()) out += line("limit", bound_text(told.bound));
  for (const std::string& note : told.notes) out += line("note", display(note));
  return out;
}

std::string explained_json(const Explained& told, const Approval& approval) {
  std::string out = std::string("{\"decision\":\"") + verdict_name(told.verdict) + "\"";
  out += member("reason", reason_name(told.reason)) + member("code", static_cast<uint64_t>(told.reason)) +
         member("status", static_cast<uint64_t>(reason_status(told.reason))) + member("text", reason_text(told.reason));
  if (!told.bound.key.empty()) out += ",\"limit\":" + bound_json(told.bound);
  if (told.verdict == Explained::Verdict::hold)
    out += ",\"approval\":{\"socket\":" + cli::quoted(approval.socket) + member("within_ns", approval.within) + "}";
  if (told.caller != nullptr) out += caller_json(*told.caller);
  out += member("path", told.path) + member("route", told.route) + ",\"rules\":[";
  for (size_t i = 0; i < told.rules.size(); ++i) {
    const Explained::RuleFired& rule = told.rules[i];
    out += std::string(i > 0 ? "," : "") + "{\"name\":" + cli::quoted(rule.name) + member("effect", effect_name(rule.effect));
    out += (rule.line == 0 ? "" : member("line", rule.line)) + "}";
  }
  out += "]" + list("guards", told.guards) + ",\"hits\":[";
  for (size_t i = 0; i < told.hits.size(); ++i) out += (i > 0 ? "," : "") + hit_json(told.hits[i]);
  out += "]" + list("masks", told.masks) + list("answer_guards", told.answer_guards);
  if (told.verdict != Explained::Verdict::deny)
    out += member("origin", told.origin) + member("origin_line", told.origin_line) + list("origin_fields", told.origin_fields);
  return out + list("notes", told.notes) + "}";
}

}  // namespace gatehouse::cli
