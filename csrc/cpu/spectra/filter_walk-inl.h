// Takes the blocks of a filter from samples to samples, or the two blocks of a gradient from
// samples to the sums of their products (cpu/spectra/filter_plan.h).
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "cpu/base/parallel.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/runtime.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/real_fft-inl.h"
#include "cpu/fft/transforms-inl.h"
#include "cpu/spectra/filter_plan.h"
#include "cpu/spectra/filter_products-inl.h"
#include "cpu/spectra/filter_rows-inl.h"
#include "cpu/spectra/filter_steps-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// T: the stored type. The hands of one worker.
template <class T>
class FilterWalk {
 public:
  using S = ComputeType<T>;
  static constexpr int64_t kStep = 2 * kLanes<S>;

  // `signals`: the sources, then the result, which `streams` past the caches; `spectrum`: the one
  // that is kept or taken.
  FilterWalk(const FilterPlan& plan, const RunMemory& memory, const S* response, S* spectrum,
             T* const* signals, bool streams, bool streams_spectrum, char* own)
      : plan_(plan),
        streams_(streams),
        response_(response),
        tiles_(plan, memory, own),
        columns_(plan, memory, response, spectrum, streams_spectrum, own),
        signal_{signals[0], signals[1], signals[2]},
        last_(FilterAxis<S>(memory, 2).real),
        row_(reinterpret_cast<S*>(own + plan.row_offset)),
        bins_(reinterpret_cast<S*>(own + plan.bins_offset)),
        data_(reinterpret_cast<S*>(own + plan.data_offset)),
        scratch_(reinterpret_cast<S*>(own + plan.scratch_offset)),
        ahead_{Ahead(Order()), Ahead(Order()), Ahead(Order())},
        fetch_calls_(FetchCalls(last_) / kVectors) {
    if (!plan.lanes_are_channels()) {
      std::fill_n(bins_, plan.columns * kLanes<S> * kStep, S(0));
    }
  }

  const int32_t* order() const { return columns_.order(); }

  // All of a unit; `end`: of the units that this worker takes one after the other.
  void RunUnit(int64_t unit, int64_t end) {
    for (int64_t step = 0; step < plan_.steps; ++step) {
      const FilterStep at = StepOf(plan_, unit, step);
      if (!at.lives) return;
      FilterStep next = at;
      next.lives = false;
      if (step + 1 < plan_.steps) {
        next = StepOf(plan_, unit, step + 1);
      } else if (unit + 1 < end) {
        next = StepOf(plan_, unit + 1, 0);
      }
      if (plan_.tileless) {
        for (int side = 0; side <= Sources(); ++side) StartBlock(side, at, next);
        if (Sources() > 1) RunRows<false>(at, 0, 0, 1);
        FilterRow(at);
        continue;
      }
      for (int side = 0; side < Sources(); ++side) {
        StartBlock(side, at, next);
        int64_t slices = 0;  // whose rows are all there
        for (int64_t unit_of_rows = 0; unit_of_rows < RowUnits(); ++unit_of_rows) {
          RunRows<false>(at, side, unit_of_rows, unit_of_rows + 1);
          const int64_t begin = slices;
          slices = RowsOf(unit_of_rows) / plan_.middle;
          columns_.template RunMiddle<false>(at, side, begin, slices);
        }
      }
      columns_.RunColumns(at, 0, plan_.middle * plan_.columns);
      if (!plan_.returns) continue;
      StartBlock(Sources(), at, next);
      int64_t slices = 0;
      for (int64_t unit_of_rows = 0; unit_of_rows < RowUnits(); ++unit_of_rows) {
        const int64_t begin = slices;
        slices = (RowsOf(unit_of_rows) + plan_.middle - 1) / plan_.middle;
        columns_.template RunMiddle<true>(at, Sources(), begin, slices);
        RunRows<true>(at, Sources(), unit_of_rows, unit_of_rows + 1);
      }
    }
  }

