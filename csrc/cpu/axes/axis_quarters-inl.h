// One axis of even lengths times its matrix, folded into quarters or into even quarters and an odd
// half (cpu/axes/axis_matrix.h): as axis_matrix-inl.h with four samples, four sums and four outputs
// where halves have two.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/axes/axis_matrix-inl.h"
#include "cpu/axes/axis_matrix.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Four samples or outputs, at i, half - i, half + i and length - i of an even length, or where the
// mirror is so at i, half - 1 - i, half + i and length - 1 - i.
struct QuarterPlaces {
  int64_t place[4];

  QuarterPlaces(int64_t i, int64_t length, int64_t half, int64_t mirror)
      : place{i, mirror - half - i, half + i, mirror - i} {
    if (place[3] == length) place[3] = 0;
  }
};

template <class S>
struct Quad {
  Vector<S> value[4];

  // (a + c) + (b + d), (a + c) - (b + d), (a - c) + (b - d), (a - c) - (b - d).
  HWY_INLINE Quad Folded() const {
    const auto sum = hn::Add(value[0], value[2]);
    const auto other_sum = hn::Add(value[1], value[3]);
    const auto difference = hn::Sub(value[0], value[2]);
    const auto other_difference = hn::Sub(value[1], value[3]);
    return {{hn::Add(sum, other_sum), hn::Sub(sum, other_sum),
             hn::Add(difference, other_difference), hn::Sub(difference, other_difference)}};
  }

  // (a + d) + (b + c), (a + d) - (b + c), a - d, b - c.
  HWY_INLINE Quad EvenFolded() const {
    const auto outer = hn::Add(value[0], value[3]);
    const auto inner = hn::Add(value[1], value[2]);
    return {{hn::Add(outer, inner), hn::Sub(outer, inner), hn::Sub(value[0], value[3]),
             hn::Sub(value[1], value[2])}};
  }

  // The transposes of them.
  HWY_INLINE Quad EvenUnfolded() const {
    const auto outer = hn::Add(value[0], value[1]);
    const auto inner = hn::Sub(value[0], value[1]);
    return {{hn::Add(outer, value[2]), hn::Add(inner, value[3]), hn::Sub(inner, value[3]),
             hn::Sub(outer, value[2])}};
  }
  HWY_INLINE Quad Unfolded() const {
    const auto even = hn::Add(value[0], value[1]);
    const auto odd = hn::Sub(value[0], value[1]);
    const auto turned_even = hn::Add(value[2], value[3]);
    const auto turned_odd = hn::Sub(value[2], value[3]);
    return {{hn::Add(even, turned_even), hn::Add(odd, turned_odd), hn::Sub(even, turned_even),
             hn::Sub(odd, turned_odd)}};
  }
};

// Folds the samples that are multiplied into [pairs_in, 4, V].
template <int P, class L, class S>
HWY_INLINE void FoldQuarters(const AxisMatrix<S>& matrix, const L& lanes, S* HWY_RESTRICT folded) {
  constexpr int kStep = kLanes<S>;
  constexpr int V = L::kVectors;
  const Simd<S> d;
  const AxisFold& fold = matrix.fold;
  const int64_t n = matrix.shape.n;
  for (int64_t q = 0; q < fold.pairs_in; ++q) {
    const QuarterPlaces from(matrix.columns[q], n, matrix.half_in, matrix.mirror_in);
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      Quad<S> x;
#pragma GCC unroll 4
      for (int p = 0; p < 4; ++p) x.value[p] = lanes.Get(v, from.place[p]);
      x = P == 4 ? x.Folded() : x.EvenFolded();
#pragma GCC unroll 4
      for (int p = 0; p < 4; ++p) hn::StoreU(x.value[p], d, folded + (p * V + v) * kStep);
    }
    folded += 4 * V * kStep;
  }
  if (fold.step_in == 0) return;
  // The copied samples are not needed before the first rows are done.
  for (int64_t r = 0; r < fold.pairs_out; ++r) {
    if (matrix.copies[r] < 0) continue;
    const QuarterPlaces copied(matrix.copies[r], n, n / 2, n);
    for (int v = 0; v < V; ++v) {
      for (const int64_t place : copied.place) {
        __builtin_prefetch(lanes.in[v] + place * lanes.in_step);
      }
    }
  }
}

