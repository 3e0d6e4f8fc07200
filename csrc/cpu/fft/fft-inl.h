// Complex FFTs of vectors with the bins in their natural order, where something other than another
// FFT reads them: Stockham's passes go back and forth between two buffers.
#ifndef SPECTRAL_OPS_CPU_FFT_FFT_INL_H_
#define SPECTRAL_OPS_CPU_FFT_FFT_INL_H_

#include <cstdint>
#include <utility>

#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/fft.h"
#include "cpu/fft/fft_in_place-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <int R, bool kForward, class S>
void RunPass(const FftPass<S>& pass, const S* HWY_RESTRICT in, S* HWY_RESTRICT out) {
  constexpr int64_t kStep = 2 * kLanes<S>;
  const int64_t ido = pass.ido;
  const int64_t l1 = pass.l1;
  const int64_t in_step = ido;
  const int64_t out_step = ido * l1;
  const S* twiddles = pass.twiddles;
  for (int64_t k = 0; k < l1; ++k) {
    {
      Complex<S> x[R];
#pragma GCC unroll 16
      for (int j = 0; j < R; ++j) x[j] = LoadComplex(in, in_step * j);
      Butterfly<R, kForward, S>::Run(x);
#pragma GCC unroll 16
      for (int j = 0; j < R; ++j) StoreComplex(x[j], out, out_step * j);
    }
    const S* w = twiddles;
    for (int64_t i = 1; i < ido; ++i) {
      w += 2 * (R - 1);
      Complex<S> x[R];
#pragma GCC unroll 16
      for (int j = 0; j < R; ++j) x[j] = LoadComplex(in + i * kStep, in_step * j);
      Butterfly<R, kForward, S>::Run(x);
      StoreComplex(x[0], out, i);
#pragma GCC unroll 16
      for (int j = 1; j < R; ++j) {
        StoreComplex(Multiply<!kForward>(x[j], w + 2 * (j - 1)), out + i * kStep, out_step * j);
      }
    }
    in += R * ido * kStep;
    out += ido * kStep;
  }
}

template <bool kForward, class S>
void RunAnyPass(const FftPass<S>& pass, S* HWY_RESTRICT in, S* HWY_RESTRICT out) {
  const int64_t radix = pass.radix;
  const int64_t half = (radix - 1) / 2;
  const int64_t ido = pass.ido;
  const int64_t l1 = pass.l1;
  for (int64_t k = 0; k < l1; ++k) {
    for (int64_t i = 0; i < ido; ++i) {
      S* samples = in + (i + ido * radix * k) * 2 * kLanes<S>;
      const AnyButterfly<S> butterfly = {samples,    ido,  radix,
                                         pass.table, half, LoadComplex(samples, 0)};
      Complex<S> total = butterfly.first;
      for (int64_t j = 1; j <= half; ++j) {
        const Complex<S> a = LoadComplex(samples, j * ido);
        const Complex<S> b = LoadComplex(samples, (radix - j) * ido);
        const Complex<S> sum = Add(a, b);
        total = Add(total, sum);
        StoreComplex(sum, samples, j * ido);
        StoreComplex(Quarter<kForward>(Sub(a, b)), samples, (radix - j) * ido);
      }
      StoreComplex(total, out, i + ido * k);
      const S* w = pass.twiddles + 2 * (radix - 1) * i;
      butterfly.RunAll(half, [&](int64_t q, const Complex<S>& z) HWY_ATTR {
        StoreComplex(Multiply<!kForward>(z, w + 2 * (q - 1)), out, i + ido * (k + l1 * q));
      });
    }
  }
}

// Runs the passes; the result is in `data` or `spare`, whichever is returned.
template <bool kForward, class S>
S* RunPasses(const FftPlan<S>& plan, S* data, S* spare) {
  for (int p = 0; p < plan.passes; ++p) {
    const FftPass<S>& pass = plan.pass[p];
    switch (pass.radix) {
      case 1:
        RunPass<1, kForward>(pass, data, spare);
        break;
      case 2:
        RunPass<2, kForward>(pass, data, spare);
        break;
      case 3:
        RunPass<3, kForward>(pass, data, spare);
        break;
      case 4:
        RunPass<4, kForward>(pass, data, spare);
        break;
      case 5:
        RunPass<5, kForward>(pass, data, spare);
        break;
      case 7:
        RunPass<7, kForward>(pass, data, spare);
        break;
      case 8:
        RunPass<8, kForward>(pass, data, spare);
        break;
      case 11:
        RunPass<11, kForward>(pass, data, spare);
        break;
      case 13:
        RunPass<13, kForward>(pass, data, spare);
        break;
      default:
        RunAnyPass<kForward>(pass, data, spare);
        break;
    }
    std::swap(data, spare);
  }
  return data;
}

// The transform of data[n], unnormalized, in `data` or `spare`, whichever is returned. `chirp` has
// FftScratch(n) elements per lane.
template <bool kForward, class S>
S* RunFft(const FftPlan<S>& plan, S* data, S* spare, S* chirp) {
  if (plan.chirp_length == 0) return RunPasses<kForward>(plan, data, spare);
  Ahead none;
  RunChirp<kForward>(plan, data, chirp, &none);
  return data;
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_FFT_FFT_INL_H_
