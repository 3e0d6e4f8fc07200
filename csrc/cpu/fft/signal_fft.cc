#include "cpu/fft/signal_fft.h"

#include <algorithm>

#include "core/memory.h"
#include "core/roots.h"

namespace spectral_ops {
namespace {

// Multiply-adds for a vector of bins of all phases: taken from its place, transposed, put down.
constexpr double kBinWork = 24;

template <class S>
void PutRoot(int64_t a, int64_t b, S* re, S* im) {
  const Root root = RootOfUnity(a, b);
  *re = static_cast<S>(root.cosine);
  *im = static_cast<S>(root.sine);
}

}  // namespace

double SignalFftWork(const SignalShape& shape) {
  const double bins = static_cast<double>(shape.blocks() * shape.lanes);
  const auto vectors = static_cast<double>(shape.blocks() * shape.channels);
  const auto length = static_cast<double>(shape.length());
  double work = RealFftWork(shape.length(), shape.phase_highest()) + kBinWork * bins;
  if (shape.phases > 1) {
    work += vectors * (FftWork(shape.phases, shape.phases) + 8 * static_cast<double>(shape.phases));
  }
  // Partial vectors are copied.
  if (shape.phases * shape.channels != shape.lanes) work += 2 * length;
  return work;
}

SignalShape ShapeOfSignal(int64_t n, int64_t channels, int64_t lanes, int64_t highest) {
  SignalShape best = {n, channels, lanes, highest, 1};
  double least = SignalFftWork(best);
  for (int64_t phases = 2; phases * channels <= lanes && phases <= n; ++phases) {
    if (n % phases != 0) continue;
    SignalShape shape = best;
    shape.phases = phases;
    const double work = SignalFftWork(shape);
    if (work >= least) continue;
    least = work;
    best = shape;
  }
  return best;
}

int64_t SignalFftScratch(const SignalShape& shape) {
  const int64_t length = shape.length();
  return length                                                   // samples, copied
         + RealFftElements(length, shape.phase_highest())         // the transform
         + 2 * shape.blocks() * shape.lanes                       // bins of the phases
         + 2 * shape.lanes                                        // a block
         + std::max(RealFftScratch(length), FftScratch(shape.phases));
}

size_t SignalFftTableBytes(const SignalShape& shape) {
  return std::max(RealFftTableBytes(shape.length(), shape.phase_highest()),
                  FftTableBytes(shape.phases));
}

template <class S>
SignalFft<S> BuildSignalFft(const SignalShape& shape, int64_t block_bytes, Arena* memory,
                            void* table) {
  SignalFft<S> fft;
  fft.shape = shape;
  fft.phase =
      BuildRealFft<S>(shape.length(), shape.phase_highest(), block_bytes, memory, table);
  fft.across = BuildFft<S>(shape.phases, block_bytes, memory, table);
  const FftOrder order(shape.phases);
  for (int64_t q = 0; q < shape.phases; ++q) fft.places[q] = static_cast<int32_t>(order(q));
  auto* near = memory->Take<S>(2 * shape.phases * shape.lanes);
  auto* far = memory->Take<S>(2 * shape.phases * shape.blocks());
  fft.near = near;
  fft.far = far;
  if (memory->counts()) return fft;
  for (int64_t p = 0; p < shape.phases; ++p, near += 2 * shape.lanes) {
    for (int64_t i = 0; i < shape.lanes; ++i) {
      PutRoot(-p * i, shape.n, near + i, near + shape.lanes + i);
    }
  }
  for (int64_t block = 0; block < shape.blocks(); ++block) {
    for (int64_t p = 0; p < shape.phases; ++p, far += 2) {
      PutRoot(-p * shape.first_bin(block), shape.n, far, far + 1);
    }
  }
  return fft;
}

template SignalFft<float> BuildSignalFft<float>(const SignalShape&, int64_t, Arena*, void*);
template SignalFft<double> BuildSignalFft<double>(const SignalShape&, int64_t, Arena*, void*);

}  // namespace spectral_ops
