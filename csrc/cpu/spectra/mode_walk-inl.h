// Takes the blocks of lanes of one signal from its samples to its spectrum and back, axis by axis
// (cpu/spectra/spectral_conv_plan.h):
//
//   analysis:   rows of x -> slice tile [n1][modes2] -> volume [n0][modes1][modes2] -> spectrum
//   synthesis:  the same from right to left, to the rows of y
//
// each place two vectors, the real and the imaginary part. In 2-D the middle axis meets the
// spectrum, in 1-D the only one does. Rows go through in pairs: those of one slice, in 1-D those of
// two blocks. Where the lanes of a block are no vector of the spectrum, columns of modes are
// scattered to it and gathered from it. Where the spectrum stays with the worker, columns do too. A
// single axis may go by moments instead (block_walk-inl.h).
#pragma once

#include <cstdint>

#include "core/integers.h"
#include "cpu/axes/axis_kinds-inl.h"
#include "cpu/axes/axis_matrix-inl.h"
#include "cpu/base/parallel.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/runtime.h"
#include "cpu/base/streams.h"
#include "cpu/base/vector-inl.h"
#include "cpu/spectra/block_walk-inl.h"
#include "cpu/spectra/lane_map-inl.h"
#include "cpu/spectra/last_axis-inl.h"
#include "cpu/spectra/spectral_conv_plan.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// T: the stored type; kSynthesis: to the tensor, else from it.
template <class T, bool kSynthesis>
class SignalWalk {
 public:
  using S = ComputeType<T>;

  // `signal` is the group's part of the tensor, `spectrum` its spectrum, `own` the worker's part of
  // the workspace.
  SignalWalk(const SpectralConvPlan& plan, int side, const RunMemory& memory, T* signal,
             int64_t images, S* spectrum, char* own)
      : plan_(plan),
        side_(plan.side[side]),
        rank_(plan.shape.rank),
        signal_(signal),
        map_(side_, rank_, images, spectrum),
        blocks_(side_.Blocks(images, kLanes<S>)),
        slices_(reinterpret_cast<S*>((side_.shared && !side_.by_slices ? memory.workspace : own) +
                                     side_.slice_offset)),
        volumes_(
            reinterpret_cast<S*>((side_.shared ? memory.workspace : own) + side_.volume_offset)),
        scratch_(reinterpret_cast<S*>(own + plan.axis_offset)),
        column_(reinterpret_cast<S*>(own + plan.column_offset)),
        ahead_(kSynthesis ? LineOrder() : map_.Order()),
        last_(plan, side_, map_, *Axis(memory, side, 2), BeginsLine(signal),
              reinterpret_cast<S*>(own + plan.packed_offset), scratch_, &ahead_),
        by_moments_(side_, map_, *Axis(memory, side, 2), BeginsLine(signal),
                    reinterpret_cast<S*>(memory.workspace + side_.moments_offset), scratch_) {
    for (int i = 0; i < kMaxSpatialRank; ++i) {
      axis_[i] = Axis(memory, side, i);
    }
  }

  // The last axis knows places in here.
  SignalWalk(const SignalWalk&) = delete;
  SignalWalk& operator=(const SignalWalk&) = delete;

  // Units that are independent of each other, of a stage that is counted from the samples' side.
  int64_t Units(int stage) const {
    switch (UnitOf(stage)) {
      case Unit::kSamples:
        return BlockWalk<T, kSynthesis>::Units(side_, blocks_, kLanes<S>);
      case Unit::kBlocks:
        return CeilDiv(blocks_, side_.at_once);
      case Unit::kRows:
        return blocks_ * length(0) * RowPairs();
      case Unit::kSlice:
        return blocks_ * length(0);
      case Unit::kColumn:
        return blocks_ * length(0) * modes(2);
      case Unit::kOuter:
        break;
    }
    return blocks_ * modes(1) * modes(2);
  }

