// One axis of a tensor times its folded matrix, SIMD lanes along everything that is not the axis.
//
//   y[p, j, q] = sum_i R[j, i] x[p, i, q]
//
// Two vectors of lanes at a time: their n samples are folded into a packed buffer (even and odd
// halves, cpu/axes/axis_matrix.h) that stays in L1; then row blocks of the matrix run over it with
// all sums in registers, and each row stores output j and its mirror m - j.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/axes/axis_matrix.h"
#include "cpu/axes/lanes-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// kernel_bench sweep kColumnsPerFetch
constexpr int64_t kColumnsPerFetch = SPECTRAL_OPS_TUNED(kColumnsPerFetch, 8);

// So many columns have a sum of their own: rounding errors of one sum over all grow with its terms.
constexpr int64_t kColumnsPerSum = 64;
static_assert(kColumnsPerSum % kColumnsPerFetch == 0);

// Folds the samples at i and at its mirror into [2, V].
template <class L, class S>
HWY_INLINE void FoldPair(const L& lanes, int64_t i, int64_t mirror, S* HWY_RESTRICT folded) {
  const Simd<S> d;
  for (int v = 0; v < L::kVectors; ++v) {
    const auto a = lanes.Get(v, i);
    const auto b = lanes.Get(v, mirror);
    hn::StoreU(hn::Add(a, b), d, folded + v * kLanes<S>);
    hn::StoreU(hn::Sub(a, b), d, folded + (L::kVectors + v) * kLanes<S>);
  }
}

// Folds the samples that are multiplied.
template <class L, class S>
HWY_INLINE void FoldSamples(const AxisMatrix<S>& matrix, const L& lanes, S* HWY_RESTRICT folded) {
  constexpr int kStep = kLanes<S>;
  constexpr int V = L::kVectors;
  const Simd<S> d;
  const AxisFold& fold = matrix.fold;
  const int64_t n = matrix.shape.n;
  for (int64_t c = 0; c < fold.pairs_in; ++c) {
    FoldPair(lanes, matrix.columns[c], matrix.mirror_in - matrix.columns[c], folded);
    folded += 2 * V * kStep;
  }
  for (int64_t c = 0; c < fold.singles_in; ++c) {
    const int64_t i = matrix.columns[fold.pairs_in + c];
    for (int v = 0; v < V; ++v) hn::StoreU(lanes.Get(v, i), d, folded + v * kStep);
    folded += V * kStep;
  }
  if (fold.step_in == 0) return;
  // The copied samples are not needed before the first rows are done.
  for (int64_t r = 0; r < fold.pairs_out + fold.singles_out; ++r) {
    const int64_t i = matrix.copies[r];
    if (i < 0) continue;
    for (int v = 0; v < V; ++v) {
      __builtin_prefetch(lanes.in[v] + i * lanes.in_step);
      if (i > 0) __builtin_prefetch(lanes.in[v] + (n - i) * lanes.in_step);
    }
  }
}

// Has the compiler load a vector once, rather than again with each instruction that takes it.
template <class V>
HWY_INLINE void KeepInRegister(V& vector) {
#if HWY_ARCH_X86 && (HWY_COMPILER_GCC || HWY_COMPILER_CLANG)
  asm("" : "+v"(vector.raw));
#else
  static_cast<void>(vector);
#endif
}

// J rows of P parts of a folded matrix times V vectors: of the even half, of both halves, of four
// quarters, or of even quarters and, twice, both halves of the odd half.
template <int P, int J, int V, class S>
struct Sums {
  Vector<S> part[P][J][V];

