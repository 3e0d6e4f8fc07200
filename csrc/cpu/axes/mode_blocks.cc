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

// Between moments and modes a block of lanes is work for one thread.
constexpr double kMostMatrixWork = 1 << 20;

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

// What the entries are products of.
struct EntryParts {
  double* amplitudes;  // a_d(theta): [modes][moments]
  Root* roots;         // exp(i psi): [modes][blocks / 2]
};

EntryParts TakeParts(const ModeMap& map, int64_t moments, Arena* table) {
  EntryParts parts = {};
  parts.amplitudes = table->Take<double>(map.modes() * moments);
  parts.roots = table->Take<Root>(map.modes() * (CutIntoBlocks(map).blocks / 2));
  return parts;
}

EntryParts MakeParts(const ModeMap& map, int64_t moments, void* table) {
  Arena arena(table);
  const EntryParts parts = TakeParts(map, moments, &arena);
  const BlockCut cut = CutIntoBlocks(map);
  const int64_t turn = 2 * map.length;
  for (int64_t k = 0; k < map.modes(); ++k) {
    const double theta =
        kPi * static_cast<double>(k * cut.length) / static_cast<double>(map.length);
    for (int64_t d = 0; d < moments; ++d) {
      parts.amplitudes[k * moments + d] = (d == 0 ? 1 : 2) * Bessel(d, theta);
    }
    for (int64_t h = 0; h < cut.blocks / 2; ++h) {
      const int64_t center = k * (2 * h + 1) % turn * cut.length;  // in halves of a sample
      parts.roots[k * (cut.blocks / 2) + h] = RootOfUnity(center % turn, turn);
    }
  }
  return parts;
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

double MatrixWorkOfMoments(const AxisSpec& spec) {
  return static_cast<double>(FoldMoments(spec.modes, MomentsOf(spec)).entries());
}

template <class S>
std::string ModeBlocks<S>::Name(const AxisSpec& /*spec*/) {
  return "moments of blocks";
}

template <class S>
bool ModeBlocks<S>::Fits(const AxisSpec& spec) {
  const int64_t length = CutIntoBlocks(spec.modes).length;
  return length >= kLeastOfBlock && MatrixWorkOfMoments(spec) <= kMostMatrixWork;
}

template <class S>
double ModeBlocks<S>::Work(const AxisSpec& spec) {
  return static_cast<double>(spec.modes.length * MomentsOf(spec)) + MatrixWorkOfMoments(spec);
}

template <class S>
int64_t ModeBlocks<S>::Scratch(const AxisSpec& spec) {
  const int64_t moments = MomentsOf(spec);
  // The last: a short block of planes, transposed.
  return std::max(
      {MomentsOfSignal(spec), 2 * spec.modes.modes(), moments * spec.signal.lanes, kLeastAlong});
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
size_t ModeBlocks<S>::TableBytes(const AxisSpec& spec) {
  Arena table;
  TakeParts(spec.modes, MomentsOf(spec), &table);
  return table.bytes();
}

template <class S>
ModeBlocks<S> ModeBlocks<S>::Build(const AxisSpec& spec, const S* /*window*/, void* memory,
                                   void* table) {
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
  const EntryParts parts = MakeParts(map, kCount, table);
  const auto value = [&](int64_t row, int64_t column, double* even, double* odd) {
    const int64_t k = map.synthesis ? column : row;
    const int64_t moment = map.synthesis ? row : column;
    const int64_t d = moment % kCount;
    const double a = parts.amplitudes[k * kCount + d];
    const Root& root = parts.roots[k * (axis.cut.blocks / 2) + moment / kCount];
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