  // Where all workers share a unit, a step is so many stages.
  static constexpr int64_t kStages = 5;
  void RunStage(int64_t stage, const Piece& piece) {
    const int64_t step = stage / kStages;
    switch (stage % kStages) {
      case 0:
        return ForParts(step, piece, RowUnits(), [&](const FilterStep& at, int64_t b, int64_t e) {
          for (int side = 0; side < Sources(); ++side) {
            StartPart(side, at, b);
            RunRows<false>(at, side, b, e);
          }
        });
      case 1:
        return ForParts(step, piece, plan_.first, [&](const FilterStep& at, int64_t b, int64_t e) {
          for (int side = 0; side < Sources(); ++side)
            columns_.template RunMiddle<false>(at, side, b, e);
        });
      case 2:
        return ForParts(
            step, piece, plan_.middle * plan_.columns,
            [&](const FilterStep& at, int64_t b, int64_t e) { columns_.RunColumns(at, b, e); });
      case 3:
        if (!plan_.returns) return;
        return ForParts(step, piece, plan_.first, [&](const FilterStep& at, int64_t b, int64_t e) {
          columns_.template RunMiddle<true>(at, Sources(), b, e);
        });
      default:
        if (!plan_.returns) return;
        return ForParts(step, piece, RowUnits(), [&](const FilterStep& at, int64_t b, int64_t e) {
          StartPart(Sources(), at, b);
          RunRows<true>(at, Sources(), b, e);
        });
    }
  }

 private:
  int Sources() const { return SourcesOf(plan_); }
  int64_t RowUnits() const {
    const int64_t each = plan_.lanes_are_channels() ? 1 : kLanes<S>;
    return (plan_.rows() + each - 1) / each;
  }

  // Rows up to the end of a unit of them.
  int64_t RowsOf(int64_t unit) const {
    const int64_t each = plan_.lanes_are_channels() ? 1 : kLanes<S>;
    return std::min(plan_.rows(), (unit + 1) * each);
  }

  // Calls f(step, begin, end) for this piece's share of `each` pieces of work of all units.
  template <class F>
  void ForParts(int64_t step, const Piece& piece, int64_t each, const F& f) {
    auto [begin, end] = piece.Of(plan_.units * each);
    while (begin < end) {
      const int64_t unit = begin / each;
      const int64_t last = std::min(end, (unit + 1) * each);
      const FilterStep at = StepOf(plan_, unit, step);
      if (at.lives) f(at, begin - unit * each, last - unit * each);
      begin = last;
    }
  }

  T* Signal(int side, const FilterStep& at) const {
    const int64_t samples = plan_.rows() * plan_.last;
    const int64_t image = at.image * samples * plan_.channels;
    if (plan_.lanes_are_channels()) {
      return signal_[side] + image + at.block * plan_.subs * kLanes<S>;
    }
    return signal_[side] + image + at.block * samples;
  }

  // The lines of a block in the order of its rows.
  LineOrder Order() const {
    LineOrder order;
    constexpr auto kSize = static_cast<int64_t>(sizeof(T));
    const int64_t samples = plan_.rows() * plan_.last;
    const int64_t width = plan_.subs * kLanes<S>;
    order.groups = 1;
    if (!plan_.lanes_are_channels() || plan_.channels <= width) {
      order.runs = 1;
      order.run_lines = LinesOfRun(samples * plan_.sample_step * kSize, 0);
      order.lead = (order.run_lines + RowUnits() - 1) / RowUnits();
    } else {
      order.runs = samples;
      order.run_step = plan_.channels * kSize;
      order.run_lines = LinesOfRun(width * kSize, order.run_step);
      order.lead = plan_.last * order.run_lines;
    }
    if (plan_.rank > 1) order.lead *= 2;
    order.lead = std::min(order.lead, plan_.ahead_bytes / kLineBytes);
    return order;
  }

  void StartBlock(int side, const FilterStep& at, const FilterStep& next) {
    if (streams_ && side == Sources()) return;
    ahead_[side].StartTask(Signal(side, at), next.lives ? Signal(side, next) : nullptr);
    ahead_[side].StartStage(ahead_[side].order().all(), RowUnits());
  }
  void StartPart(int side, const FilterStep& at, int64_t begin) {
    if (streams_ && side == Sources()) return;
    ahead_[side].StartPart(Signal(side, at), ahead_[side].order().all(), begin, RowUnits(),
                           RowUnits());
  }

