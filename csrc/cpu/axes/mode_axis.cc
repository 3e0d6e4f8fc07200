#include "cpu/axes/mode_axis.h"

#include <algorithm>
#include <memory>
#include <type_traits>

#include "core/memory.h"
#include "core/roots.h"

namespace spectral_ops {
namespace {

template <class S>
constexpr size_t kHeadBytes = AlignUp(sizeof(ModeAxis<S>));

AxisFold FoldModes(const ModeAxisSpec& spec) {
  AxisFold samples;
  samples.pairs_in = samples.pairs_out = (spec.map.length - 1) / 2;
  samples.singles_in = samples.singles_out = spec.map.length % 2 == 0 ? 2 : 1;
  AxisFold fold = samples;
  if (spec.map.synthesis) {
    fold.pairs_in = spec.map.highest();
    fold.singles_in = 1;
  } else {
    fold.pairs_out = spec.map.highest();
    fold.singles_out = 1;
  }
  return fold;
}

// The sample or mode of a folded row or column: pairs count from 1, then come 0 and length/2.
int64_t Folded(int64_t index, int64_t pairs, int64_t length) {
  if (index < pairs) return index + 1;
  return index == pairs ? 0 : length / 2;
}

template <class S>
void FillEntries(const ModeAxisSpec& spec, const AxisFold& fold, const double* cosines,
                 const double* sines, S* entries) {
  const double sign = spec.map.half ? -1 : 1;
  const auto place = [&](int64_t row, int64_t column, double* even, double* odd) {
    const int64_t a = Folded(row, fold.pairs_out, spec.map.length);
    const int64_t b = Folded(column, fold.pairs_in, spec.map.length);
    const int64_t turn = a * b % spec.map.length;
    const int64_t f = spec.map.synthesis ? b : a;
    *even = spec.map.cosine_weight(f) * cosines[turn];
    *odd = sign * spec.map.sine_weight(f) * sines[turn];
  };
  FillFoldedEntries(fold, spec.row_block, entries, place);
}

}  // namespace

double ModeMatrixWork(const ModeAxisSpec& spec) {
  const AxisFold fold = FoldModes(spec);
  return static_cast<double>(2 * fold.entries() + 2 * spec.map.length + 2 * spec.map.modes());
}

double ModeFftWork(const ModeAxisSpec& spec) {
  return FftWork(spec.map.length, spec.map.length / 2) +
         static_cast<double>(2 * spec.map.length + 6 * spec.map.modes());
}

int64_t ModeAxisScratch(const ModeAxisSpec& spec) {
  if (spec.by_fft) return 4 * spec.map.length + FftScratch(spec.map.length);
  return 2 * FoldModes(spec).sums_in();
}

size_t ModeAxisBytes(const ModeAxisSpec& spec) {
  const size_t head = spec.type == DataType::kFloat64 ? kHeadBytes<double> : kHeadBytes<float>;
  const size_t element = ComputeSize(spec.type);
  if (!spec.by_fft) return head + AlignUp(static_cast<size_t>(FoldModes(spec).entries()) * element);
  return head + FftBytes(spec.map.length, spec.type) +
         AlignUp(static_cast<size_t>(2 * spec.map.modes()) * element);
}

size_t ModeAxisTableBytes(const ModeAxisSpec& spec) {
  if (spec.by_fft) return FftTableBytes(spec.map.length);
  return 2 * AlignUp(static_cast<size_t>(spec.map.length) * sizeof(double));
}

template <class S>
const ModeAxis<S>* BuildModeAxis(const ModeAxisSpec& spec, void* memory, void* table) {
  static_assert(std::is_trivially_destructible_v<ModeAxis<S>>, "nobody destroys it");
  auto* axis = static_cast<ModeAxis<S>*>(memory);
  std::uninitialized_value_construct_n(axis, 1);
  axis->spec = spec;
  axis->fold = FoldModes(spec);
  char* tables = static_cast<char*>(memory) + kHeadBytes<S>;
  if (spec.by_fft) {
    axis->fft = BuildFft<S>(spec.map.length, tables, table);
    auto* weights = reinterpret_cast<S*>(tables + FftBytes(spec.map.length, spec.type));
    axis->weights = weights;
    for (int64_t f = -spec.map.low; f <= spec.map.high; ++f) {
      const double g = spec.map.cosine_weight(f);
      const double h = spec.map.sine_weight(f);
      *weights++ = static_cast<S>(spec.map.half ? g : (g + h) / 2);
      *weights++ = static_cast<S>(spec.map.half ? h : (g - h) / 2);
    }
    return axis;
  }
  auto* cosines = static_cast<double*>(table);
  auto* sines =
      cosines + AlignUp(static_cast<size_t>(spec.map.length) * sizeof(double)) / sizeof(double);
  for (int64_t i = 0; i < spec.map.length; ++i) {
    const Root root = RootOfUnity(i, spec.map.length);
    cosines[i] = root.cosine;
    sines[i] = root.sine;
  }
  auto* entries = reinterpret_cast<S*>(tables);
  axis->entries = entries;
  FillEntries(spec, axis->fold, cosines, sines, entries);
  return axis;
}

template const ModeAxis<float>* BuildModeAxis<float>(const ModeAxisSpec&, void*, void*);
template const ModeAxis<double>* BuildModeAxis<double>(const ModeAxisSpec&, void*, void*);

}  // namespace spectral_ops
