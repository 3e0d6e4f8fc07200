// Runs filters (cpu/spectra/filter_plan.h); in filter.cc, compiled once for each SIMD target.
#pragma once

#include "core/parallel.h"
#include "cpu/base/runtime.h"
#include "cpu/spectra/filter_plan.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

void RunFilter(const FilterPlan& plan, const FilterTensors& tensors, const RunMemory& memory,
               const ParallelFor& parallel);

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
