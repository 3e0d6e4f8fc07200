// The plan of a run of the resample operator: a list of stages, settled before any memory is taken.
//
// A task is one image of one channel block. Its axes run one after the other, each a stage, on
// tiles of the worker that took the task, so that input is read and output written once. Stages
// come in steps: a step has one stage, or the two stages of a slice, for each slice of a volume in
// turn. Where there are fewer tasks than would keep all workers busy, the workers share each task,
// step by step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/resample.h"
#include "core/types.h"
#include "cpu/axes/axis_cache.h"
#include "cpu/axes/axis_region.h"
#include "cpu/base/simd.h"
#include "cpu/base/tuning.h"

namespace spectral_ops {

// What a stage reads or writes.
enum class ResamplePlace {
  kTensor,    // x or y, at the task's first channel
  kTile,      // a slice between its two axes
  kVolume,    // a volume between its slices and its first axis
  kUnpacked,  // the output of images that are lanes, before it is transposed
};

// Where the lanes of a stage come from.
enum class LaneOrder {
  kChannels,  // as they lie in memory
  kRows,      // rows, transposed block by block: few channels
  kImages,    // images, transposed a few rows at a time: few channels, small images
  kSamples,   // samples of one signal, as they lie in memory: few channels, one long axis
};

struct ResampleStage {
  int axis = 2;
  ResamplePlace from = ResamplePlace::kTensor;
  ResamplePlace to = ResamplePlace::kTensor;
  LaneOrder lanes = LaneOrder::kChannels;
  AxisRegion region;      // rows of 0: as many as the task has images
  int64_t in_offset = 0;  // elements to the region's first sample
  // Whether the tile, [rows, region.width] with rows join_row apart, is added to the output.
  bool joins = false;
  int64_t join_row = 0;
};

struct ResampleStep {
  int stages = 1;
  ResampleStage stage[2];
  int64_t slices = 0;  // 0: a single stage, whose bundles or blocks of rows are its units
  int64_t in_slice = 0;
  int64_t out_slice = 0;
};

constexpr int kMaxResampleSteps = 3;

// The steps of a task of so many channels.
struct ResampleSteps {
  int steps = 0;
  ResampleStep step[kMaxResampleSteps];
};

struct ResamplePlan {
  ResampleShape shape;  // identity axes dropped; right-aligned in `axis`; inner counts lanes too
                        // where images are lanes
  int source_axis[kMaxSpatialRank] = {};  // axis of the caller for each of `shape.axis`
  AxisSpec spec[kMaxSpatialRank];
  DataType dtype = DataType::kFloat32;
  int64_t lanes = 1;

  ResampleSteps whole;        // of a channel block
  ResampleSteps last;         // of the last, narrower one
  int64_t channels = 1;       // of the tensor, where shape.inner counts lanes as well
  int64_t channel_block = 1;  // of shape.inner
  int64_t image_group = 1;    // images of a task: of single rows, or as lanes
  int64_t rows_packed = 1;    // kRows: rows that are transposed at once; kImages: of each image
  int64_t copied_rows_period =
      0;  // every so many-th row of x is read by the last step, not the first

  int64_t tasks = 0;
  int workers = 1;
  bool shared = false;         // every task by all workers
  int64_t pieces = 1;          // of a step, where they share it
  int64_t ahead_bytes = 0;     // of input that is fetched ahead of its use, at most
  bool large_between = false;  // what lies between the steps does not stay in cache
  bool streams = false;        // the result goes past the caches, by whole cache lines

  // Bytes, from the start of the workspace or of a worker's part of it. What lies between the steps
  // of a task (the tile in 2-D, the volume in 3-D) is a worker's own, or stands once in front of
  // them all where they share tasks.
  size_t between_bytes = 0;
  size_t operator_offset[kMaxSpatialRank] = {};  // of axes with windows
  size_t table_offset[kMaxSpatialRank] = {};
  size_t worker_offset = 0;
  size_t worker_bytes = 0;
  size_t slice_offset = 0;     // the tile of one slice of a 3-D image
  size_t axis_offset = 0;      // what one axis needs for a bundle of vectors
  size_t packed_offset = 0;    // transposed rows or images, in
  size_t unpacked_offset = 0;  // and out
  size_t workspace_bytes = 0;

  const AxisShape& axis(int i) const { return shape.axis[i]; }
  bool IsIdentity(int i) const { return spectral_ops::IsIdentity(spec[i]); }
  const ResampleSteps& StepsOf(int64_t width) const {
    return width == channel_block ? whole : last;
  }
  LaneOrder lane_order() const { return whole.step[0].stage[0].lanes; }
};

// Each axis in the fastest kind of its family; `axes` gives families and rules other than that of
// the band, by shape.axis.
ResamplePlan MakeResamplePlan(const ResampleShape& shape, DataType dtype, Norm norm,
                              const SimdTraits& traits, const Tuning& tuning, int max_workers,
                              const AxisSpec* axes = nullptr);  // [rank] or null

// Holds the operators of the plan's axes that have no windows; false where there is no memory.
bool HoldAxes(const ResamplePlan& plan, HeldAxes* axes);

// The state of a plan: its stages with their kinds, sources, sinks and lanes, sizes left out.
std::string DescribeStages(const ResamplePlan& plan);

// Multiply-adds of a run, additions of FFTs counted as such: what its kernels must do.
double CountMultiplyAdds(const ResamplePlan& plan);

// More workers only while each has something to do.
int CountWorkers(int64_t tasks, double work, const Tuning& tuning, int max_workers);

}  // namespace spectral_ops
