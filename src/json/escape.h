// JSON string escapes: found, judged, undone (RFC 8259 section 7).
#pragma once

#include "base/bytes.h"
#include "base/room.h"

namespace gatehouse::json {

/// find_escapes lists the position of the backslash of every escape sequence of a document; a pair of
/// \uD8xx\uDCxx is one sequence. Returns false for an escape that RFC 8259 does not know and, unless
/// `lone_surrogates`, for a lone surrogate (services disagree about it). Backslashes outside strings are listed
/// too: Walk refuses such documents. Reads up to 64 bytes past the end.
bool find_escapes(ByteView document, Room<uint32_t>* escapes, bool lone_surrogates = false);

/// escape_length is the number of bytes of the (valid) sequence at `at`: 2, 6 or 12.
size_t escape_length(const char* at);

/// decode_escape writes what the (valid) sequence at `at` stands for: 1 to 4 bytes of UTF-8; returns
/// how many. A lone surrogate stands for U+FFFD, which is what most services make of it.
size_t decode_escape(const char* at, char* out);

/// kCopySlack: unescape() may write so many bytes past what it returns, and read as many past the raw.
inline constexpr size_t kCopySlack = 32;

/// copy_bytes is memcpy for mostly short runs: may write and read kCopySlack bytes more than `count`.
void copy_bytes(char* to, const char* from, size_t count);

/// unescape writes the text of the raw string [begin, end) of a document; `escapes` are the positions of
/// its escape sequences. Returns the length written, at most end - begin. `out` needs kCopySlack more.
size_t unescape(const char* document, uint32_t begin, uint32_t end, const uint32_t* escapes, size_t count,
                char* out);

/// append_escaped writes text as the inside of a JSON string. Bytes that are not UTF-8 become '?', so
/// that what comes out is always valid.
void append_escaped(ByteView text, Room<char>* out);

}  // namespace gatehouse::json
