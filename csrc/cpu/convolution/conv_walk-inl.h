// The stages of a convolution whose channels are mixed (cpu/convolution/conv_plan.h), each of so
// many units that are independent of each other.
#pragma once

#include <cstdint>

#include "cpu/base/vector-inl.h"
#include "cpu/convolution/conv_mix-inl.h"
#include "cpu/convolution/conv_plan.h"
#include "cpu/convolution/conv_task-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class T>
class ConvWalk : public ConvTask<T> {
  using Base = ConvTask<T>;
  using Base::columns_;
  using Base::plan_;
  using Base::rows_;
  using Base::run_;
  using Base::unit_;

 public:
  using S = typename Base::S;
  using Base::ConvTask;
  using Base::kElement;

  // Rows of the first source to half spectra.
  void SourceRowsIn(const ConvPart& part, const Piece& piece) {
    const Items items = {part.tiles, plan_.source_vectors, Base::SourceRows()};
    rows_.Forward(
        piece.Of(items.all()), SourceBinStep(),
        [&](int64_t item) {
          return Base::LoadSourceRow(part.first_tile + items.Outer(item), items.Vector(item),
                                     items.Row(item));
        },
        [&](int64_t item) {
          return Source(items.Outer(item), items.Vector(item)) +
                 Base::Element(items.Row(item), plan_.axis[1].count);
        });
  }

  void SecondRowsIn(const ConvPart& part, const Piece& piece) {
    const Items items = {part.tiles, part.vectors, Base::TargetRows()};
    rows_.Forward(
        piece.Of(items.all()), TargetBinStep(),
        [&](int64_t item) {
          return Base::LoadSecondRow(part.first_tile + items.Outer(item),
                                     part.first_vector + items.Vector(item), items.Row(item));
        },
        [&](int64_t item) {
          return Target(items.Outer(item), items.Vector(item)) +
                 Base::Element(items.Row(item), plan_.axis[1].step);
        });
  }

  void FilterRowsIn(const ConvPart& part, const Piece& piece) {
    const FilterItems items = {plan_.source_per_group, part.vectors, plan_.filter_rows,
                               plan_.map == ConvMap::kInputGradient};
    rows_.Forward(
        piece.Of(items.all()), FilterBinStep(),
        [&](int64_t item) {
          Base::LoadFilterRow(items.Outer(item), part.first_vector + items.Vector(item),
                              items.Row(item));
          return true;
        },
        [&](int64_t item) {
          return Filter(items.Outer(item), items.Vector(item)) + items.Row(item) * kElement;
        });
  }

  // Columns of the first source, and of the second.
  void SourceColumns(const ConvPart& part, const Piece& piece) {
    const auto [begin, end] = piece.Of(ColumnUnits(part));
    for (int64_t unit = begin; unit < end; ++unit) {
      for (int64_t v = 0; v < plan_.source_vectors; ++v) {
        S* column = Source(unit / plan_.bins, v) + unit % plan_.bins * SourceBinStep();
        columns_.Forward(column, plan_.axis[1].length, plan_.axis[0].count, plan_.axis[1].count,
                         column);
      }
    }
  }

