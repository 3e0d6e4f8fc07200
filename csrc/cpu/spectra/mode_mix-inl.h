// The channels of one Fourier mode: times its complex matrix of weights, or the product of two
// spectra summed over the batch.
//
//   y[b, l] = s sum_r x[b, r] w[r, l]        adjoint: y[b, l] = s sum_r x[b, r] conj(w[l, r])
//   g[c, o] = s sum_b conj(x[b, c]) y[b, o]
//
// x and y: [batch, 2, padded channels], w and g: interleaved complex numbers. Lanes run along l or
// o; a panel holds w for one vector of them, [r, 2, lanes]. Blocks of rows (b or c) keep their sums
// in registers.
#pragma once

#include <cstdint>

#include "cpu/axes/axis_matrix-inl.h"
#include "cpu/axes/axis_matrix.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// The signals of one mode.
template <class T>
struct ModeRows {
  T* data;  // [batch, 2, padded]
  int64_t padded;

  T* row(int64_t b) const { return data + 2 * b * padded; }
};

// The complex number at p in all lanes.
template <class S>
HWY_INLINE Complex<S> SetPair(const S* p) {
  const Simd<S> d;
  return {hn::Set(d, p[0]), hn::Set(d, p[1])};
}

// Lanes of complex numbers that stand interleaved at p, `count` of them; the others are zero.
template <class S>
HWY_INLINE Complex<S> LoadPairs(const S* p, int64_t count) {
  const Simd<S> d;
  Complex<S> z;
  if (count >= kLanes<S>) {
    hn::LoadInterleaved2(d, p, z.re, z.im);
    return z;
  }
#if HWY_TARGET == HWY_SCALAR
  z.re = z.im = hn::Zero(d);
#else
  const int64_t above = 2 * count - kLanes<S>;
  const auto low = hn::LoadN(d, p, static_cast<size_t>(2 * count));
  const auto high =
      above > 0 ? hn::LoadN(d, p + kLanes<S>, static_cast<size_t>(above)) : hn::Zero(d);
  z.re = hn::ConcatEven(d, high, low);
  z.im = hn::ConcatOdd(d, high, low);
#endif
  return z;
}

template <class S>
HWY_INLINE void StorePairs(const Complex<S>& z, S* p, int64_t count) {
  const Simd<S> d;
  if (count >= kLanes<S>) {
    hn::StoreInterleaved2(z.re, z.im, d, p);
    return;
  }
  HWY_ALIGN S pairs[2 * kLanes<S>];
  hn::StoreInterleaved2(z.re, z.im, d, pairs);
  for (int64_t i = 0; i < 2 * count; ++i) p[i] = pairs[i];
}

// A whole vector past the caches, to a place that begins a line.
template <class S>
HWY_INLINE void StreamPairs(const Complex<S>& z, S* p) {
  const Simd<S> d;
  HWY_ALIGN S pairs[2 * kLanes<S>];
  hn::StoreInterleaved2(z.re, z.im, d, pairs);
  hn::Stream(hn::Load(d, pairs), d, p);
  hn::Stream(hn::Load(d, pairs + kLanes<S>), d, p + kLanes<S>);
}

// A panel of the weights [terms, width, 2]: the columns from `lane` on; of the adjoint, whose
// weights are [width, terms, 2], the rows.
template <bool kAdjoint, class S>
void FillPanel(const S* weights, int64_t terms, int64_t width, int64_t lane, S* panel) {
  const int64_t left = width - lane;
  if constexpr (kAdjoint) {
    const int count = left < kLanes<S> ? static_cast<int>(left) : kLanes<S>;
    PackRows(weights + 2 * lane * terms, 2 * terms, count, 2 * terms, panel);
  } else {
    for (int64_t r = 0; r < terms; ++r) {
      StoreComplex(LoadPairs(weights + 2 * (r * width + lane), left), panel, r);
    }
  }
}

// The weights of the mode that comes next, fetched evenly while this one is at work: they come from
// memory and are read once.
struct NextWeights {
  const char* at;
  int64_t lines;  // each time

  HWY_INLINE void Fetch() {
    for (int64_t i = 0; i < lines; ++i) {
      __builtin_prefetch(at);
      at += kLineBytes;
    }
  }
};

