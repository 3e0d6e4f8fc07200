// A level of a wavelet transform: analysis and synthesis, each the other's adjoint.
//
//   y[p, o0, o1, o2, b0 b1 b2, c] = sum f0[b0][t0] f1[b1][t1] f2[b2][t2] x[p, i0, i1, i2, c]
//
// over the entries (o, t, i, w) of each axis (core/wavelet.h). The plan: wavelet_plan.h. Compiled
// once for each SIMD target.
#include "cpu/wavelet/wavelet.h"

#include <algorithm>

#include "cpu/base/parallel.h"
#include "cpu/wavelet/wavelet_lines-inl.h"
#include "cpu/wavelet/wavelet_rows-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Defined in wavelet_gradient.cc, for the same target.
void DispatchFilterGradient(const WaveletPlan& plan, const WaveletCall& call,
                            const RunMemory& memory, const ParallelFor& parallel);

namespace {

// Takes rows of the first axis of an image through all axes, by a worker's tiles.
template <class S>
class WaveletWalk {
 public:
  WaveletWalk(const WaveletPlan& plan, const WaveletRows<S>* rows, char* own)
      : plan_(plan), rows_(rows) {
    for (int a = 0; a < plan.last(); ++a)
      tile_[a] = reinterpret_cast<S*>(own + plan.tile_offset[a]);
    for (int i = 0; i < 4; ++i) {
      lines_.line[i] = reinterpret_cast<S*>(own + plan.line_offset) + i * plan.line_elements;
    }
  }

  // Rows [begin, end) of axis a from samples `in`, of one image or tile, to the bands from `out`
  // on.
  template <class TIn, class TOut>
  void Analyze(int a, const TIn* in, int64_t begin, int64_t end, TOut* out) {
    const WaveletRows<S>& rows = rows_[a];
    const int64_t step = plan_.sample_step[a];
    const int64_t stride = plan_.band_stride << (plan_.last() - a);
    if (a == plan_.last() || a + 1 == kMaxSpatialRank) {
      const auto each = [&](int64_t from, int64_t to) HWY_ATTR {
        for (int64_t o = from; o < to; ++o) {
          TOut* y = out + o * plan_.band_step[a];
          AnalyzeRow<S>(in, step, RowAt(rows, o), plan_.channels, y, y + stride);
        }
      };
      return RunLast(rows, begin, end, each, [&](int64_t from, int64_t to) HWY_ATTR {
        AnalyzeLine<S>(rows, from, to, in, plan_.channels, lines_, out, plan_.band_step[a], stride);
      });
    }
    S* lo = tile_[a];
    S* hi = lo + plan_.tile_elements[a];
    for (int64_t o = begin; o < end; ++o) {
      AnalyzeRow<S>(in, step, RowAt(rows, o), step, lo, hi);
      TOut* y = out + o * plan_.band_step[a];
      Analyze(a + 1, static_cast<const S*>(lo), 0, rows_[a + 1].rows, y);
      Analyze(a + 1, static_cast<const S*>(hi), 0, rows_[a + 1].rows, y + stride);
    }
  }

  // Rows [begin, end) of axis a, samples from `out` on. Bands of `in` are band_stride apart.
  template <class TIn, class TOut>
  void Synthesize(int a, const TIn* in, int64_t band_stride, int64_t begin, int64_t end,
                  TOut* out) {
    const WaveletRows<S>& rows = rows_[a];
    const bool last_format = plan_.shape.format == DataFormat::kChannelsLast;
    const int64_t bands = int64_t{1} << (plan_.last() - a);  // behind each of this axis' two
    const int64_t stride = band_stride * bands;
    // From one position of an axis to the next, with the bands of this axis and those behind it.
    const auto band_step = [&](int axis) HWY_ATTR {
      return last_format ? plan_.band_step[axis] >> a : plan_.band_step[axis];
    };
    const int64_t step = band_step(a);
    if (a == plan_.last() || a + 1 == kMaxSpatialRank) {
      const auto each = [&](int64_t from, int64_t to) HWY_ATTR {
        for (int64_t i = from; i < to; ++i) {
          SynthesizeRow<S>(in, in + stride, step, RowAt(rows, i), plan_.channels,
                           out + i * plan_.channels);
        }
      };
      return RunLast(rows, begin, end, each, [&](int64_t from, int64_t to) HWY_ATTR {
        SynthesizeLine<S>(rows, from, to, in, step, stride, plan_.channels, lines_, out);
      });
    }
    // With channels last, the bands of a position lie together; else each is a plane of its own.
    int64_t positions = 1;
    for (int k = a + 1; k <= plan_.last(); ++k) positions *= plan_.shape.axis[k].h;
    const int64_t runs = last_format ? positions : bands;
    const int64_t run = last_format ? bands * plan_.channels : positions;
    const int64_t from_run = last_format ? 2 * run : band_stride;
    S* tile = tile_[a];
    for (int64_t i = begin; i < end; ++i) {
      const WaveletRow<S> row = RowAt(rows, i);
      for (int64_t r = 0; r < runs; ++r) {
        const TIn* x = in + r * from_run;
        SynthesizeRow<S>(x, x + stride, step, row, run, tile + r * run);
      }
      Synthesize(a + 1, static_cast<const S*>(tile), last_format ? plan_.channels : positions, 0,
                 rows_[a + 1].rows, out + i * plan_.sample_step[a]);
    }
  }

