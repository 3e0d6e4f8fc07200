// What the ops SpectralOps>Resample and SpectralOps>ResampleWindowGradient make of their attributes
// and inputs.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/resample.h"
#include "tf/shim.h"

namespace spectral_ops {

// The attributes `boundary` and `alignment`.
template <class Context>
absl::Status ReadRule(Context* context, AxisRule* rule) {
  Boundary boundary = Boundary::kPeriodic;
  Alignment alignment = Alignment::kFirst;
  TF_RETURN_IF_ERROR(ReadAttributes(context, "boundary", &boundary, "alignment", &alignment));
  return ToAbsl(RuleOf(boundary, alignment, rule));
}

struct ResampleOp {
  template <class Context>
  absl::Status Read(Context* context) {
    tensorflow::DataType window_type = tensorflow::DT_FLOAT;
    TF_RETURN_IF_ERROR(ReadAttributes(context, "T", &call.dtype, "norm", &call.norm, "data_format",
                                      &call.format, "downsample_only", &call.downsample_only,
                                      "window_axes", &window_axes, "W", &window_type));
    TF_RETURN_IF_ERROR(ReadRule(context, &call.rule));
    if (window_axes.empty() ||
        (window_type == tensorflow::DT_DOUBLE) == (call.dtype == DataType::kFloat64)) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError("windows: must be float64 for float64 x, float32 otherwise");
  }

  // Whether there is an axis of a spatial `rank` for each of so many windows.
  absl::Status CheckWindowAxes(int64_t rank, int windows) const {
    const std::vector<int64_t>& axes = window_axes;
    if (static_cast<int>(axes.size()) != windows) {
      return absl::InvalidArgumentError("windows: their number differs from window_axes'");
    }
    for (size_t i = 0; i < axes.size(); ++i) {
      if (axes[i] < 0 || axes[i] >= rank || (i > 0 && axes[i] <= axes[i - 1])) {
        return absl::InvalidArgumentError("window_axes: must rise and lie below the spatial rank");
      }
    }
    return absl::OkStatus();
  }

  template <class Inputs>
  absl::Status Fill(const Inputs& inputs, ResampleCall* call) const {
    call->x = inputs.Tensor(0, &call->x_dims);
    TF_RETURN_IF_ERROR(inputs.Vector("output_size", 1, &call->output_size));
    const int rank = std::min(call->output_size.rank, kMaxSpatialRank);
    TF_RETURN_IF_ERROR(CheckWindowAxes(rank, inputs.count() - 2));
    for (size_t w = 0; w < window_axes.size(); ++w) {
      Dims window;
      const auto axis = static_cast<size_t>(window_axes[w]);
      call->windows[axis] = inputs.Tensor(2 + static_cast<int>(w), &window);
      const std::string name = Concat("windows[", axis, "]");
      TF_RETURN_IF_ERROR(CheckVector(name.c_str(), window));
      call->window_length[axis] = window[0];
    }
    return absl::OkStatus();
  }

  static bool IsInput(const ResampleCall& call, const Dims& y_dims) {
    return y_dims == call.x_dims &&
           std::all_of(call.window_length.begin(), call.window_length.end(),
                       [](int64_t length) { return length == kNoWindow; });
  }

  ResampleCall call;
  std::vector<int64_t> window_axes;
};

struct ResampleWindowGradientOp : GivesNewTensor {
  template <class Context>
  absl::Status Read(Context* context) {
    TF_RETURN_IF_ERROR(ReadAttributes(context, "T", &call.dtype, "axis", &call.axis, "norm",
                                      &call.norm, "data_format", &call.format));
    return ReadRule(context, &call.rule);
  }

  template <class Inputs>
  absl::Status Fill(const Inputs& inputs, WindowGradientCall* call) const {
    call->x = inputs.Tensor(0, &call->x_dims);
    call->grad_output = inputs.Tensor(1, &call->grad_dims);
    return absl::OkStatus();
  }

  WindowGradientCall call;
};

}  // namespace spectral_ops