  HWY_INLINE void Accumulate(const AxisFold& fold,
                             const S* HWY_RESTRICT entries,  // this block's, cpu/axes/axis_matrix.h
                             const S* HWY_RESTRICT folded, Ahead* ahead) {
    const Simd<S> d;
    constexpr int kStep = kLanes<S>;
    constexpr int kSumsOfPair = P >= 4 ? 4 : 2;
    S before[P * J * V * kStep];  // the sums of the columns before
    Clear();
    for (int64_t from = 0; from < fold.pairs_in; from += kColumnsPerFetch) {
      ahead->Fetch();
      const int64_t to =
          from + kColumnsPerFetch < fold.pairs_in ? from + kColumnsPerFetch : fold.pairs_in;
      for (int64_t c = from; c < to; ++c) {
#pragma GCC unroll 6
        for (int p = 0; p < P; ++p) {
          const int sum = p < kSumsOfPair ? p : p - 2;
          Vector<S> x[V];
#pragma GCC unroll 2
          for (int v = 0; v < V; ++v) {
            x[v] = hn::LoadU(d, folded + (sum * V + v) * kStep);
            KeepInRegister(x[v]);
          }
#pragma GCC unroll 8
          for (int r = 0; r < J; ++r) {
            const auto a = hn::Set(d, entries[p * J + r]);
#pragma GCC unroll 2
            for (int v = 0; v < V; ++v) part[p][r][v] = hn::MulAdd(a, x[v], part[p][r][v]);
          }
        }
        folded += kSumsOfPair * V * kStep;
        entries += P * J;
      }
      if (to % kColumnsPerSum == 0) TakeTurns(to == kColumnsPerSum, before);
    }
    if (fold.pairs_in >= kColumnsPerSum) AddTo(before);
    for (int64_t c = 0; c < fold.singles_in; ++c) {
#pragma GCC unroll 8
      for (int r = 0; r < J; ++r) {
        const auto a = hn::Set(d, entries[r]);
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) {
          part[0][r][v] = hn::MulAdd(a, hn::LoadU(d, folded + v * kStep), part[0][r][v]);
        }
      }
      folded += V * kStep;
      entries += J;
    }
  }

 private:
  HWY_INLINE void Clear() {
    ForEach([](auto& sum, int64_t) HWY_ATTR { sum = hn::Zero(Simd<S>()); });
  }

  // Adds the sums to `before`, where they are not the first, and begins new ones.
  HWY_INLINE void TakeTurns(bool first, S* before) {
    const Simd<S> d;
    if (!first) AddTo(before);
    ForEach([&](auto& sum, int64_t at) HWY_ATTR { hn::StoreU(sum, d, before + at); });
    Clear();
  }

  HWY_INLINE void AddTo(const S* before) {
    const Simd<S> d;
    ForEach([&](auto& sum, int64_t at) HWY_ATTR { sum = hn::Add(hn::LoadU(d, before + at), sum); });
  }

  template <class Body>
  HWY_INLINE void ForEach(const Body& body) {
#pragma GCC unroll 6
    for (int p = 0; p < P; ++p) {
#pragma GCC unroll 8
      for (int r = 0; r < J; ++r) {
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) body(part[p][r][v], ((p * J + r) * V + v) * kLanes<S>);
      }
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

// Runs the row blocks of a matrix in halves over a folded buffer: pair(first, count, sums) for
// blocks that have an odd half, single(count, sums) for the rows that have none; before(first,
// count) in front of each of the former.
template <int V, class S, class Before, class Pair, class Single>
HWY_INLINE void RunBlocks(const AxisFold& fold, const S* entries, const S* folded, Ahead* ahead,
                          const Before& before, const Pair& pair, const Single& single) {
  int64_t first = 0;
  for (int64_t block = 0; first < fold.pairs_out; ++block) {
    const int64_t rows = RowsOfBlock(fold.pairs_out, kRowBlock, block);
    WithRowCount(rows, [&](auto count) HWY_ATTR {
      constexpr int kRows = decltype(count)::value;
      before(first, count);
      Sums<2, kRows, V, S> sums;
      sums.Accumulate(fold, entries, folded, ahead);
      pair(first, count, sums);
    });
    entries += (2 * fold.pairs_in + fold.singles_in) * rows;
    first += rows;
  }
  const auto run_singles = [&](auto count) HWY_ATTR {
    Sums<1, decltype(count)::value, V, S> sums;
    sums.Accumulate(fold, entries, folded, ahead);
    single(count, sums);
  };
  if (fold.singles_out == 1) run_singles(std::integral_constant<int, 1>());
  if (fold.singles_out == 2) run_singles(std::integral_constant<int, 2>());
}

// Stores each row's output and its mirror, a copied sample added where one lies on it.
template <int P, int J, class L, class S>
HWY_INLINE void StoreRows(const AxisMatrix<S>& matrix, int64_t first,
                          const Sums<P, J, L::kVectors, S>& sums, const L& lanes) {
  const int64_t n = matrix.shape.n;
  const int64_t mirror = matrix.mirror_out;
  const int32_t* rows = matrix.rows + first;
  const int32_t* copies = matrix.copies + first;
  const auto weight = hn::Set(Simd<S>(), static_cast<S>(matrix.copy_weight));
#pragma GCC unroll 8
  for (int r = 0; r < J; ++r) {
    const int64_t j = rows[r];
    const int64_t i = copies[r];
    constexpr int V = L::kVectors;
    Vector<S> y[P][V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      y[0][v] = sums.part[0][r][v];
      if constexpr (P == 2) {
        y[1][v] = hn::Sub(y[0][v], sums.part[1][r][v]);
        y[0][v] = hn::Add(y[0][v], sums.part[1][r][v]);
      }
    }
    if (i >= 0) {
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) {
        y[0][v] = hn::MulAdd(weight, lanes.Get(v, i), y[0][v]);
        if constexpr (P == 2) y[1][v] = hn::MulAdd(weight, lanes.Get(v, n - i), y[1][v]);
      }
    }
    if constexpr (L::kMayJoin) {
      if (lanes.joins) {
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) {
          y[0][v] = lanes.Join(y[0][v], v, j);
          if constexpr (P == 2) y[1][v] = lanes.Join(y[1][v], v, mirror - j);
        }
      }
    }
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      if constexpr (P == 2) lanes.Store(y[1][v], v, mirror - j);
      lanes.Store(y[0][v], v, j);
    }
  }
}