 private:
  // Rows of the last axis: `line` takes those of the interior where lanes are merged.
  template <class Each, class Line>
  void RunLast(const WaveletRows<S>& rows, int64_t begin, int64_t end, const Each& each,
               const Line& line) {
    const int64_t from = std::max(begin, rows.begin);
    const int64_t to = std::min(end, rows.end);
    if (!plan_.merged || from >= to) return each(begin, end);
    each(begin, from);
    line(from, to);
    each(to, end);
  }

  const WaveletPlan& plan_;
  const WaveletRows<S>* rows_;
  S* tile_[kMaxSpatialRank] = {};
  WaveletLines<S> lines_;
};

template <class T>
void RunRows(const WaveletPlan& plan, const WaveletCall& call, const RunMemory& memory,
             const ParallelFor& parallel) {
  using S = ComputeType<T>;
  if (plan.tasks == 0) return;
  WaveletRows<S> rows[kMaxSpatialRank];
  for (int a = 0; a < plan.shape.rank; ++a) {
    Arena tables(memory.workspace + plan.table_offset[a]);
    rows[a] = BuildWaveletRows(plan.shape.axis[a], plan.shape.map,
                               static_cast<const S*>(call.filters[a]), &tables);
  }
  const bool analysis = plan.shape.map == WaveletMap::kAnalysis;
  const int64_t blocks = (plan.rows + plan.block - 1) / plan.block;
  GuidedTasks queue(plan.tasks, plan.workers);
  auto body = [&](int worker) {
    WaveletWalk<S> walk(
        plan, rows,
        memory.workspace + plan.worker_offset + static_cast<size_t>(worker) * plan.worker_bytes);
    int64_t from = 0;
    int64_t to = 0;
    while (queue.Take(&from, &to)) {
      for (int64_t task = from; task < to; ++task) {
        const int64_t image = task / blocks;
        const int64_t begin = task % blocks * plan.block;
        const int64_t end = std::min(plan.rows, begin + plan.block);
        const int64_t samples = image * plan.image_samples;
        const int64_t bands = image / plan.images_apart * plan.batch_bands +
                              image % plan.images_apart * plan.image_bands;
        if (analysis) {
          walk.Analyze(0, static_cast<const T*>(call.x) + samples, begin, end,
                       static_cast<T*>(call.result) + bands);
        } else {
          walk.Synthesize(0, static_cast<const T*>(call.bands) + bands, plan.band_stride, begin,
                          end, static_cast<T*>(call.result) + samples);
        }
      }
    }
  };
  parallel.Run(plan.workers, body);
}

void Dispatch(const WaveletPlan& plan, const WaveletCall& call, const RunMemory& memory,
              const ParallelFor& parallel) {
  if (plan.shape.map == WaveletMap::kFilterGradient) {
    return DispatchFilterGradient(plan, call, memory, parallel);
  }
  ForType<hwy::float16_t, hwy::bfloat16_t>(plan.dtype, [&](auto tag) {
    RunRows<typename decltype(tag)::Type>(plan, call, memory, parallel);
  });
}

}  // namespace

extern const WaveletKernels kWaveletKernels = {{kVectorBytes, 1}, Dispatch};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
