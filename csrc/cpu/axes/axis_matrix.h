// The kind of axis that resamples by its matrix, folded into even and odd halves.
//
// With e = x[i] + x[n-i], o = x[i] - x[n-i] (a "pair"; i = 0 and i = n/2 are "single"), E = Re e
// and O = Ro o give y[j] = E + O and y[m-j] = E - O, for R[-j, -i] = R[j, i] (core/axis.h). Here
// and below n - i stands for the mirror of i, which is n - 1 - i where the axis is centered or
// symmetric; "single" is then the middle of an odd length alone.
//
// Where n and m are even and the axis is periodic, R[j + m/2, i + n/2] = R[j, i] as well, and the
// matrix folds once more, into quarters. The samples a, b, c, d at i, n/2 - i, n/2 + i and n - i
// meet in four sums,
//   (a + c) + (b + d), (a + c) - (b + d), (a - c) + (b - d), (a - c) - (b - d),
// each of which has a quarter of its own, and the same butterfly gives the outputs at j, m/2 - j,
// m/2 + j and m - j. Where two of the places are one (i = 0 and i = n/4) entries count half.
//
// The even half of a symmetric axis is a symmetric matrix again, n/2 -> m/2, and folds; its odd
// half does not. The sums are
//   (a + d) + (b + c), (a + d) - (b + c), a - d, b - c,
// of which the last two meet two entries each in either row of a pair: six for a pair of pairs,
// where halves have eight and quarters four.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/axis.h"
#include "cpu/axes/axis_spec.h"
#include "cpu/base/tuning.h"

namespace spectral_ops {

// How an axis folds, and which indices stay out of the product (steps of 0 leave out none).
// Without windows R has a zero wherever an input sample lies on an output sample, but for one:
// pooling copies those samples (columns i with step_in | i), enlarging outputs them (rows j with
// step_out | j). They stay out of the product.
enum class FoldKind { kHalves, kQuarters, kEvenQuarters };

struct AxisFold {
  int64_t step_in = 0;   // columns that are multiples of this are copied, not multiplied
  int64_t step_out = 0;  // rows that are multiples of this are copies
  int64_t ratio_in = 1;  // input sample (j / ratio_out) * ratio_in lies on output sample j
  int64_t ratio_out = 1;
  FoldKind kind = FoldKind::kHalves;  // else all are "pairs": of columns i, and of rows j, those
                                      // that stand for four
  int64_t pairs_in = 0;               // columns i in (0, n/2) that are multiplied
  int64_t singles_in = 0;             // of 0 and n/2, those that are multiplied
  int64_t pairs_out = 0;              // rows j in (0, m/2)
  int64_t singles_out = 0;            // of 0 and m/2

  // Sums of samples that meet the matrix, and its entries: of a pair of columns, and of one with a
  // pair of rows.
  constexpr int64_t sums_of_pair() const { return kind == FoldKind::kHalves ? 2 : 4; }
  constexpr int64_t entries_of_pair() const {
    return kind == FoldKind::kHalves ? 2 : kind == FoldKind::kQuarters ? 4 : 6;
  }
  constexpr int64_t sums_in() const { return sums_of_pair() * pairs_in + singles_in; }
  constexpr int64_t entries() const {
    return (entries_of_pair() * pairs_in + singles_in) * pairs_out +
           (pairs_in + singles_in) * singles_out;
  }
  // Rows that run side by side, of row_block with two sums each.
  constexpr int64_t rows_at_once(int64_t row_block) const {
    const int64_t rows = 2 * row_block / entries_of_pair();
    return rows < 1 ? 1 : rows;
  }
};

AxisFold FoldAxis(const AxisShape& axis);

// Rows of block `block` where `rows` of them are cut into the fewest blocks of at most `row_block`,
// as even as can be.
constexpr int64_t RowsOfBlock(int64_t rows, int64_t row_block, int64_t block) {
  const int64_t blocks = (rows + row_block - 1) / row_block;
  return rows / blocks + (block < rows % blocks ? 1 : 0);
}

// Writes a matrix folded into halves in the order in which a kernel reads it (AxisMatrix);
// value(row, column, &even, &odd) gives the entries of one place, singles behind pairs.
template <class S, class Value>
void FillFoldedEntries(const AxisFold& fold, int64_t row_block, S* entries, const Value& value) {
  const int64_t columns = fold.pairs_in + fold.singles_in;
  double even = 0;
  double odd = 0;
  int64_t first = 0;
  for (int64_t index = 0; first < fold.pairs_out; ++index) {
    const int64_t block = RowsOfBlock(fold.pairs_out, row_block, index);
    for (int64_t c = 0; c < columns; ++c) {
      const bool pair = c < fold.pairs_in;
      for (int64_t r = 0; r < block; ++r) {
        value(first + r, c, &even, &odd);
        entries[r] = static_cast<S>(even);
        if (pair) entries[block + r] = static_cast<S>(odd);
      }
      entries += pair ? 2 * block : block;
    }
    first += block;
  }
  for (int64_t c = 0; c < columns; ++c) {
    for (int64_t r = 0; r < fold.singles_out; ++r) {
      value(fold.pairs_out + r, c, &even, &odd);
      *entries++ = static_cast<S>(even);
    }
  }
}

// The folded matrix in the order in which a kernel reads it. Rows come in blocks (RowsOfBlock):
// for each column first the entries of Re, then those of Ro. Rows that are their own
// mirror (j = 0, j = m/2) come last and have no odd half.
template <class S>
struct AxisMatrix : BandAxisDefaults {
  AxisShape shape;
  AxisFold fold;
  int64_t row_block = 0;
  int64_t mirror_in = 0;             // n - i of input index i is at mirror_in minus where i is,
  int64_t half_in = 0;               // and i + n/2 at half_in plus that
  int64_t mirror_out = 0;            // the mirror of row j is mirror_out - j
  const int32_t* columns = nullptr;  // [pairs_in + singles_in] where input index i is
  const int32_t* rows = nullptr;     // [pairs_out + singles_out] output index j
  const int32_t* copies = nullptr;   // likewise: the input index that is copied to j, or -1
  // blocks of [pairs_in][2][rows in block], then [singles_in][rows in block]; then for the
  // single rows [pairs_in + singles_in][singles_out]; of the other folds blocks of
  // [pairs_in][entries_of_pair][rows in block]
  const S* entries = nullptr;

  static std::string Name(const AxisSpec& spec);
  static bool Fits(const AxisSpec& spec);
  static double Work(const AxisSpec& spec);
  static double BuildWork(const AxisSpec& spec);
  static int64_t Scratch(const AxisSpec& spec);
  static size_t Bytes(const AxisSpec& spec);
  static size_t TableBytes(const AxisSpec& spec);
  static AxisMatrix Build(const AxisSpec& spec,
                          const S* window,  // [bins] or null: ones
                          void* memory, void* table);
};

}  // namespace spectral_ops
