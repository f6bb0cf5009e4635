// Requests that say what a guard refuses in a way that only some reader sees: each was let through once.
#include <gtest/gtest.h>

#include "codec/encoder.h"
#include "guard/guard.h"
#include "tests/support/padded.h"

namespace gatehouse::guard {
namespace {

using testing::Padded;

class Evade : public ::testing::Test {
 protected:
  void SetUp() override {
    GuardRule patterns{"patterns", {R"(\bdrop\s+table\b)"}};
    GuardRule statements{"statements", {}};
    statements.statements = StatementChecks{.anywhere = true};
    GuardRule tags{"tags", {"mark"}};
    tags.effect = Effect::tag;
    auto compiled = Set::compile({patterns, statements, tags});
    ASSERT_TRUE(compiled.ok());
    set_ = *compiled;
    ASSERT_TRUE(inspector_.prepare(*set_));
  }

  Reason reason(ByteView type, ByteView body, Selection guards = 7, bool opaque = false) {
    const http::Field fields[] = {{"Content-Type", type, http::FieldId::content_type}};
    const Padded padded(body);
    return inspector_.inspect(*set_, guards, {.fields = {fields, type.empty() ? 0u : 1u}, .body = padded.view(), .opaque = opaque}, Patience::all)
        .reason;
  }

