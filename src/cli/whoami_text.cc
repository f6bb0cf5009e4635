#include <algorithm>

#include "cli/explained_text.h"
#include "cli/identified.h"
#include "cli/recorded.h"
#include "crypto/digest.h"
#include "record/layout.h"

namespace gatehouse::cli {
namespace {

constexpr size_t kFoundMax = 512;   // bytes of what a check found that are shown

std::string certificate_of(const identity::Identity& caller) {
  return caller.certificate == std::array<uint8_t, 32>{} ? "" : crypto::hex(caller.certificate);
}

std::string padded(std::string text, size_t columns) {
  text.resize(std::max(columns, text.size()), ' ');
  return text;
}

std::string row(std::string_view label, const std::string& text) {
  return "  " + padded(std::string(label), 12) + " " + text + "\n";
}

std::string step_text(const identity::Step& step) {
  const bool passed = step.reason == Reason::none;
  std::string out = std::string(passed ? "  ok    " : "  FAIL  ") + padded(step.check, 10) + " " + display(step.found, kFoundMax);
  while (out.back() == ' ') out.pop_back();
  out += "\n";
  if (!passed && !step.wanted.empty()) out += std::string(19, ' ') + "wanted: " + display(step.wanted, kFoundMax) + "\n";
  return out;
}

std::string caller_rows(const identity::Identity& caller) {
  std::string out = row("subject", display(caller.subject));
  out += row("issuer", display(caller.issuer) + " (" + display(caller.issuer_url) + ")");
  std::string groups;
  for (const std::string& group : caller.groups) groups += (groups.empty() ? "" : ", ") + display(group);
  out += row("groups", groups.empty() ? "none" : groups);
  if (!caller.token_id.empty()) out += row("token id", display(caller.token_id));
  for (const identity::Claim& claim : caller.claims) out += row("recorded", display(claim.name) + " = " + display(claim.value));
  if (const std::string digest = certificate_of(caller); !digest.empty()) out += row("bound to", "certificate " + digest);
  return out + row("until", caller.expires >= INT64_MAX ? "no end" : record::format_time(caller.expires));
}

std::string text_member(const char* name, ByteView text) { return std::string(",\"") + name + "\":" + cli::quoted(text); }

std::string caller_member(const identity::Identity& caller) {
  std::string out = ",\"caller\":{\"proof\":" + cli::quoted(identity::proof_name(caller.proof)) +
                    text_member("issuer", caller.issuer) + text_member("issuer_url", caller.issuer_url) +
                    text_member("subject", caller.subject) + ",\"groups\":[";
  for (size_t i = 0; i < caller.groups.size(); ++i) out += (i > 0 ? "," : "") + cli::quoted(caller.groups[i]);
  out += "]" + text_member("token_id", caller.token_id) + text_member("certificate", certificate_of(caller)) + ",\"recorded\":{";
  for (size_t i = 0; i < caller.claims.size(); ++i)
    out += (i > 0 ? "," : "") + cli::quoted(caller.claims[i].name) + ":" + cli::quoted(caller.claims[i].value);
  return out + "},\"expires\":" + (caller.expires >= INT64_MAX ? "null" : cli::quoted(record::format_time(caller.expires))) + "}";
}

}  // namespace

std::string identified_text(const Identified& told) {
  std::string out = display(told.credential) + "\n";
  for (const identity::Step& step : told.steps) out += step_text(step);
  if (told.reason != Reason::none) {
    const int status = reason_status(told.reason);
    out += "refused: " + std::string(reason_name(told.reason)) + " (" + std::to_string(static_cast<unsigned>(told.reason)) + "), " +
           (status == 0 ? "no answer" : "answered with " + std::to_string(status)) + ": " +
           std::string(reason_text(told.reason)) + "\n";
    if (!told.bound.key.empty()) out += row("limit", bound_text(told.bound));
  } else if (told.caller != nullptr) {
    out += "proved:\n" + caller_rows(*told.caller);
    for (const Identified::RuleNamed& rule : told.rules)
      out += row("rule", display(rule.name) + " (" + effect_name(rule.effect) + ")");
    if (told.rules.empty()) out += row("rule", "none names one of the groups: everything is refused");
  }
  for (const std::string& note : told.notes) out += "note: " + display(note) + "\n";
  return out;
}

std::string identified_json(const Identified& told) {
  std::string out = "{\"credential\":" + cli::quoted(told.credential) + ",\"steps\":[";
  for (size_t i = 0; i < told.steps.size(); ++i) {
    const identity::Step& step = told.steps[i];
    out += std::string(i > 0 ? "," : "") + "{\"check\":" + cli::quoted(step.check) +
           ",\"passed\":" + (step.reason == Reason::none ? "true" : "false") + text_member("found", step.found) +
           text_member("wanted", step.wanted) + "}";
  }
  out += std::string("],\"proved\":") + (told.reason == Reason::none ? "true" : "false");
  if (told.reason != Reason::none)
    out += text_member("reason", reason_name(told.reason)) + ",\"code\":" + std::to_string(static_cast<unsigned>(told.reason)) +
           ",\"status\":" + std::to_string(reason_status(told.reason));
  if (!told.bound.key.empty()) out += ",\"limit\":" + bound_json(told.bound);
  if (told.caller != nullptr) out += caller_member(*told.caller);
  out += ",\"rules\":[";
  for (size_t i = 0; i < told.rules.size(); ++i)
    out += std::string(i > 0 ? "," : "") + "{\"name\":" + cli::quoted(told.rules[i].name) +
           text_member("effect", effect_name(told.rules[i].effect)) + "}";
  out += "],\"notes\":[";
  for (size_t i = 0; i < told.notes.size(); ++i) out += (i > 0 ? "," : "") + cli::quoted(told.notes[i]);
  return out + "]}";
}

}  // namespace gatehouse::cli
