// Resamples axis after axis on tiles that stay in L2, each by its folded matrix or by FFTs.
//
//   y[p, j0, j1, j2, c] = sum R0[j0, i0] R1[j1, i1] R2[j2, i2] x[p, i0, i1, i2, c]
//
// Layout: core/resample.h; the walk: core/resample_plan.h; the ways: axis_product-inl.h and
// axis_fft-inl.h. Compiled once for each SIMD target.
#include "cpu/resample.h"

#include <atomic>
#include <cstring>

#include "cpu/axis_fft-inl.h"
#include "cpu/axis_product-inl.h"
#include "cpu/tuning.h"
#include "cpu/vector-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {
namespace {

// The map of one axis, in the way that the plan chose.
template <class S>
struct AxisOperator {
  bool by_fft = false;
  AxisMatrix<S> matrix;
  AxisFft<S> fft;
};

// Where one axis runs: [rows][axis][cols][width], `width` elements contiguous on both sides.
struct Region {
  int64_t rows = 1;
  int64_t in_row = 0;
  int64_t out_row = 0;
  int64_t cols = 1;
  int64_t in_col = 0;
  int64_t out_col = 0;
  int64_t width = 1;
  int64_t in_step = 0;
  int64_t out_step = 0;

  // Joins neighbours that are contiguous on both sides, so that fewer vectors are half empty.
  void Merge() {
    if (cols > 1 && in_col == width && out_col == width) {
      width *= cols;
      cols = 1;
    }
    if (rows > 1 && cols == 1 && in_row == width && out_row == width) {
      width *= rows;
      rows = 1;
    }
  }
};

// Walks the vectors of a region: `lane` counts within the width.
struct Cursor {
  int64_t row = 0;
  int64_t col = 0;
  int64_t lane = 0;

  void Advance(const Region& region, int64_t lanes) {
    lane += lanes;
    if (lane < region.width) return;
    lane = 0;
    if (++col < region.cols) return;
    col = 0;
    ++row;
  }
};

template <int V, class S, class TIn, class TOut>
HWY_INLINE void RunBundle(const AxisOperator<S>& axis, const Region& region, const TIn* in,
                          TOut* out, S* scratch, Cursor* cursor) {
  Lanes<V, TIn, TOut> lanes;
  lanes.in_step = region.in_step;
  lanes.out_step = region.out_step;
  for (int v = 0; v < V; ++v) {
    lanes.in[v] = in + cursor->row * region.in_row + cursor->col * region.in_col + cursor->lane;
    lanes.out[v] = out + cursor->row * region.out_row + cursor->col * region.out_col + cursor->lane;
    const int64_t left = region.width - cursor->lane;
    lanes.count[v] = left < kLanes<S> ? static_cast<int>(left) : kLanes<S>;
    cursor->Advance(region, kLanes<S>);
  }
  if (axis.by_fft) {
    TransformLanes<V>(axis.fft, lanes, scratch);
  } else {
    MultiplyLanes<V>(axis.matrix, lanes, scratch);
  }
}

template <class S, class TIn, class TOut>
void RunAxis(const AxisOperator<S>& axis, Region region, const TIn* in, TOut* out, S* scratch) {
  region.Merge();
  const int64_t vectors = region.rows * region.cols * ((region.width + kLanes<S> - 1) / kLanes<S>);
  Cursor cursor;
  int64_t t = 0;
  for (; t + kVectors <= vectors; t += kVectors) {
    RunBundle<kVectors>(axis, region, in, out, scratch, &cursor);
  }
  for (; t < vectors; ++t) RunBundle<1>(axis, region, in, out, scratch, &cursor);
}

// One task: one image of one channel block, or a group of rows.
template <class T>
class ImageWalk {
 public:
  using S = ComputeType<T>;

  ImageWalk(const ResamplePlan& plan, const AxisOperator<S>* axes, char* scratch)
      : plan_(plan),
        axes_(axes),
        slice_(reinterpret_cast<S*>(scratch)),
        volume_(reinterpret_cast<S*>(scratch + plan.volume_offset)),
        scratch_(reinterpret_cast<S*>(scratch + plan.axis_offset)),
        packed_(reinterpret_cast<S*>(scratch + plan.packed_offset)),
        unpacked_(reinterpret_cast<S*>(scratch + plan.unpacked_offset)) {}

