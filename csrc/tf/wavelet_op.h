// What the ops SpectralOps>WaveletAnalysis, >WaveletSynthesis and >WaveletFilterGradient make of
// their attributes and inputs.
#pragma once

#include <algorithm>
#include <string>

#include "core/wavelet.h"
#include "tf/shim.h"

namespace spectral_ops {

// What the ops are.
struct WaveletOpBase : GivesNewTensor {
  template <class Context>
  absl::Status Read(Context* context) {
    tensorflow::DataType filters = tensorflow::DT_FLOAT;
    TF_RETURN_IF_ERROR(ReadAttributes(context, "T", &call.dtype, "rule", &call.rule, "mode",
                                      &call.mode, "level", &call.level, "data_format", &call.format,
                                      "W", &filters, "N", &call.rank));
    if ((filters == tensorflow::DT_DOUBLE) == (call.dtype == DataType::kFloat64)) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError("filters: must be float64 for float64 x, float32 otherwise");
  }

  // From input `first` on.
  template <class Inputs>
  static void FillFilters(const Inputs& inputs, int first, WaveletCall* call) {
    for (int i = 0; i < std::min(call->rank, kMaxSpatialRank); ++i) {
      call->filters[i] = inputs.Tensor(first + i, &call->filter_dims[static_cast<size_t>(i)]);
    }
  }

  WaveletCall call;
};

struct WaveletAnalysisOp : WaveletOpBase {
  template <class Inputs>
  absl::Status Fill(const Inputs& inputs, WaveletCall* call) const {
    call->x = inputs.Tensor(0, &call->x_dims);
    FillFilters(inputs, 1, call);
    return absl::OkStatus();
  }
};

struct WaveletSynthesisOp : WaveletOpBase {
  template <class Inputs>
  absl::Status Fill(const Inputs& inputs, WaveletCall* call) const {
    call->map = WaveletMap::kSynthesis;
    call->bands = inputs.Tensor(0, &call->band_dims);
    TF_RETURN_IF_ERROR(inputs.Vector("size", 1, &call->size));
    FillFilters(inputs, 2, call);
    return absl::OkStatus();
  }
};

struct WaveletFilterGradientOp : WaveletOpBase {
  template <class Context>
  absl::Status Read(Context* context) {
    TF_RETURN_IF_ERROR(ReadAttributes(context, "axis", &call.axis));
    return WaveletOpBase::Read(context);
  }

  template <class Inputs>
  absl::Status Fill(const Inputs& inputs, WaveletCall* call) const {
    call->map = WaveletMap::kFilterGradient;
    call->x = inputs.Tensor(0, &call->x_dims);
    call->bands = inputs.Tensor(1, &call->band_dims);
    FillFilters(inputs, 2, call);
    return absl::OkStatus();
  }
};

}  // namespace spectral_ops
