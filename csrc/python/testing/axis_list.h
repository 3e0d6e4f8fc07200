// The list of kinds (cpu/axes/axis_list.h) of the tests' resample: one kind more. FFTs are left
// out: they would take most of the time to compile.
#ifndef SPECTRAL_OPS_PYTHON_TESTING_AXIS_LIST_H_
#define SPECTRAL_OPS_PYTHON_TESTING_AXIS_LIST_H_

#include <variant>

#include "cpu/axes/axis_matrix.h"
#include "cpu/axes/axis_spec.h"
#include "python/testing/axis_banded.h"

namespace spectral_ops {

enum class AxisKind : int { kMatrix, kBanded };

template <class S>
using AxisTables = std::variant<AxisMatrix<S>, AxisBanded<S>>;

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_PYTHON_TESTING_AXIS_LIST_H_

#ifdef HWY_TARGET
#include "cpu/axes/axis_quarters-inl.h"
#include "python/testing/axis_banded-inl.h"
#endif
