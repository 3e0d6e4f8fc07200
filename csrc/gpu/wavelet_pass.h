// The kernels of one axis of a wavelet's map, with p = first + stride o + step
// t of an entry (o, t), extended beyond the signal (gpu/wavelet_axis.h):
//
//   analysis    c[b, l, o, q] = sum_t f[b][t] x[l, p, q]
//   synthesis   x[l, i, q] = sum_b sum_{o, t: p = i} f[b][t] c[b, l, o, q]
//
// Filters and virtual samples stand in shared memory. What is filtered comes
// through the caches: of F taps, F / 2 coefficients take the same sample.
// Threads of one block find it in L1, those of others in L2, which gives it
// about (F + 2 r) / 2 r times to blocks of r rows. By arithmetic (none of it is
// measured, bench/gpu_model.py) DRAM is the limit of short filters as long as a
// thread takes few instructions for each sample. So most rows, those that meet
// real samples and coefficients alone, have blocks of their own, which ask
// nothing for each tap. Places are numbers of 32 bits. Where channels allow it,
// a thread takes 16 bytes of neighbours. A synthesis takes two samples at once,
// for which it reads the same coefficients.
#pragma once

#include <cstdint>
#include <type_traits>

#include "gpu/pack.h"
#include "gpu/wavelet_axis.h"
#include "gpu/wavelet_places.h"

namespace spectral_ops::gpu {

// What both directions take but their tensors; a position is of kWide columns.
template <class S, int kWide>
struct WaveletLaunch {
  // Taps whose loads go out together.
  static constexpr int kTaps = kWide > 1 ? 2 : 4;

  WaveletStencil stencil;
  RowRange plain;
  PositionGrid within;   // of plain rows
  PositionGrid borders;  // of the others, in blocks behind those of plain ones
  int64_t blocks_within = 0;
  BandPlaces places;
  const S* filter = nullptr;  // [2, taps]

  void Spread(int64_t lines, int32_t rows, int64_t inner, int64_t processors) {
    within = SpreadPositions(lines, plain.size(), inner / kWide, processors);
    borders = SpreadPositions(lines, rows - plain.size(), inner / kWide, processors);
    blocks_within = within.blocks();
  }
  Grid grid() const {
    return {blocks_within + borders.blocks(), TapBytes<S>(stencil) + VirtualBytes(stencil)};
  }
  SPECTRAL_OPS_DEVICE int32_t inner() const { return within.inner.value() * kWide; }

  // Calls take(t, position) for the plain rows of a block, or border(t, position). Its shared
  // memory is filled.
  template <class Block, class Take, class Border>
  SPECTRAL_OPS_DEVICE void ForPositions(Block& block, const Take& take,
                                        const Border& border) const {
    FillTaps(block, stencil, filter, block.template shared<Tap<S>>(0));
    if (block.index() < blocks_within) {
      block.Sync();
      Visit(block, within, block.index(), [&](int t, PositionGrid::Position at) {
        at.row += plain.begin;
        take(t, at);
      });
      return;
    }
    FillVirtuals(block, stencil, Virtuals(block));
    block.Sync();
    Visit(block, borders, block.index() - blocks_within, [&](int t, PositionGrid::Position at) {
      at.row = plain.Outside(at.row);
      border(t, at);
    });
  }
  template <class Block>
  SPECTRAL_OPS_DEVICE auto Virtuals(Block& block) const {
    return block.template shared<RealSample>(TapBytes<S>(stencil));
  }

 private:
  template <class Block, class Take>
  SPECTRAL_OPS_DEVICE static void Visit(Block& block, const PositionGrid& grid, int64_t index,
                                        const Take& take) {
    block.Threads([&](int t) {
      const int32_t end = grid.End(index);
      const int32_t row_of_group = grid.RowOfGroup(t);
      SPECTRAL_OPS_NO_UNROLL
      for (int32_t f = grid.First(index, t); f < end; f += grid.stride()) {
        PositionGrid::Position at = grid.Of(f, row_of_group);
        at.q *= kWide;
        if (at.row < grid.rows) take(t, at);
      }
    });
  }
};

// Calls add(k, count) for taps k .. k + count - 1 of `taps`, kAtOnce of them as long as there are
// so many, then pairs.
template <int kAtOnce, class Add>
SPECTRAL_OPS_DEVICE void ForTapPairs(int32_t taps, const Add& add) {
  int32_t k = 0;
  SPECTRAL_OPS_NO_UNROLL
  for (; k + kAtOnce <= taps; k += kAtOnce) add(k, std::integral_constant<int, kAtOnce>());
  if constexpr (kAtOnce > 2) {
    // A branch costs less than instructions that do nothing.
    SPECTRAL_OPS_NO_UNROLL
    for (; k < taps; k += 2) add(k, std::integral_constant<int, 2>());
  }
}

template <class In, class Out, int kWide>
struct AnalyzeAxis {
  using S = ComputeType<In>;
  using Launch = WaveletLaunch<S, kWide>;

