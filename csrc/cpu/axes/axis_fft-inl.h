// Resamples one axis by FFTs (cpu/axes/axis_fft.h): each vector of lanes is transformed by itself.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/axes/axis_fft.h"
#include "cpu/axes/axis_samples-inl.h"
#include "cpu/axes/lanes-inl.h"
#include "cpu/axes/packed_product-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/real_bins-inl.h"
#include "cpu/fft/real_fft-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class S>
struct AxisFftBuffers {
  S* data;  // [kVectors], of one transform each
  S* bins;  // [kVectors], of another, or of the band
  S* rest;  // scratch of any
  int64_t data_stride;
  int64_t bin_stride;
};

// One phase alone that goes to and fro in its buffer.
template <class Out, class S>
void ConvolvePhase(const AxisFft<S>& fft, const AxisInput<S>& in, const Out& out,
                   const AxisFftBuffers<S>& buffers, Ahead* ahead) {
  const FftPlan<S>& plan = fft.forward.fft;
  if (!RunFirstPass(plan, PackedView<AxisInput<S>, S>{in}, buffers.data, buffers.data_stride,
                    ahead)) {
    for (int v = 0; v < in.vectors(); ++v) {
      S* data = buffers.data + v * buffers.data_stride;
      WithRadix(plan.pass[0].radix, [&](auto radix) HWY_ATTR {
        constexpr int R = decltype(radix)::value;
        if constexpr (R > 1) Decimate<R>(plan.pass[0], BufferView<S>{data}, data, 0, ahead);
      });
    }
  }
  for (int v = 0; v < in.vectors(); ++v) {
    ConvolveShort(fft, buffers.data + v * buffers.data_stride, ahead);
  }
  RunLastPass(plan, true, buffers.data, buffers.data_stride, PackedView<Out, S>{out}, ahead);
}

// The spectra of all phases are multiplied, added up and transformed back; those of an odd band as
// half spectra.
template <class Out, class S>
void PoolPhases(const AxisFft<S>& fft, const AxisInput<S>& in, const Out& out,
                const AxisFftBuffers<S>& buffers, Ahead* ahead) {
  const AxisFftShape& shape = fft.shape;
  const int64_t count = shape.phases - shape.first_phase;
  const auto input = [&](int64_t p) {
    const int64_t phase = p + shape.first_phase;
    return fft.without_copies ? in.Every(phase - 1, shape.phases - 1)
                              : in.Every(phase, shape.phases);
  };
  if (fft.block_pairs > 0) return ConvolvePhase(fft, input(0), out, buffers, ahead);
  const bool packed = shape.IsPacked();
  const int64_t each = packed ? 6 * fft.forward.pairs : 2 * shape.axis.bins();
  for (int64_t p = 0; p < count; ++p) {
    const S* weights = fft.weights + p * each;
    RealForward(fft.forward, input(p), buffers.data, buffers.data_stride, buffers.rest, ahead);
    for (int v = 0; v < in.vectors(); ++v) {
      const S* from = buffers.data + v * buffers.data_stride;
      S* sum = buffers.bins + v * buffers.bin_stride;
      if (!packed) {
        ForBins(fft.forward, from, [&](int64_t k, const Complex<S>& z) HWY_ATTR {
          Complex<S> y = Multiply<false>(z, weights + 2 * k);
          if (p > 0) y = Add(y, LoadComplex(sum, k));
          StoreComplex(y, sum, k);
        });
      } else if (p == 0) {
        MultiplyPacked<false>(fft.forward, weights, from, sum);
      } else {
        MultiplyPacked<true>(fft.forward, weights, from, sum);
      }
    }
  }
  if (packed) {
    return RealInverse(fft.backward, buffers.bins, buffers.bin_stride, out, buffers.rest, ahead);
  }
  for (int v = 0; v < in.vectors(); ++v) {
    const S* sum = buffers.bins + v * buffers.bin_stride;
    SetBins(fft.backward, buffers.data + v * buffers.data_stride,
            [&](int64_t k) HWY_ATTR { return LoadComplex(sum, k); });
  }
  RealInverse(fft.backward, buffers.data, buffers.data_stride, out, buffers.rest, ahead);
}

