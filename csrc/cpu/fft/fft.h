// Plans of complex FFTs in place: factors, twiddles and, for large prime factors, Rader's
// convolution of a butterfly or, where that has large factors itself, Bluestein's chirp. Whoever
// runs a plan decides what an element is; the kernels here run a vector of lanes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/memory.h"
#include "cpu/fft/radices.h"

namespace spectral_ops {

constexpr int64_t kMaxRadix = 97;                 // larger prime factors are not multiplied out
constexpr int64_t kMostRadix = int64_t{1} << 20;  // of a RaderButterfly

template <class S>
struct FftPlan;

// Whether so many outputs of a butterfly, and their mirrors, are more than two thirds of it.
constexpr bool IsMostOfRadix(int64_t reach, int64_t radix) { return 3 * reach > radix - 1; }

// A butterfly of a prime radix r > kMaxRadix, or of one that is faster so, as a cyclic convolution
// of length r - 1, whose prime factors are at most kMaxRadix: with g a primitive root of r,
//
//   X[g^-p] = x[0] + sum_q x[g^q] exp(-2 pi i g^(q - p) / r)
//
// Source: Rader, Proc. IEEE 56 (1968), 1107-1108.
template <class S>
struct RaderButterfly {
  const FftPlan<S>* plan = nullptr;    // of r - 1; null where there is none
  const S* weights = nullptr;          // [r - 1, 2], the other factor's spectrum, in FftOrder
  const int32_t* powers = nullptr;     // [r - 1], g^q: the input at place q of the convolution
  const int32_t* positions = nullptr;  // [r], where the convolution leaves what belongs to output k
};

// One pass: butterflies over `radix` elements, ido apart, of each of l1 blocks. Element
// i + ido (j + radix k) of block k keeps its place.
template <class S>
struct FftPass {
  int64_t radix = 1;
  int64_t l1 = 1;
  int64_t ido = 1;
  const S* twiddles = nullptr;  // [ido, radix - 1, 2], exp(-2 pi i i j l1 / n)
  // For a radix that has no own code: [half, half, 2], half = (radix - 1) / 2, the cosine and sine
  // of 2 pi q j / radix at [q - 1, j - 1]; else null.
  const S* table = nullptr;
  RaderButterfly<S> rader;  // for a radix that is one, or may be

  bool HasOwnCode() const { return table == nullptr && rader.plan == nullptr; }
  // Of the outputs and their mirrors, those up to `reach` are needed.
  bool RunsRader(int64_t reach) const {
    return rader.plan != nullptr && (table == nullptr || IsMostOfRadix(reach, radix));
  }
};

template <class S>
struct FftPlan {
  int64_t n = 1;
  int passes = 0;  // of a transform of n, or of chirp_length with a chirp
  FftPass<S> pass[kMaxFftPasses];
  // Of a block that is worked through pass by pass, at most; larger ones go depth first.
  int64_t block_bytes = 0;

  // Bluestein: a convolution of length `chirp_length` with the chirp; 0 where there is none.
  int64_t chirp_length = 0;
  const S* chirp = nullptr;           // [n, 2], exp(-pi i k^2 / n)
  const S* chirp_spectrum = nullptr;  // [chirp_length, 2], of the inverse chirp, over chirp_length,
                                      // in FftOrder
};

// The length whose factors the passes have: n itself, or Bluestein's.
int64_t FftPassLength(int64_t n);

// Whether a radix is a RaderButterfly; and whether one that is multiplied out can be one as well,
// in less time where most of its outputs are needed.
bool IsRaderRadix(int64_t radix);
bool MayBeRader(int64_t radix);

// Fills the tables of one; `table` has FftTableBytes.
template <class S>
RaderButterfly<S> BuildRader(int64_t radix, int64_t block_bytes, Arena* memory, void* table);

// Of each butterfly of the last pass, the outputs q <= reach and their mirrors hold all bins up to
// `highest` and their mirrors.
constexpr int64_t FftReach(int64_t n, int64_t last_radix, int64_t highest) {
  const int64_t half = (last_radix - 1) / 2;
  if (n < last_radix) return half;
  const int64_t reach = highest / (n / last_radix) + 1;
  return reach < half ? reach : half;
}

// Multiply-adds of one complex vector, roughly: what a choice between methods compares. Bins above
// `highest` and their mirrors are not needed, or zero.
double FftWork(int64_t n, int64_t highest);

// Where a transform in place leaves bin k: the digits of k, counted in the radices, reversed. With
// a chirp, k itself.
class FftOrder {
 public:
  FftOrder() = default;
  explicit FftOrder(int64_t n, RadixOrder order = RadixOrder::kFastest);
  int64_t operator()(int64_t k) const;

 private:
  int passes_ = 0;
  int64_t radices_[kMaxFftPasses];
};

// The plain transform of doubles that fill tables, for lengths with the factors 2, 3 and 5 alone:
// out[length, 2] from in[length, 2]; `roots` is [length, 2] of scratch.
void TransformTable(int64_t length, const double* in, double* roots, double* out);

// Elements per lane of one butterfly; 0 for a radix that has own code.
int64_t RadixScratch(int64_t radix);

// Elements per lane of what a transform needs beside its data: a transform of its chirp's length,
// or one butterfly.
int64_t FftScratch(int64_t n);

size_t FftTableBytes(int64_t n);  // of `table`, used while building

template <class S>
FftPlan<S> BuildFft(int64_t n, int64_t block_bytes, Arena* memory, void* table,
                    RadixOrder order = RadixOrder::kFastest);

}  // namespace spectral_ops
