// The sample: sentences in an order of chance that is always the same.
#include <cstdio>
#include <iterator>

#include "pattern/cost.h"

namespace gatehouse::pattern {
namespace {

constexpr size_t kQuarter = 16 * 1024;

constexpr const char* kProse[] = {
    "Permission is granted, free of charge, to any person obtaining a copy of this software and associated files,",
    "subject to the conditions below and to those of section 4 (b) of the agreement of 12 January 2019.",
    "THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED,",
    "including but not limited to the warranties of merchantability and fitness for a particular purpose.",
    "In no event shall the authors be liable for any claim, damages or other liability, see also chapter 17.3.",
    "",
    "    You may reproduce and distribute copies of the Work in any medium, with or without modifications;",
    "    1. You must give any other recipients of the Work a copy of this text; and",
    "    2. you must cause any modified files to carry notices stating that you changed the files.",
    "To update a record, select the row in the table, choose \"Delete\" or \"Insert\", and press Apply.",
    "Customers who drop below 1,000 units are moved to the smaller plan; those who set up an alert are told first.",
    "If you wish to remove all files from a folder, make sure that nobody needs them, and create a backup.",
    "The configuration of the server is described in /etc/service/main.conf; passwords are kept elsewhere.",
    "| Region | Units | Share |", "|--------|-------|-------|", "| North  | 1,204 | 32.5% |",
    "Contact: office@example.org, +49 30 1234567, https://www.example.org/help?topic=export&lang=en",
};

constexpr const char* kBeyond[] = {
    "Alle Menschen sind frei und gleich an Würde und Rechten geboren; sie sind mit Vernunft und Gewissen begabt.",
    "Die Prüfung der Verträge über Größe und Gewicht dürfte für die Mitgliedsländer üblich gewesen sein.",
    "Tous les êtres humains naissent libres et égaux en dignité et en droits ; ils sont doués de raison.",
    "Все люди рождаются свободными и равными в своём достоинстве и правах.",
    "Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства.",
    "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
    "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق",
    "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
};

struct Chance {
  uint32_t state = 1;
  uint32_t below(size_t count) {
    state = state * 1664525 + 1013904223;
    return static_cast<uint32_t>((uint64_t{state} * count) >> 32);
  }
};

/// Cut to a quarter, at the begin of a character.
void end_quarter(std::string* text, size_t quarters) {
  size_t end = quarters * kQuarter;
  while ((static_cast<uint8_t>((*text)[end]) & 0xc0) == 0x80) --end;
  text->resize(end);
  text->resize(quarters * kQuarter, '\n');
}

void escape(std::string* text, ByteView sentence) {
  for (size_t i = 0; i < sentence.size(); ++i) {
    const auto c = static_cast<uint8_t>(sentence[i]);
    if (c == '"') *text += "\\\"";
    else if (c < 0xc0 || c >= 0xf0 || i + 2 >= sentence.size()) *text += sentence[i];
    else {
      uint32_t value = c < 0xe0 ? c & 31 : c & 15;
      for (const size_t last = i + (c < 0xe0 ? 1 : 2); i < last;) value = value << 6 | (static_cast<uint8_t>(sentence[++i]) & 63);
      char digits[8];
      std::snprintf(digits, sizeof digits, "\\u%04x", value);
      *text += digits;
    }
  }
}

std::string make_sample() {
  std::string text;
  text.reserve(5 * kQuarter);
  Chance chance;
  while (text.size() <= kQuarter) text += std::string(kProse[chance.below(std::size(kProse))]) + "\n";
  end_quarter(&text, 1);
  while (text.size() <= 2 * kQuarter) {
    text += "{\"id\": \"chunk-" + std::to_string(chance.below(100'000)) + "\", \"text\": \"";
    escape(&text, kProse[chance.below(std::size(kProse))]);
    text += "\\n";
    escape(&text, kBeyond[chance.below(std::size(kBeyond))]);
    text += "\\r\\n\", \"metadata\": {\"source\": \"s3://bucket/a/b.pdf\", \"page\": 12, \"score\": 0.8125}},\n";
  }
  end_quarter(&text, 2);
  while (text.size() <= 3 * kQuarter) text += std::string(kBeyond[chance.below(std::size(kBeyond))]) + "\n";
  end_quarter(&text, 3);
  while (text.size() <= 4 * kQuarter) {
    char line[240];
    std::snprintf(line, sizeof line,
                  "2025-%02u-%02uT%02u:%02u:%02u.%03uZ %s [worker-%u] 10.%u.%u.%u \"POST /v1/chunks/%08x HTTP/1.1\" %u %u "
                  "user=u%05u took=%ums trace=%08x%08x\n",
                  1 + chance.below(12), 1 + chance.below(28), chance.below(24), chance.below(60), chance.below(60),
                  chance.below(1000), chance.below(9) == 0 ? "ERROR" : "INFO", chance.below(16), chance.below(256),
                  chance.below(256), chance.below(256), chance.below(UINT32_MAX), chance.below(8) == 0 ? 503u : 200u,
                  chance.below(90'000), chance.below(100'000), chance.below(4000), chance.below(UINT32_MAX),
                  chance.below(UINT32_MAX));
    text += line;
  }
  end_quarter(&text, 4);
  return text;
}

}  // namespace

ByteView cost_sample() {
  static const std::string sample = make_sample();
  return sample;
}

}  // namespace gatehouse::pattern
