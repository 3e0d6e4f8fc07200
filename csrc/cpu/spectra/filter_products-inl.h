// What a filter does to the leading axes of its tiles: the transforms of the middle one, and of the
// first one around the product (cpu/spectra/filter_plan.h).
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/base/runtime.h"
#include "cpu/base/vector-inl.h"
#include "cpu/spectra/filter_columns-inl.h"
#include "cpu/spectra/filter_plan.h"
#include "cpu/spectra/filter_rows-inl.h"
#include "cpu/spectra/filter_steps-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

template <class S>
class FilterColumns {
 public:
  static constexpr int64_t kStep = 2 * kLanes<S>;

  // `streams`: where the spectrum is kept, past the caches.
  FilterColumns(const FilterPlan& plan, const RunMemory& memory, const S* response, S* spectrum,
                bool streams, char* own)
      : plan_(plan),
        response_(response),
        spectrum_(spectrum),
        streams_(streams),
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
            for (int64_t i = 0; i < middle_.n; ++i) StoreComplex(column.Load(0, i), data_, i);
            RunFftToColumn(middle_, kWholeReach, data_, column.data, column.step, scratch_);
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
        const int64_t m = i / plan_.columns;
        const TileColumn<S> column = Column(at, SourcesOf(plan_) - 1, t, m, w);
        if (plan_.sums == 0) {
          ForResponse(at, t, m, w, column, [&](const auto& response) {
            using Response = std::decay_t<decltype(response)>;
            if (plan_.keeps) {
              S* kept = spectrum_ + SpectrumPlace(plan_, at, t, m, w);
              Run<true>(column,
                        ColumnResponseAndSpectrum<Response::kKind, S>{response, kept, streams_});
            } else {
              Run<true>(column, response);
            }
          });
          continue;
        }
        const ColumnSums<S> sums = StartSums(at, t, m, w, column);
        if (!plan_.returns) {
          Run<false>(column, sums);
          continue;
        }
        ForResponse(at, t, m, w, column, [&](const auto& response) {
          using Response = std::decay_t<decltype(response)>;
          Run<true>(column, ColumnSumsAndResponse<Response::kKind, S>{sums, response});
        });
      }
    }
  }

  // The sums that a row of grad_output goes to, of one vector of a block of channels.
  BinSums<S> SumsOfRow(const FilterStep& at, int64_t sub) const {
    const int64_t place = sub * kStep;
    const int64_t step = plan_.subs * kStep;
    S* sums = sums_ + at.unit * plan_.sums * plan_.tile + place;
    if (plan_.takes) return {SpectrumOfRow(at, sub), kStep, sums, step, at.adds};
    return {tiles_.Tile(at, 0, 0) + place, step, sums, step, at.adds};
  }

  // What is kept of the one row of a vector of a block.
  S* SpectrumOfRow(const FilterStep& at, int64_t sub) const {
    return spectrum_ + SpectrumPlace(plan_, at, 0, 0, sub);
  }
  void Keep(const Complex<S>& z, S* to) const { KeepComplex(z, streams_, to); }

 private:
  template <ResponseKind kKind>
  using Kind = std::integral_constant<ResponseKind, kKind>;

  TileColumn<S> Column(const FilterStep& at, int side, int64_t t, int64_t m, int64_t w) const {
    return {tiles_.Tile(at, side, t) + m * plan_.tile_row + w * kStep,
            plan_.middle * plan_.tile_row};
  }

  // product(bin, place) of a column, where kBack on its way back to where it was.
  template <bool kBack, class Product>
  void Run(const TileColumn<S>& column, const Product& product) {
    if (plan_.first == 1) {
      const Complex<S> z = product(column.Load(0, 0), 0);
      if constexpr (kBack) column.Store(z, 0, 0);
    } else {
      TransformColumn<kBack>(first_, column, product, data_, scratch_);
    }
  }

  // Calls f with the product of a column and the response.
  template <class F>
  void ForResponse(const FilterStep& at, int64_t t, int64_t m, int64_t w,
                   const TileColumn<S>& column, const F& f) {
    const auto scale = static_cast<S>(plan_.scale);
    const S im_scale = plan_.conjugate ? -scale : scale;
    // `step` from frequency to frequency, `next` to the next column, in numbers.
    const auto give = [&](auto kind, const S* numbers, int64_t step, int64_t next, int64_t count) {
      using Response = ColumnResponse<decltype(kind)::value, S>;
      f(Response{
          {scale, im_scale, count}, numbers, step, order_, next, column.data + kStep, column.step});
    };
    const int64_t frequency = order_[plan_.first + m] * plan_.bins;
    const int64_t all = 2 * plan_.middle * plan_.bins;
    if (plan_.planar) {
      const int64_t row = plan_.columns * kStep;
      const S* numbers = planar_ + (at.block + t) * plan_.rows() * row + m * row + w * kStep;
      give(Kind<ResponseKind::kReady>(), numbers, plan_.middle * row, kStep, 0);
    } else if (!plan_.lanes_are_channels()) {
      give(Kind<ResponseKind::kPairs>(), response_ + 2 * (frequency + w * kLanes<S>), all, kStep,
           plan_.bins - w * kLanes<S>);
    } else if (plan_.shared) {
      give(Kind<ResponseKind::kOne>(), response_ + 2 * (frequency + w / plan_.subs), all, 2, 0);
    } else {
      const int64_t bin = frequency + w / plan_.subs;
      const int64_t channel = (at.block * plan_.subs + w % plan_.subs) * kLanes<S>;
      give(Kind<ResponseKind::kPairs>(), response_ + 2 * (bin * plan_.channels + channel),
           all * plan_.channels, 2 * plan_.channels, plan_.channels - channel);
    }
  }

  // The sums that a column of grad_output goes to, with that of x transformed.
  ColumnSums<S> StartSums(const FilterStep& at, int64_t t, int64_t m, int64_t w,
                          const TileColumn<S>& grad) {
    const int64_t sums = at.unit * plan_.sums + (plan_.shared ? 0 : t);
    const bool adds = at.adds || (plan_.shared && t > 0);
    S* to = sums_ + sums * plan_.tile + m * plan_.tile_row + w * kStep;
    const S* x = other_;
    const S* next = other_;
    if (plan_.takes) {
      x = spectrum_ + SpectrumPlace(plan_, at, t, m, w);
      next = w + 1 < plan_.columns ? spectrum_ + SpectrumPlace(plan_, at, t, m, w + 1) : x;
    } else {
      const TileColumn<S> column = Column(at, 0, t, m, w);
      if (plan_.first == 1) {
        StoreComplex(column.Load(0, 0), other_, 0);
      } else {
        TransformColumn<false>(first_, column, NoProduct<S>{column.data + kStep, column.step},
                               other_, scratch_);
      }
    }
    return {x, next, to, grad.step, adds, grad.data + kStep, grad.step};
  }

  const FilterPlan& plan_;
  const S* response_;
  S* spectrum_;
  const bool streams_;
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
