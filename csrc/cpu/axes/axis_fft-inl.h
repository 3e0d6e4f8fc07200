// One axis of a tensor by FFTs (cpu/axes/axis_fft.h): two vectors of lanes are the real and
// imaginary parts of one complex signal, transformed, weighted in the band and transformed back.
#ifndef SPECTRAL_OPS_CPU_AXES_AXIS_FFT_INL_H_
#define SPECTRAL_OPS_CPU_AXES_AXIS_FFT_INL_H_

#include <cstdint>
#include <type_traits>

#include "cpu/axes/axis_fft.h"
#include "cpu/axes/axis_product-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/fft_in_place-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Two vectors that are whole and of the computing type are read and written where they are.
template <class L>
constexpr bool kDirect = false;
template <class S>
constexpr bool kDirect<Lanes<2, true, S, S>> = std::is_same_v<S, ComputeType<S>>;
template <class S>
constexpr bool kDirect<JoiningLanes<2, true, S, S>> = std::is_same_v<S, ComputeType<S>>;

// Sample i as a complex vector; a single vector has no imaginary part.
template <class S, class L>
HWY_INLINE Complex<S> LoadSample(const L& lanes, int64_t i) {
  if constexpr (L::kVectors == 1) {
    return {lanes.Get(0, i), hn::Zero(Simd<S>())};
  } else {
    return {lanes.Get(0, i), lanes.Get(1, i)};
  }
}

template <class S, class L>
HWY_INLINE void StoreSample(const Complex<S>& z, const L& lanes, int64_t j) {
  lanes.Put(z.re, 0, j);
  if constexpr (L::kVectors == 2) lanes.Put(z.im, 1, j);
}

// Places of samples along the axis, of which the transforms see every step-th.
struct Comb {
  int64_t first;
  int64_t step;
};

template <class S>
SinkView<S> SinkOf(const Lanes<2, true, S, S>& lanes, Comb to) {
  const int64_t at = to.first * lanes.out_step;
  return {lanes.out[0] + at, lanes.out[1] + at, to.step * lanes.out_step};
}

template <class S>
JoiningSink<S> SinkOf(const JoiningLanes<2, true, S, S>& lanes, Comb to) {
  const int64_t at = to.first * lanes.addend_step;
  const SourceView<S> addend = {lanes.addend[0] + at, lanes.addend[1] + at,
                                to.step * lanes.addend_step};
  return {SinkOf(static_cast<const Lanes<2, true, S, S>&>(lanes), to), addend, lanes.weight};
}

// Runs a leaf over samples of the axis, those at `from` on its input side, those at `to` on its
// output side; where kAddend, the input samples at `addend`, weighted, join the output.
template <bool kAddend, class S, class L, class Leaf>
void RunComb(const FftPlan<S>& plan, const Leaf& leaf, const L& lanes, Comb from, Comb to,
             Comb addend, S weight, S* data, S* scratch, Ahead* ahead) {
  if constexpr (kDirect<L>) {
    const auto source = [&](Comb comb) {
      const int64_t at = comb.first * lanes.in_step;
      return SourceView<S>{lanes.in[0] + at, lanes.in[1] + at, comb.step * lanes.in_step};
    };
    const auto sink = SinkOf<S>(lanes, to);
    if constexpr (kAddend) {
      const AddingSink<S, decltype(sink)> adding = {sink, source(addend), weight};
      RunBetween(plan, leaf, source(from), adding, data, scratch, ahead);
    } else {
      RunBetween(plan, leaf, source(from), sink, data, scratch, ahead);
    }
  } else {
    if constexpr (Leaf::kForward) {
      for (int64_t i = 0; i < plan.n; ++i) {
        StoreComplex(LoadSample<S>(lanes, from.first + i * from.step), data, i);
      }
    }
    RunInPlace(plan, leaf, data, scratch, ahead);
    if constexpr (Leaf::kInverse) {
      for (int64_t j = 0; j < plan.n; ++j) {
        Complex<S> y = LoadComplex(data, j);
        if constexpr (kAddend) {
          const Complex<S> a = LoadSample<S>(lanes, addend.first + j * addend.step);
          y = Add(y, Scale(a, weight));
        }
        StoreSample(y, lanes, to.first + j * to.step);
      }
    }
  }
}

