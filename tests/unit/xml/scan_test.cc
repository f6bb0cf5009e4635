#include "xml/scan.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::xml {
namespace {

constexpr Bounds kSmall{.bytes = 4096, .depth = 4, .elements = 8, .attributes = 4, .namespaces = 3, .remarks = false};

Fault of(ByteView text) { return scan(text, kSmall); }
Fault with_remarks(ByteView text) {
  Bounds bounds = kSmall;
  bounds.remarks = true;
  return scan(text, bounds);
}

std::string times(size_t count, const std::string& text) {
  std::string all;
  while (count-- > 0) all += text;
  return all;
}

TEST(XmlScan, LetsPlainDocumentsIn) {
  EXPECT_EQ(of("<a/>"), Fault::none);
  EXPECT_EQ(of("<a b='>' c=\"'\">x &amp; &lt;&gt;&quot;&apos;&#65;&#x41; \xc3\xa4</a>\n"), Fault::none);
  EXPECT_EQ(of("<?xml version=\"1.0\"?><a/>"), Fault::none);
  EXPECT_EQ(of("<?xml version='1.0' encoding = 'utf-8' standalone='yes'?><a/>"), Fault::none);
}

TEST(XmlScan, RefusesWhatIsNoElementOrText) {
  for (const char* text : {"<!DOCTYPE a><a/>", "<a><![CDATA[x]]></a>", "<a><!-- x --></a>", "<a><?x y?></a>", "<!ENTITY a 'b'><a/>",
                           " <?xml version=\"1.0\"?><a/>", "<?xml-stylesheet href='x'?><a/>", "<a/><!-- -->"})
    EXPECT_EQ(of(text), Fault::markup) << text;
}

TEST(XmlScan, RemarksAreForThoseWhoAllowThem) {
  EXPECT_EQ(with_remarks("<!-- < & --><a><!----><?x <y> ?></a>"), Fault::none);
  EXPECT_EQ(with_remarks("<a><!-- x"), Fault::form);
  EXPECT_EQ(with_remarks("<a><!-->"), Fault::form);
  EXPECT_EQ(with_remarks("<!DOCTYPE a><a/>"), Fault::markup);
  EXPECT_EQ(with_remarks("<a><![CDATA[x]]></a>"), Fault::markup);
}

TEST(XmlScan, RefusesReferencesThatXmlItselfDoesNotHave) {
  for (const char* text : {"<a>&e;</a>", "<a b='&e;'/>", "<a>&#;</a>", "<a>&#x;</a>", "<a>&#xg;</a>", "<a>&</a>", "<a>&amp</a>",
                           "<a>&AMP;</a>", "<a>&#000000000065;</a>"})
    EXPECT_EQ(of(text), Fault::reference) << text;
}

TEST(XmlScan, RefusesOtherEncodings) {
  EXPECT_EQ(of("\xef\xbb\xbf<a/>"), Fault::encoding);
  EXPECT_EQ(of("<a>\xe4</a>"), Fault::encoding);
  EXPECT_EQ(of("<a>\xed\xa0\x80</a>"), Fault::encoding);
  EXPECT_EQ(of(ByteView("<\0a\0/\0>\0", 8)), Fault::encoding);
  for (const char* name : {"UTF-16", "utf-7", "ISO-8859-1", "utf-8x", "", "utf"})
    EXPECT_EQ(of("<?xml version='1.0' encoding='" + std::string(name) + "'?><a/>"), Fault::encoding) << name;
}

TEST(XmlScan, BoundsHoldToTheLastOne) {
  EXPECT_EQ(of(times(4, "<a>") + times(4, "</a>")), Fault::none);
  EXPECT_EQ(of(times(5, "<a>") + times(5, "</a>")), Fault::size);
  EXPECT_EQ(of("<a>" + times(7, "<b/>") + "</a>"), Fault::none);
  EXPECT_EQ(of("<a>" + times(8, "<b/>") + "</a>"), Fault::size);
  EXPECT_EQ(of("<a b='' c='' d='' e=''/>"), Fault::none);
  EXPECT_EQ(of("<a b='' c='' d='' e='' f=''/>"), Fault::size);
  EXPECT_EQ(of("<a xmlns='u:'\n\txmlns:b='u:'><b xmlns:c='u:'/></a>"), Fault::none);
  EXPECT_EQ(of("<a xmlns='u:' xmlns:b='u:'><b xmlns:c='u:'/><b\txmlns:d='u:'/></a>"), Fault::size);
  EXPECT_EQ(of("<a>" + std::string(4096 - 7, ' ') + "</a>"), Fault::none);
  EXPECT_EQ(of("<a>" + std::string(4097 - 7, ' ') + "</a>"), Fault::size);
}

TEST(XmlScan, RefusesBrokenTags) {
  for (const char* text : {"", "<", "<a", "<a b='", "<a b='<'/>", "<a <b/>", "</a>", "<a></a></a>", "<a></a"})
    EXPECT_EQ(of(text), Fault::form) << text;
}

}  // namespace
}  // namespace gatehouse::xml
