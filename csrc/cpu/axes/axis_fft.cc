#include "cpu/axes/axis_fft.h"

#include <algorithm>
#include <complex>

#include "core/band.h"
#include "core/memory.h"
#include "core/roots.h"
#include "cpu/base/tuning.h"

namespace spectral_ops {
namespace {

int64_t Pairs(const AxisFftShape& shape) { return shape.axis.band() / 4 + 1; }

int64_t WeightElements(const AxisFftShape& shape) {
  if (!shape.HasPhases()) return (shape.TurnsBand() ? 2 : 1) * shape.axis.bins();
  const int64_t each = shape.IsPacked() ? 6 * Pairs(shape) : 2 * shape.axis.bins();
  return (shape.phases - shape.first_phase) * each;
}

// The samples of the transforms one way, which are a grid's or not.
GridSide SideOf(const AxisFftShape& shape, bool to_grid) {
  const AxisShape& axis = shape.axis;
  const int64_t band = axis.band();
  const int64_t n = shape.HasPhases() ? band : to_grid ? axis.n : axis.m;
  const int64_t highest = shape.way == FftWay::kCosines ? HighestOfCosines(n, band) : band / 2;
  return {n, highest, to_grid};
}

const GridShape& GridOf(const AxisFftShape& shape, bool to_grid) {
  return to_grid ? shape.to_grid : shape.from_grid;
}

// The transforms themselves.
struct Transform {
  int64_t length;
  int64_t highest;  // bin
};
Transform TransformOf(const AxisFftShape& shape, bool to_grid) {
  const GridSide side = SideOf(shape, to_grid);
  const GridShape& grid = GridOf(shape, to_grid);
  return {grid.exists() ? grid.length : side.n, side.highest};
}

// The time of an operation over that of a packed transform whose last pass makes the bins: by 150
// axes of 28 to 1920 samples on Zen 4, in cache (docs/experiments.md). Cosines were not among them.
constexpr double kCosineCost = 1.5;
double TransformCost(int64_t length) {
  switch (WayOfRealFft(length)) {
    case RealFftWay::kPasses:
      return 1.25;
    case RealFftWay::kChirp:
      return 0.9;
    case RealFftWay::kPacked:
      break;
  }
  return MakesBinsInPass(length) ? 1 : 1.2;
}

// The time of a transform one way that is not one of phases.
double TransformTime(const AxisFftShape& shape, bool to_grid) {
  const GridSide side = SideOf(shape, to_grid);
  const GridShape& grid = GridOf(shape, to_grid);
  const bool cosines = shape.way == FftWay::kCosines;
  if (grid.exists()) return (cosines ? kCosineCost : 1) * GridTime(side, grid);
  return (cosines ? kCosineCost : TransformCost(side.n)) *
         (RealFftWork(side.n, side.highest) + static_cast<double>(side.n));
}

double PhasesTime(const AxisFftShape& shape) {
  const auto band = static_cast<double>(shape.axis.band());
  const int64_t highest = shape.axis.band() / 2;
  const auto transformed = static_cast<double>(shape.phases - shape.first_phase);
  if (shape.to_grid.exists()) {
    const bool in = shape.way == FftWay::kPhasesIn;
    return (in ? transformed : 1) * GridTime(SideOf(shape, true), shape.to_grid) +
           (in ? 1 : transformed) * GridTime(SideOf(shape, false), shape.from_grid) +
           3 * (1 + transformed) * band;
  }
  if (!shape.IsPacked()) {
    return (1 + transformed) * (RealFftWork(shape.axis.band(), highest) + 3 * band);
  }
  return (1 + transformed) * FftWork(highest, highest) + (4 * transformed + 2) * band;
}

int64_t TransformElements(const AxisFftShape& shape, bool to_grid) {
  const Transform transform = TransformOf(shape, to_grid);
  return RealFftElements(transform.length, transform.highest);
}

// Either buffer of phases holds either transform.
int64_t DataElements(const AxisFftShape& shape) {
  return std::max(TransformElements(shape, true),
                  shape.HasPhases() ? TransformElements(shape, false) : 0);
}
int64_t BinElements(const AxisFftShape& shape) {
  return std::max({TransformElements(shape, false), 2 * (shape.axis.band() / 2 + 1),
                   shape.HasPhases() ? TransformElements(shape, true) : 0});
}

// What bins are multiplied by for the grids, and where they are bins of samples that are two bins
// of a grid.
template <class S>
class BinFactors {
 public:
  explicit BinFactors(const AxisFftShape& shape)
      : shape_(shape),
        there_(SideOf(shape, true), shape.to_grid),
        back_(SideOf(shape, false), shape.from_grid) {}

