#include "cpu/fft/grid.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "core/integers.h"
#include "cpu/fft/real_fft.h"

namespace spectral_ops {
namespace {

// The time of an operation of its transform, and of a multiply-add of its sums, over that of an
// operation of a packed transform whose last pass makes the bins: by 150 axes of 28 to 1920 samples
// on Zen 4, in cache (docs/experiments.md).
constexpr double kTransformTime = 0.8;
constexpr double kToGridTime = 1.55;
constexpr double kFromGridTime = 1.75;

// The tables of longer signals do not fit the cache of axes (cpu/axes/axis_cache.h).
int64_t MostSamples(DataType type) { return int64_t{1} << (type == DataType::kFloat64 ? 18 : 19); }
// A sum of more would round more than a transform does.
constexpr int64_t kMostTerms = 256;

// Points of a grid for each frequency, and points that the kernel is wide. What is left out is then
// below half a unit in the last place. Phi(0) / Phi, by which rounding between the transform and
// the samples grows, has a root mean square of 3.5 at most for float32 and 3.9 for float64.
struct GridLimits {
  double least;
  double most;
};
GridLimits LimitsOf(DataType type) {
  return type == DataType::kFloat64 ? GridLimits{2, 3} : GridLimits{1.6, 2.4};
}
int64_t WidthOf(double oversampling, DataType type) {
  if (type == DataType::kFloat64) return 18;
  return oversampling < 1.65 ? 10 : oversampling < 2.1 ? 9 : 8;
}

template <class W>
constexpr W kPi = static_cast<W>(3.14159265358979323846264338327950288L);

template <class W>
W Beta(const GridSide& side, const GridShape& shape) {
  // A little below the value with which the first image would begin where the kernel's main lobe
  // ends; there it has the least error.
  const W share = static_cast<W>(side.highest) / static_cast<W>(shape.length);
  return static_cast<W>(0.98) * kPi<W> * static_cast<W>(shape.width) * (1 - share);
}

// I0(beta sqrt(a)), 0 <= a <= 1, by its series.
template <class W>
class BesselSeries {
 public:
  explicit BesselSeries(W beta) {
    const W quarter = beta * beta / 4;
    W sum = coefficient_[0] = 1;
    while (count_ < kMost && coefficient_[count_ - 1] > kLeast * sum) {
      const auto k = static_cast<W>(count_);
      coefficient_[count_] = coefficient_[count_ - 1] * quarter / (k * k);
      sum += coefficient_[count_++];
    }
  }
  W At(W a) const {
    W sum = 0;
    for (int i = count_ - 1; i >= 0; --i) sum = sum * a + coefficient_[i];
    return sum;
  }

 private:
  static constexpr int kMost = 128;
  // Tables of float are computed in double.
  static constexpr W kLeast =
      std::is_same_v<W, double> ? static_cast<W>(1e-11) : std::numeric_limits<W>::epsilon() / 4;
  W coefficient_[kMost] = {};
  int count_ = 1;
};

int64_t Inputs(const GridSide& side, const GridShape& shape) {
  return side.to_grid ? side.n : shape.length;
}
int64_t Outputs(const GridSide& side, const GridShape& shape) {
  return side.to_grid ? shape.length : side.n;
}
// Inputs within the reach of two outputs side by side. What may stand at the very end of the kernel
// is left out.
int64_t Terms(const GridSide& side, const GridShape& shape) {
  return side.to_grid ? CeilDiv((shape.width + 1) * side.n, shape.length)
                      : shape.width + CeilDiv(shape.length, side.n);
}

}  // namespace

GridShape ShapeOfGrid(const GridSide& side, DataType type) {
  const auto frequencies = static_cast<double>(2 * side.highest + 1);
  const GridLimits limits = LimitsOf(type);
  GridShape best;
  if (side.n > MostSamples(type)) return best;
  double least = 0;
  for (const int64_t odd : {1, 3, 5, 7, 9, 15, 21, 25, 27, 35, 45, 49, 63, 75, 81}) {
    int64_t length = 8 * odd;
    while (static_cast<double>(length) < limits.least * frequencies) length *= 2;
    const double oversampling = static_cast<double>(length) / frequencies;
    if (oversampling > limits.most) continue;
    const GridShape shape = {length, WidthOf(oversampling, type)};
    if (Terms(side, shape) > std::min(Inputs(side, shape), kMostTerms)) continue;
    const double time = GridTime(side, shape);
    if (best.exists() && time >= least) continue;
    best = shape;
    least = time;
  }
  return best;
}

double GridTime(const GridSide& side, const GridShape& shape) {
  const auto sums = static_cast<double>(Outputs(side, shape) * Terms(side, shape));
  const double transform =
      RealFftWork(shape.length, side.highest) + static_cast<double>(shape.length);
  return kTransformTime * transform + (side.to_grid ? kToGridTime : kFromGridTime) * sums;
}

template <class S>
GridFactors<S>::GridFactors(const GridSide& side, const GridShape& shape) {
  if (!shape.exists()) return;
  using W = WiderThan<S>;
  beta_ = Beta<W>(side, shape);
  phase_ = kPi<W> * static_cast<W>(shape.width) / static_cast<W>(shape.length);
  scale_ = BesselSeries<W>(beta_).At(1) / static_cast<W>(shape.width);
}

template <class S>
double GridFactors<S>::At(int64_t k) const {
  if (scale_ == 0) return 1;
  // Within the main lobe, the phase is less than beta.
  const auto phase = phase_ * static_cast<WiderThan<S>>(k);
  const auto root = std::sqrt(beta_ * beta_ - phase * phase);
  return static_cast<double>(scale_ * root / std::sinh(root));
}

template <class S>
CyclicSums<S> BuildGrid(const GridSide& side, const GridShape& shape, Arena* memory) {
  CyclicSums<S> sums;
  sums.inputs = Inputs(side, shape);
  sums.outputs = Outputs(side, shape);
  sums.terms = Terms(side, shape);
  const int64_t pairs = (sums.outputs / 2 + 2) / 2;
  auto* firsts = memory->Take<int32_t>(pairs);
  auto* weights = memory->Take<S>(2 * pairs * sums.terms);
  sums.firsts = firsts;
  sums.weights = weights;
  if (memory->counts()) return sums;
  using W = WiderThan<S>;
  const BesselSeries<W> series(Beta<W>(side, shape));
  const W top = series.At(1);
  // Distances of a sample and a point, in points of the grid over n: integers.
  const int64_t reach = shape.width * side.n;  // twice that of the kernel
  for (int64_t o = 0; o < 2 * pairs; o += 2) {
    const int64_t least = 2 * o * sums.inputs - reach;
    const int64_t step = 2 * sums.outputs;
    const int64_t first = least >= 0 ? CeilDiv(least, step) : -(-least / step);
    *firsts++ = static_cast<int32_t>(first < 0 ? first + sums.inputs : first);
    for (int64_t t = 0; t < sums.terms; ++t) {
      for (const int64_t output : {o, o + 1}) {
        const int64_t distance = (first + t) * sums.outputs - output * sums.inputs;
        const W x = static_cast<W>(2 * distance) / static_cast<W>(reach);
        *weights++ = static_cast<S>(x * x > 1 ? 0 : series.At(1 - x * x) / top);
      }
    }
  }
  return sums;
}

template class GridFactors<float>;
template class GridFactors<double>;
template CyclicSums<float> BuildGrid<float>(const GridSide&, const GridShape&, Arena*);
template CyclicSums<double> BuildGrid<double>(const GridSide&, const GridShape&, Arena*);

}  // namespace spectral_ops
