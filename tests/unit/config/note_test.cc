// What the records say of a configuration, and which changes are alerts.
#include "config/note.h"

#include <gtest/gtest.h>

namespace gatehouse::config {
namespace {

Inventory noted() {
  Inventory all;
  all["settings"]["records.sealed"]["value"] = "\"all\"";
  all["settings"]["records.auditor_keys"]["value"] = "[\"a.pub\"]";
  all["settings"]["records.ring_size"]["value"] = "16MiB";
  all["settings"]["limits.held"]["value"] = "16";
  all["rules"]["job"] = {{"effect", "\"approve\""}, {"record", "\"full\""}, {"commit", "\"now\""},
                         {"guards", "[\"sql\", \"words\"]"}, {"masks", "[\"mail\"]"}, {"sender", "\"bound\""}};
  all["rules"]["never"] = {{"effect", "\"deny\""}, {"record", "\"full\""}};
  all["guards"]["sql"] = {{"effect", "\"block\""}};
  all["issuers"]["idp"] = {{"url", "\"https://a\""}};
  all["routes"]["a"] = {{"tenant", "\"acme\""}};
  all["routes"]["b"] = {{"tenant", ""}};
  all["tenants"]["acme"] = {{"key", "12"}};
  all["listeners"]["main"] = {{"address", "x"}, {"clients.content", "12"}};
  return all;
}

using List = std::vector<std::string>;

TEST(Note, TheFirstSaysWhatIsDemanded) {
  const SnapshotNote note = note_of(nullptr, noted(), "start");
  EXPECT_EQ(note.loaded_by, "start");
  EXPECT_TRUE(note.changes.empty() && note.alerts.empty());
  EXPECT_EQ(note.demands, (List{"records.auditor_keys=[\"a.pub\"]", "records.sealed=\"all\"", "tenants=a:acme", "record \"full\"=job,never"}));
}

TEST(Note, WhatStrengthensOrOnlyDiffersIsNoAlert) {
  const Inventory before = noted();
  Inventory fresh = before;
  fresh["settings"]["limits.held"]["value"] = "17";
  fresh["settings"]["records.ring_size"]["value"] = "8MiB";
  fresh["rules"]["job"]["guards"] = "[\"words\", \"sql\", \"more\"]";
  fresh["rules"]["more"] = {{"effect", "\"allow\""}, {"record", "\"full\""}};
  fresh["listeners"]["main"]["address"] = "y";
  const SnapshotNote note = note_of(&before, fresh, "reload");
  EXPECT_EQ(note.alerts, List{});
  EXPECT_EQ(note.changes.size(), 5U);
}

TEST(Note, WhatWeakensIsAnAlert) {
  struct Case {
    void (*change)(Inventory&);
    const char* alert;
  };
  const Case cases[] = {
      {[](Inventory& all) { all["settings"]["records.sealed"]["value"] = "\"content\""; }, "records.sealed: \"all\" -> \"content\""},
      {[](Inventory& all) { all["settings"]["records.auditor_keys"]["value"] = "[\"b.pub\"]"; },
       "records.auditor_keys: [\"a.pub\"] -> [\"b.pub\"]"},
      {[](Inventory& all) { all["rules"]["job"]["record"] = "\"masked\""; }, "rule job, record: \"full\" -> \"masked\""},
      {[](Inventory& all) { all["rules"]["job"]["commit"] = "\"interval\""; }, "rule job, commit: \"now\" -> \"interval\""},
      {[](Inventory& all) { all["rules"]["job"]["effect"] = "\"allow\""; }, "rule job, effect: \"approve\" -> \"allow\""},
      {[](Inventory& all) { all["rules"]["job"]["sender"] = "\"any\""; }, "rule job, sender: \"bound\" -> \"any\""},
      {[](Inventory& all) { all["rules"]["job"]["guards"] = "[\"sql\"]"; }, "rule job, guards: [\"sql\", \"words\"] -> [\"sql\"]"},
      {[](Inventory& all) { all["rules"]["job"]["masks"] = "[]"; }, "rule job, masks: [\"mail\"] -> []"},
      {[](Inventory& all) { all["rules"].erase("never"); }, "rule never is gone: it was \"deny\""},
      {[](Inventory& all) { all["rules"]["lax"] = {{"effect", "\"allow\""}, {"record", "\"heads\""}}; },
       "rule lax is new and records \"heads\""},
      {[](Inventory& all) { all["guards"].erase("sql"); }, "guard sql is gone"},
      {[](Inventory& all) { all["guards"]["sql"]["effect"] = "\"tag\""; }, "guard sql is another: effect"},
      {[](Inventory& all) { all["issuers"]["idp"]["url"] = "\"https://b\""; }, "issuer idp is another"},
      {[](Inventory& all) { all["issuers"]["new"] = {}; }, "issuer new is new"},
      {[](Inventory& all) { all["issuers"].erase("idp"); }, "issuer idp is gone"},
      {[](Inventory& all) { all["saml"]["okta"] = {}; }, "saml okta is new"},
      {[](Inventory& all) { all["tenants"]["acme"]["key"] = "34"; }, "tenant acme, key: 12 -> 34"},
      {[](Inventory& all) { all["tenants"].erase("acme"); }, "tenant acme is gone"},
      {[](Inventory& all) { all["routes"]["a"]["tenant"] = ""; }, "route a, tenant: \"acme\" -> none"},
      {[](Inventory& all) { all["listeners"]["main"]["clients.content"] = "34"; }, "listener main: clients.content is another"},
  };
  const Inventory before = noted();
  for (const Case& one : cases) {
    Inventory fresh = before;
    one.change(fresh);
    EXPECT_EQ(note_of(&before, fresh, "reload").alerts, List{one.alert});
  }
}

TEST(Note, FitsARecordHoweverMuchChanges) {
  const Inventory before = noted();
  Inventory fresh = before;
  for (int i = 0; i < 1000; ++i)
    fresh["rules"][std::string(120, 'r') + std::to_string(i)] = {{"effect", "\"allow\""}, {"record", "\"heads\""}};
  Snapshot snapshot;
  snapshot.note = note_of(&before, fresh, "reload");
  EXPECT_EQ(snapshot.note.alerts.back(), "944 more");
  record::Sections sections;
  add_note(snapshot, sections);
  size_t bytes = 0;
  for (const auto& each : sections.all()) bytes += each.view.size();
  EXPECT_LT(bytes, 400U << 10) << "half of the least ring is 512 KiB";
}

}  // namespace
}  // namespace gatehouse::config
