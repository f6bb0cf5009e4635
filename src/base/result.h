// Errors as values (std::expected is C++23; clang 14 cannot see libstdc++'s).
#pragma once

#include <utility>
#include <variant>

#include "base/assert.h"

namespace gatehouse {

/// Failure marks the error arm, so that Result<T, T> stays unambiguous.
template <typename E>
struct Failure {
  E error;
};
template <typename E>
Failure(E) -> Failure<E>;

/// Result holds a value or an error, never both. Misuse (value() of an error) is an assertion.
template <typename T, typename E>
class [[nodiscard]] Result {
 public:
  Result(T value) : arm_(std::in_place_index<0>, std::move(value)) {}
  Result(Failure<E> failure) : arm_(std::in_place_index<1>, std::move(failure.error)) {}

  bool ok() const { return arm_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { GH_ASSERT(ok()); return *std::get_if<0>(&arm_); }
  const T& value() const& { GH_ASSERT(ok()); return *std::get_if<0>(&arm_); }
  T&& value() && { GH_ASSERT(ok()); return std::move(*std::get_if<0>(&arm_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const E& error() const { GH_ASSERT(!ok()); return *std::get_if<1>(&arm_); }

 private:
  std::variant<T, E> arm_;
};

/// Done is the value of a Result that has nothing to say but "it worked".
struct Done {};

}  // namespace gatehouse
