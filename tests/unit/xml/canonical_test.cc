#include "xml/canonical.h"

#include <gtest/gtest.h>

namespace gatehouse::xml {
namespace {

constexpr Bounds kBounds{.bytes = 65536, .depth = 32, .elements = 2048, .attributes = 32, .namespaces = 64, .remarks = false};

/// form is the canonical form of the element at a path of child numbers.
std::string form(const std::string& text, const std::vector<size_t>& path = {}, const std::vector<size_t>& without = {},
                 const std::vector<std::string>& inclusive = {}) {
  const auto document = Document::parse(text, kBounds);
  if (!document.ok()) return "not parsed";
  const auto at = [&](const std::vector<size_t>& steps) {
    Element element = document->root();
    for (const size_t step : steps) element = element.children()[step];
    return element;
  };
  return canonical(*document, at(path), without.empty() ? Element() : at(without), inclusive, 65536).value_or("nothing");
}

TEST(XmlCanonical, OneFormOfOneTree) {   // Canonical XML 1.0 section 3.3, 3.4, without a document type
  EXPECT_EQ(form("<?xml version=\"1.0\"?>\n<e1   b = \"2\"  a=\"1\" />\n"), "<e1 a=\"1\" b=\"2\"></e1>");
  EXPECT_EQ(form("<a x='&quot;&amp;&lt;&gt;&#xD;&#xA;&#9;'>&quot;&amp;&lt;&gt;&#xD;\r\n</a>"),
            "<a x=\"&quot;&amp;&lt;>&#xD;&#xA;&#x9;\">\"&amp;&lt;&gt;&#xD;\n</a>");
  EXPECT_EQ(form("<e xmlns:b='urn:b' xmlns:a='urn:a' b:x='1' a:y='2' z='3' xmlns='urn:0'/>"),
            "<e xmlns=\"urn:0\" xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" z=\"3\" a:y=\"2\" b:x=\"1\"></e>");
}

TEST(XmlCanonical, NamespacesStandWhereTheyAreUsed) {   // Exclusive XML Canonicalization section 2.2
  const std::string text =
      "<n0:pdu xmlns:n0='http://a.example' xmlns:n2='urn:2'><n1:elem2 xmlns:n1='http://b.example'> <n3:stuff xmlns:n3='ftp://example.org'/>\n</n1:elem2></n0:pdu>";
  EXPECT_EQ(form(text, {0}), "<n1:elem2 xmlns:n1=\"http://b.example\"> <n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff>\n</n1:elem2>");
  EXPECT_EQ(form("<a:r xmlns:a='urn:a'><a:s/><b/></a:r>"), "<a:r xmlns:a=\"urn:a\"><a:s></a:s><b></b></a:r>");
  EXPECT_EQ(form("<r xmlns:a='urn:a'><a:s/><a:s/></r>"), "<r><a:s xmlns:a=\"urn:a\"></a:s><a:s xmlns:a=\"urn:a\"></a:s></r>");
  EXPECT_EQ(form("<r xmlns='urn:a'><s xmlns=''><t xmlns=''/></s></r>"), "<r xmlns=\"urn:a\"><s xmlns=\"\"><t></t></s></r>");
}

TEST(XmlCanonical, PrefixesOfAListStandAtTheTop) {
  const std::string text = "<r xmlns:x='urn:x' xmlns:y='urn:y'><s><t v='x:a'/></s></r>";
  EXPECT_EQ(form(text, {0}), "<s><t v=\"x:a\"></t></s>");
  EXPECT_EQ(form(text, {0}, {}, {"x"}), "<s xmlns:x=\"urn:x\"><t v=\"x:a\"></t></s>");
  EXPECT_EQ(form(text, {0}, {}, std::vector<std::string>(kInclusivePrefixesMax + 1, "x")), "nothing");
}

TEST(XmlCanonical, LeavesOneOut) {
  const std::string text = "<r xmlns:x='urn:x'>1<x:s a='b'>2<t/></x:s>3<s/></r>";
  EXPECT_EQ(form(text, {}, {0}), "<r>13<s></s></r>");
  EXPECT_EQ(form(text, {0}, {0, 0}), "<x:s xmlns:x=\"urn:x\" a=\"b\">2</x:s>");
}

TEST(XmlCanonical, GrowsToItsBound) {
  const std::string uri = "u:" + std::string(200, 'x');
  std::string text = "<r xmlns:x='" + uri + "'>";
  for (int i = 0; i < 1000; ++i) text += "<x:s/>";
  const auto document = Document::parse(text + "</r>", kBounds);
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(canonical(*document, document->root(), {}, {}, 100'000), std::nullopt);
  const auto whole = canonical(*document, document->root(), {}, {}, 1'000'000);
  ASSERT_TRUE(whole.has_value());
  EXPECT_EQ(whole->size(), 7 + 1000 * (5 + 11 + uri.size() + 6));
}

TEST(XmlCanonical, IsItsOwnForm) {
  const std::string once = form("<a:r xmlns:a='urn:a' xmlns='urn:0' c='&#9;x' b='y'> <s>&amp;\xc3\xa4</s><a:t xmlns:b='urn:b' b:u='1'/></a:r>");
  EXPECT_EQ(form(once), once);
}

}  // namespace
}  // namespace gatehouse::xml
