// One axis of a wavelet's map (core/wavelet.h) as kernels take it: its entries
// without their weights, the virtual samples that extend a signal, and where
// coefficients stand in memory.
//
// Along the axis a tensor of samples is [lines, n, inner], and one of
// coefficients [lines, h, inner] for either band, whose places BandPlaces
// knows. A thread takes one position of one line; neighbours take what is next
// to each other in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/integers.h"
#include "core/memory.h"
#include "core/wavelet.h"
#include "gpu/block.h"
#include "gpu/divider.h"
#include "gpu/element.h"

namespace spectral_ops::gpu {

// Entry (o, t) is of sample first + stride o + step t: modulo `period` of a
// circular axis, else of a virtual sample where that is none of 0 .. n - 1.
// Virtual samples are those before the signal, -1, -2, .., and those behind it,
// n, n + 1, ..; each stands for up to `slots` real ones.
struct WaveletStencil {
  int64_t first = 0;
  int32_t n = 1;
  int32_t h = 1;
  int32_t taps = 2;
  int32_t stride = 1;
  int32_t step = 1;
  int32_t period = 0;  // 0: the axis is not circular
  int32_t before = 0;
  int32_t behind = 0;
  int32_t slots = 0;
  WaveletMode mode = WaveletMode::kZero;

  constexpr int64_t Sample(int32_t o, int32_t t) const {
    return first + int64_t{stride} * o + int64_t{step} * t;
  }
  constexpr int32_t virtuals() const { return before + behind; }
  constexpr int32_t VirtualSample(int32_t v) const {
    return v < before ? -1 - v : n + (v - before);
  }
  constexpr int32_t NumberOfVirtual(int32_t p) const { return p < 0 ? -1 - p : before + (p - n); }
};

inline WaveletStencil MakeStencil(const WaveletAxis& axis) {
  WaveletStencil s;
  s.first = axis.first();
  s.n = static_cast<int32_t>(axis.n);
  s.h = static_cast<int32_t>(axis.h);
  s.taps = static_cast<int32_t>(axis.taps);
  s.stride = static_cast<int32_t>(axis.stride());
  s.step = static_cast<int32_t>(axis.step());
  if (axis.IsCircular()) s.period = axis.rule == WaveletRule::kSwt ? s.n : 2 * s.h;
  s.mode = axis.mode;
  if (axis.rule != WaveletRule::kDwt || axis.mode == WaveletMode::kZero) return s;
  s.slots = axis.mode == WaveletMode::kAntireflect ? 3 : axis.mode == WaveletMode::kSmooth ? 2 : 1;
  s.before = s.period == 0 ? s.taps - 2 : 0;
  s.behind = 2 * s.h - s.n;
  return s;
}

// f[0][t] and f[1][t].
template <class S>
struct alignas(2 * sizeof(S)) Tap {
  S lo;
  S hi;
};

// A real sample that a virtual one stands for, -1 for none; weights are small
// whole numbers.
struct alignas(8) RealSample {
  int32_t place;
  float weight;
};

// The shared memory of a stencil: Tap [taps], RealSample [virtuals, slots].
template <class S>
constexpr size_t TapBytes(const WaveletStencil& s) {
  return AlignUp(static_cast<size_t>(s.taps) * sizeof(Tap<S>));
}
constexpr size_t VirtualBytes(const WaveletStencil& s) {
  return AlignUp(static_cast<size_t>(s.virtuals()) * static_cast<size_t>(s.slots) *
                 sizeof(RealSample));
}

template <class S, class Block, class Shared>
SPECTRAL_OPS_DEVICE void FillTaps(Block& block, const WaveletStencil& s,
                                  const S* filter,  // [2, taps]
                                  const Shared& taps) {
  block.Threads([&](int t) {
    for (int32_t k = t; k < s.taps; k += kThreads) {
      taps.Store(t, k, Tap<S>{filter[k], filter[s.taps + k]});
    }
  });
}

template <class Block, class Shared>
SPECTRAL_OPS_DEVICE void FillVirtuals(Block& block, const WaveletStencil& s,
                                      const Shared& virtuals) {
  block.Threads([&](int t) {
    for (int32_t v = t; v < s.virtuals(); v += kThreads) {
      int32_t at = v * s.slots;
      const int32_t end = at + s.slots;
      ExtendSignal(s.mode, s.n, s.VirtualSample(v), [&](int64_t i, double weight) {
        virtuals.Store(t, at++, RealSample{static_cast<int32_t>(i), static_cast<float>(weight)});
      });
      while (at < end) virtuals.Store(t, at++, RealSample{-1, 0});
    }
  });
}

// p + step, p + 2 step, .., modulo a period if there is one.
struct Walk {
  int32_t at;
  int32_t step;
  int32_t period;