  void SecondColumns(const ConvPart& part, const Piece& piece) {
    const auto [begin, end] = piece.Of(ColumnUnits(part));
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
  void MixTargets(const ConvPart& part, const Piece& piece) {
    const int64_t rows0 = plan_.axis[0].first + plan_.axis[0].step;
    const ColumnView<S> filters = {unit_, plan_.unit * plan_.column_stride, plan_.column_stride};
    const auto [begin, end] = piece.Of(MixUnits(part));
    for (int64_t unit = begin; unit < end; ++unit) {
      const auto [bin, vector, vectors] = FindMix(part, unit);
      for (int64_t r = 0; r < plan_.source_per_group; ++r) {
        for (int64_t v = 0; v < vectors; ++v) {
          columns_.Forward(Filter(r, vector + v) + bin * FilterBinStep(), plan_.axis[1].taps,
                           plan_.axis[0].taps, plan_.axis[1].taps, filters(r, v));
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
  void MixFilters(const ConvPart& part, const Piece& piece) {
    const int64_t rows1 = plan_.axis[1].taps;
    const ColumnView<S> filters = {unit_, plan_.unit * plan_.column_stride, plan_.column_stride};
    const auto [begin, end] = piece.Of(MixUnits(part));
    for (int64_t unit = begin; unit < end; ++unit) {
      const auto [bin, vector, vectors] = FindMix(part, unit);
      const ColumnView<S> seconds = {
          run_.targets + bin * TargetBinStep() + vector * plan_.column_stride * kElement,
          plan_.block * plan_.column_stride, plan_.column_stride};
      MixInto(part, bin, part.first_vector + vector, vectors, seconds, filters);
      for (int64_t r = 0; r < plan_.source_per_group; ++r) {
        for (int64_t v = 0; v < vectors; ++v) {
          columns_.Inverse(filters(r, v), plan_.axis[0].taps);
          S* to = Filter(r, vector + v) + bin * FilterBinStep();
          for (int64_t row = 0; row < plan_.filter_rows; ++row) {
            Complex<S> sum = LoadComplex(filters(r, v) + Base::Element(row, rows1), 0);
            if (part.first_tile > 0) sum = Add(sum, LoadComplex(to, row));
            StoreComplex(sum, to, row);
          }
        }
      }
    }
  }

  // Rows of targets back to samples.
  void TargetRowsOut(const ConvPart& part, const Piece& piece) {
    const Items items = {part.tiles, part.vectors, Base::TargetRows()};
    rows_.Inverse(
        piece.Of(items.all()), TargetBinStep(),
        [&](int64_t item) {
          return Target(items.Outer(item), items.Vector(item)) +
                 Base::TargetElement(items.Row(item));
        },
        [&](int64_t item) {
          return Base::IsTargetRow(part.first_tile + items.Outer(item), items.Row(item));
        },
        [&](int64_t item) {
          Base::StoreTargetRow(part.first_tile + items.Outer(item),
                               part.first_vector + items.Vector(item), items.Row(item));
        });
  }

  // Rows of filters back to taps.
  void FilterRowsOut(const ConvPart& part, const Piece& piece) {
    const FilterItems items = {plan_.source_per_group, part.vectors, plan_.filter_rows,
                               plan_.map == ConvMap::kInputGradient};
    rows_.Inverse(
        piece.Of(items.all()), FilterBinStep(),
        [&](int64_t item) {
          return Filter(items.Outer(item), items.Vector(item)) + items.Row(item) * kElement;
        },
        [](int64_t) { return true; },
        [&](int64_t item) {
          Base::StoreFilterRow(items.Outer(item), part.first_vector + items.Vector(item),
                               items.Row(item));
        });
  }

 private:
  // A bin and some vectors of targets that are mixed together.
  struct MixUnit {
    int64_t bin;
    int64_t vector;
    int64_t vectors;
  };

  // Bins of tiles; none where there is no axis but the last.
  int64_t ColumnUnits(const ConvPart& part) const {
    return plan_.column == 1 ? 0 : plan_.bins * part.tiles;
  }
  int64_t MixUnits(const ConvPart& part) const {
    return plan_.bins * ((part.vectors + plan_.unit - 1) / plan_.unit);
  }

  MixUnit FindMix(const ConvPart& part, int64_t unit) const {
    const int64_t units = (part.vectors + plan_.unit - 1) / plan_.unit;
    const int64_t vector = unit % units * plan_.unit;
    const int64_t left = part.vectors - vector;
    return {unit / units, vector, left < plan_.unit ? left : plan_.unit};
  }

  // Rows of vectors of tiles, or of channels of a group, counted through.
  struct Items {
    int64_t outer;
    int64_t vectors;
    int64_t rows;

    int64_t all() const { return outer * vectors * rows; }
    int64_t Outer(int64_t item) const { return item / rows / vectors; }
    int64_t Vector(int64_t item) const { return item / rows % vectors; }
    int64_t Row(int64_t item) const { return item % rows; }
  };

  // Rows of filters, as near each other in memory as one follows the other: taps are far apart, and
  // beside a number is that of the next target or, for a gradient of the input, of the next source.
  struct FilterItems {
    int64_t outer;
    int64_t vectors;
    int64_t rows;
    bool sources_inside;

    int64_t all() const { return outer * vectors * rows; }
    int64_t Row(int64_t item) const { return item / (outer * vectors); }
    int64_t Outer(int64_t item) const {
      return sources_inside ? item % outer : item / vectors % outer;
    }
    int64_t Vector(int64_t item) const {
      return sources_inside ? item / outer % vectors : item % vectors;
    }
  };

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
  S* Filter(int64_t r, int64_t vector) const {
    return run_.rows + (vector * plan_.source_per_group + r) * plan_.filter_rows * kElement;
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
    if (vectors == 2) {
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
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
