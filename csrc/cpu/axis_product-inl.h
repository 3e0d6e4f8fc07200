// One axis of a tensor times its folded matrix, SIMD lanes along everything that is not the axis.
//
//   y[p, j, q] = sum_i R[j, i] x[p, i, q]
//
// Two vectors of lanes at a time: their n samples are folded into a packed buffer (even and odd
// halves, core/axis_matrix.h) that stays in L1; then row blocks of the matrix run over it with all
// sums in registers, and each row stores output j and its mirror m - j.
#ifndef SPECTRAL_OPS_CPU_AXIS_PRODUCT_INL_H_
#define SPECTRAL_OPS_CPU_AXIS_PRODUCT_INL_H_

#include <cstdint>

#include "core/axis_matrix.h"
#include "cpu/vector-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Vectors that run side by side, and rows of the matrix that they meet at once: 2 * 2 * rows sums
// in registers, of which x86 has 32 with AVX-512 and 16 without.
constexpr int kVectors = 2;
#if HWY_TARGET <= HWY_AVX3
constexpr int kRowBlock = 6;
#else
constexpr int kRowBlock = 3;
#endif

// V vectors at the same place of the axis: where they are read and written, and their live lanes.
template <int V, class TIn, class TOut>
struct Lanes {
  const TIn* in[V];
  TOut* out[V];
  int count[V];
  int64_t in_step;  // elements from one sample to the next along the axis
  int64_t out_step;
};

// Elements of the packed buffer per lane of the bundle.
template <class S>
int64_t FoldedSize(const AxisFold& fold) {
  const int64_t copies = fold.step_in != 0 ? 2 * fold.pairs_out + fold.singles_out : 0;
  return 2 * fold.pairs_in + fold.singles_in + copies;
}

// Folds the samples; where samples are copied, starts the sums of the outputs they lie on.
template <int V, class S, class TIn, class TOut>
HWY_INLINE void FoldSamples(const AxisMatrix<S>& matrix, const Lanes<V, TIn, TOut>& lanes,
                            S* HWY_RESTRICT folded) {
  constexpr int kStep = kLanes<S>;
  const Simd<S> d;
  const AxisFold& fold = matrix.fold;
  const int64_t n = matrix.shape.n;
  const auto sample = [&](int v, int64_t i) HWY_ATTR {
    return Load<S>(lanes.in[v] + i * lanes.in_step, lanes.count[v]);
  };
  for (int64_t c = 0; c < fold.pairs_in; ++c) {
    const int64_t i = matrix.columns[c];
    for (int v = 0; v < V; ++v) {
      const auto a = sample(v, i);
      const auto b = sample(v, n - i);
      hn::StoreU(hn::Add(a, b), d, folded + v * kStep);
      hn::StoreU(hn::Sub(a, b), d, folded + (V + v) * kStep);
    }
    folded += 2 * V * kStep;
  }
  for (int64_t c = 0; c < fold.singles_in; ++c) {
    const int64_t i = matrix.columns[fold.pairs_in + c];
    for (int v = 0; v < V; ++v) hn::StoreU(sample(v, i), d, folded + v * kStep);
    folded += V * kStep;
  }
  if (fold.step_in == 0) return;
  const auto weight = hn::Set(d, static_cast<S>(matrix.copy_weight));
  const auto half = hn::Set(d, static_cast<S>(matrix.copy_weight / 2));
  for (int64_t r = 0; r < fold.pairs_out + fold.singles_out; ++r) {
    const int64_t j = matrix.rows[r];
    const bool copied = j % fold.ratio_out == 0;
    const int64_t i = j / fold.ratio_out * fold.ratio_in;
    const bool pair = r < fold.pairs_out;
    for (int v = 0; v < V; ++v) {
      auto even = hn::Zero(d);
      auto odd = hn::Zero(d);
      if (copied && pair) {
        const auto a = sample(v, i);
        const auto b = sample(v, n - i);
        even = hn::Mul(half, hn::Add(a, b));
        odd = hn::Mul(half, hn::Sub(a, b));
      } else if (copied) {
        even = hn::Mul(weight, sample(v, i));
      }
      hn::StoreU(even, d, folded + v * kStep);
      if (pair) hn::StoreU(odd, d, folded + (V + v) * kStep);
    }
    folded += (pair ? 2 : 1) * V * kStep;
  }
}

// J rows of the even (and odd) half times V folded vectors.
template <int J, int V, bool kOdd, class S>
struct Sums {
  Vector<S> even[J][V];
  Vector<S> odd[kOdd ? J : 1][V];

  HWY_INLINE void Start(const S* HWY_RESTRICT start) {  // [J][1 or 2][V * lanes] or null
    const Simd<S> d;
    constexpr int kRow = (kOdd ? 2 : 1) * V * kLanes<S>;
    for (int r = 0; r < J; ++r) {
      for (int v = 0; v < V; ++v) {
        const int at = r * kRow + v * kLanes<S>;
        even[r][v] = start == nullptr ? hn::Zero(d) : hn::LoadU(d, start + at);
        if constexpr (kOdd) {
          odd[r][v] = start == nullptr ? hn::Zero(d) : hn::LoadU(d, start + at + V * kLanes<S>);
        }
      }
    }
  }

