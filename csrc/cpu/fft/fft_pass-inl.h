// Passes of FFTs in place over one block of complex vectors.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/fft.h"
#include "cpu/fft/transforms-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// GCC keeps small arrays of vectors in registers only where it unrolls the loops over them early,
// which it does where it is told to.

// Calls body(R) with the radix as a constant, 0 for one that has no own code.
template <class Body>
HWY_INLINE void WithRadix(int64_t radix, const Body& body) {
  switch (radix) {
    case 1:
      return body(std::integral_constant<int, 1>());
    case 2:
      return body(std::integral_constant<int, 2>());
    case 3:
      return body(std::integral_constant<int, 3>());
    case 4:
      return body(std::integral_constant<int, 4>());
    case 5:
      return body(std::integral_constant<int, 5>());
    case 6:
      return body(std::integral_constant<int, 6>());
    case 7:
      return body(std::integral_constant<int, 7>());
    case 8:
      return body(std::integral_constant<int, 8>());
    case 10:
      return body(std::integral_constant<int, 10>());
    case 11:
      return body(std::integral_constant<int, 11>());
    case 13:
      return body(std::integral_constant<int, 13>());
    default:
      return body(std::integral_constant<int, 0>());
  }
}

// A pointer that steps from load to load. GCC would keep a pointer for each load of a butterfly,
// more of them than there are registers.
template <class T>
HWY_INLINE void Step(T*& p, int64_t elements) {
  p += elements;
#if HWY_COMPILER_GCC || HWY_COMPILER_CLANG
  asm("" : "+r"(p));
#endif
}

// Complex vectors of a buffer [length, 2, lanes].
template <class S>
struct BufferView {
  S* data;

  static constexpr int vectors() { return 1; }
  template <int R>
  HWY_INLINE void LoadAll(int /*v*/, int64_t i, int64_t ido, Complex<S> (&x)[R]) const {
#pragma GCC unroll 16
    for (int j = 0; j < R; ++j) x[j] = LoadComplex(data, i + ido * j);
  }
  template <int R>
  HWY_INLINE void StoreAll(const Complex<S> (&x)[R], int /*v*/, int64_t i, int64_t ido) const {
#pragma GCC unroll 16
    for (int j = 0; j < R; ++j) StoreComplex(x[j], data, i + ido * j);
  }
};

// Complex vectors `step` elements apart: real parts, and behind each the imaginary ones.
template <class S>
struct TileColumn {
  S* data;
  int64_t step;

  static constexpr int vectors() { return 1; }
  static constexpr bool IsFar() { return false; }
  HWY_INLINE void Prefetch(int /*v*/, int64_t /*i*/) const {}
  HWY_INLINE Complex<S> Load(int /*v*/, int64_t i) const { return LoadComplex(data + i * step, 0); }
  HWY_INLINE void Store(const Complex<S>& z, int /*v*/, int64_t i) const {
    StoreComplex(z, data + i * step, 0);
  }
  template <int R>
  HWY_INLINE void LoadAll(int /*v*/, int64_t i, int64_t ido, Complex<S> (&x)[R]) const {
    const S* at = data + i * step;
#pragma GCC unroll 16
    for (int j = 0; j < R; ++j) {
      x[j] = LoadComplex(at, 0);
      Step(at, ido * step);
    }
  }
  template <int R>
  HWY_INLINE void StoreAll(const Complex<S> (&x)[R], int /*v*/, int64_t i, int64_t ido) const {
    S* at = data + i * step;
#pragma GCC unroll 16
    for (int j = 0; j < R; ++j) {
      StoreComplex(x[j], at, 0);
      Step(at, ido * step);
    }
  }
};

