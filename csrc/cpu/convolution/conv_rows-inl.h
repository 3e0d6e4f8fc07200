// The last axis of a convolution: rows of signals and filters to half spectra and back.
//
// Two rows are the real and imaginary part of one complex transform. With Z of a + i b,
//   2 A[k] = Z[k] + conj Z[-k],   2 i B[k] = Z[k] - conj Z[-k];
// the factors 2 are left to the filters' scale. Bin k goes to column k, where the rows of a tile
// lie side by side.
#ifndef SPECTRAL_OPS_CPU_CONVOLUTION_CONV_ROWS_INL_H_
#define SPECTRAL_OPS_CPU_CONVOLUTION_CONV_ROWS_INL_H_

#include <cstdint>

#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/convolution/conv_plan.h"
#include "cpu/fft/fft_in_place-inl.h"
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

  ConvRows(const ConvPlan& plan, const FftPlan<S>& fft, const int32_t* order, char* scratch)
      : plan_(plan),
        fft_(fft),
        order_(order),
        buffer_(reinterpret_cast<S*>(scratch)),
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

  // Transforms the pairs [begin, end) of `items` rows. load(item, part) puts a row into one part of
  // the buffer, or returns false where it is all zero; place(item) is where its bin 0 goes, the
  // others bin_step apart. Rows that must not meet, for what is not finite in one would reach the
  // other, are transformed alone: those for which apart(first of the pair) holds.
  template <class Load, class Place, class Apart>
  void Forward(int64_t items, int64_t begin, int64_t end, int64_t bin_step, const Load& load,
               const Place& place, const Apart& apart) {
    for (int64_t a = 2 * begin; a < 2 * end; a += 2) {
      if (a + 1 == items) {
        ForwardPair(load(a, 0), false, place(a), nullptr, bin_step);
      } else if (apart(a)) {
        ForwardPair(load(a, 0), false, place(a), nullptr, bin_step);
        ForwardPair(load(a + 1, 0), false, place(a + 1), nullptr, bin_step);
      } else {
        const bool full_a = load(a, 0);
        ForwardPair(full_a, load(a + 1, 1), place(a), place(a + 1), bin_step);
      }
    }
  }

  // The way back: wanted(item) says whether a row is of use, store(item, part) takes it.
  template <class Place, class Wanted, class Store, class Apart>
  void Inverse(int64_t items, int64_t begin, int64_t end, int64_t bin_step, const Place& place,
               const Wanted& wanted, const Store& store, const Apart& apart) {
    for (int64_t a = 2 * begin; a < 2 * end; a += 2) {
      const int64_t b = a + 1;
      const bool has_a = wanted(a);
      const bool has_b = b < items && wanted(b);
      if (has_a && has_b && apart(a)) {
        InversePair(place(a), nullptr, bin_step);
        store(a, 0);
        InversePair(nullptr, place(b), bin_step);
        store(b, 1);
      } else if (has_a || has_b) {
        InversePair(has_a ? place(a) : nullptr, has_b ? place(b) : nullptr, bin_step);
        if (has_a) store(a, 0);
        if (has_b) store(b, 1);
      }
    }
  }

  // Row (i0, i1) of an image into one part of the buffer; false where it lies outside.
  bool LoadRow(const SignalView<const T>& signal, int64_t image, int64_t i0, int64_t i1,
               TileSpan span, const LanePlaces<S>& channels, int part) {
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
      ZeroPart(part, 0, q);
      at = 0;
    }
    bool any = false;
    while (q < span.count && at < n) {
      const int64_t left = span.count - q;
      const int64_t run = left < n - at ? left : n - at;
      LoadRun(row + at * signal.SampleStep(), signal.SampleStep(), signal.ChannelStep(), run,
              channels, q, part);
      any = true;
      q += run;
      at = circular ? 0 : n;
    }
    ZeroPart(part, q, fft_.n);
    return any;
  }

  // A row of taps.
  void LoadTaps(const T* taps, int64_t step, int64_t count, const LanePlaces<S>& places, S scale,
                int part) {
    const Simd<S> d;
    LoadRun(taps, step, 1, count, places, 0, part);
    for (int64_t q = 0; q < count; ++q) {
      S* p = At(q, part);
      hn::StoreU(hn::Mul(hn::LoadU(d, p), hn::Set(d, scale)), d, p);
    }
    ZeroPart(part, count, fft_.n);
  }

  // `count` samples of one part of the buffer, from position `first` on, to `to`; the lanes go to
  // neighbours where the channels are last, else `channel_step` apart.
  void StoreRun(T* to, int64_t step, int64_t channel_step, int64_t count,
                const LanePlaces<S>& places, int64_t first, int part) {
    const Simd<S> d;
    if (channel_step == 1) {
      T* p = to + places.at[0];
      for (int64_t q = 0; q < count; ++q, p += step) {
        const auto v = hn::LoadU(d, At(first + q, part));
        if (places.count == kLanes<S>) {
          StoreLanes<true, S>(v, p, kLanes<S>);
        } else {
          StoreLanes<false, S>(v, p, places.count);
        }
      }
      return;
    }
    for (int64_t q = 0; q < count; ++q) {
      hn::StoreU(hn::LoadU(d, At(first + q, part)), d, packed_ + q * kLanes<S>);
    }
    UnpackRows(packed_, places.count, count, to + places.at[0] * channel_step, channel_step);
  }

  // Multiplies one part of the buffer.
  void ScalePart(int64_t count, S scale, int part) {
    const Simd<S> d;
    for (int64_t q = 0; q < count; ++q) {
      hn::StoreU(hn::Mul(hn::LoadU(d, At(q, part)), hn::Set(d, scale)), d, At(q, part));
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

  // Rows in the buffer to half spectra; what is not `full` is zero.
  void ForwardPair(bool full_a, bool full_b, S* to_a, S* to_b, int64_t bin_step) {
    if (!full_a && !full_b) {
      Clear(to_a, bin_step);
      if (to_b != nullptr) Clear(to_b, bin_step);
      return;
    }
    if (!full_a) ZeroPart(0, 0, fft_.n);
    if (!full_b) ZeroPart(1, 0, fft_.n);
    Ahead none;
    const ForwardLeaf<S, Into::kPlain> leaf = {buffer_, nullptr};
    RunInPlace(fft_, leaf, buffer_, static_cast<S*>(nullptr), &none);
    Split(to_a, to_b, bin_step);
  }

  // Half spectra to rows in the buffer; what is null is zero.
  void InversePair(const S* from_a, const S* from_b, int64_t bin_step) {
    Ahead none;
    const InverseLeaf<S, false> leaf = {buffer_, nullptr};
    Join(from_a, from_b, bin_step);
    RunInPlace(fft_, leaf, buffer_, static_cast<S*>(nullptr), &none);
  }

  // Whether index i lies on an axis of n samples; one that goes round is brought there.
  static bool Inside(int64_t* i, int64_t n, bool circular) {
    if (circular) *i = (*i % n + n) % n;
    return *i >= 0 && *i < n;
  }

  S* At(int64_t q, int part) const { return buffer_ + q * kElement + part * kLanes<S>; }

  void ZeroPart(int part, int64_t from, int64_t to) {
    const Simd<S> d;
    for (int64_t q = from; q < to; ++q) hn::StoreU(hn::Zero(d), d, At(q, part));
  }

  // `count` samples, `step` apart, to the positions from q on.
  void LoadRun(const T* from, int64_t step, int64_t channel_step, int64_t count,
               const LanePlaces<S>& places, int64_t q, int part) {
    const Simd<S> d;
    if (places.contiguous && channel_step == 1) {
      const T* p = from + places.at[0];
      for (int64_t i = 0; i < count; ++i, p += step) {
        if (places.count == kLanes<S>) {
          hn::StoreU(Load<S, true>(p, kLanes<S>), d, At(q + i, part));
        } else {
          hn::StoreU(Load<S, false>(p, places.count), d, At(q + i, part));
        }
      }
      return;
    }
    if (places.contiguous && step == 1) {
      PackRows(from + places.at[0] * channel_step, channel_step, places.count, count, packed_);
      for (int64_t i = 0; i < count; ++i) {
        hn::StoreU(hn::LoadU(d, packed_ + i * kLanes<S>), d, At(q + i, part));
      }
      return;
    }
    HWY_ALIGN T lanes[kLanes<S>] = {};
    for (int64_t i = 0; i < count; ++i, from += step) {
      for (int l = 0; l < places.count; ++l) lanes[l] = from[places.at[l] * channel_step];
      hn::StoreU(Load<S, true>(lanes, kLanes<S>), d, At(q + i, part));
    }
  }

  void Clear(S* to, int64_t bin_step) const {
    const Simd<S> d;
    for (int64_t k = 0; k < plan_.bins; ++k) {
      StoreComplex(Complex<S>{hn::Zero(d), hn::Zero(d)}, to + k * bin_step, 0);
    }
  }

  void Split(S* to_a, S* to_b, int64_t bin_step) const {
    for (int64_t k = 0; k < plan_.bins; ++k) {
      const Complex<S> z = LoadComplex(buffer_, order_[k]);
      const Complex<S> w = LoadComplex(buffer_, order_[k == 0 ? 0 : fft_.n - k]);
      StoreComplex(Complex<S>{hn::Add(z.re, w.re), hn::Sub(z.im, w.im)}, to_a + k * bin_step, 0);
      if (to_b == nullptr) continue;
      StoreComplex(Complex<S>{hn::Add(z.im, w.im), hn::Sub(w.re, z.re)}, to_b + k * bin_step, 0);
    }
  }

  // Z[k] = A[k] + i B[k], Z[-k] = conj A[k] + i conj B[k]; what is null is zero.
  void Join(const S* from_a, const S* from_b, int64_t bin_step) const {
    const Simd<S> d;
    const Complex<S> zero = {hn::Zero(d), hn::Zero(d)};
    for (int64_t k = 0; k < plan_.bins; ++k) {
      const Complex<S> a = from_a == nullptr ? zero : LoadComplex(from_a + k * bin_step, 0);
      const Complex<S> b = from_b == nullptr ? zero : LoadComplex(from_b + k * bin_step, 0);
      if (k == 0 || 2 * k == fft_.n) {  // real
        StoreComplex(Complex<S>{a.re, b.re}, buffer_, order_[k]);
        continue;
      }
      StoreComplex(Complex<S>{hn::Sub(a.re, b.im), hn::Add(a.im, b.re)}, buffer_, order_[k]);
      StoreComplex(Complex<S>{hn::Add(a.re, b.im), hn::Sub(b.re, a.im)}, buffer_,
                   order_[fft_.n - k]);
    }
  }

  const ConvPlan& plan_;
  const FftPlan<S>& fft_;
  const int32_t* order_;  // [length of the last axis]
  S* buffer_;             // [length of the last axis, 2, lanes]
  S* packed_;             // [longest run, lanes]
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_CONVOLUTION_CONV_ROWS_INL_H_
