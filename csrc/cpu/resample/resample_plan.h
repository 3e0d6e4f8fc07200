// The plans of runs of the resample operator: how a kernel walks the tensor and what it needs for
// that, settled before any memory is taken.
#ifndef SPECTRAL_OPS_CPU_RESAMPLE_RESAMPLE_PLAN_H_
#define SPECTRAL_OPS_CPU_RESAMPLE_RESAMPLE_PLAN_H_

#include <cstddef>
#include <cstdint>

#include "core/resample.h"
#include "core/status.h"
#include "core/types.h"
#include "cpu/axes/axis_operator.h"
#include "cpu/base/tuning.h"

namespace spectral_ops {

// How one run walks the tensor. A task is one image of one channel block: its axes run one after
// the other on tiles of the worker that took the task, so that input is read and output written
// once. The last axis goes first where lanes are channels; it goes last, on transposed rows, where
// there are too few of them. Where there are fewer tasks than would keep all workers busy, the
// workers share each task, stage by stage.
struct ResamplePlan {
  ResampleShape shape;                    // identity axes dropped; right-aligned in `axis`
  int source_axis[kMaxSpatialRank] = {};  // axis of the caller for each of `shape.axis`
  DataType dtype = DataType::kFloat32;
  Norm norm = Norm::kForward;

  int64_t lanes = 1;
  bool rows_as_lanes = false;  // the last axis: lanes across rows, for too few channels,
  int64_t packs = 1;           // so many blocks of `lanes` rows at a time
  // Small images with few channels are transposed, `lanes` of them at a time, packed_rows rows of
  // each: `inner` of `shape` then counts lanes and channels, and packed_inner channels alone.
  bool images_as_lanes = false;
  int64_t packed_inner = 0;
  int64_t packed_rows = 0;
  bool last_axis_first = true;
  // Of two axes: the rows that the middle one only copies go last, and straight to the output. The
  // tile holds the others alone.
  bool copies_last = false;
  bool slices_first = true;           // of a volume: the last two axes, slice by slice
  int64_t channel_block = 1;          // of `inner`
  int64_t image_group = 1;            // images of a task: of single rows, or as lanes
  int64_t tile_row = 0;               // elements of a row of the slice tile
  bool by_fft[kMaxSpatialRank] = {};  // else by the folded matrix
  int64_t row_block = 1;

  int64_t tasks = 0;
  int workers = 1;
  bool shared = false;  // every task by all workers

  // Bytes, from the start of the workspace or of a worker's part of it. The tile between the two
  // stages of a task (the slice tile in 2-D, the half-transformed volume in 3-D) is a worker's own,
  // or stands once in front of them all where they share tasks.
  size_t between_bytes = 0;
  size_t operator_offset[kMaxSpatialRank] = {};  // of axes with windows
  size_t table_offset = 0;
  size_t worker_offset = 0;
  size_t worker_bytes = 0;
  size_t slice_offset = 0;     // the tile of one slice of a 3-D image
  size_t axis_offset = 0;      // what one axis needs for a bundle of vectors
  size_t packed_offset = 0;    // transposed rows or images, in
  size_t unpacked_offset = 0;  // and out
  size_t workspace_bytes = 0;

  const AxisShape& axis(int i) const { return shape.axis[i]; }
  AxisSpec spec(int i) const;
};

ResamplePlan MakeResamplePlan(const ResampleShape& shape, DataType dtype, Norm norm,
                              const KernelTraits& traits, int max_workers);

// Multiply-adds of a run, additions of FFTs counted as such: what its kernels must do.
double CountMultiplyAdds(const ResamplePlan& plan);

// The window gradient of one axis: x as [outer, n, inner], grad_output as [outer, m, inner], the
// other axes already of the same size in both. Fixed chunks of the tensor, whatever the number of
// workers, each add up their own sums, which are then added in order: bitwise repeatable.
struct WindowGradientPlan {
  int64_t outer = 1;
  int64_t inner = 1;
  AxisShape axis;  // n -> m
  DataType dtype = DataType::kFloat32;
  Norm norm = Norm::kForward;

  int64_t lanes = 1;
  bool rows_as_lanes = false;
  int64_t units = 0;  // vectors of lanes, or blocks of rows
  int64_t chunks = 0;
  int workers = 1;

  size_t input_transform_offset = 0;
  size_t output_transform_offset = 0;
  size_t table_offset = 0;
  size_t partial_offset = 0;  // double [chunks, bins]
  size_t worker_offset = 0;
  size_t worker_bytes = 0;
  size_t chirp_offset = 0;
  size_t input_spectrum_offset = 0;
  size_t output_spectrum_offset = 0;
  size_t packed_input_offset = 0;
  size_t packed_output_offset = 0;
  size_t workspace_bytes = 0;
};

// Checks that x and grad_output agree on every axis but `axis`, counted among the spatial ones.
Status MakeWindowGradientPlan(const int64_t* x_dims, const int64_t* grad_dims, int rank, int axis,
                              DataFormat format, DataType dtype, Norm norm,
                              const KernelTraits& traits, int max_workers,
                              WindowGradientPlan* plan);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_RESAMPLE_RESAMPLE_PLAN_H_