  Launch launch;
  const In* x = nullptr;  // [lines, n, inner]
  Out* bands = nullptr;

  Grid grid() const { return launch.grid(); }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const WaveletStencil& s = launch.stencil;
    const int32_t inner = launch.inner();
    const auto pairs = block.template shared<TapPair<S>>(0);
    const auto line = [&](const PositionGrid::Position& at) {
      return x + (at.line * s.n * inner + at.q);
    };
    const auto place = [&](const PositionGrid::Position& at) {
      return bands + launch.places.Place(at.line, at.q) + launch.places.Row(at.row);
    };
    const auto take = [&](int t, const PositionGrid::Position& at) {
      const In* from = line(at) + static_cast<int32_t>(s.Sample(at.row, 0)) * inner;
      Out* to = place(at);
      const int32_t jump = s.step * inner;
      Pack<S, kWide> lo = {};
      Pack<S, kWide> hi = {};
      ForTapPairs<Launch::kTaps>(s.taps, [&](int32_t k, auto count) {
        constexpr int kCount = decltype(count)::value;
        Pack<In, kWide> sample[kCount];
        SPECTRAL_OPS_UNROLL
        for (int i = 0; i < kCount; ++i, from += jump) sample[i] = LoadPack<kWide>(from);
        SPECTRAL_OPS_UNROLL
        for (int i = 0; i < kCount; i += 2) {
          const TapPair<S> pair = pairs.Load(t, (k + i) / 2);
          SPECTRAL_OPS_UNROLL
          for (int v = 0; v < 2 * kWide; ++v) {
            const Tap<S> tap = pair.tap[v / kWide];
            const S value = Read(sample[i + v / kWide].value[v % kWide]);
            lo.value[v % kWide] += tap.lo * value;
            hi.value[v % kWide] += tap.hi * value;
          }
        }
      });
      StorePack(to, Written<Out>(lo));
      StorePack(to + launch.places.band_step, Written<Out>(hi));
    };
    launch.ForPositions(block, take, [&](int t, const PositionGrid::Position& at) {
      TakeBorder(block, t, line(at), at.row, place(at));
    });
  }

 private:
  template <class Block>
  SPECTRAL_OPS_DEVICE void TakeBorder(Block& block, int t, const In* line, int32_t row,
                                      Out* to) const {
    const auto taps = block.template shared<Tap<S>>(0);
    Pack<S, kWide> lo = {};
    Pack<S, kWide> hi = {};
    WalkSamples<0, kWide>(launch.stencil, t, launch.Virtuals(block), line, launch.inner(), row, 0,
                          launch.stencil.taps, [&](int32_t k, const Pack<S, kWide>& sample) {
                            const Tap<S> tap = taps.Load(t, k);
                            SPECTRAL_OPS_UNROLL
                            for (int v = 0; v < kWide; ++v) {
                              lo.value[v] += tap.lo * sample.value[v];
                              hi.value[v] += tap.hi * sample.value[v];
                            }
                          });
    StorePack(to, Written<Out>(lo));
    StorePack(to + launch.places.band_step, Written<Out>(hi));
  }
};

// A sample takes what meets it, and what meets the virtual samples that it
// stands for.
template <class In, class Out, int kWide>
struct SynthesizeAxis {
  using S = ComputeType<In>;
  using Launch = WaveletLaunch<S, kWide>;

  Launch launch;
  SampleRows rows;
  const In* bands = nullptr;
  Out* x = nullptr;  // [lines, n, inner]

