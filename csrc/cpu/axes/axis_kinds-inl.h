// What runs the kinds of axes: the kernels' half of their list.
#pragma once

#include "cpu/axes/axis_kinds.h"
#include "hwy/highway.h"

#include SPECTRAL_OPS_AXIS_LIST
