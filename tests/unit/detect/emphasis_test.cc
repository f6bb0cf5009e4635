// Values with Markdown's emphasis in them, and what only looks so.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/detect/found.h"

namespace gatehouse::detect {
namespace {

/// Each text has one value, which is all of it but what stands before '<' and behind '>'; cut anywhere it is the same.
void each_holds(std::initializer_list<const char*> texts, ByteView names = "default") {
  for (const std::string marked : texts) {
    const size_t begin = marked.find('<'), end = marked.find('>');
    ASSERT_NE(end, std::string::npos) << marked;
    const std::string value = marked.substr(begin + 1, end - begin - 1);
    const std::string text = marked.substr(0, begin) + value + marked.substr(end + 1);
    EXPECT_EQ(values(text, names), value) << text;
    const size_t behind = text.size() - begin - value.size();
    const std::string wanted = std::string(begin, '.') + std::string(value.size(), 'x') + std::string(behind, '.');
    for (size_t cut = 0; cut <= text.size(); ++cut) EXPECT_EQ(Pieces(names).cut(text, {cut}), wanted) << text << " at " << cut;
    std::vector<size_t> all;
    for (size_t i = 1; i < text.size(); ++i) all.push_back(i);
    EXPECT_EQ(Pieces(names).cut(text, all), wanted) << text;
  }
}

TEST(Emphasis, in_an_address) {
  each_holds({"write to <**john.doe**@example.org>", "write to <*john.doe*@example.org>, or", "<`john.doe`@example.org>",
              "<~~john~~.doe@example.org>.", "<jo**hn**@x.org>", "<jo*hn*@x.org>", "<***john***@example.org>", "<john@**example.org**>",
              "<john@**example**.org>", "<john@example.**org**> etc.", "**<john@example.org>**", "<*john@example*.org>",
              "<**john@example**.org>", "**mail <john.doe**@example.org>", "<**john**.**doe**@**example**.**org**>",
              "mail (<**john_doe**@example.org>)", "<**a*b**@example.org>", "a <**j\xc3\xb6rg**@b\xc3\xbc" "cher.example.org>",
              "<john.doe@*example*.org>", "see [<**john**@x.org>](x)"});
}

TEST(Emphasis, in_a_domain_may_be_of_underscores) {
  each_holds({"<john@_example_.org>", "<john@my_host.example.com>.", "<_john@example.org>_", "<john@x.org>_", "a <john@_x_._org>_ b",
              "<a@b.my_host.com>"});
  EXPECT_EQ(values("a@_ and b@_x_ and c@__ and @foo_bar.baz or x@2x_b.png"), "");
}

TEST(Emphasis, of_a_word_that_names_a_value) {
  each_holds({"*Password:* <hunter2x9!>", "__Password:__ <hunter2x9!>", "_password:_ <hunter2x9!>", "***Password:*** <hunter2x9!>",
              "*password*: <hunter2x9!>", "_password_: <hunter2x9!>", "~~password~~: <hunter2x9!>", "**Password:** <hunter2x9!>",
              R"(\*\*Password:\*\* <hunter2x9!>)", R"(\*\*Password\*\*: <hunter2x9!>)", R"(\*\*Password: <hunter2x9!>)",
              "*API key:* `<abcd1234efgh>`", "***API token***: <abcd1234efgh5678>"});
  EXPECT_EQ(values("password:*** hunter2x9!; password: *** hunter2x9; grant password:* to x1y2z3"), "");
}

TEST(Emphasis, of_another_thing_is_none) {
  each_holds({"PER*IC*JOHN*TE*5551234567*EM*<john@x.org>*FX*abc~", "EM**<john@x.org>**abc~", "a*b <john@x.org>", "x **y** <john@x.org> *z*",
              "<john@x.org>*foo*", "****<john@x.org>****"});
  EXPECT_EQ(values("int*@x.org is ** @x.org or /**@param.name"), "int*@x.org");
  EXPECT_EQ(values("12 * 34 * 5678 * 9012; 4111*1111*1111*1111; 4111_1111_1111_1111; 4111 **** **** 1111; 2**31**4"), "");
  EXPECT_EQ(values("REF*SY*123-45-6789*12~ **123 45 6789** 12 _123-45-6789_"), "123-45-6789|123 45 6789|123-45-6789");
}

TEST(Emphasis, in_a_number) {
  each_holds({"card <4111 **1111** 1111 1111>.", "card <**4111** 1111 1111 1111> x", "<4111 1111 1111 **1111**>",
              "**<4111** **1111** **1111** **1111>** 12", "*<4111* *1111* *1111* *1111>*", "<4111 _1111_ 1111 1111>, y", "<41**11** 1111 1111 1111>",
              "`<4111`-`1111`-`1111`-`1111>`", "<123-**45**-6789>", "<123-_45_-6789>", "<**123**-45-6789>", "<123-45-**6789**>.",
              "<~~123~~-45-6789>", "<+1 (515) **427**-8699>", "<+1 515 **427 8699**>", "<659-**692**-3574>", "<**659**-692-3574>",
              "<+49 **30** 65125299>", "NHS <943 **476** 5919>", "<__4111__ 1111 1111 1111>", "1 <4111 **1111** 1111 1111> of 2"});
}

TEST(Emphasis, in_an_account_number) {
  each_holds({"to <DE44 **5001** 0517 5407 3249 31>.", "<**DE44** 5001 0517 5407 3249 31>", "<DE44 5001 0517 5407 3249 **31**>",
              "<DE44 50**01** 0517 5407 3249 31>", "<GB29 _NWBK_ 6016 1331 9268 19>", "**<DE44**50010517540732493**1>**"});
}

TEST(Emphasis, around_a_number_leaves_it_one) {
  each_holds({"_<+1 515 427 8699>_", "_<123-45-6789>_", "__<DE44 5001 0517 5407 3249 31>__", "_<4111 1111 1111 1111>_", "*<659-692-3574>*, 12"});
  EXPECT_EQ(values("id_4111111111111111_x x_659-692-3574 659-692-3574_x"), "4111111111111111");
}

}  // namespace
}  // namespace gatehouse::detect