// The buffers of one axis in its scratch of AxisFftScratch elements per lane.
template <class S>
struct FftBuffers {
  S* data;  // of the longer transform
  S* bins;  // likewise
  S* rest;  // FftScratch

  FftBuffers(S* scratch, int64_t length)
      : data(scratch), bins(data + length * 2 * kLanes<S>), rest(bins + length * 2 * kLanes<S>) {}
};

template <class L, class S>
void PoolPhases(const AxisFft<S>& fft, bool packed, const L& lanes, const FftBuffers<S>& buffers,
                Ahead* ahead) {
  const AxisFftShape& shape = fft.shape;
  const Comb all = {0, 1};
  const Comb copied = {0, shape.phases};
  const auto weight = static_cast<S>(fft.copy_weight);
  const auto place = [&](int64_t phase) {
    return packed ? Comb{phase - 1, shape.phases - 1} : Comb{phase, shape.phases};
  };
  const auto run = [&](const auto& leaf, int64_t phase) HWY_ATTR {
    RunComb<false>(fft.forward, leaf, lanes, place(phase), all, copied, weight, buffers.data,
                   buffers.rest, ahead);
  };
  // The spectra of all phases but the last are added up; then that one comes, and goes back at once
  // with what there is.
  const int64_t last = shape.phases - 1;
  const S* weights = fft.weights;
  for (int64_t p = shape.first_phase; p < last; ++p) {
    if (p == shape.first_phase) {
      run(ForwardLeaf<S, Into::kTurned>{buffers.bins, weights}, p);
    } else {
      run(ForwardLeaf<S, Into::kAdded>{buffers.bins, weights}, p);
    }
    weights += 2 * shape.axis.m;
  }
  const auto finish = [&](const auto& leaf) HWY_ATTR {
    if (shape.first_phase == 1 && !packed) {
      RunComb<true>(fft.forward, leaf, lanes, place(last), all, copied, weight, buffers.data,
                    buffers.rest, ahead);
    } else {
      run(leaf, last);
    }
  };
  if (last == shape.first_phase) {
    finish(TurnLeaf<S>{weights});
  } else {
    finish(TurnLeaf<S, true>{weights, buffers.bins});
  }
}

template <class L, class S>
void EnlargePhases(const AxisFft<S>& fft, const L& lanes, const FftBuffers<S>& buffers,
                   Ahead* ahead) {
  const AxisFftShape& shape = fft.shape;
  const int64_t n = shape.axis.n;
  const Comb all = {0, 1};
  if (shape.first_phase == 1) {
    const auto copied = static_cast<S>(fft.copy_weight);
    for (int64_t i = 0; i < n; ++i) {
      StoreSample(Scale(LoadSample<S>(lanes, i), copied), lanes, i * shape.phases);
    }
  }
  const auto run = [&](const auto& leaf, int64_t phase) HWY_ATTR {
    RunComb<false>(fft.forward, leaf, lanes, all, {phase, shape.phases}, all, S(0), buffers.data,
                   buffers.rest, ahead);
  };
  if (shape.phases == 2 && shape.first_phase == 1) {
    run(TurnLeaf<S>{fft.weights}, 1);
    return;
  }
  run(ForwardLeaf<S, Into::kPlain>{buffers.bins, nullptr}, 0);
  const S* weights = fft.weights;
  for (int64_t q = shape.first_phase; q < shape.phases; ++q) {
    run(InverseLeaf<S, true>{buffers.bins, weights}, q);
    weights += 2 * n;
  }
}

