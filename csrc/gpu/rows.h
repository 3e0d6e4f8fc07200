// What stands around FFTs of rows: elementwise kernels that bring an axis to the end of a tensor
// and back, crop spectra, and take modes from them or put modes in.
//
// The cosines of a symmetric axis, C[k] = sum_i x[i] cos(pi k (2i + 1) / 2n), come from one FFT of
// n reals (Makhoul 1980, IEEE TASSP 28, 27-34): of v, which is the even samples of x and then the
// odd ones backwards,
//   exp(-pi i k / 2n) V[k] = C[k] - i C[n - k],   C[n] = 0.
#pragma once

#include <cstdint>

#include "core/axis.h"
#include "core/integers.h"
#include "core/modes.h"
#include "core/roots.h"
#include "gpu/block.h"
#include "gpu/element.h"

namespace spectral_ops::gpu {

// Between [outer, depth, inner] and rows [outer * inner, depth], of which [first, first + rows).
// Tiles of 32 x 32 turn over in shared memory; for few neighbours in `inner`, element by element.
template <class In, class Out>
struct Regroup {
  int64_t first = 0;
  int64_t rows = 0;
  int32_t depth = 1;
  int32_t inner = 1;
  bool to_rows = true;
  bool evens_first = false;  // in rows: the even samples, then the odd ones backwards
  const In* x = nullptr;     // the tensor, or rows
  Out* y = nullptr;

  static constexpr int kTile = 32;

  bool ByElement() const { return inner < 8; }
  Grid grid() const {
    if (ByElement()) return {CeilDiv(rows * depth, kThreads), 0};
    return {CeilDiv(rows, kTile) * CeilDiv(depth, kTile),
            kTile * (kTile + 1) * sizeof(ComputeType<In>)};
  }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    if (inner < 8) {
      block.Threads([&](int t) {
        const int64_t e = block.index() * kThreads + t;
        if (e >= rows * depth) return;
        const int64_t row = e / depth;
        Copy(row, static_cast<int32_t>(e - row * depth));
      });
      return;
    }
    using S = ComputeType<In>;
    const auto tile = block.template shared<S>(0);
    const int64_t depth_tiles = CeilDiv(depth, kTile);
    const int64_t row0 = block.index() / depth_tiles * kTile;
    const auto depth0 = static_cast<int32_t>(block.index() % depth_tiles * kTile);
    // Neighbours of a warp are rows in the tensor and depths among the rows.
    block.Threads([&](int t) {
      for (int other = t / kWarp; other < kTile; other += kWarps) {
        const int r = to_rows ? t % kWarp : other;
        const int d = to_rows ? other : t % kWarp;
        if (row0 + r >= rows || depth0 + d >= depth) continue;
        const int64_t at = to_rows ? At(row0 + r, depth0 + d) : InRows(row0 + r, depth0 + d);
        tile.Store(t, d * (kTile + 1) + r, Read(x[at]));
      }
    });
    block.Sync();
    block.Threads([&](int t) {
      for (int other = t / kWarp; other < kTile; other += kWarps) {
        const int r = to_rows ? other : t % kWarp;
        const int d = to_rows ? t % kWarp : other;
        if (row0 + r >= rows || depth0 + d >= depth) continue;
        const int64_t at = to_rows ? InRows(row0 + r, depth0 + d) : At(row0 + r, depth0 + d);
        y[at] = Write<Out>(tile.Load(t, d * (kTile + 1) + r));
      }
    });
  }

 private:
  SPECTRAL_OPS_DEVICE int64_t At(int64_t row, int64_t k) const {  // in the tensor
    const int64_t o = (first + row) / inner;
    return (o * depth + k) * inner + (first + row - o * inner);
  }
  SPECTRAL_OPS_DEVICE int64_t InRows(int64_t row, int32_t k) const {
    const int32_t place = !evens_first ? k : k % 2 == 0 ? k / 2 : depth - 1 - k / 2;
    return row * depth + place;
  }
  SPECTRAL_OPS_DEVICE void Copy(int64_t row, int32_t k) const {
    if (to_rows) {
      y[InRows(row, k)] = Write<Out>(Read(x[At(row, k)]));
    } else {
      y[At(row, k)] = Write<Out>(Read(x[InRows(row, k)]));
    }
  }
};

// f(k, first, end) for the thread's part of [rows, bins]: bin k of rows [first, end), a few of
// them, for which its factors are worked out but once.
constexpr int64_t kRowsOfThread = 8;
inline Grid GridOfBins(int64_t rows, int64_t bins) {
  return {CeilDiv(CeilDiv(rows, kRowsOfThread) * bins, kThreads), 0};
}
template <class Block, class F>
SPECTRAL_OPS_DEVICE void ForBins(Block& block, int64_t rows, int64_t bins, const F& f) {
  block.Threads([&](int t) {
    const int64_t e = block.index() * kThreads + t;
    const int64_t first = e / bins * kRowsOfThread;
    const int64_t end = first + kRowsOfThread;
    if (first < rows) f(e % bins, first, end < rows ? end : rows);
  });
}

