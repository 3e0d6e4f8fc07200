// The kind of axis between samples and modes (core/modes.h) that goes by FFTs: of real vectors on
// the last axis, of complex ones on the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/modes.h"
#include "cpu/axes/axis_spec.h"
#include "cpu/fft/fft.h"
#include "cpu/fft/real_fft.h"

namespace spectral_ops {

template <class S>
struct ModeFft : ModeAxisDefaults {
  ModeMap map;
  RealFft<S> real;     // the last axis, of `length`
  FftPlan<S> complex;  // the others
  int64_t reach = 0;   // FftReach of their bins
  // The last axis: [modes, 2], what multiplies the real and the imaginary part of a bin. The
  // others: mode f = s - low is u times bin f plus v times bin -f, u = (g + h) / 2, v = (g - h)
  // / 2.
  const S* weights = nullptr;
  const int32_t* places = nullptr;  // the others: [modes, 2], FftOrder of bins f and -f
  int64_t data_elements = 0;        // per lane of scratch

  static constexpr bool kFft = true;
  static std::string Name(const AxisSpec& spec);
  static double Work(const AxisSpec& spec);
  static int64_t Scratch(const AxisSpec& spec);
  static size_t Bytes(const AxisSpec& spec);
  static size_t TableBytes(const AxisSpec& spec);
  static ModeFft Build(const AxisSpec& spec, const S* window, void* memory, void* table);
};

}  // namespace spectral_ops
