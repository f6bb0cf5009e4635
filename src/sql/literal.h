// Patterns that not every text fits, as some letter in them has to be there.
#pragma once

#include "sql/tree.h"

namespace gatehouse::sql {

/// is_plain: a byte that stands for itself in each kind of pattern, but for '_'.
bool is_plain(char c);

/// is_literal_like: a pattern of LIKE that begins with what stands for itself, or has three such characters in a row.
bool is_literal_like(ByteView pattern);

/// is_literal_expression: a regular expression that has a letter or digit right behind ^, or three in a row, none of which may be
/// left out, and no groups but '^(x|y)', alternatives of letters and digits right behind ^.
bool is_literal_expression(ByteView expression);

/// is_for_texts: a literal expression that some text fits: nothing is wanted before its front, behind its end or by escapes, as
/// 'abc$d' and 'abc\Ad' do, which no text is.
bool is_for_texts(ByteView expression);

/// is_literal_similar: the right side of SIMILAR TO is a pattern of one alternative that begins with a letter or digit, which is
/// not left out.
bool is_literal_similar(const Tree& tree, uint32_t right);

}  // namespace gatehouse::sql
