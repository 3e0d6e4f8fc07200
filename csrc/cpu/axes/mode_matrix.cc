#include "cpu/axes/mode_matrix.h"

#include "core/memory.h"
#include "core/roots.h"

namespace spectral_ops {
namespace {

AxisFold FoldModes(const ModeMap& map) {
  AxisFold samples;
  samples.pairs_in = samples.pairs_out = (map.length - 1) / 2;
  samples.singles_in = samples.singles_out = map.length % 2 == 0 ? 2 : 1;
  AxisFold fold = samples;
  if (map.synthesis) {
    fold.pairs_in = map.highest();
    fold.singles_in = 1;
  } else {
    fold.pairs_out = map.highest();
    fold.singles_out = 1;
  }
  return fold;
}

// The sample or mode of a folded row or column: pairs count from 1, then come 0 and length/2.
int64_t Folded(int64_t index, int64_t pairs, int64_t length) {
  if (index < pairs) return index + 1;
  return index == pairs ? 0 : length / 2;
}

}  // namespace

template <class S>
std::string ModeMatrix<S>::Name(const AxisSpec& spec) {
  return spec.modes.half ? "matrix of real modes" : "matrix of modes";
}

template <class S>
bool ModeMatrix<S>::Fits(const AxisSpec& spec) {
  return spec.modes.length <= kMostMatrixEntries / (2 * spec.modes.highest() + 1);
}

template <class S>
double ModeMatrix<S>::Work(const AxisSpec& spec) {
  const double whole =
      static_cast<double>(FoldModes(spec.modes).entries() + spec.modes.length + spec.modes.modes());
  // A complex vector is two.
  return spec.modes.half ? whole : 2 * whole;
}

template <class S>
int64_t ModeMatrix<S>::Scratch(const AxisSpec& spec) {
  return kVectors * FoldModes(spec.modes).sums_in();
}

template <class S>
size_t ModeMatrix<S>::Bytes(const AxisSpec& spec) {
  return AlignUp(static_cast<size_t>(FoldModes(spec.modes).entries()) * sizeof(S));
}

template <class S>
size_t ModeMatrix<S>::TableBytes(const AxisSpec& spec) {
  return AlignUp(static_cast<size_t>(spec.modes.length) * sizeof(Root));
}

template <class S>
ModeMatrix<S> ModeMatrix<S>::Build(const AxisSpec& spec, const S* /*window*/, void* memory,
                                   void* table) {
  const ModeMap& map = spec.modes;
  ModeMatrix matrix;
  matrix.map = map;
  matrix.fold = FoldModes(map);
  auto* roots = static_cast<Root*>(table);
  for (int64_t i = 0; i < map.length; ++i) roots[i] = RootOfUnity(i, map.length);
  auto* entries = static_cast<S*>(memory);
  matrix.entries = entries;
  const AxisFold& fold = matrix.fold;
  const double sign = map.half ? -1 : 1;
  FillFoldedEntries(fold, spec.row_block, entries,
                    [&](int64_t row, int64_t column, double* even, double* odd) {
                      const int64_t a = Folded(row, fold.pairs_out, map.length);
                      const int64_t b = Folded(column, fold.pairs_in, map.length);
                      const Root& root = roots[a * b % map.length];
                      const int64_t f = map.synthesis ? b : a;
                      *even = map.cosine_weight(f) * root.cosine;
                      *odd = sign * map.sine_weight(f) * root.sine;
                    });
  return matrix;
}

template struct ModeMatrix<float>;
template struct ModeMatrix<double>;

}  // namespace spectral_ops
