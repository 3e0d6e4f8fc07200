// Runs a filter by transforms of whole spectra on a device (chain_run.h).
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "gpu/filter.h"
#include "gpu/filter_spectra.h"
#include "gpu/plane_fft.h"
#include "gpu/rows.h"
#include "gpu/spectral_conv.h"

namespace spectral_ops::gpu {

template <class T, class Device>
class FilterRun {
 public:
  FilterRun(Device& device, const SpectralConvPlan& plan, const SpectralConvCall& call,
            char* workspace)
      : device_(device),
        plan_(plan.filter),
        shape_(plan.shape),
        call_(call),
        workspace_(workspace) {}

  Status Run() {
    if (plan_.by_planes) {
      SPECTRAL_OPS_RETURN_IF_ERROR(device_.Launch(FillPlaneFft<S>{plan_.planes, Tables()}));
    }
    if (shape_.kind == SpectralConvKind::kWeightGradient) return RunGradient();
    SPECTRAL_OPS_RETURN_IF_ERROR(Prepare());
    return plan_.by_planes ? RunPlanes() : RunRows();
  }

 private:
  using S = ComputeType<T>;

  template <class U>
  U* At(size_t offset) const {
    return reinterpret_cast<U*>(workspace_ + offset);
  }
  Complex<S>* Spectrum(int s) const { return At<Complex<S>>(plan_.spectrum_offset[s]); }
  Complex<S>* Response() const { return At<Complex<S>>(plan_.response_offset); }
  PlaneFftTables<S> Tables() const {
    return PlaneFftTables<S>::At(workspace_ + plan_.tables_offset, plan_.planes);
  }
  double Scale() const { return SpectralConvScale(shape_, call_.norm); }
  int64_t ImageSamples() const { return plan_.Samples() * shape_.in; }

  Status Prepare() {
    PrepareResponse<S> prepare;
    prepare.bins = FilterBins(plan_.length);
    prepare.channels = Divider(shape_.shared ? 1 : shape_.in);
    prepare.steps = shape_.shared ? BinSteps{1, 0} : plan_.Steps(shape_.in);
    prepare.conjugate = shape_.kind == SpectralConvKind::kAdjoint;
    // Packed planes give bins twice.
    const bool twice = plan_.by_planes && plan_.planes.packed();
    prepare.scale = static_cast<S>(twice ? Scale() / 2 : Scale());
    prepare.response = static_cast<const Complex<S>*>(call_.weights);
    prepare.prepared = Response();
    return device_.Launch(prepare);
  }

  template <class Kernel>
  void SetPlanes(int64_t images, Kernel* kernel) const {
    kernel->plan = plan_.planes;
    kernel->tables = Tables();
    kernel->channels = plan_.channels_last ? static_cast<int32_t>(shape_.in) : 1;
    kernel->outer = plan_.channels_last ? images : images * shape_.in;
  }

  Status RunPlanes() {
    const int64_t most = std::max<int64_t>(1, kMostNumbers / shape_.in);
    for (int64_t first = 0; first < shape_.batch; first += most) {
      FilterPlanes<T> filter;
      SetPlanes(std::min(most, shape_.batch - first), &filter);
      filter.steps = shape_.shared ? BinSteps{1, 0} : plan_.Steps(shape_.in);
      filter.tensor_channels = Divider(shape_.in);
      filter.response = Response();
      filter.x = static_cast<const T*>(call_.source) + first * ImageSamples();
      filter.y = static_cast<T*>(call_.result) + first * ImageSamples();
      filter.Prepare();
      SPECTRAL_OPS_RETURN_IF_ERROR(device_.Launch(filter));
    }
    return {};
  }

  // Where a signal of rows begins that the library may take as it is, or null.
  template <class U>
  S* RowsAt(U* tensor, int64_t first, int64_t rows) const {
    if constexpr (std::is_same_v<std::remove_const_t<U>, S>) {
      auto* at = const_cast<S*>(tensor) + first * plan_.Samples();
      const bool aligned = reinterpret_cast<uintptr_t>(at) % sizeof(Complex<S>) == 0;
      if (!plan_.channels_last && rows == plan_.rows && aligned) return at;
    }
    return nullptr;
  }

  template <class In, class Out>
  Status Copy(const In* from, Out* to, int64_t first, int64_t rows, bool to_rows) {
    const auto depth = static_cast<int32_t>(plan_.Samples());
    const auto inner = plan_.channels_last ? static_cast<int32_t>(shape_.in) : 1;
    return device_.Launch(Regroup<In, Out>{first, rows, depth, inner, to_rows, false, from, to});
  }

