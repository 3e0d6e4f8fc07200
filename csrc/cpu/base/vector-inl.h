// Loads, stores and transposes of one vector of the computing type, for any stored type.
//
// Included once per SIMD target, by kernel files alone; everything stands in that target's own
// namespace, so that no code compiled for one processor is merged with that of another.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/types.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class S>
using Simd = hn::ScalableTag<S>;

// Lanes of one vector of S; the targets here all have vectors of a fixed size.
template <class S>
constexpr int kLanes = static_cast<int>(hn::MaxLanes(Simd<S>()));
constexpr int64_t kVectorBytes = kLanes<uint8_t>;  // of the scalar target: one element

template <class S>
using Vector = hn::Vec<Simd<S>>;

// A vector from p; where not kFull, of `count` elements, the lanes beyond them zero.
template <class S, bool kFull, class T>
HWY_INLINE Vector<S> Load(const T* p, int count) {
  const hn::Rebind<T, Simd<S>> stored;
  hn::Vec<decltype(stored)> v;
  if constexpr (kFull) {
    v = hn::LoadU(stored, p);
  } else {
    v = hn::LoadN(stored, p, static_cast<size_t>(count));
  }
  if constexpr (sizeof(T) == sizeof(S)) {
    return v;
  } else {
    return hn::PromoteTo(Simd<S>(), v);
  }
}

// v, or its first `count` lanes, to p; half types are rounded to nearest, ties to even.
template <bool kFull, class S, class T>
HWY_INLINE void StoreLanes(Vector<S> v, T* p, int count) {
  const hn::Rebind<T, Simd<S>> stored;
  hn::Vec<decltype(stored)> rounded;
  if constexpr (sizeof(T) == sizeof(S)) {
    rounded = v;
  } else {
    rounded = hn::DemoteTo(stored, v);
  }
  if constexpr (kFull) {
    hn::StoreU(rounded, stored, p);
  } else {
    hn::StoreN(rounded, stored, p, static_cast<size_t>(count));
  }
}

// v to p past the caches, where p is aligned: no line that is written whole is read before.
template <class S, class T>
HWY_INLINE void StreamLanes(Vector<S> v, T* p) {
  const hn::Rebind<T, Simd<S>> stored;
  if constexpr (sizeof(T) == sizeof(S)) {
    hn::Stream(v, stored, p);
  } else {
    hn::Stream(hn::DemoteTo(stored, v), stored, p);
  }
}

// Lanes of a block of 16 bytes, in which shuffles are cheapest.
template <class S>
constexpr int kBlockLanes =
    kLanes<S> * static_cast<int>(sizeof(S)) < 16 ? kLanes<S> : 16 / static_cast<int>(sizeof(S));

// Transposes the squares of kBlockLanes<S> vectors' blocks, each in its place.
template <class S>
HWY_INLINE void TransposeInBlocks(Vector<S>* rows) {
#if HWY_TARGET == HWY_SCALAR
  static_cast<void>(rows);
#else
  const Simd<S> d;
  if constexpr (sizeof(S) == 8) {
    const auto first = rows[0];
    rows[0] = hn::InterleaveLower(d, first, rows[1]);
    rows[1] = hn::InterleaveUpper(d, first, rows[1]);
  } else {
    const hn::RepartitionToWide<Simd<S>> pairs;
    const auto low = hn::BitCast(pairs, hn::InterleaveLower(d, rows[0], rows[1]));
    const auto high = hn::BitCast(pairs, hn::InterleaveUpper(d, rows[0], rows[1]));
    const auto other_low = hn::BitCast(pairs, hn::InterleaveLower(d, rows[2], rows[3]));
    const auto other_high = hn::BitCast(pairs, hn::InterleaveUpper(d, rows[2], rows[3]));
    rows[0] = hn::BitCast(d, hn::InterleaveLower(pairs, low, other_low));
    rows[1] = hn::BitCast(d, hn::InterleaveUpper(pairs, low, other_low));
    rows[2] = hn::BitCast(d, hn::InterleaveLower(pairs, high, other_high));
    rows[3] = hn::BitCast(d, hn::InterleaveUpper(pairs, high, other_high));
  }
#endif
}

