#include "cpu/axes/axis_matrix.h"

#include <numeric>

#include "core/memory.h"

namespace spectral_ops {
namespace {

// The table of the kernel that every entry is read from: all that an even kernel has at s of the
// entries, which are all odd or all even unless the axis is periodic.
struct KernelTable {
  explicit KernelTable(const AxisShape& axis) {
    const int64_t gcd = std::gcd(axis.n, axis.m);
    period = axis.period(axis.n / gcd * axis.m);
    if (axis.rule == AxisRule::kPeriodic) return;
    step = 2;
    first = (axis.n / gcd + axis.m / gcd) % 2;
  }

  int64_t count() const { return (period / 2 - first) / step + 1; }
  int64_t place(int64_t index) const { return first + step * index; }
  int64_t index(int64_t s) const { return WithinHalf(s, period) / step; }

  int64_t period = 1;
  int64_t first = 0;
  int64_t step = 1;
};

bool IsCopied(int64_t index, int64_t step) { return step != 0 && index % step == 0; }

// Counts of the indices that are neither left out nor, for pairs, their own mirror.
void CountHalf(AxisRule rule, int64_t length, int64_t step, int64_t* pairs, int64_t* singles) {
  if (rule != AxisRule::kPeriodic) {
    *pairs = length / 2;
    *singles = length % 2;
    return;
  }
  const int64_t last_pair = (length - 1) / 2;
  *pairs = last_pair - (step != 0 ? last_pair / step : 0);
  *singles = IsCopied(0, step) ? 0 : 1;
  if (length % 2 == 0 && !IsCopied(length / 2, step)) ++*singles;
}

// Lists the pairs in rising order, then the singles.
void ListHalf(AxisRule rule, int64_t length, int64_t step, int32_t* indices) {
  if (rule != AxisRule::kPeriodic) {
    std::iota(indices, indices + (length + 1) / 2, 0);
    return;
  }
  for (int64_t i = 1; i <= (length - 1) / 2; ++i) {
    if (!IsCopied(i, step)) *indices++ = static_cast<int32_t>(i);
  }
  if (!IsCopied(0, step)) *indices++ = 0;
  if (length % 2 == 0 && !IsCopied(length / 2, step)) *indices++ = static_cast<int32_t>(length / 2);
}

// The last of the first quarter: n/4, or of an axis whose mirror is n - 1 - i the middle of a half.
int64_t LastOfQuarter(AxisRule rule, int64_t length) {
  return rule == AxisRule::kPeriodic ? length / 4 : (length / 2 - 1) / 2;
}

void CountQuarter(AxisRule rule, int64_t length, int64_t step, int64_t* pairs) {
  const int64_t last = LastOfQuarter(rule, length);
  *pairs = last + 1 - (step != 0 ? last / step + 1 : 0);
}

void ListQuarter(AxisRule rule, int64_t length, int64_t step, int32_t* indices) {
  for (int64_t i = 0; i <= LastOfQuarter(rule, length); ++i) {
    if (!IsCopied(i, step)) *indices++ = static_cast<int32_t>(i);
  }
}

void FillKernel(const AxisShape& axis, double scale, double* table) {
  const KernelTable places(axis);
  for (int64_t index = 0; index < places.count(); ++index) {
    table[index] = scale * BandKernel(axis.kernel_band(), places.place(index), places.period);
  }
}

// The same with a window, all cosines read from one table of half a period.
template <class S>
void FillWindowedKernel(const AxisShape& axis, double scale, const S* window, double* table,
                        double* cosines) {
  const KernelTable places(axis);
  const int64_t l = places.period;
  for (int64_t s = 0; s <= l / 2; ++s) cosines[s] = RootOfUnity(s, l).cosine;
  const auto cosine = [&](int64_t phase) {
    return cosines[phase <= l - phase ? phase : l - phase];
  };
  for (int64_t index = 0; index < places.count(); ++index) {
    table[index] =
        scale * WindowedKernel(axis.kernel_band(), places.place(index), l, window, cosine);
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
  const auto list = fold.kind == FoldKind::kHalves ? ListHalf : ListQuarter;
  list(spec.shape.rule, spec.shape.n, fold.step_in, *columns);
  list(spec.shape.rule, spec.shape.m, fold.step_out, rows);
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

// Writes what stands for four columns and four rows; value(j, i) gives the entry of the whole
// matrix.
template <class S, class Value>
void FillQuarters(const AxisMatrix<S>& matrix, S* entries, const Value& value) {
  const AxisFold& fold = matrix.fold;
  const AxisShape& axis = matrix.shape;
  const int64_t half = axis.n / 2;
  int64_t first = 0;
  for (int64_t index = 0; first < fold.pairs_out; ++index) {
    const int64_t block = RowsOfBlock(fold.pairs_out, fold.rows_at_once(matrix.row_block), index);
    for (int64_t column = 0; column < fold.pairs_in; ++column) {
      const int64_t i = matrix.columns[column];
      const int64_t d_place = axis.mirror(i, axis.n);
      const int64_t b_place = axis.rule == AxisRule::kPeriodic ? half - i : half - 1 - i;
      const double weight = d_place == i || b_place == i ? 0.125 : 0.25;
      for (int64_t r = 0; r < block; ++r) {
        const auto put = [&](int64_t part, double entry) {
          entries[part * block + r] = static_cast<S>(entry);
        };
        const int64_t j = matrix.rows[first + r];
        const double a = weight * value(j, i);
        const double b = weight * value(j, b_place);
        const double c = weight * value(j, half + i);
        const double d = weight * value(j, d_place);
        if (fold.kind == FoldKind::kQuarters) {
          put(0, (a + c) + (b + d));
          put(1, (a + c) - (b + d));
          put(2, (a - c) + (b - d));
          put(3, (a - c) - (b - d));
          continue;
        }
        const int64_t other = axis.m / 2 - 1 - j;
        const auto odd = [&](int64_t from, int64_t mirror) {
          return 2 * weight * (value(other, from) - value(other, mirror));
        };
        put(0, (a + d) + (b + c));
        put(1, (a + d) - (b + c));
        put(2, 2 * (a - d));
        put(3, 2 * (b - c));
        put(4, odd(i, d_place));
        put(5, odd(b_place, half + i));
      }
      entries += fold.entries_of_pair() * block;
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
  const bool copies = axis.rule == AxisRule::kPeriodic && !axis.windowed;
  if (copies && axis.n > axis.m) fold.step_in = fold.ratio_in;
  if (copies && axis.n < axis.m) fold.step_out = fold.ratio_out;
  if (axis.n % 2 == 0 && axis.m % 2 == 0) {
    fold.kind = axis.rule == AxisRule::kSymmetric ? FoldKind::kEvenQuarters : FoldKind::kQuarters;
    CountQuarter(axis.rule, axis.n, fold.step_in, &fold.pairs_in);
    CountQuarter(axis.rule, axis.m, fold.step_out, &fold.pairs_out);
  } else {
    CountHalf(axis.rule, axis.n, fold.step_in, &fold.pairs_in, &fold.singles_in);
    CountHalf(axis.rule, axis.m, fold.step_out, &fold.pairs_out, &fold.singles_out);
  }
  return fold;
}

template <class S>
std::string AxisMatrix<S>::Name(const AxisSpec& spec) {
  const AxisFold fold = FoldAxis(spec.shape);
  std::string name = fold.kind == FoldKind::kHalves     ? "matrix of halves"
                     : fold.kind == FoldKind::kQuarters ? "matrix of quarters"
                                                        : "matrix of even quarters";
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
  return static_cast<double>(KernelTable(axis).count()) * static_cast<double>(axis.bins()) / 4;
}

template <class S>
double AxisMatrix<S>::Work(const AxisSpec& spec) {
  const AxisShape& axis = spec.shape;
  const AxisFold fold = FoldAxis(axis);
  if (fold.kind != FoldKind::kHalves) {
    return static_cast<double>(fold.entries() + 2 * (axis.n + axis.m));
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
  const KernelTable places(spec.shape);
  const int64_t cosines = spec.shape.windowed ? places.period / 2 + 1 : 0;
  return AlignUp(static_cast<size_t>(places.count() + cosines) * sizeof(double));
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
  const KernelTable places(axis);
  auto* kernel = static_cast<double*>(table);
  if (axis.windowed) {
    FillWindowedKernel(axis, scale, window, kernel, kernel + places.count());
  } else {
    FillKernel(axis, scale, kernel);
    matrix.copy_weight = kernel[0];
  }
  const AxisFold& fold = matrix.fold;
  const auto at = [&](int64_t s) { return kernel[places.index(s)]; };
  const auto value = [&](int64_t j, int64_t i) {
    return EntryOf(axis, fold.ratio_in, fold.ratio_out, j, i, at);
  };
  if (fold.kind != FoldKind::kHalves) {
    FillQuarters(matrix, entries, value);
  } else {
    const auto both = [&](int64_t r, int64_t c, double* even, double* odd) {
      const int64_t i = matrix.columns[c];
      const double minus = value(matrix.rows[r], i);
      const double plus = value(matrix.rows[r], axis.mirror(i, axis.n));
      *even = (minus + plus) / 2;
      *odd = (minus - plus) / 2;
    };
    FillFoldedEntries(fold, spec.row_block, entries, both);
  }
  const int64_t below = axis.rule == AxisRule::kPeriodic ? 0 : 1;
  matrix.mirror_in = axis.n - below;
  matrix.half_in = axis.n / 2;
  matrix.mirror_out = axis.m - below;
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
