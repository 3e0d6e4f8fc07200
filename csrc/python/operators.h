// The operators on arrays of any backend, as Python calls them: each parses its arguments, makes a
// call of core/ of them, has that checked and the backend run it.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "python/backend.h"

namespace spectral_ops {
namespace operators {

using Shape = std::vector<int64_t>;
using Text = std::string;
using Groups = std::optional<int64_t>;  // none: depthwise
using MaybeText = std::optional<std::string>;

py::object Resample(Backend& backend, const py::object& x, const py::object& output_size,
                    const Text& boundary, const MaybeText& alignment, const Text& norm,
                    const py::object& windows, const Text& data_format, bool downsample_only);
py::object ResampleAdjoint(Backend& backend, const py::object& grad_output,
                           const py::object& input_size, const Text& boundary,
                           const MaybeText& alignment, const Text& norm, const py::object& windows,
                           const Text& data_format);
py::object ResampleWindowGradient(Backend& backend, const py::object& x_object,
                                  const py::object& grad_object, int axis, const Text& boundary,
                                  const MaybeText& alignment, const Text& norm,
                                  const py::object& windows_object, const Text& data_format);

py::object Conv(Backend& backend, const py::object& x_object, const py::object& filters_object,
                const Text& padding, const Groups& groups, const Text& data_format);
py::object ConvInputGradient(Backend& backend, const Shape& x_shape,
                             const py::object& filters_object, const py::object& grad_object,
                             const Text& padding, const Groups& groups, const Text& data_format);
py::object ConvFilterGradient(Backend& backend, const py::object& x_object,
                              const Shape& filters_shape, const py::object& grad_object,
                              const Text& padding, const Groups& groups, const Text& data_format);

py::object SpectralConv(Backend& backend, const py::object& x, const py::object& weights,
                        const py::object& modes, const py::object& output_size, const Text& norm,
                        const Text& data_format);
py::object SpectralConvAdjoint(Backend& backend, const py::object& grad_output,
                               const py::object& weights, const py::object& input_size,
                               const py::object& modes, const Text& norm, const Text& data_format);
py::object SpectralConvWeightGradient(Backend& backend, const py::object& x_object,
                                      const py::object& grad_object, const Shape& weights_shape,
                                      const py::object& modes, const Text& norm,
                                      const Text& data_format);

py::object SpectralConvAndSpectrum(Backend& backend, const py::object& x, const py::object& weights,
                                   const py::object& modes, const py::object& output_size,
                                   const Text& norm, const Text& data_format);
py::object SpectralConvGradients(Backend& backend, const py::object& x_object,
                                 const py::object& weights_object, const py::object& grad_object,
                                 const py::object& modes, const py::object& spectrum_object,
                                 const Text& norm, const Text& data_format);

py::object WaveletAnalysis(Backend& backend, const py::object& x, const py::object& filters,
                           const Text& rule, const Text& mode, int level, const Text& data_format);
py::object WaveletSynthesis(Backend& backend, const py::object& bands,
                            const py::object& output_size, const py::object& filters,
                            const Text& rule, const Text& mode, int level, const Text& data_format);
py::object WaveletFilterGradient(Backend& backend, const py::object& x_object,
                                 const py::object& bands_object, const py::object& filters,
                                 int axis, const Text& rule, const Text& mode, int level,
                                 const Text& data_format);

}  // namespace operators

// The constant of the CPU's tuning in whose place a function may be given another.
struct NoTuning {};
struct FftCost {
  using Value = double;
  static constexpr const char* kName = "fft_cost";
};
struct ConvWorkspace {
  using Value = int64_t;
  static constexpr const char* kName = "workspace_bytes";
};

// Has `define` take each operator: its tuning, name and function, its doc and its arguments.
template <class Define>
void DefineOperators(const Define& define) {
  const auto x = py::arg("x");
  const auto grad_output = py::arg("grad_output");
  const auto keywords = py::kw_only();
  const auto boundary = py::arg("boundary") = "periodic";
  const auto alignment = py::arg("alignment") = py::none();
  const auto norm = py::arg("norm") = "forward";
  const auto windows = py::arg("windows") = py::none();
  const auto format = py::arg("data_format") = "channels_last";
  define(FftCost(), "resample", &operators::Resample,
         "As spectral_ops.resample, on an array. fft_cost takes the place of the CPU's tuning "
         "constant: 0 has every axis go by FFTs, infinity by its matrix.",
         x, py::arg("output_size"), keywords, boundary, alignment, norm, windows, format,
         py::arg("downsample_only") = false);
  define(NoTuning(), "resample_adjoint", &operators::ResampleAdjoint,
         "The adjoint of resample from input_size, whose norm `norm` names.", grad_output,
         py::arg("input_size"), keywords, boundary, alignment, norm, windows, format);
  define(NoTuning(), "resample_window_gradient", &operators::ResampleWindowGradient,
         "The gradient of sum(grad_output * resample(x)) with respect to windows[axis].", x,
         grad_output, py::arg("axis"), keywords, boundary, alignment, norm, windows, format);

  const auto padding = py::arg("padding") = "same";
  const auto groups = py::arg("groups") = 1;
  define(ConvWorkspace(), "conv", &operators::Conv,
         "As spectral_ops.conv(algorithm='fft'), on arrays. workspace_bytes takes the place of the "
         "CPU's tuning constant.",
         x, py::arg("filters"), keywords, padding, groups, format);
  define(ConvWorkspace(), "conv_input_gradient", &operators::ConvInputGradient,
         "The gradient of sum(grad_output * conv(x, filters)) for x.", py::arg("x_shape"),
         py::arg("filters"), grad_output, keywords, padding, groups, format);
  define(ConvWorkspace(), "conv_filter_gradient", &operators::ConvFilterGradient,
         "The gradient of sum(grad_output * conv(x, filters)) for the filters.", x,
         py::arg("filters_shape"), grad_output, keywords, padding, groups, format);

  const auto weights = py::arg("weights");
  const auto modes = py::arg("modes") = py::none();
  define(FftCost(), "spectral_conv", &operators::SpectralConv,
         "As spectral_ops.spectral_conv, on arrays. fft_cost as of resample.", x, weights, keywords,
         modes, py::arg("output_size") = py::none(), norm, format);
  define(FftCost(), "spectral_conv_adjoint", &operators::SpectralConvAdjoint,
         "The adjoint of spectral_conv in x, whose spatial size is input_size.", grad_output,
         weights, py::arg("input_size"), keywords, modes, norm, format);
  define(FftCost(), "spectral_conv_weight_gradient", &operators::SpectralConvWeightGradient,
         "The gradient of sum(grad_output * spectral_conv(x, weights)) by the weights.", x,
         grad_output, py::arg("weights_shape"), keywords, modes, norm, format);

  define(FftCost(), "spectral_conv_and_spectrum", &operators::SpectralConvAndSpectrum,
         "spectral_conv, and the spectrum of x as spectral_conv_gradients takes it; empty where "
         "that has no use for it.",
         x, weights, keywords, modes, py::arg("output_size") = py::none(), norm, format);
  define(
      FftCost(), "spectral_conv_gradients", &operators::SpectralConvGradients,
      "The gradients of sum(grad_output * spectral_conv(x, weights)), for x and for the weights; "
      "with the spectrum of spectral_conv_and_spectrum in less time.",
      x, weights, grad_output, keywords, modes, py::arg("spectrum") = py::none(), norm, format);

  const auto bands = py::arg("bands");
  const auto filters = py::arg("filters");
  const auto rule = py::arg("rule") = "dwt";
  const auto mode = py::arg("mode") = "symmetric";
  const auto level = py::arg("level") = 0;
  define(NoTuning(), "wavelet_analysis", &operators::WaveletAnalysis,
         "Bands of x by filters [2, taps], one for each spatial axis (docs/conventions.md).", x,
         filters, keywords, rule, mode, level, format);
  define(NoTuning(), "wavelet_synthesis", &operators::WaveletSynthesis,
         "Samples of bands: the adjoint of wavelet_analysis of the same filters and rule.", bands,
         py::arg("output_size"), filters, keywords, rule, mode, level, format);
  define(NoTuning(), "wavelet_filter_gradient", &operators::WaveletFilterGradient,
         "The gradient of sum(bands * wavelet_analysis(x)) by filters[axis].", x, bands, filters,
         py::arg("axis"), keywords, rule, mode, level, format);
}

}  // namespace spectral_ops
