// What the ops of convolution make of their attributes and inputs.
#pragma once

#include "core/conv.h"
#include "tf/shim.h"

namespace spectral_ops {

// Of all five; no groups stands for kDepthwise.
struct ConvAttributes {
  template <class Context>
  absl::Status Read(Context* context) {
    return ReadAttributes(context, "T", &call.dtype, "padding", &call.padding, "groups",
                          &call.groups, "data_format", &call.format);
  }

  ConvCall call;
};

// Inputs: x, filters; x_shape, filters, grad_output; x, filters_shape, grad_output.
template <ConvMap map>
struct ConvOp : ConvAttributes, GivesNewTensor {
  template <class Inputs>
  absl::Status Fill(const Inputs& inputs, ConvCall* call) const {
    call->map = map;
    if constexpr (map == ConvMap::kInputGradient) {
      TF_RETURN_IF_ERROR(inputs.Vector("x_shape", 0, &call->x_dims));
    } else {
      call->source = inputs.Tensor(0, &call->x_dims);
    }
    if constexpr (map == ConvMap::kFilterGradient) {
      TF_RETURN_IF_ERROR(inputs.Vector("filters_shape", 1, &call->filter_dims));
    } else {
      call->other = inputs.Tensor(1, &call->filter_dims);
    }
    if constexpr (map != ConvMap::kForward) {
      (map == ConvMap::kInputGradient ? call->source : call->other) =
          inputs.Tensor(2, &call->grad_dims);
    }
    return absl::OkStatus();
  }
};

// Looks at shapes alone.
struct ConvPrefersFftOp : ConvAttributes {
  template <class Context>
  absl::Status Read(Context* context) {
    TF_RETURN_IF_ERROR(ReadAttributes(context, "map", &call.map));
    return ConvAttributes::Read(context);
  }

  // By the model of the CPU or of a GPU.
  template <class Inputs>
  absl::Status Answer(const Inputs& inputs, const CpuSettings& settings, bool* prefers) const {
    return Ask(inputs, [&](const ConvCall& shapes, TextSink error) {
      return Kernels().prefers_fft(&shapes, &settings, prefers, error);
    });
  }
  template <class Inputs>
  absl::Status Answer(const Inputs& inputs, const CudaPlace& place, bool* prefers) const {
    return Ask(inputs, [&](const ConvCall& shapes, TextSink error) {
      return Kernels().cuda_prefers_fft(&shapes, &place, prefers, error);
    });
  }

 private:
  template <class Inputs, class Model>
  absl::Status Ask(const Inputs& inputs, const Model& model) const {
    ConvCall shapes = call;
    TF_RETURN_IF_ERROR(inputs.Vector("x_shape", 0, &shapes.x_dims));
    TF_RETURN_IF_ERROR(inputs.Vector("filters_shape", 1, &shapes.filter_dims));
    return ToAbsl(StatusOf([&](TextSink error) { return model(shapes, error); }));
  }
};

}  // namespace spectral_ops
