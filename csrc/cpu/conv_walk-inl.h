// The stages of a convolution by FFTs (core/conv_plan.h), each of so many units that are
// independent of each other.
#ifndef SPECTRAL_OPS_CPU_CONV_WALK_INL_H_
#define SPECTRAL_OPS_CPU_CONV_WALK_INL_H_

#include <cstdint>

#include "core/conv_plan.h"
#include "cpu/conv.h"
#include "cpu/conv_columns-inl.h"
#include "cpu/conv_mix-inl.h"
#include "cpu/conv_rows-inl.h"
#include "cpu/vector-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// What all workers of a run share.
template <class T>
struct ConvRun {
  using S = ComputeType<T>;
  const ConvPlan& plan;
  FftPlan<S> fft[kMaxSpatialRank];
  const int32_t* order;
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

template <class T>
class ConvWalk {
 public:
  using S = ComputeType<T>;
  static constexpr int64_t kElement = 2 * kLanes<S>;

  ConvWalk(const ConvRun<T>& run, char* scratch)
      : run_(run),
        plan_(run.plan),
        ffts_{&run.fft[0], &run.fft[1]},
        rows_(run.plan, run.fft[2], run.order, scratch),
        columns_(run.plan, ffts_, reinterpret_cast<S*>(scratch)),
        unit_(reinterpret_cast<S*>(scratch + run.plan.column_offset)) {}

  ConvWalk(const ConvWalk&) = delete;
  ConvWalk& operator=(const ConvWalk&) = delete;

  int64_t SourcePairs(const ConvPart& part) const {
    return Pairs(part.tiles * plan_.source_vectors * SourceRows());
  }
  int64_t SecondPairs(const ConvPart& part) const {
    return Pairs(part.tiles * part.vectors * TargetRows());
  }
  int64_t FilterPairs(const ConvPart& part) const {
    return Pairs(plan_.source_per_group * part.vectors * plan_.filter_rows);
  }
  // None where there is no axis but the last.
  int64_t ColumnUnits(const ConvPart& part) const {
    return plan_.column == 1 ? 0 : plan_.bins * part.tiles;
  }
  int64_t MixUnits(const ConvPart& part) const {
    return plan_.bins * ((part.vectors + plan_.unit - 1) / plan_.unit);
  }

  // Rows of the first source to half spectra.
  void SourceRowsIn(const ConvPart& part, int64_t begin, int64_t end) {
    const int64_t rows = SourceRows();
    const int64_t rows1 = plan_.axis[1].count;
    rows_.Forward(
        part.tiles * plan_.source_vectors * rows, begin, end, SourceBinStep(),
        [&](int64_t item, int row_part) {
          const int64_t row = item % rows;
          const int64_t vector = item / rows % plan_.source_vectors;
          const Place at = Find(part.first_tile + item / rows / plan_.source_vectors);
          return rows_.LoadRow(run_.source, at.image,
                               at.target[0] + plan_.axis[0].shift + row / rows1,
                               at.target[1] + plan_.axis[1].shift + row % rows1,
                               {at.target[2] + plan_.axis[2].shift, plan_.axis[2].count},
                               rows_.SourceChannels(vector), row_part);
        },
        [&](int64_t item) {
          const int64_t row = item % rows;
          const int64_t vector = item / rows % plan_.source_vectors;
          return Source(item / rows / plan_.source_vectors, vector) + Element(row, rows1);
        });
  }

  // Rows of the second source, which has as many positions as a tile has targets.
  void SecondRowsIn(const ConvPart& part, int64_t begin, int64_t end) {
    const int64_t rows = TargetRows();
    const int64_t rows1 = plan_.axis[1].step;
    rows_.Forward(
        part.tiles * part.vectors * rows, begin, end, TargetBinStep(),
        [&](int64_t item, int row_part) {
          const int64_t row = item % rows;
          const int64_t vector = part.first_vector + item / rows % part.vectors;
          const Place at = Find(part.first_tile + item / rows / part.vectors);
          const int64_t i0 = at.target[0] + row / rows1;
          const int64_t i1 = at.target[1] + row % rows1;
          if (i0 >= plan_.axis[0].target || i1 >= plan_.axis[1].target) return false;
          const int64_t left = plan_.axis[2].target - at.target[2];
          const int64_t count = left < plan_.axis[2].step ? left : plan_.axis[2].step;
          return rows_.LoadRow(run_.second, at.image, i0, i1, {at.target[2], count},
                               rows_.TargetChannels(vector), row_part);
        },
        [&](int64_t item) {
          const int64_t row = item % rows;
          return Target(item / rows / part.vectors, item / rows % part.vectors) +
                 Element(row, rows1);
        });
  }

