// One axis of a wavelet's map (core/wavelet.h) as kernels take it: its entries
// without their weights, and the virtual samples that extend a signal.
//
// Along the axis a tensor of samples is [lines, n, inner], and one of
// coefficients [lines, h, inner] for either band (gpu/wavelet_places.h).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/integers.h"
#include "core/memory.h"
#include "core/wavelet.h"
#include "gpu/block.h"
#include "gpu/element.h"
#include "gpu/pack.h"

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
  if (axis.IsCircular()) {
    s.period = axis.rule == WaveletRule::kSwt ? s.n : 2 * s.h;
    s.first %= s.period;
  }
  s.mode = axis.mode;
  if (axis.rule != WaveletRule::kDwt || axis.mode == WaveletMode::kZero) return s;
  s.slots = axis.mode == WaveletMode::kAntireflect ? 3 : axis.mode == WaveletMode::kSmooth ? 2 : 1;
  s.before = s.period == 0 ? s.taps - 2 : 0;
  s.behind = 2 * s.h - s.n;
  return s;
}

// Rows of a launch, [begin, end).
struct RowRange {
  int32_t begin = 0;
  int32_t end = 0;

  constexpr int32_t size() const { return end - begin; }
  constexpr bool Has(int32_t row) const {
    return static_cast<uint32_t>(row - begin) < static_cast<uint32_t>(size());
  }
  // Of the rows that are left, in order.
  constexpr int32_t Outside(int32_t number) const {
    return number < begin ? number : number + size();
  }
};

// The coefficients all of whose entries are of samples within the signal.
inline RowRange PlainCoefficients(const WaveletStencil& s) {
  const int64_t reach = int64_t{s.step} * (s.taps - 1);
  const int64_t low = s.first + std::min<int64_t>(0, reach);
  const int64_t high = s.first + std::max<int64_t>(0, reach);
  const int64_t begin = low < 0 ? CeilDiv(-low, s.stride) : 0;
  const int64_t end = high < s.n ? (s.n - 1 - high) / s.stride + 1 : 0;
  if (begin >= std::min<int64_t>(end, s.h)) return {};
  return {static_cast<int32_t>(begin), static_cast<int32_t>(std::min<int64_t>(end, s.h))};
}

// How many samples at either end of a signal stand for virtual ones.
struct SignalEnds {
  int64_t low = 0;
  int64_t high = 0;
};

inline SignalEnds EndsOfExtension(const WaveletStencil& s) {
  SignalEnds ends;
  for (int32_t v = 0; v < s.virtuals(); ++v) {
    ExtendSignal(s.mode, s.n, s.VirtualSample(v), [&](int32_t i, double) {
      if (i < s.n - 1 - i) {
        ends.low = std::max<int64_t>(ends.low, i + 1);
      } else {
        ends.high = std::max<int64_t>(ends.high, s.n - i);
      }
    });
  }
  return ends;
}

// What threads of a synthesis take: row r, the samples low + stride r on, `stride` of them. Of a
// stride of one the sample meets coefficient start + r - step t in tap t. Of two, both samples meet
// coefficients start + r - step k, k < taps / 2, in taps 2 k and 2 k + 1; the lower one in the even
// taps where step is 1, in the odd ones where it is -1.
struct SampleRows {
  int32_t count = 0;
  int32_t low = 0;
  int32_t start = 0;
  RowRange plain;  // whose samples meet coefficients of the signal alone, each once
};

inline SampleRows MakeSampleRows(const WaveletStencil& s) {
  const bool pairs = s.stride == 2;
  const int64_t base = s.first + (pairs ? std::min(0, s.step) : 0);
  const int64_t start = pairs ? -base >> 1 : -s.first;
  const int64_t low = pairs ? base + 2 * start : 0;
  const SignalEnds ends = EndsOfExtension(s);
  const int64_t reach = int64_t{s.step} * (s.taps / s.stride - 1);
  const int64_t from = std::max(std::max<int64_t>(0, reach) - start,
                                CeilDiv(std::max<int64_t>(0, ends.low - low), s.stride));
  const int64_t to = std::min(s.h - 1 + std::min<int64_t>(0, reach) - start,
                              (s.n - ends.high - low) / s.stride - 1);
  SampleRows rows;
  rows.count = static_cast<int32_t>(CeilDiv(s.n - low, s.stride));
  rows.low = static_cast<int32_t>(low);
  if (from > to) return rows;
  rows.start = static_cast<int32_t>(start);
  rows.plain = {static_cast<int32_t>(from), static_cast<int32_t>(to + 1)};
  return rows;
}

// f[0][t] and f[1][t].
template <class S>
struct alignas(2 * sizeof(S)) Tap {
  S lo;
  S hi;
};

// Those of t and t + 1, t even.
template <class S>
struct alignas(16) TapPair {
  Tap<S> tap[2];
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
    SPECTRAL_OPS_NO_UNROLL
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
      ExtendSignal(s.mode, s.n, s.VirtualSample(v), [&](int32_t i, double weight) {
        virtuals.Store(t, at++, RealSample{i, static_cast<float>(weight)});
      });
      while (at < end) virtuals.Store(t, at++, RealSample{-1, 0});
    }
  });
}

// from, from + step, .., modulo a period if there is one, from which `from` is less than another
// one away.
struct Walk {
  int32_t at;
  int32_t step;
  int32_t period;

  SPECTRAL_OPS_DEVICE Walk(int64_t from, int32_t by, int32_t modulo) : period(modulo) {
    if (period > 0 && from < 0) from += period;
    if (period > 0 && from >= period) from -= period;
    at = static_cast<int32_t>(from);
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

// Calls use(k, samples) for the samples of the entries (o, first_tap + k), k <
// kCount or, where that is 0, < count, wherever they lie, in kWide columns. A
// line begins at `line`.
template <int kCount, int kWide, class In, class Shared, class Use>
SPECTRAL_OPS_DEVICE void WalkSamples(const WaveletStencil& s, int t, const Shared& virtuals,
                                     const In* line, int64_t inner, int32_t o, int32_t first_tap,
                                     int32_t count, const Use& use) {
  using S = ComputeType<In>;
  int64_t from = s.Sample(o, first_tap);
  if (kCount > 0 && s.period > 0) from %= s.period;  // tap 0 is near
  Walk walk(from, s.step, s.period);
  const auto visit = [&](int32_t k) {
    Pack<S, kWide> sum = {};
    const auto add = [&](int32_t place, S weight) {
      const Pack<In, kWide> pack = LoadPack<kWide>(line + place * inner);
      SPECTRAL_OPS_UNROLL
      for (int v = 0; v < kWide; ++v) sum.value[v] += weight * Read(pack.value[v]);
    };
    if (walk.at >= 0 && walk.at < s.n) {
      add(walk.at, 1);
    } else {
      if (s.slots == 0) return;  // no entry
      const int32_t slot = s.NumberOfVirtual(walk.at) * s.slots;
      SPECTRAL_OPS_NO_UNROLL
      for (int32_t i = 0; i < s.slots; ++i) {
        const RealSample real = virtuals.Load(t, slot + i);
        if (real.place >= 0) add(real.place, static_cast<S>(real.weight));
      }
    }
    use(k, sum);
  };
  if constexpr (kCount == 0) {
    SPECTRAL_OPS_NO_UNROLL
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
    SPECTRAL_OPS_NO_UNROLL
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
  SPECTRAL_OPS_NO_UNROLL
  for (int32_t k = begin; k < end; ++k, o += step) use(first_tap + k * s.stride, o);
}

}  // namespace spectral_ops::gpu
