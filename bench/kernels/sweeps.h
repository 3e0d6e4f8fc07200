// Sweeps of tuning constants (csrc/cpu/base/tuning.h): the times of other values beside those of
// the value in use.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/status.h"
#include "cpu/base/simd.h"
#include "measure.h"

namespace spectral_ops::bench {

struct Settings {
  SimdTarget simd = SimdTarget::kScalar;
  int rounds = 15;
  std::vector<int> threads;
  std::optional<State> state;      // none: a command's own
  std::vector<double> values;      // of a sweep, likewise
  std::vector<std::string> cases;  // likewise
  bool json = false;
  bool plans = false;
};

std::vector<std::string> NamesOfSweeps();  // at run time
// All constants, with what their sweeps need.
std::string ListSweeps();

// Measures and prints. Refuses an unknown name, and results that depend on a constant they must not
// depend on.
Status RunSweep(const std::string& name, const Settings& settings);

std::string Quote(const std::string& text);  // for JSON

}  // namespace spectral_ops::bench
