// The bins of a signal of any length by a transform of another one: gridding.
//
// Sample i of n stands at p = i length / n between the points of a grid. A kernel phi, `width`
// points wide, whose transform is Phi, spreads the samples over the grid and gathers them back:
//
//   u[l] = sum_i phi(p - l) x[i],   X[k] = U[k] / Phi(k / length),        |k| <= highest
//   U[k] = X[k] / Phi(k / length),  x[i] = sum_l phi(p - l) u[l],         all other X[k] = 0
//
// with U the transform of u[length]. What is left out is what Phi has at k / length + 1, + 2, ..,
// and that is below rounding where the grid has enough points for each frequency.
// phi(t) = I0(beta sqrt(1 - (2 t / width)^2)) / I0(beta) is Kaiser and Bessel's.
//
// Sources: Jackson, Meyer, Nishimura & Macovski, IEEE Trans. Med. Imaging 10 (1991), 473-478;
// Barnett, Magland & af Klinteberg, SIAM J. Sci. Comput. 41 (2019), C479-C504.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/memory.h"
#include "core/types.h"

namespace spectral_ops {

struct GridShape {
  int64_t length = 0;  // even, with the factors 2, 3, 5 and 7 alone; 0: there is no grid
  int64_t width = 0;   // of the kernel, in points

  constexpr bool exists() const { return length > 0; }
};

// Samples and a grid: the fastest one for the bins 0 .. highest of n samples, or none that fits.
// One way: to the grid, or back.
struct GridSide {
  int64_t n = 0;
  int64_t highest = 0;
  bool to_grid = false;
};
GridShape ShapeOfGrid(const GridSide& side, DataType type);

// The time that it takes, its transform too, in operations of a packed transform (RealFftWork).
double GridTime(const GridSide& side, const GridShape& shape);

// What tables of S are computed in.
template <class S>
using WiderThan = std::conditional_t<std::is_same_v<S, double>, long double, double>;

// 1 / Phi(k / length) for 0 <= k <= highest; 1 without a grid.
template <class S>
class GridFactors {
 public:
  GridFactors(const GridSide& side, const GridShape& shape);
  double At(int64_t k) const;

 private:
  WiderThan<S> beta_ = 0;
  WiderThan<S> phase_ = 0;  // of bin 1
  WiderThan<S> scale_ = 0;  // 0: there is no grid
};

// Each output is a weighted sum of inputs, of which input `inputs` is input 0 again. Two outputs
// side by side have the same inputs, `terms` of them one after another. Output outputs - o is the
// mirror of output o: the same weights, of the mirrored inputs.
template <class S>
struct CyclicSums {
  int64_t inputs = 0;
  int64_t outputs = 0;
  int64_t terms = 0;
  const int32_t* firsts = nullptr;  // [pairs] of the outputs 0 .. outputs / 2, in 0 .. inputs - 1
  const S* weights = nullptr;       // [pairs, terms, 2]
};

template <class S>
CyclicSums<S> BuildGrid(const GridSide& side, const GridShape& shape, Arena* memory);

}  // namespace spectral_ops
