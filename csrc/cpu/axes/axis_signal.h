// The kind of axis that resamples one signal at a time, its samples as lanes
// (cpu/fft/signal_fft.h): a transform of length n, the band, a transform of length m. Tables do not
// depend on a window: it is applied to the spectrum as it is. Of one channel and a ratio of two,
// without window, every other sample of the longer side is copied; both transforms then have the
// shorter length, and the spectrum is turned by half a sample (AxisSpec::without_copies: not so).
// Of a symmetric axis the samples are reordered and the transforms are those of cosines
// (cpu/axes/axis_fft.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/axis.h"
#include "cpu/axes/axis_spec.h"

namespace spectral_ops {

template <class S>
struct SignalFft;  // cpu/fft/signal_fft.h

template <class S>
struct AxisSignal : AxisKindDefaults {
  const SignalFft<S>* forward = nullptr;   // of length n
  const SignalFft<S>* backward = nullptr;  // of length m
  // Norm and band: [bins]. With copies, and of a centered axis, [2, part_elements], what turns the
  // bins besides, real and imaginary parts.
  const S* weights = nullptr;
  // Of a symmetric axis: turn(n, k) and turn(m, k) (axis_fft.h), [2, part_elements] of either side.
  const S* turns[2] = {nullptr, nullptr};
  bool turns_bins = false;  // of a centered axis
  int64_t bins = 0;
  int64_t scratch = 0;  // elements per lane, before the spectrum
  // Of a symmetric axis, elements from the spectrum on: the other spectrum, cosines, samples.
  int64_t other_spectrum = 0;
  int64_t line = 0;
  int64_t samples = 0;

  struct Family {};
  static constexpr AxisEnds kEnds = AxisEnds::kSignals;
  static constexpr bool kFft = true;
  static std::string Name(const AxisSpec& spec);
  static double Work(const AxisSpec& spec);  // of one signal
  static int64_t Scratch(const AxisSpec& spec);
  static size_t Bytes(const AxisSpec& spec);
  static size_t TableBytes(const AxisSpec& spec);
  static AxisSignal Build(const AxisSpec& spec, const S* window, void* memory, void* table);
};

}  // namespace spectral_ops