// Asks for the lines that StoreRows will write for the next bundle.
template <class S>
HWY_NOINLINE void AskForRows(const AxisMatrix<S>& matrix, int64_t first, int count,
                             const Stores& stores) {
  for (int r = 0; r < count; ++r) {
    const int64_t j = matrix.rows[first + r];
    stores.Prefetch(j);
    stores.Prefetch(matrix.mirror_out - j);
  }
}

// Enlarging: the outputs that are copies.
template <class L, class S>
HWY_INLINE void StoreCopiedRows(const AxisMatrix<S>& matrix, const L& lanes) {
  const AxisFold& fold = matrix.fold;
  if (fold.step_out == 0) return;
  const auto weight = hn::Set(Simd<S>(), static_cast<S>(matrix.copy_weight));
  int64_t i = 0;
  for (int64_t j = 0; j < matrix.shape.m; j += fold.step_out) {
    for (int v = 0; v < L::kVectors; ++v) lanes.Put(hn::Mul(weight, lanes.Get(v, i)), v, j);
    i += fold.ratio_in;
  }
}

// How often a bundle calls Fetch.
template <class S>
int64_t FetchCalls(const AxisMatrix<S>& matrix) {
  const AxisFold& fold = matrix.fold;
  const int64_t block = fold.rows_at_once(kRowBlock);
  const int64_t blocks = (fold.pairs_out + block - 1) / block;
  const int64_t calls = (fold.pairs_in + kColumnsPerFetch - 1) / kColumnsPerFetch;
  return calls * (blocks + (fold.singles_out > 0 ? 1 : 0));
}

// The whole axis for one bundle, folded into halves. A function of its own: beside another kind GCC
// would run out of registers.
template <class L, class S>
HWY_NOINLINE void MultiplyLanes(const AxisMatrix<S>& matrix, const L& lanes, S* HWY_RESTRICT folded,
                                Ahead* ahead) {
  const AxisFold& fold = matrix.fold;
  FoldSamples(matrix, lanes, folded);
  RunBlocks<L::kVectors>(
      fold, matrix.entries, folded, ahead,
      [&](int64_t first, auto count) HWY_ATTR {
        if (ahead->stores() == StoreWay::kFar) {
          AskForRows(matrix, first, count, ahead->next_stores());
        }
      },
      [&](int64_t first, auto, const auto& sums)
          HWY_ATTR { StoreRows(matrix, first, sums, lanes); },
      [&](auto, const auto& sums) HWY_ATTR { StoreRows(matrix, fold.pairs_out, sums, lanes); });
  StoreCopiedRows(matrix, lanes);
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
