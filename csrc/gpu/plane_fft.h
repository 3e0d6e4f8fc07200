// Planes, or signals, that go by FFTs along both axes in the shared memory of a block: filtered, so
// that x is read and y written once, or analyzed.
//
// Rows of even width w are packed, z[p] = x[2p] + i x[2p+1]. With Z the transform of the plane of
// h by w / 2 complex numbers, W = exp(-2 pi i k / w), and Z' = conj Z[-j, w/2 - k],
//   2 X[j, k] = (Z[j, k] + Z') - i W (Z[j, k] - Z')
// and X at (-j, w/2 - k) is, of the same two numbers, the conjugate with + in place of -. So pairs
// of bins are worked out in place. Of the column k = 0 the other bin is that of w / 2. The way back
// is the same with W conjugate. Planes of odd width are real parts, and Z = X. No two channels
// share a transform.
#pragma once

#include <cstdint>

#include "core/integers.h"
#include "core/types.h"
#include "gpu/block.h"
#include "gpu/block_fft.h"
#include "gpu/divider.h"
#include "gpu/element.h"
#include "gpu/filter_spectra.h"
#include "gpu/plane_fft_tables.h"

namespace spectral_ops::gpu {

template <class T>
struct PlaneFft {
  using S = ComputeType<T>;

  PlaneFftPlan plan;
  PlaneFftTables<S> tables;
  Divider parts;    // blocks of an image whose channels come last
  Divider columns;  // of pairs of bins
  Divider height;
  int32_t channels = 1;  // next to each other; 1: planes lie one behind the other
  int64_t outer = 0;     // images, or planes
  const T* x = nullptr;
  bool loads_pairs = false;

  void Prepare() {
    parts = Divider(CeilDiv(channels, plan.lines()));
    columns = Divider(plan.across().length / 2 + 1);
    height = Divider(plan.height);
    loads_pairs = PairsAt(x);
  }
  template <class U>
  bool PairsAt(const U* at) const {
    return channels == 1 && plan.packed() && reinterpret_cast<uintptr_t>(at) % sizeof(Pair<U>) == 0;
  }
  Grid grid() const { return {CeilDiv(outer, plan.planes) * parts.value(), SharedBytes<S>(plan)}; }

 protected:
  // What a block has.
  struct Own {
    int64_t first;    // image, or plane
    int32_t channel;  // the first of those next to each other
    int32_t lines;
    int32_t planes;
    int64_t start;  // of its samples in a tensor
  };

  SPECTRAL_OPS_DEVICE Own OwnOf(int64_t index) const {
    const auto group = static_cast<int32_t>(index);
    const int32_t image = parts.Of(group);
    Own own;
    own.first = int64_t{image} * plan.planes;
    own.channel = (group - image * parts.value()) * plan.lines();
    own.lines = channels - own.channel < plan.lines() ? channels - own.channel : plan.lines();
    const int64_t left = outer - own.first;
    own.planes = left < plan.planes ? static_cast<int32_t>(left) : plan.planes;
    own.start = own.first * channels * plan.height * plan.width + own.channel;
    return own;
  }

  template <class Block, class Memory>
  SPECTRAL_OPS_DEVICE void Forth(Block& block, const Memory& memory, const Own& own) const {
    Load(block, memory, own);
    block.Sync();
    Transform<false>(block, memory, own);
  }

  // Along both axes, the way back the other way round; others see the result.
  template <bool kBack, class Block, class Memory>
  SPECTRAL_OPS_DEVICE void Transform(Block& block, const Memory& memory, const Own& own) const {
    SPECTRAL_OPS_NO_UNROLL
    for (int pass = 0; pass < 2; ++pass) {
      const int which = kBack ? pass : 1 - pass;
      const PlaneAxis& axis = plan.axis[which];
      const Complex<S>* roots = tables.roots[which];
      const int32_t lines = which == 0 ? own.planes : own.planes * plan.height;
      SPECTRAL_OPS_NO_UNROLL
      for (int i = 0; i < axis.fft.count; ++i) {
        const int at = kBack ? axis.fft.count - 1 - i : i;
        RunPlaneStageOf<kBack>(Radices(), block, memory, own, axis, at, roots, lines);
        block.Sync();
      }
    }
  }

  SPECTRAL_OPS_DEVICE int LineOf(int t) const { return t & (plan.lines() - 1); }

  // Two bins of a plane, and where they stand; the first has row j of the spectrum.
  struct Pairing {
    int32_t plane;
    int32_t place[2];  // in shared memory, but for the line
    int32_t bin[2];    // of the half spectrum
    int32_t k;
    bool mirrored;  // both rows of the first column
    int32_t mirror[2];
  };

