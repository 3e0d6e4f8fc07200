// Passes of FFTs in place over one block, and where they take and put their samples: a buffer, or
// where the caller has them.
#ifndef SPECTRAL_OPS_CPU_FFT_FFT_PASS_INL_H_
#define SPECTRAL_OPS_CPU_FFT_FFT_PASS_INL_H_

#include <cstdint>

#include "cpu/base/prefetch-inl.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/fft.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// GCC keeps small arrays of vectors in registers only where it unrolls the loops over them early,
// which it does where it is told to.

// Samples in a buffer [length, 2, lanes].
template <class S>
struct BufferView {
  S* data;

  HWY_INLINE Complex<S> Load(int64_t i) const { return LoadComplex(data, i); }
  HWY_INLINE void Store(const Complex<S>& z, int64_t i) const { StoreComplex(z, data, i); }
};

// Samples where the caller has them: two vectors at each place of an axis.
template <class S>
struct SourceView {
  const S* re;
  const S* im;
  int64_t step;

  HWY_INLINE Complex<S> Load(int64_t i) const {
    const Simd<S> d;
    return {hn::LoadU(d, re + i * step), hn::LoadU(d, im + i * step)};
  }
  HWY_INLINE void Hint(int64_t i) const {
    __builtin_prefetch(re + i * step);
    __builtin_prefetch(im + i * step);
  }
};

template <class S>
struct SinkView {
  S* re;
  S* im;
  int64_t step;

  HWY_INLINE void Store(const Complex<S>& z, int64_t i) const {
    const Simd<S> d;
    hn::StoreU(z.re, d, re + i * step);
    hn::StoreU(z.im, d, im + i * step);
  }
  HWY_INLINE void Hint(int64_t i) const {
    __builtin_prefetch(re + i * step, 1);
    __builtin_prefetch(im + i * step, 1);
  }
};

// Stores the sum of other samples and of what it is given, weighted.
template <class S>
struct JoiningSink {
  SinkView<S> sink;
  SourceView<S> addend;
  S weight;

  HWY_INLINE void Store(const Complex<S>& z, int64_t i) const {
    const auto w = hn::Set(Simd<S>(), weight);
    const Complex<S> a = addend.Load(i);
    sink.Store({hn::MulAdd(w, z.re, a.re), hn::MulAdd(w, z.im, a.im)}, i);
  }
  HWY_INLINE void Hint(int64_t i) const { sink.Hint(i); }
};

// Adds other samples, weighted, to what is stored.
template <class S, class Sink>
struct AddingSink {
  Sink sink;
  SourceView<S> addend;
  S weight;

  HWY_INLINE void Store(const Complex<S>& z, int64_t i) const {
    const auto w = hn::Set(Simd<S>(), weight);
    const Complex<S> a = addend.Load(i);
    sink.Store({hn::MulAdd(w, a.re, z.re), hn::MulAdd(w, a.im, z.im)}, i);
  }
  HWY_INLINE void Hint(int64_t i) const {
    addend.Hint(i);
    sink.Hint(i);
  }
};

// Views of samples that are far away and that nobody fetches ahead: each is asked for a little
// before its turn, for the lines of a few butterflies are all that a core waits for at a time. A
// hint behind the last sample does no harm.
template <class In>
struct FarSource {
  In in;

  HWY_INLINE auto Load(int64_t i) const {
    in.Hint(i + kButterfliesAhead);
    return in.Load(i);
  }
};

template <class Out>
struct FarSink {
  Out out;

  template <class Sample>
  HWY_INLINE void Store(const Sample& z, int64_t i) const {
    out.Hint(i + kSamplesAhead);
    out.Store(z, i);
  }
};

// One forward pass over a block: butterflies, then the twiddles.
template <int R, class S, class In, class Out>
void Decimate(const FftPass<S>& pass, const In& in, const Out& out, Ahead* ahead) {
  const int64_t ido = pass.ido;
  Complex<S> x[R];
#pragma GCC unroll 16
  for (int j = 0; j < R; ++j) x[j] = in.Load(ido * j);
  Butterfly<R, true, S>::Run(x);
#pragma GCC unroll 16
  for (int q = 0; q < R; ++q) out.Store(x[q], ido * q);
  const S* w = pass.twiddles;
  for (int64_t i = 1; i < ido; ++i) {
    w += 2 * (R - 1);
    ahead->Fetch();
#pragma GCC unroll 16
    for (int j = 0; j < R; ++j) x[j] = in.Load(i + ido * j);
    Butterfly<R, true, S>::Run(x);
    out.Store(x[0], i);
#pragma GCC unroll 16
    for (int q = 1; q < R; ++q) out.Store(Multiply<false>(x[q], w + 2 * (q - 1)), i + ido * q);
  }
}

// Its mirror: the twiddles' conjugates, then butterflies.
template <int R, class S, class In, class Out>
void Recombine(const FftPass<S>& pass, const In& in, const Out& out, Ahead* ahead) {
  const int64_t ido = pass.ido;
  Complex<S> x[R];
#pragma GCC unroll 16
  for (int q = 0; q < R; ++q) x[q] = in.Load(ido * q);
  Butterfly<R, false, S>::Run(x);
#pragma GCC unroll 16
  for (int j = 0; j < R; ++j) out.Store(x[j], ido * j);
  const S* w = pass.twiddles;
  for (int64_t i = 1; i < ido; ++i) {
    w += 2 * (R - 1);
    ahead->Fetch();
    x[0] = in.Load(i);
#pragma GCC unroll 16
    for (int q = 1; q < R; ++q) x[q] = Multiply<true>(in.Load(i + ido * q), w + 2 * (q - 1));
    Butterfly<R, false, S>::Run(x);
#pragma GCC unroll 16
    for (int j = 0; j < R; ++j) out.Store(x[j], i + ido * j);
  }
}

constexpr int64_t kWholeReach = int64_t{1} << 40;

// Either of the two for an odd radix that has no own code; `folded` has room for one butterfly. Of
// the spectrum's side only the elements up to `reach` and their mirrors count.
template <bool kForward, class S>
void RunAnyInPlace(const FftPass<S>& pass, S* data, int64_t reach, S* folded) {
  const int64_t radix = pass.radix;
  const int64_t half = (radix - 1) / 2;
  if (reach > half) reach = half;
  const int64_t terms = kForward ? half : reach;
  const int64_t ido = pass.ido;
  for (int64_t i = 0; i < ido; ++i) {
    const S* w = pass.twiddles + 2 * (radix - 1) * i - 2;
    const auto load = [&](int64_t j) HWY_ATTR {
      const Complex<S> z = LoadComplex(data, i + ido * j);
      return kForward ? z : Multiply<true>(z, w + 2 * j);
    };
    const AnyButterfly<S> butterfly = {folded, 1, radix, pass.table, terms, LoadComplex(data, i)};
    Complex<S> total = butterfly.first;
    for (int64_t j = 1; j <= terms; ++j) {
      const Complex<S> a = load(j);
      const Complex<S> b = load(radix - j);
      const Complex<S> sum = Add(a, b);
      total = Add(total, sum);
      StoreComplex(sum, folded, j);
      StoreComplex(Quarter<kForward>(Sub(a, b)), folded, radix - j);
    }
    StoreComplex(total, data, i);
    butterfly.RunAll(kForward ? reach : half, [&](int64_t q, const Complex<S>& z) HWY_ATTR {
      StoreComplex(kForward ? Multiply<false>(z, w + 2 * q) : z, data, i + ido * q);
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_FFT_FFT_PASS_INL_H_
