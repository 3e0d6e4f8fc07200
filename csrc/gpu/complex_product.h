// Products of spectra, mode by mode and group by group: C[m, n] = sum_k A[m, k] B[k, n], complex.
#pragma once

#include <cstdint>

#include "core/integers.h"
#include "core/types.h"
#include "gpu/block.h"
#include "gpu/divider.h"

namespace spectral_ops::gpu {

// Where an operand keeps the modes of one axis: mode s is entry s - low of `entries`, or that plus
// `entries` below 0, as np.fft.fftfreq orders frequencies.
struct ModePlaces {
  int32_t low = 0;
  int32_t entries = 1;
  uint32_t stride = 0;
};

// What launches have below: their numbers, the modes and the strides of what modes are kept in. A
// number of 32 bits is divided by a few instructions, one of 64 by scores of them.
constexpr int64_t kMostNumbers = (int64_t{1} << 31) - 1;

// An array of complex numbers, all strides in reals: of rows, columns and groups, and from real to
// imaginary part.
struct ModeOperand {
  int64_t row = 0;
  int64_t column = 0;
  int64_t group = 0;
  int64_t part = 1;
  ModePlaces axis[kMaxSpatialRank];

  constexpr int64_t mode_stride() const { return axis[kMaxSpatialRank - 1].stride; }
};

template <class S>
struct ComplexProductArguments {
  Divider extent[kMaxSpatialRank];  // modes of each axis
  int32_t modes = 1;
  int32_t groups = 1;
  int32_t added = 1;  // where `groups` is 1: those of A and B, added up; with few rows or columns
  int32_t rows = 1;   // m
  int32_t depth = 1;
  int32_t columns = 1;
  ModeOperand a;
  ModeOperand b;
  ModeOperand c;
  bool conjugate_a = false;
  bool conjugate_b = false;
  bool accumulate = false;  // C += A B
  const S* a_values = nullptr;
  const S* b_values = nullptr;
  S* c_values = nullptr;

  void SetExtents(const int64_t (&extents)[kMaxSpatialRank]) {
    modes = 1;
    for (int i = 0; i < kMaxSpatialRank; ++i) {
      extent[i] = Divider(extents[i]);
      modes *= static_cast<int32_t>(extents[i]);
    }
  }
  SPECTRAL_OPS_DEVICE int64_t OffsetOf(const ModeOperand& operand, int32_t mode) const {
    int64_t offset = 0;
    SPECTRAL_OPS_UNROLL
    for (int i = kMaxSpatialRank - 1; i >= 0; --i) {
      const int32_t rest = i > 0 ? extent[i].Of(mode) : 0;
      const ModePlaces& places = operand.axis[i];
      const int32_t f = mode - rest * extent[i].value() - places.low;
      const auto entry = static_cast<uint32_t>(f < 0 ? f + places.entries : f);
      offset += static_cast<int64_t>(uint64_t{entry} * places.stride);
      mode = rest;
    }
    return offset;
  }
};

template <class S>
SPECTRAL_OPS_DEVICE void MultiplyAdd(S ar, S ai, S br, S bi, S* re, S* im) {
  *re += ar * br - ai * bi;
  *im += ar * bi + ai * br;
}

// A block takes eight modes, a warp for each, 16 rows and 32 columns of one group; a thread 4 x 4.
template <class S>
struct ComplexProduct {
  static constexpr int kModes = 8;
  static constexpr int kRows = 16;
  static constexpr int kColumns = 32;
  static constexpr int kDepth = 8;
  static constexpr int kEach = 4;

  ComplexProductArguments<S> args;

  Grid grid() const {
    return {CeilDiv(args.modes, kModes) * args.groups * CeilDiv(args.rows, kRows) *
                CeilDiv(args.columns, kColumns),
            2 * sizeof(S) * kModes * kDepth * (kRows + kColumns)};
  }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    constexpr int kTileA = kModes * kDepth * kRows;
    const auto shared = block.template shared<S>(0);
    int64_t rest = block.index();
    const auto take = [&](int64_t count) {
      const auto index = static_cast<int32_t>(rest % count);
      rest /= count;
      return index;
    };
    const int32_t column0 = take(CeilDiv(args.columns, kColumns)) * kColumns;
    const int32_t row0 = take(CeilDiv(args.rows, kRows)) * kRows;
    const int32_t group = take(args.groups);
    const auto mode0 = static_cast<int32_t>(rest * kModes);

