#include "cpu/axes/axis_matrix.h"

#include <numeric>

#include "core/memory.h"

namespace spectral_ops {
namespace {

bool IsCopied(int64_t index, int64_t step) { return step != 0 && index % step == 0; }

// Counts of the indices that are neither left out nor, for pairs, their own mirror.
void CountHalf(int64_t length, int64_t step, int64_t* pairs, int64_t* singles) {
  const int64_t last_pair = (length - 1) / 2;
  *pairs = last_pair - (step != 0 ? last_pair / step : 0);
  *singles = IsCopied(0, step) ? 0 : 1;
  if (length % 2 == 0 && !IsCopied(length / 2, step)) ++*singles;
}

// Lists the pairs in rising order, then the singles.
void ListHalf(int64_t length, int64_t step, int32_t* indices) {
  for (int64_t i = 1; i <= (length - 1) / 2; ++i) {
    if (!IsCopied(i, step)) *indices++ = static_cast<int32_t>(i);
  }
  if (!IsCopied(0, step)) *indices++ = 0;
  if (length % 2 == 0 && !IsCopied(length / 2, step)) *indices++ = static_cast<int32_t>(length / 2);
}

void CountQuarter(int64_t length, int64_t step, int64_t* pairs) {
  const int64_t last = length / 4;
  *pairs = last + 1 - (step != 0 ? last / step + 1 : 0);
}

void ListQuarter(int64_t length, int64_t step, int32_t* indices) {
  for (int64_t i = 0; i <= length / 4; ++i) {
    if (!IsCopied(i, step)) *indices++ = static_cast<int32_t>(i);
  }
}

// table[s] for s in [0, l/2]: the kernel at t = s/l; it is even and has period l.
void FillKernel(const AxisShape& axis, double scale, int64_t l, double* table) {
  for (int64_t s = 0; s <= l / 2; ++s) table[s] = scale * BandKernel(axis.band(), s, l);
}

// The same with a window, all cosines read from one table of l/2 + 1 of them.
template <class S>
void FillWindowedKernel(const AxisShape& axis, double scale, int64_t l, const S* window,
                        double* table, double* cosines) {
  for (int64_t s = 0; s <= l / 2; ++s) cosines[s] = RootOfUnity(s, l).cosine;
  const auto cosine = [&](int64_t phase) {
    return cosines[phase <= l - phase ? phase : l - phase];
  };
  for (int64_t s = 0; s <= l / 2; ++s) {
    table[s] = scale * WindowedKernel(axis.band(), s, l, window, cosine);
  }
}

// Takes the matrix's arrays from `memory` and lists rows and columns; returns where entries go, and
// where columns stand.
template <class S>
S* PlaceMatrix(const AxisSpec& spec, Arena* memory, AxisMatrix<S>* matrix, int32_t** columns) {
  const AxisFold fold = FoldAxis(spec.shape);
  matrix->shape = spec.shape;
  matrix->fold = fold;
  matrix->row_block = spec.row_block;
  const int64_t row_count = fold.pairs_out + fold.singles_out;
  *columns = memory->Take<int32_t>(fold.pairs_in + fold.singles_in);
  auto* rows = memory->Take<int32_t>(row_count);
  auto* copies = memory->Take<int32_t>(row_count);
  auto* entries = memory->Take<S>(fold.entries());
  if (memory->counts()) return entries;
  const auto list = fold.quarters ? ListQuarter : ListHalf;
  list(spec.shape.n, fold.step_in, *columns);
  list(spec.shape.m, fold.step_out, rows);
  for (int64_t r = 0; r < row_count; ++r) {
    const bool copied = fold.step_in != 0 && !spec.without_copies && rows[r] % fold.ratio_out == 0;
    copies[r] = copied ? static_cast<int32_t>(rows[r] / fold.ratio_out * fold.ratio_in) : -1;
  }
  matrix->columns = *columns;
  matrix->rows = rows;
  matrix->copies = copies;
  matrix->entries = entries;
  return entries;
}

// Writes the quarters; value(j, i) gives the entry of the whole matrix.
template <class S, class Value>
void FillQuarters(const AxisMatrix<S>& matrix, S* entries, const Value& value) {
  const AxisFold& fold = matrix.fold;
  const int64_t n = matrix.shape.n;
  int64_t first = 0;
  for (int64_t index = 0; first < fold.pairs_out; ++index) {
    const int64_t block = RowsOfBlock(fold.pairs_out, QuarterBlock(matrix.row_block), index);
    for (int64_t column = 0; column < fold.pairs_in; ++column) {
      const int64_t i = matrix.columns[column];
      const double weight = i == 0 || 4 * i == n ? 0.125 : 0.25;
      for (int64_t r = 0; r < block; ++r) {
        const int64_t j = matrix.rows[first + r];
        const double a = weight * value(j, i);
        const double b = weight * value(j, n / 2 - i);
        const double c = weight * value(j, n / 2 + i);
        const double d = weight * value(j, i == 0 ? 0 : n - i);
        entries[r] = static_cast<S>((a + c) + (b + d));
        entries[block + r] = static_cast<S>((a + c) - (b + d));
        entries[2 * block + r] = static_cast<S>((a - c) + (b - d));
        entries[3 * block + r] = static_cast<S>((a - c) - (b - d));
      }
      entries += 4 * block;
    }
    first += block;
  }
}

}  // namespace

AxisFold FoldAxis(const AxisShape& axis) {
  AxisFold fold;
  const int64_t gcd = std::gcd(axis.n, axis.m);
  fold.ratio_in = axis.n / gcd;
  fold.ratio_out = axis.m / gcd;
  if (!axis.windowed && axis.n > axis.m) fold.step_in = fold.ratio_in;
  if (!axis.windowed && axis.n < axis.m) fold.step_out = fold.ratio_out;
  fold.quarters = axis.n % 2 == 0 && axis.m % 2 == 0;
  if (fold.quarters) {
    CountQuarter(axis.n, fold.step_in, &fold.pairs_in);
    CountQuarter(axis.m, fold.step_out, &fold.pairs_out);
  } else {
    CountHalf(axis.n, fold.step_in, &fold.pairs_in, &fold.singles_in);
    CountHalf(axis.m, fold.step_out, &fold.pairs_out, &fold.singles_out);
  }
  return fold;
}

template <class S>
std::string AxisMatrix<S>::Name(const AxisSpec& spec) {
  const AxisFold fold = FoldAxis(spec.shape);
  std::string name = fold.quarters ? "matrix of quarters" : "matrix of halves";
  if (fold.step_in != 0) name += spec.without_copies ? ", copies left out" : ", copies in";
  if (fold.step_out != 0) name += ", copies out";
  return name;
}

template <class S>
bool AxisMatrix<S>::Fits(const AxisSpec& spec) {
  return spec.shape.n <= kMostMatrixEntries / spec.shape.m;
}

template <class S>
double AxisMatrix<S>::BuildWork(const AxisSpec& spec) {
  const AxisShape& axis = spec.shape;
  if (!axis.windowed) return 0;
  // The table that each call fills, in multiply-adds of vectors (docs/performance.md).
  const int64_t table = std::lcm(axis.n, axis.m) / 2 + 1;
  return static_cast<double>(table) * static_cast<double>(axis.bins()) / 4;
}

template <class S>
double AxisMatrix<S>::Work(const AxisSpec& spec) {
  const AxisShape& axis = spec.shape;
  const AxisFold fold = FoldAxis(axis);
  if (fold.quarters) {
    return static_cast<double>(fold.sums_in() * fold.pairs_out + 2 * (axis.n + axis.m));
  }
  return static_cast<double>(fold.sums_in() * (fold.pairs_out + 1) + axis.n + axis.m);
}

template <class S>
int64_t AxisMatrix<S>::Scratch(const AxisSpec& spec) {
  return kVectors * FoldAxis(spec.shape).sums_in();
}

template <class S>
size_t AxisMatrix<S>::Bytes(const AxisSpec& spec) {
  Arena memory;
  AxisMatrix matrix;
  int32_t* columns = nullptr;
  PlaceMatrix(spec, &memory, &matrix, &columns);
  return memory.bytes();
}

template <class S>
size_t AxisMatrix<S>::TableBytes(const AxisSpec& spec) {
  const AxisShape& axis = spec.shape;
  const auto half = static_cast<size_t>(std::lcm(axis.n, axis.m) / 2 + 1);
  return (axis.windowed ? 2 : 1) * AlignUp(half * sizeof(double));
}

template <class S>
AxisMatrix<S> AxisMatrix<S>::Build(const AxisSpec& spec, const S* window, void* memory,
                                   void* table) {
  const AxisShape& axis = spec.shape;
  Arena arena(memory);
  AxisMatrix matrix;
  int32_t* columns = nullptr;
  S* entries = PlaceMatrix(spec, &arena, &matrix, &columns);

  const double scale = AxisScale(axis, spec.norm);
  const int64_t l = std::lcm(axis.n, axis.m);
  auto* kernel = static_cast<double*>(table);
  if (axis.windowed) {
    FillWindowedKernel(axis, scale, l, window, kernel, kernel + l / 2 + 1);
  } else {
    FillKernel(axis, scale, l, kernel);
    matrix.copy_weight = kernel[0];
  }
  const auto at = [kernel, l](int64_t s) { return kernel[s <= l - s ? s : l - s]; };
  const AxisFold& fold = matrix.fold;
  const auto value = [&](int64_t j, int64_t i) {
    const int64_t s = j * fold.ratio_in - i * fold.ratio_out;  // both below l
    return at(s < 0 ? s + l : s);
  };
  if (fold.quarters) {
    FillQuarters(matrix, entries, value);
  } else {
    const auto both = [&](int64_t r, int64_t c, double* even, double* odd) {
      const int64_t i = matrix.columns[c];
      const double minus = value(matrix.rows[r], i);
      const double plus = value(matrix.rows[r], i == 0 ? 0 : axis.n - i);
      *even = (minus + plus) / 2;
      *odd = (minus - plus) / 2;
    };
    FillFoldedEntries(fold, spec.row_block, entries, both);
  }
  matrix.mirror_in = axis.n;
  matrix.half_in = axis.n / 2;
  if (spec.without_copies) {
    matrix.mirror_in = axis.n - axis.m - 1;
    matrix.half_in = (axis.n - axis.m) / 2;
    for (int64_t c = 0; c < fold.pairs_in + fold.singles_in; ++c) {
      columns[c] -= static_cast<int32_t>(columns[c] / fold.step_in + 1);
    }
  }
  return matrix;
}

template struct AxisMatrix<float>;
template struct AxisMatrix<double>;

}  // namespace spectral_ops
