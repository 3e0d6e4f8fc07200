// The kind of axis that resamples by FFTs of real vectors (cpu/fft/real_fft.h). Of a periodic axis
// three ways, by the ratio of the lengths:
//
//   n = s m   pooling by an integer ratio: s transforms of length m, one for each phase
//             x[p + s j], multiplied by the twiddles exp(-2 pi i p k / n) and the window, added and
//             transformed back;
//   m = r n   enlarging by one: one transform of length n, multiplied likewise for each
//             phase y[q + r j] and transformed back;
//   else      a transform of length n, the band, a transform of length m.
//
// Where a transform of such a length takes long, one of another length and a grid stand in its
// place (cpu/fft/grid.h), and the weights have the grids' factors.
//
// Without windows phase 0 is a copy in the first two (docs/conventions.md, section 5) and is not
// transformed. Where the axis is centered no phase is, and bin k is turned by exp(pi i k (1/m -
// 1/n)) besides. For an even band b, their products are done on the complex transforms Z of length
// b / 2 as they are: with y = conj Z[b/2 - k],
//
//   Z'[k] = A z + B y,   Z'[b/2 - k] = A' conj y - conj B conj z
//
// where for the factors P = W[k], Q = conj W[b/2 - k] and c + i s = i exp(2 pi i k / b)
//   A = (1 + c) P + (1 - c) Q,   A' = (1 + c) conj Q + (1 - c) conj P,   B = i s (P - Q).
//
// Of a symmetric axis one way: the cosine transform
//   C[k] = sum_i x[i] cos(pi k (2i + 1) / 2n)
// is a real transform of the same length. With v[i] = x[2i], v[n - 1 - i] = x[2i + 1], its bins V
// and turn(n, k) = exp(-pi i k / 2n),
//   turn(n, k) V[k] = C[k] - i C[n - k]        0 <= k <= n/2, C[n] = 0
// (Makhoul, IEEE Trans. ASSP 28 (1980), 27-34), and the samples of weighted Y[k], k < b, are those
// of the bins conj(turn(m, k)) (Y[k] - i Y[m - k]), transformed back and put where v had them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/axis.h"
#include "cpu/axes/axis_spec.h"
#include "cpu/fft/grid.h"
#include "cpu/fft/real_fft.h"

namespace spectral_ops {

enum class FftWay { kPhasesIn, kPhasesOut, kBand, kCosines };

struct AxisFftShape {
  AxisShape axis;
  FftWay way = FftWay::kBand;
  int64_t phases = 1;       // s or r
  int64_t first_phase = 0;  // 1 where phase 0 is copied
  GridShape to_grid;        // of each transform of samples; none: of their own length
  GridShape from_grid;      // likewise, back to samples; of phases both or none

  constexpr bool HasPhases() const { return way == FftWay::kPhasesIn || way == FftWay::kPhasesOut; }
  constexpr bool TurnsBand() const {
    return way == FftWay::kBand && axis.rule == AxisRule::kCentered;
  }
  constexpr bool IsPacked() const { return axis.band() % 2 == 0 && !to_grid.exists(); }
};

AxisFftShape FftShapeOfAxis(const AxisShape& axis, DataType type);

// The highest bin of a transform of `length` samples that b cosines need.
constexpr int64_t HighestOfCosines(int64_t length, int64_t band) {
  return band - 1 < length / 2 ? band - 1 : length / 2;
}

// Where v has sample i.
constexpr int64_t CosinePlace(int64_t i, int64_t length) {
  return i % 2 == 0 ? i / 2 : length - 1 - i / 2;
}

// Whether a transform of n samples makes most of the bins 0 .. highest in pairs.
inline bool HasBandInPairs(int64_t n, int64_t highest) {
  return WayOfRealFft(n) == RealFftWay::kPacked && 8 * highest > 3 * n;
}

template <class S>
struct AxisFft : BandAxisDefaults {
  AxisFftShape shape;
  bool without_copies = false;
  RealFft<S> forward;       // of length n (of the phases: min(n, m); of a grid)
  RealFft<S> backward;      // of length m (likewise)
  CyclicSums<S> to_grid;    // no outputs: there is none
  CyclicSums<S> from_grid;  // likewise
  // Norm and window. Phases: [phases - first_phase, pairs, 3, 2], A, A' and B, of an odd band or by
  // grids [phases - first_phase, bins, 2]; band and cosines: real [bins], of the band of a centered
  // axis complex [bins, 2].
  const S* weights = nullptr;
  // Cosines: turn(n, k), turn(m, k), [highest + 1, 2] of the transform.
  const S* turns[2] = {nullptr, nullptr};
  // One phase alone, and short: the blocks of the last pass that hold each other's mirrored bins,
  // and A, A' and B for each bin of the first of them, [block_pairs, radix, 3, 2].
  int64_t block_pairs = 0;
  const int32_t* blocks = nullptr;  // [block_pairs, 2]
  const S* block_weights = nullptr;
  int64_t data_elements = 0;  // per lane of scratch and vector: of one transform,
  int64_t bin_elements = 0;   // and of another

  static constexpr bool kFft = true;
  static std::string Name(const AxisSpec& spec);
  static double Work(const AxisSpec& spec);
  static int64_t Scratch(const AxisSpec& spec);
  static size_t Bytes(const AxisSpec& spec);
  static size_t TableBytes(const AxisSpec& spec);
  static AxisFft Build(const AxisSpec& spec,
                       const S* window,  // [bins] or null: ones
                       void* memory, void* table);
};

}  // namespace spectral_ops