  template <bool kBack>
  void RunRows(const FilterStep& at, int side, int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
      if (plan_.lanes_are_channels()) {
        RunRow<kBack>(at, side, unit);
      } else {
        RunRowsAsLanes<kBack>(at, side, unit);
      }
    }
  }

  // A row of channels.
  template <bool kBack>
  HWY_NOINLINE void RunRow(const FilterStep& at, int side, int64_t row) {
    Ahead* ahead = &ahead_[side];
    const int64_t vectors = tiles_.Vectors(at);
    ahead->StartBundles(1, vectors * fetch_calls_);
    T* samples = Signal(side, at) + row * plan_.last * plan_.channels;
    S* tile = tiles_.Tile(at, side, 0) + row * plan_.tile_row;
    const auto bins_of = [&](int64_t sub) {
      return ComplexRow<S>{tile + sub * kStep, plan_.subs * kStep, kLanes<S>};
    };
    if constexpr (kBack && std::is_same_v<T, S>) {
      if (streams_) {
        for (int64_t sub = 0; sub < vectors; ++sub) {
          Transform<kBack>(row_ + sub * plan_.last * kLanes<S>, kLanes<S>, bins_of(sub), ahead);
        }
        return StreamRow(vectors, samples);
      }
    }
    for (int64_t sub = 0; sub < vectors; ++sub, samples += kLanes<S>) {
      const int64_t left = plan_.channels - (at.block * plan_.subs + sub) * kLanes<S>;
      const int count = left < kLanes<S> ? static_cast<int>(left) : kLanes<S>;
      const ComplexRow<S> bins = bins_of(sub);
      if constexpr (std::is_same_v<T, S>) {
        if (count == kLanes<S>) {
          Transform<kBack>(samples, plan_.channels, bins, ahead);
          continue;
        }
      }
      if constexpr (!kBack) CopyIn(samples, count);
      Transform<kBack>(row_, kLanes<S>, bins, ahead);
      if constexpr (kBack) CopyOut(samples, count);
    }
  }

  // The one axis of a block of channels: products are taken where the transform leaves its bins; of
  // grad_output where there are sums, with the tile of x.
  HWY_NOINLINE void FilterRow(const FilterStep& at) {
    const int source = Sources() - 1;
    const int64_t vectors = tiles_.Vectors(at);
    for (int side : {source, source + 1}) {
      ahead_[side].StartBundles(1, vectors * fetch_calls_);
    }
    const T* in = Signal(source, at);
    T* out = plan_.returns ? Signal(source + 1, at) : nullptr;
    for (int64_t sub = 0; sub < vectors; ++sub, in += kLanes<S>) {
      const int64_t channel = (at.block * plan_.subs + sub) * kLanes<S>;
      const int64_t left = plan_.channels - channel;
      const int count = left < kLanes<S> ? static_cast<int>(left) : kLanes<S>;
      const BinSums<S> sums = columns_.SumsOfRow(at, sub);
      S* kept = plan_.keeps ? columns_.SpectrumOfRow(at, sub) : nullptr;
      T* to = plan_.returns ? out + sub * kLanes<S> : nullptr;
      if constexpr (std::is_same_v<T, S>) {
        if (count == kLanes<S>) {
          FilterRow(in, plan_.channels, channel, sums, kept, to, plan_.channels);
          continue;
        }
      }
      CopyIn(in, count);
      FilterRow(row_, kLanes<S>, channel, sums, kept, row_, kLanes<S>);
      if (plan_.returns) CopyOut(to, count);
    }
  }
  void FilterRow(const S* in, int64_t step, int64_t channel, const BinSums<S>& sums, S* kept,
                 S* out, int64_t out_step) {
    Ahead* ahead = &ahead_[Sources() - 1];
    if (!plan_.returns) {
      SumSamples(last_, in, step, sums, data_, scratch_, ahead);
      return;
    }
    const auto scale = static_cast<S>(plan_.scale);
    const S im_scale = plan_.conjugate ? -scale : scale;
    const auto run = [&](auto kind, const S* numbers, int64_t bin) {
      const ResponseLanes<decltype(kind)::value, S> lanes = {scale, im_scale,
                                                             plan_.channels - channel};
      const auto filter = [&](const auto& product) {
        FilterSamples(last_, in, step, product, out, out_step, data_, scratch_, ahead, ahead + 1);
      };
      if (kept != nullptr) {
        filter([&](const Complex<S>& z, int64_t k) HWY_ATTR {
          columns_.Keep(z, kept + k * kStep);
          return lanes(z, numbers + k * bin);
        });
      } else if (plan_.sums == 0) {
        filter([&](const Complex<S>& z, int64_t k)
                   HWY_ATTR { return lanes(z, numbers + k * bin); });
      } else {
        filter([&](const Complex<S>& z, int64_t k) HWY_ATTR {
          sums(z, k);
          return lanes(z, numbers + k * bin);
        });
      }
    };
    if (plan_.shared) {
      run(std::integral_constant<ResponseKind, ResponseKind::kOne>(), response_, 2);
    } else {
      run(std::integral_constant<ResponseKind, ResponseKind::kPairs>(), response_ + 2 * channel,
          2 * plan_.channels);
    }
  }

  template <bool kBack>
  HWY_INLINE void Transform(S* samples, int64_t step, const ComplexRow<S>& bins, Ahead* ahead) {
    if constexpr (kBack) {
      SynthesizeSignal<S>(last_, bins, nullptr, samples, step, data_, scratch_, ahead);
    } else {
      AnalyzeSignal<S>(last_, samples, step, nullptr, bins, data_, scratch_, ahead);
    }
  }

  HWY_NOINLINE void CopyIn(const T* samples, int count) const {
    for (int64_t i = 0; i < plan_.last; ++i) {
      hn::StoreU(Load<S, false>(samples + i * plan_.channels, count), Simd<S>(),
                 row_ + i * kLanes<S>);
    }
  }
  HWY_NOINLINE void CopyOut(T* samples, int count) const {
    for (int64_t i = 0; i < plan_.last; ++i) {
      StoreLanes<false, S>(hn::LoadU(Simd<S>(), row_ + i * kLanes<S>), samples + i * plan_.channels,
                           count);
    }
  }

  // Line by line: a line that is written in parts with others between them goes out more than once.
  HWY_NOINLINE void StreamRow(int64_t vectors, S* samples) const {
    const Simd<S> d;
    const int64_t step = plan_.last * kLanes<S>;
    for (int64_t i = 0; i < plan_.last; ++i, samples += plan_.channels) {
      const S* from = row_ + i * kLanes<S>;
      for (int64_t sub = 0; sub < vectors; ++sub) {
        hn::Stream(hn::LoadU(d, from + sub * step), d, samples + sub * kLanes<S>);
      }
    }
  }

  // Rows that are the lanes, of all tiles.
  template <bool kBack>
  HWY_NOINLINE void RunRowsAsLanes(const FilterStep& at, int side, int64_t group) {
    Ahead* ahead = &ahead_[side];
    ahead->StartBundles(1, plan_.tiles * fetch_calls_);
    const int64_t first = group * kLanes<S>;
    const int64_t left = plan_.rows() - first;
    const int count = left < kLanes<S> ? static_cast<int>(left) : kLanes<S>;
    const int64_t elements = plan_.last * plan_.sample_step;
    T* rows = Signal(side, at) + first * elements;
    if constexpr (!kBack) PackRows(rows, elements, count, elements, row_);
    const ComplexRow<S> bins = {bins_, kStep, kLanes<S>};
    for (int64_t t = 0; t < plan_.tiles; ++t) {
      S* tile = tiles_.Tile(at, side, t) + first * plan_.tile_row;
      S* samples = row_ + t * kLanes<S>;
      if constexpr (kBack) GatherBins(tile, plan_.tile_row, plan_.columns, count, bins_);
      Transform<kBack>(samples, plan_.sample_step * kLanes<S>, bins, ahead);
      if constexpr (!kBack) SpreadBins(bins_, plan_.columns, count, tile, plan_.tile_row);
    }
    if constexpr (kBack) UnpackRows(row_, count, elements, rows, elements);
  }

  const FilterPlan& plan_;
  const bool streams_;
  const S* response_;
  const FilterTiles<S> tiles_;
  FilterColumns<S> columns_;
  T* signal_[3];
  const RealFft<S>& last_;
  S* row_;
  S* bins_;
  S* data_;
  S* scratch_;
  Ahead ahead_[3];
  int64_t fetch_calls_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
