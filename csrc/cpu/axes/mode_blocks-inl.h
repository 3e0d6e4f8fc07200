// One axis between real samples and modes by moments of blocks (cpu/axes/mode_blocks.h).
//
// Samples meet the basis of a block with SIMD lanes along vectors of channels, or, of planes, along
// the samples themselves. Moments of a vector of lanes stand in memory as
// [blocks][kMoments][lanes]; between them and modes its lanes go side by side.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cpu/axes/axis_matrix-inl.h"
#include "cpu/axes/lanes-inl.h"
#include "cpu/axes/mode_blocks.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

static_assert(kBlockStep % kLanes<float> == 0);

// Samples whose moments are summed by themselves, which keeps rounding small.
constexpr int64_t kSamplesPerSum = 64;

// The moments of `samples` samples of V vectors of channels, to moments[v].
template <class L, class S>
HWY_NOINLINE void TakeMoments(const ModeBlocks<S>& axis, const L& lanes, int64_t samples,
                              S* const* moments) {
  constexpr int V = L::kVectors;
  constexpr int kCount = kMoments<S>;
  constexpr int64_t kStep = kLanes<S>;
  const Simd<S> d;
  for (int v = 0; v < V; ++v) {
    for (int k = 0; k < kCount; ++k) hn::StoreU(hn::Zero(d), d, moments[v] + k * kStep);
  }
  for (int64_t first = 0; first < samples; first += kSamplesPerSum) {
    const int64_t end = std::min(first + kSamplesPerSum, samples);
    Vector<S> sums[kCount][V];
#pragma GCC unroll 14
    for (int k = 0; k < kCount; ++k) {
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) sums[k][v] = hn::Zero(d);
    }
    for (int64_t i = first; i < end; ++i) {
      const S* basis = axis.basis + i / kStep * kCount * kStep + i % kStep;
      Vector<S> x[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) {
        __builtin_prefetch(lanes.in[v] + (i + kSamplesAhead) * lanes.in_step);
        x[v] = lanes.Get(v, i);
        sums[0][v] = hn::Add(sums[0][v], x[v]);
      }
#pragma GCC unroll 14
      for (int k = 1; k < kCount; ++k) {
        const auto weight = hn::Set(d, basis[k * kStep]);
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) sums[k][v] = hn::MulAdd(weight, x[v], sums[k][v]);
      }
    }
#pragma GCC unroll 14
    for (int k = 0; k < kCount; ++k) {
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) {
        S* sum = moments[v] + k * kStep;
        hn::StoreU(hn::Add(hn::LoadU(d, sum), sums[k][v]), d, sum);
      }
    }
  }
}

// V vectors of channels from moments[v].
template <class L, class S>
HWY_NOINLINE void PutMoments(const ModeBlocks<S>& axis, const S* const* moments, const L& lanes,
                             StoreWay stores, int64_t samples) {
  constexpr int V = L::kVectors;
  constexpr int kCount = kMoments<S>;
  constexpr int64_t kStep = kLanes<S>;
  const Simd<S> d;
  Vector<S> terms[kCount][V];
#pragma GCC unroll 14
  for (int k = 0; k < kCount; ++k) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) terms[k][v] = hn::LoadU(d, moments[v] + k * kStep);
  }
  for (int64_t i = 0; i < samples; ++i) {
    const S* basis = axis.basis + i / kStep * kCount * kStep + i % kStep;
    Vector<S> y[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) y[v] = terms[0][v];
#pragma GCC unroll 14
    for (int k = 1; k < kCount; ++k) {
      const auto weight = hn::Set(d, basis[k * kStep]);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) y[v] = hn::MulAdd(weight, terms[k][v], y[v]);
    }
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      if (stores == StoreWay::kFar) {
        __builtin_prefetch(lanes.out[v] + (i + kSamplesAhead) * lanes.out_step, 1);
      }
      lanes.Put(y[v], v, i);
    }
  }
}

