#include "cpu/axes/axis_signal.h"

#include <algorithm>
#include <memory>

#include "core/band.h"
#include "core/integers.h"
#include "core/memory.h"
#include "cpu/fft/signal_fft.h"

namespace spectral_ops {
namespace {

SignalShape ShapeOf(const AxisSpec& spec, int64_t length) {
  return ShapeOfSignal(length, spec.signal.channels, spec.signal.lanes, spec.shape.band() / 2);
}

int64_t BeforeSpectrum(const AxisSpec& spec) {
  return std::max(SignalFftScratch(ShapeOf(spec, spec.shape.n)),
                  SignalFftScratch(ShapeOf(spec, spec.shape.m)));
}

template <class S>
const SignalFft<S>* MakeSide(const AxisSpec& spec, int64_t length, Arena* memory, void* table) {
  auto* side = memory->Take<SignalFft<S>>(1);
  const SignalFft<S> fft =
      BuildSignalFft<S>(ShapeOf(spec, length), spec.fft_block_bytes, memory, table);
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
  auto* weights = memory->Take<S>(axis.bins());
  signal.weights = weights;
  if (memory->counts()) return signal;
  const double scale = AxisScale(axis, spec.norm);
  for (int64_t k = 0; k < axis.bins(); ++k) {
    weights[k] = static_cast<S>(scale * BandWeight(k, axis.n, axis.m));
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
  return "fft of the signal, " + NameOfSide(ShapeOf(spec, spec.shape.n)) + " to " +
         NameOfSide(ShapeOf(spec, spec.shape.m));
}

template <class S>
double AxisSignal<S>::Work(const AxisSpec& spec) {
  return SignalFftWork(ShapeOf(spec, spec.shape.n)) + SignalFftWork(ShapeOf(spec, spec.shape.m));
}

template <class S>
int64_t AxisSignal<S>::Scratch(const AxisSpec& spec) {
  const SignalShape shape = ShapeOf(spec, spec.shape.n);
  return BeforeSpectrum(spec) + CeilDiv(2 * shape.channels * shape.part_elements, shape.lanes);
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
