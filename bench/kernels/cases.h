// Calls of operators, written as text and made ready to run.
//
//   resample      <x> <size>            [adjoint | window_gradient]
//   conv          <x> <filters>         [input_gradient | filter_gradient] [depthwise]
//   spectral_conv <x> <weights> [size]  [adjoint | weight_gradient]
//
// with dims such as 8x112x112x64 and, behind them, words in any order: also channels_first,
// float16, bfloat16, float64, and matrix or fft, which every axis then is. Names of gradients
// follow the dims of the forward call.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "trials.h"

namespace spectral_ops::bench {

class Case {
 public:
  static Status Parse(const std::string& text, Case* made);

  const std::string& text() const { return text_; }
  // The trial refers to this case and to `threads`.
  Status Plan(CpuTarget target, const ParallelFor& threads, Trial* trial) const;

 private:
  std::string text_;
  std::variant<ResampleCall, WindowGradientCall, ConvCall, SpectralConvCall> call_;
  std::vector<Memory> operands_;  // the result is the last
  std::string kind_;              // "matrix", "fft", or none: as the plan chooses
};

}  // namespace spectral_ops::bench