// Stores each row's four outputs, copied samples added where they lie on them.
template <int P, int J, class L, class S>
HWY_INLINE void StoreQuarters(const AxisMatrix<S>& matrix, int64_t first,
                              const Sums<P, J, L::kVectors, S>& sums, const L& lanes) {
  const int64_t n = matrix.shape.n;
  const int64_t m = matrix.shape.m;
  const auto weight = hn::Set(Simd<S>(), static_cast<S>(matrix.copy_weight));
#pragma GCC unroll 4
  for (int r = 0; r < J; ++r) {
    const QuarterPlaces to(matrix.rows[first + r], m, m / 2, matrix.mirror_out);
    const int64_t copied = matrix.copies[first + r];
    constexpr int V = L::kVectors;
    Quad<S> y[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      if constexpr (P == 4) {
#pragma GCC unroll 4
        for (int p = 0; p < 4; ++p) y[v].value[p] = sums.part[p][r][v];
        y[v] = y[v].Unfolded();
      } else {
        y[v].value[0] = sums.part[0][r][v];
        y[v].value[1] = sums.part[1][r][v];
        y[v].value[2] = hn::Add(sums.part[2][r][v], sums.part[3][r][v]);
        y[v].value[3] = hn::Add(sums.part[4][r][v], sums.part[5][r][v]);
        y[v] = y[v].EvenUnfolded();
      }
    }
    if (copied >= 0) {
      const QuarterPlaces from(copied, n, n / 2, n);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) {
#pragma GCC unroll 4
        for (int p = 0; p < 4; ++p) {
          y[v].value[p] = hn::MulAdd(weight, lanes.Get(v, from.place[p]), y[v].value[p]);
        }
      }
    }
    if constexpr (L::kMayJoin) {
      if (lanes.joins) {
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) {
#pragma GCC unroll 4
          for (int p = 0; p < 4; ++p) y[v].value[p] = lanes.Join(y[v].value[p], v, to.place[p]);
        }
      }
    }
    const auto store = [&](auto streams) HWY_ATTR {
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) {
#pragma GCC unroll 4
        for (int p = 0; p < 4; ++p) {
          lanes.template StoreBy<streams()>(y[v].value[p], v, to.place[p]);
        }
      }
    };
    if (lanes.streams) {
      store(std::true_type());
    } else {
      store(std::false_type());
    }
  }
}

// Asks for the lines that StoreQuarters will write for the next bundle.
template <class S>
HWY_NOINLINE void AskForQuarters(const AxisMatrix<S>& matrix, int64_t first, int count,
                                 const Stores& stores) {
  const int64_t m = matrix.shape.m;
  for (int r = 0; r < count; ++r) {
    const QuarterPlaces to(matrix.rows[first + r], m, m / 2, matrix.mirror_out);
    for (const int64_t place : to.place) stores.Prefetch(place);
  }
}

// The whole axis for one bundle, in P parts.
template <int P, class L, class S>
HWY_NOINLINE void MultiplyQuarters(const AxisMatrix<S>& matrix, const L& lanes,
                                   S* HWY_RESTRICT folded, Ahead* ahead) {
  constexpr int kBlock = 2 * kRowBlock / P < 1 ? 1 : 2 * kRowBlock / P;
  const AxisFold& fold = matrix.fold;
  FoldQuarters<P>(matrix, lanes, folded);
  const S* entries = matrix.entries;
  int64_t first = 0;
  for (int64_t block = 0; first < fold.pairs_out; ++block) {
    const int64_t rows = RowsOfBlock(fold.pairs_out, kBlock, block);
    WithRowCount<kBlock>(rows, [&](auto count) HWY_ATTR {
      constexpr int kRows = decltype(count)::value;
      if (ahead->stores() == StoreWay::kFar) {
        AskForQuarters(matrix, first, kRows, ahead->next_stores());
      }
      Sums<P, kRows, L::kVectors, S> sums;
      sums.Accumulate(fold, entries, folded, ahead);
      StoreQuarters(matrix, first, sums, lanes);
    });
    entries += P * fold.pairs_in * rows;
    first += rows;
  }
  if constexpr (P == 4) StoreCopiedRows(matrix, lanes);
}

// The same of any fold.
template <class L, class S>
HWY_INLINE void RunBundle(const AxisMatrix<S>& matrix, const L& lanes, S* HWY_RESTRICT scratch,
                          Ahead* ahead) {
  switch (matrix.fold.kind) {
    case FoldKind::kHalves:
      return MultiplyLanes(matrix, lanes, scratch, ahead);
    case FoldKind::kQuarters:
      return MultiplyQuarters<4>(matrix, lanes, scratch, ahead);
    case FoldKind::kEvenQuarters:
      return MultiplyQuarters<6>(matrix, lanes, scratch, ahead);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
