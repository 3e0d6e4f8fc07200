// The convolution of groups of few channels, tile by tile: no other channels are mixed into a tile
// (cpu/spectra/spectrum_walk-inl.h).
#pragma once

#include <cstdint>

#include "cpu/base/vector-inl.h"
#include "cpu/convolution/conv_mix-inl.h"
#include "cpu/convolution/conv_plan.h"
#include "cpu/convolution/conv_task-inl.h"
#include "cpu/spectra/spectrum_walk-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class T>
class ConvLocal : public ConvTask<T> {
  using Base = ConvTask<T>;
  using Base::columns_;
  using Base::plan_;
  using Base::rows_;
  using Base::run_;

 public:
  using S = typename Base::S;
  using Base::ConvTask;
  using Base::kElement;

  // Whole spectra of filters, one vector of one channel of the group at a time.
  void FilterSpectra(const ConvPart& part, const Piece& piece) {
    const ConvTiling* axis = plan_.axis;
    const auto [begin, end] = piece.Of(plan_.source_per_group * part.vectors);
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t r = unit % plan_.source_per_group;
      const int64_t vector = unit / plan_.source_per_group;
      S* spectrum = Filter(r, vector);
      rows_.Forward(
          {0, plan_.filter_rows}, ColumnStep(),
          [&](int64_t row) {
            Base::LoadFilterRow(r, part.first_vector + vector, row);
            return true;
          },
          [&](int64_t row) { return spectrum + Base::Element(row, axis[1].taps); });
      for (int64_t bin = 0; bin < plan_.bins; ++bin) {
        S* column = spectrum + bin * ColumnStep();
        columns_.Forward(column, axis[1].length, axis[0].taps, axis[1].taps, column);
      }
    }
  }

  template <bool kConjugate>
  void Tiles(const ConvPart& part, const Piece& piece) {
    const auto [begin, end] = piece.Of(plan_.tiles * part.vectors);
    for (int64_t unit = begin; unit < end; ++unit) {
      const Tile tile = {*this, part, unit / part.vectors, unit % part.vectors};
      const Product<kConjugate> product = {tile};
      const SpectrumWalk<Product<kConjugate>> walk(product, plan_.source_per_group, plan_.bins);
      walk.Run(Source{tile}, Target{tile});
    }
  }

 private:
  // One tile of one vector of targets.
  struct Tile {
    ConvLocal& task;
    const ConvPart& part;
    int64_t number;
    int64_t vector;

    S* source(int64_t bin) const { return task.unit_ + bin * task.ColumnStep(); }
    // Where there is one source alone, its spectrum becomes the target's.
    S* target(int64_t bin) const {
      return source(bin + (task.plan_.source_per_group > 1 ? task.plan_.bins : 0));
    }
  };

  struct Source {
    const Tile& tile;

    void Rows(int64_t r) const {
      ConvLocal& task = tile.task;
      const ConvPlan& plan = task.plan_;
      const int64_t vector = r * plan.target_vectors + tile.part.first_vector + tile.vector;
      task.rows_.Forward(
          {0, task.SourceRows()}, task.ColumnStep(),
          [&](int64_t row) { return task.LoadSourceRow(tile.number, vector, row); },
          [&](int64_t row) { return tile.source(0) + task.Element(row, plan.axis[1].count); });
    }
    void Column(int64_t /*r*/, int64_t bin) const {
      const ConvTiling* axis = tile.task.plan_.axis;
      S* column = tile.source(bin);
      tile.task.columns_.Forward(column, axis[1].length, axis[0].count, axis[1].count, column);
    }
  };

  // With the spectrum of the filters.
  template <bool kConjugate>
  struct Product {
    const Tile& tile;

    void Multiply(int64_t r, int64_t bin) const {
      ConvLocal& task = tile.task;
      const S* filter = task.Filter(r, tile.vector) + bin * task.ColumnStep();
      if (r == 0) {
        MixLanes<kConjugate, false>(tile.source(bin), filter, tile.target(bin), task.plan_.column);
      } else {
        MixLanes<kConjugate, true>(tile.source(bin), filter, tile.target(bin), task.plan_.column);
      }
    }
  };

  struct Target {
    const Tile& tile;

    void Column(int64_t bin) const {
      const ConvTiling& axis = tile.task.plan_.axis[0];
      tile.task.columns_.Inverse(tile.target(bin), axis.first + axis.step);
    }
    void Rows() const {
      ConvLocal& task = tile.task;
      const int64_t vector = tile.part.first_vector + tile.vector;
      task.rows_.Inverse(
          {0, task.TargetRows()}, task.ColumnStep(),
          [&](int64_t row) { return tile.target(0) + task.TargetElement(row); },
          [&](int64_t row) { return task.IsTargetRow(tile.number, row); },
          [&](int64_t row) { task.StoreTargetRow(tile.number, vector, row); });
    }
  };

  int64_t ColumnStep() const { return plan_.column_stride * kElement; }

  S* Filter(int64_t r, int64_t vector) const {
    return run_.rows + (vector * plan_.source_per_group + r) * plan_.bins * ColumnStep();
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