// One forward pass over a block of in.vectors() signals, `stride` elements of the buffer apart:
// butterflies, then the twiddles. Elements come from in.LoadAll and may stand elsewhere.
template <int R, class S, class In>
HWY_INLINE void Decimate(const FftPass<S>& pass, const In in, S* data, int64_t stride,
                         Ahead* ahead) {
  const int64_t ido = pass.ido;
  const S* w = pass.twiddles;
  for (int64_t i = 0; i < ido; ++i, w += 2 * (R - 1)) {
    ahead->Fetch();
    for (int v = 0; v < in.vectors(); ++v) {
      S* to = data + v * stride;
      Complex<S> x[R];
      in.LoadAll(v, i, ido, x);
      Butterfly<R, true, S>::Run(x);
      StoreComplex(x[0], to, i);
      if (i == 0) {  // without twiddles
#pragma GCC unroll 16
        for (int q = 1; q < R; ++q) StoreComplex(x[q], to, ido * q);
      } else {
#pragma GCC unroll 16
        for (int q = 1; q < R; ++q) {
          StoreComplex(Multiply<false>(x[q], w + 2 * (q - 1)), to, i + ido * q);
        }
      }
    }
  }
}

// Its mirror: the twiddles' conjugates, then butterflies. Elements go to out.StoreAll.
template <int R, class S, class Out>
HWY_INLINE void Recombine(const FftPass<S>& pass, const S* data, int64_t stride, const Out out,
                          Ahead* ahead) {
  const int64_t ido = pass.ido;
  const S* w = pass.twiddles;
  for (int64_t i = 0; i < ido; ++i, w += 2 * (R - 1)) {
    ahead->Fetch();
    for (int v = 0; v < out.vectors(); ++v) {
      const S* from = data + v * stride;
      Complex<S> x[R];
      x[0] = LoadComplex(from, i);
      if (i == 0) {
#pragma GCC unroll 16
        for (int q = 1; q < R; ++q) x[q] = LoadComplex(from, ido * q);
      } else {
#pragma GCC unroll 16
        for (int q = 1; q < R; ++q) {
          x[q] = Multiply<true>(LoadComplex(from, i + ido * q), w + 2 * (q - 1));
        }
      }
      Butterfly<R, false, S>::Run(x);
      out.StoreAll(x, v, i, ido);
    }
  }
}

// The cyclic convolution of a RaderButterfly, in its place; `scratch` has FftScratch(radix - 1)
// (fft_kernels.cc).
template <class S>
void ConvolveRader(const RaderButterfly<S>& rader, S* data, S* scratch);

// The forward butterfly of elements load(0) .. load(radix - 1), whose outputs the result gives:
// that of k is output(k). `folded` has RadixScratch. The inverse's output k is output(radix - k),
// its first one output(0).
template <class S>
struct RaderOutputs {
  const RaderButterfly<S>& rader;
  const S* sums;
  Complex<S> first;
  Complex<S> total;

  HWY_INLINE Complex<S> operator()(int64_t k) const {
    return k == 0 ? total : Add(first, LoadComplex(sums, rader.positions[k]));
  }
};

template <class S, class LoadElement>
HWY_INLINE RaderOutputs<S> RunRader(const RaderButterfly<S>& rader, int64_t radix,
                                    const LoadElement& load, S* folded) {
  const Complex<S> first = load(0);
  Complex<S> total = first;
  for (int64_t q = 0; q + 1 < radix; ++q) {
    const Complex<S> z = load(rader.powers[q]);
    total = Add(total, z);
    StoreComplex(z, folded, q);
  }
  ConvolveRader(rader, folded, folded + 2 * (radix - 1) * kLanes<S>);
  return {rader, folded, first, total};
}