  Grid grid() const { return launch.grid(); }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const WaveletStencil& s = launch.stencil;
    const int32_t inner = launch.inner();
    const auto place = [&](const PositionGrid::Position& at) {
      return bands + launch.places.Place(at.line, at.q);
    };
    const auto line = [&](const PositionGrid::Position& at) {
      return x + (at.line * s.n * inner + at.q);
    };
    const auto take = [&](int t, const PositionGrid::Position& at) {
      const In* from = place(at) + launch.places.Row(rows.start + at.row);
      Out* to = line(at) + (rows.low + s.stride * at.row) * inner;
      const int32_t jump = -s.step * static_cast<int32_t>(launch.places.row_step);
      if (s.stride == 1) return TakeSample(block, t, from, jump, to);
      const auto pairs = block.template shared<TapPair<S>>(0);
      Pack<S, kWide> sum[2] = {};
      ForTapPairs<Launch::kTaps>(s.taps, [&](int32_t k, auto count) {
        constexpr int kCount = decltype(count)::value / 2;
        Pack<In, kWide> c[kCount][2];
        SPECTRAL_OPS_UNROLL
        for (int i = 0; i < kCount; ++i, from += jump) {
          c[i][0] = LoadPack<kWide>(from);
          c[i][1] = LoadPack<kWide>(from + launch.places.band_step);
        }
        SPECTRAL_OPS_UNROLL
        for (int i = 0; i < kCount; ++i) {
          const TapPair<S> pair = pairs.Load(t, k / 2 + i);
          SPECTRAL_OPS_UNROLL
          for (int v = 0; v < 2 * kWide; ++v) {
            const Tap<S> tap = pair.tap[v / kWide];
            S& to_add = sum[v / kWide].value[v % kWide];
            to_add += tap.lo * Read(c[i][0].value[v % kWide]);
            to_add += tap.hi * Read(c[i][1].value[v % kWide]);
          }
        }
      });
      const int32_t up = s.step > 0 ? 0 : inner;
      StorePack(to + up, Written<Out>(sum[0]));
      StorePack(to + (inner - up), Written<Out>(sum[1]));
    };
    launch.ForPositions(block, take, [&](int t, const PositionGrid::Position& at) {
      TakeBorder(block, t, place(at), rows.low + s.stride * at.row, line(at));
    });
  }

 private:
  // Of a stride of one.
  template <class Block>
  SPECTRAL_OPS_DEVICE void TakeSample(Block& block, int t, const In* from, int32_t jump,
                                      Out* to) const {
    const auto taps = block.template shared<Tap<S>>(0);
    Pack<S, kWide> sum = {};
    SPECTRAL_OPS_NO_UNROLL
    for (int32_t k = 0; k < launch.stencil.taps; ++k, from += jump) {
      AddCoefficients(taps.Load(t, k), from, &sum);
    }
    StorePack(to, Written<Out>(sum));
  }

  // Samples `low` on, as many as the stride, of columns that begin at `from` and `to`.
  template <class Block>
  SPECTRAL_OPS_DEVICE void TakeBorder(Block& block, int t, const In* from, int32_t low,
                                      Out* to) const {
    const WaveletStencil& s = launch.stencil;
    const auto taps = block.template shared<Tap<S>>(0);
    const auto virtuals = launch.Virtuals(block);
    SPECTRAL_OPS_NO_UNROLL
    for (int32_t i = low; i < low + s.stride; ++i) {
      if (i < 0 || i >= s.n) continue;
      // What meets sample i, then each virtual one that it stands for. Extensions reach no further
      // into a signal than its filter.
      const bool near = i < s.taps || i >= s.n - s.taps;
      const int32_t slots = near ? s.virtuals() * s.slots : 0;
      Pack<S, kWide> total = {};
      SPECTRAL_OPS_NO_UNROLL
      for (int32_t slot = -1; slot < slots; ++slot) {
        int32_t p = i;
        S weight = 1;
        if (slot >= 0) {
          const RealSample real = virtuals.Load(t, slot);
          if (real.place != i) continue;
          p = s.VirtualSample(slot / s.slots);
          weight = static_cast<S>(real.weight);
        }
        Pack<S, kWide> sum = {};
        ForCoefficients(s, p, [&](int32_t k, int32_t o) {
          AddCoefficients(taps.Load(t, k), from + launch.places.Row(o), &sum);
        });
        SPECTRAL_OPS_UNROLL
        for (int v = 0; v < kWide; ++v) total.value[v] += weight * sum.value[v];
      }
      StorePack(to + i * launch.inner(), Written<Out>(total));
    }
  }

  // Of both bands.
  SPECTRAL_OPS_DEVICE void AddCoefficients(const Tap<S>& tap, const In* from,
                                           Pack<S, kWide>* sum) const {
    const Pack<In, kWide> lo = LoadPack<kWide>(from);
    const Pack<In, kWide> hi = LoadPack<kWide>(from + launch.places.band_step);
    SPECTRAL_OPS_UNROLL
    for (int v = 0; v < kWide; ++v) {
      sum->value[v] += tap.lo * Read(lo.value[v]);
      sum->value[v] += tap.hi * Read(hi.value[v]);
    }
  }
};

}  // namespace spectral_ops::gpu
