// The rows of a wavelet's map on one axis, ready to run: in the interior one pattern, or one for
// every other sample of a synthesis, at ends lists in which the mode is worked in. Kernels know no
// mode.
//
//   analysis    c[0, r], c[1, r] = sum_k lo[k] x[i_k], sum_k hi[k] x[i_k]
//   synthesis   x[r] = sum_k lo[k] c[0, o_k] + hi[k] c[1, o_k]
#pragma once

#include <cstdint>

#include "core/memory.h"
#include "core/wavelet.h"

namespace spectral_ops {

template <class S>
struct WaveletRow {
  int count;
  int64_t base;            // what it multiplies stands at base + offsets[k]
  const int32_t* offsets;  // [count]
  const S* lo;             // [count]
  const S* hi;
};

template <class S>
struct WaveletRows {
  int64_t rows = 0;
  int64_t begin = 0;  // of the interior
  int64_t end = 0;
  // Row r of the interior, r = phases u + q, has its base at advance u + start[q].
  // What it multiplies lies `spacing` apart.
  int64_t phases = 1;
  int64_t advance = 1;
  int64_t spacing = 1;
  int64_t start[2] = {0, 0};
  WaveletRow<S> pattern[2] = {};
  // Of the other rows, those behind the interior after those before it.
  int64_t row_entries = 0;           // at most, and from one row's place to the next
  const int32_t* counts = nullptr;   // [edge rows]
  const int32_t* offsets = nullptr;  // [edge rows, row_entries]
  const S* lo = nullptr;
  const S* hi = nullptr;

  // Whether this row of the interior and the next one, of the other phase, meet the same.
  bool StartsGroup(int64_t r) const {
    return phases == 1 || (r % 2 == 0) == (start[0] == start[1]);
  }

  // The position behind all that row r of the interior meets.
  int64_t EndOfInput(int64_t r) const {
    const int64_t q = phases == 1 ? 0 : r % 2;
    return advance * (r / phases) + start[q] + (pattern[q].count - 1) * spacing + 1;
  }

  // Rows of the interior from its first on that need no more than so many positions.
  int64_t Ready(int64_t positions) const {
    int64_t ready = end;
    for (int64_t q = 0; q < phases; ++q) {
      const int64_t span = (pattern[q].count - 1) * spacing;
      const int64_t last = positions - 1 - span - start[q];  // base
      const int64_t first_not = last < 0 ? 0 : last / advance + 1;
      ready = ready < phases * first_not + q ? ready : phases * first_not + q;
    }
    return ready > begin ? ready : begin;
  }
};

// Takes the tables from `memory` and fills them, or counts them only.
template <class S>
WaveletRows<S> BuildWaveletRows(const WaveletAxis& axis, WaveletMap map,
                                const S* filters,  // [2, taps]; null where memory counts
                                Arena* memory);

}  // namespace spectral_ops
