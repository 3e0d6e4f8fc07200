// Runs a banded axis (axis_banded.h), row after row.
#pragma once

#include <cstdint>

#include "cpu/axes/lanes-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "hwy/highway.h"
#include "python/testing/axis_banded.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// y[j] = sum_{t < count} row[t] x[from + t].
template <class L, class S>
HWY_INLINE void MultiplyRow(const S* HWY_RESTRICT row, int64_t count, int64_t from, int64_t j,
                            const L& lanes, Ahead* ahead) {
  constexpr int V = L::kVectors;
  const Simd<S> d;
  ahead->Fetch();
  Vector<S> sum[V];
  for (int v = 0; v < V; ++v) {
    if (!ahead->fetches()) lanes.PrefetchInput(v, from + kSamplesAhead);
    sum[v] = hn::Zero(d);
  }
  for (int64_t t = 0; t < count; ++t) {
    const auto a = hn::Set(d, row[t]);
    for (int v = 0; v < V; ++v) sum[v] = hn::MulAdd(a, lanes.Get(v, from + t), sum[v]);
  }
  for (int v = 0; v < V; ++v) {
    lanes.PrefetchStore(v, j, 1, ahead);
    lanes.Put(sum[v], v, j);
  }
}

template <class S>
int64_t FetchCalls(const AxisBanded<S>& axis) {
  return axis.m;
}

template <class L, class S>
HWY_INLINE void RunBundle(const AxisBanded<S>& axis, const L& lanes, S* /*scratch*/, Ahead* ahead) {
  const S* edge = axis.edges;
  for (int64_t j = 0; j < axis.first_rows; ++j) {
    MultiplyRow(edge, axis.reach, 0, j, lanes, ahead);
    edge += axis.reach;
  }
  for (int64_t j = axis.first_rows; j < axis.m - axis.last_rows; ++j) {
    const int64_t phase = j % axis.phases;
    MultiplyRow(axis.band + phase * axis.taps, axis.taps,
                axis.stride * (j / axis.phases) + axis.start[phase], j, lanes, ahead);
  }
  for (int64_t j = axis.m - axis.last_rows; j < axis.m; ++j) {
    MultiplyRow(edge, axis.reach, axis.n - axis.reach, j, lanes, ahead);
    edge += axis.reach;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
