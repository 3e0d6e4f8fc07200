// Plans of transforms of one whole signal whose samples fill the lanes, between its samples and
// its half spectrum in natural order.
//
// With d phases of length N = n / d, x[p + d r], of C channels, x is read as it lies in memory as
// [N][d C]: lane p C + c of vector r. Phases are transformed as any vectors of lanes (real_fft.h),
// P_p[k]; then, for `lanes` bins k at a time, lanes and bins are transposed, and with the bins as
// lanes the phases are combined:
//
//   X[k + N q] = sum_p exp(-2 pi i p q / d) exp(-2 pi i p k / n) P_p[k]
//
// Of a real signal 0 <= k <= N / 2 is enough: X[n - K] = conj X[K]. The way back is the mirror of
// this. Decimation in time: Cooley & Tukey 1965.
//
// Where n has no such divisors, Bluestein's convolution of one channel at a time, M = R `lanes`
// long, fills the lanes: pairs of samples z[j] = x[2 j] + i x[2 j + 1] at the frequencies 2 k / n,
// |k| <= highest, as in real_fft.h. Element j stands in lane j % lanes of vector j / lanes. It is
// transformed as R vectors; then, for `lanes` bins of these at a time, transposed and transformed
// across; there the product is taken, and all of it done back. Bins are never sorted.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/memory.h"
#include "cpu/fft/fft.h"
#include "cpu/fft/real_fft.h"

namespace spectral_ops {

constexpr int64_t kMostLanes = 64;

struct SignalShape {
  int64_t n = 1;
  int64_t channels = 1;
  int64_t lanes = 1;
  int64_t highest = 0;       // bin; all others are not needed, or zero
  int64_t phases = 1;        // d; d C <= lanes
  int64_t chirp_length = 0;  // M, a multiple of the square of `lanes`; 0: by phases

  // What follows from these.
  int64_t part_elements = 0;  // of a spectrum: real parts of one channel, or imaginary ones
  // By phases.
  int64_t length = 0;         // N
  int64_t phase_highest = 0;  // bin of a phase
  // Bins k and N / 2 - k of a packed transform are taken together: k below this many.
  int64_t pairs = 0;
  bool paired = false;
  // Blocks of `lanes` bins, each after a pair's first block its second one. The last ones end where
  // the bins do, and may overlap those before them.
  int64_t blocks = 0;
  // By a chirp.
  int64_t rows = 0;            // R
  int64_t sample_pairs = 0;    // z
  int64_t sample_vectors = 0;  // of a copy of the samples
};

template <class S>
struct SignalFft {
  SignalShape shape;
  // From one of its samples to the next: 2 where the samples between them are only copied.
  int64_t step = 1;
  RealFft<S> phase;                     // of length(), phase_highest()
  FftPlan<S> across;                    // of `phases`
  int32_t places[kMostLanes] = {};      // FftOrder of the phases
  int32_t rows[kMostLanes] = {};        // of a lane: channels apart, then phases
  const int64_t* first_bins = nullptr;  // [blocks], of each
  const S* near = nullptr;              // [phases, 2, lanes], exp(-2 pi i p i / n) at lane i
  const S* far = nullptr;               // [blocks, phases, 2], exp(-2 pi i p first_bin / n)

  // By a chirp: `across` is of `lanes`, and near and far turn lane p of bin k of R by
  // exp(-2 pi i p k / M), `lanes` places of FftOrder at a time.
  FftPlan<S> rows_fft;                // of R
  const S* chirp = nullptr;           // [max(pairs of samples, bins), rounded up], as vectors,
                                      // exp(-2 pi i k^2 / n)
  const S* chirp_spectrum = nullptr;  // [M], of the inverse chirp, over M, where the bins are
  const S* turns = nullptr;           // [bins, rounded up], as vectors, exp(-2 pi i k / n)
};

// The way that is expected to be fastest, by one signal alone.
SignalShape ShapeOfSignal(int64_t n, int64_t channels, int64_t lanes, int64_t highest);

// Multiply-adds of vectors for one signal, roughly, comparable to RealFftWork.
double SignalFftWork(const SignalShape& shape);

// Elements per lane of the scratch of one transform, beside spectrum and samples.
int64_t SignalFftScratch(const SignalShape& shape);

size_t SignalFftTableBytes(const SignalShape& shape);  // of `table`, used while building

template <class S>
SignalFft<S> BuildSignalFft(const SignalShape& shape, int64_t block_bytes, Arena* memory,
                            void* table);

}  // namespace spectral_ops