// The moments of `samples` samples of so many planes, `step` elements apart, whose sums across
// lanes are made at the end. Scratch: [kMoments][lanes] vectors.
template <class T, class S>
HWY_NOINLINE void TakeMomentsAlong(const ModeBlocks<S>& axis, const T* x, int64_t step, int planes,
                                   int64_t samples, S* HWY_RESTRICT scratch, S* moments) {
  constexpr int kCount = kMoments<S>;
  constexpr int64_t kStep = kLanes<S>;
  const Simd<S> d;
  for (int p = 0; p < kStep; ++p) {
    Vector<S> sums[kCount];
#pragma GCC unroll 14
    for (int k = 0; k < kCount; ++k) sums[k] = hn::Zero(d);
    if (p < planes) {
      const S* basis = axis.basis;
      const auto add = [&](Vector<S> z) HWY_ATTR {
        sums[0] = hn::Add(sums[0], z);
#pragma GCC unroll 14
        for (int k = 1; k < kCount; ++k) {
          sums[k] = hn::MulAdd(hn::LoadU(d, basis + k * kStep), z, sums[k]);
        }
        basis += kCount * kStep;
      };
      const T* from = x + p * step;
      int64_t i = 0;
      for (; i + kStep <= samples; i += kStep) {
        __builtin_prefetch(from + i + step);
        add(Load<S, true>(from + i, kStep));
      }
      if (i < samples) add(Load<S, false>(from + i, static_cast<int>(samples - i)));
    }
#pragma GCC unroll 14
    for (int k = 0; k < kCount; ++k) hn::StoreU(sums[k], d, scratch + (k * kStep + p) * kStep);
  }
  for (int k = 0; k < kCount; ++k) {
    Vector<S> square[kLanes<S>];
    for (int p = 0; p < kStep; ++p) square[p] = hn::LoadU(d, scratch + (k * kStep + p) * kStep);
    Transpose<S>(square);
    Vector<S> sum = square[0];
    for (int p = 1; p < kStep; ++p) sum = hn::Add(sum, square[p]);
    hn::StoreU(sum, d, moments + k * kStep);
  }
}

// The same. In short blocks sums across lanes take longer than a transpose.
template <class T, class S>
void TakeMomentsOfPlanes(const ModeBlocks<S>& axis, const T* x, int64_t step, int planes,
                         int64_t samples, S* HWY_RESTRICT scratch, S* moments) {
  if (axis.cut.length >= kLeastAlong) {
    TakeMomentsAlong(axis, x, step, planes, samples, scratch, moments);
    return;
  }
  PackRows(x, step, planes, samples, scratch);
  Lanes<1, true, S, S> lanes;
  lanes.in[0] = scratch;
  lanes.in_step = lanes.count[0] = kLanes<S>;
  TakeMoments(axis, lanes, samples, &moments);
}

// The way back.
template <bool kStreams, class S, class T>
HWY_NOINLINE void PutMomentsOfPlanes(const ModeBlocks<S>& axis, const S* moments, T* y,
                                     int64_t step, int planes, int64_t samples) {
  constexpr int kCount = kMoments<S>;
  constexpr int64_t kStep = kLanes<S>;
  const Simd<S> d;
  for (int p = 0; p < planes; ++p) {
    Vector<S> terms[kCount];
#pragma GCC unroll 14
    for (int k = 0; k < kCount; ++k) terms[k] = hn::Set(d, moments[k * kStep + p]);
    const S* basis = axis.basis;
    const auto next = [&]() HWY_ATTR {
      Vector<S> sum = terms[0];
#pragma GCC unroll 14
      for (int k = 1; k < kCount; ++k) {
        sum = hn::MulAdd(hn::LoadU(d, basis + k * kStep), terms[k], sum);
      }
      basis += kCount * kStep;
      return sum;
    };
    T* to = y + p * step;
    int64_t i = 0;
    for (; i + kStep <= samples; i += kStep) {
      if constexpr (kStreams) {
        StreamLanes<S>(next(), to + i);
      } else {
        StoreLanes<true, S>(next(), to + i, kStep);
      }
    }
    if (i < samples) StoreLanes<false, S>(next(), to + i, static_cast<int>(samples - i));
  }
}

