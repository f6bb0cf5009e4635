// Whether this is built with a sanitizer: what takes malloc's place, or is twenty times as slow there, asks.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GATEHOUSE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GATEHOUSE_SANITIZED 1
#endif
#endif
#ifndef GATEHOUSE_SANITIZED
#define GATEHOUSE_SANITIZED 0
#endif

namespace gatehouse::testing {

inline constexpr bool kSanitized = GATEHOUSE_SANITIZED != 0;

}  // namespace gatehouse::testing