    typename Block::template PerThread<S[kEach][kEach][2]> sums;
    block.Threads([&](int t) {
      SPECTRAL_OPS_UNROLL
      for (int i = 0; i < kEach; ++i) {
        SPECTRAL_OPS_UNROLL
        for (int j = 0; j < kEach; ++j) sums[t][i][j][0] = sums[t][i][j][1] = 0;
      }
    });
    for (int32_t depth0 = 0; depth0 < args.depth; depth0 += kDepth) {
      block.Sync();
      block.Threads([&](int t) {
        Load<kRows>(shared, t, 0, args.a, args.a_values + group * args.a.group, args.conjugate_a,
                    mode0, row0, args.rows, args.a.row, depth0, args.a.column);
        Load<kColumns>(shared, t, kTileA, args.b, args.b_values + group * args.b.group,
                       args.conjugate_b, mode0, column0, args.columns, args.b.column, depth0,
                       args.b.row);
      });
      block.Sync();
      block.Threads([&](int t) {
        const int mode = t / kWarp;
        const int row = t % kWarp / 8 * kEach;
        const int column = t % 8;
        for (int k = 0; k < kDepth; ++k) {
          S a[kEach][2];
          S b[kEach][2];
          SPECTRAL_OPS_UNROLL
          for (int i = 0; i < kEach; ++i) {
            const int at_a = 2 * ((mode * kDepth + k) * kRows + row + i);
            const int at_b = 2 * (kTileA + (mode * kDepth + k) * kColumns + column + 8 * i);
            SPECTRAL_OPS_UNROLL
            for (int p = 0; p < 2; ++p) {
              a[i][p] = shared.Load(t, at_a + p);
              b[i][p] = shared.Load(t, at_b + p);
            }
          }
          SPECTRAL_OPS_UNROLL
          for (int i = 0; i < kEach; ++i) {
            SPECTRAL_OPS_UNROLL
            for (int j = 0; j < kEach; ++j) {
              MultiplyAdd(a[i][0], a[i][1], b[j][0], b[j][1], &sums[t][i][j][0], &sums[t][i][j][1]);
            }
          }
        }
      });
    }
    block.Threads([&](int t) {
      const int32_t mode = mode0 + t / kWarp;
      if (mode >= args.modes) return;
      S* to = args.c_values + group * args.c.group + args.OffsetOf(args.c, mode);
      SPECTRAL_OPS_UNROLL
      for (int i = 0; i < kEach; ++i) {
        const int32_t row = row0 + t % kWarp / 8 * kEach + i;
        SPECTRAL_OPS_UNROLL
        for (int j = 0; j < kEach; ++j) {
          const int32_t column = column0 + t % 8 + 8 * j;
          if (row >= args.rows || column >= args.columns) continue;
          S* at = to + row * args.c.row + column * args.c.column;
          at[0] = args.accumulate ? at[0] + sums[t][i][j][0] : sums[t][i][j][0];
          at[args.c.part] = args.accumulate ? at[args.c.part] + sums[t][i][j][1] : sums[t][i][j][1];
        }
      }
    });
  }

