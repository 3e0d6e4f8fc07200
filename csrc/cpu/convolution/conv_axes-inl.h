// The axes of a convolution. The last: rows of signals and filters to half spectra and back, each
// row by itself (cpu/fft/real_fft.h). Bin k goes to column k, where the rows of a tile lie side by
// side. The ones in front of it: complex columns, [length0, length1] vectors, transformed in place.
// Going in, rows of taps or samples that are not there are taken for zero; the bins stay in the
// order of transforms in place, for all they meet is others in that order.
#pragma once

#include <cstdint>

#include "cpu/base/parallel.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/streams.h"
#include "cpu/base/vector-inl.h"
#include "cpu/convolution/conv_plan.h"
#include "cpu/fft/fft.h"
#include "cpu/fft/real_bins-inl.h"
#include "cpu/fft/transforms-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// A signal as the caller has it; the spatial lengths with ones in front.
template <class T>
struct SignalView {
  T* data;
  int64_t length[kMaxSpatialRank];
  int64_t channels;
  bool channels_last;

  int64_t ChannelStep() const { return channels_last ? 1 : length[0] * length[1] * length[2]; }
  int64_t SampleStep() const { return channels_last ? channels : 1; }
  // The first sample of row (i0, i1) of an image, at channel 0.
  T* Row(int64_t image, int64_t i0, int64_t i1) const {
    const int64_t row = i0 * length[1] + i1;
    const int64_t all = length[0] * length[1] * length[2] * channels;
    return data + image * all + row * length[2] * SampleStep();
  }
};

// What the lanes of one vector stand for: channels, or places in the filters.
template <class S>
struct LanePlaces {
  int64_t at[kLanes<S>] = {};
  int count = 0;
  bool contiguous = true;  // each the next of the one before
};

// Positions q < count of a tile's last axis hold the signal's samples shift + q.
struct TileSpan {
  int64_t shift;
  int64_t count;
};

template <class T>
class ConvRows {
 public:
  using S = ComputeType<T>;
  static constexpr int64_t kElement = 2 * kLanes<S>;

  ConvRows(const ConvPlan& plan, const RealFft<S>& fft, char* scratch)
      : plan_(plan),
        fft_(fft),
        buffer_(reinterpret_cast<S*>(scratch)),
        samples_(buffer_ + plan.row_elements * kLanes<S>),
        scratch_(samples_ + fft.n * kLanes<S>),
        packed_(reinterpret_cast<S*>(scratch + plan.packed_offset)) {}

  // Channels of a vector of the first source.
  LanePlaces<S> SourceChannels(int64_t vector) const {
    if (!plan_.lanewise) return Plain(vector * kLanes<S>, plan_.source_channels);
    const int64_t r = vector / plan_.target_vectors;
    LanePlaces<S> targets = TargetChannels(vector % plan_.target_vectors);
    return Map(targets, [&](int64_t channel) {
      return channel / plan_.target_per_group * plan_.source_per_group + r;
    });
  }

  // Channels of a vector of the target, or of the second source.
  LanePlaces<S> TargetChannels(int64_t vector) const {
    if (plan_.lanewise) return Plain(vector * kLanes<S>, plan_.target_channels);
    const int64_t group = vector / plan_.vectors_per_group;
    const int64_t first = group * plan_.target_per_group;
    return Plain(first + vector % plan_.vectors_per_group * kLanes<S>,
                 first + plan_.target_per_group);
  }

  // Places in one tap of the filters, [in / groups, out]: of reduction channel r and a vector of
  // targets.
  LanePlaces<S> FilterPlaces(int64_t r, int64_t vector) const {
    const ConvShape& shape = plan_.shape;
    const bool back = plan_.map == ConvMap::kInputGradient;
    return Map(TargetChannels(vector), [&](int64_t channel) {
      if (!back) return r * shape.out_channels + channel;
      const int64_t in = shape.in_per_group();
      return channel % in * shape.out_channels + channel / in * shape.out_per_group() + r;
    });
  }

  // Transforms rows. load(item) puts a row into the buffer, or returns false where
  // it is all zero; place(item) is where its bin 0 goes, the others bin_step apart.
  template <class Load, class Place>
  void Forward(UnitRange rows, int64_t bin_step, const Load& load, const Place& place) {
    Ahead none;
    for (int64_t item = rows.begin; item < rows.end; ++item) {
      S* to = place(item);
      if (!load(item)) {
        Clear(to, bin_step);
        continue;
      }
      AnalyzeSignal<S>(fft_, samples_, kLanes<S>, nullptr, {to, bin_step, kLanes<S>}, buffer_,
                       scratch_, &none);
    }
  }

  // The way back: wanted(item) says whether a row is of use, store(item) takes it.
  template <class Place, class Wanted, class Store>
  void Inverse(UnitRange rows, int64_t bin_step, const Place& place, const Wanted& wanted,
               const Store& store) {
    Ahead none;
    for (int64_t item = rows.begin; item < rows.end; ++item) {
      if (!wanted(item)) continue;
      SynthesizeSignal<S>(fft_, {place(item), bin_step, kLanes<S>}, nullptr, samples_, kLanes<S>,
                          buffer_, scratch_, &none);
      store(item);
    }
  }