  // Rows of taps, over all that the transforms multiply by.
  void FilterRowsIn(const ConvPart& part, int64_t begin, int64_t end) {
    const int64_t tap_step = plan_.shape.in_per_group() * plan_.shape.out_channels;
    rows_.Forward(
        plan_.source_per_group * part.vectors * plan_.filter_rows, begin, end, FilterBinStep(),
        [&](int64_t item, int row_part) {
          const int64_t row = item % plan_.filter_rows;
          const int64_t vector = part.first_vector + item / plan_.filter_rows % part.vectors;
          const int64_t r = item / plan_.filter_rows / part.vectors;
          const int64_t taps = plan_.axis[2].taps;
          rows_.LoadTaps(run_.filters + row * taps * tap_step, tap_step, taps,
                         rows_.FilterPlaces(r, vector), Scale(), row_part);
          return true;
        },
        [&](int64_t item) { return FilterRow(item, part); });
  }

  // Columns of the first source, and of the second.
  void SourceColumns(int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
      for (int64_t v = 0; v < plan_.source_vectors; ++v) {
        S* column = Source(unit / plan_.bins, v) + unit % plan_.bins * SourceBinStep();
        columns_.Forward(column, plan_.axis[1].length, plan_.axis[0].count, plan_.axis[1].count,
                         column);
      }
    }
  }

