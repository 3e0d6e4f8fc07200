#include "cpu/axes/axis_signal.h"

#include <algorithm>
#include <memory>

#include "core/band.h"
#include "core/integers.h"
#include "core/memory.h"
#include "core/roots.h"
#include "cpu/fft/signal_fft.h"

namespace spectral_ops {
namespace {

// Whether the longer side has twice the samples of the shorter one, of which every other is copied
// (docs/conventions.md, section 5). Those between them are transforms of the shorter length, turned
// by half a sample. Not where somebody wants none copied, as for a window.
bool CopiesHalf(const AxisSpec& spec) {
  const AxisShape& axis = spec.shape;
  return !spec.without_copies && spec.signal.channels == 1 &&
         (axis.n == 2 * axis.m || axis.m == 2 * axis.n);
}

SignalShape ShapeOf(const AxisSpec& spec, int64_t length) {
  return ShapeOfSignal(CopiesHalf(spec) ? spec.shape.band() : length, spec.signal.channels,
                       spec.signal.lanes, spec.shape.band() / 2);
}

int64_t BeforeSpectrum(const AxisSpec& spec) {
  return std::max(SignalFftScratch(ShapeOf(spec, spec.shape.n)),
                  SignalFftScratch(ShapeOf(spec, spec.shape.m)));
}

template <class S>
const SignalFft<S>* MakeSide(const AxisSpec& spec, int64_t length, Arena* memory, void* table) {
  auto* side = memory->Take<SignalFft<S>>(1);
  SignalFft<S> fft = BuildSignalFft<S>(ShapeOf(spec, length), spec.fft_block_bytes, memory, table);
  fft.step = length / fft.shape.n;
  if (memory->counts()) return nullptr;
  std::uninitialized_fill_n(side, 1, fft);
  return side;
}

template <class S>
AxisSignal<S> Make(const AxisSpec& spec, Arena* memory, void* table) {
  const AxisShape& axis = spec.shape;
  AxisSignal<S> signal;
  signal.scratch = BeforeSpectrum(spec);
  signal.forward = MakeSide<S>(spec, axis.n, memory, table);
  signal.backward = MakeSide<S>(spec, axis.m, memory, table);
  const int64_t part = ShapeOf(spec, axis.n).part_elements;
  auto* weights = memory->Take<S>(CopiesHalf(spec) ? 2 * part : part);
  signal.weights = weights;
  if (memory->counts()) return signal;
  const double scale = AxisScale(axis, spec.norm);
  if (!CopiesHalf(spec)) {
    for (int64_t k = 0; k < axis.bins(); ++k) {
      weights[k] = static_cast<S>(scale * BandWeight(k, axis.n, axis.m));
    }
    return signal;
  }
  const int64_t band = axis.band();
  signal.copy_weight = scale * static_cast<double>(band);
  for (int64_t k = 0; k < part; ++k) {
    // The Nyquist bin is the mean of the turns of k and -k.
    const Root root = RootOfUnity(axis.n > axis.m ? -k : k, 2 * band);
    const bool single = BinMultiplicity(k, band) == 1;
    weights[k] = static_cast<S>(scale * root.cosine);
    weights[part + k] = single ? 0 : static_cast<S>(scale * root.sine);
  }
  return signal;
}

std::string NameOfSide(const SignalShape& shape) {
  if (shape.chirp_length > 0) return "chirp across lanes";
  const std::string name = NameOf(WayOfRealFft(shape.length));
  return shape.phases > 1 ? name + " of phases" : name;
}

}  // namespace

template <class S>
std::string AxisSignal<S>::Name(const AxisSpec& spec) {
  if (CopiesHalf(spec)) {
    return std::string("fft of half the signal, ") +
           (spec.shape.n > spec.shape.m ? "copies in, " : "copies out, ") +
           NameOfSide(ShapeOf(spec, spec.shape.n));
  }
  return "fft of the signal, " + NameOfSide(ShapeOf(spec, spec.shape.n)) + " to " +
         NameOfSide(ShapeOf(spec, spec.shape.m));
}

template <class S>
double AxisSignal<S>::Work(const AxisSpec& spec) {
  const auto copies = static_cast<double>(CopiesHalf(spec) ? 4 * spec.shape.band() : 0);
  return SignalFftWork(ShapeOf(spec, spec.shape.n)) + SignalFftWork(ShapeOf(spec, spec.shape.m)) +
         copies / static_cast<double>(spec.signal.lanes);
}

template <class S>
int64_t AxisSignal<S>::Scratch(const AxisSpec& spec) {
  const SignalShape shape = ShapeOf(spec, spec.shape.n);
  const int64_t half = CopiesHalf(spec) ? shape.sample_vectors : 0;
  return BeforeSpectrum(spec) + 2 * shape.channels * shape.part_elements / shape.lanes + half;
}

template <class S>
size_t AxisSignal<S>::Bytes(const AxisSpec& spec) {
  Arena memory;
  Make<S>(spec, &memory, nullptr);
  return memory.bytes();
}

template <class S>
size_t AxisSignal<S>::TableBytes(const AxisSpec& spec) {
  return std::max(SignalFftTableBytes(ShapeOf(spec, spec.shape.n)),
                  SignalFftTableBytes(ShapeOf(spec, spec.shape.m)));
}

template <class S>
AxisSignal<S> AxisSignal<S>::Build(const AxisSpec& spec, const S* /*window*/, void* memory,
                                   void* table) {
  Arena arena(memory);
  return Make<S>(spec, &arena, table);
}

template struct AxisSignal<float>;
template struct AxisSignal<double>;

}  // namespace spectral_ops
