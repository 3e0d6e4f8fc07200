// The stages of a task, from the route that a plan has chosen (resample_plan.h).
#pragma once

#include <cstdint>

#include "cpu/resample/resample_plan.h"

namespace spectral_ops {

// What decides the list of stages.
struct ResampleRoute {
  LaneOrder lanes = LaneOrder::kChannels;
  bool last_first = true;    // of a slice, the last axis goes before the one in front of it
  bool slices_first = true;  // of a volume
  // Of two axes: the rows that the middle one only copies go last, and straight to the output. The
  // tile holds the others alone.
  bool copies_last = false;
};

// Elements per channel of what lies between stages.
struct TileSizes {
  int64_t slice = 0;
  int64_t volume = 0;
};

TileSizes MeasureTiles(const ResamplePlan& plan, const ResampleRoute& route);
int64_t TileBytesPerChannel(const ResamplePlan& plan, const ResampleRoute& route);

// The steps of a task of `width` channels; rows of the tile lie tile_row elements apart.
ResampleSteps MakeSteps(const ResamplePlan& plan, const ResampleRoute& route, int64_t tile_row,
                        int64_t width);

}  // namespace spectral_ops
