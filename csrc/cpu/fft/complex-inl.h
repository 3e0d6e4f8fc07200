// Complex numbers whose parts are vectors, each lane a number of its own.
#pragma once

#include <cstdint>

#include "cpu/base/vector-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class S>
struct Complex {
  Vector<S> re;
  Vector<S> im;
};

// Element `index` of a buffer [length, 2, lanes].
template <class S>
HWY_INLINE Complex<S> LoadComplex(const S* buffer, int64_t index) {
  const Simd<S> d;
  const S* p = buffer + index * 2 * kLanes<S>;
  return {hn::LoadU(d, p), hn::LoadU(d, p + kLanes<S>)};
}

template <class S>
HWY_INLINE void StoreComplex(const Complex<S>& z, S* buffer, int64_t index) {
  const Simd<S> d;
  S* p = buffer + index * 2 * kLanes<S>;
  hn::StoreU(z.re, d, p);
  hn::StoreU(z.im, d, p + kLanes<S>);
}

// Complex vectors one after the other: element `i` at data + i * step, its imaginary part `im`
// elements further on.
template <class S>
struct ComplexRow {
  S* data;
  int64_t step;
  int64_t im;

  HWY_INLINE Complex<S> Get(int64_t i) const {
    const Simd<S> d;
    return {hn::LoadU(d, data + i * step), hn::LoadU(d, data + i * step + im)};
  }
  HWY_INLINE void Put(const Complex<S>& z, int64_t i) const {
    const Simd<S> d;
    hn::StoreU(z.re, d, data + i * step);
    hn::StoreU(z.im, d, data + i * step + im);
  }
};

template <class S>
HWY_INLINE Complex<S> Add(const Complex<S>& a, const Complex<S>& b) {
  return {hn::Add(a.re, b.re), hn::Add(a.im, b.im)};
}

template <class S>
HWY_INLINE Complex<S> Sub(const Complex<S>& a, const Complex<S>& b) {
  return {hn::Sub(a.re, b.re), hn::Sub(a.im, b.im)};
}

template <class S>
HWY_INLINE Complex<S> Conjugate(const Complex<S>& z) {
  return {z.re, hn::Neg(z.im)};
}

template <class S>
HWY_INLINE Complex<S> Scale(const Complex<S>& z, S weight) {
  const auto w = hn::Set(Simd<S>(), weight);
  return {hn::Mul(w, z.re), hn::Mul(w, z.im)};
}

// z times the number at w, or its conjugate.
template <bool kConjugate, class S>
HWY_INLINE Complex<S> Multiply(const Complex<S>& z, const S* w) {
  const Simd<S> d;
  const auto wr = hn::Set(d, w[0]);
  const auto wi = hn::Set(d, w[1]);
  if constexpr (kConjugate) {
    return {hn::MulAdd(z.im, wi, hn::Mul(z.re, wr)), hn::NegMulAdd(z.re, wi, hn::Mul(z.im, wr))};
  } else {
    return {hn::NegMulAdd(z.im, wi, hn::Mul(z.re, wr)), hn::MulAdd(z.re, wi, hn::Mul(z.im, wr))};
  }
}

// a plus the conjugate of b; and minus.
template <class S>
HWY_INLINE Complex<S> AddConjugate(const Complex<S>& a, const Complex<S>& b) {
  return {hn::Add(a.re, b.re), hn::Sub(a.im, b.im)};
}
template <class S>
HWY_INLINE Complex<S> SubConjugate(const Complex<S>& a, const Complex<S>& b) {
  return {hn::Sub(a.re, b.re), hn::Add(a.im, b.im)};
}

// The sum plus (the conjugate of z) times w; minus the conjugate of the product of z and w.
template <class S>
HWY_INLINE Complex<S> AddProductOfConjugate(const Complex<S>& sum, const Complex<S>& z,
                                            const S* w) {
  const Simd<S> d;
  const auto wr = hn::Set(d, w[0]);
  const auto wi = hn::Set(d, w[1]);
  return {hn::MulAdd(z.im, wi, hn::MulAdd(z.re, wr, sum.re)),
          hn::MulAdd(z.re, wi, hn::NegMulAdd(z.im, wr, sum.im))};
}
template <class S>
HWY_INLINE Complex<S> SubConjugateOfProduct(const Complex<S>& sum, const Complex<S>& z,
                                            const S* w) {
  const Simd<S> d;
  const auto wr = hn::Set(d, w[0]);
  const auto wi = hn::Set(d, w[1]);
  return {hn::MulAdd(z.im, wi, hn::NegMulAdd(z.re, wr, sum.re)),
          hn::MulAdd(z.re, wi, hn::MulAdd(z.im, wr, sum.im))};
}

// z times -i (forward) or i.
template <bool kForward, class S>
HWY_INLINE Complex<S> Quarter(const Complex<S>& z) {
  if constexpr (kForward) {
    return {z.im, hn::Neg(z.re)};
  } else {
    return {hn::Neg(z.im), z.re};
  }
}

// a plus z times -i (forward) or i; and minus.
template <bool kForward, class S>
HWY_INLINE Complex<S> AddQuarter(const Complex<S>& a, const Complex<S>& z) {
  if constexpr (kForward) {
    return {hn::Add(a.re, z.im), hn::Sub(a.im, z.re)};
  } else {
    return {hn::Sub(a.re, z.im), hn::Add(a.im, z.re)};
  }
}
template <bool kForward, class S>
HWY_INLINE Complex<S> SubQuarter(const Complex<S>& a, const Complex<S>& z) {
  return AddQuarter<!kForward>(a, z);
}

// a plus w times z, and a minus it; the same where z is turned by -i (forward) or i first.
template <class S>
HWY_INLINE void AddAndSub(const Complex<S>& a, Vector<S> w, const Complex<S>& z, Complex<S>* plus,
                          Complex<S>* minus) {
  *plus = {hn::MulAdd(w, z.re, a.re), hn::MulAdd(w, z.im, a.im)};
  *minus = {hn::NegMulAdd(w, z.re, a.re), hn::NegMulAdd(w, z.im, a.im)};
}
template <bool kForward, class S>
HWY_INLINE void AddAndSubQuarter(const Complex<S>& a, Vector<S> w, const Complex<S>& z,
                                 Complex<S>* plus, Complex<S>* minus) {
  const auto re_more = hn::MulAdd(w, z.im, a.re);
  const auto re_less = hn::NegMulAdd(w, z.im, a.re);
  const auto im_more = hn::MulAdd(w, z.re, a.im);
  const auto im_less = hn::NegMulAdd(w, z.re, a.im);
  *plus = {kForward ? re_more : re_less, kForward ? im_less : im_more};
  *minus = {kForward ? re_less : re_more, kForward ? im_more : im_less};
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
