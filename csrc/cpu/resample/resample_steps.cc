#include "cpu/resample/resample_steps.h"

#include <string>

namespace spectral_ops {
namespace {

// A place that a pair of axes reads or writes, with elements from sample to sample.
struct Side {
  ResamplePlace place = ResamplePlace::kTensor;
  int64_t inner = 1;
};

class StepMaker {
 public:
  StepMaker(const ResamplePlan& plan, const ResampleRoute& route, int64_t tile_row, int64_t width)
      : plan_(plan), route_(route), tile_row_(tile_row), width_(width) {}

  ResampleSteps Make() {
    const int64_t inner = plan_.shape.inner;
    const bool images = route_.lanes == LaneOrder::kImages;
    const Side x = {ResamplePlace::kTensor, images ? width_ : inner};
    const Side y = {images ? ResamplePlace::kUnpacked : ResamplePlace::kTensor, inner};
    if (plan_.shape.rank == 1) {
      AddStage(Last(0, x, n(2) * x.inner, y, m(2) * y.inner));
    } else if (route_.copies_last) {
      AddCopiesLast(x, y);
    } else if (plan_.shape.rank == 2) {
      const ResampleStep pair = Slice(x, y);
      for (int i = 0; i < pair.stages; ++i) AddStage(pair.stage[i]);
    } else {
      AddVolume(x, y);
    }
    return made_;
  }

 private:
  int64_t n(int i) const { return plan_.axis(i).n; }
  int64_t m(int i) const { return plan_.axis(i).m; }
  Side Tile() const { return {ResamplePlace::kTile, width_}; }

  void AddStage(const ResampleStage& stage) {
    ResampleStep& step = made_.step[made_.steps++];
    step.stage[0] = stage;
  }

  // The last axis of [rows, n2, inner].
  ResampleStage Last(int64_t rows, const Side& in, int64_t in_row, const Side& out,
                     int64_t out_row) const {
    ResampleStage stage;
    stage.axis = 2;
    stage.from = in.place;
    stage.to = out.place;
    const bool packs = route_.lanes == LaneOrder::kRows || in.place == ResamplePlace::kTensor;
    stage.lanes = packs ? route_.lanes : LaneOrder::kChannels;
    stage.region.rows = rows;
    stage.region.in_row = in_row;
    stage.region.out_row = out_row;
    stage.region.width = width_;
    stage.region.in_step = in.inner;
    stage.region.out_step = out.inner;
    return stage;
  }

  // The middle axis, from [n1, n2, inner] to the tile or from the tile to [m1, m2, inner].
  ResampleStage Middle(const Side& in, const Side& out) const {
    ResampleStage stage;
    stage.axis = 1;
    stage.from = in.place;
    stage.to = out.place;
    stage.region.width = width_;
    stage.region.cols = route_.last_first ? m(2) : n(2);
    stage.region.in_col = in.inner;
    stage.region.out_col = out.inner;
    stage.region.in_step = route_.last_first ? tile_row_ : n(2) * in.inner;
    stage.region.out_step = route_.last_first ? m(2) * out.inner : tile_row_;
    return stage;
  }

  // The last two axes of one slice.
  ResampleStep Slice(const Side& in, const Side& out) const {
    ResampleStep step;
    const int64_t in_row = n(2) * in.inner;
    const int64_t out_row = m(2) * out.inner;
    if (plan_.IsIdentity(1)) {
      step.stage[0] = Last(n(1), in, in_row, out, out_row);
      return step;
    }
    step.stages = 2;
    if (route_.last_first) {
      step.stage[0] = Last(n(1), in, in_row, Tile(), tile_row_);
      step.stage[1] = Middle(Tile(), out);
    } else {
      step.stage[0] = Middle(in, Tile());
      step.stage[1] = Last(m(1), Tile(), tile_row_, out, out_row);
    }
    return step;
  }

