// The butterflies of FFTs upon complex vectors: z[k] = sum_j x[j] exp(-+2 pi i j k / R), in
// registers.
#pragma once

#include <cstdint>

#include "cpu/base/vector-inl.h"
#include "cpu/fft/complex-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// cos and sin of 2 pi j / R for the odd radices that have their own code.
template <int R>
struct OddRoots;
template <>
struct OddRoots<3> {
  static constexpr double kCos[] = {-0.5};
  static constexpr double kSin[] = {0.86602540378443864676};
};
template <>
struct OddRoots<5> {
  static constexpr double kCos[] = {0.30901699437494742410, -0.80901699437494742410};
  static constexpr double kSin[] = {0.95105651629515357212, 0.58778525229247312917};
};
template <>
struct OddRoots<7> {
  static constexpr double kCos[] = {0.62348980185873353053, -0.22252093395631440429,
                                    -0.90096886790241912624};
  static constexpr double kSin[] = {0.78183148246802980871, 0.97492791218182360702,
                                    0.43388373911755812048};
};
template <>
struct OddRoots<11> {
  static constexpr double kCos[] = {0.84125353283118116886, 0.41541501300188642553,
                                    -0.14231483827328514044, -0.65486073394528506406,
                                    -0.95949297361449738989};
  static constexpr double kSin[] = {0.54064081745559758211, 0.90963199535451837141,
                                    0.98982144188093273238, 0.75574957435425828378,
                                    0.28173255684142969771};
};
template <>
struct OddRoots<13> {
  static constexpr double kCos[] = {0.88545602565320989590,  0.56806474673115580251,
                                    0.12053668025532305335,  -0.35460488704253562597,
                                    -0.74851074817110109863, -0.97094181742605202716};
  static constexpr double kSin[] = {0.46472317204376854566, 0.82298386589365639458,
                                    0.99270887409805399280, 0.93501624268541482344,
                                    0.66312265824079520238, 0.23931566428755776715};
};

// z[k] = sum_j x[j] exp(-+2 pi i j k / R), in place.
template <int R, bool kForward, class S>
struct Butterfly {  // odd R, folded: sums meet cosines, differences sines
  static HWY_INLINE void Run(Complex<S> (&x)[R]) {
    constexpr int kHalf = (R - 1) / 2;
    const Simd<S> d;
    Complex<S> sum[kHalf];
    Complex<S> difference[kHalf];
    const Complex<S> first = x[0];
#pragma GCC unroll 16
    for (int j = 0; j < kHalf; ++j) {
      sum[j] = Add(x[j + 1], x[R - 1 - j]);
      difference[j] = Sub(x[j + 1], x[R - 1 - j]);
      x[0] = Add(x[0], sum[j]);
    }
#pragma GCC unroll 16
    for (int k = 1; k <= kHalf; ++k) {
      Complex<S> even = first;
      Complex<S> odd = {hn::Zero(d), hn::Zero(d)};
#pragma GCC unroll 16
      for (int j = 1; j <= kHalf; ++j) {
        const int turn = j * k % R;
        const bool low = turn <= kHalf;
        const int at = (low ? turn : R - turn) - 1;
        const auto c = hn::Set(d, static_cast<S>(OddRoots<R>::kCos[at]));
        const auto s =
            hn::Set(d, static_cast<S>(low ? OddRoots<R>::kSin[at] : -OddRoots<R>::kSin[at]));
        even = {hn::MulAdd(c, sum[j - 1].re, even.re), hn::MulAdd(c, sum[j - 1].im, even.im)};
        odd = {hn::MulAdd(s, difference[j - 1].re, odd.re),
               hn::MulAdd(s, difference[j - 1].im, odd.im)};
      }
      x[k] = AddQuarter<kForward>(even, odd);
      x[R - k] = SubQuarter<kForward>(even, odd);
    }
  }
};

template <bool kForward, class S>
struct Butterfly<1, kForward, S> {
  static HWY_INLINE void Run(Complex<S> (&)[1]) {}
};

template <bool kForward, class S>
struct Butterfly<2, kForward, S> {
  static HWY_INLINE void Run(Complex<S> (&x)[2]) {
    const Complex<S> a = x[0];
    x[0] = Add(a, x[1]);
    x[1] = Sub(a, x[1]);
  }
};

template <bool kForward, class S>
struct Butterfly<4, kForward, S> {
  static HWY_INLINE void Run(Complex<S> (&x)[4]) {
    const Complex<S> a = Add(x[0], x[2]);
    const Complex<S> b = Sub(x[0], x[2]);
    const Complex<S> c = Add(x[1], x[3]);
    const Complex<S> e = Sub(x[1], x[3]);
    x[0] = Add(a, c);
    x[1] = AddQuarter<kForward>(b, e);
    x[2] = Sub(a, c);
    x[3] = SubQuarter<kForward>(b, e);
  }
};

