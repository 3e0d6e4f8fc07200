// What a filter does to the leading axes of its tiles: the transforms of the middle one, and of the
// first one around the product (cpu/spectra/filter_plan.h).
#pragma once

#include <cstdint>

#include "cpu/base/runtime.h"
#include "cpu/base/vector-inl.h"
#include "cpu/spectra/filter_columns-inl.h"
#include "cpu/spectra/filter_plan.h"
#include "cpu/spectra/filter_steps-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class S>
class FilterColumns {
 public:
  static constexpr int64_t kStep = 2 * kLanes<S>;

  FilterColumns(const FilterPlan& plan, const RunMemory& memory, const S* response, char* own)
      : plan_(plan),
        response_(response),
        planar_(reinterpret_cast<const S*>(memory.workspace + plan.planar_offset)),
        sums_(reinterpret_cast<S*>(memory.workspace + plan.sums_offset)),
        tiles_(plan, memory, own),
        first_(FilterAxis<S>(memory, 0).complex),
        middle_(FilterAxis<S>(memory, 1).complex),
        order_(reinterpret_cast<int32_t*>(own + plan.order_offset)),
        data_(reinterpret_cast<S*>(own + plan.data_offset)),
        other_(reinterpret_cast<S*>(own + plan.other_offset)),
        scratch_(reinterpret_cast<S*>(own + plan.scratch_offset)) {
    FillOrder(FilterAxis<S>(memory, 0), order_);
    FillOrder(FilterAxis<S>(memory, 1), order_ + plan.first);
  }

  // The frequency of each place of the first axis, then of the middle one.
  const int32_t* order() const { return order_; }

  // The middle axis of slices of the first one.
  template <bool kBack>
  void RunMiddle(const FilterStep& at, int side, int64_t begin, int64_t end) {
    if (plan_.middle == 1) return;
    for (int64_t slice = begin; slice < end; ++slice) {
      for (int64_t t = 0; t < plan_.tiles; ++t) {
        S* tile = tiles_.Tile(at, side, t) + slice * plan_.middle * plan_.tile_row;
        for (int64_t w = 0; w < plan_.columns; ++w) {
          if (!tiles_.Lives(at, w)) continue;
          const TileColumn<S> column = {tile + w * kStep, plan_.tile_row};
          if constexpr (kBack) {
            RestoreColumn(middle_, column, data_, scratch_);
          } else {
            TransformColumn<false>(middle_, column, ColumnPlaces<S>{column}, data_, scratch_);
          }
        }
      }
    }
  }

  // The first axis around the product.
  void RunColumns(const FilterStep& at, int64_t begin, int64_t end) {
    for (int64_t t = 0; t < plan_.tiles; ++t) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t w = i % plan_.columns;
        if (!tiles_.Lives(at, w)) continue;
        if (plan_.sums > 0) {
          SumColumn(at, t, i / plan_.columns, w);
        } else if (!plan_.lanes_are_channels()) {
          MultiplyBins(at, t, i / plan_.columns, w);
        } else {
          MultiplyChannels(at, i / plan_.columns, w);
        }
      }
    }
  }

 private:
  TileColumn<S> Column(const FilterStep& at, int side, int64_t t, int64_t m, int64_t w) const {
    return {tiles_.Tile(at, side, t) + m * plan_.tile_row + w * kStep,
            plan_.middle * plan_.tile_row};
  }

  template <ResponseKind kKind>
  void Multiply(const TileColumn<S>& column, const S* numbers, int64_t step, int64_t next,
                int64_t count) {
    const auto scale = static_cast<S>(plan_.scale);
    const S im_scale = plan_.kind == SpectralConvKind::kAdjoint ? -scale : scale;
    const ColumnResponse<kKind, S> product = {
        {scale, im_scale, count}, numbers, step, order_, next, column.data + kStep, column.step};
    if (plan_.first == 1) {
      column.Store(product(column.Load(0, 0), 0), 0, 0);
    } else {
      TransformColumn<true>(first_, column, product, data_, scratch_);
    }
  }

  void MultiplyChannels(const FilterStep& at, int64_t m, int64_t w) {
    const int64_t bin = order_[plan_.first + m] * plan_.bins + w / plan_.subs;
    const int64_t all = 2 * plan_.middle * plan_.bins;
    const TileColumn<S> column = Column(at, 0, 0, m, w);
    if (plan_.shared) {
      return Multiply<ResponseKind::kOne>(column, response_ + 2 * bin, all, 2, 0);
    }
    const int64_t channel = (at.block * plan_.subs + w % plan_.subs) * kLanes<S>;
    Multiply<ResponseKind::kPairs>(column, response_ + 2 * (bin * plan_.channels + channel),
                                   all * plan_.channels, 2 * plan_.channels,
                                   plan_.channels - channel);
  }

  void MultiplyBins(const FilterStep& at, int64_t t, int64_t m, int64_t w) {
    const TileColumn<S> column = Column(at, 0, t, m, w);
    if (plan_.planar) {
      const int64_t row = plan_.columns * kStep;
      const S* numbers = planar_ + (at.block + t) * plan_.rows() * row + m * row + w * kStep;
      return Multiply<ResponseKind::kReady>(column, numbers, plan_.middle * row, kStep, 0);
    }
    const int64_t bin = order_[plan_.first + m] * plan_.bins + w * kLanes<S>;
    Multiply<ResponseKind::kPairs>(column, response_ + 2 * bin, 2 * plan_.middle * plan_.bins,
                                   kStep, plan_.bins - w * kLanes<S>);
  }

  void SumColumn(const FilterStep& at, int64_t t, int64_t m, int64_t w) {
    const TileColumn<S> x = Column(at, 0, t, m, w);
    const TileColumn<S> grad = Column(at, 1, t, m, w);
    const int64_t sums = at.unit * plan_.sums + (plan_.shared ? 0 : t);
    const bool adds = at.adds || (plan_.shared && t > 0);
    S* to = sums_ + sums * plan_.tile + m * plan_.tile_row + w * kStep;
    const ColumnSums<S> product = {other_, to, x.step, adds, grad.data + kStep, grad.step};
    if (plan_.first == 1) {
      StoreComplex(x.Load(0, 0), other_, 0);
      product(grad.Load(0, 0), 0);
      return;
    }
    TransformColumn<false>(first_, x, NoProduct<S>{x.data + kStep, x.step}, other_, scratch_);
    TransformColumn<false>(first_, grad, product, data_, scratch_);
  }

  const FilterPlan& plan_;
  const S* response_;
  const S* planar_;
  S* sums_;
  const FilterTiles<S> tiles_;
  const FftPlan<S>& first_;
  const FftPlan<S>& middle_;
  int32_t* order_;
  S* data_;
  S* other_;
  S* scratch_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
