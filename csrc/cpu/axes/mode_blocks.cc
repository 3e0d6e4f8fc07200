#include "cpu/axes/mode_blocks.h"

#include <algorithm>
#include <cmath>

#include "core/integers.h"
#include "core/memory.h"
#include "core/roots.h"

namespace spectral_ops {
namespace {

constexpr double kPi = 3.14159265358979323846;

// The basis of a longer block would not stay in an L1 cache; shorter ones have little fewer moments
// than samples.
constexpr int64_t kMostOfBlock = 512;
constexpr int64_t kLeastOfBlock = 2 * kBlockStep;

int64_t MomentsOf(const AxisSpec& spec) {
  return spec.type == DataType::kFloat64 ? kMoments<double> : kMoments<float>;
}

AxisFold FoldMoments(const ModeMap& map, int64_t moments) {
  const int64_t halves = CutIntoBlocks(map).blocks / 2 * moments;
  AxisFold fold;
  fold.pairs_in = map.synthesis ? map.modes() : halves;
  fold.pairs_out = map.synthesis ? halves : map.modes();
  return fold;
}

// J_d(theta) by its power series, which at such theta needs a few terms.
double Bessel(int64_t d, double theta) {
  double term = 1;
  for (int64_t i = 1; i <= d; ++i) term *= theta / 2 / static_cast<double>(i);
  double sum = term;
  for (int64_t m = 1; m < 12; ++m) {
    term *= -theta * theta / 4 / static_cast<double>(m * (m + d));
    sum += term;
  }
  return sum;
}

}  // namespace

BlockCut CutIntoBlocks(const ModeMap& map) {
  BlockCut cut;
  cut.length = kMostOfBlock;
  if (map.high > 0) cut.length = std::min(cut.length, map.length / (4 * map.high));
  cut.length = std::max(cut.length / kBlockStep, int64_t{1}) * kBlockStep;
  cut.blocks = RoundUp(CeilDiv(map.length, cut.length), int64_t{2});
  return cut;
}

int64_t MomentsOfSignal(const AxisSpec& spec) {
  return CutIntoBlocks(spec.modes).blocks * MomentsOf(spec);
}

template <class S>
std::string ModeBlocks<S>::Name(const AxisSpec& /*spec*/) {
  return "moments of blocks";
}

template <class S>
bool ModeBlocks<S>::Fits(const AxisSpec& spec) {
  const int64_t length = CutIntoBlocks(spec.modes).length;
  return length >= kLeastOfBlock && 4 * spec.modes.high * length <= spec.modes.length &&
         FoldMoments(spec.modes, MomentsOf(spec)).entries() <= kMostMatrixEntries;
}

template <class S>
double ModeBlocks<S>::Work(const AxisSpec& spec) {
  const int64_t moments = MomentsOf(spec);
  return static_cast<double>(spec.modes.length * moments) +
         static_cast<double>(FoldMoments(spec.modes, moments).entries());
}

template <class S>
int64_t ModeBlocks<S>::Scratch(const AxisSpec& spec) {
  const int64_t moments = MomentsOf(spec);
  return std::max({MomentsOfSignal(spec), 2 * spec.modes.modes(), moments * spec.signal.lanes});
}

template <class S>
size_t ModeBlocks<S>::Bytes(const AxisSpec& spec) {
  const int64_t moments = MomentsOf(spec);
  Arena memory;
  memory.Take<S>(CutIntoBlocks(spec.modes).length * moments);
  memory.Take<S>(FoldMoments(spec.modes, moments).entries());
  memory.Take<S>(4 * spec.modes.modes());
  return memory.bytes();
}

template <class S>
size_t ModeBlocks<S>::TableBytes(const AxisSpec& /*spec*/) {
  return 0;
}

template <class S>
ModeBlocks<S> ModeBlocks<S>::Build(const AxisSpec& spec, const S* /*window*/, void* memory,
                                   void* /*table*/) {
  constexpr int kCount = kMoments<S>;
  const ModeMap& map = spec.modes;
  ModeBlocks axis;
  axis.map = map;
  axis.cut = CutIntoBlocks(map);
  axis.fold = FoldMoments(map, kCount);
  const int64_t length = axis.cut.length;
  const int64_t lanes = spec.signal.lanes;

  Arena arena(memory);
  auto* basis = arena.Take<S>(length * kCount);
  for (int64_t i = 0; i < length; ++i) {
    const double t = static_cast<double>(2 * i + 1 - length) / static_cast<double>(length);
    for (int d = 0; d < kCount; ++d) {
      basis[(i / lanes * kCount + d) * lanes + i % lanes] =
          static_cast<S>(std::cos(d * std::acos(t)));
    }
  }
  axis.basis = basis;

  auto* entries = arena.Take<S>(axis.fold.entries());
  const auto value = [&](int64_t row, int64_t column, double* even, double* odd) {
    const int64_t k = map.synthesis ? column : row;
    const int64_t moment = map.synthesis ? row : column;
    const int64_t d = moment % kCount;
    const int64_t center = 2 * (moment / kCount) + 1;  // in halves of a block
    const double theta = kPi * static_cast<double>(k * length) / static_cast<double>(map.length);
    const double a = (d == 0 ? 1 : 2) * Bessel(d, theta);
    const Root root =
        RootOfUnity(k * center % (2 * map.length) * length % (2 * map.length), 2 * map.length);
    // (-i)^d (cos - i sin), its parts as they meet the sums and differences of either parity.
    const double sign = d % 4 == 1 || d % 4 == 2 ? -a : a;
    *even = sign * (d % 2 == 0 ? root.cosine : root.sine);
    *odd = d % 2 == 0 ? -sign * root.sine : sign * root.cosine;
  };
  FillFoldedEntries(axis.fold, spec.row_block, entries, value);
  axis.entries = entries;

  auto* turns = arena.Take<S>(4 * map.modes());
  for (int64_t k = 0; k <= map.high; ++k) {
    const int64_t middle = axis.cut.blocks * length - 1;  // in halves of a sample
    const Root root = RootOfUnity(k * middle % (2 * map.length), 2 * map.length);
    turns[4 * k] = static_cast<S>(map.cosine_weight(k) * root.cosine);
    turns[4 * k + 1] = static_cast<S>(map.cosine_weight(k) * root.sine);
    turns[4 * k + 2] = static_cast<S>(map.sine_weight(k) * root.cosine);
    turns[4 * k + 3] = static_cast<S>(map.sine_weight(k) * root.sine);
  }
  axis.turns = turns;
  return axis;
}

template struct ModeBlocks<float>;
template struct ModeBlocks<double>;

}  // namespace spectral_ops
