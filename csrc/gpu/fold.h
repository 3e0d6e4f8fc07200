// Resampling by even and odd halves (cpu/axes/axis_matrix.h), which takes half the multiplications:
// with e = x[k] + x[n-k] and o = x[k] - x[n-k], y[j] = E[j] + O[j] and y[m-j] = E[j] - O[j]. Column
// k of the odd half of a matrix is that of x[k+1] - x[n-1-k], a zero where there is none; the
// product is TileProduct's.
#ifndef SPECTRAL_OPS_GPU_FOLD_H_
#define SPECTRAL_OPS_GPU_FOLD_H_

#include <cstdint>

#include "gpu/block.h"
#include "gpu/tile_product.h"

namespace spectral_ops::gpu {

// Writes e and o over x, in columns that stand at source(column).
template <class S, class Block, class Shared, class Source>
SPECTRAL_OPS_DEVICE void FoldColumns(Block& block, int depth, const Columns<Shared>& columns,
                                     const Source& source) {
  const int pairs = (depth - 1) / 2;
  // Threads next to each other take what is so in memory.
  const bool along_depth = columns.step == 1;
  block.Threads([&](int t) {
    const int inner_count = along_depth ? pairs : columns.count;
    const int outer_count = along_depth ? columns.count : pairs;
    for (int outer = t / kWarp; outer < outer_count; outer += kWarps) {
      for (int inner = t % kWarp; inner < inner_count; inner += kWarp) {
        const int k = 1 + (along_depth ? inner : outer);
        const int place = source(along_depth ? outer : inner);
        const int low = place + k * columns.step;
        const int high = place + (depth - k) * columns.step;
        const S a = columns.memory.Load(t, low);
        const S b = columns.memory.Load(t, high);
        columns.memory.Store(t, low, a + b);
        columns.memory.Store(t, high, a - b);
      }
    }
  });
}

}  // namespace spectral_ops::gpu

#endif  // SPECTRAL_OPS_GPU_FOLD_H_
