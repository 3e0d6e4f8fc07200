// A device for gpu/chain_run.h that is no GPU: kernels block by block (host_block.h), FFTs as sums.
#pragma once

#include <cmath>
#include <complex>
#include <cstring>
#include <string>
#include <vector>

#include "core/status.h"
#include "gpu/chain.h"
#include "python/testing/host_block.h"

namespace spectral_ops::gpu {

class HostDevice {
 public:
  explicit HostDevice(TensorCore core = TensorCore::kTowardZero) : core_(core) {}

  template <class Kernel>
  Status Launch(const Kernel& kernel) {
    const Grid grid = kernel.grid();
    ++launches_;
    for (int64_t index = 0; index < grid.blocks; ++index) {
      HostMemory memory(grid.shared_bytes);
      HostBlock block(index, &memory, core_);
      kernel.Run(block);
      if (!memory.error().empty()) {
        return Status::InvalidArgument("block ", index, ": ", memory.error());
      }
    }
    return {};
  }

  Status Fft(const FftSpec& spec, const void* in, void* out, bool inverse, void*) {
    if (spec.is_double) {
      Transform(spec, static_cast<const double*>(in), static_cast<double*>(out), inverse);
    } else {
      Transform(spec, static_cast<const float*>(in), static_cast<float*>(out), inverse);
    }
    ++ffts_;
    return {};
  }

  Status Zero(void* memory, size_t bytes) {
    std::memset(memory, 0, bytes);
    return {};
  }
  Status Copy(void* to, const void* from, size_t bytes) {
    std::memcpy(to, from, bytes);
    return {};
  }

  int launches() const { return launches_; }
  int ffts() const { return ffts_; }

 private:
  // As the FFT library: nothing is scaled, and of a half spectrum the imaginary parts at its ends
  // must be zero; here a NaN says that they were not.
  template <class S>
  static void Transform(const FftSpec& spec, const S* in, S* out, bool inverse) {
    const int64_t n = spec.length;
    const int64_t bins = n / 2 + 1;
    const int64_t in_row = spec.kind == FftKind::kRealToComplex   ? n
                           : spec.kind == FftKind::kComplexToReal ? 2 * bins
                                                                  : 2 * n;
    const int64_t out_row = spec.kind == FftKind::kRealToComplex   ? 2 * bins
                            : spec.kind == FftKind::kComplexToReal ? n
                                                                   : 2 * n;
    std::vector<std::complex<double>> wave(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) {
      const double angle = (inverse ? 2 : -2) * 3.14159265358979323846 * static_cast<double>(i) /
                           static_cast<double>(n);
      wave[static_cast<size_t>(i)] = {std::cos(angle), std::sin(angle)};
    }
    std::vector<std::complex<double>> row(static_cast<size_t>(n));
    for (int64_t b = 0; b < spec.batch; ++b) {
      const S* from = in + b * in_row;
      for (int64_t i = 0; i < n; ++i) {
        auto& z = row[static_cast<size_t>(i)];
        if (spec.kind == FftKind::kRealToComplex) {
          z = {from[i], 0};
        } else if (spec.kind == FftKind::kComplex) {
          z = {from[2 * i], from[2 * i + 1]};
        } else {
          const int64_t k = i < bins ? i : n - i;
          z = {from[2 * k], i < bins ? from[2 * k + 1] : -from[2 * k + 1]};
          if ((k == 0 || 2 * k == n) && from[2 * k + 1] != 0) z = {std::nan(""), 0};
        }
      }
      S* to = out + b * out_row;
      const int64_t values = spec.kind == FftKind::kRealToComplex ? bins : n;
      for (int64_t k = 0; k < values; ++k) {
        std::complex<double> sum = 0;
        for (int64_t i = 0; i < n; ++i) {
          sum += row[static_cast<size_t>(i)] * wave[static_cast<size_t>(k * i % n)];
        }
        if (spec.kind == FftKind::kComplexToReal) {
          to[k] = static_cast<S>(sum.real());
        } else {
          to[2 * k] = static_cast<S>(sum.real());
          to[2 * k + 1] = static_cast<S>(sum.imag());
        }
      }
    }
  }

  TensorCore core_;
  int launches_ = 0;
  int ffts_ = 0;
};

}  // namespace spectral_ops::gpu
