// Where the lanes of a signal's blocks are, in its tensor and in its spectrum
// (cpu/spectra/spectral_conv_plan.h).
#pragma once

#include <cstdint>

#include "cpu/axes/axis_kinds-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/spectra/mode_mix-inl.h"
#include "cpu/spectra/spectral_conv_plan.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// The lanes of one block.
struct LaneBlock {
  int64_t offset = 0;  // of its first lane in the tensor
  int64_t count = 0;   // lanes; of channels, those of all its vectors
  int64_t image = 0;   // of its first lane, within the group
  int64_t channel = 0;

  // Of channels: the lanes of vector `sub`.
  int64_t InVector(int64_t sub, int64_t lanes) const {
    const int64_t left = count - sub * lanes;
    return left < lanes ? left : lanes;
  }
};

// T: the stored type.
template <class T>
class LaneMap {
 public:
  using S = ComputeType<T>;

  LaneMap(const SignalPlan& side, int rank, int64_t images,
          S* spectrum)  // [modes, images, 2, padded]
      : side_(side), rank_(rank), images_(images), spectrum_(spectrum) {}

  LaneBlock Find(int64_t block) const {
    const int64_t channels = side_.channels;
    LaneBlock found;
    if (side_.source == LaneSource::kSamples) {
      found.count = side_.signal_channels();
      found.image = block * found.count / channels;
      found.channel = block * found.count % channels;
      found.offset = block * found.count * side_.samples();
      return found;
    }
    int64_t left = 0;
    int64_t width = kLanes<S>;
    if (side_.source == LaneSource::kChannels) {
      width *= side_.subs;
      const int64_t across = (channels + width - 1) / width;
      found.image = block / across;
      found.channel = block % across * width;
      found.offset = found.image * side_.samples() * channels + found.channel;
      left = channels - found.channel;
    } else if (side_.source == LaneSource::kPlanes) {
      const int64_t plane = block * kLanes<S>;
      found.image = plane / channels;
      found.channel = plane % channels;
      found.offset = plane * side_.samples();
      left = images_ * channels - plane;
    } else {
      found.image = block * kLanes<S>;
      found.offset = found.image * side_.samples() * channels;
      left = images_ - found.image;
    }
    found.count = left < width ? left : width;
    return found;
  }

  // Vectors of a block.
  int64_t Vectors(const LaneBlock& block) const {
    if (side_.source != LaneSource::kChannels) return side_.subs;
    return (block.count + kLanes<S> - 1) / kLanes<S>;
  }

  // Elements from sample to sample along the last axis of the tensor, and from lane to lane of
  // what is transposed.
  int64_t SampleStep() const { return side_.source == LaneSource::kPlanes ? 1 : side_.channels; }
  int64_t LaneStep() const { return side_.samples() * SampleStep(); }

  // The lines of a block in the order in which its rows are read.
  LineOrder Order() const {
    constexpr auto kSize = static_cast<int64_t>(sizeof(T));
    LineOrder order;
    if (rank_ == 1) return order;
    const int64_t row = side_.axis[2].modes.length * SampleStep();
    if (side_.source == LaneSource::kChannels) {
      const int64_t width = side_.subs * kLanes<S>;
      const bool whole = side_.channels <= width;
      order.groups = 1;
      order.runs = whole ? 1 : side_.samples();
      order.run_step = side_.channels * kSize;
      order.run_lines = whole ? LinesOfRun(side_.samples() * side_.channels * kSize, 0)
                              : LinesOfRun(width * kSize, order.run_step);
      order.lead =
          2 * (whole ? LinesOfRun(row * kSize, 0) : side_.axis[2].modes.length * order.run_lines);
    } else {
      order.groups = side_.axis[0].modes.length * side_.axis[1].modes.length;
      order.group_step = row * kSize;
      order.runs = kLanes<S>;
      order.run_step = LaneStep() * kSize;
      order.run_lines = LinesOfRun(row * kSize, order.run_step);
      order.lead = 2 * order.runs * order.run_lines;
    }
    const int64_t most = side_.ahead_bytes / kLineBytes;
    if (order.lead > most) order.lead = most;
    return order;
  }

  // Complex numbers [channels, 2] of the channels of vector `sub` of a block, lane by lane.
  Complex<S> LoadOfChannels(const S* numbers, const LaneBlock& block, int64_t sub) const {
    const Simd<S> d;
    if (side_.source == LaneSource::kImages) {
      return {hn::Set(d, numbers[2 * sub]), hn::Set(d, numbers[2 * sub + 1])};
    }
    const int64_t first = block.channel + sub * kLanes<S>;
    if (first + kLanes<S> <= side_.channels) return LoadPairs(numbers + 2 * first, kLanes<S>);
    if (side_.source == LaneSource::kChannels) {
      return LoadPairs(numbers + 2 * first, side_.channels - first);
    }
    HWY_ALIGN S pairs[2 * kLanes<S>];
    int64_t channel = first;
    for (int64_t lane = 0; lane < kLanes<S>; ++lane) {
      pairs[2 * lane] = numbers[2 * channel];
      pairs[2 * lane + 1] = numbers[2 * channel + 1];
      if (++channel == side_.channels) channel = 0;
    }
    return LoadPairs<S>(pairs, kLanes<S>);
  }

  // A column of modes of the spectrum: from mode `first` on, `step` modes apart. Lanes of a block
  // must be vectors there.
  ComplexRow<S> Column(const LaneBlock& block, int64_t sub, int64_t first, int64_t step) const {
    return {spectrum_ + first * side_.mode_step + 2 * block.image * side_.padded + block.channel +
                sub * kLanes<S>,
            step * side_.mode_step, side_.padded};
  }

  // Moves a column of one's own to the spectrum, or from it, lane by lane.
  template <bool kToSpectrum>
  void Move(const ComplexRow<S>& own, int64_t count, const LaneBlock& block, int64_t sub,
            int64_t first, int64_t step) const {
    const bool planes = side_.source == LaneSource::kPlanes;
    for (int64_t k = 0; k < count; ++k) {
      S* mode = spectrum_ + (first + k * step) * side_.mode_step;
      S* vectors = own.data + k * own.step;
      int64_t image = block.image;
      int64_t channel = planes ? block.channel : sub;
      for (int64_t lane = 0; lane < kLanes<S>; ++lane) {
        const bool lives = lane < block.count;
        if constexpr (!kToSpectrum) vectors[lane] = vectors[lane + own.im] = 0;
        if (!lives) continue;
        S* place = mode + 2 * image * side_.padded + channel;
        if constexpr (kToSpectrum) {
          place[0] = vectors[lane];
          place[side_.padded] = vectors[lane + own.im];
        } else {
          vectors[lane] = place[0];
          vectors[lane + own.im] = place[side_.padded];
        }
        if (!planes || ++channel == side_.channels) {
          ++image;
          if (planes) channel = 0;
        }
      }
    }
  }

 private:
  const SignalPlan& side_;
  const int rank_;
  const int64_t images_;
  S* spectrum_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
