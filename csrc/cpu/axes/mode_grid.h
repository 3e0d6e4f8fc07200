// The kind of axis between samples and modes (core/modes.h) that goes by a grid (cpu/fft/grid.h):
// FFTs of the grid's length, of real vectors on the last axis, of complex ones on the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/modes.h"
#include "cpu/axes/axis_spec.h"
#include "cpu/fft/fft.h"
#include "cpu/fft/grid.h"
#include "cpu/fft/real_fft.h"

namespace spectral_ops {

template <class S>
struct ModeGrid : ModeAxisDefaults {
  ModeMap map;
  CyclicSums<S> sums;  // to the grid; of a synthesis, from it
  RealFft<S> real;     // of the last axis
  FftPlan<S> complex;  // of the others
  int64_t reach = 0;   // FftReach of their bins
  // Those of ModeFft times the grid's factors, and the places of bins in the grid's transform.
  const S* weights = nullptr;
  const int32_t* places = nullptr;
  int64_t data_elements = 0;  // per lane of scratch, of a signal

  static constexpr bool kFft = true;
  static std::string Name(const AxisSpec& spec);
  static bool Fits(const AxisSpec& spec);
  static double Work(const AxisSpec& spec);
  static int64_t Scratch(const AxisSpec& spec);
  static size_t Bytes(const AxisSpec& spec);
  static size_t TableBytes(const AxisSpec& spec);
  static ModeGrid Build(const AxisSpec& spec, const S* window, void* memory, void* table);
};

}  // namespace spectral_ops
