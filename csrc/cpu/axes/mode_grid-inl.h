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

// Scratch of V real signals: on the grid, `stride` elements apart, their samples, and the rest.
template <int V, class S>
struct GridScratch {
  GridScratch(const ModeGrid<S>& axis, S* scratch)
      : n(axis.map.length),
        stride(axis.data_elements * kLanes<S>),
        grid(scratch),
        rows(grid + V * stride),
        rest(rows + V * n * kLanes<S>) {}

  int64_t n;
  int64_t stride;
  S* grid;
  S* rows;
  S* rest;

  BufferRows<S, S*> Grid() const { return {grid, stride, kLanes<S>, V}; }
  BufferRows<S, S*> Rows() const { return {rows, n * kLanes<S>, kLanes<S>, V}; }
};

// The modes 0 .. high of V real signals.
template <class L, class S>
HWY_NOINLINE void AnalyzeReal(const ModeGrid<S>& axis, const L& lanes, const ComplexRow<S>* out,
                              S* HWY_RESTRICT scratch, Ahead* ahead) {
  constexpr int V = L::kVectors;
  const GridScratch<V, S> own(axis, scratch);
  bool direct = false;
  if constexpr (L::kOfOneType) {
    if (lanes.IsWhole()) {
      AxisInput<S> in = {};
      in.step = lanes.in_step;
      in.count = V;
      for (int v = 0; v < V; ++v) in.at[v] = lanes.in[v];
      RunCyclicSums(axis.sums, in, own.Grid(), ahead);
      direct = true;
    }
  }
  if (!direct) {
    for (int v = 0; v < V; ++v) {
      for (int64_t i = 0; i < own.n; ++i) own.Rows().Store(lanes.Get(v, i), v, i);
    }
    RunCyclicSums(axis.sums, own.Rows(), own.Grid(), ahead);
  }
  for (int v = 0; v < V; ++v) {
    AnalyzeInPlace(axis.real, axis.weights, out[v], own.grid + v * own.stride, own.rest, ahead);
  }
}

// V real signals from their modes 0 .. high.
template <class L, class S>
HWY_NOINLINE void SynthesizeReal(const ModeGrid<S>& axis, const ComplexRow<S>* in, const L& lanes,
                                 StoreWay stores, S* HWY_RESTRICT scratch) {
  constexpr int V = L::kVectors;
  const GridScratch<V, S> own(axis, scratch);
  Ahead none;
  for (int v = 0; v < V; ++v) {
    SynthesizeInPlace(axis.real, in[v], axis.weights, own.grid + v * own.stride, own.rest, &none);
  }
  if constexpr (L::kOfOneType) {
    if (stores != StoreWay::kFar && !lanes.joins && lanes.IsWhole()) {
      AxisOutput<Adds::kNothing, S> out = {};
      out.step = lanes.out_step;
      out.count = V;
      out.streams = stores == StoreWay::kStreams;
      for (int v = 0; v < V; ++v) out.at[v] = lanes.out[v];
      return RunCyclicSums(axis.sums, own.Grid(), out, &none);
    }
  }
  RunCyclicSums(axis.sums, own.Grid(), own.Rows(), &none);
  for (int v = 0; v < V; ++v) {
    for (int64_t j = 0; j < own.n; ++j) {
      if (stores == StoreWay::kFar) {
        __builtin_prefetch(lanes.out[v] + (j + kSamplesAhead) * lanes.out_step, 1);
      }
      lanes.Put(own.Rows().Place(v, j).Load(), v, j);
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
