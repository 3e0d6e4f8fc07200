// What a convolution does to its spectra, bin by bin: for each bin of a column
//
//   targets[t, o] = sum_r sources[t, r] conj filters[r, o]     forward, over a tile's channels r
//   targets[t, o] = sum_r sources[t, r] filters[r, o]          the input's gradient
//   filters[r, o] = sum_t sources[t, r] conj seconds[t, o]     the filters' gradient, over tiles t
//
// lanes along o. In dense groups a source is one number for all lanes, so that it is a complex
// matrix product; lane by lane it has a vector of its own for each vector of targets.
#pragma once

#include <cstdint>

#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Rows of a product that run side by side, times up to two vectors of two sums each.
// kernel_bench sweep kMixRows
#if HWY_TARGET <= HWY_AVX3
constexpr int kMixRows = SPECTRAL_OPS_TUNED(kMixRows, 5);
#else
constexpr int kMixRows = SPECTRAL_OPS_TUNED(kMixRows, 2);
#endif

// Columns of one kind: element `bin` of column (i, j) at data + (i step_i + j step_j + bin) 2
// lanes.
template <class S>
struct ColumnView {
  S* data;
  int64_t step_i;  // in elements: complex vectors
  int64_t step_j;

  HWY_INLINE S* operator()(int64_t i, int64_t j) const {
    return data + (i * step_i + j * step_j) * 2 * kLanes<S>;
  }
};

// a += x w or x conj w, x of any kind.
template <bool kConjugate, class S>
HWY_INLINE void AddProduct(Vector<S> xr, Vector<S> xi, const Complex<S>& w, Complex<S>* a) {
  a->re = hn::MulAdd(xr, w.re, a->re);
  a->im = hn::MulAdd(xi, w.re, a->im);
  if constexpr (kConjugate) {
    a->re = hn::MulAdd(xi, w.im, a->re);
    a->im = hn::NegMulAdd(xr, w.im, a->im);
  } else {
    a->re = hn::NegMulAdd(xi, w.im, a->re);
    a->im = hn::MulAdd(xr, w.im, a->im);
  }
}

// M tiles times V vectors of targets at one bin.
template <int M, int V, bool kConjugate, class S>
HWY_INLINE void MixTiles(const ColumnView<S>& sources,  // (tile, vector of channels)
                         const ColumnView<S>& filters,  // (channel of the group, vector)
                         const ColumnView<S>& targets,  // (tile, vector)
                         int64_t first_channel, int64_t channels, int64_t tile, int64_t bin) {
  constexpr int64_t kElement = 2 * kLanes<S>;
  const Simd<S> d;
  Complex<S> sums[M][V];
#pragma GCC unroll 8
  for (int t = 0; t < M; ++t) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) sums[t][v] = {hn::Zero(d), hn::Zero(d)};
  }
  const S* w = filters(0, 0) + bin * kElement;
  const int64_t w_step = filters.step_i * kElement;
  const int64_t w_next = filters.step_j * kElement;
  for (int64_t done = 0; done < channels;) {
    const int64_t channel = first_channel + done;
    const int64_t lane = channel % kLanes<S>;
    const int64_t run = channels - done < kLanes<S> - lane ? channels - done : kLanes<S> - lane;
    const S* x[M];
#pragma GCC unroll 8
    for (int t = 0; t < M; ++t) {
      x[t] = sources(tile + t, channel / kLanes<S>) + bin * kElement + lane;
    }
    for (int64_t i = 0; i < run; ++i, w += w_step) {
      Complex<S> each[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) each[v] = LoadComplex(w + v * w_next, 0);
#pragma GCC unroll 8
      for (int t = 0; t < M; ++t) {
        const auto xr = hn::Set(d, x[t][i]);
        const auto xi = hn::Set(d, x[t][i + kLanes<S>]);
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) AddProduct<kConjugate, S>(xr, xi, each[v], &sums[t][v]);
      }
    }
    done += run;
  }
#pragma GCC unroll 8
  for (int t = 0; t < M; ++t) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) StoreComplex(sums[t][v], targets(tile + t, v), bin);
  }
}

// The last tiles, fewer than M.
template <int M, int V, bool kConjugate, class S>
HWY_INLINE void MixLastTiles(const ColumnView<S>& sources, const ColumnView<S>& filters,
                             const ColumnView<S>& targets, int64_t first_channel, int64_t channels,
                             int64_t tile, int64_t tiles, int64_t bin) {
  if constexpr (M > 0) {
    if (tiles - tile == M) {
      MixTiles<M, V, kConjugate>(sources, filters, targets, first_channel, channels, tile, bin);
    } else {
      MixLastTiles<M - 1, V, kConjugate>(sources, filters, targets, first_channel, channels, tile,
                                         tiles, bin);
    }
  }
}

