#include "core/mode_axis.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <type_traits>

#include "core/memory.h"

namespace spectral_ops {
namespace {

constexpr double kPi = 3.14159265358979323846264338327950288;

template <class S>
constexpr size_t kHeadBytes = AlignUp(sizeof(ModeAxis<S>));

AxisFold FoldModes(const ModeAxisSpec& spec) {
  AxisFold samples;
  samples.pairs_in = samples.pairs_out = (spec.length - 1) / 2;
  samples.singles_in = samples.singles_out = spec.length % 2 == 0 ? 2 : 1;
  AxisFold fold = samples;
  if (spec.synthesis) {
    fold.pairs_in = spec.highest();
    fold.singles_in = 1;
  } else {
    fold.pairs_out = spec.highest();
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
  const double sign = spec.half ? -1 : 1;
  const auto place = [&](int64_t row, int64_t column, double* even, double* odd) {
    const int64_t a = Folded(row, fold.pairs_out, spec.length);
    const int64_t b = Folded(column, fold.pairs_in, spec.length);
    const int64_t turn = a * b % spec.length;
    const int64_t f = spec.synthesis ? b : a;
    *even = spec.cosine_weight(f) * cosines[turn];
    *odd = sign * spec.sine_weight(f) * sines[turn];
  };
  FillFoldedEntries(fold, spec.row_block, entries, place);
}

}  // namespace

bool ModeAxisSpec::operator==(const ModeAxisSpec& other) const {
  return length == other.length && low == other.low && high == other.high && half == other.half &&
         synthesis == other.synthesis && doubled == other.doubled && nyquist == other.nyquist &&
         halved == other.halved && type == other.type && by_fft == other.by_fft &&
         row_block == other.row_block;
}

double ModeMatrixWork(const ModeAxisSpec& spec) {
  const AxisFold fold = FoldModes(spec);
  return static_cast<double>(2 * fold.entries() + 2 * spec.length + 2 * spec.modes());
}

double ModeFftWork(const ModeAxisSpec& spec) {
  return FftWork(spec.length, spec.length / 2) +
         static_cast<double>(2 * spec.length + 6 * spec.modes());
}

int64_t ModeAxisScratch(const ModeAxisSpec& spec) {
  if (spec.by_fft) return 4 * spec.length + FftScratch(spec.length);
  return 2 * FoldModes(spec).sums_in();
}

size_t ModeAxisBytes(const ModeAxisSpec& spec) {
  const size_t head = spec.type == DataType::kFloat64 ? kHeadBytes<double> : kHeadBytes<float>;
  const size_t element = ComputeSize(spec.type);
  if (!spec.by_fft) return head + AlignUp(static_cast<size_t>(FoldModes(spec).entries()) * element);
  return head + FftBytes(spec.length, spec.type) +
         AlignUp(static_cast<size_t>(2 * spec.modes()) * element);
}

size_t ModeAxisTableBytes(const ModeAxisSpec& spec) {
  if (spec.by_fft) return FftTableBytes(spec.length);
  return 2 * AlignUp(static_cast<size_t>(spec.length) * sizeof(double));
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
    axis->fft = BuildFft<S>(spec.length, tables, table);
    auto* weights = reinterpret_cast<S*>(tables + FftBytes(spec.length, spec.type));
    axis->weights = weights;
    for (int64_t f = -spec.low; f <= spec.high; ++f) {
      const double g = spec.cosine_weight(f);
      const double h = spec.sine_weight(f);
      *weights++ = static_cast<S>(spec.half ? g : (g + h) / 2);
      *weights++ = static_cast<S>(spec.half ? h : (g - h) / 2);
    }
    return axis;
  }
  auto* cosines = static_cast<double*>(table);
  auto* sines =
      cosines + AlignUp(static_cast<size_t>(spec.length) * sizeof(double)) / sizeof(double);
  for (int64_t i = 0; i < spec.length; ++i) {
    const double angle = 2 * kPi * static_cast<double>(i) / static_cast<double>(spec.length);
    cosines[i] = std::cos(angle);
    sines[i] = 2 * i == spec.length ? 0 : std::sin(angle);
  }
  auto* entries = reinterpret_cast<S*>(tables);
  axis->entries = entries;
  FillEntries(spec, axis->fold, cosines, sines, entries);
  return axis;
}

template const ModeAxis<float>* BuildModeAxis<float>(const ModeAxisSpec&, void*, void*);
template const ModeAxis<double>* BuildModeAxis<double>(const ModeAxisSpec&, void*, void*);

}  // namespace spectral_ops
