// The tuning constants, and the cases in which each of them counts.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "cpu/base/tuning.h"
#include "measure.h"

namespace spectral_ops::bench {

using Field = std::variant<double*, int64_t*>;

// A field of Tuning.
struct Sweep {
  const char* name;
  Field (*field)(Tuning*);
  bool rounds;  // whether results may depend on it
  State state;
  bool threaded;  // on all threads, else on one
  std::vector<const char*> cases;
};

// A constant that is compiled in, and the cases in which it counts.
struct Compiled {
  const char* name;
  const char* values;
  const char* cases;
};

const std::vector<Sweep>& Sweeps();
const std::vector<Compiled>& CompiledConstants();

}  // namespace spectral_ops::bench