  // f(line, pairing) for the thread's part of all pairs, each once.
  template <class F>
  SPECTRAL_OPS_DEVICE void ForPairs(int t, const Own& own, const F& f) const {
    const int line = LineOf(t);
    if (line >= own.lines) return;
    const int32_t length = plan.across().length;
    const int32_t bins = plan.width / 2 + 1;
    const int32_t end = own.planes * plan.height * columns.value();
    SPECTRAL_OPS_NO_UNROLL
    for (int32_t e = t >> plan.log_lines; e < end; e += kThreads >> plan.log_lines) {
      const int32_t rows = columns.Of(e);
      const int32_t k = e - rows * columns.value();
      const int32_t plane = height.Of(rows);
      const int32_t j = rows - plane * plan.height;
      const int32_t opposite = j == 0 ? 0 : plan.height - j;
      const int32_t other = k == 0 ? 0 : length - k;
      if (k == other && opposite < j) continue;
      const int32_t first = plane * plan.height;
      Pairing p;
      p.plane = plane;
      p.place[0] = (first + tables.place_down[j]) * length + tables.place_across[k];
      p.place[1] = (first + tables.place_down[opposite]) * length + tables.place_across[other];
      p.bin[0] = j * bins + k;
      p.bin[1] = opposite * bins + length - k;
      p.k = k;
      p.mirrored = k == 0 && opposite != j;
      p.mirror[0] = opposite * bins;
      p.mirror[1] = j * bins + length;
      f(line, p);
    }
  }

  // Both bins, twice what they are, and the way back; of odd width the first alone, as it is.
  template <class Memory>
  SPECTRAL_OPS_DEVICE void Unpack(int t, const Memory& memory, int line, const Pairing& p,
                                  Complex<S> (&bin)[2]) const {
    const Complex<S> z = memory.Load(t, (p.place[0] << plan.log_lines) + line);
    if (!plan.packed()) {
      bin[0] = z;
      return;
    }
    const Complex<S> other = Conjugate(memory.Load(t, (p.place[1] << plan.log_lines) + line));
    const Complex<S> sum = z + other;
    const Complex<S> turned = tables.roots[1][p.k] * (z - other);
    const Complex<S> q = {-turned.im, turned.re};
    bin[0] = sum - q;
    bin[1] = Conjugate(sum + q);
  }
  template <class Memory>
  SPECTRAL_OPS_DEVICE void Repack(int t, const Memory& memory, int line, const Pairing& p,
                                  const Complex<S> (&bin)[2]) const {
    const int at = (p.place[0] << plan.log_lines) + line;
    const int other = (p.place[1] << plan.log_lines) + line;
    if (!plan.packed()) {
      memory.Store(t, at, bin[0]);
      if (other != at) memory.Store(t, other, Conjugate(bin[0]));
      return;
    }
    const Complex<S> sum = bin[0] + Conjugate(bin[1]);
    const Complex<S> turned = Conjugate(tables.roots[1][p.k]) * (bin[0] - Conjugate(bin[1]));
    const Complex<S> r = {-turned.im, turned.re};
    memory.Store(t, at, sum + r);
    if (other != at) memory.Store(t, other, Conjugate(sum - r));
  }

 private:
  template <class Block, class Memory>
  SPECTRAL_OPS_DEVICE void Load(Block& block, const Memory& memory, const Own& own) const {
    const int end = own.planes * plan.PlaneNumbers();
    const bool packed = plan.packed();
    block.Threads([&](int t) {
      const int line = LineOf(t);
      if (line >= own.lines) return;
      const int start = t >> plan.log_lines;
      const int step = kThreads >> plan.log_lines;
      const auto store = [&](int s, Complex<S> z) {
        memory.Store(t, (s << plan.log_lines) + line, z);
      };
      if (loads_pairs) {
        const auto* from = reinterpret_cast<const Pair<T>*>(x + own.start);
        InBatches<Pair<T>>(
            start, end, step, [&](int s) { return from[s]; },
            [&](int s, Pair<T> pair) { store(s, {Read(pair.first), Read(pair.second)}); });
        return;
      }
      const T* from = x + own.start + line;
      InBatches<Complex<S>>(
          start, end, step,
          [&](int s) {
            const T* at = from + int64_t{packed ? 2 * s : s} * channels;
            return Complex<S>{Read(at[0]), packed ? Read(at[channels]) : S(0)};
          },
          store);
    });
  }

  template <int kRadix, bool kBack, class Block, class Memory>
  SPECTRAL_OPS_DEVICE void RunPlaneStage(Block& block, const Memory& memory, const Own& own,
                                         const PlaneAxis& axis, int at, const Complex<S>* roots,
                                         int32_t outer) const {
    const FftStage& stage = axis.fft.stage[at];
    const Divider& butterflies = axis.butterflies[at];
    const int32_t inner = axis.inner.value();
    const int32_t end = outer * butterflies.value() * inner;
    block.Threads([&](int t) {
      if (LineOf(t) >= own.lines) return;
      SPECTRAL_OPS_NO_UNROLL
      for (int32_t e = t; e < end; e += kThreads) {
        const int32_t rest = axis.inner.Of(e);
        const int32_t o = butterflies.Of(rest);
        const int32_t b = rest - o * butterflies.value();
        const int32_t j = b - stage.span.Of(b) * stage.span.value();
        const int32_t first = o * axis.fft.length + kRadix * (b - j) + j;
        RunButterfly<kRadix, kBack, S>(memory, t, (first - rest) * inner + e,
                                       stage.span.value() * inner, j, stage, roots);
      }
    });
  }

