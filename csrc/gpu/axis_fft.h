// One axis of a tensor, resampled by FFTs in shared memory: x is read once and y written once.
//
// A block takes a few lines (o, c). The axis of even length n is packed: z[p] = x[2p] + i x[2p+1],
// whose transform Z of n / 2 numbers gives, with W = exp(-2 pi i / n),
//   2 X[k] = (Z[k] + conj Z[n/2 - k]) - i W^k (Z[k] - conj Z[n/2 - k]).
// The new half spectrum Y[k] = factor[k] X[k] is packed the other way,
//   Z'[k] = (Y[k] + conj Y[m/2 - k]) + i exp(2 pi i k / m) (Y[k] - conj Y[m/2 - k]),
// and gives y, transformed back. So Y[k] and Y[m/2 - k] are made together, of a table with all that
// does not depend on x (BandPair). An axis of odd length is its real part, Z = X; a new one has
// Z'[k] = Y[k] and Z'[m - k] = conj Y[k]. No two lines share a transform.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/integers.h"
#include "gpu/axis_fft_tables.h"
#include "gpu/block.h"
#include "gpu/block_fft.h"
#include "gpu/divider.h"
#include "gpu/element.h"

namespace spectral_ops::gpu {

template <class In, class Out>
struct AxisFft {
  using S = ComputeType<In>;

  AxisFftPlan plan;
  AxisFftTables<S> tables;
  int32_t n = 1;
  int32_t m = 1;
  int32_t outer = 0;  // outer * inner < 2^31
  Divider inner;
  const In* x = nullptr;
  Out* y = nullptr;
  bool loads_pairs = false;  // of samples, at once
  bool stores_pairs = false;

  void Prepare() {
    loads_pairs =
        inner.value() == 1 && n % 2 == 0 && reinterpret_cast<uintptr_t>(x) % sizeof(Pair<In>) == 0;
    stores_pairs =
        inner.value() == 1 && m % 2 == 0 && reinterpret_cast<uintptr_t>(y) % sizeof(Pair<Out>) == 0;
  }

  int64_t Columns() const { return int64_t{outer} * inner.value(); }
  Grid grid() const { return {CeilDiv(Columns(), plan.lines), SharedBytes<S>(plan)}; }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const auto first = static_cast<int32_t>(block.index() * plan.lines);
    const int32_t left = outer * inner.value() - first;
    const Lines lines = {left < plan.lines ? left : plan.lines, plan.log_lines, plan.pitch};
    const size_t target = static_cast<size_t>(plan.forth.length) * plan.pitch * sizeof(Complex<S>);
    const auto from = block.template shared<Complex<S>>(0);
    const auto to = block.template shared<Complex<S>>(target);
    if (loads_pairs) {
      LoadPairs(block, from, lines, first);
    } else if (plan.by_runs) {
      LoadRuns(block, lines, first);
    } else {
      LoadRows(block, from, lines, first);
    }
    block.Sync();
    TransformLines<false, S>(block, from, lines, plan.forth, tables.forth);
    Crop(block, from, to, lines);
    block.Sync();
    TransformLines<true, S>(block, to, lines, plan.back, tables.back);
    if (stores_pairs) {
      StorePairs(block, to, lines, first);
    } else if (plan.by_runs) {
      StoreRuns(block, target, lines, first);
    } else {
      StoreRows(block, to, lines, first);
    }
  }

 private:
  template <class Block, class Memory>
  SPECTRAL_OPS_DEVICE void Crop(Block& block, const Memory& from, const Memory& to,
                                const Lines& lines) const {
    const int pairs = static_cast<int>(AxisFftPlan::Pairs(m));
    block.Threads([&](int t) {
      lines.ForEach(t, pairs, [&](int line, int k) {
        const BandPair<S> pair = tables.pairs[k];
        Complex<S> bin[2];
        SPECTRAL_OPS_UNROLL
        for (int i = 0; i < 2; ++i) {
          const Complex<S> z = from.Load(t, pair.from[i] * lines.pitch + line);
          const Complex<S> mirror = Conjugate(from.Load(t, pair.mirror[i] * lines.pitch + line));
          bin[i] = pair.sum[i] * (z + mirror) + pair.difference[i] * (z - mirror);
          if (k == 0) bin[i].im = 0;  // what a transform back to reals takes for real
        }
        const Complex<S> sum = bin[0] + Conjugate(bin[1]);
        const Complex<S> difference = pair.turn * (bin[0] - Conjugate(bin[1]));
        to.Store(t, pair.to[0] * lines.pitch + line,
                 Complex<S>{sum.re - difference.im, sum.im + difference.re});
        to.Store(t, pair.to[1] * lines.pitch + line,
                 Complex<S>{sum.re + difference.im, difference.re - sum.im});
      });
    });
  }

  // The first sample of a line in a tensor whose axis has `length`.
  SPECTRAL_OPS_DEVICE int64_t StartOf(int32_t column, int32_t length) const {
    const int32_t o = inner.Of(column);
    return int64_t{o} * length * inner.value() + (column - o * inner.value());
  }

