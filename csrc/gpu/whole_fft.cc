#include "gpu/whole_fft.h"

#include <algorithm>
#include <limits>

#include "core/integers.h"
#include "gpu/whole_spectra.h"

namespace spectral_ops::gpu {
namespace {

constexpr int kLast = kMaxSpatialRank - 1;

FftSpec SpecOf(const WholeFft& whole, FftKind kind, bool is_double) {
  const auto length = [&](int i) {
    const AxisMap& map = whole.map[i];
    return kind == FftKind::kRealToComplex ? map.InputExtent() : map.OutputExtent();
  };
  return {kind, is_double, length(kLast), 0, {length(0), length(1)}};
}

}  // namespace

WholeFfts FftsOf(const WholeFft& whole, bool is_double) {
  WholeFfts ffts;
  if (SourceOf(whole.map).spectrum) {
    ffts.spec[ffts.count++] = SpecOf(whole, FftKind::kRealToComplex, is_double);
  }
  if (TargetOf(whole.map).spectrum) {
    ffts.spec[ffts.count++] = SpecOf(whole, FftKind::kComplexToReal, is_double);
  }
  return ffts;
}

bool MakeWhole(const ChainAxis* axes, int rank, int64_t inner, WholeFft* whole) {
  // An axis with nothing to do is transformed too where it stands between others.
  int first = 0;
  int last = rank - 1;
  while (first < last && axes[first].skip) ++first;
  while (first < last && axes[last].skip) --last;
  if (first == last) return false;
  *whole = WholeFft();
  whole->inner = inner;
  for (int i = 0; i < rank; ++i) {
    const AxisMap& map = axes[i].map;
    if (i < first || i > last) {
      (i < first ? whole->outer : whole->inner) *= map.InputExtent();
      continue;
    }
    if (map.resample && map.shape.rule == AxisRule::kSymmetric) return false;
    whole->map[i + kLast - last] = map;
    whole->window[i + kLast - last] = axes[i].window;
  }
  const SpectrumSide in = SourceOf(whole->map);
  const SpectrumSide out = TargetOf(whole->map);
  whole->row_elements = 2 * std::max(in.bins(), out.bins());
  whole->depth = whole->height = 1;
  for (const AxisMap& map : whole->map) {
    whole->depth *= map.InputExtent();
    whole->height *= map.OutputExtent();
  }
  if (!in.spectrum) whole->depth *= 2;
  if (!out.spectrum) whole->height *= 2;
  whole->used = std::max(whole->depth, whole->height) <= std::numeric_limits<int32_t>::max();
  return whole->used;
}

}  // namespace spectral_ops::gpu
