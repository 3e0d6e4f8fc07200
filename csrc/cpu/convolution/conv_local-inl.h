// The convolution of groups of few channels, tile by tile: each goes from rows to rows in the cache
// of one worker, for no other channels are mixed into it.
#ifndef SPECTRAL_OPS_CPU_CONVOLUTION_CONV_LOCAL_INL_H_
#define SPECTRAL_OPS_CPU_CONVOLUTION_CONV_LOCAL_INL_H_

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

  int64_t FilterUnits(const ConvPart& part) const { return plan_.source_per_group * part.vectors; }
  int64_t TileUnits(const ConvPart& part) const { return plan_.tiles * part.vectors; }

  // Whole spectra of filters, one vector of one channel of the group at a time.
  void FilterSpectra(const ConvPart& part, int64_t begin, int64_t end) {
    const ConvTiling* axis = plan_.axis;
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t r = unit % plan_.source_per_group;
      const int64_t vector = unit / plan_.source_per_group;
      S* spectrum = Filter(r, vector);
      rows_.Forward(
          0, plan_.filter_rows, ColumnStep(),
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
  void Tiles(const ConvPart& part, int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t vector = unit % part.vectors;
      const int64_t tile = unit / part.vectors;
      S* source = Base::unit_;
      S* target = plan_.source_per_group > 1 ? source + plan_.bins * ColumnStep() : source;
      for (int64_t r = 0; r < plan_.source_per_group; ++r) {
        RowsIn(tile, r * plan_.target_vectors + part.first_vector + vector, source);
        for (int64_t bin = 0; bin < plan_.bins; ++bin) {
          const int64_t at = bin * ColumnStep();
          const S* filter = Filter(r, vector) + at;
          columns_.Forward(source + at, plan_.axis[1].length, plan_.axis[0].count,
                           plan_.axis[1].count, source + at);
          if (r == 0) {
            MixLanes<kConjugate, false>(source + at, filter, target + at, plan_.column);
          } else {
            MixLanes<kConjugate, true>(source + at, filter, target + at, plan_.column);
          }
          if (r + 1 == plan_.source_per_group) {
            columns_.Inverse(target + at, plan_.axis[0].first + plan_.axis[0].step);
          }
        }
      }
      RowsOut(tile, part.first_vector + vector, target);
    }
  }

 private:
  int64_t ColumnStep() const { return plan_.column_stride * kElement; }

  S* Filter(int64_t r, int64_t vector) const {
    return run_.rows + (vector * plan_.source_per_group + r) * plan_.bins * ColumnStep();
  }

  void RowsIn(int64_t tile, int64_t vector, S* columns) {
    const int64_t rows = Base::SourceRows();
    rows_.Forward(
        0, rows, ColumnStep(), [&](int64_t row) { return Base::LoadSourceRow(tile, vector, row); },
        [&](int64_t row) { return columns + Base::Element(row, plan_.axis[1].count); });
  }

  void RowsOut(int64_t tile, int64_t vector, const S* columns) {
    const int64_t rows = Base::TargetRows();
    rows_.Inverse(
        0, rows, ColumnStep(), [&](int64_t row) { return columns + Base::TargetElement(row); },
        [&](int64_t row) { return Base::IsTargetRow(tile, row); },
        [&](int64_t row) { Base::StoreTargetRow(tile, vector, row); });
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_CONVOLUTION_CONV_LOCAL_INL_H_
