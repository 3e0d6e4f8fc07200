// Filters along one axis whose samples are the lanes (cpu/fft/signal_fft.h); a spectrum is
// [channels][2][part_elements], its bins in their order.
#pragma once

#include <cstdint>

#include "cpu/axes/axis_kinds.h"
#include "cpu/axes/axis_signal-inl.h"
#include "cpu/base/runtime.h"
#include "cpu/base/vector-inl.h"
#include "cpu/spectra/filter_columns-inl.h"
#include "cpu/spectra/filter_plan.h"
#include "cpu/spectra/filter_steps-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class T>
class FilterSignals {
 public:
  using S = ComputeType<T>;
  static constexpr int64_t kStep = 2 * kLanes<S>;

  // `spectrum`: the one that is kept or taken.
  FilterSignals(const FilterPlan& plan, const RunMemory& memory, const S* response, S* spectrum,
                T* const* signals, char* own)
      : plan_(plan),
        axis_(*std::get_if<AxisSignal<S>>(
            &static_cast<const AxisOperator<S>*>(memory.axes[2])->tables)),
        response_(response),
        kept_(spectrum),
        planar_(reinterpret_cast<const S*>(memory.workspace + plan.planar_offset)),
        sums_(reinterpret_cast<S*>(memory.workspace + plan.sums_offset)),
        spectra_(reinterpret_cast<S*>(own + plan.tiles_offset)),
        signal_{signals[0], signals[1], signals[2]},
        scratch_(reinterpret_cast<S*>(own + plan.scratch_offset)) {}

  void RunUnit(int64_t unit) {
    for (int64_t step = 0; step < plan_.steps; ++step) {
      const FilterStep at = StepOf(plan_, unit, step);
      if (!at.lives) return;
      const int sources = SourcesOf(plan_);
      for (int side = 0; side < sources; ++side) {
        ForwardSignal(*axis_.forward, static_cast<const T*>(Signal(side, at)), scratch_,
                      plan_.keeps ? Kept(at, 0) : Spectrum(side, 0));
      }
      for (int64_t t = 0; t < plan_.tiles; ++t) {
        S* spectrum = Spectrum(sources - 1, t);
        if (plan_.sums > 0) {
          AddProducts(at, t, plan_.takes ? Kept(at, t) : Spectrum(0, t), spectrum);
        }
        if (!plan_.returns) continue;
        const S* from = plan_.keeps ? Kept(at, t) : spectrum;
        if (plan_.planar) {
          const S* numbers = planar_ + (at.block + t) * plan_.columns * kStep;
          MultiplyBins<ResponseKind::kReady>(numbers, from, spectrum);
        } else {
          MultiplyBins<ResponseKind::kPairs>(response_, from, spectrum);
        }
      }
      if (plan_.returns) {
        InverseSignal(*axis_.backward, static_cast<const S*>(Spectrum(sources - 1, 0)), scratch_,
                      Signal(sources, at));
      }
    }
  }

 private:
  T* Signal(int side, const FilterStep& at) const {
    const int64_t image = at.image * plan_.last * plan_.channels;
    return signal_[side] + image + at.block * plan_.last;
  }
  int64_t PartElements() const { return axis_.forward->shape.part_elements; }
  S* Spectrum(int side, int64_t t) const {
    return spectra_ + (side * plan_.tiles + t) * 2 * PartElements();
  }
  S* Kept(const FilterStep& at, int64_t t) const {
    const int64_t tile = (at.image * plan_.blocks + at.block) * plan_.tiles + t;
    return kept_ + tile * 2 * PartElements();
  }
  int Live(int64_t k) const {
    const int64_t left = plan_.bins - k;
    return left < kLanes<S> ? static_cast<int>(left) : kLanes<S>;
  }

  Complex<S> Load(const S* spectrum, int64_t k) const {
    return {HWY_NAMESPACE::Load<S, false>(spectrum + k, Live(k)),
            HWY_NAMESPACE::Load<S, false>(spectrum + PartElements() + k, Live(k))};
  }

  template <ResponseKind kKind>
  HWY_NOINLINE void MultiplyBins(const S* numbers, const S* from, S* spectrum) const {
    const auto scale = static_cast<S>(plan_.scale);
    const S im_scale = plan_.conjugate ? -scale : scale;
    for (int64_t k = 0; k < plan_.bins; k += kLanes<S>) {
      const ResponseLanes<kKind, S> lanes = {scale, im_scale, plan_.bins - k};
      const Complex<S> z = lanes(Load(from, k), numbers + 2 * k);
      StoreLanes<false, S>(z.re, spectrum + k, Live(k));
      StoreLanes<false, S>(z.im, spectrum + PartElements() + k, Live(k));
    }
  }

  HWY_NOINLINE void AddProducts(const FilterStep& at, int64_t t, const S* x, const S* grad) const {
    const Simd<S> d;
    const int64_t place = at.unit * plan_.sums + (plan_.shared ? 0 : t);
    const bool adds = at.adds || (plan_.shared && t > 0);
    S* sums = sums_ + place * plan_.tile;
    for (int64_t k = 0; k < plan_.bins; k += kLanes<S>) {
      Complex<S> sum = {hn::Zero(d), hn::Zero(d)};
      if (adds) sum = LoadComplex(sums + 2 * k, 0);
      sum = AddConjugateProduct(Load(x, k), Load(grad, k), sum);
      StoreComplex(sum, sums + 2 * k, 0);
    }
  }

  const FilterPlan& plan_;
  const AxisSignal<S>& axis_;
  const S* response_;
  S* kept_;
  const S* planar_;
  S* sums_;
  S* spectra_;
  T* signal_[3];
  S* scratch_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
