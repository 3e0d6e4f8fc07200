// The kind of axis between samples and modes (core/modes.h) that goes by a folded matrix.
//
// Analysis: columns are the folded samples, pairs 1 .. (length-1)/2, then 0 and, if even, length/2;
// rows are the modes |f| = 1 .. highest, with an even and an odd half, then 0 with an even one.
// Synthesis: columns are the folded modes, pairs |f| = 1 .. highest, then 0; rows are the samples
// as above. Odd entries are h sin, with a minus for the last axis, whose odd sums are those of
// imaginary parts. Blocks of rows are in the order of AxisMatrix.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/modes.h"
#include "cpu/axes/axis_matrix.h"
#include "cpu/axes/axis_spec.h"
#include "cpu/base/tuning.h"

namespace spectral_ops {

template <class S>
struct ModeMatrix : ModeAxisDefaults {
  ModeMap map;
  AxisFold fold;  // pairs and singles
  const S* entries = nullptr;

  static std::string Name(const AxisSpec& spec);
  static bool Fits(const AxisSpec& spec);
  static double Work(const AxisSpec& spec);
  static int64_t Scratch(const AxisSpec& spec);
  static size_t Bytes(const AxisSpec& spec);
  static size_t TableBytes(const AxisSpec& spec);
  static ModeMatrix Build(const AxisSpec& spec, const S* window, void* memory, void* table);
};

}  // namespace spectral_ops