  template <bool kBack, class Block, class Memory, int... kEach>
  SPECTRAL_OPS_DEVICE void RunPlaneStageOf(std::integer_sequence<int, kEach...>, Block& block,
                                           const Memory& memory, const Own& own,
                                           const PlaneAxis& axis, int at, const Complex<S>* roots,
                                           int32_t outer) const {
    const auto run = [&](auto radix) {
      constexpr int kRadix = decltype(radix)::value;
      if constexpr (kRadix <= kMostRadix<S>) {
        if (axis.fft.stage[at].radix == kRadix) {
          RunPlaneStage<kRadix, kBack>(block, memory, own, axis, at, roots, outer);
        }
      }
    };
    (run(std::integral_constant<int, kEach>()), ...);
  }
};

// y = the transform back of the transform of x times a response, which has its scale already.
template <class T>
struct FilterPlanes : PlaneFft<T> {
  using Base = PlaneFft<T>;
  using S = typename Base::S;
  using Base::plan;

  BinSteps steps;           // of the response; channels: of all that the tensor has
  Divider tensor_channels;  // of planes one behind the other
  int64_t first = 0;        // plane of the tensor
  const Complex<S>* response = nullptr;
  T* y = nullptr;
  bool stores_pairs = false;

  void Prepare() {
    Base::Prepare();
    stores_pairs = Base::PairsAt(y);
  }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const auto memory = block.template shared<Complex<S>>(0);
    const auto own = Base::OwnOf(block.index());
    Base::Forth(block, memory, own);
    block.Threads([&](int t) {
      Base::ForPairs(t, own, [&](int line, const typename Base::Pairing& p) {
        const Complex<S>* h = response + (own.channel + line) * steps.channel;
        if (Base::channels == 1) {
          const auto plane = static_cast<int32_t>(own.first) + p.plane;
          const int32_t c = plane - tensor_channels.Of(plane) * tensor_channels.value();
          h = response + c * steps.channel;
        }
        Complex<S> bin[2] = {};
        Base::Unpack(t, memory, line, p, bin);
        bin[0] = bin[0] * h[p.bin[0] * steps.bin];
        if (plan.packed()) bin[1] = bin[1] * h[p.bin[1] * steps.bin];
        Base::Repack(t, memory, line, p, bin);
      });
    });
    block.Sync();
    Base::template Transform<true>(block, memory, own);
    Store(block, memory, own);
  }

 private:
  template <class Block, class Memory, class Own>
  SPECTRAL_OPS_DEVICE void Store(Block& block, const Memory& memory, const Own& own) const {
    const int end = own.planes * plan.PlaneNumbers();
    const bool packed = plan.packed();
    block.Threads([&](int t) {
      const int line = Base::LineOf(t);
      if (line >= own.lines) return;
      T* to = y + own.start + line;
      SPECTRAL_OPS_NO_UNROLL
      for (int s = t >> plan.log_lines; s < end; s += kThreads >> plan.log_lines) {
        const Complex<S> z = memory.Load(t, (s << plan.log_lines) + line);
        if (stores_pairs) {
          reinterpret_cast<Pair<T>*>(to)[s] = {Write<T>(z.re), Write<T>(z.im)};
          continue;
        }
        T* at = to + int64_t{packed ? 2 * s : s} * Base::channels;
        at[0] = Write<T>(z.re);
        if (packed) at[Base::channels] = Write<T>(z.im);
      }
    });
  }
};

// The half spectra of planes [outer, bins, channels].
template <class T>
struct AnalyzePlanes : PlaneFft<T> {
  using Base = PlaneFft<T>;
  using S = typename Base::S;
  using Base::plan;

  Complex<S>* spectra = nullptr;

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const auto memory = block.template shared<Complex<S>>(0);
    const auto own = Base::OwnOf(block.index());
    Base::Forth(block, memory, own);
    const int32_t bins = plan.height * (plan.width / 2 + 1);
    block.Threads([&](int t) {
      Base::ForPairs(t, own, [&](int line, const typename Base::Pairing& p) {
        Complex<S> bin[2] = {};
        Base::Unpack(t, memory, line, p, bin);
        Complex<S>* to =
            spectra + (own.first + p.plane) * bins * Base::channels + own.channel + line;
        const auto put = [&](int32_t at, Complex<S> z) { to[int64_t{at} * Base::channels] = z; };
        if (!plan.packed()) {
          put(p.bin[0], bin[0]);
          if (p.mirrored) put(p.mirror[0], Conjugate(bin[0]));
          return;
        }
        for (Complex<S>& z : bin) z = {z.re / 2, z.im / 2};
        put(p.bin[0], bin[0]);
        put(p.bin[1], bin[1]);
        if (!p.mirrored) return;
        put(p.mirror[0], Conjugate(bin[0]));
        put(p.mirror[1], Conjugate(bin[1]));
      });
    });
  }
};

}  // namespace spectral_ops::gpu
