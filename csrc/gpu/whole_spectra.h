// The kernel between a transform of all axes and the one back: spectra are cropped or padded, modes
// are taken from them, or put in.
//
// What axes do to bins is a sum of few terms. On each axis a bin takes its own value from one place
// or from two: where two frequencies meet in one, or a mode stands for both. Half spectra have the
// bins of the last axis from 0 to half its length; the value at -k there is the conjugate of the
// one at k and the negative frequencies of all other axes.
#pragma once

#include <cstdint>

#include "core/axis.h"
#include "core/band.h"
#include "gpu/axis_map.h"
#include "gpu/rows.h"

namespace spectral_ops::gpu {

// Complex numbers [extent] of a row: a half spectrum, or modes, whose parts lie apart.
struct SpectrumSide {
  bool spectrum = true;
  int64_t extent[kMaxSpatialRank] = {1, 1, 1};

  constexpr int64_t bins() const { return extent[0] * extent[1] * extent[2]; }
};

constexpr SpectrumSide SideOf(const AxisMap (&map)[kMaxSpatialRank], bool source) {
  constexpr int kLast = kMaxSpatialRank - 1;
  SpectrumSide side;
  side.spectrum = map[kLast].resample || map[kLast].modes.synthesis != source;
  for (int i = 0; i < kMaxSpatialRank; ++i) {
    side.extent[i] = source ? map[i].InputExtent() : map[i].OutputExtent();
  }
  if (side.spectrum) side.extent[kLast] = HalfBins(side.extent[kLast]);
  return side;
}
constexpr SpectrumSide SourceOf(const AxisMap (&map)[kMaxSpatialRank]) { return SideOf(map, true); }
constexpr SpectrumSide TargetOf(const AxisMap (&map)[kMaxSpatialRank]) {
  return SideOf(map, false);
}

// A place of the source on one axis and what it is multiplied by; none if `there` is false.
struct SpectrumTerm {
  bool there = false;
  int64_t place = 0;
  Root factor = {0, 0};
};

SPECTRAL_OPS_DEVICE int64_t PlaceOf(int64_t frequency, int64_t length) {
  return frequency < 0 ? frequency + length : frequency;
}

// The first or second term of bin `index` of the target. The second of the last axis is that of the
// frequency -k: it is `mirrored`, as is what other axes add to it.
template <class S>
SPECTRAL_OPS_DEVICE SpectrumTerm CropTerm(const AxisMap& map, const S* window, bool last,
                                          int64_t index, bool second, bool mirrored) {
  const AxisShape& shape = map.shape;
  int64_t f = !last && 2 * index > shape.m ? index - shape.m : index;
  const int64_t k = f < 0 ? -f : f;
  const bool meets = 2 * k == shape.m && shape.m < shape.n;  // two become the Nyquist bin
  if (2 * k > shape.band() || (second && !meets)) return {};
  const bool halves = meets || (2 * k == shape.n && shape.n < shape.m);
  double weight = halves ? map.scale / 2 : map.scale;
  if (window != nullptr) weight *= static_cast<double>(window[k]);
  if (second) f = -f;
  Root turn = TurnOf(shape, f);
  turn.cosine *= weight;
  turn.sine *= weight;
  if (last) return {true, k, turn};
  return {true, PlaceOf(2 * k == shape.n ? k : mirrored ? -f : f, shape.n), turn};
}

SPECTRAL_OPS_DEVICE SpectrumTerm AnalysisTerm(const AxisMap& map, int64_t index, bool second,
                                              bool mirrored) {
  const ModeMap& modes = map.modes;
  const int64_t f = modes.half ? index : index - modes.low;
  const double g = modes.cosine_weight(f);
  const double h = modes.sine_weight(f);
  if (second && g == h) return {};
  const double weight = map.scale * (second ? g - h : g + h) / 2;
  if (modes.half) return {true, f, {weight, 0}};
  const int64_t from = (second != mirrored ? -f : f) % modes.length;
  return {true, PlaceOf(from, modes.length), {weight, 0}};
}

SPECTRAL_OPS_DEVICE SpectrumTerm SynthesisTerm(const AxisMap& map, int64_t index, bool second,
                                               bool mirrored) {
  const ModeMap& modes = map.modes;
  if (modes.half) {
    if (index > modes.high) return {};
    const double g = modes.cosine_weight(index);
    const double h = modes.sine_weight(index);
    // The real part of bins that are their own mirror; else half of a pair.
    const bool alone = index == 0 || 2 * index == modes.length;
    if (second && !alone && g == h) return {};
    const double weight = alone ? 2 * g : second ? g - h : g + h;
    return {true, index, {map.scale * weight / 4, 0}};
  }
  const int64_t bin = mirrored && index > 0 ? modes.length - index : index;
  const int64_t k = 2 * bin > modes.length ? modes.length - bin : bin;
  const int64_t f = second ? -k : k;
  if ((second && k == 0) || f < -modes.low || f > modes.high) return {};
  const double g = modes.cosine_weight(f);
  const double h = modes.sine_weight(f);
  const double same = (f - bin) % modes.length == 0 ? g + h : 0;
  const double other = (f + bin) % modes.length == 0 ? g - h : 0;
  if (same == 0 && other == 0) return {};
  return {true, f + modes.low, {map.scale * (same + other) / 2, 0}};
}

// Half spectra to half spectra of other lengths, or to modes, or modes to half spectra, by the maps
// of the axes. Of bins that are their own mirror in all axes a transform back takes the real part.
template <class S>
struct WholeSpectra {
  AxisMap map[kMaxSpatialRank];
  SpectrumSide source;
  SpectrumSide target;
  const S* window[kMaxSpatialRank] = {};
  int64_t rows = 0;
  const S* in = nullptr;
  S* out = nullptr;

