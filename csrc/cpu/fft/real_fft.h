// Plans of transforms between n real samples and their half spectrum, bins 0 .. highest. A signal
// is transformed by itself: nothing of another one can reach it.
//
//   even n      samples 2j and 2j + 1 are the parts of a complex signal of length n / 2. With its
//               transform Z and y = conj Z[n/2 - k],
//                 X[k] = (Z[k] + y) / 2 - i exp(-2 pi i k / n) (Z[k] - y) / 2
//   odd n       the first pass is real: of its r blocks one is a real signal of length n / r, whose
//               first pass is real again, and (r - 1) / 2 are complex ones; the others are their
//               mirrors
//   odd n with a prime factor that FFTs have no passes for, and prime n above kMaxRadix: samples
//               are paired as for even n, the last with a zero, and their transform at the
//               frequencies 2 k / n, |k| <= highest, is Bluestein's convolution with
//               exp(2 pi i k^2 / n); what that gives at -k stands for Z[n/2 - k]
//
// Source: Sorensen, Jones, Heideman & Burrus, IEEE Trans. ASSP 35 (1987), 849-863.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/memory.h"
#include "cpu/fft/fft.h"

namespace spectral_ops {

enum class RealFftWay { kPacked, kPasses, kChirp };

// A real pass: radix r, length / r = ido. From `length` samples at `from` it makes the real block
// [ido] at `to` and (r - 1) / 2 complex blocks [ido] behind it. Places count vectors of lanes.
template <class S>
struct RealPass {
  int64_t radix = 1;
  int64_t ido = 1;
  int64_t from = 0;  // of the first pass, the end of all places
  int64_t to = 0;
  int64_t reach = 0;            // FftReach of the bins of its complex blocks
  int64_t outputs = 0;          // of the (radix - 1) / 2, those that are needed, or not zero
  const S* twiddles = nullptr;  // [ido, (radix - 1) / 2, 2], exp(-2 pi i i q / length)
  const S* table = nullptr;     // [half, half, 2], the cosine and sine of 2 pi q j / radix
  RaderButterfly<S> rader;      // for a radix that is one, of two columns at a time
};

template <class S>
struct RealFft {
  int64_t n = 1;
  int64_t highest = 0;  // bin; all others are not needed, or zero
  RealFftWay way = RealFftWay::kPacked;
  FftPlan<S> fft;           // of n / 2; of the first pass's complex blocks; of the convolution
  int64_t reach = 0;        // kPacked: FftReach of its bins
  bool makes_bins = false;  // MakesBinsInPass
  int real_passes = 0;      // kPasses
  RealPass<S> pass[kMaxFftPasses];
  // kPacked, kChirp: [pairs, 2], where the transform leaves Z[k] and what stands for Z[n/2 - k],
  // k = 0 .. pairs - 1.
  // kPasses: [highest + 1], the place of bin k, or ~place of its conjugate.
  const int32_t* places = nullptr;
  int64_t pairs = 0;
  int64_t half = 0;  // kPacked: n / 2, the mirror of bin k is half - k; else out of reach
  const S* twiddles = nullptr;        // kPacked, kChirp: [pairs, 2], exp(-2 pi i k / n) / 2
  const S* chirp = nullptr;           // kChirp: [(n + 1) / 2, 2], exp(-2 pi i k^2 / n)
  const S* chirp_spectrum = nullptr;  // of its conjugate, in FftOrder, over the length
};

RealFftWay WayOfRealFft(int64_t n);

// Whether the last pass of a transform makes the bins (real_pairs-inl.h), where the data stay in
// cache from pass to pass: a packed one's, of a radix up to kMaxPairRadix.
bool MakesBinsInPass(int64_t n);

// What bins are multiplied by: nothing; a number, [bins]; a number for each part, [bins, 2]; or a
// complex number, [bins, 2]. The second and the last, on the way to the bins alone.
enum class BinWeights { kNone, kReal, kParts, kTurns };

const char* NameOf(RealFftWay way);

// Multiply-adds of one vector of lanes, roughly: what a choice between methods compares.
double RealFftWork(int64_t n, int64_t highest);

// Elements per lane: of the data, and of scratch besides.
int64_t RealFftElements(int64_t n, int64_t highest);
int64_t RealFftScratch(int64_t n);

size_t RealFftTableBytes(int64_t n, int64_t highest);  // of `table`, used while building

template <class S>
RealFft<S> BuildRealFft(int64_t n, int64_t highest, int64_t block_bytes, Arena* memory,
                        void* table);

}  // namespace spectral_ops
