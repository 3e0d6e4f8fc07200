// What the ways of walking a convolution share: where tiles lie, and their rows in and out.
#pragma once

#include <cstdint>

#include "cpu/base/vector-inl.h"
#include "cpu/convolution/conv_axes-inl.h"
#include "cpu/convolution/conv_plan.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// A tensor of a run: of the source's samples, or of targets.
template <class T>
SignalView<T> MakeView(const ConvPlan& plan, T* data, bool of_targets) {
  SignalView<T> view = {data,
                        {},
                        of_targets ? plan.target_channels : plan.source_channels,
                        plan.shape.format == DataFormat::kChannelsLast};
  for (int i = 0; i < kMaxSpatialRank; ++i) {
    view.length[i] = of_targets ? plan.axis[i].target : plan.axis[i].source;
  }
  return view;
}

// What all workers of a run share.
template <class T>
struct ConvRun {
  using S = ComputeType<T>;
  const ConvPlan& plan;
  const FftPlan<S>* column_fft[2];  // of the first two axes
  const RealFft<S>* row_fft;        // of the last
  SignalView<const T> source;
  SignalView<const T> second;  // kFilterGradient
  const T* filters;            // else
  void* result;
  S* sources;  // [bins, chunk, source_vectors, column_stride, 2, lanes]
  S* targets;  // [bins, chunk, block, column_stride, 2, lanes]
  S* rows;     // [bins, source_per_group, block, filter_rows, 2, lanes]
};

// Tiles and targets that are in memory: the chunk and the block of a stage.
struct ConvPart {
  int64_t first_tile;
  int64_t tiles;
  int64_t first_vector;
  int64_t vectors;
};

// The tools of one worker.
template <class T>
class ConvTask {
 public:
  using S = ComputeType<T>;
  static constexpr int64_t kElement = 2 * kLanes<S>;

  ConvTask(const ConvRun<T>& run, char* scratch)
      : run_(run),
        plan_(run.plan),
        rows_(run.plan, *run.row_fft, scratch),
        columns_(run.column_fft, reinterpret_cast<S*>(scratch)),
        unit_(reinterpret_cast<S*>(scratch + run.plan.column_offset)) {}

  ConvTask(const ConvTask&) = delete;
  ConvTask& operator=(const ConvTask&) = delete;

 protected:
  struct Place {
    int64_t image;
    int64_t target[kMaxSpatialRank];  // the tile's first
  };

  Place Find(int64_t tile) const {
    Place place;
    place.image = tile / plan_.image_tiles;
    int64_t rest = tile % plan_.image_tiles;
    for (int i = kMaxSpatialRank - 1; i >= 0; --i) {
      place.target[i] = rest % plan_.axis[i].tiles * plan_.axis[i].step;
      rest /= plan_.axis[i].tiles;
    }
    return place;
  }

  // Rows of a tile that are transformed: of its source, and of its target.
  int64_t SourceRows() const { return plan_.axis[0].count * plan_.axis[1].count; }
  int64_t TargetRows() const { return plan_.axis[0].step * plan_.axis[1].step; }

  // Where row `row` of [.., rows1] stands in a column.
  int64_t Element(int64_t row, int64_t rows1) const {
    return (row / rows1 * plan_.axis[1].length + row % rows1) * kElement;
  }

  // The same for a row of targets.
  int64_t TargetElement(int64_t row) const {
    const ConvTiling* axis = plan_.axis;
    return ((axis[0].first + row / axis[1].step) * axis[1].length + axis[1].first +
            row % axis[1].step) *
           kElement;
  }

  // The transforms' own factor.
  S Scale() const {
    const double all = static_cast<double>(plan_.axis[0].length * plan_.axis[1].length) *
                       static_cast<double>(plan_.axis[2].length);
    return static_cast<S>(1 / all);
  }

  bool LoadSourceRow(int64_t tile, int64_t vector, int64_t row) {
    const ConvTiling* axis = plan_.axis;
    const Place at = Find(tile);
    return rows_.LoadRow(run_.source, at.image, at.target[0] + axis[0].shift + row / axis[1].count,
                         at.target[1] + axis[1].shift + row % axis[1].count,
                         {at.target[2] + axis[2].shift, axis[2].count},
                         rows_.SourceChannels(vector));
  }

  // A row of the second source, which has as many positions as a tile has targets.
  bool LoadSecondRow(int64_t tile, int64_t vector, int64_t row) {
    const ConvTiling* axis = plan_.axis;
    if (!IsTargetRow(tile, row)) return false;
    const Place at = Find(tile);
    return rows_.LoadRow(run_.second, at.image, at.target[0] + row / axis[1].step,
                         at.target[1] + row % axis[1].step, {at.target[2], Targets(at)},
                         rows_.TargetChannels(vector));
  }

  // A row of taps, over all that the transforms multiply by.
  void LoadFilterRow(int64_t r, int64_t vector, int64_t row) {
    const int64_t taps = plan_.axis[2].taps;
    rows_.LoadTaps(run_.filters + row * taps * TapStep(), TapStep(), taps,
                   rows_.FilterPlaces(r, vector), Scale());
  }

  // Whether a tile's row of targets lies within the axes.
  bool IsTargetRow(int64_t tile, int64_t row) const {
    const ConvTiling* axis = plan_.axis;
    const Place at = Find(tile);
    return at.target[0] + row / axis[1].step < axis[0].target &&
           at.target[1] + row % axis[1].step < axis[1].target;
  }

  void StoreTargetRow(int64_t tile, int64_t vector, int64_t row) {
    const ConvTiling* axis = plan_.axis;
    const Place at = Find(tile);
    const SignalView<T> y = MakeView(plan_, static_cast<T*>(run_.result), true);
    T* to = y.Row(at.image, at.target[0] + row / axis[1].step, at.target[1] + row % axis[1].step);
    rows_.StoreRun(to + at.target[2] * y.SampleStep(), y.SampleStep(), y.ChannelStep(), Targets(at),
                   rows_.TargetChannels(vector), axis[2].first);
  }

  void StoreFilterRow(int64_t r, int64_t vector, int64_t row) {
    const int64_t taps = plan_.axis[2].taps;
    rows_.ScaleRow(taps, Scale());
    rows_.StoreRun(static_cast<T*>(run_.result) + row * taps * TapStep(), TapStep(), 1, taps,
                   rows_.FilterPlaces(r, vector), 0);
  }

  const ConvRun<T>& run_;
  const ConvPlan& plan_;
  ConvRows<T> rows_;
  ConvColumns<S> columns_;
  S* unit_;  // the worker's own columns

 private:
  // Elements from one tap to the next.
  int64_t TapStep() const { return plan_.shape.in_per_group() * plan_.shape.out_channels; }

  // Targets of a tile on the last axis.
  int64_t Targets(const Place& at) const {
    const int64_t left = plan_.axis[2].target - at.target[2];
    return left < plan_.axis[2].step ? left : plan_.axis[2].step;
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