  HWY_INLINE void Accumulate(const AxisFold& fold,
                             const S* HWY_RESTRICT entries,  // this block's, core/axis_matrix.h
                             const S* HWY_RESTRICT folded) {
    const Simd<S> d;
    constexpr int kStep = kLanes<S>;
    for (int64_t c = 0; c < fold.pairs_in; ++c) {
      Vector<S> e[V];
      for (int v = 0; v < V; ++v) e[v] = hn::LoadU(d, folded + v * kStep);
      for (int r = 0; r < J; ++r) {
        const auto a = hn::Set(d, entries[r]);
        for (int v = 0; v < V; ++v) even[r][v] = hn::MulAdd(a, e[v], even[r][v]);
      }
      if constexpr (kOdd) {
        Vector<S> o[V];
        for (int v = 0; v < V; ++v) o[v] = hn::LoadU(d, folded + (V + v) * kStep);
        for (int r = 0; r < J; ++r) {
          const auto a = hn::Set(d, entries[J + r]);
          for (int v = 0; v < V; ++v) odd[r][v] = hn::MulAdd(a, o[v], odd[r][v]);
        }
      }
      folded += 2 * V * kStep;
      entries += kOdd ? 2 * J : J;
    }
    for (int64_t c = 0; c < fold.singles_in; ++c) {
      for (int r = 0; r < J; ++r) {
        const auto a = hn::Set(d, entries[r]);
        for (int v = 0; v < V; ++v) {
          even[r][v] = hn::MulAdd(a, hn::LoadU(d, folded + v * kStep), even[r][v]);
        }
      }
      folded += V * kStep;
      entries += J;
    }
  }
};

// Calls body<J>() with J = rows, for 1 <= rows <= kRowBlock.
template <int J = kRowBlock, class Body>
HWY_INLINE void WithRowCount(int64_t rows, const Body& body) {
  if constexpr (J == 1) {
    body(std::integral_constant<int, 1>());
  } else {
    if (rows == J) {
      body(std::integral_constant<int, J>());
    } else {
      WithRowCount<J - 1>(rows, body);
    }
  }
}

// Runs all row blocks over one folded bundle. sink.Pair<J>(first row, sums) takes each block of
// paired rows, sink.Single<J>(first row, sums) that of the single ones.
template <int V, class S, class Sink>
HWY_INLINE void MultiplyFolded(const AxisMatrix<S>& matrix, const S* HWY_RESTRICT folded,
                               const Sink& sink) {
  const AxisFold& fold = matrix.fold;
  constexpr int kVector = V * kLanes<S>;
  const S* entries = matrix.entries;
  const S* start =
      fold.step_in == 0 ? nullptr : folded + (2 * fold.pairs_in + fold.singles_in) * kVector;
  for (int64_t first = 0; first < fold.pairs_out; first += kRowBlock) {
    const int64_t left = fold.pairs_out - first;
    const int64_t rows = left < kRowBlock ? left : kRowBlock;
    WithRowCount(rows, [&](auto count) HWY_ATTR {
      constexpr int kRows = decltype(count)::value;
      Sums<kRows, V, true, S> sums;
      sums.Start(start);
      sums.Accumulate(fold, entries, folded);
      sink.template Pair<kRows>(first, sums);
    });
    entries += (2 * fold.pairs_in + fold.singles_in) * rows;
    if (start != nullptr) start += 2 * rows * kVector;
  }
  if (fold.singles_out == 1) {
    Sums<1, V, false, S> sums;
    sums.Start(start);
    sums.Accumulate(fold, entries, folded);
    sink.template Single<1>(fold.pairs_out, sums);
  } else if (fold.singles_out == 2) {
    Sums<2, V, false, S> sums;
    sums.Start(start);
    sums.Accumulate(fold, entries, folded);
    sink.template Single<2>(fold.pairs_out, sums);
  }
}

// Stores each row's output and its mirror.
template <int V, class S, class TIn, class TOut>
struct OutputSink {
  const AxisMatrix<S>& matrix;
  const Lanes<V, TIn, TOut>& lanes;

  template <int J>
  HWY_INLINE void Pair(int64_t first, const Sums<J, V, true, S>& sums) const {
    for (int r = 0; r < J; ++r) {
      const int64_t j = matrix.rows[first + r];
      const int64_t mirror = matrix.shape.m - j;
      for (int v = 0; v < V; ++v) {
        Store<S>(hn::Add(sums.even[r][v], sums.odd[r][v]), lanes.out[v] + j * lanes.out_step,
                 lanes.count[v]);
        Store<S>(hn::Sub(sums.even[r][v], sums.odd[r][v]), lanes.out[v] + mirror * lanes.out_step,
                 lanes.count[v]);
      }
    }
  }

  template <int J>
  HWY_INLINE void Single(int64_t first, const Sums<J, V, false, S>& sums) const {
    for (int r = 0; r < J; ++r) {
      for (int v = 0; v < V; ++v) {
        Store<S>(sums.even[r][v], lanes.out[v] + matrix.rows[first + r] * lanes.out_step,
                 lanes.count[v]);
      }
    }
  }
};

// The whole axis for one bundle.
template <int V, class S, class TIn, class TOut>
HWY_INLINE void MultiplyLanes(const AxisMatrix<S>& matrix, const Lanes<V, TIn, TOut>& lanes,
                              S* HWY_RESTRICT folded) {
  FoldSamples<V>(matrix, lanes, folded);
  MultiplyFolded<V>(matrix, folded, OutputSink<V, S, TIn, TOut>{matrix, lanes});
  const AxisFold& fold = matrix.fold;
  if (fold.step_out == 0) return;
  const auto weight = hn::Set(Simd<S>(), static_cast<S>(matrix.copy_weight));
  int64_t i = 0;
  for (int64_t j = 0; j < matrix.shape.m; j += fold.step_out) {
    for (int v = 0; v < V; ++v) {
      const auto copied = Load<S>(lanes.in[v] + i * lanes.in_step, lanes.count[v]);
      Store<S>(hn::Mul(weight, copied), lanes.out[v] + j * lanes.out_step, lanes.count[v]);
    }
    i += fold.ratio_in;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_AXIS_PRODUCT_INL_H_
