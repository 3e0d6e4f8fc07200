// Resamples one axis by FFTs (cpu/axes/axis_fft.h): each vector of lanes is transformed by itself.
#pragma once

#include <cstdint>

#include "cpu/axes/axis_fft.h"
#include "cpu/axes/axis_samples-inl.h"
#include "cpu/axes/lanes-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/grid-inl.h"
#include "cpu/fft/real_fft-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// The whole axis of whole vectors; axis_fft_kernels.cc has it for outputs of which all join or
// none do.
template <Adds kAdds, class S>
void TransformVectors(const AxisFft<S>& fft, const AxisInput<S>& in,
                      const AxisOutput<kAdds, S>& out, S* scratch, Ahead* ahead);

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
  return forwards * (FetchCalls(fft.forward) + FetchCalls(fft.to_grid)) +
         backwards * (FetchCalls(fft.backward) + FetchCalls(fft.from_grid));
}

// The whole axis for one bundle, read and written where it is.
template <Adds kAdds, class L, class S>
void RunDirect(const AxisFft<S>& fft, const L& lanes, S* scratch, Ahead* ahead) {
  const bool far = !ahead->fetches();
  AxisInput<S> in = {};
  in.step = lanes.in_step;
  in.count = L::kVectors;
  in.far = far;
  AxisOutput<kAdds, S> out = {};
  out.step = lanes.out_step;
  out.count = L::kVectors;
  out.far = ahead->stores() != StoreWay::kNear;
  out.streams = ahead->stores() == StoreWay::kStreams;
  for (int v = 0; v < L::kVectors; ++v) {
    in.at[v] = lanes.in[v];
    out.at[v] = lanes.out[v];
    // The next bundle's place, or one's own a little later.
    out.next[v] = far ? reinterpret_cast<const char*>(out.at[v] + kSamplesAhead * out.step)
                      : ahead->next_stores().place[v];
    if constexpr (kAdds == Adds::kJoins) out.addend[v] = lanes.addend[v];
  }
  if constexpr (kAdds == Adds::kJoins) {
    out.addend_step = lanes.addend_step;
    out.weight = lanes.weight;
  }
  TransformVectors(fft, in, out, scratch, ahead);
}

// The same by way of rows of whole vectors. place(i, length) is where a row has sample i.
template <class L, class S, class Place>
void RunCopied(const AxisFft<S>& fft, const L& lanes, S* scratch, Ahead* ahead,
               const Place& place) {
  const Simd<S> d;
  const int64_t n = fft.shape.axis.n;
  const int64_t m = fft.shape.axis.m;
  AxisInput<S> in = {};
  AxisOutput<Adds::kNothing, S> out = {};
  in.step = out.step = kLanes<S>;
  in.count = out.count = L::kVectors;
  S* rows = scratch;
  S* results = rows + kVectors * n * kLanes<S>;
  const int64_t inputs = fft.without_copies ? n - m : n;
  for (int v = 0; v < L::kVectors; ++v) {
    S* row = rows + v * n * kLanes<S>;
    in.at[v] = row;
    out.at[v] = results + v * m * kLanes<S>;
    for (int64_t i = 0; i < inputs; ++i) {
      if (!ahead->fetches()) lanes.PrefetchInput(v, i + kSamplesAhead);
      hn::StoreU(lanes.Get(v, i), d, row + place(i, inputs) * kLanes<S>);
    }
  }
  TransformVectors(fft, in, out, results + kVectors * m * kLanes<S>, ahead);
  for (int64_t j = 0; j < m; ++j) {
    for (int v = 0; v < L::kVectors; ++v) {
      lanes.PrefetchStore(v, j, 1, ahead);
      lanes.Put(hn::LoadU(d, out.at[v] + place(j, m) * kLanes<S>), v, j);
    }
  }
}

template <class L, class S>
void RunBundle(const AxisFft<S>& fft, const L& lanes, S* scratch, Ahead* ahead) {
  if (fft.shape.way == FftWay::kCosines) {
    return RunCopied(fft, lanes, scratch, ahead,
                     [](int64_t i, int64_t length) { return CosinePlace(i, length); });
  }
  if constexpr (L::kOfOneType) {
    if (lanes.IsWhole()) {
      return lanes.joins ? RunDirect<Adds::kJoins>(fft, lanes, scratch, ahead)
                         : RunDirect<Adds::kNothing>(fft, lanes, scratch, ahead);
    }
  }
  RunCopied(fft, lanes, scratch, ahead, [](int64_t i, int64_t /*length*/) { return i; });
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
