#include "crypto/ed25519_point.h"

#include <openssl/bn.h>
#include <openssl/err.h>

#include <string>

#include "base/assert.h"

namespace gatehouse::crypto {

namespace {

using Bignum = bssl::UniquePtr<BIGNUM>;

Bignum fresh() {
  Bignum number(BN_new());
  GH_ASSERT(number != nullptr);
  return number;
}

/// Field does arithmetic modulo p = 2^255 - 19; every operation can only fail for want of memory.
class Field {
 public:
  Field() : work_(BN_CTX_new()), p_(fresh()) {
    GH_ASSERT(work_ != nullptr && BN_set_bit(p_.get(), 255) && BN_sub_word(p_.get(), 19));
  }

  const BIGNUM* p() const { return p_.get(); }
  Bignum number(uint64_t value) const {
    Bignum out = fresh();
    GH_ASSERT(BN_set_u64(out.get(), value));
    return out;
  }
  Bignum add(const Bignum& a, const Bignum& b) const {
    Bignum out = fresh();
    GH_ASSERT(BN_mod_add(out.get(), a.get(), b.get(), p(), work_.get()));
    return out;
  }
  Bignum subtract(const Bignum& a, const Bignum& b) const {
    Bignum out = fresh();
    GH_ASSERT(BN_mod_sub(out.get(), a.get(), b.get(), p(), work_.get()));
    return out;
  }
  Bignum times(const Bignum& a, const Bignum& b) const {
    Bignum out = fresh();
    GH_ASSERT(BN_mod_mul(out.get(), a.get(), b.get(), p(), work_.get()));
    return out;
  }
  Bignum over(const Bignum& a, const Bignum& b) const {  // b is not 0
    Bignum inverse = fresh();
    GH_ASSERT(BN_mod_inverse(inverse.get(), b.get(), p(), work_.get()) != nullptr);
    return times(a, inverse);
  }
  /// is_square, by Euler: a^((p-1)/2) is 0 or 1.
  bool is_square(const Bignum& a) const {
    Bignum exponent(BN_dup(p()));
    Bignum power = fresh();
    GH_ASSERT(exponent != nullptr && BN_rshift1(exponent.get(), exponent.get()) &&
              BN_mod_exp_mont(power.get(), a.get(), exponent.get(), p(), work_.get(), nullptr));
    return BN_is_zero(power.get()) || BN_is_one(power.get());
  }

 private:
  bssl::UniquePtr<BN_CTX> work_;
  Bignum p_;
};

}  // namespace

const char* ed25519_point_fault(ByteView point) {
  GH_ASSERT(point.size() == 32);
  const Field field;
  std::string bytes(point);
  const bool sign = (static_cast<uint8_t>(bytes[31]) & 0x80) != 0;
  bytes[31] = static_cast<char>(bytes[31] & 0x7f);
  const Bignum y(BN_le2bn(u8(bytes.data()), bytes.size(), nullptr));
  GH_ASSERT(y != nullptr);
  if (BN_ucmp(y.get(), field.p()) >= 0) return "the Ed25519 key is not in canonical form";

  // The curve: -x^2 + y^2 = 1 + d x^2 y^2 with d = -121665/121666, so x^2 = (y^2 - 1) / (d y^2 + 1).
  const Bignum one = field.number(1);
  const Bignum d = field.subtract(field.number(0), field.over(field.number(121665), field.number(121666)));
  const Bignum y2 = field.times(y, y);
  const Bignum dy2 = field.times(d, y2);
  const Bignum x2 = field.over(field.subtract(y2, one), field.add(dy2, one));  // -1/d is no square: never 0
  if (!field.is_square(x2)) return "the Ed25519 key is not a point of the curve";
  if (BN_is_zero(x2.get()) && sign) return "the Ed25519 key is not in canonical form";

  // Order 1, 2, 4: y is 1, -1, 0. Order 8: twice the point has y = 0, that is y^2 + x^2 = 0, which the
  // curve's equation turns into d y^4 + 2 y^2 - 1 = 0.
  const Bignum eighth = field.subtract(field.add(field.times(dy2, y2), field.add(y2, y2)), one);
  if (BN_is_zero(x2.get()) || BN_is_zero(y.get()) || BN_is_zero(eighth.get()))
    return "the Ed25519 key has small order";
  return nullptr;
}

}  // namespace gatehouse::crypto