// Transposes a square of kLanes<S> vectors in place: in blocks, then the blocks.
template <class S>
HWY_INLINE void Transpose(Vector<S> (&rows)[kLanes<S>]) {
#if HWY_TARGET == HWY_SCALAR
  static_cast<void>(rows);
#else
  constexpr int kSize = kLanes<S>;
  constexpr int kBlock = kBlockLanes<S>;
  static_assert(kSize / kBlock <= 4);
  const Simd<S> d;
  for (int i = 0; i < kSize; i += kBlock) TransposeInBlocks<S>(rows + i);
  if constexpr (kSize / kBlock == 4) {
    for (int i = 0; i < kSize / 2; ++i) {
      const auto first = rows[i];
      rows[i] = hn::ConcatLowerLower(d, rows[i + kSize / 2], first);
      rows[i + kSize / 2] = hn::ConcatUpperUpper(d, rows[i + kSize / 2], first);
    }
  }
  if constexpr (kSize / kBlock >= 2) {
    for (int i = 0; i < kSize; i += 2 * kBlock) {
      for (int k = i; k < i + kBlock; ++k) {
        const auto first = rows[k];
        rows[k] = hn::InterleaveEvenBlocks(d, first, rows[k + kBlock]);
        rows[k + kBlock] = hn::InterleaveOddBlocks(d, first, rows[k + kBlock]);
      }
    }
  }
#endif
}

// The first columns of kLanes<S> rows, `step` elements apart: `count` of them, rounded up to
// blocks, which the rows must have.
template <class S>
HWY_INLINE void LoadColumns(const S* rows, int64_t step, int64_t count,
                            Vector<S> (&columns)[kLanes<S>]) {
  constexpr int kBlock = kBlockLanes<S>;
  const hn::CappedTag<S, kBlock> block;
  const auto part = [&](int64_t row, int64_t c)
                        HWY_ATTR { return hn::LoadU(block, rows + row * step + c); };
  for (int c = 0; c < count; c += kBlock) {
    for (int i = 0; i < kBlock; ++i) {
      auto column = hn::ResizeBitCast(Simd<S>(), part(i, c));
      if constexpr (kLanes<S> > kBlock) column = hn::InsertBlock<1>(column, part(kBlock + i, c));
      if constexpr (kLanes<S> > 2 * kBlock) {
        column = hn::InsertBlock<2>(column, part(2 * kBlock + i, c));
        column = hn::InsertBlock<3>(column, part(3 * kBlock + i, c));
      }
      columns[c + i] = column;
    }
    TransposeInBlocks<S>(columns + c);
  }
}

// Lanes across rows: packed[c][r] = rows[r * stride + c] for c < length, r < row_count.
template <class S, class T>
void PackRows(const T* rows,  // [row_count, length], row stride `stride`
              int64_t stride,
              int row_count,  // 1 to lanes
              int64_t length,
              S* packed) {  // [length rounded up to lanes, lanes]
  constexpr int kSize = kLanes<S>;
  const Simd<S> d;
  for (int64_t c = 0; c < length; c += kSize) {
    const int count = length - c < kSize ? static_cast<int>(length - c) : kSize;
    Vector<S> square[kSize];
    const auto load = [&](auto whole) HWY_ATTR {
      for (int r = 0; r < kSize; ++r) {
        square[r] = r < row_count ? Load<S, decltype(whole)::value>(rows + r * stride + c, count)
                                  : hn::Zero(d);
      }
    };
    count == kSize ? load(std::true_type()) : load(std::false_type());
    Transpose<S>(square);
    for (int r = 0; r < kSize; ++r) hn::StoreU(square[r], d, packed + (c + r) * kSize);
  }
}

// The way back: rows[r * stride + c] = packed[c][r].
template <class S, class T>
void UnpackRows(const S* packed,  // [length rounded up to lanes, lanes]
                int row_count, int64_t length,
                T* rows,  // [row_count, length], row stride `stride`
                int64_t stride) {
  constexpr int kSize = kLanes<S>;
  const Simd<S> d;
  for (int64_t c = 0; c < length; c += kSize) {
    const int count = length - c < kSize ? static_cast<int>(length - c) : kSize;
    Vector<S> square[kSize];
    for (int r = 0; r < kSize; ++r) square[r] = hn::LoadU(d, packed + (c + r) * kSize);
    Transpose<S>(square);
    const auto store = [&](auto whole) HWY_ATTR {
      for (int r = 0; r < kSize; ++r) {
        if (r == row_count) return;
        StoreLanes<decltype(whole)::value, S>(square[r], rows + r * stride + c, count);
      }
    };
    count == kSize ? store(std::true_type()) : store(std::false_type());
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
