#include "cpu/axes/axis_signal.h"

#include <algorithm>
#include <memory>

#include "core/band.h"
#include "core/integers.h"
#include "core/memory.h"
#include "core/roots.h"
#include "cpu/axes/axis_fft.h"
#include "cpu/fft/signal_fft.h"

namespace spectral_ops {
namespace {

// Whether the longer side has twice the samples of the shorter one, of which every other is copied
// (docs/conventions.md, section 5). Those between them are transforms of the shorter length, turned
// by half a sample. Not where somebody wants none copied, as for a window.
bool CopiesHalf(const AxisSpec& spec) {
  const AxisShape& axis = spec.shape;
  return axis.rule == AxisRule::kPeriodic && !spec.without_copies && spec.signal.channels == 1 &&
         (axis.n == 2 * axis.m || axis.m == 2 * axis.n);
}

bool HasCosines(const AxisSpec& spec) { return spec.shape.rule == AxisRule::kSymmetric; }

SignalShape ShapeOf(const AxisSpec& spec, int64_t length) {
  const int64_t band = spec.shape.band();
  const int64_t highest = HasCosines(spec) ? HighestOfCosines(length, band) : band / 2;
  return ShapeOfSignal(CopiesHalf(spec) ? band : length, spec.signal.channels, spec.signal.lanes,
                       highest);
}

// Elements of the spectrum of all channels.
int64_t SpectrumElements(const AxisSpec& spec, int64_t length) {
  const SignalShape shape = ShapeOf(spec, length);
  return 2 * shape.channels * shape.part_elements;
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

// turn(length, k), [2, part_elements].
template <class S>
const S* TakeTurns(const AxisSpec& spec, int64_t length, Arena* memory) {
  const SignalShape shape = ShapeOf(spec, length);
  auto* turns = memory->Take<S>(2 * shape.part_elements);
  for (int64_t k = 0; k <= shape.highest && !memory->counts(); ++k) {
    const Root root = RootOfUnity(-k, 4 * length);
    turns[k] = static_cast<S>(root.cosine);
    turns[shape.part_elements + k] = static_cast<S>(root.sine);
  }
  return turns;
}

template <class S>
AxisSignal<S> Make(const AxisSpec& spec, Arena* memory, void* table) {
  const AxisShape& axis = spec.shape;
  const bool turns = CopiesHalf(spec) || axis.rule == AxisRule::kCentered;
  AxisSignal<S> signal;
  signal.turns_bins = axis.rule == AxisRule::kCentered;
  signal.bins = axis.bins();
  signal.scratch = BeforeSpectrum(spec);
  signal.forward = MakeSide<S>(spec, axis.n, memory, table);
  signal.backward = MakeSide<S>(spec, axis.m, memory, table);
  const int64_t part = ShapeOf(spec, axis.n).part_elements;
  auto* weights = memory->Take<S>(turns ? 2 * part : std::max(part, axis.bins()));
  signal.weights = weights;
  if (HasCosines(spec)) {
    signal.turns[0] = TakeTurns<S>(spec, axis.n, memory);
    signal.turns[1] = TakeTurns<S>(spec, axis.m, memory);
    const int64_t margin = 2 * spec.signal.lanes;
    signal.other_spectrum = SpectrumElements(spec, axis.n);
    signal.line = signal.other_spectrum + SpectrumElements(spec, axis.m) + margin;
    signal.samples = signal.line + RoundUp(std::max(axis.n, axis.m), spec.signal.lanes) + margin;
  }
  if (memory->counts()) return signal;
  const double scale = AxisScale(axis, spec.norm);
  if (!CopiesHalf(spec)) {
    for (int64_t k = 0; k < axis.bins(); ++k) {
      const double weight = HasCosines(spec) ? scale : scale * BandWeight(k, axis.n, axis.m);
      const Root root = RootOfUnity(turns ? k * (axis.n - axis.m) : 0, 2 * axis.n * axis.m);
      weights[k] = static_cast<S>(weight * root.cosine);
      if (turns) weights[part + k] = static_cast<S>(weight * root.sine);
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
  return std::string(HasCosines(spec) ? "fft of the signal's cosines, " : "fft of the signal, ") +
         NameOfSide(ShapeOf(spec, spec.shape.n)) + " to " + NameOfSide(ShapeOf(spec, spec.shape.m));
}

template <class S>
double AxisSignal<S>::Work(const AxisSpec& spec) {
  const int64_t moved = CopiesHalf(spec)   ? 4 * spec.shape.band()
                        : HasCosines(spec) ? 4 * (spec.shape.n + spec.shape.m)
                                           : 0;
  const auto copies = static_cast<double>(moved * spec.signal.channels);
  return SignalFftWork(ShapeOf(spec, spec.shape.n)) + SignalFftWork(ShapeOf(spec, spec.shape.m)) +
         copies / static_cast<double>(spec.signal.lanes);
}

template <class S>
int64_t AxisSignal<S>::Scratch(const AxisSpec& spec) {
  const AxisShape& axis = spec.shape;
  const SignalShape shape = ShapeOf(spec, axis.n);
  const int64_t lanes = shape.lanes;
  int64_t more = CopiesHalf(spec) ? shape.sample_vectors : 0;
  if (HasCosines(spec)) {
    const int64_t longest = std::max(axis.n, axis.m);
    more = SpectrumElements(spec, axis.m) / lanes + CeilDiv(longest, lanes) + 4 +
           CeilDiv(longest * shape.channels, lanes);
  }
  return BeforeSpectrum(spec) + SpectrumElements(spec, axis.n) / lanes + more;
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