  // Row (i0, i1) of an image into the buffer; false where it lies outside.
  bool LoadRow(const SignalView<const T>& signal, int64_t image, int64_t i0, int64_t i1,
               TileSpan span, const LanePlaces<S>& channels) {
    const bool circular = plan_.shape.circular;
    if (!Inside(&i0, signal.length[0], circular) || !Inside(&i1, signal.length[1], circular)) {
      return false;
    }
    const T* row = signal.Row(image, i0, i1);
    const int64_t n = signal.length[2];
    int64_t q = 0;
    int64_t at = span.shift;
    if (circular) {
      at = (at % n + n) % n;
    } else if (at < 0) {
      q = -at < span.count ? -at : span.count;
      Zero(0, q);
      at = 0;
    }
    bool any = false;
    while (q < span.count && at < n) {
      const int64_t left = span.count - q;
      const int64_t run = left < n - at ? left : n - at;
      LoadRun(row + at * signal.SampleStep(), signal.SampleStep(), signal.ChannelStep(), run,
              channels, q, n * signal.SampleStep());
      any = true;
      q += run;
      at = circular ? 0 : n;
    }
    Zero(q, fft_.n);
    return any;
  }

  // A row of taps.
  void LoadTaps(const T* taps, int64_t step, int64_t count, const LanePlaces<S>& places, S scale) {
    LoadRun(taps, step, 1, count, places, 0, 0);
    ScaleRow(count, scale);
    Zero(count, fft_.n);
  }

  // `count` samples of the buffer, from position `first` on, to `to`; the lanes go to
  // neighbours where the channels are last, else `channel_step` apart.
  void StoreRun(T* to, int64_t step, int64_t channel_step, int64_t count,
                const LanePlaces<S>& places, int64_t first) {
    const Simd<S> d;
    if (channel_step == 1) {
      T* p = to + places.at[0];
      const bool streams = plan_.streams && places.count == kLanes<S> && BeginsLine(p);
      for (int64_t q = 0; q < count; ++q, p += step) {
        const auto v = hn::LoadU(d, At(first + q));
        if (streams) {
          StreamLanes<S>(v, p);
        } else if (places.count == kLanes<S>) {
          StoreLanes<true, S>(v, p, kLanes<S>);
        } else {
          StoreLanes<false, S>(v, p, places.count);
        }
      }
      return;
    }
    for (int64_t q = 0; q < count; ++q) {
      hn::StoreU(hn::LoadU(d, At(first + q)), d, packed_ + q * kLanes<S>);
    }
    UnpackRows(packed_, places.count, count, to + places.at[0] * channel_step, channel_step);
  }

  // Multiplies the head of the buffer.
  void ScaleRow(int64_t count, S scale) {
    const Simd<S> d;
    for (int64_t q = 0; q < count; ++q) {
      hn::StoreU(hn::Mul(hn::LoadU(d, At(q)), hn::Set(d, scale)), d, At(q));
    }
  }

 private:
  static LanePlaces<S> Plain(int64_t first, int64_t end) {
    LanePlaces<S> places;
    places.count = end - first < kLanes<S> ? static_cast<int>(end - first) : kLanes<S>;
    for (int l = 0; l < kLanes<S>; ++l) places.at[l] = first + (l < places.count ? l : 0);
    return places;
  }

  template <class F>
  static LanePlaces<S> Map(const LanePlaces<S>& from, const F& f) {
    LanePlaces<S> places;
    places.count = from.count;
    for (int l = 0; l < kLanes<S>; ++l) {
      places.at[l] = f(from.at[l]);
      if (l < from.count && places.at[l] != places.at[0] + l) places.contiguous = false;
    }
    return places;
  }

  // Whether index i lies on an axis of n samples; one that goes round is brought there.
  static bool Inside(int64_t* i, int64_t n, bool circular) {
    if (circular) *i = (*i % n + n) % n;
    return *i >= 0 && *i < n;
  }

  S* At(int64_t q) const { return samples_ + q * kLanes<S>; }

  void Zero(int64_t from, int64_t to) {
    const Simd<S> d;
    for (int64_t q = from; q < to; ++q) hn::StoreU(hn::Zero(d), d, At(q));
  }