  // x: [images, n0, n1, n2, inner], y: [images, m0, m1, m2, inner], both at the first of `width`
  // channels; more than one image only where images are rows.
  void Run(const T* x, T* y, int64_t images, int64_t width) {
    const int64_t inner = plan_.shape.inner;
    const AxisShape& a0 = plan_.axis(0);
    const AxisShape& a1 = plan_.axis(1);
    const AxisShape& a2 = plan_.axis(2);
    if (plan_.shape.rank == 1) {
      RunLastAxis(images, x, a2.n * inner, inner, y, a2.m * inner, inner, width);
      return;
    }
    if (plan_.shape.rank == 2) {
      RunSlice(x, inner, y, inner, width);
      return;
    }
    const int64_t in_slice = a1.n * a2.n * inner;
    const int64_t out_slice = a1.m * a2.m * inner;
    Region region;
    region.width = width;
    if (plan_.last_axis_first) {
      const int64_t slice = a1.m * a2.m * width;
      for (int64_t i = 0; i < a0.n; ++i) {
        RunSlice(x + i * in_slice, inner, volume_ + i * slice, width, width);
      }
      region.cols = a1.m * a2.m;
      region.in_col = width;
      region.out_col = inner;
      region.in_step = slice;
      region.out_step = out_slice;
      RunAxis(axes_[0], region, volume_, y, scratch_);
    } else {
      region.width = in_slice;
      region.in_step = region.out_step = in_slice;
      RunAxis(axes_[0], region, x, volume_, scratch_);
      for (int64_t j = 0; j < a0.m; ++j) {
        RunSlice(volume_ + j * in_slice, inner, y + j * out_slice, inner, width);
      }
    }
  }

 private:
  // in: [n1, n2, in_inner] -> out: [m1, m2, out_inner], `width` channels of each.
  template <class TIn, class TOut>
  void RunSlice(const TIn* in, int64_t in_inner, TOut* out, int64_t out_inner, int64_t width) {
    const AxisShape& a1 = plan_.axis(1);
    const AxisShape& a2 = plan_.axis(2);
    const int64_t in_row = a2.n * in_inner;
    const int64_t out_row = a2.m * out_inner;
    if (a1.IsIdentity()) {
      RunLastAxis(a1.n, in, in_row, in_inner, out, out_row, out_inner, width);
      return;
    }
    Region region;
    region.width = width;
    if (plan_.last_axis_first) {
      RunLastAxis(a1.n, in, in_row, in_inner, slice_, plan_.tile_row, width, width);
      region.cols = a2.m;
      region.in_col = width;
      region.out_col = out_inner;
      region.in_step = plan_.tile_row;
      region.out_step = out_row;
      RunAxis(axes_[1], region, slice_, out, scratch_);
    } else {
      region.cols = a2.n;
      region.in_col = in_inner;
      region.out_col = width;
      region.in_step = in_row;
      region.out_step = plan_.tile_row;
      RunAxis(axes_[1], region, in, slice_, scratch_);
      RunLastAxis(a1.m, slice_, plan_.tile_row, width, out, out_row, out_inner, width);
    }
  }

  // in: [rows, n2, in_inner] -> out: [rows, m2, out_inner], rows in_row and out_row apart.
  template <class TIn, class TOut>
  void RunLastAxis(int64_t rows, const TIn* in, int64_t in_row, int64_t in_inner, TOut* out,
                   int64_t out_row, int64_t out_inner, int64_t width) {
    Region region;
    if (!plan_.rows_as_lanes) {
      region.rows = rows;
      region.in_row = in_row;
      region.out_row = out_row;
      region.width = width;
      region.in_step = in_inner;
      region.out_step = out_inner;
      RunAxis(axes_[2], region, in, out, scratch_);
      return;
    }
    region.width = region.in_step = region.out_step = width * kLanes<S>;
    const int64_t in_length = plan_.axis(2).n * width;
    const int64_t out_length = plan_.axis(2).m * width;
    for (int64_t row = 0; row < rows; row += kLanes<S>) {
      const int count = rows - row < kLanes<S> ? static_cast<int>(rows - row) : kLanes<S>;
      PackRows(in + row * in_row, in_row, count, in_length, packed_);
      RunAxis(axes_[2], region, packed_, unpacked_, scratch_);
      UnpackRows(unpacked_, count, out_length, out + row * out_row, out_row);
    }
  }

