// Both gradients of a filter at once, before any value is touched: what the call takes, checked.
//
//   dL/dx = irfftn(conj(H) rfftn(g)),  dL/dH = s sum conj(rfftn(x)) rfftn(g)
//                                                             (docs/conventions.md, section 18)
//
// They share the spectrum of g. Each by itself, and the filter, is a SpectralConvCall. A filter may
// keep the spectrum of x for both: in the order and with the dims that suit the kernels
// (cpu/spectra/filter_plan.h), empty where they have no use for it.
#pragma once

#include <tuple>

#include "core/dims.h"
#include "core/spectral_conv.h"
#include "core/status.h"
#include "core/types.h"

namespace spectral_ops {

struct FilterGradientsCall {
  using Shape = SpectralConvShape;
  auto Settings() const {
    return std::tie(dtype, format, x_dims, response_dims, grad_dims, spectrum_dims);
  }

  const Dims& second_dims() const { return response_dims; }

  // Each gradient as a call of its own.
  SpectralConvCall OfX() const;
  SpectralConvCall OfResponse() const;

  DataType dtype = DataType::kFloat32;
  DataFormat format = DataFormat::kChannelsLast;
  Dims x_dims;
  Dims response_dims;
  Dims grad_dims;      // those of x
  Dims spectrum_dims;  // other dims than those that the filter gave: x is analysed again
  const void* x = nullptr;
  const void* response = nullptr;
  const void* grad_output = nullptr;
  const void* spectrum = nullptr;
  void* result = nullptr;         // the gradient of x
  void* second_result = nullptr;  // that of the response
};

// Whether calls have a second result; its dims are second_dims().
template <class Call>
inline constexpr bool kGivesTwo = false;
template <>
inline constexpr bool kGivesTwo<FilterGradientsCall> = true;

// Checks everything that a call says, but not its pointers; fills `shape`, which is that of the
// response's gradient, and the dims of `result`.
Status Check(const FilterGradientsCall& call, SpectralConvShape* shape, Dims* result_dims);

}  // namespace spectral_ops
