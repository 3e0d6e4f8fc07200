// The kernels of one axis of a wavelet's map, with p = first + stride o + step
// t of an entry (o, t), extended beyond the signal (gpu/wavelet_axis.h):
//
//   analysis    c[b, l, o, q] = sum_t f[b][t] x[l, p, q]
//   synthesis   x[l, i, q] = sum_b sum_{o, t: p = i} f[b][t] c[b, l, o, q]
//
// Filters and virtual samples stand in shared memory. What is filtered comes
// through the caches: of F taps, F / 2 coefficients take the same sample.
// Threads of one block find it in L1, those of others in L2, which gives it
// about (F + 2 r) / 2 r times to blocks of r rows. A tap costs a warp one load
// of a sample and, of a pair of taps, one of shared memory. So by arithmetic
// (none of it is measured) DRAM is the limit up to about 16 taps, and tiles of
// samples would only help longer filters.
#pragma once

#include <cstdint>

#include "gpu/wavelet_axis.h"

namespace spectral_ops::gpu {

// What both directions take but their tensors.
template <class S>
struct WaveletLaunch {
  WaveletStencil stencil;
  PositionGrid positions;
  BandPlaces places;
  const S* filter = nullptr;  // [2, taps]

  Grid grid() const { return {positions.blocks(), TapBytes<S>(stencil) + VirtualBytes(stencil)}; }

  // Calls take(t, position, taps, virtuals) for the positions of a block.
  template <class Block, class Take>
  SPECTRAL_OPS_DEVICE void ForPositions(Block& block, const Take& take) const {
    const auto taps = block.template shared<Tap<S>>(0);
    const auto virtuals = block.template shared<RealSample>(TapBytes<S>(stencil));
    FillTaps(block, stencil, filter, taps);
    FillVirtuals(block, stencil, virtuals);
    block.Sync();
    block.Threads([&](int t) {
      PositionGrid::Position at;
      for (int32_t round = 0; round < positions.rounds; ++round) {
        if (positions.Find(block.index(), round, t, &at)) take(t, at, taps, virtuals);
      }
    });
  }
};

template <class In, class Out>
struct AnalyzeAxis {
  using S = ComputeType<In>;

  WaveletLaunch<S> launch;
  const In* x = nullptr;  // [lines, n, inner]
  Out* bands = nullptr;

  Grid grid() const { return launch.grid(); }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const WaveletStencil& s = launch.stencil;
    const BandPlaces& places = launch.places;
    const int64_t inner = launch.positions.inner.value();
    launch.ForPositions(block, [&](int t, const PositionGrid::Position& at, const auto& taps,
                                   const auto& virtuals) {
      const In* line = x + int64_t{at.line} * s.n * inner + at.q;
      S lo = 0;
      S hi = 0;
      ForSamples<0>(s, t, virtuals, line, inner, at.row, 0, s.taps, [&](int32_t k, S sample) {
        const Tap<S> tap = taps.Load(t, k);
        lo += tap.lo * sample;
        hi += tap.hi * sample;
      });
      Out* to = bands + places.Place(at.line, at.q) + at.row * places.row_step;
      to[0] = Write<Out>(lo);
      to[places.band_step] = Write<Out>(hi);
    });
  }
};

// A sample takes what meets it, and what meets the virtual samples that it
// stands for.
template <class In, class Out>
struct SynthesizeAxis {
  using S = ComputeType<In>;

  WaveletLaunch<S> launch;
  const In* bands = nullptr;
  Out* x = nullptr;  // [lines, n, inner]

  Grid grid() const { return launch.grid(); }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const WaveletStencil& s = launch.stencil;
    const BandPlaces& places = launch.places;
    const int64_t inner = launch.positions.inner.value();
    launch.ForPositions(block, [&](int t, const PositionGrid::Position& at, const auto& taps,
                                   const auto& virtuals) {
      const In* from = bands + places.Place(at.line, at.q);
      const auto meet = [&](int32_t p) {
        S sum = 0;
        ForCoefficients(s, p, [&](int32_t k, int32_t o) {
          const Tap<S> tap = taps.Load(t, k);
          const In* c = from + o * places.row_step;
          sum += tap.lo * Read(c[0]);
          sum += tap.hi * Read(c[places.band_step]);
        });
        return sum;
      };
      S sum = meet(at.row);
      // Extensions reach no further into a signal than its filter.
      if (at.row < s.taps || at.row >= s.n - s.taps) {
        for (int32_t slot = 0; slot < s.virtuals() * s.slots; ++slot) {
          const RealSample real = virtuals.Load(t, slot);
          if (real.place != at.row) continue;
          sum += static_cast<S>(real.weight) * meet(s.VirtualSample(slot / s.slots));
        }
      }
      x[(int64_t{at.line} * s.n + at.row) * inner + at.q] = Write<Out>(sum);
    });
  }
};

}  // namespace spectral_ops::gpu