template <int V, bool kConjugate, class S>
void MixColumn(const ColumnView<S>& sources, const ColumnView<S>& filters,
               const ColumnView<S>& targets, int64_t first_channel, int64_t channels, int64_t tiles,
               int64_t column) {
  for (int64_t bin = 0; bin < column; ++bin) {
    int64_t tile = 0;
    for (; tile + kMixRows <= tiles; tile += kMixRows) {
      MixTiles<kMixRows, V, kConjugate>(sources, filters, targets, first_channel, channels, tile,
                                        bin);
    }
    MixLastTiles<kMixRows - 1, V, kConjugate>(sources, filters, targets, first_channel, channels,
                                              tile, tiles, bin);
  }
}

// M neighbouring channels of one vector of sources times V vectors of second sources, over tiles.
template <int M, int V, class S>
HWY_INLINE void MixChannels(const ColumnView<S>& sources, const ColumnView<S>& seconds,
                            const ColumnView<S>& filters, int64_t channel, int64_t reduction,
                            int64_t tiles, int64_t bin) {
  constexpr int64_t kElement = 2 * kLanes<S>;
  const Simd<S> d;
  Complex<S> sums[M][V];
#pragma GCC unroll 8
  for (int r = 0; r < M; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) sums[r][v] = {hn::Zero(d), hn::Zero(d)};
  }
  const S* x = sources(0, channel / kLanes<S>) + bin * kElement + channel % kLanes<S>;
  const S* g = seconds(0, 0) + bin * kElement;
  for (int64_t tile = 0; tile < tiles; ++tile) {
    Complex<S> each[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) each[v] = LoadComplex(g + v * seconds.step_j * kElement, 0);
#pragma GCC unroll 8
    for (int r = 0; r < M; ++r) {
      const auto xr = hn::Set(d, x[r]);
      const auto xi = hn::Set(d, x[r + kLanes<S>]);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) AddProduct<true, S>(xr, xi, each[v], &sums[r][v]);
    }
    x += sources.step_i * kElement;
    g += seconds.step_i * kElement;
  }
#pragma GCC unroll 8
  for (int r = 0; r < M; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) StoreComplex(sums[r][v], filters(reduction + r, v), bin);
  }
}

template <int V, class S>
void MixColumnOfFilters(const ColumnView<S>& sources, const ColumnView<S>& seconds,
                        const ColumnView<S>& filters, int64_t first_channel, int64_t channels,
                        int64_t tiles, int64_t column) {
  for (int64_t bin = 0; bin < column; ++bin) {
    int64_t r = 0;
    while (r < channels) {
      const int64_t channel = first_channel + r;
      // Neighbours of one vector.
      const int64_t left = channels - r;
      const int64_t together = kLanes<S> - channel % kLanes<S>;
      if (left >= kMixRows && together >= kMixRows) {
        MixChannels<kMixRows, V>(sources, seconds, filters, channel, r, tiles, bin);
        r += kMixRows;
      } else {
        MixChannels<1, V>(sources, seconds, filters, channel, r, tiles, bin);
        ++r;
      }
    }
  }
}

// Lane by lane: one column times another, added up where kAdds. `target` may be `source`.
template <bool kConjugate, bool kAdds, class S>
void MixLanes(const S* source, const S* filter, S* target, int64_t column) {
  const Simd<S> d;
  for (int64_t bin = 0; bin < column; ++bin) {
    const Complex<S> x = LoadComplex(source, bin);
    Complex<S> sum = {hn::Zero(d), hn::Zero(d)};
    if constexpr (kAdds) sum = LoadComplex(target, bin);
    AddProduct<kConjugate, S>(x.re, x.im, LoadComplex(filter, bin), &sum);
    StoreComplex(sum, target, bin);
  }
}

// The same for filters (channel of the group, 0), from sources (tile, channel of the group) and one
// vector of second sources.
template <class S>
void MixLanesOfFilters(const ColumnView<S>& sources, const ColumnView<S>& seconds,
                       const ColumnView<S>& filters, int64_t channels, int64_t tiles,
                       int64_t column) {
  const Simd<S> d;
  for (int64_t r = 0; r < channels; ++r) {
    for (int64_t bin = 0; bin < column; ++bin) {
      Complex<S> sum = {hn::Zero(d), hn::Zero(d)};
      for (int64_t tile = 0; tile < tiles; ++tile) {
        const Complex<S> x = LoadComplex(sources(tile, r), bin);
        AddProduct<true, S>(x.re, x.im, LoadComplex(seconds(tile, 0), bin), &sum);
      }
      StoreComplex(sum, filters(r, 0), bin);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
