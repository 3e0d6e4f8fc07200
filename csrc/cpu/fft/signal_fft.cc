#include "cpu/fft/signal_fft.h"

#include <algorithm>

#include "core/integers.h"
#include "core/memory.h"
#include "core/roots.h"

namespace spectral_ops {
namespace {

// Multiply-adds for a vector of bins of all phases: taken from its place, transposed, put down.
constexpr double kBinWork = 24;
// The same of a convolution, there and back, with its product.
constexpr double kChirpBinWork = 130;

template <class S>
void PutRoot(int64_t a, int64_t b, S* re, S* im) {
  const Root root = RootOfUnity(a, b);
  *re = static_cast<S>(root.cosine);
  *im = static_cast<S>(root.sine);
}

// Number k of numbers that stand in vectors of real and of imaginary parts.
template <class S>
S* PlaceInVectors(S* vectors, int64_t k, int64_t lanes) {
  return vectors + k / lanes * 2 * lanes + k % lanes;
}

int64_t ChirpLength(int64_t n, int64_t lanes, int64_t highest) {
  const int64_t square = lanes * lanes;
  return square * SmoothLength(CeilDiv((n + 1) / 2 + 2 * highest, square));
}

SignalShape Complete(SignalShape shape) {
  shape.part_elements = (shape.highest / shape.lanes + 2) * shape.lanes;
  shape.length = shape.n / shape.phases;
  shape.phase_highest = std::min(shape.length / 2, shape.highest);
  shape.pairs = std::min(shape.length / 4, shape.highest) + 1;
  shape.paired = shape.length % 2 == 0 && shape.pairs >= shape.lanes;
  shape.blocks = shape.paired ? 2 * CeilDiv(shape.pairs, shape.lanes)
                              : CeilDiv(shape.phase_highest + 1, shape.lanes);
  shape.rows = shape.chirp_length / shape.lanes;
  shape.sample_pairs = (shape.n + 1) / 2;
  shape.sample_vectors = CeilDiv(shape.n * shape.channels, shape.lanes);
  return shape;
}

int64_t ChirpElements(const SignalShape& shape) {
  return RoundUp(std::max(shape.sample_pairs, shape.highest + 1), shape.lanes);
}

int64_t FirstBin(const SignalShape& shape, int64_t block) {
  const bool paired = shape.paired;
  const int64_t bins = paired ? shape.pairs : shape.phase_highest + 1;
  const int64_t most = std::max<int64_t>(0, bins - shape.lanes);
  const int64_t first = std::min(most, (paired ? block / 2 : block) * shape.lanes);
  return paired && block % 2 == 1 ? shape.length / 2 - first - (shape.lanes - 1) : first;
}

// Of a pair of blocks, or of all.
int64_t BinElements(const SignalShape& shape) {
  return 2 * shape.lanes * (shape.paired ? 2 : shape.blocks);
}

double ChirpWork(const SignalShape& shape) {
  const auto rows = static_cast<double>(shape.rows);
  const auto lanes = static_cast<double>(shape.lanes);
  const double across = 2 * FftWork(shape.lanes, shape.lanes) / lanes + kChirpBinWork;
  const auto ends = static_cast<double>(shape.sample_pairs + shape.highest) / lanes;
  return static_cast<double>(shape.channels) *
         (2 * FftWork(shape.rows, shape.rows) + across * rows + 40 * ends);
}

template <class S>
void BuildChirp(SignalFft<S>* fft, int64_t block_bytes, Arena* memory, void* table) {
  const SignalShape& shape = fft->shape;
  const int64_t n = shape.n;
  const int64_t lanes = shape.lanes;
  const int64_t length = shape.chirp_length;
  const int64_t rows = shape.rows;
  fft->rows_fft = BuildFft<S>(rows, block_bytes, memory, table, RadixOrder::kTwosLast);
  auto* near = memory->Take<S>(2 * lanes * lanes);
  auto* far = memory->Take<S>(2 * rows);
  auto* chirp = memory->Take<S>(2 * ChirpElements(shape));
  auto* turns = memory->Take<S>(2 * RoundUp(shape.highest + 1, lanes));
  auto* bins = memory->Take<S>(2 * length);
  fft->near = near;
  fft->far = far;
  fft->chirp = chirp;
  fft->turns = turns;
  fft->chirp_spectrum = bins;
  if (memory->counts()) return;
  for (int64_t k = 0; k < ChirpElements(shape); ++k) {
    S* to = PlaceInVectors(chirp, k, lanes);
    PutRoot(-(k * k % n), n, to, to + lanes);
  }
  for (int64_t k = 0; k < RoundUp(shape.highest + 1, lanes); ++k) {
    S* to = PlaceInVectors(turns, k, lanes);
    PutRoot(-k, n, to, to + lanes);
  }
  // The inverse chirp, for differences of bins and pairs from -(highest + pairs - 1) to highest.
  auto* inverse = static_cast<double*>(table);  // [length, 2]; its spectrum, roots behind it
  double* spectrum = inverse + 2 * length;
  for (int64_t i = 0; i < 2 * length; ++i) inverse[i] = 0;
  for (int64_t k = -(shape.highest + shape.sample_pairs - 1); k <= shape.highest; ++k) {
    double* to = inverse + 2 * (k < 0 ? k + length : k);
    PutRoot(k * k % n, n, to, to + 1);
  }
  TransformTable(length, inverse, spectrum + 2 * length, spectrum);
  const FftOrder order(rows, RadixOrder::kTwosLast);
  for (int64_t k = 0; k < rows; ++k) {
    const int64_t place = order(k);
    const int64_t block = place / lanes;
    const int64_t lane = place % lanes;
    for (int64_t p = 0; p < lanes; ++p) {
      // A block's places are those of the first one, all bins on by as much.
      if (block == 0) {
        S* to = near + 2 * lanes * p + lane;
        PutRoot(-p * k, length, to, to + lanes);
      }
      if (lane == 0) {
        S* to = far + 2 * (place + p);
        PutRoot(-p * k, length, to, to + 1);
      }
      const double* bin = spectrum + 2 * (k + rows * p);
      S* to = bins + (block * lanes + fft->places[p]) * 2 * lanes + lane;
      to[0] = static_cast<S>(bin[0] / static_cast<double>(length));
      to[lanes] = static_cast<S>(bin[1] / static_cast<double>(length));
    }
  }
}

template <class S>
void BuildPhases(SignalFft<S>* fft, int64_t block_bytes, Arena* memory, void* table) {
  const SignalShape& shape = fft->shape;
  fft->phase = BuildRealFft<S>(shape.length, shape.phase_highest, block_bytes, memory, table);
  for (int64_t r = 0; r < shape.lanes; ++r) {
    const bool lives = r < shape.phases * shape.channels;
    fft->rows[r] =
        static_cast<int32_t>(lives ? r % shape.channels * shape.phases + r / shape.channels : r);
  }
  auto* first_bins = memory->Take<int64_t>(shape.blocks);
  auto* near = memory->Take<S>(2 * shape.phases * shape.lanes);
  auto* far = memory->Take<S>(2 * shape.phases * shape.blocks);
  fft->first_bins = first_bins;
  fft->near = near;
  fft->far = far;
  if (memory->counts()) return;
  for (int64_t p = 0; p < shape.phases; ++p, near += 2 * shape.lanes) {
    for (int64_t i = 0; i < shape.lanes; ++i) {
      PutRoot(-p * i, shape.n, near + i, near + shape.lanes + i);
    }
  }
  for (int64_t block = 0; block < shape.blocks; ++block) {
    first_bins[block] = FirstBin(shape, block);
    for (int64_t p = 0; p < shape.phases; ++p, far += 2) {
      PutRoot(-p * first_bins[block], shape.n, far, far + 1);
    }
  }
}

}  // namespace

double SignalFftWork(const SignalShape& shape) {
  if (shape.chirp_length > 0) return ChirpWork(shape);
  const auto bins = static_cast<double>(shape.blocks * shape.lanes);
  const auto vectors = static_cast<double>(shape.blocks * shape.channels);
  const auto length = static_cast<double>(shape.length);
  double work = RealFftWork(shape.length, shape.phase_highest) + kBinWork * bins;
  if (shape.phases > 1) {
    work += vectors * (FftWork(shape.phases, shape.phases) + 8 * static_cast<double>(shape.phases));
  }
  // Partial vectors are copied.
  if (shape.phases * shape.channels != shape.lanes) work += 2 * length;
  return work;
}

SignalShape ShapeOfSignal(int64_t n, int64_t channels, int64_t lanes, int64_t highest) {
  SignalShape best = Complete({n, channels, lanes, highest});
  double least = SignalFftWork(best);
  const auto consider = [&](int64_t phases, int64_t chirp_length) {
    const SignalShape shape = Complete({n, channels, lanes, highest, phases, chirp_length});
    const double work = SignalFftWork(shape);
    if (work >= least) return;
    least = work;
    best = shape;
  };
  for (int64_t phases = 2; phases * channels <= lanes && phases <= n; ++phases) {
    if (n % phases == 0) consider(phases, 0);
  }
  if (lanes > 1) consider(1, ChirpLength(n, lanes, highest));
  return best;
}

int64_t SignalFftScratch(const SignalShape& shape) {
  if (shape.chirp_length > 0) {
    return shape.sample_vectors  // copied
           + 2 * shape.rows      // the convolution
           + 2 * shape.lanes     // a block
           + std::max(FftScratch(shape.rows), FftScratch(shape.lanes));
  }
  const int64_t length = shape.length;
  return length                                          // samples, copied
         + RealFftElements(length, shape.phase_highest)  // the transform
         + BinElements(shape)                            // bins of the phases
         + 2 * shape.lanes                               // a block
         + std::max(RealFftScratch(length), FftScratch(shape.phases));
}

size_t SignalFftTableBytes(const SignalShape& shape) {
  if (shape.chirp_length > 0) {
    return AlignUp(static_cast<size_t>(6 * shape.chirp_length) * sizeof(double));
  }
  return std::max(RealFftTableBytes(shape.length, shape.phase_highest),
                  FftTableBytes(shape.phases));
}

template <class S>
SignalFft<S> BuildSignalFft(const SignalShape& shape, int64_t block_bytes, Arena* memory,
                            void* table) {
  SignalFft<S> fft;
  fft.shape = shape;
  const int64_t across = shape.chirp_length > 0 ? shape.lanes : shape.phases;
  fft.across = BuildFft<S>(across, block_bytes, memory, table);
  const FftOrder order(across);
  for (int64_t q = 0; q < across; ++q) fft.places[q] = static_cast<int32_t>(order(q));
  if (shape.chirp_length > 0) {
    BuildChirp(&fft, block_bytes, memory, table);
  } else {
    BuildPhases(&fft, block_bytes, memory, table);
  }
  return fft;
}

template SignalFft<float> BuildSignalFft<float>(const SignalShape&, int64_t, Arena*, void*);
template SignalFft<double> BuildSignalFft<double>(const SignalShape&, int64_t, Arena*, void*);

}  // namespace spectral_ops