  SPECTRAL_OPS_DEVICE Walk(int64_t from, int32_t by, int32_t modulo) : period(modulo) {
    const auto rest = static_cast<int32_t>(period > 0 ? from % period : from);
    at = period > 0 && rest < 0 ? rest + period : rest;
    step = period > 0 ? by % period : by;
  }
  SPECTRAL_OPS_DEVICE void Next() {
    at += step;
    if (period == 0) return;
    if (at < 0) {
      at += period;
    } else if (at >= period) {
      at -= period;
    }
  }
};

// Whether from, from + step, .., `count` of them, are all of 0 .. length - 1.
constexpr bool AllWithin(int64_t from, int64_t step, int32_t count, int32_t length) {
  const int64_t last = from + step * (count - 1);
  return from >= 0 && from < length && last >= 0 && last < length;
}

// Calls use(k, sample) for the samples of the entries (o, first_tap + k), k <
// kCount or, where that is 0, < count. A line begins at `line`. Most lie within
// the signal and need no more than their addresses.
template <int kCount, class In, class Shared, class Use>
SPECTRAL_OPS_DEVICE void ForSamples(const WaveletStencil& s, int t, const Shared& virtuals,
                                    const In* line, int64_t inner, int32_t o, int32_t first_tap,
                                    int32_t count, const Use& use) {
  using S = ComputeType<In>;
  const int64_t from = s.Sample(o, first_tap);
  if (AllWithin(from, s.step, count, s.n)) {
    const In* at = line + from * inner;
    const int64_t jump = s.step * inner;
    if constexpr (kCount == 0) {
      for (int32_t k = 0; k < count; ++k, at += jump) use(k, Read(*at));
    } else {
      SPECTRAL_OPS_UNROLL
      for (int k = 0; k < kCount; ++k, at += jump) {
        if (k < count) use(k, Read(*at));
      }
    }
    return;
  }
  Walk walk(from, s.step, s.period);
  const auto visit = [&](int32_t k) {
    if (walk.at >= 0 && walk.at < s.n) return use(k, Read(line[walk.at * inner]));
    if (s.slots == 0) return;  // no entry
    S sum = 0;
    const int32_t slot = s.NumberOfVirtual(walk.at) * s.slots;
    for (int32_t i = 0; i < s.slots; ++i) {
      const RealSample real = virtuals.Load(t, slot + i);
      if (real.place >= 0) sum += static_cast<S>(real.weight) * Read(line[real.place * inner]);
    }
    use(k, sum);
  };
  if constexpr (kCount == 0) {
    for (int32_t k = 0; k < count; ++k, walk.Next()) visit(k);
  } else {
    SPECTRAL_OPS_UNROLL
    for (int k = 0; k < kCount; ++k, walk.Next()) {
      if (k < count) visit(k);
    }
  }
}

// Calls use(t, o) for the entries (o, t) of sample p, real or virtual.
template <class Use>
SPECTRAL_OPS_DEVICE void ForCoefficients(const WaveletStencil& s, int32_t p, const Use& use) {
  const int64_t distance = p - s.first;
  const int32_t halves = s.stride - 1;
  const auto first_tap = static_cast<int32_t>(distance & halves);
  const int64_t from = (distance - s.step * first_tap) >> halves;
  const int32_t count = s.taps >> halves;
  const int32_t step = -s.step;
  if (s.period > 0 && !AllWithin(from, step, count, s.h)) {
    Walk walk(from, step, s.h);
    for (int32_t k = 0; k < count; ++k, walk.Next()) use(first_tap + k * s.stride, walk.at);
    return;
  }
  // Of an axis that is not circular, coefficients step by one, and some may be
  // missing.
  int32_t begin = 0;
  int32_t end = count;
  auto o = static_cast<int32_t>(from);
  if (s.period == 0) {
    const int32_t low = step > 0 ? -o : o - (s.h - 1);
    const int32_t high = step > 0 ? s.h - o : o + 1;
    begin = low > 0 ? low : 0;
    end = high < count ? high : count;
    o += step * begin;
  }
  for (int32_t k = begin; k < end; ++k, o += step) use(first_tap + k * s.stride, o);
}

// Positions (line, row, q) of [lines, rows, inner] for the threads of a launch.
// Where `inner` is long, a block has a few rows of 32 columns, so that its
// warps share samples in the L1 cache. Of a large launch, blocks take several
// rounds of positions, for their shared memory is to pay.
struct PositionGrid {
  Divider inner;
  Divider groups;  // of rows
  int32_t rows = 1;
  int32_t count = 0;     // positions of the first row of each group
  int32_t log_each = 0;  // of the rows of a group
  int32_t rounds = 1;

