#include "cpu/wavelet/wavelet_rows.h"

#include <algorithm>

namespace spectral_ops {
namespace {

// Where samples of entry (o, 0 .. taps - 1) lie: stride o + low, and `span` samples on.
struct Reach {
  explicit Reach(const WaveletAxis& axis)
      : low(axis.first() + std::min<int64_t>(0, axis.step() * (axis.taps - 1))),
        span((axis.taps - 1) * axis.dilation()) {}

  int64_t low;
  int64_t span;
};

int64_t FloorDiv(int64_t a, int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

struct Interval {
  int64_t begin;
  int64_t end;
};

// The coefficients all of whose samples are within the signal.
Interval InteriorOfCoefficients(const WaveletAxis& axis) {
  const Reach reach(axis);
  const int64_t stride = axis.stride();
  const int64_t begin = std::min(axis.h, std::max<int64_t>(0, -FloorDiv(reach.low, stride)));
  const int64_t end = FloorDiv(axis.n - 1 - reach.span - reach.low, stride) + 1;
  return {begin, std::min(axis.h, std::max(begin, end))};
}

// The taps that meet sample i, t, t + stride, .. in a dilated filter: the first of them.
int64_t FirstTap(const WaveletAxis& axis, int64_t i) {
  return axis.stride() == 1 ? 0 : ((i - axis.first()) % 2 + 2) % 2;
}

// The coefficient whose tap t meets sample i.
int64_t CoefficientOf(const WaveletAxis& axis, int64_t i, int64_t t) {
  return FloorDiv(i - axis.first() - axis.step() * t, axis.stride());
}

// The samples that only coefficients of `inside` meet, and all of theirs do.
Interval InteriorOfSamples(const WaveletAxis& axis, const Interval& inside) {
  Interval found = {0, axis.n};
  const auto leave_out = [&](int64_t i) {
    if (2 * i < axis.n) {
      found.begin = std::max(found.begin, i + 1);
    } else {
      found.end = std::min(found.end, i);
    }
  };
  const auto mark = [&](int64_t o) {
    for (int64_t t = 0; t < axis.taps; ++t) {
      const int64_t p = axis.Sample(o, t);
      if (p < 0 || p >= axis.n) axis.ForEntries(o, t, [&](int64_t i, double) { leave_out(i); });
    }
  };
  for (int64_t o = 0; o < inside.begin; ++o) mark(o);
  for (int64_t o = inside.end; o < axis.h; ++o) mark(o);
  const auto is_complete = [&](int64_t i) {
    const int64_t first = FirstTap(axis, i);
    const int64_t last = axis.taps - axis.stride() + first;
    const int64_t a = CoefficientOf(axis, i, first);
    const int64_t b = CoefficientOf(axis, i, last);
    return std::min(a, b) >= 0 && std::max(a, b) < axis.h;
  };
  while (found.begin < found.end && !is_complete(found.begin)) ++found.begin;
  while (found.begin < found.end && !is_complete(found.end - 1)) --found.end;
  if (found.begin >= found.end) return {0, 0};
  return found;
}

// Lists of rows that grow in any order.
template <class S>
struct Lists {
  int64_t row_entries;
  int32_t* counts;
  int32_t* offsets;
  S* lo;
  S* hi;

  // Adds to what row `row` has at `offset`; searches from the end.
  void Add(int64_t row, int64_t offset, double low, double high) {
    const int64_t at = row * row_entries;
    int32_t& count = counts[row];
    int64_t k = count - 1;
    while (k >= 0 && offsets[at + k] != offset) --k;
    if (k < 0) {
      k = count++;
      offsets[at + k] = static_cast<int32_t>(offset);
      lo[at + k] = hi[at + k] = 0;
    }
    lo[at + k] += static_cast<S>(low);
    hi[at + k] += static_cast<S>(high);
  }
};

template <class S>
void ListCoefficients(const WaveletAxis& axis, const Interval& inside, const S* filters,
                      Lists<S>* lists) {
  for (int64_t o = 0; o < axis.h; ++o) {
    if (o == inside.begin) o = std::max(o, inside.end);
    if (o >= axis.h) break;
    const int64_t row = o < inside.begin ? o : o - (inside.end - inside.begin);
    for (int64_t t = 0; t < axis.taps; ++t) {
      const auto low = static_cast<double>(filters[t]);
      const auto high = static_cast<double>(filters[axis.taps + t]);
      axis.ForEntries(o, t, [&](int64_t i, double w) { lists->Add(row, i, w * low, w * high); });
    }
  }
}

template <class S>
void ListSamples(const WaveletAxis& axis, const Interval& samples, const S* filters,
                 Lists<S>* lists) {
  const Reach reach(axis);
  for (int64_t o = 0; o < axis.h; ++o) {
    const int64_t base = axis.stride() * o + reach.low;
    if (base >= samples.begin && base + reach.span < samples.end) continue;
    for (int64_t t = 0; t < axis.taps; ++t) {
      const auto low = static_cast<double>(filters[t]);
      const auto high = static_cast<double>(filters[axis.taps + t]);
      axis.ForEntries(o, t, [&](int64_t i, double w) {
        if (i >= samples.begin && i < samples.end) return;
        const int64_t row = i < samples.begin ? i : i - (samples.end - samples.begin);
        lists->Add(row, o, w * low, w * high);
      });
    }
  }
}

}  // namespace

template <class S>
WaveletRows<S> BuildWaveletRows(const WaveletAxis& axis, WaveletMap map, const S* filters,
                                Arena* memory) {
  const bool synthesis = map == WaveletMap::kSynthesis;
  Interval inside = InteriorOfCoefficients(axis);
  if (synthesis) inside = InteriorOfSamples(axis, inside);
  const int64_t taps = axis.taps;
  const int64_t inputs = synthesis ? axis.h : axis.n;
  // A short axis may meet anything; of a long one a row of an end meets besides its own taps
  // samples at the very end, or coefficients that overhang there.
  const int64_t own = synthesis ? taps + taps / 2 + 4 : taps + 4;
  WaveletRows<S> rows;
  rows.rows = synthesis ? axis.n : axis.h;
  rows.begin = inside.begin;
  rows.end = inside.end;
  rows.row_entries = axis.n < 4 * taps ? inputs : std::min(inputs, own);
  rows.phases = synthesis ? axis.stride() : 1;
  rows.advance = synthesis ? 1 : axis.stride();
  rows.spacing = axis.dilation();
  const int64_t each = taps / rows.phases;
  auto* pattern_offsets = memory->Take<int32_t>(taps);
  auto* pattern = memory->Take<S>(2 * taps);
  const int64_t edges = rows.rows - (inside.end - inside.begin);
  Lists<S> lists = {rows.row_entries, memory->Take<int32_t>(edges),
                    memory->Take<int32_t>(edges * rows.row_entries),
                    memory->Take<S>(edges * rows.row_entries),
                    memory->Take<S>(edges * rows.row_entries)};
  if (memory->counts()) return rows;
  rows.counts = lists.counts;
  rows.offsets = lists.offsets;
  rows.lo = lists.lo;
  rows.hi = lists.hi;
  std::fill_n(lists.counts, edges, 0);
  if (synthesis) {
    ListSamples(axis, inside, filters, &lists);
  } else {
    ListCoefficients(axis, inside, filters, &lists);
  }
  // Of each phase, in rising order of what it meets.
  for (int64_t q = 0; q < rows.phases; ++q) {
    int32_t* offsets = pattern_offsets + q * each;
    S* lo = pattern + 2 * q * each;
    S* hi = lo + each;
    const int64_t first = synthesis ? FirstTap(axis, q) : 0;
    const auto place = [&](int64_t t) {
      return synthesis ? CoefficientOf(axis, q, t) : axis.Sample(0, t);
    };
    const int64_t last = first + (each - 1) * rows.phases;
    const bool rises = place(last) >= place(first);
    rows.start[q] = place(rises ? first : last);
    for (int64_t k = 0; k < each; ++k) {
      const int64_t t = rises ? first + k * rows.phases : last - k * rows.phases;
      offsets[k] = static_cast<int32_t>(place(t) - rows.start[q]);
      lo[k] = filters[t];
      hi[k] = filters[taps + t];
    }
    rows.pattern[q] = {static_cast<int>(each), 0, offsets, lo, hi};
  }
  return rows;
}

template WaveletRows<float> BuildWaveletRows(const WaveletAxis&, WaveletMap, const float*, Arena*);
template WaveletRows<double> BuildWaveletRows(const WaveletAxis&, WaveletMap, const double*,
                                              Arena*);

}  // namespace spectral_ops
