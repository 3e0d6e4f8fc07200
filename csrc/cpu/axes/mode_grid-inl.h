// One axis between samples and modes by a grid (cpu/axes/mode_grid.h), SIMD lanes along everything
// else; the same functions as of mode_matrix-inl.h.
#pragma once

#include <cstdint>

#include "cpu/axes/axis_samples-inl.h"
#include "cpu/axes/lanes-inl.h"
#include "cpu/axes/mode_fft-inl.h"
#include "cpu/axes/mode_grid.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/grid-inl.h"
#include "cpu/fft/transforms-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// How often an analysis of two vectors calls Fetch.
template <class S>
int64_t FetchCalls(const ModeGrid<S>& axis) {
  return FetchCalls(axis.sums) + kVectors * FetchCalls(axis.real.fft);
}

// The modes 0 .. high of V real signals.
template <class L, class S>
HWY_NOINLINE void AnalyzeReal(const ModeGrid<S>& axis, const L& lanes, const ComplexRow<S>* out,
                              S* HWY_RESTRICT scratch, Ahead* ahead) {
  constexpr int V = L::kVectors;
  const Simd<S> d;
  const int64_t n = axis.map.length;
  const int64_t stride = axis.data_elements * kLanes<S>;
  S* rows = scratch + V * stride;
  S* rest = rows + V * n * kLanes<S>;
  const BufferRows<S, S*> grid = {scratch, stride, kLanes<S>, V};
  bool direct = false;
  if constexpr (L::kOfOneType) {
    if (lanes.IsWhole()) {
      AxisInput<S> in = {};
      in.step = lanes.in_step;
      in.count = V;
      for (int v = 0; v < V; ++v) in.at[v] = lanes.in[v];
      RunCyclicSums(axis.sums, in, grid, ahead);
      direct = true;
    }
  }
  if (!direct) {
    for (int v = 0; v < V; ++v) {
      for (int64_t i = 0; i < n; ++i) {
        hn::StoreU(lanes.Get(v, i), d, rows + (v * n + i) * kLanes<S>);
      }
    }
    const BufferRows<S, const S*> in = {rows, n * kLanes<S>, kLanes<S>, V};
    RunCyclicSums(axis.sums, in, grid, ahead);
  }
  for (int v = 0; v < V; ++v) {
    AnalyzeInPlace(axis.real, axis.weights, out[v], scratch + v * stride, rest, ahead);
  }
}

// V real signals from their modes 0 .. high.
template <class L, class S>
HWY_NOINLINE void SynthesizeReal(const ModeGrid<S>& axis, const ComplexRow<S>* in, const L& lanes,
                                 StoreWay stores, S* HWY_RESTRICT scratch) {
  constexpr int V = L::kVectors;
  const Simd<S> d;
  const int64_t n = axis.map.length;
  const int64_t stride = axis.data_elements * kLanes<S>;
  S* rows = scratch + V * stride;
  S* rest = rows + V * n * kLanes<S>;
  Ahead none;
  for (int v = 0; v < V; ++v) {
    SynthesizeInPlace(axis.real, in[v], axis.weights, scratch + v * stride, rest, &none);
  }
  const BufferRows<S, const S*> grid = {scratch, stride, kLanes<S>, V};
  if constexpr (L::kOfOneType) {
    if (stores != StoreWay::kFar && !lanes.joins && lanes.IsWhole()) {
      AxisOutput<Adds::kNothing, S> out = {};
      out.step = lanes.out_step;
      out.count = V;
      out.streams = stores == StoreWay::kStreams;
      for (int v = 0; v < V; ++v) out.at[v] = lanes.out[v];
      return RunCyclicSums(axis.sums, grid, out, &none);
    }
  }
  RunCyclicSums(axis.sums, grid, BufferRows<S, S*>{rows, n * kLanes<S>, kLanes<S>, V}, &none);
  for (int v = 0; v < V; ++v) {
    for (int64_t j = 0; j < n; ++j) {
      if (stores == StoreWay::kFar) {
        __builtin_prefetch(lanes.out[v] + (j + kSamplesAhead) * lanes.out_step, 1);
      }
      lanes.Put(hn::LoadU(d, rows + (v * n + j) * kLanes<S>), v, j);
    }
  }
}

// The parts of complex samples as two signals.
template <class S, class Pointer>
HWY_INLINE BufferRows<S, Pointer> PartsOf(const ComplexRow<S>& row) {
  return {row.data, row.im, row.step, 2};
}

// The modes -low .. high of a complex signal, mode f at out[f + low].
template <class S>
HWY_NOINLINE void AnalyzeComplex(const ModeGrid<S>& axis, const ComplexRow<S>& in,
                                 const ComplexRow<S>& out, S* HWY_RESTRICT scratch) {
  Ahead none;
  const ComplexRow<S> grid = {scratch, 2 * kLanes<S>, kLanes<S>};
  RunCyclicSums(axis.sums, PartsOf<S, const S*>(in), PartsOf<S, S*>(grid), &none);
  RunFft<true>(axis.complex, axis.reach, scratch, scratch + axis.data_elements * kLanes<S>, &none);
  TakeModes(axis, static_cast<const S*>(scratch), out);
}

// A complex signal from its modes -low .. high, mode f at in[f + low].
template <class S>
HWY_NOINLINE void SynthesizeComplex(const ModeGrid<S>& axis, const ComplexRow<S>& in,
                                    const ComplexRow<S>& out, S* HWY_RESTRICT scratch) {
  Ahead none;
  const ComplexRow<S> grid = {scratch, 2 * kLanes<S>, kLanes<S>};
  PutModes(axis, axis.sums.inputs, in, scratch);
  RunFft<false>(axis.complex, axis.reach, scratch, scratch + axis.data_elements * kLanes<S>, &none);
  RunCyclicSums(axis.sums, PartsOf<S, const S*>(grid), PartsOf<S, S*>(out), &none);
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
