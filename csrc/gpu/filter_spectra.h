// What stands between the transforms of a filter y = irfftn(H rfftn(x)): kernels that bring the
// response to where its numbers are read, multiply spectra by it, and sum up its gradient,
//   dL/dH[k] = c scale sum conj(X[k]) G[k],
// where c is 2 but for bins of the last axis that are their own mirror.
//
// These bins act by their Hermitian part, H[k] and the conjugate of H[-k] in halves: a transform
// back to reals would take no other for granted. Spectra are [rows, bins] or
// [images, bins, channels], bins in the order of rfftn.
#pragma once

#include <cstdint>

#include "core/integers.h"
#include "core/types.h"
#include "gpu/block.h"
#include "gpu/block_fft.h"
#include "gpu/divider.h"
#include "gpu/rows.h"

namespace spectral_ops::gpu {

// The bins of a half spectrum.
struct FilterBins {
  int32_t length[kMaxSpatialRank] = {1, 1, 1};  // of the axes
  Divider extent[kMaxSpatialRank];
  int32_t count = 1;

  FilterBins() = default;
  explicit FilterBins(const int64_t (&lengths)[kMaxSpatialRank]) {
    for (int i = 0; i < kMaxSpatialRank; ++i) {
      const bool last = i + 1 == kMaxSpatialRank;
      length[i] = static_cast<int32_t>(lengths[i]);
      extent[i] = Divider(last ? HalfBins(lengths[i]) : lengths[i]);
      count *= extent[i].value();
    }
  }

  // That of the opposite frequencies, or -1 where the half spectrum does not have it.
  SPECTRAL_OPS_DEVICE int32_t MirrorOf(int32_t bin) const {
    const int32_t lines = extent[2].Of(bin);
    const int32_t k = bin - lines * extent[2].value();
    if (k != 0 && 2 * k != length[2]) return -1;
    const int32_t i = extent[1].Of(lines);
    const int32_t j = lines - i * extent[1].value();
    const int32_t opposite_i = i == 0 ? 0 : length[0] - i;
    const int32_t opposite_j = j == 0 ? 0 : length[1] - j;
    return (opposite_i * extent[1].value() + opposite_j) * extent[2].value() + k;
  }
};

// Where numbers of an image's spectrum stand, in complex numbers.
struct BinSteps {
  int64_t bin = 1;
  int64_t channel = 0;
};

// Calls f(e, bin, channel) for each number e of a response [bins, channels]; a thread for each.
inline Grid GridOfNumbers(const FilterBins& bins, const Divider& channels) {
  return {CeilDiv(int64_t{bins.count} * channels.value(), kThreads), 0};
}
template <class Block, class F>
SPECTRAL_OPS_DEVICE void ForNumbers(Block& block, const FilterBins& bins, const Divider& channels,
                                    const F& f) {
  const int64_t numbers = int64_t{bins.count} * channels.value();
  block.Threads([&](int t) {
    const int64_t e = block.index() * kThreads + t;
    if (e >= numbers) return;
    const int32_t bin = channels.Of(static_cast<int32_t>(e));
    f(e, bin, static_cast<int32_t>(e) - bin * channels.value());
  });
}

// The response as it acts, times the scale, at other steps.
template <class S>
struct PrepareResponse {
  FilterBins bins;
  Divider channels;  // 1: shared by all
  BinSteps steps;
  bool conjugate = false;
  S scale = 1;
  const Complex<S>* response = nullptr;  // [bins, channels]
  Complex<S>* prepared = nullptr;

  Grid grid() const { return GridOfNumbers(bins, channels); }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    ForNumbers(block, bins, channels, [&](int64_t e, int32_t bin, int32_t c) {
      const int32_t mirror = bins.MirrorOf(bin);
      Complex<S> h = response[e];
      if (mirror >= 0) {
        const Complex<S> other = response[int64_t{mirror} * channels.value() + c];
        h = {(h.re + other.re) / 2, (h.im - other.im) / 2};
      }
      prepared[bin * steps.bin + c * steps.channel] = {scale * h.re,
                                                       conjugate ? -scale * h.im : scale * h.im};
    });
  }
};

// Spectra [rows, bins] times the response [channels, bins], in place.
template <class S>
struct MultiplyRows {
  FilterBins bins;
  Divider channels;   // of the tensor
  int32_t first = 0;  // the channel of the first row
  int64_t rows = 0;
  bool shared = false;
  const Complex<S>* response = nullptr;
  Complex<S>* spectra = nullptr;

  Grid grid() const { return GridOfBins(rows, bins.count); }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    ForBins(block, rows, bins.count, [&](int64_t bin, int64_t from, int64_t end) {
      // What a transform back to reals takes for real.
      const bool real = bins.MirrorOf(static_cast<int32_t>(bin)) == bin;
      for (int64_t row = from; row < end; ++row) {
        const auto number = static_cast<int32_t>(first + row);
        const int32_t c = number - channels.Of(number) * channels.value();
        Complex<S>& z = spectra[row * bins.count + bin];
        z = z * response[(shared ? 0 : int64_t{c} * bins.count) + bin];
        if (real) z.im = 0;
      }
    });
  }
};

// sums[e] = or += sum over images of conj(X) G, for every number e of an image.
template <class S>
struct SumSpectra {
  int64_t numbers = 0;
  int64_t images = 0;
  bool accumulate = false;
  const Complex<S>* x = nullptr;  // [images, numbers]
  const Complex<S>* g = nullptr;
  Complex<S>* sums = nullptr;

  Grid grid() const { return {CeilDiv(numbers, kThreads), 0}; }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    block.Threads([&](int t) {
      const int64_t e = block.index() * kThreads + t;
      if (e >= numbers) return;
      Complex<S> sum = {0, 0};
      const Complex<S>* a = x + e;
      const Complex<S>* b = g + e;
      for (int64_t image = 0; image < images; ++image) {
        sum = sum + Conjugate(*a) * *b;
        a += numbers;
        b += numbers;
      }
      sums[e] = accumulate ? sums[e] + sum : sum;
    });
  }
};

// The gradient [bins, channels], or [bins] where channels share a response, from its sums.
template <class S>
struct FinishResponseGradient {
  FilterBins bins;
  Divider channels;   // of the result
  int32_t added = 1;  // channels of each number of the result
  BinSteps steps;     // of the sums
  S scale = 1;
  const Complex<S>* sums = nullptr;
  Complex<S>* result = nullptr;

  Grid grid() const { return GridOfNumbers(bins, channels); }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    ForNumbers(block, bins, channels, [&](int64_t e, int32_t bin, int32_t c) {
      const S weight = bins.MirrorOf(bin) >= 0 ? scale : 2 * scale;
      Complex<S> sum = {0, 0};
      const Complex<S>* at = sums + bin * steps.bin + c * steps.channel;
      for (int32_t i = 0; i < added; ++i) sum = sum + at[i * steps.channel];
      result[e] = {weight * sum.re, weight * sum.im};
    });
  }
};

}  // namespace spectral_ops::gpu