// The modes 0 .. high of a vector of signals whose moments are there.
template <class S>
HWY_NOINLINE void AnalyzeMoments(const ModeBlocks<S>& axis, const S* HWY_RESTRICT moments,
                                 const ComplexRow<S>& out, S* HWY_RESTRICT scratch) {
  constexpr int kCount = kMoments<S>;
  constexpr int64_t kStep = kLanes<S>;
  const Simd<S> d;
  const int64_t half = axis.cut.blocks / 2;
  S* folded = scratch;
  for (int64_t h = 0; h < half; ++h) {
    const S* above = moments + (half + h) * kCount * kStep;
    const S* below = moments + (half - 1 - h) * kCount * kStep;
    for (int k = 0; k < kCount; ++k, folded += 2 * kStep) {
      const auto a = hn::LoadU(d, above + k * kStep);
      const auto b = hn::LoadU(d, below + k * kStep);
      hn::StoreU(hn::Add(a, b), d, folded + k % 2 * kStep);
      hn::StoreU(hn::Sub(a, b), d, folded + (k + 1) % 2 * kStep);
    }
  }
  Ahead none;
  RunBlocks<1>(
      axis.fold, axis.entries, scratch, &none, [](int64_t, auto) {},
      [&](int64_t first, auto count, const auto& sums) HWY_ATTR {
#pragma GCC unroll 8
        for (int r = 0; r < decltype(count)::value; ++r) {
          const S* turn = axis.turns + 4 * (first + r);
          const auto re = sums.part[0][r][0];
          const auto im = sums.part[1][r][0];
          out.Put({hn::MulAdd(re, hn::Set(d, turn[0]), hn::Mul(im, hn::Set(d, turn[1]))),
                   hn::MulSub(im, hn::Set(d, turn[2]), hn::Mul(re, hn::Set(d, turn[3])))},
                  first + r);
        }
      },
      [](auto, const auto&) {});
}

// The moments of a vector of signals from their modes 0 .. high.
template <class S>
HWY_NOINLINE void SynthesizeMoments(const ModeBlocks<S>& axis, const ComplexRow<S>& in,
                                    S* HWY_RESTRICT moments, S* HWY_RESTRICT scratch) {
  constexpr int kCount = kMoments<S>;
  constexpr int64_t kStep = kLanes<S>;
  const Simd<S> d;
  const int64_t half = axis.cut.blocks / 2;
  for (int64_t f = 0; f <= axis.map.high; ++f) {
    const S* turn = axis.turns + 4 * f;
    const Complex<S> z = in.Get(f);
    S* to = scratch + 2 * f * kStep;
    hn::StoreU(hn::MulSub(z.re, hn::Set(d, turn[0]), hn::Mul(z.im, hn::Set(d, turn[3]))), d, to);
    hn::StoreU(hn::MulAdd(z.re, hn::Set(d, turn[1]), hn::Mul(z.im, hn::Set(d, turn[2]))), d,
               to + kStep);
  }
  Ahead none;
  RunBlocks<1>(
      axis.fold, axis.entries, scratch, &none, [](int64_t, auto) {},
      [&](int64_t first, auto count, const auto& sums) HWY_ATTR {
#pragma GCC unroll 8
        for (int r = 0; r < decltype(count)::value; ++r) {
          const int64_t h = (first + r) / kCount;
          const int64_t k = (first + r) % kCount;
          const auto re = sums.part[0][r][0];
          const auto im = sums.part[1][r][0];
          const auto below = hn::Sub(re, im);
          hn::StoreU(hn::Add(re, im), d, moments + ((half + h) * kCount + k) * kStep);
          hn::StoreU(k % 2 == 0 ? below : hn::Neg(below), d,
                     moments + ((half - 1 - h) * kCount + k) * kStep);
        }
      },
      [](auto, const auto&) {});
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