  // Rows of a tensor to their spectra, and back.
  Status Transform(const T* tensor, int64_t first, int64_t rows, Complex<S>* spectra) {
    S* signal = RowsAt(tensor, first, rows);
    if (signal == nullptr) {
      signal = At<S>(plan_.signal_offset);
      SPECTRAL_OPS_RETURN_IF_ERROR(Copy(tensor, signal, first, rows, true));
    }
    return device_.Fft(plan_.Fft(FftKind::kRealToComplex, sizeof(S) == 8), signal, spectra, false,
                       At<char>(plan_.work_offset));
  }
  Status TransformBack(Complex<S>* spectra, int64_t first, int64_t rows, T* tensor) {
    S* const direct = RowsAt(tensor, first, rows);
    S* const signal = direct != nullptr ? direct : At<S>(plan_.signal_offset);
    SPECTRAL_OPS_RETURN_IF_ERROR(device_.Fft(plan_.Fft(FftKind::kComplexToReal, sizeof(S) == 8),
                                             spectra, signal, true, At<char>(plan_.work_offset)));
    if (direct != nullptr) return {};
    return Copy(static_cast<const S*>(signal), tensor, first, rows, false);
  }

  Status RunRows() {
    const int64_t all = shape_.batch * shape_.in;
    MultiplyRows<S> multiply;
    multiply.bins = FilterBins(plan_.length);
    multiply.channels = Divider(shape_.in);
    multiply.shared = shape_.shared;
    multiply.response = Response();
    multiply.spectra = Spectrum(0);
    for (int64_t first = 0; first < all; first += plan_.rows) {
      const int64_t rows = std::min(plan_.rows, all - first);
      SPECTRAL_OPS_RETURN_IF_ERROR(
          Transform(static_cast<const T*>(call_.source), first, rows, Spectrum(0)));
      multiply.first = static_cast<int32_t>(first % shape_.in);
      multiply.rows = rows;
      SPECTRAL_OPS_RETURN_IF_ERROR(device_.Launch(multiply));
      SPECTRAL_OPS_RETURN_IF_ERROR(
          TransformBack(Spectrum(0), first, rows, static_cast<T*>(call_.result)));
    }
    return {};
  }

  // The spectra of some images.
  Status Analyze(const void* tensor, int64_t first, int64_t images, Complex<S>* spectra) {
    const auto* x = static_cast<const T*>(tensor);
    if (!plan_.by_planes) {
      return Transform(x, first * shape_.in, images * shape_.in, spectra);
    }
    AnalyzePlanes<T> analyze;
    SetPlanes(images, &analyze);
    analyze.x = x + first * ImageSamples();
    analyze.spectra = spectra;
    analyze.Prepare();
    return device_.Launch(analyze);
  }

  Status RunGradient() {
    SumSpectra<S> sum;
    sum.numbers = plan_.Bins() * shape_.in;
    sum.x = Spectrum(0);
    sum.g = Spectrum(1);
    sum.sums = At<Complex<S>>(plan_.sums_offset);
    for (int64_t first = 0; first < shape_.batch; first += plan_.images) {
      sum.images = std::min(plan_.images, shape_.batch - first);
      SPECTRAL_OPS_RETURN_IF_ERROR(Analyze(call_.source, first, sum.images, Spectrum(0)));
      SPECTRAL_OPS_RETURN_IF_ERROR(Analyze(call_.grad_output, first, sum.images, Spectrum(1)));
      sum.accumulate = first > 0;
      SPECTRAL_OPS_RETURN_IF_ERROR(device_.Launch(sum));
    }
    FinishResponseGradient<S> finish;
    finish.bins = FilterBins(plan_.length);
    finish.channels = Divider(shape_.shared ? 1 : shape_.in);
    finish.added = shape_.shared ? static_cast<int32_t>(shape_.in) : 1;
    finish.steps = plan_.Steps(shape_.in);
    finish.scale = static_cast<S>(Scale());
    finish.sums = sum.sums;
    finish.result = static_cast<Complex<S>*>(call_.result);
    return device_.Launch(finish);
  }

  Device& device_;
  const FilterPlan& plan_;
  const SpectralConvShape& shape_;
  const SpectralConvCall& call_;
  char* workspace_;
};

}  // namespace spectral_ops::gpu