template <bool kForward, class S>
struct Butterfly<8, kForward, S> {
  static HWY_INLINE void Run(Complex<S> (&x)[8]) {
    Complex<S> even[4] = {x[0], x[2], x[4], x[6]};
    Complex<S> odd[4] = {x[1], x[3], x[5], x[7]};
    Butterfly<4, kForward, S>::Run(even);
    Butterfly<4, kForward, S>::Run(odd);
    // Turns by 1/8, 2/8 and 3/8; the factor of the first and the last comes with the sums.
    const auto half = hn::Set(Simd<S>(), static_cast<S>(0.70710678118654752440));
    const Complex<S> one = AddQuarter<kForward>(odd[1], odd[1]);
    const Complex<S> three = AddQuarter<kForward>(odd[3], odd[3]);
    x[0] = Add(even[0], odd[0]);
    x[4] = Sub(even[0], odd[0]);
    AddAndSub<S>(even[1], half, one, &x[1], &x[5]);
    x[2] = AddQuarter<kForward>(even[2], odd[2]);
    x[6] = SubQuarter<kForward>(even[2], odd[2]);
    AddAndSubQuarter<kForward, S>(even[3], half, three, &x[3], &x[7]);
  }
};

// Twice an odd radix: no turns between the two, whose inputs and outputs are reordered instead.
// Source: Good, J. Royal Statistical Society B 20 (1958), 361-372.
template <int kOdd, bool kForward, class S>
struct TwiceOddButterfly {
  static HWY_INLINE void Run(Complex<S> (&x)[2 * kOdd]) {
    constexpr int R = 2 * kOdd;
    Complex<S> a[kOdd];
    Complex<S> b[kOdd];
#pragma GCC unroll 16
    for (int j = 0; j < kOdd; ++j) {
      a[j] = x[2 * j];
      b[j] = x[(2 * j + kOdd) % R];
    }
    Butterfly<kOdd, kForward, S>::Run(a);
    Butterfly<kOdd, kForward, S>::Run(b);
#pragma GCC unroll 16
    for (int k = 0; k < kOdd; ++k) {
      x[(kOdd + 1) * k % R] = Add(a[k], b[k]);
      x[((kOdd + 1) * k + kOdd) % R] = Sub(a[k], b[k]);
    }
  }
};
template <bool kForward, class S>
struct Butterfly<6, kForward, S> : TwiceOddButterfly<3, kForward, S> {};
template <bool kForward, class S>
struct Butterfly<10, kForward, S> : TwiceOddButterfly<5, kForward, S> {};

// Outputs of a butterfly of any radix that run side by side, with 4 sums in registers for each.
#if HWY_TARGET <= HWY_AVX3
constexpr int kOutputs = 4;
#else
constexpr int kOutputs = 2;
#endif

// Any odd radix, from folded samples: the sums of z[j] + z[radix - j] stand at j, the turned
// differences at radix - j. Samples from `terms` + 1 on are zero, but for their mirrors.
template <class S>
struct AnyButterfly {
  const S* folded;  // sample j at j * step
  int64_t step;
  int64_t radix;
  const S* table;  // [half, half, 2], cpu/fft/fft.h
  int64_t terms;   // at most half
  Complex<S> first;

  // Calls store(q, z) for the outputs 1 .. reach and their mirrors, and maybe for others.
  template <class Store>
  HWY_INLINE void RunAll(int64_t reach, const Store& store) const {
    int64_t q = 1;
    for (; q + kOutputs - 1 <= reach; q += kOutputs) Run<kOutputs>(q, store);
    RunRest<kOutputs - 1>(q, reach, store);
  }

 private:
  // The outputs from q to reach, at most Q.
  template <int Q, class Store>
  HWY_INLINE void RunRest(int64_t q, int64_t reach, const Store& store) const {
    if constexpr (Q > 0) {
      if (reach - q + 1 == Q) {
        Run<Q>(q, store);
      } else {
        RunRest<Q - 1>(q, reach, store);
      }
    }
  }