// Weights in panels, or where they are: whole vectors of the columns of [terms, width, 2].
template <class S>
struct PanelWeights {
  const S* const* panels;
  HWY_INLINE Complex<S> Get(int v, int64_t r) const { return LoadComplex(panels[v], r); }
};
template <class S>
struct WeightsInPlace {
  const S* columns;
  int64_t step;  // elements from term to term
  HWY_INLINE Complex<S> Get(int v, int64_t r) const {
    return LoadPairs(columns + r * step + int64_t{2} * v * kLanes<S>, kLanes<S>);
  }
};

// J rows of x times V vectors of weights.
template <int J, int V, bool kAdjoint, class S, class Weights>
HWY_INLINE void MixRows(const ModeRows<const S>& x, int64_t first, const Weights& weights,
                        int64_t terms, S scale, const ModeRows<S>& y, int64_t lane,
                        NextWeights* next) {
  const Simd<S> d;
  Vector<S> re[J][V];
  Vector<S> im[J][V];
  const S* rows[J];
#pragma GCC unroll 8
  for (int j = 0; j < J; ++j) {
    rows[j] = x.row(first + j);
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) re[j][v] = im[j][v] = hn::Zero(d);
  }
  for (int64_t r = 0; r < terms; ++r) {
    next->Fetch();
    Complex<S> w[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) w[v] = weights.Get(v, r);
#pragma GCC unroll 8
    for (int j = 0; j < J; ++j) {
      const auto xr = hn::Set(d, rows[j][r]);
      const auto xi = hn::Set(d, rows[j][r + x.padded]);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) {
        re[j][v] = hn::MulAdd(xr, w[v].re, re[j][v]);
        im[j][v] = hn::MulAdd(xi, w[v].re, im[j][v]);
        if constexpr (kAdjoint) {
          re[j][v] = hn::MulAdd(xi, w[v].im, re[j][v]);
          im[j][v] = hn::NegMulAdd(xr, w[v].im, im[j][v]);
        } else {
          re[j][v] = hn::NegMulAdd(xi, w[v].im, re[j][v]);
          im[j][v] = hn::MulAdd(xr, w[v].im, im[j][v]);
        }
      }
    }
  }
  const auto s = hn::Set(d, scale);
#pragma GCC unroll 8
  for (int j = 0; j < J; ++j) {
    S* out = y.row(first + j) + lane;
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      hn::StoreU(hn::Mul(s, re[j][v]), d, out + v * kLanes<S>);
      hn::StoreU(hn::Mul(s, im[j][v]), d, out + y.padded + v * kLanes<S>);
    }
  }
}

// Calls body(first, rows) for blocks of 1 to kRowBlock of `rows` rows, `rows` a constant.
template <class Body>
HWY_INLINE void ForRowBlocks(int64_t rows, const Body& body) {
  int64_t first = 0;
  for (int64_t block = 0; first < rows; ++block) {
    const int64_t count = RowsOfBlock(rows, kRowBlock, block);
    WithRowCount(count, [&](auto constant) HWY_ATTR { body(first, constant); });
    first += count;
  }
}

// One mode of `batch` images; `panels` has room for kVectors of them, `panel_step` elements apart.
// `next_weights`: those of the mode after it.
template <bool kAdjoint, class S>
void MixMode(const ModeRows<const S>& x, const S* weights, const S* next_weights, int64_t terms,
             int64_t width, int64_t batch, S scale, const ModeRows<S>& y, S* panels,
             int64_t panel_step) {
  if (width == 0) return;
  constexpr auto kPair = static_cast<int64_t>(2 * sizeof(S));
  const int64_t blocks = (batch + kRowBlock - 1) / kRowBlock;
  const int64_t across = (width + kVectors * kLanes<S> - 1) / (kVectors * kLanes<S>);
  NextWeights next = {reinterpret_cast<const char*>(next_weights),
                      (width * kPair / kLineBytes + blocks * across - 1) / (blocks * across)};
  const S* const panel[kVectors] = {panels, panels + panel_step};
  const PanelWeights<S> in_panels = {panel};
  for (int64_t lane = 0; lane < y.padded; lane += kVectors * kLanes<S>) {
    const bool two = lane + kLanes<S> < y.padded;
    if constexpr (!kAdjoint) {
      // One block of rows reads them once.
      if (blocks == 1 && lane + kVectors * kLanes<S> <= width) {
        const WeightsInPlace<S> in_place = {weights + 2 * lane, 2 * width};
        WithRowCount(batch, [&](auto count) HWY_ATTR {
          MixRows<decltype(count)::value, kVectors, kAdjoint>(x, 0, in_place, terms, scale, y, lane,
                                                              &next);
        });
        continue;
      }
    }
    FillPanel<kAdjoint>(weights, terms, width, lane, panels);
    if (two) {
      FillPanel<kAdjoint>(weights, terms, width, lane + kLanes<S>, panels + panel_step);
    }
    ForRowBlocks(batch, [&](int64_t first, auto count) HWY_ATTR {
      constexpr int kRows = decltype(count)::value;
      if (two) {
        MixRows<kRows, kVectors, kAdjoint>(x, first, in_panels, terms, scale, y, lane, &next);
      } else {
        MixRows<kRows, 1, kAdjoint>(x, first, in_panels, terms, scale, y, lane, &next);
      }
    });
  }
}

