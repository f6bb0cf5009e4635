#include "cli/view_page.h"

#include <algorithm>
#include <cstdio>

#include "cli/kept.h"
#include "cli/sealed_text.h"
#include "cli/view_sides.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "mask/map.h"

namespace gatehouse::cli {
namespace {

using record::Kind;
using record::Tag;

constexpr ByteView kStyle =
    "body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:1500px;padding:1rem 2rem 4rem;color:#1d2329;background:#fff}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;border-top:2px solid #1d2329;padding-top:.8rem;margin-top:2.5rem;word-break:break-all}"
    "h3{font-size:1rem;margin:1.4rem 0 .4rem}a{color:#0b57a4}"
    "dl{display:grid;grid-template-columns:11rem 1fr;gap:.1rem 1rem;margin:0}dt{color:#59636e}dd{margin:0;word-break:break-word}"
    ".sides{display:grid;grid-template-columns:1fr 1fr;gap:1rem}.sides h4{margin:.2rem 0;font-size:.85rem;color:#59636e}"
    "pre{background:#f4f6f8;border:1px solid #d8dee4;border-radius:6px;padding:.6rem;margin:.2rem 0;white-space:pre-wrap;"
    "word-break:break-word;font:13px/1.45 ui-monospace,monospace;max-height:60vh;overflow:auto}"
    "mark.was{background:#ffd7d5;outline:1px solid #cf222e}mark.became{background:#ccf2d4;outline:1px solid #1a7f37}"
    "table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;vertical-align:top;border:1px solid #d8dee4;"
    "padding:.25rem .5rem;word-break:break-word}th{background:#f4f6f8}.note{color:#8a5a00;margin:.3rem 0}"
    "@media(max-width:800px){.sides{grid-template-columns:1fr}}";

std::string number(uint64_t value) { return std::to_string(value); }

void note(std::string& out, const std::string& text) { out += "<p class=\"note\">" + html_text(text) + "</p>\n"; }

void side(std::string& out, const char* title, ByteView head, const std::string& body_html) {
  out += "<div><h4>" + std::string(title) + "</h4>";
  if (!head.empty()) out += "<pre>" + html_text(head) + "</pre>";
  if (!body_html.empty()) out += "<pre>" + body_html + "</pre>";
  if (head.empty() && body_html.empty()) out += "<p class=\"note\">not here</p>";
  out += "</div>\n";
}

/// is_of_hit: what the page says of one of several guard hits.
bool is_of_hit(Tag tag) {
  return tag == Tag::guard_hit || tag == Tag::guard_effect || tag == Tag::guard_check || tag == Tag::guard_place ||
         tag == Tag::guard_evidence;
}

std::string cell(ByteView text) { return "<td>" + html_text(text) + "</td>"; }

}  // namespace

std::string html_text(ByteView text) {
  const std::string shown = display_lines(text);
  std::string out;
  out.reserve(shown.size() + shown.size() / 8);
  for (const char c : shown) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

void ViewPage::row(ByteView name, const std::string& text) {
  if (!text.empty()) body_ += "<dt>" + html_text(name) + "</dt><dd>" + html_text(text) + "</dd>\n";
}

void ViewPage::add_facts(const ExchangeRecords& exchange) {
  body_ += "<dl>\n";
  for (const Recorded& each : exchange.records) {
    if (each.kind != Kind::request && each.kind != Kind::approval) continue;
    record::SectionReader sections(each.payload);
    Tag tag, last{};
    ByteView value;
    std::string text;
    const auto put = [&] { row(record::tag_name(last), text); };
    while (sections.next(&tag, &value)) {
      if (tag == Tag::client_head || tag == Tag::origin_head || tag == Tag::guard_offset || is_of_hit(tag)) continue;
      if (tag != last) {
        put();
        text.clear();
      }
      last = tag;
      text += (text.empty() ? "" : ", ") + section_text(tag, value);
    }
    put();
  }
  body_ += "</dl>\n";
}

void ViewPage::add_hits(const Recorded* record) {
  if (record == nullptr) return;
  record::SectionReader sections(record->payload);
  Tag tag;
  ByteView value;
  bool any = false;
  while (sections.next(&tag, &value)) {
    const bool begins = tag == Tag::guard_hit;
    if (begins) {
      body_ += any ? "</dl>\n" : "<h3>What guards found</h3>\n";
      body_ += "<dl>";
      any = true;
    }
    if (any && is_of_hit(tag))
      row(record::tag_name(tag), section_text(tag, value));
  }
  if (any) body_ += "</dl>\n";
}

void ViewPage::add_request(const ExchangeRecords& exchange) {
  std::string body;
  uint64_t bytes = 0, left_out = 0;
  const bool whole = each_piece(place_, exchange, Direction::request, [&](ByteView piece, ByteView) {
    const uint64_t take = std::min({uint64_t{piece.size()}, kBodyShown - std::min(bytes, kBodyShown), room_});
    body += html_text(piece.substr(0, take));
    room_ -= take;
    bytes += piece.size();
    left_out += piece.size() - take;
  });
  body_ += "<h3>Request</h3>\n<div class=\"sides\">\n";
  side(body_, "what the caller asked (credentials blanked)", exchange.text(Kind::request, Tag::client_head), {});
  side(body_, "what the origin was asked", exchange.text(Kind::request, Tag::origin_head), {});
  body_ += "</div>\n";
  if (!body.empty()) body_ += "<pre>" + body + "</pre>\n";
  if (left_out > 0) note(body_, number(left_out) + " of " + number(bytes) + " bytes are not shown; see gatehouse records replay");
  const std::string missing = not_kept(exchange, ReplayPart::origin_request);
  if (const std::string coded = coded_note(exchange); !coded.empty()) note(body_, coded);
  if (!missing.empty()) note(body_, missing);
  else if (!whole) note(body_, "a part of this body is missing from the records");
  if (const std::string sealed = sealed_part(exchange, ReplayPart::origin_request); !sealed.empty())
    note(body_, "what the caller asked is " + sealed);
}

void ViewPage::add_answer(const ExchangeRecords& exchange) {
  Sides sides(std::min(kBodyShown, room_));
  bool good = true, whole = true;
  ByteView map = exchange.text(Kind::outcome, Tag::mask_map);
  if (map.empty()) map = exchange.text(Kind::outcome, Tag::mask_notes);
  if (map.empty()) {
    whole = each_piece(place_, exchange, Direction::answer,
                       [&](ByteView piece, ByteView own) { good = sides.add(piece, own) && good; });
  } else {
    std::string all;
    whole = each_piece(place_, exchange, Direction::answer, [&](ByteView piece, ByteView) {
      if (piece.size() <= kBodiesKept - all.size()) all += piece;
      else good = false;
    });
    good = sides.add(all, map) && good;
  }
  if (exchange.number(Kind::outcome, Tag::reason) != 0) sides.original.clear();   // the refusal is no answer of the origin's
  room_ -= sides.shown();
  const std::string sealed = sealed_part(exchange, ReplayPart::origin_answer);
  const bool came = exchange.number(Kind::outcome, Tag::origin_status) != 0;
  body_ += "<h3>Answer</h3>\n<div class=\"sides\">\n";
  if (came)
    side(body_, "what the origin answered", exchange.text(Kind::outcome, Tag::origin_answer_head),
         sealed.empty() ? sides.original : std::string());
  side(body_, "what the caller got", exchange.text(Kind::outcome, Tag::client_answer_head), sides.masked);
  body_ += "</div>\n";
  if (came && !sealed.empty()) note(body_, "what the origin answered is " + sealed);
  if (const std::string got = sealed_part(exchange, ReplayPart::client_answer); !got.empty())
    note(body_, "what the caller got is " + got);
  for (const ReplayPart part : {ReplayPart::client_answer, ReplayPart::origin_answer})
    if (const std::string missing = not_kept(exchange, part); !missing.empty()) note(body_, missing);
  if (sides.left_out > 0)
    note(body_,
         number(sides.left_out) + " of " + number(sides.masked_bytes) + " bytes are not shown; see gatehouse records replay");
  if (!good) note(body_, "a mask map does not belong to what the caller got; see gatehouse records verify");
  if (!whole && not_kept(exchange, ReplayPart::client_answer).empty())
    note(body_, "a part of this body is missing from the records");
}

void ViewPage::add_changes(const ExchangeRecords& exchange) {
  std::vector<ByteView> maps;
  for (const Tag tag : {Tag::mask_map, Tag::mask_notes})
    if (const ByteView map = exchange.text(Kind::outcome, tag); !map.empty()) maps.push_back(map);
  for (const Recorded& each : exchange.records)
    if (!each.map.empty()) maps.push_back(each.map);
  std::string rows;
  uint64_t count = 0;
  constexpr uint64_t kShown = 10'000;
  for (const ByteView map : maps) {
    mask::MapReader reader;
    mask::Change change;
    if (!reader.open(map)) continue;
    while (reader.next(&change)) {
      if (++count > kShown) continue;
      const std::string was =
          reader.notes() ? "(" + number(change.original_bytes) + " bytes, not kept)" : std::string(change.original);
      rows += "<tr>" + cell(change.place) + cell(change.mask) + cell(detect::detector_name(change.detector)) +
              cell(detect::evidence_name(change.evidence)) + cell(mask::method_name(change.method)) +
              "<td><mark class=\"was\">" + html_text(was) + "</mark></td><td><mark class=\"became\">" +
              html_text(change.replacement) + "</mark></td></tr>\n";
    }
  }
  if (count == 0) return;
  body_ += "<h3>Changes (" + number(count) + ")</h3>\n<table><tr><th>place</th><th>mask</th><th>detector</th><th>evidence</th>"
           "<th>method</th><th>was</th><th>became</th></tr>\n" + rows + "</table>\n";
  if (count > kShown) note(body_, "the first " + number(kShown) + " are shown");
}

void ViewPage::add_end(const ExchangeRecords& exchange) {
  const Recorded* const close = exchange.find(Kind::close);
  body_ += "<h3>End</h3>\n";
  if (close == nullptr) return note(body_, "no close record; the exchange goes on, or its gateway died and none started since");
  body_ += "<dl>\n";
  record::SectionReader sections(close->payload);
  Tag tag;
  ByteView value;
  while (sections.next(&tag, &value)) row(record::tag_name(tag), section_text(tag, value));
  body_ += "</dl>\n";
}

void ViewPage::add(const ExchangeRecords& exchange) {
  if (exchange.records.empty()) return;
  const std::string id = exchange_id_text(exchange.id), anchor = "e" + number(++count_);
  const std::string title = record::format_time(exchange.records.front().wall) + "  " + id;
  const std::string line = std::string(exchange.text(Kind::request, Tag::method)) + " " +
                           std::string(exchange.text(Kind::request, Tag::path)) + "  " +
                           std::string(exchange.text(Kind::request, Tag::subject)) + "  " +
                           reason_of(exchange.number(Kind::close, Tag::reason));
  contents_ += "<li><a href=\"#" + anchor + "\">" + html_text(title) + "</a> " + html_text(line) + "</li>\n";
  body_ += "<section id=\"" + anchor + "\"><h2>" + html_text(title) + "</h2>\n";
  add_facts(exchange);
  add_hits(exchange.find(Kind::request));
  add_request(exchange);
  add_answer(exchange);
  add_hits(exchange.find(Kind::outcome));
  add_changes(exchange);
  add_end(exchange);
  for (const record::Damage& each : exchange.damages) note(body_, "damaged: " + damage_text(each));
  body_ += "</section>\n";
}

std::string ViewPage::finish() const {
  const crypto::Sha256 digest = crypto::sha256(kStyle);
  const std::string style = codec::encode_base64(view_of(std::span<const uint8_t>(digest)));
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-" + style +
      "'; base-uri 'none'; form-action 'none'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<meta name=\"robots\" content=\"noindex\">\n<title>Gatehouse records</title>\n<style>";
  out += kStyle;
  out += "</style></head><body>\n<h1>" + number(count_) + (count_ == 1 ? " exchange" : " exchanges") + "</h1>\n";
  if (count_ > 1) out += "<ol>\n" + contents_ + "</ol>\n";
  return out + body_ + "</body></html>\n";
}

}  // namespace gatehouse::cli