// Either of the two for an odd radix that has no own code; `folded` has room for one butterfly. Of
// the spectrum's side only the elements up to `reach` and their mirrors count.
template <bool kForward, class S>
void RunAnyPass(const FftPass<S>& pass, S* data, int64_t reach, S* folded) {
  const int64_t radix = pass.radix;
  const int64_t half = (radix - 1) / 2;
  if (reach > half) reach = half;
  const int64_t terms = kForward ? half : reach;
  const int64_t ido = pass.ido;
  if (pass.RunsRader(reach)) {
    const Simd<S> d;
    const Complex<S> zero = {hn::Zero(d), hn::Zero(d)};
    for (int64_t i = 0; i < ido; ++i) {
      const S* w = pass.twiddles + 2 * (radix - 1) * i - 2;
      const auto outputs = RunRader(
          pass.rader, radix,
          [&](int64_t j) HWY_ATTR {
            if (j > terms && radix - j > terms) return zero;
            const Complex<S> z = LoadComplex(data, i + ido * j);
            return kForward || j == 0 ? z : Multiply<true>(z, w + 2 * j);
          },
          folded);
      StoreComplex(outputs(0), data, i);
      for (int64_t k = 1; k < radix; ++k) {
        const Complex<S> z = outputs(kForward ? k : radix - k);
        StoreComplex(kForward ? Multiply<false>(z, w + 2 * k) : z, data, i + ido * k);
      }
    }
    return;
  }
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

// How often a transform one way calls Fetch, as far as one can tell from its passes.
template <class S>
int64_t FetchCalls(const FftPlan<S>& plan) {
  const int64_t length = plan.chirp_length == 0 ? plan.n : plan.chirp_length;
  const int64_t ways = plan.chirp_length == 0 ? 1 : 2;
  int64_t calls = 0;
  for (int i = 0; i < plan.passes; ++i) {
    const FftPass<S>& pass = plan.pass[i];
    if (!pass.HasOwnCode()) continue;
    calls += i + 1 == plan.passes ? length / pass.radix : ways * pass.l1 * pass.ido;
  }
  return calls;
}

// Whether the first pass can read, and its mirror write, elsewhere than in the buffer.
template <class S>
bool HasOwnFirstPass(const FftPlan<S>& plan) {
  return plan.chirp_length == 0 && plan.passes > 1 && plan.pass[0].HasOwnCode();
}

// The first pass of in.vectors() signals, whose buffers are `stride` elements apart; false where it
// could not read them where they are, and they were copied instead.
template <class S, class In>
HWY_NOINLINE bool RunFirstPass(const FftPlan<S>& plan, const In in, S* data, int64_t stride,
                               Ahead* ahead) {
  if (HasOwnFirstPass(plan) && !in.IsFar()) {
    WithRadix(plan.pass[0].radix, [&](auto radix) HWY_ATTR {
      constexpr int R = decltype(radix)::value;
      if constexpr (R > 1) Decimate<R>(plan.pass[0], in, data, stride, ahead);
    });
    return true;
  }
  for (int64_t i = 0; i < plan.n; ++i) {
    ahead->Fetch();
    for (int v = 0; v < in.vectors(); ++v) {
      if (in.IsFar()) in.Prefetch(v, i);
      StoreComplex(in.Load(v, i), data + v * stride, i);
    }
  }
  return false;
}

// The mirror of it, where the first pass of `plan` is still to be run back if `own`.
template <class S, class Out>
HWY_NOINLINE void RunLastPass(const FftPlan<S>& plan, bool own, S* data, int64_t stride,
                              const Out out, Ahead* ahead) {
  if (own && !out.IsFar()) {
    return WithRadix(plan.pass[0].radix, [&](auto radix) HWY_ATTR {
      constexpr int R = decltype(radix)::value;
      if constexpr (R > 1) Recombine<R>(plan.pass[0], data, stride, out, ahead);
    });
  }
  // Many lines at once, often of one set of the cache, would be slower than one at a time.
  for (int v = 0; v < out.vectors() && own; ++v) {
    RunPass<false>(plan.pass[0], 1, data + v * stride, static_cast<S*>(nullptr), ahead);
  }
  for (int64_t i = 0; i < plan.n; ++i) {
    for (int v = 0; v < out.vectors(); ++v) {
      if (out.IsFar()) out.Prefetch(v, i);
      out.Store(LoadComplex(data + v * stride, i), v, i);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
