// The list of the kinds of axes (axis_kinds.h): what each is, and in kernel files what runs it.
#ifndef SPECTRAL_OPS_CPU_AXES_AXIS_LIST_H_
#define SPECTRAL_OPS_CPU_AXES_AXIS_LIST_H_

#include <variant>

#include "cpu/axes/axis_fft.h"
#include "cpu/axes/axis_matrix.h"
#include "cpu/axes/axis_signal.h"
#include "cpu/axes/axis_spec.h"
#include "cpu/axes/mode_blocks.h"
#include "cpu/axes/mode_fft.h"
#include "cpu/axes/mode_grid.h"
#include "cpu/axes/mode_matrix.h"

namespace spectral_ops {

enum class AxisKind : int { kMatrix, kFft, kModeMatrix, kModeFft, kModeGrid, kModeBlocks, kSignal };

template <class S>
using AxisTables = std::variant<AxisMatrix<S>, AxisFft<S>, ModeMatrix<S>, ModeFft<S>, ModeGrid<S>,
                                ModeBlocks<S>, AxisSignal<S>>;

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_AXES_AXIS_LIST_H_

#ifdef HWY_TARGET
#include "cpu/axes/axis_fft-inl.h"
#include "cpu/axes/axis_quarters-inl.h"
#include "cpu/axes/mode_blocks-inl.h"
#include "cpu/axes/mode_fft-inl.h"
#include "cpu/axes/mode_grid-inl.h"
#include "cpu/axes/mode_matrix-inl.h"
#endif
