// The kind of axis between real samples and modes (core/modes.h) that goes by moments of blocks of
// samples: for few modes of many samples.
//
// The signal is cut into blocks of R samples so short that its highest mode makes at most a quarter
// of a turn in one. Sample n is at t in (-1, 1) of its block, whose center is c from the middle of
// all blocks. For mode k
//
//   exp(-2 pi i k n / length) = exp(-i phi) exp(-i psi) exp(-i theta t),
//   phi = 2 pi k middle / length,  psi = 2 pi k c / length,  theta = pi k R / length,
//   exp(-i theta t) = sum_d a_d(theta) (-i)^d T_d(t),  a_0 = J_0,  a_d = 2 J_d
//
// with the Chebyshev polynomials T_d and the Bessel functions J_d (the Jacobi-Anger expansion; DLMF
// 10.12.3). At theta <= pi / 4 eight terms leave 3e-8, fourteen 5e-17. So an analysis is a pass
// over the samples, for the moments sum_t T_d(t) x of each block, and a matrix from moments to
// modes. The matrix folds: blocks at c and -c meet in sums and differences, of which one set gives
// the real parts and the other the imaginary ones, before phi turns them. Synthesis is the same
// backwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/modes.h"
#include "cpu/axes/axis_matrix.h"
#include "cpu/axes/axis_spec.h"

namespace spectral_ops {

template <class S>
constexpr int kMoments = sizeof(S) == 4 ? 8 : 14;

// A multiple of the lanes of every target.
constexpr int64_t kBlockStep = 16;

// From so many samples of a block on, those of planes are lanes; of shorter ones planes are.
constexpr int64_t kLeastAlong = 8 * kBlockStep;

// How the samples are cut: into an even number of blocks, of which the last ones may be short or
// empty.
struct BlockCut {
  int64_t length = 0;  // samples of a block, a multiple of kBlockStep
  int64_t blocks = 0;
};

BlockCut CutIntoBlocks(const ModeMap& map);

// Of all blocks of a signal.
int64_t MomentsOfSignal(const AxisSpec& spec);

// Multiply-adds between the moments of a vector of lanes and its modes.
double MatrixWorkOfMoments(const AxisSpec& spec);

template <class S>
struct ModeBlocks : AxisKindDefaults {
  ModeMap map;
  BlockCut cut;
  AxisFold fold;               // of the matrix: pairs alone
  const S* basis = nullptr;    // T_d(t): [cut.length / lanes][kMoments][lanes]
  const S* entries = nullptr;  // as of AxisMatrix
  const S* turns = nullptr;    // [modes, 4]: g cos phi, g sin phi, h cos phi, h sin phi

  struct Family {};
  static constexpr AxisEnds kEnds = AxisEnds::kMoments;
  static std::string Name(const AxisSpec& spec);
  static bool Fits(const AxisSpec& spec);
  static double Work(const AxisSpec& spec);
  static int64_t Scratch(const AxisSpec& spec);
  static size_t Bytes(const AxisSpec& spec);
  static size_t TableBytes(const AxisSpec& spec);
  static ModeBlocks Build(const AxisSpec& spec, const S* window, void* memory, void* table);
};

}  // namespace spectral_ops
