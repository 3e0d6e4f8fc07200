// A level of a wavelet transform: analysis and synthesis, each the other's adjoint.
//
//   y[p, o0, o1, o2, b0 b1 b2, c] = sum f0[b0][t0] f1[b1][t1] f2[b2][t2] x[p, i0, i1, i2, c]
//
// over the entries (o, t, i, w) of each axis (core/wavelet.h). The plan: wavelet_plan.h. Compiled
// once for each SIMD target.
#include "cpu/wavelet/wavelet.h"

#include <algorithm>
#include <type_traits>

#include "core/integers.h"
#include "cpu/base/parallel.h"
#include "cpu/base/streams.h"
#include "cpu/wavelet/wavelet_fetch-inl.h"
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
  // `streams`: the result is aligned, and goes past the caches.
  WaveletWalk(const WaveletPlan& plan, const WaveletRows<S>* rows, bool streams, char* own)
      : plan_(plan), rows_(rows), streams_(streams) {
    for (int a = 0; a < plan.last(); ++a) {
      tile_[a] = reinterpret_cast<S*>(own + plan.tile_offset[a]);
    }
    for (int i = 0; i < 4; ++i) {
      lines_.line[i] = reinterpret_cast<S*>(own + plan.line_offset) + i * plan.line_elements;
    }
  }

  // Rows [begin, end) of axis a from samples `in`, of one image or tile, to the bands from `out`
  // on.
  template <class TIn, class TOut>
  void Analyze(int a, const TIn* in, int64_t begin, int64_t end, TOut* out) {
    const WaveletRows<S>& rows = rows_[a];
    const int64_t band_step = plan_.band_step[a];
    const int64_t stride = BandStride(a);
    if (a == plan_.last() || a + 1 == kMaxSpatialRank) {
      const int64_t from = std::max(begin, rows.begin);
      const int64_t to = std::min(end, rows.end);
      if (from >= to) return AnalyzeEdges(a, in, begin, end, out);
      AnalyzeEdges(a, in, begin, from, out);
      if (plan_.merged) {
        AnalyzeLine<S>(rows, from, to, in, plan_.channels, lines_, out, band_step, stride);
      } else {
        ForPieces(from, to, [&](int64_t first, int64_t behind) HWY_ATTR {
          AnalyzeInner(a, in, first, behind, out);
        });
      }
      return AnalyzeEdges(a, in, to, end, out);
    }
    for (int64_t o = begin; o < end;) {
      const int64_t count = CountTogether(a, o, end);
      AnalyzePlanes(a, in, o, count, count < end - o, out + o * band_step);
      o += count;
    }
  }

  // Rows [begin, end) of axis a, samples from `out` on. Bands of `in` are band_stride apart.
  template <class TIn, class TOut>
  void Synthesize(int a, const TIn* in, int64_t band_stride, int64_t begin, int64_t end,
                  TOut* out) {
    const WaveletRows<S>& rows = rows_[a];
    const bool last_format = ChannelsLast();
    const int64_t bands = int64_t{1} << (plan_.last() - a);  // behind each of this axis' two
    const int64_t stride = band_stride * bands;
    // From one position of the axis to the next, with the bands of this axis and those behind it.
    const int64_t step = last_format ? plan_.band_step[a] >> a : plan_.band_step[a];
    if (a == plan_.last() || a + 1 == kMaxSpatialRank) {
      const int64_t from = std::max(begin, rows.begin);
      const int64_t to = std::min(end, rows.end);
      const auto edges = [&](int64_t first, int64_t behind)
                             HWY_ATTR { SynthesizeEdges(a, in, stride, step, first, behind, out); };
      if (from >= to) return edges(begin, end);
      edges(begin, from);
      if (plan_.merged) {
        SynthesizeLine<S>(rows, from, to, in, step, stride, plan_.channels, lines_, out);
      } else {
        ForPieces(from, to, [&](int64_t first, int64_t behind) HWY_ATTR {
          WithStores(out, [&](auto stores) HWY_ATTR {
            SynthesizeInterior<S>(rows, first, behind, in, in + stride, step,
                                  {1, plan_.channels, 0}, out + first * plan_.channels,
                                  plan_.channels, &stores);
          });
        });
      }
      return edges(to, end);
    }
    // With channels last, the bands of a position lie together; else each is a plane of its own.
    int64_t positions = 1;
    for (int k = a + 1; k <= plan_.last(); ++k) positions *= plan_.shape.axis[k].h;
    const int64_t runs = last_format ? positions : bands;
    const int64_t run = last_format ? bands * plan_.channels : positions;
    const int64_t from_run = last_format ? 2 * run : band_stride;
    for (int64_t i = begin; i < end;) {
      const int64_t count = CountTogether(a, i, end);
      SynthesizePlanes(a, in, stride, step, {runs, run, from_run}, i, count, count < end - i,
                       out + i * plan_.sample_step[a]);
      i += count;
    }
  }

 private:
  // Calls run(stores) with how the last axis writes to the result, whose type TOut is.
  template <class TOut, class Run>
  HWY_INLINE void WithStores(const TOut* /*out*/, const Run& run) const {
    if constexpr (std::is_same_v<TOut, S>) {
      if (streams_) return run(Streams());
    }
    run(NoFetches());
  }

  template <class T>
  static constexpr int64_t Bytes() {
    return static_cast<int64_t>(sizeof(T));
  }

  bool ChannelsLast() const { return plan_.shape.format == DataFormat::kChannelsLast; }

  // What is read next: of so many positions behind those that `row` of axis a meets, `elements`
  // from where they stand.
  template <class T>
  MemoryRuns Coming(int a, int64_t row, int64_t positions, int64_t count, const T* in, int64_t step,
                    int64_t elements) const {
    const int64_t from = std::min(positions, std::max<int64_t>(0, rows_[a].EndOfInput(row)));
    return {in + from * step, std::min(count, positions - from), step * Bytes<T>(),
            elements * Bytes<T>()};
  }

  // From the lowpass band of axis a to its highpass band.
  int64_t BandStride(int a) const { return plan_.band_stride << (plan_.last() - a); }

  // How many rows from `row` on a tile takes at once: those of the interior are neighbours.
  int64_t CountTogether(int a, int64_t row, int64_t end) const {
    const WaveletRows<S>& rows = rows_[a];
    const int64_t inside = row < rows.begin ? 0 : std::min(end, rows.end) - row;
    return plan_.tile_rows[a] <= inside && rows.StartsGroup(row) ? plan_.tile_rows[a] : 1;
  }

  // Calls run(first, behind) for rows of the last axis that go through cache together.
  template <class Run>
  void ForPieces(int64_t begin, int64_t end, const Run& run) const {
    for (int64_t from = begin; from < end; from += plan_.piece) {
      run(from, std::min(end, from + plan_.piece));
    }
  }

  // Rows of the last axis.
  template <class TIn, class TOut>
  void AnalyzeEdges(int a, const TIn* in, int64_t begin, int64_t end, TOut* out) const {
    for (int64_t o = begin; o < end; ++o) {
      TOut* y = out + o * plan_.band_step[a];
      AnalyzeRow<S>(in, plan_.channels, RowAt(rows_[a], o), plan_.channels, y, y + BandStride(a));
    }
  }

  template <class TIn, class TOut>
  void AnalyzeInner(int a, const TIn* in, int64_t begin, int64_t end, TOut* out) const {
    TOut* y = out + begin * plan_.band_step[a];
    WithStores(out, [&](auto stores) HWY_ATTR {
      AnalyzeInterior<S>(rows_[a], begin, end, in, plan_.channels, plan_.channels, y,
                         y + BandStride(a), plan_.band_step[a], &stores);
    });
  }

  // `count` rows of axis a through the axes behind it, to bands from `out` on. Where the last axis
  // is next, it follows piece by piece, while tiles are near.
  template <class TIn, class TOut>
  void AnalyzePlanes(int a, const TIn* in, int64_t row, int64_t count, bool more, TOut* out) {
    const WaveletRows<S>& next = rows_[a + 1];
    const int64_t step = plan_.sample_step[a];
    const int64_t tile = plan_.tile_elements[a];  // low, high, low, ..
    const bool joins = a + 1 == plan_.last() && !plan_.merged;
    const int64_t piece = joins ? plan_.piece * plan_.channels : step;
    const auto each = [&](const auto& run) HWY_ATTR {
      for (int64_t i = 0; i < 2 * count; ++i) {
        run(static_cast<const S*>(tile_[a] + i * tile),
            out + i / 2 * plan_.band_step[a] + i % 2 * BandStride(a));
      }
    };
    int64_t from = next.begin;
    int64_t asked = 0;
    for (int64_t at = 0; at < step; at += piece) {
      const int64_t width = std::min(piece, step - at);
      S* lo = tile_[a] + at;
      const bool ends = at + width == step;
      const int64_t to = ends ? next.end : next.Ready((at + width) / plan_.channels);
      Fetches fetches;
      const int64_t calls = CeilDiv(width, 4 * kLanes<S>) * CeilDiv(count * 4, kSumPairs);
      if (a == 0 && more) {
        fetches.reads.Start(Coming(a, row + count - 1, plan_.shape.axis[a].n,
                                   rows_[a].advance * count, in + at, step, width),
                            calls);
      }
      if (a + 1 == plan_.last() && ChannelsLast() && !streams_) {
        const int64_t behind = ends ? next.rows : to;
        const int64_t position = plan_.band_step[a + 1];
        fetches.writes.Start({out + asked * position, count, plan_.band_step[a] * Bytes<TOut>(),
                              (behind - asked) * position * Bytes<TOut>()},
                             calls);
        asked = behind;
      }
      AnalyzeInterior<S>(rows_[a], row, row + count, in + at, step, width, lo, lo + tile, 2 * tile,
                         &fetches);
      if (!joins || from >= to) continue;
      each([&](const S* x, TOut* y) HWY_ATTR { AnalyzeInner(a + 1, x, from, to, y); });
      from = to;
    }
    if (!joins) {
      return each([&](const S* x, TOut* y) HWY_ATTR { Analyze(a + 1, x, 0, next.rows, y); });
    }
    // Rows of the ends through all tiles at once.
    const auto edges = [&](int64_t begin, int64_t end) HWY_ATTR {
      for (int64_t o = begin; o < end; ++o) {
        for (int b = 0; b < 2; ++b) {
          TOut* y = out + o * plan_.band_step[a + 1] + b * BandStride(a);
          WithStores(out, [&](auto stores) HWY_ATTR {
            AnalyzeRows<S>(static_cast<const S*>(tile_[a] + b * tile), plan_.channels, 2 * tile,
                           RowAt(next, o), count, plan_.channels, y, y + BandStride(a + 1),
                           plan_.band_step[a], &stores);
          });
        }
      }
    };
    edges(0, next.begin);
    edges(next.end, next.rows);
  }

  // `count` rows of axis a through the axes behind it, to samples from `out` on, piece by piece as
  // an analysis.
  template <class TIn, class TOut>
  void SynthesizePlanes(int a, const TIn* in, int64_t stride, int64_t step, const Runs& runs,
                        int64_t row, int64_t count, bool more, TOut* out) {
    const WaveletRows<S>& rows = rows_[a];
    const WaveletRows<S>& next = rows_[a + 1];
    const bool last_format = ChannelsLast();
    const bool joins = a + 1 == plan_.last() && !plan_.merged && last_format;
    const int64_t piece = joins ? plan_.piece : runs.count;
    const int64_t tile = plan_.tile_elements[a];
    const int64_t next_stride = last_format ? plan_.channels : runs.width;
    const int64_t channels = plan_.channels;
    const auto each = [&](const auto& run) HWY_ATTR {
      for (int64_t i = 0; i < count; ++i) {
        run(static_cast<const S*>(tile_[a] + i * tile), out + i * plan_.sample_step[a]);
      }
    };
    int64_t from = next.begin;
    int64_t asked = 0;
    for (int64_t at = 0; at < runs.count; at += piece) {
      const Runs part = {std::min(piece, runs.count - at), runs.width, runs.in_step};
      const TIn* x = in + at * runs.in_step;
      S* y = tile_[a] + at * runs.width;
      const bool ends = at + part.count == runs.count;
      const int64_t to = ends ? next.end : next.Ready(at + part.count);
      if (count == 1) {
        SynthesizeRuns<S>(x, x + stride, step, RowAt(rows, row), part, y);
      } else {
        Fetches fetches;
        const int64_t calls =
            part.count * CeilDiv(part.width, 4 * kLanes<S>) * CeilDiv(count * 2, kSumPairs);
        if (a == 0 && more && last_format) {
          fetches.reads.Start(Coming(a, row + count - 1, plan_.shape.axis[a].h, count / rows.phases,
                                     x, step, part.count * part.in_step),
                              calls);
        }
        if (a + 1 == plan_.last() && last_format && !streams_) {
          const int64_t behind = ends ? next.rows : to;
          fetches.writes.Start({out + asked * channels, count, plan_.sample_step[a] * Bytes<TOut>(),
                                (behind - asked) * channels * Bytes<TOut>()},
                               calls);
          asked = behind;
        }
        SynthesizeInterior<S>(rows, row, row + count, x, x + stride, step, part, y, tile, &fetches);
      }
      if (!joins || from >= to) continue;
      each([&](const S* c, TOut* z) HWY_ATTR {
        WithStores(out, [&](auto stores) HWY_ATTR {
          SynthesizeInterior<S>(next, from, to, c, c + next_stride, 2 * channels, {1, channels, 0},
                                z + from * channels, channels, &stores);
        });
      });
      from = to;
    }
    each([&](const S* c, TOut* z) HWY_ATTR {
      if (!joins) return Synthesize(a + 1, c, next_stride, 0, next.rows, z);
      SynthesizeEdges(a + 1, c, next_stride, 2 * channels, 0, next.begin, z);
      SynthesizeEdges(a + 1, c, next_stride, 2 * channels, next.end, next.rows, z);
    });
  }

  template <class TIn, class TOut>
  void SynthesizeEdges(int a, const TIn* in, int64_t stride, int64_t step, int64_t begin,
                       int64_t end, TOut* out) const {
    for (int64_t i = begin; i < end; ++i) {
      SynthesizeRow<S>(in, in + stride, step, RowAt(rows_[a], i), plan_.channels,
                       out + i * plan_.channels);
    }
  }

  const WaveletPlan& plan_;
  const WaveletRows<S>* rows_;
  const bool streams_;
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
  const bool streams = plan.streams && BeginsLine(call.result);
  GuidedTasks queue(plan.tasks, plan.workers);
  auto body = [&](int worker) {
    WaveletWalk<S> walk(
        plan, rows, streams,
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
    if (streams) FinishStreams();
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