  const ResamplePlan& plan_;
  const AxisOperator<S>* axes_;
  S* slice_;
  S* volume_;
  S* scratch_;
  S* packed_;
  S* unpacked_;
};

template <class T>
void Forward(const ResamplePlan& plan, const ResampleBuffers& buffers,
             const ParallelFor& parallel) {
  using S = ComputeType<T>;
  const auto* x = static_cast<const T*>(buffers.x);
  auto* y = static_cast<T*>(buffers.y);
  if (plan.shape.rank == 0) {
    if (plan.shape.InputElements() > 0) {
      std::memcpy(y, x, static_cast<size_t>(plan.shape.InputElements()) * sizeof(T));
    }
    return;
  }
  if (plan.tasks == 0) return;
  auto* workspace = static_cast<char*>(buffers.workspace);
  AxisOperator<S> axes[kMaxSpatialRank];
  for (int i = 0; i < kMaxSpatialRank; ++i) {
    const AxisShape& axis = plan.axis(i);
    if (axis.IsIdentity()) continue;
    const auto* window = static_cast<const S*>(buffers.windows[plan.source_axis[i]]);
    void* memory = workspace + plan.matrix_offset[i];
    void* table = workspace + plan.table_offset;
    axes[i].by_fft = plan.by_fft[i];
    if (plan.by_fft[i]) {
      axes[i].fft = BuildAxisFft<S>(axis, plan.norm, window, memory, table);
    } else {
      axes[i].matrix = BuildAxisMatrix<S>(axis, plan.norm, window, kRowBlock, memory, table);
    }
  }
  int64_t in_image = plan.shape.inner;
  int64_t out_image = plan.shape.inner;
  for (const AxisShape& axis : plan.shape.axis) {
    in_image *= axis.n;
    out_image *= axis.m;
  }
  const int64_t blocks = (plan.shape.inner + plan.channel_block - 1) / plan.channel_block;
  std::atomic<int64_t> next{0};
  auto body = [&](int worker) {
    ImageWalk<T> walk(
        plan, axes,
        workspace + plan.worker_offset + static_cast<size_t>(worker) * plan.worker_bytes);
    for (int64_t task = next++; task < plan.tasks; task = next++) {
      const int64_t image = task / blocks * plan.row_group;
      const int64_t channel = task % blocks * plan.channel_block;
      const int64_t images_left = plan.shape.outer - image;
      const int64_t width_left = plan.shape.inner - channel;
      walk.Run(x + image * in_image + channel, y + image * out_image + channel,
               images_left < plan.row_group ? images_left : plan.row_group,
               width_left < plan.channel_block ? width_left : plan.channel_block);
    }
  };
  parallel.Run(plan.workers, body);
}

void DispatchForward(const ResamplePlan& plan, const ResampleBuffers& buffers,
                     const ParallelFor& parallel) {
  switch (plan.dtype) {
    case DataType::kFloat16:
      return Forward<hwy::float16_t>(plan, buffers, parallel);
    case DataType::kBFloat16:
      return Forward<hwy::bfloat16_t>(plan, buffers, parallel);
    case DataType::kFloat32:
      return Forward<float>(plan, buffers, parallel);
    case DataType::kFloat64:
      return Forward<double>(plan, buffers, parallel);
  }
}

}  // namespace

// Defined in resample_window.cc, for the same target.
void DispatchWindowGradient(const WindowGradientPlan& plan, const WindowGradientBuffers& buffers,
                            const ParallelFor& parallel);

extern const ResampleKernels kResampleKernels = {
    {HWY_TARGET == HWY_SCALAR ? 1 : static_cast<int64_t>(kLanes<uint8_t>), kVectors, kRowBlock,
     kCpuTuning},
    DispatchForward,
    DispatchWindowGradient,
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