  // Slices before or after the first axis, with a volume between the two.
  void AddVolume(const Side& x, const Side& y) {
    const Side volume = {ResamplePlace::kVolume, width_};
    const int64_t in_slice = n(1) * n(2);
    const int64_t out_slice = m(1) * m(2);
    ResampleStage outer;
    outer.axis = 0;
    AxisRegion& region = outer.region;
    region.width = width_;
    if (route_.slices_first) {
      ResampleStep& step = made_.step[made_.steps++];
      step = Slice(x, volume);
      step.slices = n(0);
      step.in_slice = in_slice * (route_.lanes == LaneOrder::kImages ? plan_.channels : x.inner);
      step.out_slice = out_slice * width_;
      outer.from = volume.place;
      outer.to = y.place;
      region.cols = out_slice;
      region.in_col = width_;
      region.out_col = y.inner;
      region.in_step = out_slice * width_;
      region.out_step = out_slice * y.inner;
      AddStage(outer);
      return;
    }
    outer.from = x.place;
    outer.to = volume.place;
    region.width = region.in_step = region.out_step = in_slice * x.inner;
    AddStage(outer);
    ResampleStep& step = made_.step[made_.steps++];
    step = Slice(volume, y);
    step.slices = m(0);
    step.in_slice = in_slice * width_;
    step.out_slice = out_slice * y.inner;
  }

  // The other rows of x -> last axis -> tile -> middle axis -> tile; then the copied rows of x ->
  // last axis -> weighted, with the tile's -> y. The tile is smaller than one of all rows, memory
  // is read before and after the middle axis, and the output is written row by row.
  void AddCopiesLast(const Side& x, const Side& y) {
    const int64_t period = plan_.copied_rows_period;
    const int64_t in_row = n(2) * x.inner;
    ResampleStage others = Last(m(1), x, period * in_row, Tile(), (period - 1) * tile_row_);
    others.in_offset = in_row;
    others.region.cols = period - 1;
    others.region.in_col = in_row;
    others.region.out_col = tile_row_;
    AddStage(others);
    ResampleStage middle = Middle(Tile(), Tile());
    middle.region.out_step = tile_row_;
    AddStage(middle);
    ResampleStage copied = Last(m(1), x, period * in_row, y, m(2) * y.inner);
    copied.joins = true;
    copied.join_row = tile_row_;
    AddStage(copied);
  }

  const ResamplePlan& plan_;
  const ResampleRoute& route_;
  const int64_t tile_row_;
  const int64_t width_;
  ResampleSteps made_;
};

// In the order of the enumerators.
const char* NameOf(ResamplePlace place, const char* tensor) {
  const char* const names[] = {tensor, "tile", "volume", "unpacked"};
  return names[static_cast<int>(place)];
}

const char* NameOf(LaneOrder lanes) {
  constexpr const char* kNames[] = {"channels", "rows", "images", "samples"};
  return kNames[static_cast<int>(lanes)];
}

}  // namespace

TileSizes MeasureTiles(const ResamplePlan& plan, const ResampleRoute& route) {
  const AxisShape* axis = plan.shape.axis;
  TileSizes sizes;
  if (plan.shape.rank >= 2 && !plan.IsIdentity(1)) {
    const int64_t rows = route.copies_last ? axis[1].n - axis[1].m : axis[1].n;
    sizes.slice = route.last_first ? rows * axis[2].m : axis[1].m * axis[2].n;
  }
  if (plan.shape.rank == 3) {
    sizes.volume =
        route.slices_first ? axis[0].n * axis[1].m * axis[2].m : axis[0].m * axis[1].n * axis[2].n;
  }
  return sizes;
}

int64_t TileBytesPerChannel(const ResamplePlan& plan, const ResampleRoute& route) {
  const TileSizes sizes = MeasureTiles(plan, route);
  return (sizes.slice + sizes.volume) * static_cast<int64_t>(ComputeSize(plan.dtype));
}

ResampleSteps MakeSteps(const ResamplePlan& plan, const ResampleRoute& route, int64_t tile_row,
                        int64_t width) {
  return StepMaker(plan, route, tile_row, width).Make();
}

std::string DescribeStages(const ResamplePlan& plan) {
  if (plan.tasks == 0) return plan.shape.rank == 0 ? "copy" : "empty";
  std::string text;
  for (int s = 0; s < plan.whole.steps; ++s) {
    const ResampleStep& step = plan.whole.step[s];
    if (s > 0) text += "; ";
    if (step.slices > 0) text += "each slice: ";
    for (int k = 0; k < step.stages; ++k) {
      const ResampleStage& stage = step.stage[k];
      const AxisSpec& spec = plan.spec[stage.axis];
      if (k > 0) text += ", ";
      text += "axis " + std::to_string(stage.axis) + " " + NameOfKind(spec) + " " +
              NameOf(stage.from, "x") + "->" + NameOf(stage.to, "y") + " " + NameOf(stage.lanes);
      if (stage.joins) text += " + tile";
    }
  }
  return text + (plan.shared ? "; shared" : "");
}

}  // namespace spectral_ops