  void Run(int stage, const Piece& piece) {
    const Unit kind = UnitOf(stage);
    const auto [begin, end] = piece.Of(Units(stage));
    for (int64_t unit = begin; unit < end; ++unit) {
      switch (kind) {
        case Unit::kSamples:
          by_moments_.RunSamples(signal_, unit);
          break;
        case Unit::kBlocks:
          RunBlocksOfUnit(unit, end);
          break;
        case Unit::kRows:
          FetchPart(unit, begin, length(0) * RowPairs());
          RunRowPair(unit / (length(0) * RowPairs()), unit / RowPairs() % length(0),
                     unit % RowPairs());
          break;
        case Unit::kSlice:
          FetchPart(unit, begin, length(0));
          RunSlice(unit / length(0), unit % length(0));
          break;
        case Unit::kColumn:
          RunColumn(unit / (length(0) * modes(2)), unit / modes(2) % length(0), unit % modes(2));
          break;
        case Unit::kOuter:
          RunOuter(unit / (modes(1) * modes(2)), unit % (modes(1) * modes(2)));
          break;
      }
    }
  }

  const LaneMap<T>& map() const { return map_; }

  // The same unit by unit, for a spectrum of the worker's own: all axes but the first, then each of
  // the columns of the first. Synthesis takes them in the other order.
  void RunInner(int64_t unit, int64_t end) {
    if (rank_ == 1) return;
    if constexpr (!kSynthesis) StartBlock(unit, end);
    if (rank_ == 2) {
      RunRowPairs(unit, 0);
    } else {
      RunSlices(unit);
    }
  }
  int64_t Columns() const { return rank_ == 1 ? 1 : rank_ == 2 ? modes(2) : modes(1) * modes(2); }
  void RunFirst(int64_t unit, int64_t column) {
    if (rank_ == 1) {
      RunRowsOfBlocks(unit);
    } else if (rank_ == 2) {
      RunColumn(unit, 0, column);
    } else {
      RunOuter(unit, column);
    }
  }
  // Calls body(block, sub, column, modes) for the columns that are there then.
  template <class Body>
  void ForOwnColumns(int64_t unit, const Body& body) const {
    const int64_t count = modes(kMaxSpatialRank - rank_);
    const int64_t at_once = side_.at_once;
    for (int64_t v = 0; v < at_once && at_once * unit + v < blocks_; ++v) {
      const LaneBlock lanes = map_.Find(at_once * unit + v);
      for (int64_t sub = 0; sub < map_.Vectors(lanes); ++sub) {
        body(lanes, sub, OwnColumn(at_once * sub + v, count), count);
      }
    }
  }

 private:
  // What a unit is: a block of samples, of an axis by moments; blocks of lanes, all axes of one or
  // the only one of some; where workers share a block, a part of it.
  enum class Unit { kSamples, kBlocks, kRows, kSlice, kColumn, kOuter };

  Unit UnitOf(int stage) const {
    if (side_.by_moments() && stage == 0) return Unit::kSamples;
    if (!side_.shared) return Unit::kBlocks;
    if (side_.by_slices) return stage == 0 ? Unit::kSlice : Unit::kOuter;
    return stage == 0 ? Unit::kRows : stage == 1 ? Unit::kColumn : Unit::kOuter;
  }

  static const AxisOperator<S>* Axis(const RunMemory& memory, int side, int i) {
    return static_cast<const AxisOperator<S>*>(memory.axes[side * kMaxSpatialRank + i]);
  }
  int64_t length(int i) const { return side_.axis[i].modes.length; }
  int64_t modes(int i) const { return side_.axis[i].modes.modes(); }
  int64_t RowPairs() const { return (length(1) + 1) / 2; }

  void StartBlock(int64_t block, int64_t end) {
    ahead_.StartTask(signal_ + map_.Find(block).offset,
                     block + 1 < end ? signal_ + map_.Find(block + 1).offset : nullptr);
    ahead_.StartStage(ahead_.order().all(), length(0) * RowPairs());
  }

  // Where the input of a block is shared, from its part `unit` of so many on.
  void FetchPart(int64_t unit, int64_t begin, int64_t parts) {
    if (kSynthesis || (unit != begin && unit % parts != 0)) return;
    ahead_.StartPart(signal_ + map_.Find(unit / parts).offset, ahead_.order().all(), unit % parts,
                     parts, length(0) * RowPairs());
  }

