// SpectralOps>Resample and SpectralOps>ResampleWindowGradient: their attributes and inputs.
#ifndef SPECTRAL_OPS_TF_RESAMPLE_OP_H_
#define SPECTRAL_OPS_TF_RESAMPLE_OP_H_

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "core/resample.h"
#include "tf/shim.h"

namespace spectral_ops {

struct ResampleOp {
  using Call = ResampleCall;
  static constexpr auto kOutput = &Call::result;

  template <class Context>
  absl::Status Read(Context* context) {
    tensorflow::DataType window_type = tensorflow::DT_FLOAT;
    TF_RETURN_IF_ERROR(ReadAttributes(context, "T", &call.dtype, "norm", &call.norm, "data_format",
                                      &call.format, "downsample_only", &call.downsample_only,
                                      "window_axes", &window_axes, "W", &window_type));
    if (window_axes.empty() ||
        (window_type == tensorflow::DT_DOUBLE) == (call.dtype == DataType::kFloat64)) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError("windows: must be float64 for float64 x, float32 otherwise");
  }

  // Whether there is an axis of a spatial `rank` for each of so many windows.
  absl::Status CheckWindowAxes(int64_t rank, int windows) const;

  absl::Status Fill(tensorflow::OpKernelContext* context, Call* call) const;

  static Status Check(const Call& call, Dims* y_dims) {
    ResampleShape shape;
    return Check(call, &shape, y_dims);
  }

  static bool IsInput(const Call& call, const Dims& y_dims) {
    return y_dims == call.x_dims &&
           std::all_of(std::begin(call.window_length), std::end(call.window_length),
                       [](int64_t length) { return length == kNoWindow; });
  }

  template <class Runtime>
  static Status Run(const Call& call, Runtime& runtime) {
    return RunResample(call, runtime);
  }

  Call call;
  std::vector<int64_t> window_axes;
};

struct ResampleWindowGradientOp : GivesNewTensor {
  using Call = WindowGradientCall;
  static constexpr auto kOutput = &Call::result;

  template <class Context>
  absl::Status Read(Context* context) {
    return ReadAttributes(context, "T", &call.dtype, "axis", &call.axis, "norm", &call.norm,
                          "data_format", &call.format);
  }

  absl::Status Fill(tensorflow::OpKernelContext* context, Call* call) const;

  static Status Check(const Call& call, Dims* grad_window_dims) {
    WindowGradientShape shape;
    return Check(call, &shape, grad_window_dims);
  }

  template <class Runtime>
  static Status Run(const Call& call, Runtime& runtime) {
    return RunWindowGradient(call, runtime);
  }

  Call call;
};

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_TF_RESAMPLE_OP_H_