// Of the butterflies of a leaf, what the band reaches of their bins.
template <class S>
int64_t LeafReach(const FftPlan<S>& plan, const AxisShape& axis) {
  return FftReach(plan.n, plan.pass[plan.passes - 1].radix, axis.band() / 2);
}

template <class L, class S>
void MoveBand(const AxisFft<S>& fft, const L& lanes, const FftBuffers<S>& buffers, Ahead* ahead) {
  const AxisShape& axis = fft.shape.axis;
  const Comb all = {0, 1};
  const ForwardLeaf<S, Into::kPlain> forward = {buffers.data, nullptr,
                                                LeafReach(fft.forward, axis)};
  RunComb<false>(fft.forward, forward, lanes, all, all, all, S(0), buffers.data, buffers.rest,
                 ahead);
  const S* x = buffers.data;
  const Complex<S> zero = {hn::Zero(Simd<S>()), hn::Zero(Simd<S>())};
  if (axis.m > axis.n) {
    for (int64_t k = 0; k < axis.m; ++k) StoreComplex(zero, buffers.bins, k);
  }
  StoreComplex(Scale(LoadComplex(x, 0), fft.weights[0]), buffers.bins, 0);
  // Bins k and -k in the orders of either transform.
  const int32_t* from = fft.from;
  const int32_t* to = fft.to;
  const int64_t pairs = (axis.band() - 1) / 2;
  for (int64_t k = 1; k <= pairs; ++k) {
    from += 2;
    to += 2;
    StoreComplex(Scale(LoadComplex(x, from[0]), fft.weights[k]), buffers.bins, to[0]);
    StoreComplex(Scale(LoadComplex(x, from[1]), fft.weights[k]), buffers.bins, to[1]);
  }
  if (axis.band() % 2 == 0) {
    // The two bins of the Nyquist frequency: one of them on the shorter side.
    from += 2;
    to += 2;
    const Complex<S> first = LoadComplex(x, from[0]);
    const Complex<S> both = axis.n < axis.m ? first : Add(first, LoadComplex(x, from[1]));
    const Complex<S> half = Scale(both, fft.weights[axis.band() / 2]);
    StoreComplex(half, buffers.bins, to[0]);
    StoreComplex(half, buffers.bins, to[1]);
  }
  const InverseLeaf<S, false> inverse = {buffers.bins, nullptr, LeafReach(fft.backward, axis)};
  RunComb<false>(fft.backward, inverse, lanes, all, all, all, S(0), buffers.bins, buffers.rest,
                 ahead);
}

// How often a bundle calls Fetch.
template <class S>
int64_t FetchCalls(const AxisFft<S>& fft) {
  const AxisFftShape& shape = fft.shape;
  if (shape.way == FftWay::kBand) {
    return FetchCalls(fft.forward, true, false) + FetchCalls(fft.backward, false, true);
  }
  const int64_t others = shape.phases - shape.first_phase - 1;
  return others * FetchCalls(fft.forward, true, false) + FetchCalls(fft.forward, true, true);
}

// The whole axis for one bundle; `packed` where copied samples are not in the input.
template <class L, class S>
void TransformLanes(const AxisFft<S>& fft, bool packed, const L& lanes, S* scratch, Ahead* ahead) {
  static_assert(L::kVectors <= 2, "a complex vector holds two real ones");
  const AxisShape& axis = fft.shape.axis;
  const int64_t longer = axis.n < axis.m ? axis.m : axis.n;
  const FftBuffers<S> buffers(scratch, fft.shape.way == FftWay::kBand ? longer : axis.band());
  switch (fft.shape.way) {
    case FftWay::kPhasesIn:
      return PoolPhases(fft, packed, lanes, buffers, ahead);
    case FftWay::kPhasesOut:
      return EnlargePhases(fft, lanes, buffers, ahead);
    case FftWay::kBand:
      return MoveBand(fft, lanes, buffers, ahead);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_AXES_AXIS_FFT_INL_H_