 private:
  // A tile [modes, depth, kOuter] of A or B; threads next to each other take what is so in memory.
  template <int kOuter, class Shared>
  SPECTRAL_OPS_DEVICE void Load(const Shared& shared, int t, int first, const ModeOperand& operand,
                                const S* values, bool conjugate, int32_t mode0, int32_t outer0,
                                int32_t outer_count, int64_t outer_stride, int32_t depth0,
                                int64_t depth_stride) const {
    const bool modes_first =
        operand.mode_stride() < outer_stride && operand.mode_stride() < depth_stride;
    const bool depth_first = depth_stride < outer_stride;
    for (int e = t; e < kModes * kDepth * kOuter; e += kThreads) {
      int mode = 0;
      int outer = 0;
      int k = 0;
      if (modes_first) {
        mode = e % kModes;
        k = e / kModes % kDepth;
        outer = e / (kModes * kDepth);
      } else if (depth_first) {
        k = e % kDepth;
        outer = e / kDepth % kOuter;
        mode = e / (kDepth * kOuter);
      } else {
        outer = e % kOuter;
        k = e / kOuter % kDepth;
        mode = e / (kDepth * kOuter);
      }
      S re = 0;
      S im = 0;
      if (mode0 + mode < args.modes && outer0 + outer < outer_count && depth0 + k < args.depth) {
        const S* at = values + args.OffsetOf(operand, mode0 + mode) +
                      (outer0 + outer) * outer_stride + (depth0 + k) * depth_stride;
        re = at[0];
        im = conjugate ? -at[operand.part] : at[operand.part];
      }
      const int place = 2 * (first + (mode * kDepth + k) * kOuter + outer);
      shared.Store(t, place, re);
      shared.Store(t, place + 1, im);
    }
  }
};

// The same where groups are small, as those of separable weights: a thread for each number of C,
// next to each other in what is so in C. There are at most kMostNumbers.
template <class S>
struct ComplexSums {
  ComplexProductArguments<S> args;
  Divider modes;
  Divider columns;
  Divider groups;

  explicit ComplexSums(const ComplexProductArguments<S>& given)
      : args(given), modes(given.modes), columns(given.columns), groups(given.groups) {}

  constexpr int64_t Numbers() const {
    return int64_t{args.modes} * args.groups * args.rows * args.columns;
  }
  Grid grid() const { return {CeilDiv(Numbers(), kThreads), 0}; }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    const bool modes_first = args.c.mode_stride() < args.c.group;
    block.Threads([&](int t) {
      const int64_t number = block.index() * kThreads + t;
      if (number >= Numbers()) return;
      auto rest = static_cast<int32_t>(number);
      const auto take = [&](const Divider& count) {
        const int32_t whole = count.Of(rest);
        const int32_t index = rest - whole * count.value();
        rest = whole;
        return index;
      };
      int32_t mode = modes_first ? take(modes) : 0;
      const int32_t column = take(columns);
      const int32_t group = take(groups);
      if (!modes_first) mode = take(modes);
      const int32_t row = rest;
      const auto at = [&](const ModeOperand& operand) {
        return group * operand.group + args.OffsetOf(operand, mode);
      };
      const S* a = args.a_values + at(args.a) + row * args.a.row;
      const S* b = args.b_values + at(args.b) + column * args.b.column;
      S re = 0;
      S im = 0;
      for (int32_t g = 0; g < args.added; ++g) {
        S part[2] = {0, 0};
        for (int32_t k = 0; k < args.depth; ++k) {
          const S* x = a + g * args.a.group + k * args.a.column;
          const S* y = b + g * args.b.group + k * args.b.row;
          const S xi = x[args.a.part];
          const S yi = y[args.b.part];
          MultiplyAdd(x[0], args.conjugate_a ? -xi : xi, y[0], args.conjugate_b ? -yi : yi,
                      &part[0], &part[1]);
        }
        re += part[0];
        im += part[1];
      }
      S* to = args.c_values + at(args.c) + row * args.c.row + column * args.c.column;
      to[0] = args.accumulate ? to[0] + re : re;
      to[args.c.part] = args.accumulate ? to[args.c.part] + im : im;
    });
  }
};

// Whichever of the two suits the sizes.
template <class S, class Device>
Status MultiplySpectra(Device& device, const ComplexProductArguments<S>& args) {
  constexpr int32_t kFew = 8;
  if (args.rows < kFew || args.columns < kFew) return device.Launch(ComplexSums<S>(args));
  return device.Launch(ComplexProduct<S>{args});
}

}  // namespace spectral_ops::gpu
