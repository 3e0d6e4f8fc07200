// The gradient of <bands, analysis(x)> by the filters of one axis,
//
//   grad[b][t] = sum over entries (o, t, i, w) of w <x[.., i, ..], bands[.., o, .., b, ..]>
//
// of x analysed along all other axes, image by image. Compiled once for each SIMD target.
#include <algorithm>
#include <atomic>

#include "core/integers.h"
#include "cpu/base/parallel.h"
#include "cpu/wavelet/wavelet.h"
#include "cpu/wavelet/wavelet_lines-inl.h"
#include "cpu/wavelet/wavelet_rows-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {
namespace {

template <class S>
class GradientWalk {
 public:
  GradientWalk(const WaveletPlan& plan, const WaveletRows<S>* rows, char* own)
      : plan_(plan), rows_(rows), planes_(reinterpret_cast<S*>(own + plan.line_offset)) {}

  // Adds an image's part to sums [2, taps].
  void AddImage(const S* x, const S* bands, double* sums) {
    const WaveletShape& shape = plan_.shape;
    const int own_axis = shape.filter_axis;
    int64_t length[kMaxSpatialRank];
    for (int a = 0; a < shape.rank; ++a) length[a] = shape.axis[a].n;
    // Planes of the bands of the axes so far, the first ones' bands in front. They move from the
    // back of the planes to the front and back again, never over one that is still to be read.
    const S* given[4] = {x, nullptr, nullptr, nullptr};
    int count = 1;
    int slot = 0;
    for (int a = 0; a < shape.rank; ++a) {
      if (a == own_axis) continue;
      const S* made[4] = {};
      for (int p = 0; p < count; ++p) {
        S* lo = Plane(slot++);
        S* hi = Plane(slot++);
        Pass(a, length, given[p], lo, hi);
        made[2 * p] = lo;
        made[2 * p + 1] = hi;
      }
      count *= 2;
      std::copy_n(made, count, given);
      length[a] = shape.axis[a].h;
    }
    S* gathered = Plane(slot);
    for (int p = 0; p < count; ++p) {
      for (int b = 0; b < 2; ++b) {
        GatherBand(bands + BandOf(p, b) * plan_.band_stride, gathered);
        Contract(length, given[p], gathered, sums + b * shape.axis[own_axis].taps);
      }
    }
  }

 private:
  S* Plane(int slot) const { return planes_ + slot * plan_.line_elements; }

  // The number of a band from its bits along the other axes and along the own one.
  int64_t BandOf(int others, int own) const {
    const int rank = plan_.shape.rank;
    const int behind = rank - 1 - plan_.shape.filter_axis;
    const int low = others & ((1 << behind) - 1);
    return ((others >> behind) << (behind + 1)) | (own << behind) | low;
  }

  void Pass(int axis, const int64_t* length, const S* in, S* lo, S* hi) const {
    int64_t outer = 1;
    int64_t inner = plan_.channels;
    for (int a = 0; a < axis; ++a) outer *= length[a];
    for (int a = axis + 1; a < plan_.shape.rank; ++a) inner *= length[a];
    const WaveletRows<S>& rows = rows_[axis];
    for (int64_t p = 0; p < outer; ++p) {
      for (int64_t o = 0; o < rows.rows; ++o) {
        const int64_t to = (p * rows.rows + o) * inner;
        AnalyzeRow<S>(in + p * length[axis] * inner, inner, RowAt(rows, o), inner, lo + to,
                      hi + to);
      }
    }
  }

  // One band of the tensor, its positions next to each other.
  void GatherBand(const S* band, S* to) const {
    int64_t positions = 1;
    for (int a = 0; a < plan_.shape.rank; ++a) positions *= plan_.shape.axis[a].h;
    Gather(band, plan_.band_step[plan_.last()], positions, plan_.channels, to);
  }

