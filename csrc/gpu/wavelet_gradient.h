// The gradient of a wavelet's filters on one axis, with p = first + stride o +
// step t extended beyond the signal (gpu/wavelet_axis.h):
//
//   grad[b][t] = sum over lines l, columns q and coefficients o of x[l, p, q]
//   c[b, l, o, q]
//
// Sums are doubles, in an order that the shape alone decides.
#pragma once

#include <cstdint>

#include "gpu/wavelet_axis.h"
#include "gpu/wavelet_places.h"

namespace spectral_ops::gpu {

// partial[slice] (+)= the sum over a slice of the positions. A block takes a
// few taps of a slice, a thread every 256th position of it.
template <class S, int kTaps>
struct SumFilterProducts {
  static constexpr int kSums = 2 * kTaps;            // of a thread
  static constexpr int kStrands = kThreads / kSums;  // that add up one of them
  static constexpr int64_t kSumBytes = sizeof(double);

  WaveletStencil stencil;
  RowRange plain;
  PositionGrid positions;  // of coefficients, rows by themselves
  BandPlaces places;
  int32_t slices = 1;
  bool accumulate = false;
  const S* x = nullptr;  // [lines, n, inner]
  const S* bands = nullptr;
  double* partial = nullptr;  // [slices, 2, taps]

  Grid grid() const {
    return {slices * CeilDiv(stencil.taps, kTaps),
            VirtualBytes(stencil) + static_cast<size_t>((kSums + 1) * kThreads * kSumBytes)};
  }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const WaveletStencil& s = stencil;
    const auto virtuals = block.template shared<RealSample>(0);
    const auto sums = block.template shared<double>(VirtualBytes(s));
    const auto strands =
        block.template shared<double>(VirtualBytes(s) + kSums * kThreads * kSumBytes);
    const int64_t tiles = CeilDiv(s.taps, kTaps);
    const int64_t slice = block.index() / tiles;
    const auto first_tap = static_cast<int32_t>(block.index() % tiles) * kTaps;
    const int32_t taps = s.taps - first_tap < kTaps ? s.taps - first_tap : kTaps;
    FillVirtuals(block, s, virtuals);
    block.Sync();
    block.Threads([&](int t) {
      double sum[2][kTaps] = {};
      const auto end = static_cast<int32_t>(positions.count * (slice + 1) / slices);
      for (auto f = static_cast<int32_t>(positions.count * slice / slices) + t; f < end;
           f += kThreads) {
        const PositionGrid::Position at = positions.Of(f, 0);
        const int32_t inner = positions.inner.value();
        const S* line = x + (at.line * s.n * inner + at.q);
        const S* c = bands + places.Place(at.line, at.q) + places.Row(at.row);
        const S lo = c[0];
        const S hi = c[places.band_step];
        const auto add = [&](int k, S sample) {
          sum[0][k] += static_cast<double>(lo) * static_cast<double>(sample);
          sum[1][k] += static_cast<double>(hi) * static_cast<double>(sample);
        };
        if (!plain.Has(at.row)) {
          WalkSamples<kTaps, 1>(s, t, virtuals, line, inner, at.row, first_tap, taps,
                                [&](int k, const Pack<S, 1>& pack) { add(k, pack.value[0]); });
          continue;
        }
        // All loads go out before the first sum.
        const S* from = line + static_cast<int32_t>(s.Sample(at.row, first_tap)) * inner;
        const int32_t jump = s.step * inner;
        S sample[kTaps];
        SPECTRAL_OPS_UNROLL
        for (int k = 0; k < kTaps; ++k, from += jump) sample[k] = k < taps ? *from : 0;
        SPECTRAL_OPS_UNROLL
        for (int k = 0; k < kTaps; ++k) {
          if (k < taps) add(k, sample[k]);
        }
      }
      SPECTRAL_OPS_UNROLL
      for (int k = 0; k < kTaps; ++k) {
        sums.Store(t, k * kThreads + t, sum[0][k]);
        sums.Store(t, (kTaps + k) * kThreads + t, sum[1][k]);
      }
    });
    block.Sync();
    block.Threads([&](int t) {
      double sum = 0;
      for (int i = t % kStrands; i < kThreads; i += kStrands) {
        sum += sums.Load(t, t / kStrands * kThreads + i);
      }
      strands.Store(t, t, sum);
    });
    block.Sync();
    block.Threads([&](int t) {
      const int k = t % kTaps;
      if (t >= kSums || k >= taps) return;
      double* to = partial + (2 * slice + t / kTaps) * s.taps + first_tap + k;
      double sum = accumulate ? *to : 0;
      for (int i = 0; i < kStrands; ++i) sum += strands.Load(t, t * kStrands + i);
      *to = sum;
    });
  }
};

// grad = the sum of partial[slice], in an order of its own. A block takes one tap of one band.
template <class S>
struct FinishFilterGradient {
  static constexpr int kStrands = 16;

  int64_t taps = 2;
  int64_t slices = 0;
  const double* partial = nullptr;  // [slices, 2, taps]
  S* grad = nullptr;                // [2, taps]

  Grid grid() const { return {2 * taps, (kThreads + kStrands) * sizeof(double)}; }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const auto sums = block.template shared<double>(0);
    const auto strands = block.template shared<double>(kThreads * sizeof(double));
    block.Threads([&](int t) {
      double sum = 0;
      for (int64_t i = t; i < slices; i += kThreads) sum += partial[i * 2 * taps + block.index()];
      sums.Store(t, t, sum);
    });
    block.Sync();
    block.Threads([&](int t) {
      if (t >= kStrands) return;
      double sum = 0;
      for (int i = t; i < kThreads; i += kStrands) sum += sums.Load(t, i);
      strands.Store(t, t, sum);
    });
    block.Sync();
    block.Threads([&](int t) {
      if (t > 0) return;
      double sum = 0;
      for (int i = 0; i < kStrands; ++i) sum += strands.Load(t, i);
      grad[block.index()] = static_cast<S>(sum);
    });
  }
};

}  // namespace spectral_ops::gpu
