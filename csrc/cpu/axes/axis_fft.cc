#include "cpu/axes/axis_fft.h"

#include <algorithm>
#include <cstdlib>

#include "core/memory.h"

namespace spectral_ops {
namespace {

bool HasPhases(const AxisFftShape& shape) { return shape.way != FftWay::kBand; }

size_t WeightElements(const AxisFftShape& shape) {
  if (!HasPhases(shape)) return static_cast<size_t>(shape.axis.bins());
  return static_cast<size_t>(2 * (shape.phases - shape.first_phase) * shape.axis.band());
}

size_t PositionBytes(const AxisShape& axis) {
  return AlignUp(static_cast<size_t>(2 * axis.bins()) * sizeof(int32_t));
}

void FillPositions(int64_t n, int64_t bins, int32_t* positions) {
  const FftOrder order(n);
  for (int64_t k = 0; k < bins; ++k) {
    *positions++ = static_cast<int32_t>(order(k));
    *positions++ = static_cast<int32_t>(order(k == 0 ? 0 : n - k));
  }
}

// Turns bin k of phase p by exp(sign 2 pi i p k / long length); the Nyquist bin of an even band is
// the mean of the turns of k and -k.
template <class S>
void FillPhaseWeights(const AxisFftShape& shape, double scale, const S* window, S* weights) {
  const int64_t b = shape.axis.band();
  const int64_t longer = b * shape.phases;
  const double sign = shape.way == FftWay::kPhasesIn ? -1 : 1;
  const FftOrder order(b);
  for (int64_t p = shape.first_phase; p < shape.phases; ++p) {
    for (int64_t k = 0; k < b; ++k) {
      S* turned = weights + 2 * order(k);
      const int64_t frequency = 2 * k > b ? k - b : k;
      const double weight =
          window == nullptr ? scale : scale * static_cast<double>(window[std::abs(frequency)]);
      const Root turn = RootOfUnity(p * frequency, longer);
      turned[0] = static_cast<S>(weight * turn.cosine);
      turned[1] = static_cast<S>(2 * k == b ? 0 : weight * sign * turn.sine);
    }
    weights += 2 * b;
  }
}

}  // namespace

AxisFftShape FftShapeOfAxis(const AxisShape& axis) {
  AxisFftShape shape;
  shape.axis = axis;
  if (axis.n % axis.m == 0) {
    shape.way = FftWay::kPhasesIn;
    shape.phases = axis.n / axis.m;
  } else if (axis.m % axis.n == 0) {
    shape.way = FftWay::kPhasesOut;
    shape.phases = axis.m / axis.n;
  }
  if (HasPhases(shape) && !axis.windowed) shape.first_phase = 1;
  return shape;
}

double AxisFftWork(const AxisShape& axis) {
  const AxisFftShape shape = FftShapeOfAxis(axis);
  const auto band = static_cast<double>(axis.band());
  if (!HasPhases(shape)) {
    return FftWork(axis.n, axis.band() / 2) + FftWork(axis.m, axis.band() / 2) + 8 * band;
  }
  const auto turned = static_cast<double>(shape.phases - shape.first_phase);
  return (1 + turned) * FftWork(axis.band(), axis.band() / 2) + (6 * turned + 2) * band;
}

int64_t AxisFftScratch(const AxisShape& axis) {
  const AxisFftShape shape = FftShapeOfAxis(axis);
  const int64_t length = HasPhases(shape) ? axis.band() : std::max(axis.n, axis.m);
  const int64_t rest =
      HasPhases(shape) ? FftScratch(axis.band()) : std::max(FftScratch(axis.n), FftScratch(axis.m));
  return 4 * length + rest;
}

size_t AxisFftBytes(const AxisShape& axis, DataType type) {
  const AxisFftShape shape = FftShapeOfAxis(axis);
  const size_t weights = AlignUp(WeightElements(shape) * ComputeSize(type));
  if (HasPhases(shape)) return FftBytes(axis.band(), type) + weights;
  return FftBytes(axis.n, type) + FftBytes(axis.m, type) + weights + 2 * PositionBytes(axis);
}

size_t AxisFftTableBytes(const AxisShape& axis) {
  if (HasPhases(FftShapeOfAxis(axis))) return FftTableBytes(axis.band());
  return std::max(FftTableBytes(axis.n), FftTableBytes(axis.m));
}

template <class S>
AxisFft<S> BuildAxisFft(const AxisShape& axis, Norm norm, const S* window, void* memory,
                        void* table) {
  constexpr DataType kType = sizeof(S) == 8 ? DataType::kFloat64 : DataType::kFloat32;
  AxisFft<S> fft;
  fft.shape = FftShapeOfAxis(axis);
  const double scale = AxisScale(axis, norm);
  fft.copy_weight = scale * static_cast<double>(axis.band());
  auto* place = static_cast<char*>(memory);
  if (HasPhases(fft.shape)) {
    fft.forward = BuildFft<S>(axis.band(), place, table);
    fft.backward = fft.forward;
    place += FftBytes(axis.band(), kType);
  } else {
    fft.forward = BuildFft<S>(axis.n, place, table);
    place += FftBytes(axis.n, kType);
    fft.backward = BuildFft<S>(axis.m, place, table);
    place += FftBytes(axis.m, kType);
  }
  auto* weights = reinterpret_cast<S*>(place);
  fft.weights = weights;
  if (HasPhases(fft.shape)) {
    FillPhaseWeights(fft.shape, scale, window, weights);
    return fft;
  }
  auto* from =
      reinterpret_cast<int32_t*>(place + AlignUp(WeightElements(fft.shape) * ComputeSize(kType)));
  auto* to = from + PositionBytes(axis) / sizeof(int32_t);
  FillPositions(axis.n, axis.bins(), from);
  FillPositions(axis.m, axis.bins(), to);
  fft.from = from;
  fft.to = to;
  for (int64_t k = 0; k < axis.bins(); ++k) {
    // Both bins of a Nyquist frequency end in, or come from, one: each counts half.
    const double half = k == 0 ? 1.0 : static_cast<double>(BinMultiplicity(k, axis.band())) / 2;
    const double weight = window == nullptr ? 1.0 : static_cast<double>(window[k]);
    weights[k] = static_cast<S>(scale * half * weight);
  }
  return fft;
}

template AxisFft<float> BuildAxisFft<float>(const AxisShape&, Norm, const float*, void*, void*);
template AxisFft<double> BuildAxisFft<double>(const AxisShape&, Norm, const double*, void*, void*);

}  // namespace spectral_ops