  void RunBlocksOfUnit(int64_t unit, int64_t end) {
    if (side_.source == LaneSource::kSamples) {
      last_.RunSignal(signal_, unit);
    } else if (rank_ == 1) {
      RunRowsOfBlocks(unit);
    } else {
      if constexpr (!kSynthesis) StartBlock(unit, end);
      RunBlock(unit);
    }
  }

  void RunBlock(int64_t block) {
    if (kSynthesis && rank_ == 3) RunOuterAxis(block);
    RunSlices(block);
    if (!kSynthesis && rank_ == 3) RunOuterAxis(block);
  }

  void RunSlices(int64_t block) {
    for (int64_t slice = 0; slice < length(0); ++slice) RunSlice(block, slice);
  }

  void RunSlice(int64_t block, int64_t slice) {
    if constexpr (kSynthesis) {
      RunColumns(block, slice);
      RunRowPairs(block, slice);
    } else {
      RunRowPairs(block, slice);
      RunColumns(block, slice);
    }
  }

  void RunRowPairs(int64_t block, int64_t slice) {
    for (int64_t pair = 0; pair < RowPairs(); ++pair) RunRowPair(block, slice, pair);
  }
  void RunColumns(int64_t block, int64_t slice) {
    for (int64_t k = 0; k < modes(2); ++k) RunColumn(block, slice, k);
  }
  void RunOuterAxis(int64_t block) {
    for (int64_t k = 0; k < modes(1) * modes(2); ++k) RunOuter(block, k);
  }

  // The tile of one slice, [rows][modes2][2][lanes], of channel `sub`.
  S* Slice(int64_t block, int64_t slice, int64_t sub) const {
    const int64_t number = side_.shared && !side_.by_slices ? block * length(0) + slice : 0;
    return slices_ + (number * side_.subs + sub) * length(1) * side_.tile_row;
  }
  // [n0][modes1][modes2][2][lanes]
  S* Volume(int64_t block, int64_t sub) const {
    const int64_t number = side_.shared ? block : 0;
    return volumes_ + (number * side_.subs + sub) * length(0) * modes(1) * modes(2) * 2 * kLanes<S>;
  }

  ComplexRow<S> OwnColumn(int64_t which, int64_t count) const {
    return {column_ + which * count * 2 * kLanes<S>, 2 * kLanes<S>, kLanes<S>};
  }

  // Runs body(column) on a column of the spectrum, or on one that is moved to it or from it where
  // the spectrum is not the worker's own.
  template <class Body>
  void WithColumn(int64_t count, const LaneBlock& lanes, int64_t sub, int64_t first, int64_t step,
                  const Body& body) {
    if (plan_.local) {
      body(OwnColumn(sub, count));
      return;
    }
    if (!side_.scattered) {
      body(map_.Column(lanes, sub, first, step));
      return;
    }
    const ComplexRow<S> own = OwnColumn(0, count);
    if (kSynthesis) map_.template Move<!kSynthesis>(own, count, lanes, sub, first, step);
    body(own);
    if (!kSynthesis) map_.template Move<!kSynthesis>(own, count, lanes, sub, first, step);
  }

  HWY_NOINLINE void RunRowPair(int64_t block, int64_t slice, int64_t pair) {
    const LaneBlock lanes = map_.Find(block);
    const int64_t vectors = map_.Vectors(lanes);
    if constexpr (!kSynthesis) ahead_.StartBundles(1, vectors * last_.fetch_calls());
    const int64_t row = slice * length(1) + 2 * pair;
    const int64_t row_step = length(2) * map_.SampleStep();
    T* const rows[2] = {signal_ + lanes.offset + row * row_step,
                        signal_ + lanes.offset + (row + 1) * row_step};
    const LaneBlock both[2] = {lanes, lanes};
    const auto bins = [&](int64_t sub, int v) -> ComplexRow<S> {
      return {Slice(block, slice, sub) + (2 * pair + v) * side_.tile_row, 2 * kLanes<S>, kLanes<S>};
    };
    if (2 * pair + 1 < length(1)) {
      last_.template Run<2>(rows, both, vectors, bins);
    } else {
      last_.template Run<1>(rows, both, vectors, bins);
    }
  }