  // `count` samples, `step` apart, to the positions from q on. What stands `ahead` is fetched: the
  // row that comes next.
  void LoadRun(const T* from, int64_t step, int64_t channel_step, int64_t count,
               const LanePlaces<S>& places, int64_t q, int64_t ahead) {
    const Simd<S> d;
    if (places.contiguous && channel_step == 1) {
      const T* p = from + places.at[0];
      for (int64_t i = 0; i < count; ++i, p += step) {
        __builtin_prefetch(p + ahead, 0, 2);
        if (places.count == kLanes<S>) {
          hn::StoreU(Load<S, true>(p, kLanes<S>), d, At(q + i));
        } else {
          hn::StoreU(Load<S, false>(p, places.count), d, At(q + i));
        }
      }
      return;
    }
    if (places.contiguous && step == 1) {
      PackRows(from + places.at[0] * channel_step, channel_step, places.count, count, packed_);
      for (int64_t i = 0; i < count; ++i) {
        hn::StoreU(hn::LoadU(d, packed_ + i * kLanes<S>), d, At(q + i));
      }
      return;
    }
    // All first: a vector that is loaded right after its numbers were stored waits for them.
    T* packed = reinterpret_cast<T*>(packed_);
    int64_t at[kLanes<S>];
    for (int l = 0; l < kLanes<S>; ++l) at[l] = places.at[l] * channel_step;
    for (int64_t i = 0; i < count; ++i, from += step) {
      for (int l = 0; l < places.count; ++l) packed[i * kLanes<S> + l] = from[at[l]];
    }
    for (int64_t i = 0; i < count; ++i) {
      const T* lanes = packed + i * kLanes<S>;
      hn::StoreU(places.count == kLanes<S> ? Load<S, true>(lanes, kLanes<S>)
                                           : Load<S, false>(lanes, places.count),
                 d, At(q + i));
    }
  }

  void Clear(S* to, int64_t bin_step) const {
    const Simd<S> d;
    for (int64_t k = 0; k < plan_.bins; ++k) {
      StoreComplex(Complex<S>{hn::Zero(d), hn::Zero(d)}, to + k * bin_step, 0);
    }
  }

  const ConvPlan& plan_;
  const RealFft<S>& fft_;
  S* buffer_;   // [plan.row_elements, lanes]
  S* samples_;  // [length of the last axis, lanes]
  S* scratch_;  // of the transform
  S* packed_;   // [longest run, lanes]
};

template <class S>
class ConvColumns {
 public:
  static constexpr int64_t kElement = 2 * kLanes<S>;

  ConvColumns(const FftPlan<S>* const* ffts, S* strided) : ffts_(ffts), strided_(strided) {}

  // From rows [rows0, rows1] of `from`, row (i0, i1) at element i0 * from_step + i1, to the column
  // `to`; they may be the same memory if from_step is length1.
  void Forward(const S* from, int64_t from_step, int64_t rows0, int64_t rows1, S* to) const {
    const int64_t n0 = ffts_[0]->n;
    const int64_t n1 = ffts_[1]->n;
    if (n0 * n1 == 1) {
      StoreComplex(LoadComplex(from, 0), to, 0);
      return;
    }
    for (int64_t i0 = 0; i0 < rows0; ++i0) {
      S* row = to + i0 * n1 * kElement;
      Gather(from + i0 * from_step * kElement, 1, rows1, n1, row);
      Run<true>(*ffts_[1], row);
    }
    if (n0 == 1) return;
    for (int64_t i1 = 0; i1 < n1; ++i1) {
      S* column = to + i1 * kElement;
      Gather(column, n1, rows0, n0, strided_);
      Run<true>(*ffts_[0], strided_);
      Scatter(strided_, n0, column, n1);
    }
  }

  // In place, as far as the first rows0 of axis 0 go.
  void Inverse(S* column, int64_t rows0) const {
    const int64_t n0 = ffts_[0]->n;
    const int64_t n1 = ffts_[1]->n;
    if (n0 * n1 == 1) return;
    for (int64_t i1 = 0; i1 < n1 && n0 > 1; ++i1) {
      S* each = column + i1 * kElement;
      Gather(each, n1, n0, n0, strided_);
      Run<false>(*ffts_[0], strided_);
      Scatter(strided_, rows0, each, n1);
    }
    for (int64_t i0 = 0; i0 < rows0; ++i0) Run<false>(*ffts_[1], column + i0 * n1 * kElement);
  }

 private:
  // `count` elements, `step` apart, to the head of data[length], zeros behind them; from may be
  // data.
  static void Gather(const S* from, int64_t step, int64_t count, int64_t length, S* data) {
    const Simd<S> d;
    if (from != data) {
      for (int64_t i = 0; i < count; ++i) StoreComplex(LoadComplex(from, i * step), data, i);
    }
    const Complex<S> zero = {hn::Zero(d), hn::Zero(d)};
    for (int64_t i = count; i < length; ++i) StoreComplex(zero, data, i);
  }

  static void Scatter(const S* data, int64_t count, S* to, int64_t step) {
    for (int64_t i = 0; i < count; ++i) StoreComplex(LoadComplex(data, i), to, i * step);
  }

  template <bool kForward>
  static void Run(const FftPlan<S>& fft, S* data) {
    Ahead none;
    RunFft<kForward>(fft, kWholeReach, data, static_cast<S*>(nullptr), &none);
  }

  const FftPlan<S>* const* ffts_;  // of the first two axes
  S* strided_;                     // [length0, 2, lanes]
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