// exp(pi i k (1/m - 1/n)): what bin k of a centered axis turns by, for the half sample at which
// either length begins. 1 on other axes.
SPECTRAL_OPS_DEVICE Root TurnOf(const AxisShape& axis, int64_t k) {
  if (axis.rule != AxisRule::kCentered) return {1, 0};
  return RootOfUnity(k * (axis.n - axis.m), 2 * axis.n * axis.m);
}

// Half spectra of length n, cropped or padded to those of length m, times the window, the turn and
// the scale. What a transform back to reals takes for real is real: bins 0 and, of even m, m / 2.
template <class S>
struct CropSpectra {
  AxisShape shape;
  double scale = 1;
  const S* window = nullptr;
  int64_t rows = 0;
  const S* in = nullptr;  // complex [rows, n / 2 + 1]
  S* out = nullptr;       // complex [rows, m / 2 + 1]

  Grid grid() const { return GridOfBins(rows, HalfBins(shape.m)); }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const int64_t bins = HalfBins(shape.m);
    ForBins(block, rows, bins, [&](int64_t k, int64_t first, int64_t end) {
      const bool inside = k < shape.bins();
      S factor[2] = {0, 0};
      if (inside) {
        double weight = scale * BandWeight(k, shape.n, shape.m);
        if (window != nullptr) weight *= static_cast<double>(window[k]);
        const Root turn = TurnOf(shape, k);
        factor[0] = static_cast<S>(weight * turn.cosine);
        factor[1] = static_cast<S>(weight * turn.sine);
      }
      const bool from_real = BinMultiplicity(k, shape.n) == 1;
      const bool to_real = BinMultiplicity(k, shape.m) == 1;
      for (int64_t row = first; row < end; ++row) {
        const S* from = in + 2 * (row * HalfBins(shape.n) + (inside ? k : 0));
        S* to = out + 2 * (row * bins + k);
        const S im = from_real ? 0 : from[1];
        to[0] = factor[0] * from[0] - factor[1] * im;
        to[1] = to_real ? 0 : factor[0] * im + factor[1] * from[0];
      }
    });
  }
};

// A cosine of a row, C[k] times a weight, from its spectrum.
template <class S>
class CosineOfSpectrum {
 public:
  CosineOfSpectrum() = default;  // 0
  SPECTRAL_OPS_DEVICE CosineOfSpectrum(int64_t k, int64_t n, double weight) {
    // The real part of exp(-pi i k / 2n) V[k], where V[k] is conj(V[n - k]) if the half spectrum
    // has only that.
    const bool conjugate = 2 * k > n;
    const Root root = RootOfUnity(k, 4 * n);
    bin_ = conjugate ? n - k : k;
    re_ = static_cast<S>(weight * root.cosine);
    im_ = static_cast<S>(weight * (conjugate ? -root.sine : root.sine));
  }
  SPECTRAL_OPS_DEVICE S Of(const S* spectrum) const {
    return re_ * spectrum[2 * bin_] + im_ * spectrum[2 * bin_ + 1];
  }

 private:
  int64_t bin_ = 0;
  S re_ = 0;
  S im_ = 0;
};

// CropSpectra of a symmetric axis, by its cosines.
template <class S>
struct CropCosines {
  AxisShape shape;
  double scale = 1;
  const S* window = nullptr;
  int64_t rows = 0;
  const S* in = nullptr;  // complex [rows, n / 2 + 1], spectra of which cosines come
  S* out = nullptr;       // complex [rows, m / 2 + 1]

  Grid grid() const { return GridOfBins(rows, HalfBins(shape.m)); }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const int64_t bins = HalfBins(shape.m);
    ForBins(block, rows, bins, [&](int64_t k, int64_t first, int64_t end) {
      const CosineOfSpectrum<S> low = Cosine(k);
      const CosineOfSpectrum<S> high = Cosine(shape.m - k);
      const Root root = RootOfUnity(k, 4 * shape.m);
      const auto cosine = static_cast<S>(root.cosine);
      const auto sine = static_cast<S>(root.sine);
      const bool to_real = BinMultiplicity(k, shape.m) == 1;
      for (int64_t row = first; row < end; ++row) {
        const S* from = in + 2 * row * HalfBins(shape.n);
        S* to = out + 2 * (row * bins + k);
        const S re = low.Of(from);
        const S im = high.Of(from);
        // exp(pi i k / 2m) (C[k] - i C[m - k])
        to[0] = cosine * re + sine * im;
        to[1] = to_real ? 0 : sine * re - cosine * im;
      }
    });
  }

 private:
  SPECTRAL_OPS_DEVICE CosineOfSpectrum<S> Cosine(int64_t k) const {
    if (k >= shape.bins()) return {};
    const double weight = window == nullptr ? 1 : static_cast<double>(window[k]);
    return {k, shape.n, scale * weight};
  }
};

