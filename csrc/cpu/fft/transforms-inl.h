// Transforms of vectors that kernel files share. They stand in fft_kernels.cc, compiled once for
// each SIMD target and type.
#pragma once

#include <cstdint>

#include "cpu/base/prefetch-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/fft.h"
#include "cpu/fft/real_fft.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

constexpr int64_t kWholeReach = int64_t{1} << 40;

// The transform of data[n], unnormalized, the bins in FftOrder. `reach`: FftReach of the bins that
// are needed, or not zero; `scratch` has FftScratch(n) elements per lane.
template <bool kForward, class S>
void RunFft(const FftPlan<S>& plan, int64_t reach, S* data, S* scratch, Ahead* ahead);

// The same but for the first pass, or, back, its mirror. The plan has two passes or more.
template <bool kForward, class S>
void RunInnerPasses(const FftPlan<S>& plan, int64_t reach, S* data, S* scratch, Ahead* ahead);

// The transform of a column of complex vectors, `step` elements apart, to data[n]; and back, to
// such a column.
template <class S>
void RunFftOfColumn(const FftPlan<S>& plan, int64_t reach, const S* column, int64_t step, S* data,
                    S* scratch);
template <class S>
void RunFftToColumn(const FftPlan<S>& plan, int64_t reach, S* data, S* column, int64_t step,
                    S* scratch);

// One pass alone, or its mirror, over `blocks` blocks; `folded` has room for one butterfly of a
// radix that has no own code.
template <bool kForward, class S>
void RunPass(const FftPass<S>& pass, int64_t blocks, S* data, S* folded, Ahead* ahead);

// There, times weights [length, 2], and back.
template <class S>
void RunConvolution(const FftPlan<S>& plan, const S* weights, S* data, S* scratch, Ahead* ahead);

// The complex blocks of a real pass.
template <bool kForward, class S>
void RunRealBlocks(const RealFft<S>& fft, int level, S* data, S* scratch, Ahead* ahead);

// The real passes from one level on, on samples in the buffer, and back.
template <class S>
void RunRealPasses(const RealFft<S>& fft, int from, S* data, S* scratch, Ahead* ahead);
template <class S>
void RunRealPassesBack(const RealFft<S>& fft, int to, S* data, S* scratch, Ahead* ahead);

// RealForward and RealInverse (real_fft-inl.h) of one signal, whose samples are vectors `step`
// elements apart.
template <class S>
void RealForwardRow(const RealFft<S>& fft, const S* samples, int64_t step, S* data, S* scratch,
                    Ahead* ahead);
template <class S>
void RealInverseRow(const RealFft<S>& fft, S* data, S* samples, int64_t step, S* scratch,
                    Ahead* ahead);

// MakesBinsInPass, and the data are no more than sixteen L1 caches hold: half of a Zen 4's L2.
template <class S>
bool MakesBinsInPass(const RealFft<S>& fft) {
  const auto bytes = fft.n * kLanes<S> * static_cast<int64_t>(sizeof(S));
  return fft.makes_bins && bytes < 32 * fft.fft.block_bytes;
}

// What follows the first pass of such a transform: the bins 0 .. highest, weighed; and back, all
// but the last pass.
template <class S>
void FinishAnalysis(const RealFft<S>& fft, BinWeights kind, const S* weights,
                    const ComplexRow<S>& bins, S* data, Ahead* ahead);
template <class S>
void BeginSynthesis(const RealFft<S>& fft, BinWeights kind, const S* weights,
                    const ComplexRow<S>& bins, S* data, Ahead* ahead);

// The bins 0 .. highest of a signal, its samples vectors `step` elements apart, and the way back.
// `weights`: of parts; null: there are none.
template <class S>
void AnalyzeSignal(const RealFft<S>& fft, const S* samples, int64_t step, const S* weights,
                   const ComplexRow<S>& bins, S* data, S* scratch, Ahead* ahead);
template <class S>
void SynthesizeSignal(const RealFft<S>& fft, const ComplexRow<S>& bins, const S* weights,
                      S* samples, int64_t step, S* data, S* scratch, Ahead* ahead);

// The same of a packed transform whose samples stand in `data`, one after another.
template <class S>
void AnalyzeInPlace(const RealFft<S>& fft, const S* weights, const ComplexRow<S>& bins, S* data,
                    S* scratch, Ahead* ahead);
template <class S>
void SynthesizeInPlace(const RealFft<S>& fft, const ComplexRow<S>& bins, const S* weights, S* data,
                       S* scratch, Ahead* ahead);

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
