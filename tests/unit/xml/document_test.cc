#include "xml/document.h"

#include <gtest/gtest.h>

#include <thread>

namespace gatehouse::xml {
namespace {

constexpr Bounds kBounds{.bytes = 65536, .depth = 32, .elements = 2048, .attributes = 32, .namespaces = 64, .remarks = false};

Fault fault_of(ByteView text) {
  const auto document = Document::parse(text, kBounds);
  return document.ok() ? Fault::none : document.error();
}

TEST(XmlDocument, IsATree) {
  const auto document = Document::parse("<a:r xmlns:a='urn:a' i='1' a:i='2'>x<b>y &amp; &#228;</b> <c xmlns='urn:c'/></a:r>", kBounds);
  ASSERT_TRUE(document.ok());
  const Element root = document->root();
  EXPECT_TRUE(root.is("urn:a", "r"));
  EXPECT_EQ(root.attribute("i"), "1");
  EXPECT_EQ(root.attributes().size(), 2U);
  EXPECT_EQ(root.attributes()[1].name_space, "urn:a");
  EXPECT_EQ(root.text(), std::nullopt);
  EXPECT_TRUE(root.holds_text());
  const auto children = root.children();
  ASSERT_EQ(children.size(), 2U);
  EXPECT_TRUE(children[0].is("", "b"));
  EXPECT_EQ(children[0].text(), "y & \xc3\xa4");
  EXPECT_TRUE(children[1].is("urn:c", "c"));
  EXPECT_EQ(children[1].text(), "");
  std::string names;
  EXPECT_TRUE(every(root, [&](Element element) { return names += element.local_name(), true; }));
  EXPECT_EQ(names, "rbc");
}

TEST(XmlDocument, AttributeValuesAreWhole) {
  const auto document = Document::parse("<r a='x &lt;&amp;&#65; y' b=''/>", kBounds);
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->root().attribute("a"), "x <&A y");
  EXPECT_EQ(document->root().attribute("b"), "");
  EXPECT_EQ(document->root().attribute("c"), std::nullopt);
}

TEST(XmlDocument, RefusesWhatIsNotWellFormed) {
  for (const char* text : {"x", "<a>", "<a></b>", "<a/><b/>", "<a/>x", "<a b='1' b='2'/>", "<a b=1/>", "<a b/>", "<1/>", "<a>&#0;</a>",
                           "<a>&#xffff;</a>", "<a>\x01</a>", "<a>]]></a>", "< a/>"})
    EXPECT_EQ(fault_of(text), Fault::form) << text;
}

TEST(XmlDocument, RefusesNamespacesThatReadersTakeDifferently) {
  for (const char* text : {"<a:b/>", "<a b:c=''/>", "<a xmlns:b=''/>", "<a xmlns:b='x' xmlns:c='x' b:d='' c:d=''/>", "<a xmlns:b='x/y'/>",
                           "<a xmlns='b'/>", "<a xmlns:b=':x'/>", "<a xmlns:xml='urn:x'/>", "<a xmlns:xmlns='urn:x'/>",
                           "<a xmlns:b='urn:x' xmlns:c='urn:x' b:d='' c:d=''/>", "<a:b:c xmlns:a='urn:a'/>"})
    EXPECT_EQ(fault_of(text), Fault::form) << text;
  EXPECT_EQ(fault_of("<a xmlns:b='u:" + std::string(kNamespaceBytesMax, 'x') + "'/>"), Fault::form);
  EXPECT_EQ(fault_of("<a xmlns='urn:a'><b xmlns=''/></a>"), Fault::none);
}

TEST(XmlDocument, NothingIsPrintedWhateverIsWrong) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  for (const char* text : {"<a", "<a:b/>", "<a>&#0;</a>", "<a xmlns:b='x/y'/>"}) EXPECT_NE(fault_of(text), Fault::none);
  EXPECT_EQ(testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout(), "");
}

TEST(XmlDocument, AnyThreadMayParse) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (int round = 0; round < 200; ++round) {
        EXPECT_EQ(fault_of("<a xmlns:b='urn:b'><b:c/></a>"), Fault::none);
        EXPECT_EQ(fault_of("<a><b></a>"), Fault::form);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace gatehouse::xml
