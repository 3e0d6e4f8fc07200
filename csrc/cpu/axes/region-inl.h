// Runs one axis over a region of a tensor, bundle after bundle of vectors.
#pragma once

#include <cstdint>

#include "cpu/axes/axis_kinds-inl.h"
#include "cpu/axes/axis_region.h"
#include "cpu/axes/lanes-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Walks the vectors of a region: `lane` counts within the width.
struct Cursor {
  int64_t row = 0;
  int64_t col = 0;
  int64_t lane = 0;

  Cursor(const AxisRegion& region, int64_t lanes, int64_t vector) {
    const int64_t across = (region.width + lanes - 1) / lanes;
    lane = vector % across * lanes;
    col = vector / across % region.cols;
    row = vector / across / region.cols;
  }

  void Advance(const AxisRegion& region, int64_t lanes) {
    lane += lanes;
    if (lane < region.width) return;
    lane = 0;
    if (++col < region.cols) return;
    col = 0;
    ++row;
  }
};

// What an axis adds to its output: [rows][axis][width], and the weight of the output.
template <class S>
struct Joined {
  const S* data;
  int64_t row;
  int64_t step;
  S weight;
};

template <int V, bool kAll, class S, class TIn, class TOut>
HWY_INLINE void RunLanes(const AxisOperator<S>& axis, const AxisRegion& region, const TIn* in,
                         TOut* out, const Joined<S>* join, S* scratch, Ahead* ahead,
                         Cursor cursor) {
  Lanes<V, kAll, TIn, TOut> lanes;
  lanes.joins = join != nullptr;
  lanes.streams = ahead->stores() == StoreWay::kStreams;
  if (lanes.joins) {
    lanes.addend_step = join->step;
    lanes.weight = join->weight;
  }
  lanes.in_step = region.in_step;
  lanes.out_step = region.out_step;
  for (int v = 0; v < V; ++v) {
    lanes.in[v] = in + cursor.row * region.in_row + cursor.col * region.in_col + cursor.lane;
    lanes.out[v] = out + cursor.row * region.out_row + cursor.col * region.out_col + cursor.lane;
    if (lanes.joins) lanes.addend[v] = join->data + cursor.row * join->row + cursor.lane;
    const int64_t left = region.width - cursor.lane;
    lanes.count[v] = left < kLanes<S> ? static_cast<int>(left) : kLanes<S>;
    cursor.Advance(region, kLanes<S>);
  }
  axis.template With<AxisEnds::kSamples>(
      [&](const auto& tables) HWY_ATTR { RunBundle(tables, lanes, scratch, ahead); });
}

template <int V, class S, class TIn, class TOut>
HWY_INLINE void RunVectors(const AxisOperator<S>& axis, const AxisRegion& region, const TIn* in,
                           TOut* out, const Joined<S>* join, S* scratch, Ahead* ahead,
                           Cursor* cursor) {
  const Cursor first = *cursor;
  bool all = true;
  for (int v = 0; v < V; ++v) {
    all = all && region.width - cursor->lane >= kLanes<S>;
    cursor->Advance(region, kLanes<S>);
  }
  // Single vectors of half types are few: they are not worth the time to compile two kinds.
  constexpr bool kRare = V == 1 && (sizeof(TIn) < sizeof(S) || sizeof(TOut) < sizeof(S));
  if constexpr (kLanes<S> == 1) {
    RunLanes<V, true>(axis, region, in, out, join, scratch, ahead, first);
  } else if (all && !kRare) {
    RunLanes<V, !kRare>(axis, region, in, out, join, scratch, ahead, first);
  } else {
    RunLanes<V, false>(axis, region, in, out, join, scratch, ahead, first);
  }
}

// Where the bundle after `bundle` stores, or the last one again: the last bytes of its vectors. If
// these begin within lines, the first line of a vector is mostly the last one of the one before.
template <class S, class TOut>
Stores StoresAfter(const AxisRegion& region, const TOut* out, int64_t bundle, int64_t vectors) {
  Stores stores;
  stores.step = region.out_step * static_cast<int64_t>(sizeof(TOut));
  int64_t vector = (bundle + 1) * kVectors;
  if (vector >= vectors) vector = bundle * kVectors;
  Cursor cursor(region, kLanes<S>, vector);
  for (const char*& place : stores.place) {
    place = reinterpret_cast<const char*>(out + cursor.row * region.out_row +
                                          cursor.col * region.out_col + cursor.lane) +
            kLanes<S> * sizeof(TOut) - 1;
    if (++vector < vectors) cursor.Advance(region, kLanes<S>);
  }
  return stores;
}

// Runs one axis for the bundles [begin, end) of a region. Only between equal types may it join.
template <class S, class TIn, class TOut>
void RunAxis(const AxisOperator<S>& axis, AxisRegion region, int64_t begin, int64_t end,
             const TIn* in, TOut* out, S* scratch, Ahead* ahead, const Joined<S>* join = nullptr) {
  region.Merge();
  int64_t calls = 0;
  axis.template With<AxisEnds::kSamples>([&](const auto& tables)
                                             HWY_ATTR { calls = FetchCalls(tables); });
  const int64_t vectors = region.Vectors(kLanes<S>);
  Cursor cursor(region, kLanes<S>, begin * kVectors);
  // Short bundles share a grant.
  const int64_t together = calls == 0 ? 1 : (kCallsPerGrant + calls - 1) / calls;
  for (int64_t bundle = begin; bundle < end; ++bundle) {
    if ((bundle - begin) % together == 0) {
      const int64_t bundles = end - bundle < together ? end - bundle : together;
      ahead->StartBundles(bundles, bundles * calls);
    }
    if (ahead->stores() == StoreWay::kFar) {
      ahead->SetNextStores(StoresAfter<S>(region, out, bundle, vectors));
    }
    if ((bundle + 1) * kVectors <= vectors) {
      RunVectors<kVectors>(axis, region, in, out, join, scratch, ahead, &cursor);
    } else {
      for (int64_t v = bundle * kVectors; v < vectors; ++v) {
        RunVectors<1>(axis, region, in, out, join, scratch, ahead, &cursor);
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
