// The last axis of a signal between its rows of samples and their modes
// (cpu/spectra/spectral_conv_plan.h).
#pragma once

#include <cstdint>
#include <variant>

#include "core/band.h"
#include "cpu/axes/axis_kinds-inl.h"
#include "cpu/axes/axis_signal-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/spectra/lane_map-inl.h"
#include "cpu/spectra/spectral_conv_plan.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// T: the stored type; kSynthesis: to the rows, else from them.
template <class T, bool kSynthesis>
class LastAxis {
 public:
  using S = ComputeType<T>;

  // `aligned`: the tensor begins a cache line; `packed`: two rows, transposed.
  LastAxis(const SpectralConvPlan& plan, const SignalPlan& side, const LaneMap<T>& map,
           const AxisOperator<S>& axis, bool aligned, S* packed, S* scratch, Ahead* ahead)
      : plan_(plan),
        side_(side),
        map_(map),
        axis_(axis),
        packed_(packed),
        scratch_(scratch),
        ahead_(ahead) {
    if (side.source == LaneSource::kSamples) return;
    if (side.source == LaneSource::kChannels) {
      stores_ = side.streams && aligned ? StoreWay::kStreams : StoreWay::kFar;
    }
    axis.template With<AxisEnds::kModes>([&](const auto& tables)
                                             HWY_ATTR { fetch_calls_ = FetchCalls(tables); });
  }

  int64_t fetch_calls() const { return fetch_calls_; }  // of a pair of rows

  // V rows at `rows`, `vectors` of which stand side by side; bins(sub, v) is where the modes of row
  // v are.
  template <int V, class Bins>
  void Run(T* const* rows, const LaneBlock* lanes, int64_t vectors, const Bins& bins) {
    ComplexRow<S> modes_of[V];
    if (side_.source == LaneSource::kChannels) {
      for (int64_t sub = 0; sub < vectors; ++sub) {
        T* at[V];
        int64_t counts[V];
        bool all = true;
        for (int v = 0; v < V; ++v) {
          modes_of[v] = bins(sub, v);
          at[v] = rows[v] + sub * kLanes<S>;
          counts[v] = lanes[v].InVector(sub, kLanes<S>);
          all = all && counts[v] == kLanes<S>;
        }
        if (all) {
          RunVectors<V, true>(at, counts, map_.SampleStep(), modes_of);
        } else {
          RunVectors<V, false>(at, counts, map_.SampleStep(), modes_of);
        }
      }
      return;
    }
    const int64_t elements = side_.axis[2].modes.length * side_.subs;
    // Rows behind each other are transposed as one.
    const bool joined = V == 2 && rows[V - 1] - rows[0] == elements;
    const int64_t packed =
        joined ? elements * kLanes<S> : static_cast<int64_t>(plan_.packed_bytes / sizeof(S));
    const int pieces = joined ? 1 : V;
    const int64_t together = joined ? V * elements : elements;
    if constexpr (!kSynthesis) {
      for (int v = 0; v < pieces; ++v) {
        PackRows(rows[v], map_.LaneStep(), static_cast<int>(lanes[v].count), together,
                 packed_ + v * packed);
      }
    }
    const int64_t full[2] = {kLanes<S>, kLanes<S>};
    for (int64_t sub = 0; sub < vectors; ++sub) {
      S* at[V];
      for (int v = 0; v < V; ++v) {
        at[v] = packed_ + v * packed + sub * kLanes<S>;
        modes_of[v] = bins(sub, v);
      }
      RunVectors<V, true>(at, full, side_.subs * kLanes<S>, modes_of);
    }
    if constexpr (kSynthesis) {
      for (int v = 0; v < pieces; ++v) {
        UnpackRows(packed_ + v * packed, static_cast<int>(lanes[v].count), together, rows[v],
                   map_.LaneStep());
      }
    }
  }

  // A signal whose samples are the lanes.
  void RunSignal(T* signal, int64_t block) const {
    const auto& axis = *std::get_if<AxisSignal<S>>(&axis_.tables);
    const LaneBlock at = map_.Find(block);
    T* samples = signal + at.offset;
    S* bins = scratch_ + axis.scratch * kLanes<S>;
    if constexpr (kSynthesis) {
      MoveBins<false>(at, axis.backward->shape.part_elements, bins);
      InverseSignal(*axis.backward, static_cast<const S*>(bins), scratch_, samples);
    } else {
      ForwardSignal(*axis.forward, static_cast<const T*>(samples), scratch_, bins);
      MoveBins<true>(at, axis.forward->shape.part_elements, bins);
    }
  }

 private:
  // V rows, in a tensor or transposed, and their modes.
  template <int V, bool kAll, class TRow>
  HWY_INLINE void RunVectors(TRow* const* rows, const int64_t* counts, int64_t step,
                             const ComplexRow<S>* bins) {
    Lanes<V, kAll, TRow, TRow> lanes;
    lanes.in_step = lanes.out_step = step;
    lanes.streams = stores_ == StoreWay::kStreams;
    for (int v = 0; v < V; ++v) {
      lanes.in[v] = lanes.out[v] = rows[v];
      lanes.count[v] = static_cast<int>(counts[v]);
    }
    if constexpr (kSynthesis) {
      axis_.template With<AxisEnds::kModes>([&](const auto& tables) HWY_ATTR {
        SynthesizeReal(tables, bins, lanes, stores_, scratch_);
      });
    } else {
      axis_.template With<AxisEnds::kModes>(
          [&](const auto& tables) HWY_ATTR { AnalyzeReal(tables, lanes, bins, scratch_, ahead_); });
    }
  }

  // Moves the bins of a signal, [channels][2, part_elements], to the spectrum or from it.
  template <bool kToSpectrum>
  void MoveBins(const LaneBlock& block, int64_t part_elements, S* parts) const {
    const ModeMap& modes = side_.axis[2].modes;
    for (int64_t k = 0; k <= modes.high; ++k) {
      // A transform back counts the bins that stand for two.
      const double count = kToSpectrum ? 1 : static_cast<double>(BinMultiplicity(k, modes.length));
      const auto re_weight = static_cast<S>(modes.cosine_weight(k) / count);
      const auto im_weight = static_cast<S>(modes.sine_weight(k) / count);
      const ComplexRow<S> column = map_.Column(block, 0, k, 1);
      for (int64_t c = 0; c < block.count; ++c) {
        S* re = parts + 2 * c * part_elements + k;
        S* im = re + part_elements;
        S* mode = column.data + c;
        if constexpr (kToSpectrum) {
          mode[0] = re_weight * *re;
          mode[column.im] = im_weight * *im;
        } else {
          *re = re_weight * mode[0];
          *im = im_weight * mode[column.im];
        }
      }
    }
  }

  const SpectralConvPlan& plan_;
  const SignalPlan& side_;
  const LaneMap<T>& map_;
  const AxisOperator<S>& axis_;
  S* packed_;
  S* scratch_;
  StoreWay stores_ = StoreWay::kNear;  // of synthesis
  Ahead* ahead_;
  int64_t fetch_calls_ = 0;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