// Lanes times separable weights, over the transforms' own factor.
template <bool kAdjoint, class S>
HWY_INLINE Complex<S> ScaleWeights(const Complex<S>& w, S scale) {
  const Simd<S> d;
  const auto s = hn::Set(d, scale);
  const auto im = hn::Mul(s, w.im);
  return {hn::Mul(s, w.re), kAdjoint ? hn::Neg(im) : im};
}
template <class S>
HWY_INLINE Complex<S> MixSeparableLanes(const Complex<S>& x, const Complex<S>& w) {
  return {hn::NegMulAdd(x.im, w.im, hn::Mul(x.re, w.re)),
          hn::MulAdd(x.im, w.re, hn::Mul(x.re, w.im))};
}

// One mode of separable weights [width, 2], or of one weight [2] that all channels share.
template <bool kAdjoint, class S>
void MixSeparable(const ModeRows<const S>& x, const S* weights, bool shared, int64_t width,
                  int64_t batch, S scale, const ModeRows<S>& y) {
  const Simd<S> d;
  for (int64_t lane = 0; lane < y.padded; lane += kLanes<S>) {
    const Complex<S> own = shared ? SetPair(weights) : LoadPairs(weights + 2 * lane, width - lane);
    const Complex<S> w = ScaleWeights<kAdjoint>(own, scale);
    for (int64_t b = 0; b < batch; ++b) {
      const S* in = x.row(b) + lane;
      const Complex<S> z = {hn::LoadU(d, in), hn::LoadU(d, in + x.padded)};
      const Complex<S> product = MixSeparableLanes(z, w);
      S* out = y.row(b) + lane;
      hn::StoreU(product.re, d, out);
      hn::StoreU(product.im, d, out + y.padded);
    }
  }
}

// How a gradient meets what is there.
enum class GradientStores { kSets, kAdds, kStreams };  // the last past the caches

// J rows and V vectors of one mode's gradient, which is [in, out, 2].
template <int J, int V, class S>
HWY_INLINE void MultiplySpectra(const ModeRows<const S>& x, const ModeRows<const S>& y,
                                int64_t batch, int64_t row, int64_t lane, int64_t out, S scale,
                                GradientStores stores, S* gradient) {
  const Simd<S> d;
  Vector<S> re[J][V];
  Vector<S> im[J][V];
#pragma GCC unroll 8
  for (int j = 0; j < J; ++j) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) re[j][v] = im[j][v] = hn::Zero(d);
  }
  for (int64_t b = 0; b < batch; ++b) {
    const S* in = x.row(b) + row;
    const S* with = y.row(b) + lane;
    Complex<S> z[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      z[v] = {hn::LoadU(d, with + v * kLanes<S>), hn::LoadU(d, with + y.padded + v * kLanes<S>)};
    }
#pragma GCC unroll 8
    for (int j = 0; j < J; ++j) {
      const auto xr = hn::Set(d, in[j]);
      const auto xi = hn::Set(d, in[j + x.padded]);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) {
        re[j][v] = hn::MulAdd(xr, z[v].re, re[j][v]);
        im[j][v] = hn::MulAdd(xr, z[v].im, im[j][v]);
        re[j][v] = hn::MulAdd(xi, z[v].im, re[j][v]);
        im[j][v] = hn::NegMulAdd(xi, z[v].re, im[j][v]);
      }
    }
  }
  const auto s = hn::Set(d, scale);