template <class Out, class S>
void EnlargePhases(const AxisFft<S>& fft, const AxisInput<S>& in, const Out& out,
                   const AxisFftBuffers<S>& buffers, Ahead* ahead) {
  const AxisFftShape& shape = fft.shape;
  if (shape.first_phase == 1) {
    const Out copies = out.Every(0, shape.phases);
    const auto weight = hn::Set(Simd<S>(), static_cast<S>(fft.copy_weight));
    for (int64_t i = 0; i < shape.axis.n; ++i) {
      for (int v = 0; v < in.vectors(); ++v) {
        if (copies.IsFar()) copies.Prefetch(v, i);
        copies.Store(hn::Mul(weight, in.Load(v, i)), v, i);
      }
    }
  }
  if (fft.block_pairs > 0) {
    return ConvolvePhase(fft, in, out.Every(shape.first_phase, shape.phases), buffers, ahead);
  }
  RealForward(fft.forward, in, buffers.bins, buffers.bin_stride, buffers.rest, ahead);
  const S* weights = fft.weights;
  const int64_t each = shape.IsPacked() ? 6 * fft.forward.pairs : 2 * shape.axis.bins();
  for (int64_t q = shape.first_phase; q < shape.phases; ++q, weights += each) {
    for (int v = 0; v < in.vectors(); ++v) {
      const S* from = buffers.bins + v * buffers.bin_stride;
      S* to = buffers.data + v * buffers.data_stride;
      if (shape.IsPacked()) {
        MultiplyPacked<false>(fft.forward, weights, from, to);
      } else {
        SetBins(fft.backward, to, [&](int64_t k) HWY_ATTR {
          return Multiply<false>(BinAt(fft.forward, from, k), weights + 2 * k);
        });
      }
    }
    RealInverse(fft.backward, buffers.data, buffers.data_stride, out.Every(q, shape.phases),
                buffers.rest, ahead);
  }
}

// Bins move from one transform's order to another's. Where a packed transform has both bins of its
// pairs in the band, they are taken together and stand in line in between.
template <class Out, class S>
void MoveBand(const AxisFft<S>& fft, const AxisInput<S>& in, const Out& out,
              const AxisFftBuffers<S>& buffers, Ahead* ahead) {
  RealForward(fft.forward, in, buffers.data, buffers.data_stride, buffers.rest, ahead);
  const bool in_pairs = HasBandInPairs(fft.forward.n, fft.forward.highest);
  S* line = buffers.rest;
  for (int v = 0; v < in.vectors(); ++v) {
    const S* from = buffers.data + v * buffers.data_stride;
    S* to = buffers.bins + v * buffers.bin_stride;
    if (in_pairs) {
      ForBins(fft.forward, from, [&](int64_t k, const Complex<S>& z) HWY_ATTR {
        StoreComplex(Scale(z, fft.weights[k]), line, k);
      });
      SetBins(fft.backward, to, [&](int64_t k) HWY_ATTR { return LoadComplex(line, k); });
    } else {
      SetBins(fft.backward, to, [&](int64_t k) HWY_ATTR {
        return Scale(BinAt(fft.forward, from, k), fft.weights[k]);
      });
    }
  }
  RealInverse(fft.backward, buffers.bins, buffers.bin_stride, out, buffers.rest, ahead);
}

// The whole axis of whole vectors.
template <bool kJoins, class S>
HWY_NOINLINE void TransformVectors(const AxisFft<S>& fft, const AxisInput<S>& in,
                                   const AxisOutput<false, kJoins, S>& out, S* scratch,
                                   Ahead* ahead) {
  AxisFftBuffers<S> buffers;
  buffers.data_stride = fft.data_elements * kLanes<S>;
  buffers.bin_stride = fft.bin_elements * kLanes<S>;
  buffers.data = scratch;
  buffers.bins = scratch + kVectors * buffers.data_stride;
  buffers.rest = buffers.bins + kVectors * buffers.bin_stride;
  switch (fft.shape.way) {
    case FftWay::kPhasesIn:
      if (fft.shape.first_phase == 1 && !fft.without_copies) {
        const auto weight = static_cast<S>(fft.copy_weight);
        return PoolPhases(fft, in, out.WithCopies(in, fft.shape.phases, weight), buffers, ahead);
      }
      return PoolPhases(fft, in, out, buffers, ahead);
    case FftWay::kPhasesOut:
      return EnlargePhases(fft, in, out, buffers, ahead);
    case FftWay::kBand:
      return MoveBand(fft, in, out, buffers, ahead);
  }
}

