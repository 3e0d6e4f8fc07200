// What every function of the CPU kernels takes besides its arrays.
#ifndef SPECTRAL_OPS_PYTHON_OPTIONS_H_
#define SPECTRAL_OPS_PYTHON_OPTIONS_H_

#include <optional>
#include <string>

#include "core/types.h"
#include "cpu/base/simd.h"

namespace spectral_ops {

struct Options {
  Norm norm = Norm::kForward;
  DataFormat format = DataFormat::kChannelsLast;
  SimdTarget simd = SimdTarget::kScalar;
  int threads = 1;
  std::optional<double> fft_cost;  // in place of the tuning constant
};

Options ParseOptions(const std::string& norm, const std::string& data_format, int threads,
                     const std::optional<std::string>& simd);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_PYTHON_OPTIONS_H_
