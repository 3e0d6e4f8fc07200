// What runs the kinds of axes: the kernels' half of their list.
#ifndef SPECTRAL_OPS_CPU_AXES_AXIS_KINDS_INL_H_
#define SPECTRAL_OPS_CPU_AXES_AXIS_KINDS_INL_H_

#include "cpu/axes/axis_kinds.h"
#include "hwy/highway.h"

#include SPECTRAL_OPS_AXIS_LIST

#endif  // SPECTRAL_OPS_CPU_AXES_AXIS_KINDS_INL_H_
