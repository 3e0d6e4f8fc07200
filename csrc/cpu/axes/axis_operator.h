// The map of one axis ready to run: its folded matrix or its FFTs, with their tables behind it in
// one piece of memory.
#ifndef SPECTRAL_OPS_CPU_AXES_AXIS_OPERATOR_H_
#define SPECTRAL_OPS_CPU_AXES_AXIS_OPERATOR_H_

#include <cstddef>
#include <cstdint>

#include "core/types.h"
#include "cpu/axes/axis_fft.h"
#include "cpu/axes/axis_matrix.h"

namespace spectral_ops {

// All that decides what an axis does, but for the values of its window.
struct AxisSpec {
  AxisShape shape;
  Norm norm = Norm::kForward;
  DataType type = DataType::kFloat32;  // in which it is computed: float32 or float64
  bool by_fft = false;
  int64_t row_block = 1;  // of the matrix
  // Pooling by a whole ratio alone: somebody else takes care of the samples that are only copied
  // (AxisFold). The input is packed without them.
  bool without_copies = false;

  bool operator==(const AxisSpec& other) const;
};

template <class S>
struct AxisOperator {
  AxisShape shape;
  bool by_fft = false;
  bool without_copies = false;
  AxisMatrix<S> matrix;
  AxisFft<S> fft;

  // What a copied sample is multiplied by (AxisFold).
  double copy_weight() const { return by_fft ? fft.copy_weight : matrix.copy_weight; }
};

// Bytes of `memory` that hold the operator, and bytes of `table` that building uses meanwhile.
size_t AxisOperatorBytes(const AxisSpec& spec);
size_t AxisOperatorTableBytes(const AxisSpec& spec);

// Builds the operator at the head of `memory`; both pieces are aligned to 64 bytes.
template <class S>
const AxisOperator<S>* BuildAxisOperator(const AxisSpec& spec,
                                         const S* window,  // [bins] or null: ones
                                         void* memory, void* table);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_AXES_AXIS_OPERATOR_H_