  // Outputs q .. q + Q - 1 and their mirrors: sums meet cosines, differences sines.
  template <int Q, class Store>
  HWY_INLINE void Run(int64_t q, const Store& store) const {
    const Simd<S> d;
    const int64_t half = (radix - 1) / 2;
    const S* rows[Q];
    Complex<S> even[Q];
    Complex<S> odd[Q];
#pragma GCC unroll 16
    for (int u = 0; u < Q; ++u) {
      rows[u] = table + 2 * half * (q - 1 + u);
      even[u] = first;
      odd[u] = {hn::Zero(d), hn::Zero(d)};
    }
    for (int64_t j = 1; j <= terms; ++j) {
      const Complex<S> sum = LoadComplex(folded, j * step);
      const Complex<S> difference = LoadComplex(folded, (radix - j) * step);
#pragma GCC unroll 16
      for (int u = 0; u < Q; ++u) {
        const auto c = hn::Set(d, rows[u][2 * j - 2]);
        const auto s = hn::Set(d, rows[u][2 * j - 1]);
        even[u] = {hn::MulAdd(c, sum.re, even[u].re), hn::MulAdd(c, sum.im, even[u].im)};
        odd[u] = {hn::MulAdd(s, difference.re, odd[u].re), hn::MulAdd(s, difference.im, odd[u].im)};
      }
    }
#pragma GCC unroll 16
    for (int u = 0; u < Q; ++u) {
      store(q + u, Add(even[u], odd[u]));
      store(radix - q - u, Sub(even[u], odd[u]));
    }
  }
};

// A butterfly of real samples, odd R: even sums of what is folded meet cosines, differences sines.
// Outputs q and R - q are even -+ i odd; the way back takes twice the parts of each output, and
// gives samples j and R - j as even -+ odd.
template <int R, class S>
struct RealButterfly {
  static constexpr int kHalf = (R - 1) / 2;
  Vector<S> first;
  Vector<S> total;
  Vector<S> sum[kHalf + 1];
  Vector<S> difference[kHalf + 1];

  HWY_INLINE void Start(Vector<S> x) { first = total = x; }
  HWY_INLINE void Fold(int j, Vector<S> plus, Vector<S> minus) {
    sum[j] = plus;
    difference[j] = minus;
    total = hn::Add(total, plus);
  }
  template <class Store>
  HWY_INLINE void Run(const Store& store) const {
    const Simd<S> d;
#pragma GCC unroll 16
    for (int q = 1; q <= kHalf; ++q) {
      auto even = first;
      auto odd = hn::Zero(d);
#pragma GCC unroll 16
      for (int j = 1; j <= kHalf; ++j) {
        const int turn = j * q % R;
        const bool low = turn <= kHalf;
        const int at = (low ? turn : R - turn) - 1;
        const double sine = low ? OddRoots<R>::kSin[at] : -OddRoots<R>::kSin[at];
        even = hn::MulAdd(hn::Set(d, static_cast<S>(OddRoots<R>::kCos[at])), sum[j], even);
        odd = hn::MulAdd(hn::Set(d, static_cast<S>(sine)), difference[j], odd);
      }
      store(q, even, odd);
    }
  }
};

// Outputs of a real butterfly of any radix that run side by side, with 2 sums in registers for
// each.
constexpr int kRealOutputs = 2 * kOutputs;

// The same for any odd radix, from folded samples of which the first `terms` count.
template <class S>
struct AnyRealButterfly {
  Vector<S> first;
  const S* folded;  // [half] sums, [half] differences
  int64_t half;
  const S* table;  // [half, half, 2], the cosine and sine of 2 pi q j / radix
  int64_t terms;

  // Calls store(q, even, odd) for the outputs 1 .. count.
  template <class Store>
  HWY_INLINE void RunAll(int64_t count, const Store& store) const {
    int64_t q = 1;
    for (; q + kRealOutputs - 1 <= count; q += kRealOutputs) Run<kRealOutputs>(q, store);
    for (; q + 2 <= count; q += 3) Run<3>(q, store);
    for (; q <= count; ++q) Run<1>(q, store);
  }

 private:
  template <int Q, class Store>
  HWY_INLINE void Run(int64_t q, const Store& store) const {
    const Simd<S> d;
    const S* differences = folded + half * kLanes<S>;
    const S* rows[Q];
    Vector<S> even[Q];
    Vector<S> odd[Q];
#pragma GCC unroll 16
    for (int u = 0; u < Q; ++u) {
      rows[u] = table + 2 * half * (q - 1 + u);
      even[u] = first;
      odd[u] = hn::Zero(d);
    }
    for (int64_t j = 0; j < terms; ++j) {
      const auto sum = hn::LoadU(d, folded + j * kLanes<S>);
      const auto difference = hn::LoadU(d, differences + j * kLanes<S>);
#pragma GCC unroll 16
      for (int u = 0; u < Q; ++u) {
        even[u] = hn::MulAdd(hn::Set(d, rows[u][2 * j]), sum, even[u]);
        odd[u] = hn::MulAdd(hn::Set(d, rows[u][2 * j + 1]), difference, odd[u]);
      }
    }
#pragma GCC unroll 16
    for (int u = 0; u < Q; ++u) store(q + u, even[u], odd[u]);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