  // 1-D: the rows of the blocks of a unit.
  HWY_NOINLINE void RunRowsOfBlocks(int64_t unit) {
    const int64_t first = side_.at_once * unit;
    const bool two = side_.at_once == 2 && first + 1 < blocks_;
    const LaneBlock lanes[2] = {map_.Find(first), map_.Find(first + (two ? 1 : 0))};
    T* const rows[2] = {signal_ + lanes[0].offset, signal_ + lanes[1].offset};
    const auto run = [&](auto bins) {
      if (side_.by_moments()) {
        by_moments_.RunModes(unit, bins(0, 0));
      } else if (two) {
        last_.template Run<2>(rows, lanes, side_.subs, bins);
      } else {
        last_.template Run<1>(rows, lanes, side_.subs, bins);
      }
    };
    if (!side_.scattered && !plan_.local) {
      run([&](int64_t, int v) { return map_.Column(lanes[v], 0, 0, 1); });
      return;
    }
    // Each channel's columns hold the modes of all, one after the other.
    const int64_t count = modes(2);
    const auto own = [&](int64_t sub, int v) { return OwnColumn(side_.at_once * sub + v, count); };
    if (plan_.local) {
      run(own);
      return;
    }
    const auto move = [&] {
      for (int64_t sub = 0; sub < side_.subs; ++sub) {
        for (int v = 0; v < (two ? 2 : 1); ++v) {
          map_.template Move<!kSynthesis>(own(sub, v), count, lanes[v], sub, 0, 1);
        }
      }
    };
    if (kSynthesis) move();
    run(own);
    if (!kSynthesis) move();
  }

  // The middle axis at mode `k` of the last one.
  HWY_NOINLINE void RunColumn(int64_t block, int64_t slice, int64_t k) {
    const LaneBlock lanes = map_.Find(block);
    const int64_t vectors = map_.Vectors(lanes);
    for (int64_t sub = 0; sub < vectors; ++sub) {
      const ComplexRow<S> tile = {Slice(block, slice, sub) + k * 2 * kLanes<S>, side_.tile_row,
                                  kLanes<S>};
      if (rank_ == 2) {
        WithColumn(modes(1), lanes, sub, k, modes(2), [&](const ComplexRow<S>& column) HWY_ATTR {
          RunComplex(*axis_[1], tile, column);
        });
      } else {
        const int64_t at = slice * modes(1) * modes(2) + k;
        RunComplex(*axis_[1], tile,
                   {Volume(block, sub) + at * 2 * kLanes<S>, modes(2) * 2 * kLanes<S>, kLanes<S>});
      }
    }
  }

  // The first axis of three at mode `k` of the other two.
  HWY_NOINLINE void RunOuter(int64_t block, int64_t k) {
    const LaneBlock lanes = map_.Find(block);
    const int64_t vectors = map_.Vectors(lanes);
    const int64_t step = modes(1) * modes(2);
    for (int64_t sub = 0; sub < vectors; ++sub) {
      const ComplexRow<S> volume = {Volume(block, sub) + k * 2 * kLanes<S>, step * 2 * kLanes<S>,
                                    kLanes<S>};
      WithColumn(modes(0), lanes, sub, k, step, [&](const ComplexRow<S>& column) HWY_ATTR {
        RunComplex(*axis_[0], volume, column);
      });
    }
  }

  HWY_INLINE void RunComplex(const AxisOperator<S>& axis, const ComplexRow<S>& samples,
                             const ComplexRow<S>& bins) {
    axis.template With<AxisEnds::kModes>([&](const auto& tables) HWY_ATTR {
      if constexpr (kSynthesis) {
        SynthesizeComplex(tables, bins, samples, scratch_);
      } else {
        AnalyzeComplex(tables, samples, bins, scratch_);
      }
    });
  }

  const SpectralConvPlan& plan_;
  const SignalPlan& side_;
  const int rank_;
  T* signal_;
  const LaneMap<T> map_;
  const int64_t blocks_;
  const AxisOperator<S>* axis_[kMaxSpatialRank];
  S* slices_;
  S* volumes_;
  S* scratch_;
  S* column_;
  Ahead ahead_;
  LastAxis<T, kSynthesis> last_;
  BlockWalk<T, kSynthesis> by_moments_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