// Cosines of rows from their spectra.
template <class S>
struct CosinesOfSpectra {
  int64_t length = 1;
  int64_t cosines = 1;
  double scale = 1;
  int64_t rows = 0;
  const S* in = nullptr;  // complex [rows, length / 2 + 1]
  S* out = nullptr;       // [rows, cosines]

  Grid grid() const { return GridOfBins(rows, cosines); }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    ForBins(block, rows, cosines, [&](int64_t k, int64_t first, int64_t end) {
      const CosineOfSpectrum<S> cosine(k, length, scale);
      for (int64_t row = first; row < end; ++row) {
        out[row * cosines + k] = cosine.Of(in + 2 * row * HalfBins(length));
      }
    });
  }
};

// Modes [2, modes] of rows from their spectra, and spectra from modes (core/modes.h). Spectra
// are half ones of the last axis, else complex ones.
template <class S>
struct ModesOfSpectra {
  ModeMap spec;
  double scale = 1;
  int64_t rows = 0;
  const S* in = nullptr;
  S* out = nullptr;

  int64_t RowElements() const {
    return spec.synthesis ? 2 * (spec.half ? spec.length / 2 + 1 : spec.length) : 2 * spec.modes();
  }
  Grid grid() const { return {CeilDiv(rows * RowElements() / 2, kThreads), 0}; }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const int64_t modes = spec.modes();
    const int64_t bins = spec.half ? spec.length / 2 + 1 : spec.length;
    const int64_t each = spec.synthesis ? bins : modes;
    block.Threads([&](int t) {
      const int64_t e = block.index() * kThreads + t;
      if (e >= rows * each) return;
      const int64_t row = e / each;
      const int64_t place = e - row * each;
      S sum[2] = {0, 0};
      if (spec.synthesis) {
        Spread(in + row * 2 * modes, place, sum);
        out[2 * e] = sum[0];
        out[2 * e + 1] = sum[1];
      } else {
        Select(in + row * 2 * bins, place, sum);
        out[row * 2 * modes + place] = sum[0];
        out[row * 2 * modes + modes + place] = sum[1];
      }
    });
  }

 private:
  SPECTRAL_OPS_DEVICE void Select(const S* spectrum, int64_t place, S (&sum)[2]) const {
    const int64_t f = spec.half ? place : place - spec.low;
    const double g = scale * spec.cosine_weight(f);
    const double h = scale * spec.sine_weight(f);
    if (spec.half) {
      sum[0] = static_cast<S>(g) * spectrum[2 * f];
      sum[1] = static_cast<S>(h) * spectrum[2 * f + 1];
      return;
    }
    AddBin(spectrum, f, (g + h) / 2, sum);
    if (g != h) AddBin(spectrum, -f, (g - h) / 2, sum);
  }
  SPECTRAL_OPS_DEVICE void AddBin(const S* spectrum, int64_t f, double weight, S (&sum)[2]) const {
    const int64_t bin = (f % spec.length + spec.length) % spec.length;
    sum[0] += static_cast<S>(weight) * spectrum[2 * bin];
    sum[1] += static_cast<S>(weight) * spectrum[2 * bin + 1];
  }

  SPECTRAL_OPS_DEVICE void Spread(const S* modes_in, int64_t bin, S (&sum)[2]) const {
    const int64_t modes = spec.modes();
    if (spec.half) {
      if (bin > spec.high) return;
      // Reals: bins between 0 and length / 2 count twice.
      const bool once = bin == 0 || 2 * bin == spec.length;
      const double each = once ? scale : scale / 2;
      sum[0] = static_cast<S>(each * spec.cosine_weight(bin)) * modes_in[bin];
      if (!once) sum[1] = static_cast<S>(each * spec.sine_weight(bin)) * modes_in[modes + bin];
      return;
    }
    // Every mode f = bin or -bin, modulo the length.
    for (int sign = 1; sign >= -1; sign -= 2) {
      const int64_t residue = ((sign * bin) % spec.length + spec.length) % spec.length;
      for (int64_t f = residue - spec.length; f <= spec.high; f += spec.length) {
        if (f < -spec.low) continue;
        const double g = scale * spec.cosine_weight(f);
        const double h = scale * spec.sine_weight(f);
        const S weight = static_cast<S>((sign > 0 ? g + h : g - h) / 2);
        sum[0] += weight * modes_in[f + spec.low];
        sum[1] += weight * modes_in[modes + f + spec.low];
      }
    }
  }
};

}  // namespace spectral_ops::gpu