  Grid grid() const { return GridOfBins(rows, target.bins()); }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    ForBins(block, rows, target.bins(), [&](int64_t bin, int64_t first, int64_t end) {
      const bool real = target.spectrum && OwnMirror(static_cast<uint32_t>(bin));
      for (int which = 0; which < 1 << kMaxSpatialRank; ++which) {
        const SpectrumTerm term = Product(static_cast<uint32_t>(bin), which);
        if (which > 0 && !term.there) continue;
        const auto re = static_cast<S>(term.factor.cosine);
        const auto im = static_cast<S>(term.factor.sine);
        for (int64_t row = first; row < end; ++row) {
          S value[2] = {0, 0};
          if (term.there) Read(row, term.place, value);
          if ((which & 1) != 0) value[1] = -value[1];
          Add(row, bin, which == 0, re * value[0] - im * value[1],
              real ? 0 : im * value[0] + re * value[1]);
        }
      }
    });
  }

 private:
  // Of each axis the first term or the second, as a bit of `which` says, the lowest of the last.
  SPECTRAL_OPS_DEVICE SpectrumTerm Product(uint32_t bin, int which) const {
    SpectrumTerm product{true, 0, {1, 0}};
    int64_t stride = 1;
    for (int i = kMaxSpatialRank - 1; i >= 0; --i) {
      const auto extent = static_cast<uint32_t>(target.extent[i]);
      const SpectrumTerm term = TermOf(i, bin % extent, which);
      if (!term.there) return {};
      bin /= extent;
      product.place += term.place * stride;
      stride *= source.extent[i];
      const Root was = product.factor;
      product.factor = {was.cosine * term.factor.cosine - was.sine * term.factor.sine,
                        was.cosine * term.factor.sine + was.sine * term.factor.cosine};
    }
    return product;
  }
  SPECTRAL_OPS_DEVICE SpectrumTerm TermOf(int axis, int64_t index, int which) const {
    const AxisMap& own = map[axis];
    const bool last = axis == kMaxSpatialRank - 1;
    const bool second = (which >> (kMaxSpatialRank - 1 - axis) & 1) != 0;
    const bool mirrored = (which & 1) != 0;
    if (own.resample) return CropTerm(own, window[axis], last, index, second, mirrored);
    if (own.modes.synthesis) return SynthesisTerm(own, index, second, mirrored);
    return AnalysisTerm(own, index, second, mirrored);
  }
  SPECTRAL_OPS_DEVICE bool OwnMirror(uint32_t bin) const {
    for (int i = kMaxSpatialRank - 1; i >= 0; --i) {
      const auto extent = static_cast<uint32_t>(target.extent[i]);
      if (BinMultiplicity(bin % extent, map[i].OutputExtent()) != 1) return false;
      bin /= extent;
    }
    return true;
  }
  SPECTRAL_OPS_DEVICE void Read(int64_t row, int64_t place, S (&value)[2]) const {
    const int64_t size = source.bins();
    const S* from = in + 2 * row * size;
    value[0] = from[source.spectrum ? 2 * place : place];
    value[1] = from[source.spectrum ? 2 * place + 1 : size + place];
  }
  SPECTRAL_OPS_DEVICE void Add(int64_t row, int64_t bin, bool first, S re, S im) const {
    const int64_t size = target.bins();
    S* to = out + 2 * row * size + (target.spectrum ? 2 * bin : bin);
    S* to_im = to + (target.spectrum ? 1 : size);
    *to = first ? re : *to + re;
    *to_im = first ? im : *to_im + im;
  }
};

}  // namespace spectral_ops::gpu
