// FFTs of several complex signals at once, in the shared memory of a block.
//
// Lengths are products of small radices, a stage each (Gentleman & Sande, AFIPS 1966). A stage of
// radix r over signals of length r * span takes the samples j + i * span, i < r, transforms them by
// the definition and multiplies number i by W^(i j), W = exp(-2 pi sqrt(-1) / (r * span)), all in
// place. So
// frequencies come out in the order of PlaceOf. The way back goes the other way round, from that
// order to the natural one: each stage multiplies first, and real and imaginary parts are
// exchanged.
//
// Signals are lines next to each other: sample p of line l stands at p * pitch + l.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "core/roots.h"
#include "gpu/block.h"
#include "gpu/divider.h"

namespace spectral_ops::gpu {

template <class S>
struct alignas(2 * sizeof(S)) Complex {
  S re;
  S im;
};
template <class S>
SPECTRAL_OPS_DEVICE Complex<S> operator+(Complex<S> a, Complex<S> b) {
  return {a.re + b.re, a.im + b.im};
}
template <class S>
SPECTRAL_OPS_DEVICE Complex<S> operator-(Complex<S> a, Complex<S> b) {
  return {a.re - b.re, a.im - b.im};
}
template <class S>
SPECTRAL_OPS_DEVICE Complex<S> operator*(Complex<S> a, Complex<S> b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
template <class S>
SPECTRAL_OPS_DEVICE Complex<S> Conjugate(Complex<S> a) {
  return {a.re, -a.im};
}

// exp(2 pi sqrt(-1) a / length), for compilers: a series within a quarter of the circle.
constexpr Root ConstantRoot(int a, int length) {
  constexpr double kQuarter = 1.570796326794896619231321691639751442;
  const int quarter = 4 * a / length;
  const double angle = kQuarter * (4 * a - quarter * length) / length;
  double power = 1;
  Root root{1, 0};
  for (int k = 1; k < 26; ++k) {
    power *= angle / k;
    const double signed_power = k / 2 % 2 == 0 ? power : -power;
    (k % 2 == 0 ? root.cosine : root.sine) += signed_power;
  }
  switch (quarter % 4) {
    case 1:
      return {-root.sine, root.cosine};
    case 2:
      return {-root.cosine, -root.sine};
    case 3:
      return {root.sine, -root.cosine};
    default:
      return root;
  }
}

template <class S, int kLength>
struct ConstantRoots {
  S cosine[kLength] = {};
  S sine[kLength] = {};
  constexpr ConstantRoots() {
    for (int a = 0; a < kLength; ++a) {
      cosine[a] = static_cast<S>(ConstantRoot(a, kLength).cosine);
      sine[a] = static_cast<S>(ConstantRoot(a, kLength).sine);
    }
  }
};

// v[k] = sum_i v[i] exp(-2 pi sqrt(-1) i k / kRadix): of even radices by two smaller ones.
template <int kRadix, class S>
SPECTRAL_OPS_DEVICE void TransformShort(Complex<S> (&v)[kRadix]) {
  constexpr ConstantRoots<S, kRadix> kRoots;
  if constexpr (kRadix == 2) {
    const Complex<S> first = v[0];
    v[0] = first + v[1];
    v[1] = first - v[1];
  } else if constexpr (kRadix % 2 == 0 || kRadix == 9) {
    constexpr int kInner = kRadix == 9 ? 3 : kRadix == 16 ? 4 : kRadix / 2;
    constexpr int kOuter = kRadix / kInner;
    Complex<S> part[kInner][kOuter];
    SPECTRAL_OPS_UNROLL
    for (int b = 0; b < kOuter; ++b) {
      Complex<S> own[kInner];
      SPECTRAL_OPS_UNROLL
      for (int a = 0; a < kInner; ++a) own[a] = v[kOuter * a + b];
      TransformShort<kInner>(own);
      SPECTRAL_OPS_UNROLL
      for (int a = 0; a < kInner; ++a) {
        const int turn = a * b % kRadix;
        if (turn == 0) {
          part[a][b] = own[a];
        } else if (4 * turn == kRadix) {
          part[a][b] = {own[a].im, -own[a].re};
        } else {
          part[a][b] = own[a] * Complex<S>{kRoots.cosine[turn], -kRoots.sine[turn]};
        }
      }
    }
    SPECTRAL_OPS_UNROLL
    for (int a = 0; a < kInner; ++a) {
      TransformShort<kOuter>(part[a]);
      SPECTRAL_OPS_UNROLL
      for (int b = 0; b < kOuter; ++b) v[a + kInner * b] = part[a][b];
    }
  } else {
    constexpr int kPairs = kRadix / 2;
    Complex<S> sum[kPairs];
    Complex<S> difference[kPairs];
    const Complex<S> first = v[0];
    SPECTRAL_OPS_UNROLL
    for (int i = 0; i < kPairs; ++i) {
      sum[i] = v[i + 1] + v[kRadix - 1 - i];
      difference[i] = v[i + 1] - v[kRadix - 1 - i];
      v[0] = v[0] + sum[i];
    }
    SPECTRAL_OPS_UNROLL
    for (int k = 1; k <= kPairs; ++k) {
      Complex<S> even = first;
      Complex<S> odd = {0, 0};
      SPECTRAL_OPS_UNROLL
      for (int i = 0; i < kPairs; ++i) {
        const S cosine = kRoots.cosine[(i + 1) * k % kRadix];
        const S sine = kRoots.sine[(i + 1) * k % kRadix];
        even = {even.re + cosine * sum[i].re, even.im + cosine * sum[i].im};
        odd = {odd.re + sine * difference[i].re, odd.im + sine * difference[i].im};
      }
      v[k] = {even.re + odd.im, even.im - odd.re};
      v[kRadix - k] = {even.re - odd.im, even.im + odd.re};
    }
  }
}

// store(i, load(i)) for i = start, start + step and so on, so many loads at once that they wait
// for memory together.
template <class T, class Load, class Store>
SPECTRAL_OPS_DEVICE void InBatches(int start, int end, int step, const Load& load,
                                   const Store& store) {
  constexpr int kAtOnce = 8;
  const auto batch = [&](int first, auto whole) {
    T value[kAtOnce];
    SPECTRAL_OPS_UNROLL
    for (int i = 0; i < kAtOnce; ++i) {
      if (whole || first + i * step < end) value[i] = load(first + i * step);
    }
    SPECTRAL_OPS_UNROLL
    for (int i = 0; i < kAtOnce; ++i) {
      if (whole || first + i * step < end) store(first + i * step, value[i]);
    }
  };
  int i = start;
  SPECTRAL_OPS_NO_UNROLL
  for (; i + (kAtOnce - 1) * step < end; i += kAtOnce * step) batch(i, std::true_type());
  if (i < end) batch(i, std::false_type());
}

struct FftStage {
  int32_t radix = 1;
  Divider span;
  int32_t turn = 1;  // the step in a table of the length's roots for j + 1
};

// A transform of `length` complex numbers, its stages in the order of the way forth.
struct BlockFft {
  static constexpr int kMostStages = 8;

  int32_t length = 1;
  int32_t count = 0;
  FftStage stage[kMostStages];

  // Where frequency k stands.
  SPECTRAL_OPS_HOST_DEVICE int32_t PlaceOf(int32_t k) const {
    int32_t place = 0;
    for (int i = 0; i < count; ++i) {
      const int32_t rest = k / stage[i].radix;
      place += (k - rest * stage[i].radix) * stage[i].span.value();
      k = rest;
    }
    return place;
  }
};

// The radices that TransformLines has; of float64, whose numbers take two registers, up to 10.
using Radices = std::integer_sequence<int, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16>;
template <class S>
constexpr int kMostRadix = sizeof(S) == 8 ? 10 : 16;

// The fewest radices up to `most` whose product is `length`, of equally few those that differ
// least, the largest first; how many, and more than kMostStages where there are none.
template <int... kEach>
int FactorLength(int64_t length, int most, std::integer_sequence<int, kEach...> all,
                 int (&radices)[BlockFft::kMostStages]) {
  if (length == 1) return 0;
  int fewest = BlockFft::kMostStages + 1;
  for (const int radix : {kEach...}) {
    if (radix > most || length % radix != 0) continue;
    int rest[BlockFft::kMostStages] = {};
    const int count = 1 + FactorLength(length / radix, radix, all, rest);
    if (count >= fewest) continue;
    fewest = count;
    radices[0] = radix;
    std::copy(rest, rest + count - 1, radices + 1);
  }
  return fewest;
}

// False where a length has no such stages.
template <class S>
bool MakeBlockFft(int64_t length, BlockFft* fft) {
  int radices[BlockFft::kMostStages] = {};
  const int count = FactorLength(length, kMostRadix<S>, Radices(), radices);
  if (count > BlockFft::kMostStages) return false;
  *fft = BlockFft();
  fft->length = static_cast<int32_t>(length);
  fft->count = count;
  int32_t turn = 1;
  for (int i = 0; i < count; ++i) {
    const int32_t radix = radices[count - 1 - i];  // the last one multiplies by nothing
    fft->stage[i] = {radix, Divider(length / turn / radix), turn};
    turn *= radix;
  }
  return true;
}

// The lines of a block.
struct Lines {
  int32_t count = 0;  // that there are
  int32_t log = 0;    // 2^log are room for
  int32_t pitch = 0;

  // f(line, i) for every i of [0, size) of every line, lines next to each other first.
  template <class F>
  SPECTRAL_OPS_DEVICE void ForEach(int t, int size, const F& f) const {
    const int line = t & ((1 << log) - 1);
    if (line >= count) return;
    SPECTRAL_OPS_NO_UNROLL
    for (int i = t >> log; i < size; i += kThreads >> log) f(line, i);
  }
};

// One of a stage, in place: number j of its span, of samples first, first + step and so on.
template <int kRadix, bool kBack, class S, class Memory>
SPECTRAL_OPS_DEVICE void RunButterfly(const Memory& memory, int t, int first, int step, int j,
                                      const FftStage& stage, const Complex<S>* roots) {
  const auto turn = [&](Complex<S>(&v)[kRadix]) {
    if (stage.span.value() == 1) return;
    SPECTRAL_OPS_UNROLL
    for (int i = 1; i < kRadix; ++i) v[i] = v[i] * roots[i * j * stage.turn];
  };
  const auto exchanged = [](Complex<S> z) { return kBack ? Complex<S>{z.im, z.re} : z; };
  Complex<S> v[kRadix];
  SPECTRAL_OPS_UNROLL
  for (int i = 0; i < kRadix; ++i) v[i] = exchanged(memory.Load(t, first + i * step));
  if (kBack) turn(v);
  TransformShort<kRadix>(v);
  if (!kBack) turn(v);
  SPECTRAL_OPS_UNROLL
  for (int i = 0; i < kRadix; ++i) memory.Store(t, first + i * step, exchanged(v[i]));
}

template <int kRadix, bool kBack, class S, class Block, class Memory>
SPECTRAL_OPS_DEVICE void RunStage(Block& block, const Memory& memory, const Lines& lines,
                                  const BlockFft& fft, const FftStage& stage,
                                  const Complex<S>* roots) {
  const int span = stage.span.value();
  const int step = span * lines.pitch;
  const int butterflies = fft.length / kRadix;
  block.Threads([&](int t) {
    lines.ForEach(t, butterflies, [&](int line, int butterfly) {
      const int j = butterfly - stage.span.Of(butterfly) * span;
      const int first = (kRadix * (butterfly - j) + j) * lines.pitch + line;
      RunButterfly<kRadix, kBack, S>(memory, t, first, step, j, stage, roots);
    });
  });
}

template <bool kBack, class S, class Block, class Memory, int... kEach>
SPECTRAL_OPS_DEVICE void RunStageOf(std::integer_sequence<int, kEach...>, Block& block,
                                    const Memory& memory, const Lines& lines, const BlockFft& fft,
                                    const FftStage& stage, const Complex<S>* roots) {
  const auto run = [&](auto radix) {
    constexpr int kRadix = decltype(radix)::value;
    if constexpr (kRadix <= kMostRadix<S>) {
      if (stage.radix == kRadix) {
        RunStage<kRadix, kBack, S>(block, memory, lines, fft, stage, roots);
      }
    }
  };
  (run(std::integral_constant<int, kEach>()), ...);
}

// Transforms all lines, forth or back; roots[i] is exp(-2 pi sqrt(-1) i / length). Others see the
// result.
template <bool kBack, class S, class Block, class Memory>
SPECTRAL_OPS_DEVICE void TransformLines(Block& block, const Memory& memory, const Lines& lines,
                                        const BlockFft& fft, const Complex<S>* roots) {
  for (int i = 0; i < fft.count; ++i) {
    const FftStage& stage = fft.stage[kBack ? fft.count - 1 - i : i];
    RunStageOf<kBack, S>(Radices(), block, memory, lines, fft, stage, roots);
    block.Sync();
  }
}

}  // namespace spectral_ops::gpu