  std::shared_ptr<const Set> set_;
  Inspector inspector_;
};

std::string gzip(ByteView content) {
  std::string packed(content.size() + 1000, '\0');
  codec::Encoder encoder;
  EXPECT_EQ(encoder.start(codec::Coding::gzip), codec::Status::ok);
  const size_t first = encoder.step(content, {packed.data(), packed.size()}).produced;
  const auto last = encoder.finish({packed.data() + first, packed.size() - first});
  EXPECT_EQ(last.status, codec::Status::done);
  packed.resize(first + last.produced);
  return packed;
}

const std::string kWhite(5000, ' ');
const std::string kJson = R"({"q":"\u0044ROP TABLE docs"})";

/// Unstructured's answers in parts end within the last one.
TEST_F(Evade, an_answer_in_parts_needs_no_closing_boundary) {
  const auto answered = [&](ByteView type, const std::string& body, bool answer) {
    const http::Field fields[] = {{"Content-Type", type, http::FieldId::content_type}};
    const Padded padded(body);
    return inspector_.inspect(*set_, 7, {.fields = fields, .body = padded.view(), .answer = answer}, Patience::all).reason;
  };
  const std::string head = "--b\r\nContent-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  const std::string good = "W3sidGV4dCI6ICJhIn1d", bad = "eyJxIjoiRFJPUCBUQUJMRSBkb2NzIn0=";   // [{"text": "a"}], {"q":"DROP TABLE docs"}
  for (const char* end : {"", "\r\n"}) {
    EXPECT_EQ(answered("multipart/mixed; boundary=b", head + good + end, true), Reason::none);
    EXPECT_EQ(answered("multipart/mixed; boundary=b", head + good + "\r\n" + head + bad + end, true), Reason::guard_hit);
    EXPECT_EQ(answered("multipart/mixed; boundary=b", head + bad + "\r\n" + head + good + end, true), Reason::guard_hit);
    EXPECT_EQ(answered("multipart/mixed; boundary=b", head + good + end, false), Reason::guard_form);
    const std::string field = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx";
    EXPECT_EQ(answered("multipart/form-data; boundary=b", field + end, true), Reason::guard_form);
  }
  EXPECT_EQ(answered("multipart/mixed; boundary=b", "--b\r\nContent-Type: text/pl", true), Reason::guard_form);   // within a head
  EXPECT_EQ(answered("multipart/mixed; boundary=b", head + good + "\r\n--b", true), Reason::guard_form);           // within a boundary
  EXPECT_EQ(answered("multipart/mixed; boundary=b", head + bad.substr(0, 9), true), Reason::guard_coding);          // within base64
}

TEST_F(Evade, white_space_does_not_make_a_body_empty) {
  for (const char* type : {"", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded", "text/csv"})
    for (const char* mark : {"", "\xef\xbb\xbf"})
      EXPECT_EQ(reason(type, mark + kWhite + kJson), Reason::guard_hit) << type;
  EXPECT_NE(reason("application/x-yaml", kWhite + "q: drop table docs"), Reason::none);
  EXPECT_EQ(reason("", kWhite + "drop table docs"), Reason::guard_hit);
  EXPECT_EQ(reason("", kWhite), Reason::none);
  const std::string part = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n" + kWhite + kJson + "\r\n--b--\r\n";
  EXPECT_EQ(reason("multipart/form-data; boundary=b", part), Reason::guard_hit);
}

TEST_F(Evade, white_space_before_the_document_of_an_event) {
  EXPECT_EQ(reason("text/event-stream", "data:  " + kJson + "\n\n"), Reason::guard_hit);
}

TEST_F(Evade, tags_do_not_use_up_what_is_found) {
  std::string body = "[";
  for (int i = 0; i < 300; ++i) body += R"("mark",)";
  EXPECT_EQ(reason("application/json", body + R"("drop table docs"])", 5), Reason::guard_hit);
}

TEST_F(Evade, a_charset_that_nobody_keeps_to) {
  const std::string form = "query=drop+table+docs;", json = R"({"q":"drop table docs"} )";
  for (const char* charset : {"utf-16le", "utf-16be"}) {
    EXPECT_NE(reason(std::string("application/x-www-form-urlencoded; charset=") + charset, form), Reason::none);
    EXPECT_NE(reason(std::string("text/plain; charset=") + charset, json), Reason::none);
    EXPECT_NE(reason(std::string("text/csv; charset=") + charset, json), Reason::none);
    EXPECT_NE(reason(std::string("text/event-stream; charset=") + charset, "data: drop table\n\n"), Reason::none);
  }
  const std::string led("a\0&query=drop+table+docs", 24);
  EXPECT_NE(reason("application/x-www-form-urlencoded; charset=utf-16le", led), Reason::none);
}

TEST_F(Evade, two_boundaries) {
  const std::string body = "--a\r\nContent-Disposition: form-data; name=a\r\n\r\nfine\r\n--a--\r\n";
  EXPECT_EQ(reason("multipart/form-data; boundary=a", body), Reason::none);
  for (const char* more : {"; boundary*=utf-8''b", "; boundary*0=b", "; Boundary*0*=utf-8''b"})
    EXPECT_EQ(reason(std::string("multipart/form-data; boundary=a") + more, body), Reason::guard_form) << more;
}

TEST_F(Evade, forms_that_some_cut_at_semicolons) {
  EXPECT_EQ(reason("application/x-www-form-urlencoded", "a=1;query=delete+from+docs", 2), Reason::guard_hit);
}

TEST_F(Evade, a_part_that_is_text_whatever_it_is_called) {
  const std::string from = "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Type: ", to = "\r\n--b--\r\n";
  for (const char* type : {"image/png", "application/pdf", "application/zip", "text/xml"})
    EXPECT_EQ(reason("multipart/form-data; boundary=b", from + type + "\r\n\r\n" + kJson + to, 7, true), Reason::guard_hit) << type;
  EXPECT_EQ(reason("multipart/form-data; boundary=b", from + "application/pdf\r\n\r\n%PDF-1.7 x" + to, 7, true), Reason::none);
  EXPECT_EQ(reason("multipart/form-data; boundary=b", from + "a/b\r\n\r\ndrop table docs" + to, 7, true), Reason::guard_hit);
}

// What begins as a delimiter does is held back and comes as a copy: of a part it is the begin all the same.
TEST_F(Evade, a_part_that_begins_as_a_delimiter_does) {
  const std::string field = "Content-Disposition: form-data; name=a\r\n\r\n", bad = "\nDROP TABLE docs";
  const auto parts = [&](const std::string& data) {
    return std::vector<std::string>{
        "--bound\r\n" + field + data + "\r\n--bound--\r\n",
        "--bound\r\n" + field + "x\r\n--bound\r\n" + field + data + "\r\n--bound--\r\n",
        "--bound\r\nContent-Disposition: form-data; name=f\r\nContent-Type: multipart/mixed; boundary=within\r\n\r\n--within\r\n"
        "Content-Type: text/plain\r\n\r\n" + data + "\r\n--within--\r\n\r\n--bound--\r\n"};
  };
  for (const std::string begin : {"-", "--", "- item one", "-- c", "--b", "--boun", "--w", "--withi", "-- SQL\r\n--boun"}) {
    for (const bool opaque : {false, true})
      for (const std::string& body : parts(begin + bad)) EXPECT_EQ(reason("multipart/form-data; boundary=bound", body, 7, opaque), Reason::guard_hit) << body;
    for (const std::string& body : parts(begin + " and nothing else" + std::string(5000, 'x')))
      EXPECT_EQ(reason("multipart/form-data; boundary=bound", body), Reason::none) << body.substr(0, 200);
  }
}

TEST_F(Evade, a_statement_that_looks_like_a_table_or_a_form) {
  const std::string table = "drop table a, b\n, c", form = "delete/**/from/**/docs/**/where/**/1=1";
  for (const char* type : {"", "text/plain", "application/octet-stream"}) {
    EXPECT_EQ(reason(type, table, 2), Reason::guard_hit) << type;
    EXPECT_EQ(reason(type, form, 2), Reason::guard_hit) << type;
  }
  const std::string from = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n", to = "\r\n--b--\r\n";
  EXPECT_EQ(reason("multipart/form-data; boundary=b", from + form + to, 2), Reason::guard_hit);
}

// A service that takes a form takes its fields for those of a document.
TEST_F(Evade, named_fields_of_forms) {
  GuardRule named{"named", {"purge"}};
  named.fields = {"/mode"};
  named.statements = StatementChecks{.commands = {"/query"}, .documents = {"/text"}, .anywhere = false};
  auto compiled = Set::compile({named});
  ASSERT_TRUE(compiled.ok());
  set_ = *compiled;
  ASSERT_TRUE(inspector_.prepare(*set_));
  const char* const form = "application/x-www-form-urlencoded";
  EXPECT_EQ(reason(form, "a=1&query=drop+table+docs"), Reason::guard_hit);
  EXPECT_EQ(reason(form, "a=1;%71uery=drop+table+docs"), Reason::guard_hit);
  EXPECT_EQ(reason(form, "mode=purge"), Reason::guard_hit);
  EXPECT_EQ(reason(form, "other=purge&text=drop+table+docs"), Reason::none);
  const auto part = [&](ByteView name, ByteView text) {
    return reason("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
                                                         std::string(text) + "\r\n--b--\r\n");
  };
  EXPECT_EQ(part("query", "drop table docs"), Reason::guard_hit);
  EXPECT_EQ(part("mode", "purge"), Reason::guard_hit);
  EXPECT_EQ(part("text", "drop table docs"), Reason::none);
  const std::string two = "--b\r\nContent-Disposition: form-data; name=text\r\nContent-Type: text/plain\r\n\r\n\xef\xbb\xbf\r\n"
                          "--b\r\nContent-Disposition: form-data; name=query\r\n\r\ndrop table docs\r\n--b--\r\n";
  EXPECT_EQ(reason("multipart/form-data; boundary=b", two), Reason::guard_hit);   // a part of nothing says nothing of the next
}

TEST_F(Evade, parts_together_are_bounded_as_the_body_is) {
  const std::string packed = gzip(std::string(60'000, '0'));   // so much may come of the smallest part
  std::string body;
  for (int i = 0; i < 900; ++i)
    body += "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Encoding: gzip\r\n\r\n" + packed + "\r\n";
  EXPECT_EQ(reason("multipart/form-data; boundary=b", body + "--b--\r\n"), Reason::limit_body_bytes);
}

// What is small may be long to look at: not on a worker.
TEST_F(Evade, much_that_comes_out_of_little_is_slow) {
  const http::Field fields[] = {{"Content-Encoding", "gzip", http::FieldId::content_encoding}};
  std::string content = "[";
  for (int i = 0; i < 40'000; ++i) content += "\"drop tables " + std::to_string(i * 7919 % 65536) + "\",";
  const std::string packed = gzip(content + "0]");
  ASSERT_LT(packed.size(), 256u * 1024);
  ASSERT_GT(content.size(), 512u * 1024);
  const Padded padded(packed);
  const auto look = [&](Patience patient) { return inspector_.inspect(*set_, 1, {.fields = fields, .body = padded.view()}, patient); };
  EXPECT_TRUE(look(Patience::none).slow);
  EXPECT_FALSE(look(Patience::all).slow);
  EXPECT_EQ(look(Patience::all).reason, Reason::none);
}

TEST_F(Evade, many_short_statements_are_slow) {
  std::string body = "[";
  for (int i = 0; i < 4000; ++i) body += "\"select * from a" + std::to_string(i) + " where b in (select c from d)\",";
  const Padded padded(body + "0]");
  EXPECT_TRUE(inspector_.inspect(*set_, 2, {.body = padded.view()}).slow);
  EXPECT_FALSE(inspector_.inspect(*set_, 2, {.body = padded.view()}, Patience::all).slow);
}

// What is little else than texts takes no more memory than a job thread has for it, and nothing hides behind.
TEST_F(Evade, more_texts_than_anybody_looks_at) {
  std::string none = "[", many = "[";
  for (int i = 0; i < 1'100'000; ++i) none += "\"\",", many += "\"a\",";
  const auto json = [&](const std::string& text) { return reason("application/json", text); };
  EXPECT_EQ(json(none + "0]"), Reason::none);
  EXPECT_EQ(json(none + "\"drop table docs\"]"), Reason::guard_hit);
  EXPECT_EQ(json(many + "0]"), Reason::guard_uninspectable);
  EXPECT_EQ(json(many + "\"drop table docs\"]"), Reason::guard_uninspectable);
  std::string cells;
  for (int i = 0; i < 1'100'000; ++i) cells += i % 10 == 9 ? "a\n" : "a,";
  EXPECT_EQ(reason("text/csv", cells), Reason::guard_uninspectable);
}

/// Pointers reach the fields of a query and of a form, also where names are ways into a document.
TEST(EvadeNames, name_fields_in_queries_and_forms) {
  GuardRule rule{"commands", {}}, patterns{"patterns", {"all"}}, addresses{"addresses", {}};
  rule.statements = StatementChecks{.commands = {"/statement", "/filter/*/run"}};
  patterns.fields = {"/ids"};
  addresses.addresses = AddressChecks{.fields = {"/hook/url"}};
  const auto set = *Set::compile({rule, patterns, addresses});
  Inspector inspector;
  ASSERT_TRUE(inspector.prepare(*set));
  const auto reason = [&](ByteView query, ByteView form, ByteView part = {}) {
    const http::Field types[] = {{"Content-Type", "application/x-www-form-urlencoded", http::FieldId::content_type},
                                 {"Content-Type", "multipart/form-data; boundary=b", http::FieldId::content_type}};
    std::string body(form);
    if (!part.empty())
      body = "--b\r\nContent-Disposition: form-data; name=\"" + std::string(part.substr(0, part.find('='))) + "\"\r\n\r\n" +
             std::string(part.substr(part.find('=') + 1)) + "\r\n--b--\r\n";
    const Padded padded(body);
    return inspector.inspect(*set, 7, {.query = query, .fields = {types + !part.empty(), body.empty() ? 0u : 1u}, .body = padded.view()},
                             Patience::all).reason;
  };
  const char* const refused[] = {"statement=CALL+purge()", "a=1&statement=DELETE+FROM+t", "st%61tement=DROP+TABLE+t", "filter[a][run]=DROP+TABLE+t",
      "filter%5Ba%5D%5Brun%5D=DROP+TABLE+t", "filter.a.run=DROP+TABLE+t", "filter[][run]=DROP+TABLE+t", "filter[0][run]=DROP+TABLE+t",
      "ids=all", "ids[]=all", "ids[3]=all", "ids.x=all", "x=1;ids=all", "hook[url]=http://10.0.0.1/", "hook.url=10.0.0.1",
      "filter[a][run]x=DROP+TABLE+t", "filter[0].run=DROP+TABLE+t", "filter.0[run]=DROP+TABLE+t", "filter[].run=DROP+TABLE+t"};
  for (const char* text : refused) {
    EXPECT_EQ(reason(text, ""), Reason::guard_hit) << text;
    EXPECT_EQ(reason("", text), Reason::guard_hit) << text;
  }
  for (const char* text : {"statement=SELECT+1", "other=DELETE+FROM+t", "ids=7", "my.ids=all", "filter[run]=DROP+TABLE+t", "x.=all", "=all"}) {
    EXPECT_EQ(reason(text, ""), Reason::none) << text;
    EXPECT_EQ(reason("", text), Reason::none) << text;
  }
  EXPECT_EQ(reason("", "", "filter[a][run]=DROP TABLE t"), Reason::guard_hit);
  EXPECT_EQ(reason("", "", "ids[]=all"), Reason::guard_hit);
  EXPECT_EQ(reason("[ids]=all", ""), Reason::none);
  std::string deep = "ids";
  for (int i = 0; i < 40; ++i) deep += "[a]";
  EXPECT_EQ(reason(deep + "=1", ""), Reason::guard_query);
  EXPECT_EQ(reason("", deep + "=1"), Reason::guard_form);
  EXPECT_EQ(reason(std::string(500, '.') + "=1", ""), Reason::none);
}

// Some readers take members for fields whatever their case (Go, .NET).
TEST(EvadeNames, keys_in_another_case) {
  GuardRule rule{"commands", {}}, addresses{"addresses", {}};
  rule.statements = StatementChecks{.commands = {"/statement", "/Job/runSql"}};
  addresses.addresses = AddressChecks{.fields = {"/callbackUrl"}};
  const auto set = *Set::compile({rule, addresses});
  Inspector inspector;
  ASSERT_TRUE(inspector.prepare(*set));
  const auto reason = [&](ByteView body) {
    const Padded padded(body);
    return inspector.inspect(*set, 3, {.body = padded.view()}, Patience::all).reason;
  };
  for (const char* body : {R"({"Statement":"DO 'x'"})", R"({"STATEMENT":"DO 'x'"})", R"({"\u0053tatement":"DO 'x'"})", R"({"job":{"runsql":"DO 'x'"}})",
                           R"({"JOB":{"RunSQL":"DO 'x'"}})", R"({"Job":{"runSql":"DO 'x'"}})", R"({"CallbackURL":"http://10.1.2.3/"})",
                           R"({"statement":"SELECT 1","Statement":"DO 'x'"})"})
    EXPECT_EQ(reason(body), Reason::guard_hit) << body;
  for (const char* body : {R"({"Statements":"DO 'x'"})", R"({"A":{"statement":"DO 'x'"}})", R"({"runSql":"DO 'x'"})"})
    EXPECT_EQ(reason(body), Reason::none) << body;
}

/// Lines that are no fields of an event stream, and what is called one and is text to the service.
TEST_F(Evade, lines_of_events_that_are_no_fields) {
  for (const char* body : {"DROP TABLE docs", "DROP TABLE docs\n\n", "data: x\n\nDROP TABLE docs\n\n", "DROP\nTABLE docs", "DROP TABLE docs: x\n\n",
                           "data: x\nDROP TABLE docs -- : x\n\n", "data: x\n\nDROP TABLE docs:\n"}) {
    for (const Selection guards : {1, 2})
      EXPECT_EQ(reason("text/event-stream", body, guards), Reason::guard_hit) << body;
    EXPECT_EQ(reason("multipart/form-data; boundary=b",
                     "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Type: text/event-stream\r\n\r\n" + std::string(body) + "\r\n--b--\r\n"),
              Reason::guard_hit) << body;
  }
  EXPECT_EQ(reason("text/event-stream", "data: x\nid: 7\n: keep\nfoo: bar\n\n"), Reason::none);
  EXPECT_EQ(reason("text/event-stream", "{\n\"q\":\"x\"}\n\n"), Reason::none) << "a document in lines";
  EXPECT_EQ(reason("text/event-stream", "{\n\"q\":\"\\u0044ROP TABLE docs\"}"), Reason::guard_hit);
}

/// The data of a form's field stands at the field's name also where it is a document, or a table by its type.
TEST(EvadeNames, fields_of_forms_that_are_documents) {
  GuardRule rule{"commands", {}}, addresses{"addresses", {}}, own{"own", {"^s3$"}};
  rule.statements = StatementChecks{.commands = {"/sql", "/jobs/*/sql"}, .documents = {"/text"}, .anywhere = true};
  addresses.addresses = AddressChecks{.fields = {"/callbacks/**", "/target"}};
  own.fields = {"/target", "/target/**"};
  const auto set = *Set::compile({rule, addresses, own});
  Inspector inspector;
  ASSERT_TRUE(inspector.prepare(*set));
  const auto reason = [&](ByteView name, ByteView data, ByteView type = {}) {
    const http::Field fields[] = {{"Content-Type", "multipart/form-data; boundary=b", http::FieldId::content_type}};
    std::string body = "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n";
    if (!type.empty()) body += "Content-Type: " + std::string(type) + "\r\n";
    const Padded padded(body + "\r\n" + std::string(data) + "\r\n--b--\r\n");
    return inspector.inspect(*set, 7, {.fields = fields, .body = padded.view()}, Patience::all).reason;
  };
  for (const ByteView type : {"", "application/json"}) {
    EXPECT_EQ(reason("sql", R"j("CALL x()")j", type), Reason::guard_hit);
    EXPECT_EQ(reason("Sql", R"j("CALL x()")j", type), Reason::guard_hit);
    EXPECT_EQ(reason("jobs", R"j([{"sql":"CALL x()"}])j", type), Reason::guard_hit);
    EXPECT_EQ(reason("jobs[7]", R"j({"sql":"CALL x()"})j", type), Reason::guard_hit);
    EXPECT_EQ(reason("body", R"j({"sql":"CALL x()"})j", type), Reason::guard_hit) << "a document by itself, too";
    EXPECT_EQ(reason("callbacks", R"j([{"url":"http://10.1.2.3/"}])j", type), Reason::guard_hit);
    EXPECT_EQ(reason("target", R"j({"kind":"s3"})j", type), Reason::guard_hit);
    EXPECT_EQ(reason("text", R"j({"a":"DROP TABLE docs"})j", type), Reason::guard_hit) << "no text of a document";
    EXPECT_EQ(reason("job", R"j([{"sql":"CALL x()"}])j", type), Reason::none);
    EXPECT_EQ(reason("a", R"j({"kind":"s3","url":"http://10.1.2.3/","b":["CALL x()"]})j", type), Reason::none);
  }
  for (const ByteView type : {"text/csv", "application/x-www-form-urlencoded", "text/plain", "text/event-stream"}) {
    EXPECT_EQ(reason("sql", "CALL x()", type), Reason::guard_hit) << type;
    EXPECT_EQ(reason("sql", "SELECT a, b FROM t", type), Reason::none) << type;
    EXPECT_EQ(reason("a", "CALL x()", type), Reason::none) << type;
  }
}

/// A name is a text, too: of a member, of a field of a form, of a parameter.
TEST_F(Evade, names_that_are_statements) {
  constexpr Selection kStatements = 2;
  for (const char* body : {R"({"DROP TABLE docs":1})", R"({"a":[{"delete\tfrom docs":{}}]})", R"({"\u0044ROP/**/TABLE docs":1})", R"({"DROP\u00a0TABLE docs":1})", R"({"DO 'x'":1})",
                           "{\"\xEF\xBC\xA4ROP TABLE docs\":1}"})
    EXPECT_EQ(reason("application/json", body, kStatements), Reason::guard_hit) << body;
  EXPECT_EQ(reason("application/x-www-form-urlencoded", "DROP+TABLE+docs=1", kStatements), Reason::guard_hit);
  for (const char* body : {R"({"delete this from the list":1,"Drop off at":2,"http://schema.org/name":"x","first name":"a","drop_table_docs":1})",
                           R"({"Call me":1,"Drop off":2,"Do it now":3,"Do it":4,"a: b":5,"Copy to":6,"Set up":7,"Show all":8,"Call us now":9,"x=1;y=2":10})", R"({"DROPTABLE":1})"})
    EXPECT_EQ(reason("application/json", body, kStatements), Reason::none) << body;
  GuardRule rule{"statements", {}};
  rule.statements = StatementChecks{.documents = {"/text"}, .anywhere = true};
  const auto set = *Set::compile({rule});
  ASSERT_TRUE(inspector_.prepare(*set));
  for (const auto& [body, expected] : {std::pair(R"({"text":{"DROP TABLE docs":1,"a":{"DROP TABLE docs":"x"}}})", Reason::none),
                                       std::pair(R"({"note":{"DROP TABLE docs":1}})", Reason::guard_hit)}) {
    const Padded padded(body);
    EXPECT_EQ(inspector_.inspect(*set, 1, {.body = padded.view()}, Patience::all).reason, expected) << body;
  }
}

// A field that says how to read the others.
TEST_F(Evade, a_charset_as_a_field) {
  const auto part = [&](ByteView charset) {
    return reason("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=_charset_\r\n\r\n" + std::string(charset) +
                                                         "\r\n--b\r\nContent-Disposition: form-data; name=a\r\n\r\nDR+AE8-P TABLE t\r\n--b--\r\n");
  };
  const auto form = [&](ByteView charset) { return reason("application/x-www-form-urlencoded", "_charset_=" + std::string(charset) + "&a=DR%2BAE8-P"); };
  for (const char* charset : {"utf-7", "utf-16le", "x"}) {
    EXPECT_EQ(part(charset), Reason::guard_charset) << charset;
    EXPECT_EQ(form(charset), Reason::guard_charset) << charset;
  }
  EXPECT_EQ(part("UTF-8"), Reason::none);
  EXPECT_EQ(form("utf-8"), Reason::none);
}

/// A DELETE whose query says what: it is judged as a document of its parameters would be.
TEST(EvadeNames, shapes_of_queries_without_a_body) {
  GuardRule ids{"ids", {}}, limits{"limits", {}};
  ShapeClause list, only, none, limit;
  list.at = {"/ids"};
  list.types = kString | kArray;
  list.non_empty = true;
  list.max = 3;
  only.at = {""};
  only.only = {{"ids"}};
  ids.shape = {list, only};
  none.at = {"/**/match_all", "/all"};
  none.absent = true;
  limit.at = {"/limit"};
  limit.types = kInteger;
  limits.shape = {none, limit};
  const auto set = *Set::compile({ids, limits});
  Inspector inspector;
  ASSERT_TRUE(inspector.prepare(*set));
  const auto reason = [&](ByteView query, Selection guards, ByteView body = {}) {
    const Padded padded(body);
    return inspector.inspect(*set, guards, {.query = query, .body = padded.view()}, Patience::all).reason;
  };
  for (const char* query : {"ids=7", "ids=a", "ids=1&ids=2", "ids[]=a", "ids%5B%5D=a&ids[]=b"}) EXPECT_EQ(reason(query, 1), Reason::none) << query;
  for (const char* query : {"", "ids=", "ids", "id=7", "ids=7&all=1", "ids=1&ids=2&ids=3&ids=4", "ids=7;all=1", "ids=abcd", "x=1", "ids[]=a&ids=b"})
    EXPECT_EQ(reason(query, 1), Reason::guard_hit) << query;
  for (const char* query : {"", "limit=5", "x=1", "limit=5&y=a"}) EXPECT_EQ(reason(query, 2), Reason::none) << query;
  for (const char* query : {"match_all=", "a=1&all", "limit=a", "limit=", "a=1;all=2", "limit=1.5"}) EXPECT_EQ(reason(query, 2), Reason::guard_hit) << query;
  EXPECT_EQ(reason("x=1", 1, R"({"ids":"a"})"), Reason::none);   // a body says what is meant
  EXPECT_EQ(reason("ids=7", 1, R"({"id":"a"})"), Reason::guard_hit);
  EXPECT_EQ(reason("ids=\"}&x\\=1", 1), Reason::guard_hit);
}

// The body that an event carries, the arguments of a call: some service reads them.
TEST(EvadeNames, documents_in_texts) {
  GuardRule patterns{"patterns", {R"(\bpurge\b)"}}, statements{"statements", {}}, addresses{"addresses", {}};
  statements.statements = StatementChecks{.documents = {"/text"}, .anywhere = true};
  addresses.addresses = AddressChecks{.anywhere = true};
  const auto set = *Set::compile({patterns, statements, addresses});
  Inspector inspector;
  ASSERT_TRUE(inspector.prepare(*set));
  const auto reason = [&](ByteView body, Selection guards, ByteView type = "application/json", ByteView query = {}) {
    const http::Field fields[] = {{"Content-Type", type, http::FieldId::content_type}};
    const Padded padded(body);
    return inspector.inspect(*set, guards, {.query = query, .fields = fields, .body = padded.view()}, Patience::all).reason;
  };
  const auto within = [](std::string inner, int times, const char* key = "body") {
    for (int i = 0; i < times; ++i) {
      std::string escaped;
      for (const char c : inner) {
        if (c == '"' || c == '\\') escaped += '\\';
        escaped += c;
      }
      inner = std::string("{\"") + key + "\":\" \\n" + escaped + "\"}";
    }
    return inner;
  };
  const std::string sql = R"({"a":["DROP \u0054ABLE docs"]})", word = R"({"a":"p\u0075rge"})", key = R"({"p\u0075rge":1})",
                    link = R"(["http:\/\/169.254.169.254/"])", twice = R"({"a":"x","a":"DROP TABLE docs"})";
  for (int times = 1; times <= 4; ++times) {
    EXPECT_EQ(reason(within(sql, times), 2), Reason::guard_hit) << times;
    EXPECT_EQ(reason(within(word, times), 1), Reason::guard_hit) << times;
    EXPECT_EQ(reason(within(key, times), 1), Reason::guard_hit) << times;
    EXPECT_EQ(reason(within(link, times), 4), Reason::guard_hit) << times;
    EXPECT_EQ(reason(within(twice, times), 2), Reason::guard_hit) << times;
    EXPECT_EQ(reason(within(sql, times, "text"), 2), Reason::none) << times;   // text of a document
  }
  EXPECT_EQ(reason("payload=%7B%22a%22:%22DROP+TABLE+docs%22%7D", 2, "application/x-www-form-urlencoded"), Reason::guard_hit);
  EXPECT_EQ(reason("{}", 2, "application/json", "payload=[%22DROP+TABLE+docs%22]"), Reason::guard_hit);
  EXPECT_EQ(reason("id,b\n7,\"{\"\"a\"\":\"\"DROP TABLE docs\"\"}\"\n", 2, "text/csv"), Reason::guard_hit);
  for (const char* body : {R"({"body":"{\"a\":\"to drop table talk\"}"})", R"({"body":"[\"DROP TABLE docs\" is what it said"})",
                           R"({"body":"{\"a\":7,\"b\":[true,null,\"\"]}"})"})
    EXPECT_EQ(reason(body, 7), Reason::none) << body;
  EXPECT_EQ(reason("", 1, "application/json", "payload={%22p%5Cu0075rge%22:1}"), Reason::guard_hit);
  const std::string thrice = within(sql, 3);
  const Padded padded(thrice);
  const auto found = inspector.inspect(*set, 2, {.body = padded.view()}, Patience::all);
  ASSERT_EQ(found.hits.size(), 1u);
  EXPECT_EQ(found.hits[0].place, "/body");
}

}  // namespace
}  // namespace gatehouse::guard