  double At(int64_t k) const {
    return there_.At(k) * back_.At(k) *
           static_cast<double>(BinMultiplicity(k, SideOf(shape_, false).n)) /
           static_cast<double>(BinMultiplicity(k, TransformOf(shape_, false).length));
  }

 private:
  const AxisFftShape& shape_;
  GridFactors<S> there_;
  GridFactors<S> back_;
};

// What bin k of phase p is multiplied by; the Nyquist bin of the band is the mean of the twiddles
// of k and -k.
template <class S>
std::complex<double> PhaseFactor(const AxisFftShape& shape, double scale, const S* window,
                                 int64_t p, int64_t k) {
  const int64_t b = shape.axis.band();
  // In halves of a sample of the longer side.
  const int64_t middle = shape.axis.rule == AxisRule::kCentered ? shape.phases - 1 : 0;
  const int64_t turn = shape.way == FftWay::kPhasesIn ? middle - 2 * p : 2 * p - middle;
  const Root root = RootOfUnity(turn * k, 2 * b * shape.phases);
  const double weight = window == nullptr ? scale : scale * static_cast<double>(window[k]);
  return {weight * root.cosine, BinMultiplicity(k, b) == 1 ? 0 : weight * root.sine};
}

// A, A' and B of bin k.
template <class S>
S* PutPackedWeights(const AxisFftShape& shape, double scale, const S* window, int64_t p, int64_t k,
                    S* to) {
  const int64_t b = shape.axis.band();
  const std::complex<double> own = PhaseFactor(shape, scale, window, p, k);
  const std::complex<double> other = std::conj(PhaseFactor(shape, scale, window, p, b / 2 - k));
  const Root root = RootOfUnity(k, b);
  const double c = -root.sine;
  for (const std::complex<double>& z :
       {(1 + c) * own + (1 - c) * other, (1 + c) * std::conj(other) + (1 - c) * std::conj(own),
        std::complex<double>(0, root.cosine) * (own - other)}) {
    *to++ = static_cast<S>(z.real());
    *to++ = static_cast<S>(z.imag());
  }
  return to;
}

template <class S>
void FillPhaseWeights(const AxisFftShape& shape, double scale, const S* window, S* weights) {
  const BinFactors<S> factors(shape);
  for (int64_t p = shape.first_phase; p < shape.phases; ++p) {
    for (int64_t k = 0; shape.IsPacked() && k < Pairs(shape); ++k) {
      weights = PutPackedWeights(shape, scale, window, p, k, weights);
    }
    for (int64_t k = 0; !shape.IsPacked() && k < shape.axis.bins(); ++k) {
      const std::complex<double> factor = factors.At(k) * PhaseFactor(shape, scale, window, p, k);
      *weights++ = static_cast<S>(factor.real());
      *weights++ = static_cast<S>(factor.imag());
    }
  }
}

// The length of the packed transforms, and the radix of their last pass.
int64_t PackedLength(const AxisShape& axis) { return axis.band() / 2; }
int64_t LastRadix(int64_t length) {
  int64_t radices[kMaxFftPasses];
  return radices[FftRadices(length, radices) - 1];
}

// Pairs of blocks of a product in registers; 0 where there is none, as where the transform does not
// stay in the L1 cache. Either way has the same bits.
int64_t CountBlockPairs(const AxisFftShape& shape, int64_t block_bytes) {
  const int64_t length = PackedLength(shape.axis);
  if (!shape.HasPhases() || !shape.IsPacked()) return 0;
  if (shape.phases - shape.first_phase != 1) return 0;
  if (FftPassLength(length) != length) return 0;
  if (2 * length * static_cast<int64_t>(kAlignment) > block_bytes) return 0;
  const int64_t radix = LastRadix(length);
  if (radix == length || radix > 13) return 0;
  return (length / radix - 1) / 2;
}

// The blocks of the last pass that hold each other's bins, and their weights.
template <class S>
void FillBlocks(const AxisFftShape& shape, double scale, const S* window, int64_t pairs,
                int32_t* places, S* weights) {
  const int64_t length = PackedLength(shape.axis);
  const int64_t radix = LastRadix(length);
  const int64_t blocks = length / radix;
  const FftOrder order(length);
  for (int64_t k = 1; k <= pairs; ++k) {
    *places++ = static_cast<int32_t>(order(k) / radix);
    *places++ = static_cast<int32_t>(order(blocks - k) / radix);
    for (int64_t q = 0; q < radix; ++q) {
      weights = PutPackedWeights(shape, scale, window, shape.first_phase, k + blocks * q, weights);
    }
  }
}

// What the bins of a band are multiplied by.
template <class S>
void FillBandWeights(const AxisFftShape& shape, double scale, const S* window, S* weights) {
  const AxisShape& axis = shape.axis;
  const BinFactors<S> factors(shape);
  for (int64_t k = 0; k < axis.bins(); ++k) {
    double weight = window == nullptr ? scale : scale * static_cast<double>(window[k]);
    if (shape.way == FftWay::kBand) {
      weight *= BandWeight(k, axis.n, axis.m) * factors.At(k);
    }
    if (!shape.TurnsBand()) {
      *weights++ = static_cast<S>(weight);
      continue;
    }
    const Root root = RootOfUnity(k * (axis.n - axis.m), 2 * axis.n * axis.m);
    *weights++ = static_cast<S>(weight * root.cosine);
    *weights++ = static_cast<S>(weight * root.sine);
  }
}

// turn(n, k) of the transforms one way, for the factor of its grid.
template <class S>
const S* TakeTurns(const AxisFftShape& shape, bool to_grid, Arena* memory) {
  const GridSide side = SideOf(shape, to_grid);
  const GridShape& grid = GridOf(shape, to_grid);
  const GridFactors<S> factors(side, grid);
  auto* turns = memory->Take<S>(2 * (side.highest + 1));
  for (int64_t k = 0; k <= side.highest && !memory->counts(); ++k) {
    const Root root = RootOfUnity(-k, 4 * side.n);
    double factor = factors.At(k);
    // Two bins of the grid.
    if (grid.exists() && !to_grid && k > 0 && BinMultiplicity(k, side.n) == 1) factor /= 2;
    turns[2 * k] = static_cast<S>(factor * root.cosine);
    turns[2 * k + 1] = static_cast<S>(factor * root.sine);
  }
  return turns;
}

// The tables, filled where there is memory for them.
template <class S>
AxisFft<S> Make(const AxisSpec& spec, const S* window, Arena* memory, void* table) {
  const AxisShape& axis = spec.shape;
  const double scale = AxisScale(axis, spec.norm);
  AxisFft<S> fft;
  fft.shape = FftShapeOfAxis(axis, spec.type);
  const AxisFftShape& shape = fft.shape;
  fft.without_copies = spec.without_copies;
  fft.data_elements = DataElements(shape);
  fft.bin_elements = BinElements(shape);
  fft.copy_weight = scale * static_cast<double>(axis.band());
  const auto build = [&](bool to_grid) {
    const Transform transform = TransformOf(shape, to_grid);
    return BuildRealFft<S>(transform.length, transform.highest, spec.fft_block_bytes, memory,
                           table);
  };
  const auto build_grid = [&](bool to_grid) {
    const GridShape& grid = GridOf(shape, to_grid);
    return grid.exists() ? BuildGrid<S>(SideOf(shape, to_grid), grid, memory) : CyclicSums<S>();
  };
  fft.forward = build(true);
  const bool same = TransformOf(shape, true).length == TransformOf(shape, false).length;
  fft.backward = shape.HasPhases() && same ? fft.forward : build(false);
  fft.to_grid = build_grid(true);
  fft.from_grid = build_grid(false);
  if (shape.way == FftWay::kCosines) {
    fft.turns[0] = TakeTurns<S>(shape, true, memory);
    fft.turns[1] = TakeTurns<S>(shape, false, memory);
  }
  auto* weights = memory->Take<S>(WeightElements(shape));
  fft.weights = weights;
  fft.block_pairs = CountBlockPairs(shape, spec.fft_block_bytes);
  if (fft.block_pairs > 0) {
    auto* places = memory->Take<int32_t>(2 * fft.block_pairs);
    auto* own = memory->Take<S>(6 * fft.block_pairs * LastRadix(PackedLength(axis)));
    fft.blocks = places;
    fft.block_weights = own;
    if (!memory->counts()) FillBlocks(shape, scale, window, fft.block_pairs, places, own);
  }
  if (memory->counts()) return fft;
  if (shape.HasPhases()) {
    FillPhaseWeights(shape, scale, window, weights);
  } else {
    FillBandWeights(shape, scale, window, weights);
  }
  return fft;
}

}  // namespace

AxisFftShape FftShapeOfAxis(const AxisShape& axis, DataType type) {
  AxisFftShape shape;
  shape.axis = axis;
  if (axis.rule == AxisRule::kSymmetric) {
    shape.way = FftWay::kCosines;
  } else if (axis.n % axis.m == 0) {
    shape.way = FftWay::kPhasesIn;
    shape.phases = axis.n / axis.m;
  } else if (axis.m % axis.n == 0) {
    shape.way = FftWay::kPhasesOut;
    shape.phases = axis.m / axis.n;
  }
  if (shape.HasPhases() && !axis.windowed && axis.rule == AxisRule::kPeriodic) {
    shape.first_phase = 1;
  }
  // Every call builds the tables of an axis with a window, those of float64 slowly.
  if (axis.windowed && type == DataType::kFloat64) return shape;
  AxisFftShape other = shape;
  other.to_grid = ShapeOfGrid(SideOf(shape, true), type);
  other.from_grid = ShapeOfGrid(SideOf(shape, false), type);
  if (shape.HasPhases()) {
    const bool both = other.to_grid.exists() && other.from_grid.exists();
    return both && PhasesTime(other) < PhasesTime(shape) ? other : shape;
  }
  for (const bool to_grid : {true, false}) {
    if (TransformTime(shape, to_grid) <= TransformTime(other, to_grid)) {
      (to_grid ? other.to_grid : other.from_grid) = {};
    }
  }
  return other;
}

template <class S>
std::string AxisFft<S>::Name(const AxisSpec& spec) {
  const AxisFftShape shape = FftShapeOfAxis(spec.shape, spec.type);
  std::string name = shape.way == FftWay::kPhasesIn    ? "fft of phases in"
                     : shape.way == FftWay::kPhasesOut ? "fft of phases out"
                     : shape.way == FftWay::kBand      ? "fft of the band"
                                                       : "fft of cosines";
  if (shape.first_phase == 1) name += spec.without_copies ? ", copies left out" : ", copies";
  const auto name_of = [&](bool to_grid) {
    return GridOf(shape, to_grid).exists() ? "grid"
                                           : NameOf(WayOfRealFft(SideOf(shape, to_grid).n));
  };
  if (shape.HasPhases()) return shape.to_grid.exists() ? name + ", grid" : name;
  return name + ", " + name_of(true) + " to " + name_of(false);
}

template <class S>
double AxisFft<S>::Work(const AxisSpec& spec) {
  const AxisFftShape shape = FftShapeOfAxis(spec.shape, spec.type);
  if (shape.HasPhases()) return PhasesTime(shape);
  const double time = TransformTime(shape, true) + TransformTime(shape, false);
  if (shape.way != FftWay::kCosines) return time;
  return time + static_cast<double>(spec.shape.n + spec.shape.m + 4 * spec.shape.band());
}

template <class S>
int64_t AxisFft<S>::Scratch(const AxisSpec& spec) {
  const AxisShape& axis = spec.shape;
  const AxisFftShape shape = FftShapeOfAxis(axis, spec.type);
  int64_t scratch = std::max(RealFftScratch(TransformOf(shape, true).length),
                             RealFftScratch(TransformOf(shape, false).length));
  if (shape.way == FftWay::kCosines) {
    scratch = std::max(scratch, axis.band());
  } else if (shape.way == FftWay::kBand) {
    scratch = std::max(scratch, 2 * (axis.band() / 2 + 1));
  }
  // Besides rows of the samples, for lanes that are not whole vectors.
  return kVectors * (axis.n + axis.m + DataElements(shape) + BinElements(shape)) + scratch;
}

template <class S>
size_t AxisFft<S>::Bytes(const AxisSpec& spec) {
  Arena memory;
  Make<S>(spec, nullptr, &memory, nullptr);
  return memory.bytes();
}

template <class S>
size_t AxisFft<S>::TableBytes(const AxisSpec& spec) {
  const AxisFftShape shape = FftShapeOfAxis(spec.shape, spec.type);
  size_t bytes = 0;
  for (const bool to_grid : {true, false}) {
    const Transform transform = TransformOf(shape, to_grid);
    bytes = std::max(bytes, RealFftTableBytes(transform.length, transform.highest));
  }
  return bytes;
}

template <class S>
AxisFft<S> AxisFft<S>::Build(const AxisSpec& spec, const S* window, void* memory, void* table) {
  Arena arena(memory);
  return Make(spec, window, &arena, table);
}

template struct AxisFft<float>;
template struct AxisFft<double>;

}  // namespace spectral_ops