  void SecondColumns(const ConvPart& part, int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
      for (int64_t v = 0; v < part.vectors; ++v) {
        S* column = Target(unit / plan_.bins, v) + unit % plan_.bins * TargetBinStep();
        columns_.Forward(column, plan_.axis[1].length, plan_.axis[0].step, plan_.axis[1].step,
                         column);
      }
    }
  }

  // Columns of filters, the product, and the targets' columns back.
  template <bool kConjugate>
  void MixTargets(const ConvPart& part, int64_t begin, int64_t end) {
    const int64_t units = (part.vectors + plan_.unit - 1) / plan_.unit;
    const int64_t rows0 = plan_.axis[0].first + plan_.axis[0].step;
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t bin = unit / units;
      const int64_t vector = unit % units * plan_.unit;
      const int64_t vectors =
          plan_.unit < part.vectors - vector ? plan_.unit : part.vectors - vector;
      const ColumnView<S> filters = {unit_, plan_.unit * plan_.column_stride, plan_.column_stride};
      for (int64_t r = 0; r < plan_.source_per_group; ++r) {
        for (int64_t v = 0; v < vectors; ++v) {
          columns_.Forward(run_.rows + bin * FilterBinStep() + FilterRows(r, vector + v),
                           plan_.axis[1].taps, plan_.axis[0].taps, plan_.axis[1].taps,
                           filters(r, v));
        }
      }
      const ColumnView<S> targets = {
          run_.targets + bin * TargetBinStep() + vector * plan_.column_stride * kElement,
          plan_.block * plan_.column_stride, plan_.column_stride};
      Mix<kConjugate>(part, bin, part.first_vector + vector, vectors, filters, targets);
      for (int64_t tile = 0; tile < part.tiles; ++tile) {
        for (int64_t v = 0; v < vectors; ++v) columns_.Inverse(targets(tile, v), rows0);
      }
    }
  }

  // The product over the tiles, the filters' columns back and, chunk by chunk, their rows added up.
  void MixFilters(const ConvPart& part, int64_t begin, int64_t end) {
    const int64_t units = (part.vectors + plan_.unit - 1) / plan_.unit;
    const int64_t rows1 = plan_.axis[1].taps;
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t bin = unit / units;
      const int64_t vector = unit % units * plan_.unit;
      const int64_t vectors =
          plan_.unit < part.vectors - vector ? plan_.unit : part.vectors - vector;
      const ColumnView<S> filters = {unit_, plan_.unit * plan_.column_stride, plan_.column_stride};
      const ColumnView<S> seconds = {
          run_.targets + bin * TargetBinStep() + vector * plan_.column_stride * kElement,
          plan_.block * plan_.column_stride, plan_.column_stride};
      MixInto(part, bin, part.first_vector + vector, vectors, seconds, filters);
      for (int64_t r = 0; r < plan_.source_per_group; ++r) {
        for (int64_t v = 0; v < vectors; ++v) {
          columns_.Inverse(filters(r, v), plan_.axis[0].taps);
          S* to = run_.rows + bin * FilterBinStep() + FilterRows(r, vector + v);
          for (int64_t row = 0; row < plan_.filter_rows; ++row) {
            Complex<S> sum = LoadComplex(filters(r, v) + Element(row, rows1), 0);
            if (part.first_tile > 0) sum = Add(sum, LoadComplex(to, row));
            StoreComplex(sum, to, row);
          }
        }
      }
    }
  }

  // Rows of targets back to samples.
  void TargetRowsOut(const ConvPart& part, int64_t begin, int64_t end) {
    const int64_t rows = TargetRows();
    const int64_t rows1 = plan_.axis[1].step;
    const ConvTiling* axis = plan_.axis;
    SignalView<T> y = Result();
    rows_.Inverse(
        part.tiles * part.vectors * rows, begin, end, TargetBinStep(),
        [&](int64_t item) {
          const int64_t row = item % rows;
          const int64_t element =
              (axis[0].first + row / rows1) * axis[1].length + axis[1].first + row % rows1;
          return Target(item / rows / part.vectors, item / rows % part.vectors) +
                 element * kElement;
        },
        [&](int64_t item) {
          const Place at = Find(part.first_tile + item / rows / part.vectors);
          return at.target[0] + item % rows / rows1 < axis[0].target &&
                 at.target[1] + item % rows % rows1 < axis[1].target;
        },
        [&](int64_t item, int row_part) {
          const int64_t row = item % rows;
          const Place at = Find(part.first_tile + item / rows / part.vectors);
          const int64_t left = axis[2].target - at.target[2];
          const int64_t count = left < axis[2].step ? left : axis[2].step;
          T* to = y.Row(at.image, at.target[0] + row / rows1, at.target[1] + row % rows1);
          rows_.StoreRun(to + at.target[2] * y.SampleStep(), y.SampleStep(), y.ChannelStep(), count,
                         rows_.TargetChannels(part.first_vector + item / rows % part.vectors),
                         axis[2].first, row_part);
        });
  }

  // Rows of filters back to taps.
  void FilterRowsOut(const ConvPart& part, int64_t begin, int64_t end) {
    const int64_t tap_step = plan_.shape.in_per_group() * plan_.shape.out_channels;
    const int64_t taps = plan_.axis[2].taps;
    rows_.Inverse(
        plan_.source_per_group * part.vectors * plan_.filter_rows, begin, end, FilterBinStep(),
        [&](int64_t item) { return FilterRow(item, part); }, [](int64_t) { return true; },
        [&](int64_t item, int row_part) {
          const int64_t row = item % plan_.filter_rows;
          const int64_t vector = part.first_vector + item / plan_.filter_rows % part.vectors;
          const int64_t r = item / plan_.filter_rows / part.vectors;
          rows_.ScalePart(taps, Scale(), row_part);
          rows_.StoreRun(static_cast<T*>(run_.result) + row * taps * tap_step, tap_step, 1, taps,
                         rows_.FilterPlaces(r, vector), 0, row_part);
        });
  }

 private:
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

  static int64_t Pairs(int64_t items) { return (items + 1) / 2; }
  int64_t SourceRows() const { return plan_.axis[0].count * plan_.axis[1].count; }
  int64_t TargetRows() const { return plan_.axis[0].step * plan_.axis[1].step; }

  // Where row `row` of [.., rows1] stands in a column.
  int64_t Element(int64_t row, int64_t rows1) const {
    return (row / rows1 * plan_.axis[1].length + row % rows1) * kElement;
  }

  int64_t SourceBinStep() const {
    return plan_.chunk * plan_.source_vectors * plan_.column_stride * kElement;
  }
  int64_t TargetBinStep() const {
    return plan_.chunk * plan_.block * plan_.column_stride * kElement;
  }
  int64_t FilterBinStep() const {
    return plan_.source_per_group * plan_.block * plan_.filter_rows * kElement;
  }

  // At bin 0.
  S* Source(int64_t tile, int64_t vector) const {
    return run_.sources + (tile * plan_.source_vectors + vector) * plan_.column_stride * kElement;
  }
  S* Target(int64_t tile, int64_t vector) const {
    return run_.targets + (tile * plan_.block + vector) * plan_.column_stride * kElement;
  }
  int64_t FilterRows(int64_t r, int64_t vector) const {
    return (r * plan_.block + vector) * plan_.filter_rows * kElement;
  }
  S* FilterRow(int64_t item, const ConvPart& part) const {
    const int64_t row = item % plan_.filter_rows;
    const int64_t vector = item / plan_.filter_rows % part.vectors;
    return run_.rows + FilterRows(item / plan_.filter_rows / part.vectors, vector) + row * kElement;
  }

  // The transforms' own factor, and that of the rows on either side of a product.
  S Scale() const {
    const double all = static_cast<double>(plan_.axis[0].length * plan_.axis[1].length) *
                       static_cast<double>(plan_.axis[2].length);
    return static_cast<S>(1 / (4 * all));
  }

  SignalView<T> Result() const {
    SignalView<T> y = {
        static_cast<T*>(run_.result), {}, plan_.target_channels, run_.source.channels_last};
    for (int i = 0; i < kMaxSpatialRank; ++i) y.length[i] = plan_.axis[i].target;
    return y;
  }

  // The columns of sources that belong to `vector`: by vector of channels, or by channel of the
  // group.
  ColumnView<S> Sources(int64_t bin, int64_t vector) const {
    S* data = run_.sources + bin * SourceBinStep();
    const int64_t tile_step = plan_.source_vectors * plan_.column_stride;
    if (!plan_.lanewise) return {data, tile_step, plan_.column_stride};
    return {data + vector * plan_.column_stride * kElement, tile_step,
            plan_.target_vectors * plan_.column_stride};
  }

  int64_t FirstChannel(int64_t vector) const {
    return vector / plan_.vectors_per_group * plan_.source_per_group;
  }

  template <bool kConjugate>
  void Mix(const ConvPart& part, int64_t bin, int64_t vector, int64_t vectors,
           const ColumnView<S>& filters, const ColumnView<S>& targets) const {
    const int64_t channels = plan_.source_per_group;
    if (plan_.lanewise) {
      for (int64_t v = 0; v < vectors; ++v) {
        const ColumnView<S> own = {filters(0, v), filters.step_i, filters.step_j};
        const ColumnView<S> to = {targets(0, v), targets.step_i, targets.step_j};
        MixLanes<kConjugate>(Sources(bin, vector + v), own, to, channels, part.tiles, plan_.column);
      }
    } else if (vectors == 2) {
      MixColumn<2, kConjugate>(Sources(bin, vector), filters, targets, FirstChannel(vector),
                               channels, part.tiles, plan_.column);
    } else {
      MixColumn<1, kConjugate>(Sources(bin, vector), filters, targets, FirstChannel(vector),
                               channels, part.tiles, plan_.column);
    }
  }

  void MixInto(const ConvPart& part, int64_t bin, int64_t vector, int64_t vectors,
               const ColumnView<S>& seconds, const ColumnView<S>& filters) const {
    const int64_t channels = plan_.source_per_group;
    if (plan_.lanewise) {
      for (int64_t v = 0; v < vectors; ++v) {
        const ColumnView<S> own = {seconds(0, v), seconds.step_i, seconds.step_j};
        const ColumnView<S> to = {filters(0, v), filters.step_i, filters.step_j};
        MixLanesOfFilters(Sources(bin, vector + v), own, to, channels, part.tiles, plan_.column);
      }
    } else if (vectors == 2) {
      MixColumnOfFilters<2>(Sources(bin, vector), seconds, filters, FirstChannel(vector), channels,
                            part.tiles, plan_.column);
    } else {
      MixColumnOfFilters<1>(Sources(bin, vector), seconds, filters, FirstChannel(vector), channels,
                            part.tiles, plan_.column);
    }
  }

  const ConvRun<T>& run_;
  const ConvPlan& plan_;
  const FftPlan<S>* const ffts_[2];
  ConvRows<T> rows_;
  ConvColumns<S> columns_;
  S* unit_;  // [source_per_group, unit, column_stride, 2, lanes]
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_CONV_WALK_INL_H_
