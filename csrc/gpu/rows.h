// What stands around FFTs of rows: elementwise kernels that bring an axis to the end of a tensor
// and back, crop spectra, and take modes from them or put modes in.
#pragma once

#include <cstdint>

#include "core/axis.h"
#include "core/integers.h"
#include "core/modes.h"
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
  const In* x = nullptr;  // the tensor, or rows
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
        const int64_t at = to_rows ? At(row0 + r, depth0 + d) : (row0 + r) * depth + depth0 + d;
        tile.Store(t, d * (kTile + 1) + r, Read(x[at]));
      }
    });
    block.Sync();
    block.Threads([&](int t) {
      for (int other = t / kWarp; other < kTile; other += kWarps) {
        const int r = to_rows ? other : t % kWarp;
        const int d = to_rows ? t % kWarp : other;
        if (row0 + r >= rows || depth0 + d >= depth) continue;
        const int64_t at = to_rows ? (row0 + r) * depth + depth0 + d : At(row0 + r, depth0 + d);
        y[at] = Write<Out>(tile.Load(t, d * (kTile + 1) + r));
      }
    });
  }

 private:
  SPECTRAL_OPS_DEVICE int64_t At(int64_t row, int64_t k) const {  // in the tensor
    const int64_t o = (first + row) / inner;
    return (o * depth + k) * inner + (first + row - o * inner);
  }
  SPECTRAL_OPS_DEVICE void Copy(int64_t row, int32_t k) const {
    if (to_rows) {
      y[row * depth + k] = Write<Out>(Read(x[At(row, k)]));
    } else {
      y[At(row, k)] = Write<Out>(Read(x[row * depth + k]));
    }
  }
};

// Half spectra of length n, cropped or padded to those of length m, times the window and the scale.
// What a transform back to reals takes for real is real: bins 0 and, of even m, m / 2.
template <class S>
struct CropSpectra {
  AxisShape shape;
  double scale = 1;
  const S* window = nullptr;
  int64_t rows = 0;
  const S* in = nullptr;  // complex [rows, n / 2 + 1]
  S* out = nullptr;       // complex [rows, m / 2 + 1]

  Grid grid() const { return {CeilDiv(rows * (shape.m / 2 + 1), kThreads), 0}; }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const int64_t bins = shape.m / 2 + 1;
    block.Threads([&](int t) {
      const int64_t e = block.index() * kThreads + t;
      if (e >= rows * bins) return;
      const int64_t row = e / bins;
      const int64_t k = e - row * bins;
      S re = 0;
      S im = 0;
      if (k < shape.bins()) {
        double weight = scale * BandWeight(k, shape.n, shape.m);
        if (window != nullptr) weight *= static_cast<double>(window[k]);
        const S* from = in + 2 * (row * (shape.n / 2 + 1) + k);
        re = static_cast<S>(weight) * from[0];
        const bool real = BinMultiplicity(k, shape.m) == 1 || 2 * k == shape.n;
        if (!real) im = static_cast<S>(weight) * from[1];
      }
      out[2 * e] = re;
      out[2 * e + 1] = im;
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