  // Lines next to each other are so in memory.
  template <class Block, class Memory>
  SPECTRAL_OPS_DEVICE void LoadRows(Block& block, const Memory& memory, const Lines& lines,
                                    int32_t first) const {
    const bool packed = n % 2 == 0;
    const int each = kThreads >> lines.log;  // samples of a line at a time
    const int64_t step = inner.value();
    const int64_t sample = packed ? 2 * step : step;
    block.Threads([&](int t) {
      const int line = t & ((1 << lines.log) - 1);
      const int start = t >> lines.log;
      if (line >= lines.count) return;
      const In* at = x + StartOf(first + line, n) + start * sample;
      InBatches<Complex<S>>(
          start, plan.forth.length, each,
          [&](int) {
            const Complex<S> z = {Read(at[0]), packed ? Read(at[step]) : S(0)};
            at += each * sample;
            return z;
          },
          [&](int p, Complex<S> z) { memory.Store(t, p * lines.pitch + line, z); });
    });
  }

  template <class Block, class Memory>
  SPECTRAL_OPS_DEVICE void StoreRows(Block& block, const Memory& memory, const Lines& lines,
                                     int32_t first) const {
    const bool packed = m % 2 == 0;
    const int64_t step = inner.value();
    const int64_t sample = packed ? 2 * step : step;
    block.Threads([&](int t) {
      const int line = t & ((1 << lines.log) - 1);
      if (line >= lines.count) return;
      Out* at = y + StartOf(first + line, m) + (t >> lines.log) * sample;
      lines.ForEach(t, plan.back.length, [&](int, int p) {
        const Complex<S> z = memory.Load(t, p * lines.pitch + line);
        at[0] = Write<Out>(z.re);
        if (packed) at[step] = Write<Out>(z.im);
        at += (kThreads >> lines.log) * sample;
      });
    });
  }

  // Where element e of a run stands among real numbers in shared memory, but for its first line.
  SPECTRAL_OPS_DEVICE int PlaceInRun(int e, bool packed) const {
    const int k = inner.Of(e);
    const int c = e - k * inner.value();
    return packed ? 2 * ((k >> 1) * plan.pitch + c) + (k & 1) : 2 * (k * plan.pitch + c);
  }

  // Runs of an axis and `inner`, a warp each.
  template <class Block>
  SPECTRAL_OPS_DEVICE void LoadRuns(Block& block, const Lines& lines, int32_t first) const {
    const auto memory = block.template shared<S>(0);
    const bool packed = n % 2 == 0;
    block.Threads([&](int t) {
      SPECTRAL_OPS_NO_UNROLL
      for (int line = t / kWarp * inner.value(); line < lines.count;
           line += kWarps * inner.value()) {
        const In* from = x + int64_t{first + line} * n;
        InBatches<S>(
            t % kWarp, n * inner.value(), kWarp, [&](int e) { return Read(from[e]); },
            [&](int e, S value) {
              const int place = 2 * line + PlaceInRun(e, packed);
              memory.Store(t, place, value);
              if (!packed) memory.Store(t, place + 1, S(0));
            });
      }
    });
  }

  template <class Block>
  SPECTRAL_OPS_DEVICE void StoreRuns(Block& block, size_t target, const Lines& lines,
                                     int32_t first) const {
    const auto memory = block.template shared<S>(target);
    const bool packed = m % 2 == 0;
    block.Threads([&](int t) {
      SPECTRAL_OPS_NO_UNROLL
      for (int line = t / kWarp * inner.value(); line < lines.count;
           line += kWarps * inner.value()) {
        Out* to = y + int64_t{first + line} * m;
        SPECTRAL_OPS_NO_UNROLL
        for (int e = t % kWarp; e < m * inner.value(); e += kWarp) {
          to[e] = Write<Out>(memory.Load(t, 2 * line + PlaceInRun(e, packed)));
        }
      }
    });
  }

  // Runs that are lines, by pairs of samples.
  template <class Block, class Memory>
  SPECTRAL_OPS_DEVICE void LoadPairs(Block& block, const Memory& memory, const Lines& lines,
                                     int32_t first) const {
    block.Threads([&](int t) {
      SPECTRAL_OPS_NO_UNROLL
      for (int line = t / kWarp; line < lines.count; line += kWarps) {
        const auto* from = reinterpret_cast<const Pair<In>*>(x + int64_t{first + line} * n);
        InBatches<Pair<In>>(
            t % kWarp, n / 2, kWarp, [&](int p) { return from[p]; },
            [&](int p, Pair<In> pair) {
              const Complex<S> z = {Read(pair.first), Read(pair.second)};
              memory.Store(t, p * lines.pitch + line, z);
            });
      }
    });
  }

  template <class Block, class Memory>
  SPECTRAL_OPS_DEVICE void StorePairs(Block& block, const Memory& memory, const Lines& lines,
                                      int32_t first) const {
    block.Threads([&](int t) {
      SPECTRAL_OPS_NO_UNROLL
      for (int line = t / kWarp; line < lines.count; line += kWarps) {
        auto* to = reinterpret_cast<Pair<Out>*>(y + int64_t{first + line} * m);
        SPECTRAL_OPS_NO_UNROLL
        for (int p = t % kWarp; p < m / 2; p += kWarp) {
          const Complex<S> z = memory.Load(t, p * lines.pitch + line);
          to[p] = {Write<Out>(z.re), Write<Out>(z.im)};
        }
      }
    });
  }
};

}  // namespace spectral_ops::gpu