  void Contract(const int64_t* length, const S* x, const S* band, double* sums) const {
    const WaveletAxis& axis = plan_.shape.axis[plan_.shape.filter_axis];
    int64_t outer = 1;
    int64_t inner = plan_.channels;
    for (int a = 0; a < plan_.shape.filter_axis; ++a) outer *= length[a];
    for (int a = plan_.shape.filter_axis + 1; a < plan_.shape.rank; ++a) inner *= length[a];
    for (int64_t p = 0; p < outer; ++p) {
      for (int64_t o = 0; o < axis.h; ++o) {
        const S* y = band + (p * axis.h + o) * inner;
        for (int64_t t = 0; t < axis.taps; ++t) {
          axis.ForEntries(o, t, [&](int64_t i, double w) HWY_ATTR {
            sums[t] += w * Dot(x + (p * axis.n + i) * inner, y, inner);
          });
        }
      }
    }
  }

  // Sums of more would lose digits.
  static constexpr int kVectorsOfSum = 32;
  static double Dot(const S* a, const S* b, int64_t count) {
    const Simd<S> d;
    double total = 0;
    int64_t i = 0;
    while (i + kLanes<S> <= count) {
      auto sum = hn::Zero(d);
      for (int k = 0; k < kVectorsOfSum && i + kLanes<S> <= count; ++k, i += kLanes<S>) {
        sum = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum);
      }
      total += static_cast<double>(hn::ReduceSum(d, sum));
    }
    for (; i < count; ++i) total += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return total;
  }

  const WaveletPlan& plan_;
  const WaveletRows<S>* rows_;
  S* planes_;
};

template <class S>
void FilterGradient(const WaveletPlan& plan, const WaveletCall& call, const RunMemory& memory,
                    const ParallelFor& parallel) {
  const WaveletShape& shape = plan.shape;
  const int64_t entries = 2 * shape.axis[shape.filter_axis].taps;
  WaveletRows<S> rows[kMaxSpatialRank];
  for (int a = 0; a < shape.rank; ++a) {
    if (a == shape.filter_axis) continue;
    Arena tables(memory.workspace + plan.table_offset[a]);
    rows[a] = BuildWaveletRows(shape.axis[a], WaveletMap::kAnalysis,
                               static_cast<const S*>(call.filters[a]), &tables);
  }
  auto* partials = reinterpret_cast<double*>(memory.workspace + plan.partial_offset);
  std::atomic<int64_t> next{0};
  auto body = [&](int worker) {
    GradientWalk<S> walk(
        plan, rows,
        memory.workspace + plan.worker_offset + static_cast<size_t>(worker) * plan.worker_bytes);
    for (int64_t task = next++; task < plan.tasks; task = next++) {
      double* sums = partials + task * entries;
      std::fill_n(sums, entries, 0.0);
      const int64_t end = std::min(plan.images, (task + 1) * plan.block);
      for (int64_t image = task * plan.block; image < end; ++image) {
        const int64_t bands = image / plan.images_apart * plan.batch_bands +
                              image % plan.images_apart * plan.image_bands;
        walk.AddImage(static_cast<const S*>(call.x) + image * plan.image_samples,
                      static_cast<const S*>(call.bands) + bands, sums);
      }
    }
  };
  if (plan.tasks > 0 && plan.channels > 0) parallel.Run(plan.workers, body);
  auto* grad = static_cast<S*>(call.result);
  for (int64_t k = 0; k < entries; ++k) {
    double sum = 0;
    for (int64_t task = 0; task < plan.tasks && plan.channels > 0; ++task) {
      sum += partials[task * entries + k];
    }
    grad[k] = static_cast<S>(sum);
  }
}

}  // namespace

void DispatchFilterGradient(const WaveletPlan& plan, const WaveletCall& call,
                            const RunMemory& memory, const ParallelFor& parallel) {
  if (plan.dtype == DataType::kFloat64) {
    return FilterGradient<double>(plan, call, memory, parallel);
  }
  FilterGradient<float>(plan, call, memory, parallel);
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
