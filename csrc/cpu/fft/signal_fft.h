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
  int64_t highest = 0;  // bin; all others are not needed, or zero
  int64_t phases = 1;   // d; d C <= lanes

  constexpr int64_t length() const { return n / phases; }
  // Bins of a phase.
  constexpr int64_t phase_highest() const {
    return length() / 2 < highest ? length() / 2 : highest;
  }
  // Blocks of bins, the last one ends with the last bin and may overlap the one before it.
  constexpr int64_t blocks() const { return phase_highest() / lanes + 1; }
  constexpr int64_t first_bin(int64_t block) const {
    const int64_t last = phase_highest() + 1 - lanes;
    const int64_t first = block * lanes;
    return first <= last || last < 0 ? first : last;
  }
  // From the spectrum of one channel to the next: real parts, then imaginary ones.
  constexpr int64_t part_elements() const { return (highest / lanes + 2) * lanes; }
};

template <class S>
struct SignalFft {
  SignalShape shape;
  RealFft<S> phase;   // of length(), phase_highest()
  FftPlan<S> across;  // of `phases`
  int32_t places[kMostLanes] = {};  // FftOrder of the phases
  const S* near = nullptr;          // [phases, 2, lanes], exp(-2 pi i p i / n) at lane i
  const S* far = nullptr;           // [blocks, phases, 2], exp(-2 pi i p first_bin / n)
};

// The number of phases that is expected to be fastest, by one signal alone.
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
