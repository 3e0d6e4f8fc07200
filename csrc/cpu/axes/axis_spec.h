// All that decides what one axis does, but for the values of its window, and the kinds of ways to
// do it.
#pragma once

#include <cstdint>

#include "core/axis.h"
#include "core/modes.h"
#include "core/types.h"

namespace spectral_ops {

enum class AxisKind : int;  // the kinds, in the order of their list (axis_list.h)

// What a kind runs between, and whose lanes they are.
enum class AxisEnds {
  kSamples,  // samples: each lane carries a signal
  kModes,    // samples and modes: likewise
  kMoments,  // samples and modes, moments of blocks of samples in between
  kSignals,  // samples: the lanes are samples and channels of one signal
};

// Of kinds between signals, or by moments.
struct SignalLanes {
  int64_t lanes = 1;     // of a vector
  int64_t channels = 1;  // of a sample

  constexpr bool operator==(const SignalLanes& other) const {
    return lanes == other.lanes && channels == other.channels;
  }
};

struct AxisSpec {
  AxisKind kind = AxisKind{};
  AxisShape shape;  // of kinds from samples to samples
  Norm norm = Norm::kForward;
  // Pooling by an integer ratio alone: somebody else takes care of the samples that are only copied
  // (AxisFold), and the input is packed without them. Of kinds between signals: none is copied.
  bool without_copies = false;
  ModeMap modes;                       // of kinds between samples and modes
  SignalLanes signal;                  // of kinds between signals, or by moments
  DataType type = DataType::kFloat32;  // in which it is computed: float32 or float64
  int64_t row_block = 1;               // rows of a matrix that run side by side
  int64_t fft_block_bytes = 0;         // of an FFT that stays in cache; no bit depends on it
  // What one family of kinds knows alone, of the family's type. Whoever gives it keeps it for the
  // life of the process, and equal ones at one address: specs compare by that.
  const void* rule = nullptr;

  bool operator==(const AxisSpec& other) const {
    return kind == other.kind && shape == other.shape && norm == other.norm &&
           without_copies == other.without_copies && modes == other.modes &&
           signal == other.signal && type == other.type && row_block == other.row_block &&
           fft_block_bytes == other.fft_block_bytes && rule == other.rule;
  }
};

// What a kind is taken for where it does not say otherwise (axis_kinds.h).
struct AxisKindDefaults {
  static constexpr bool kFft = false;
  double copy_weight = 0;  // what a copied sample is multiplied by
  static bool IsIdentity(const AxisSpec& /*spec*/) { return false; }
  static bool CanLeaveCopiesOut(const AxisSpec& /*spec*/) { return false; }
  static bool Fits(const AxisSpec& /*spec*/) { return true; }
  static double BuildWork(const AxisSpec& /*spec*/) { return 0; }
};

// Of the kinds that resample by the rule of the band.
struct BandAxisDefaults : AxisKindDefaults {
  using Family = BandAxisDefaults;
  static constexpr AxisEnds kEnds = AxisEnds::kSamples;
  static bool IsIdentity(const AxisSpec& spec) { return spec.shape.IsIdentity(); }
  static bool CanLeaveCopiesOut(const AxisSpec& spec) {
    const AxisShape& axis = spec.shape;
    return axis.rule == AxisRule::kPeriodic && !axis.windowed && axis.n > axis.m &&
           axis.n % axis.m == 0;
  }
};

// Of the kinds between samples and modes.
struct ModeAxisDefaults : AxisKindDefaults {
  using Family = ModeAxisDefaults;
  static constexpr AxisEnds kEnds = AxisEnds::kModes;
};

// Above this many entries a matrix is never built.
constexpr int64_t kMostMatrixEntries = int64_t{1} << 22;

}  // namespace spectral_ops
