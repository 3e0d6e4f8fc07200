// A single axis by moments (cpu/axes/mode_blocks.h): its blocks of samples, and its blocks of
// lanes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <variant>

#include "core/integers.h"
#include "cpu/axes/axis_kinds-inl.h"
#include "cpu/axes/lanes-inl.h"
#include "cpu/axes/mode_blocks-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/spectra/lane_map-inl.h"
#include "cpu/spectra/spectral_conv_plan.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// T: the stored type; kSynthesis: to the samples, else from them.
template <class T, bool kSynthesis>
class BlockWalk {
 public:
  using S = ComputeType<T>;

  // Where the axis does not go by moments, nothing may be run. `moments`: of all blocks of lanes,
  // [blocks of samples][kMoments][lanes] each.
  BlockWalk(const SignalPlan& side, const LaneMap<T>& map, const AxisOperator<S>& axis,
            bool aligned, S* moments, S* scratch)
      : side_(side),
        map_(map),
        axis_(std::get_if<ModeBlocks<S>>(&axis.tables)),
        stores_(side.streams && aligned ? StoreWay::kStreams : StoreWay::kFar),
        moments_(moments),
        scratch_(scratch) {}

  // Units of the stage at the samples: a block of samples of all channels of an image, or of the
  // planes of a block of lanes.
  static int64_t Units(const SignalPlan& side, int64_t blocks_of_lanes, int64_t lanes) {
    const int64_t signals = side.source == LaneSource::kPlanes
                                ? blocks_of_lanes
                                : blocks_of_lanes / CeilDiv(side.channels, lanes);
    return signals * CutIntoBlocks(side.axis[2].modes).blocks;
  }

  HWY_NOINLINE void RunSamples(T* signal, int64_t unit) const {
    const int64_t block = unit % axis_->cut.blocks;
    const int64_t first = std::min(block * axis_->cut.length, axis_->map.length);
    const int64_t samples = std::min(axis_->map.length - first, axis_->cut.length);
    const int64_t signals = unit / axis_->cut.blocks;
    T* at = signal + first * map_.SampleStep();
    if (side_.source == LaneSource::kPlanes) {
      RunPlanes(at, signals, block, samples);
      return;
    }
    const int64_t across = CeilDiv(side_.channels, kLanes<S>);
    for (int64_t vector = 0; vector < across; vector += kVectors) {
      const int64_t lanes = signals * across + vector;
      if (vector + kVectors <= across) {
        RunChannels<kVectors>(at, lanes, block, samples);
      } else {
        RunChannels<1>(at, lanes, block, samples);
      }
    }
  }

  // Between the moments of a block of lanes and its modes.
  void RunModes(int64_t block, const ComplexRow<S>& modes) const {
    S* moments = Moments(block, 0);
    if constexpr (kSynthesis) {
      SynthesizeMoments(*axis_, modes, moments, scratch_);
    } else {
      AnalyzeMoments(*axis_, moments, modes, scratch_);
    }
  }

 private:
  S* Moments(int64_t block_of_lanes, int64_t block) const {
    return moments_ +
           (block_of_lanes * axis_->cut.blocks + block) * kMoments<S> * int64_t{kLanes<S>};
  }

  void RunPlanes(T* at, int64_t block_of_lanes, int64_t block, int64_t samples) const {
    const LaneBlock lanes = map_.Find(block_of_lanes);
    const int planes = static_cast<int>(lanes.count);
    S* moments = Moments(block_of_lanes, block);
    at += lanes.offset;
    if constexpr (!kSynthesis) {
      TakeMomentsOfPlanes(*axis_, static_cast<const T*>(at), map_.LaneStep(), planes, samples,
                          scratch_, moments);
    } else if (stores_ == StoreWay::kStreams) {
      PutMomentsOfPlanes<true>(*axis_, moments, at, map_.LaneStep(), planes, samples);
    } else {
      PutMomentsOfPlanes<false>(*axis_, moments, at, map_.LaneStep(), planes, samples);
    }
  }

  // V vectors of channels beside each other.
  template <int V>
  void RunChannels(T* at, int64_t block_of_lanes, int64_t block, int64_t samples) const {
    T* places[V];
    S* moments[V];
    int counts[V];
    bool all = true;
    for (int v = 0; v < V; ++v) {
      const LaneBlock lanes = map_.Find(block_of_lanes + v);
      places[v] = at + lanes.offset;
      moments[v] = Moments(block_of_lanes + v, block);
      counts[v] = static_cast<int>(lanes.count);
      all = all && counts[v] == kLanes<S>;
    }
    if (all) {
      RunLanes<V, true>(places, counts, moments, samples);
    } else {
      RunLanes<V, false>(places, counts, moments, samples);
    }
  }

  template <int V, bool kAll>
  void RunLanes(T* const* places, const int* counts, S* const* moments, int64_t samples) const {
    Lanes<V, kAll, T, T> lanes;
    lanes.in_step = lanes.out_step = map_.SampleStep();
    lanes.streams = stores_ == StoreWay::kStreams;
    for (int v = 0; v < V; ++v) {
      lanes.in[v] = lanes.out[v] = places[v];
      lanes.count[v] = counts[v];
    }
    if constexpr (kSynthesis) {
      PutMoments(*axis_, moments, lanes, stores_, samples);
    } else {
      TakeMoments(*axis_, lanes, samples, moments);
    }
  }

  const SignalPlan& side_;
  const LaneMap<T>& map_;
  const ModeBlocks<S>* const axis_;
  const StoreWay stores_;
  S* moments_;
  S* scratch_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