#pragma GCC unroll 8
  for (int j = 0; j < J; ++j) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      S* to = gradient + 2 * ((row + j) * out + lane + v * kLanes<S>);
      const int64_t left = out - lane - v * kLanes<S>;
      Complex<S> g = {hn::Mul(s, re[j][v]), hn::Mul(s, im[j][v])};
      if (stores == GradientStores::kStreams && left >= kLanes<S>) {
        StreamPairs(g, to);
        continue;
      }
      if (stores == GradientStores::kAdds) g = Add(g, LoadPairs(to, left));
      StorePairs(g, to, left);
    }
  }
}

template <class S>
void GradientOfMode(const ModeRows<const S>& x, const ModeRows<const S>& y, int64_t batch,
                    int64_t in, int64_t out, S scale, GradientStores stores, S* gradient) {
  // Row after row, so that the gradient is written in order.
  ForRowBlocks(in, [&](int64_t row, auto count) HWY_ATTR {
    constexpr int kRows = decltype(count)::value;
    for (int64_t lane = 0; lane < out; lane += kVectors * kLanes<S>) {
      if (lane + kLanes<S> < out) {
        MultiplySpectra<kRows, kVectors>(x, y, batch, row, lane, out, scale, stores, gradient);
      } else {
        MultiplySpectra<kRows, 1>(x, y, batch, row, lane, out, scale, stores, gradient);
      }
    }
  });
}

// sum + conj(a) z.
template <class S>
HWY_INLINE Complex<S> AddConjugateProduct(const Complex<S>& a, const Complex<S>& z,
                                          const Complex<S>& sum) {
  return {hn::MulAdd(a.re, z.re, hn::MulAdd(a.im, z.im, sum.re)),
          hn::MulAdd(a.re, z.im, hn::NegMulAdd(a.im, z.re, sum.im))};
}

// Of a vector of channels, over all images.
template <class S>
HWY_INLINE Complex<S> SumOverBatch(const ModeRows<const S>& x, const ModeRows<const S>& y,
                                   int64_t batch, int64_t lane) {
  const Simd<S> d;
  Complex<S> sum = {hn::Zero(d), hn::Zero(d)};
  for (int64_t b = 0; b < batch; ++b) {
    const S* p = x.row(b) + lane;
    const S* q = y.row(b) + lane;
    sum = AddConjugateProduct<S>({hn::LoadU(d, p), hn::LoadU(d, p + x.padded)},
                                 {hn::LoadU(d, q), hn::LoadU(d, q + y.padded)}, sum);
  }
  return sum;
}

// Of separable weights: [channels, 2].
template <class S>
void GradientOfSeparable(const ModeRows<const S>& x, const ModeRows<const S>& y, int64_t batch,
                         int64_t channels, S scale, bool adds, S* gradient) {
  const Simd<S> d;
  const auto s = hn::Set(d, scale);
  for (int64_t lane = 0; lane < channels; lane += kLanes<S>) {
    Complex<S> sum = SumOverBatch(x, y, batch, lane);
    sum = {hn::Mul(s, sum.re), hn::Mul(s, sum.im)};
    if (adds) sum = Add(sum, LoadPairs(gradient + 2 * lane, channels - lane));
    StorePairs(sum, gradient + 2 * lane, channels - lane);
  }
}

// Of one weight that all channels share: [2].
template <class S>
void GradientOfShared(const ModeRows<const S>& x, const ModeRows<const S>& y, int64_t batch,
                      int64_t channels, S scale, bool adds, S* gradient) {
  const Simd<S> d;
  Complex<S> sum = {hn::Zero(d), hn::Zero(d)};
  for (int64_t lane = 0; lane < channels; lane += kLanes<S>) {
    Complex<S> part = SumOverBatch(x, y, batch, lane);
    if (lane + kLanes<S> > channels) {  // nothing was written to the other lanes
      const auto lives = hn::FirstN(d, static_cast<size_t>(channels - lane));
      part = {hn::IfThenElseZero(lives, part.re), hn::IfThenElseZero(lives, part.im)};
    }
    sum = Add(sum, part);
  }
  S re = scale * hn::ReduceSum(d, sum.re);
  S im = scale * hn::ReduceSum(d, sum.im);
  if (adds) {
    re += gradient[0];
    im += gradient[1];
  }
  gradient[0] = re;
  gradient[1] = im;
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