  struct Position {
    int32_t line;
    int32_t row;
    int32_t q;
  };

  int64_t blocks() const { return CeilDiv(count, (kThreads >> log_each) * rounds); }

  constexpr Position Of(int32_t f, int32_t row_of_group) const {
    const int32_t group_line = inner.Of(f);
    const int32_t line = groups.Of(group_line);
    const int32_t group = group_line - line * groups.value();
    return {line, (group << log_each) + row_of_group, f - group_line * inner.value()};
  }
  // False where the thread has none in that round.
  SPECTRAL_OPS_DEVICE bool Find(int64_t block, int32_t round, int t, Position* position) const {
    const int32_t warp = t / kWarp;
    const int32_t turn = static_cast<int32_t>(block) * rounds + round;
    const int32_t f = turn * (kThreads >> log_each) + (warp >> log_each) * kWarp + t % kWarp;
    if (f >= count) return false;
    *position = Of(f, warp & ((1 << log_each) - 1));
    return position->row < rows;
  }
};

// Of at most 2^30 positions, each row by itself.
inline PositionGrid MakePositionGrid(int64_t lines, int64_t rows, int64_t inner,
                                     int32_t log_each = 0) {
  PositionGrid grid;
  grid.log_each = log_each;
  const int64_t groups = CeilDiv(rows, int64_t{1} << grid.log_each);
  grid.inner = Divider(inner);
  grid.groups = Divider(groups);
  grid.rows = static_cast<int32_t>(rows);
  grid.count = static_cast<int32_t>(lines * groups * inner);
  return grid;
}

// The same for a launch of its own on a device of so many processors.
inline PositionGrid SpreadPositions(int64_t lines, int64_t rows, int64_t inner,
                                    int64_t processors) {
  constexpr int64_t kMaxRounds = 8;
  constexpr int64_t kBlocksPerProcessor = 16;  // that a round more leaves
  int32_t log_each = 0;
  while (inner >= kWarp && log_each < 3) {
    const int64_t each = int64_t{2} << log_each;
    if (8 * (RoundUp(rows, each) - rows) > rows) break;  // too many threads without a row
    ++log_each;
  }
  PositionGrid grid = MakePositionGrid(lines, rows, inner, log_each);
  const int64_t rounds = grid.blocks() / (kBlocksPerProcessor * processors);
  grid.rounds = static_cast<int32_t>(std::max<int64_t>(1, std::min(rounds, kMaxRounds)));
  return grid;
}

// Where coefficients [lines, h, inner] of two bands stand. Next to each other
// are runs of one band, then of the other. In a tensor of channels that come
// first, lines are those of the bands so far, each with a part of the tensor's
// planes, beginning anywhere.
struct BandPlaces {
  Divider run;            // of `inner`
  Divider planes;         // lines of each of the bands so far
  Divider image;          // lines of an image of the tensor
  int32_t first = 0;      // the line of its image that comes first
  int32_t low_bands = 0;  // bits of the bands so far that stand behind this axis' own
  int64_t band_step = 0;  // to the other band of this axis
  int64_t row_step = 0;
  int64_t line_step = 0;
  int64_t plane_band_step = 0;  // from band to band of the tensor
  int64_t image_gap = 0;        // between the planes of one image and of the next

  // Of the lowpass, row 0.
  constexpr int64_t Place(int32_t line, int32_t q) const {
    const int32_t so_far = planes.Of(line);
    const int32_t plane = line - so_far * planes.value();
    const int32_t band = so_far + (so_far >> low_bands << low_bands);
    return q + int64_t{run.Of(q)} * run.value() + plane * line_step + band * plane_band_step +
           image.Of(first + plane) * image_gap;
  }
};

}  // namespace spectral_ops::gpu