// How often a bundle calls Fetch.
template <class S>
int64_t FetchCalls(const AxisFft<S>& fft) {
  const AxisFftShape& shape = fft.shape;
  if (fft.block_pairs > 0) {
    const FftPlan<S>& plan = fft.forward.fft;
    int64_t calls = fft.block_pairs;
    for (int level = 1; level + 1 < plan.passes; ++level) {
      calls += 2 * plan.pass[level].l1 * plan.pass[level].ido;
    }
    return 2 * plan.pass[0].ido + kVectors * calls;
  }
  const int64_t transforms = shape.phases - shape.first_phase;
  const int64_t forwards = shape.way == FftWay::kPhasesIn ? transforms : 1;
  const int64_t backwards = shape.way == FftWay::kPhasesOut ? transforms : 1;
  return forwards * FetchCalls(fft.forward) + backwards * FetchCalls(fft.backward);
}

// Whole vectors of the computing type are read and written where they are.
template <class L>
constexpr bool kIsDirect = false;
template <int V, class S>
constexpr bool kIsDirect<Lanes<V, true, S, S>> = std::is_same_v<S, ComputeType<S>>;
template <int V, class S>
constexpr bool kIsDirect<JoiningLanes<V, true, S, S>> = std::is_same_v<S, ComputeType<S>>;

// The whole axis for one bundle. Lanes that are not direct are copied to rows of whole vectors and
// back.
template <class L, class S>
void RunBundle(const AxisFft<S>& fft, const L& lanes, S* scratch, Ahead* ahead) {
  const Simd<S> d;
  const bool far = !ahead->fetches();
  AxisInput<S> in = {};
  in.count = L::kVectors;
  if constexpr (kIsDirect<L>) {
    AxisOutput<false, L::kJoins, S> out = {};
    in.step = lanes.in_step;
    in.far = far;
    out.step = lanes.out_step;
    out.count = L::kVectors;
    out.far = ahead->writes_memory();
    for (int v = 0; v < L::kVectors; ++v) {
      in.at[v] = lanes.in[v];
      out.at[v] = lanes.out[v];
      // The next bundle's place, or one's own a little later.
      out.next[v] = far ? reinterpret_cast<const char*>(out.at[v] + kSamplesAhead * out.step)
                        : ahead->next_stores().place[v];
    }
    if constexpr (L::kJoins) {
      out.addend_step = lanes.addend_step;
      out.weight = lanes.weight;
      for (int v = 0; v < L::kVectors; ++v) out.addend[v] = lanes.addend[v];
    }
    TransformVectors(fft, in, out, scratch, ahead);
  } else {
    const int64_t n = fft.shape.axis.n;
    const int64_t m = fft.shape.axis.m;
    AxisOutput<false, false, S> out = {};
    in.step = out.step = kLanes<S>;
    out.count = L::kVectors;
    S* rows = scratch;
    S* results = rows + kVectors * n * kLanes<S>;
    const int64_t inputs = fft.without_copies ? n - m : n;
    for (int v = 0; v < L::kVectors; ++v) {
      S* row = rows + v * n * kLanes<S>;
      in.at[v] = row;
      out.at[v] = results + v * m * kLanes<S>;
      for (int64_t i = 0; i < inputs; ++i) {
        if (far) lanes.PrefetchInput(v, i + kSamplesAhead);
        hn::StoreU(lanes.Get(v, i), d, row + i * kLanes<S>);
      }
    }
    TransformVectors(fft, in, out, results + kVectors * m * kLanes<S>, ahead);
    for (int64_t j = 0; j < m; ++j) {
      for (int v = 0; v < L::kVectors; ++v) {
        lanes.PrefetchStore(v, j, 1, ahead);
        lanes.Put(hn::LoadU(d, out.at[v] + j * kLanes<S>), v, j);
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
