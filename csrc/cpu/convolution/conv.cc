// Convolution by FFTs of tiles (overlap-save), forward and its adjoints.
//
//   forward           Y = X conj F     targets: the output's samples
//   input's gradient  X = Y F          the same with the channels exchanged
//   filters' gradient F = X conj Y     the tiles added up, targets: the taps
//
// Layout and stages: cpu/convolution/conv_plan.h, conv_walk-inl.h. Compiled once for each SIMD
// target.
#include "cpu/convolution/conv.h"

#include <cstring>
#include <type_traits>

#include "cpu/axes/axis_kinds.h"
#include "cpu/base/parallel.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/convolution/conv_images-inl.h"
#include "cpu/convolution/conv_local-inl.h"
#include "cpu/convolution/conv_walk-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {
namespace {

template <class T>
ConvRun<T> MakeRun(const ConvPlan& plan, const ConvCall& call, const RunMemory& memory) {
  using S = ComputeType<T>;
  ConvRun<T> run = {plan, {}, nullptr, {}, {}, nullptr, call.result, nullptr, nullptr, nullptr};
  const auto fft = [&](int i) {
    const auto* axis = static_cast<const AxisOperator<S>*>(memory.axes[i]);
    return std::get_if<ModeFft<S>>(&axis->tables);
  };
  run.column_fft[0] = &fft(0)->complex;
  run.column_fft[1] = &fft(1)->complex;
  run.row_fft = &fft(2)->real;
  run.source = MakeView(plan, static_cast<const T*>(call.source), false);
  if (plan.map == ConvMap::kFilterGradient) {
    run.second = MakeView(plan, static_cast<const T*>(call.other), true);
  } else {
    run.filters = static_cast<const T*>(call.other);
  }
  run.sources = reinterpret_cast<S*>(memory.workspace + plan.source_offset);
  run.targets = reinterpret_cast<S*>(memory.workspace + plan.target_offset);
  run.rows = reinterpret_cast<S*>(memory.workspace + plan.filter_offset);
  return run;
}

ConvPart FindPart(const ConvPlan& plan, int64_t chunk, int64_t block) {
  const int64_t tile = chunk * plan.chunk;
  const int64_t vector = block * plan.block;
  const int64_t tiles = plan.tiles - tile;
  const int64_t vectors = plan.target_vectors - vector;
  return {tile, tiles < plan.chunk ? tiles : plan.chunk, vector,
          vectors < plan.block ? vectors : plan.block};
}

// For each chunk of tiles: its rows, its columns; then for each block of targets rows of filters,
// the product, rows back. The first block's rows of filters go with the tiles', and are done once
// where there is no other.
template <bool kConjugate, class T>
void RunTargetStage(const ConvPlan& plan, ConvWalk<T>* walk, int64_t stage, const Piece& piece) {
  const int64_t per_chunk = 1 + 3 * plan.blocks;
  const int64_t chunk = stage / per_chunk;
  const int64_t own = stage % per_chunk;
  const int64_t block = own == 0 ? 0 : (own - 1) / 3;
  const ConvPart part = FindPart(plan, chunk, block);
  if (own == 0) {
    walk->SourceRowsIn(part, piece);
    if (plan.blocks > 1 || chunk == 0) walk->FilterRowsIn(part, piece);
    return;
  }
  switch ((own - 1) % 3) {
    case 0:
      return block > 0 ? walk->FilterRowsIn(part, piece) : walk->SourceColumns(part, piece);
    case 1:
      return walk->template MixTargets<kConjugate>(part, piece);
    default:
      return walk->TargetRowsOut(part, piece);
  }
}

// For each block of targets and each chunk of tiles: the rows of both, their columns, the product;
// at the end of the block the rows of its filters back.
template <class T>
void RunFilterStage(const ConvPlan& plan, ConvWalk<T>* walk, int64_t stage, const Piece& piece) {
  const int64_t per_block = 3 * plan.chunks + 1;
  const int64_t block = stage / per_block;
  const int64_t own = stage % per_block;
  const int64_t chunk = own / 3;
  if (chunk == plan.chunks) return walk->FilterRowsOut(FindPart(plan, 0, block), piece);
  const ConvPart part = FindPart(plan, chunk, block);
  const bool sources = plan.chunks > 1 || block == 0;
  switch (own % 3) {
    case 0:
      if (sources) walk->SourceRowsIn(part, piece);
      return walk->SecondRowsIn(part, piece);
    case 1:
      if (sources) walk->SourceColumns(part, piece);
      return walk->SecondColumns(part, piece);
    default:
      return walk->MixFilters(part, piece);
  }
}

// For each block of targets: its filters' spectra, then tile by tile.
template <bool kConjugate, class T>
void RunLocalStage(const ConvPlan& plan, ConvLocal<T>* local, int64_t stage, const Piece& piece) {
  const ConvPart part = FindPart(plan, 0, stage / 2);
  if (stage % 2 == 0) {
    local->FilterSpectra(part, piece);
  } else {
    local->template Tiles<kConjugate>(part, piece);
  }
}

template <class T>
void RunConv(const ConvPlan& plan, const ConvCall& call, const RunMemory& memory,
             const ParallelFor& parallel) {
  if (plan.IsEmpty()) {
    if (plan.result_bytes > 0) std::memset(call.result, 0, plan.result_bytes);
    return;
  }
  const bool of_filters = plan.map == ConvMap::kFilterGradient;
  T* repeated = reinterpret_cast<T*>(memory.workspace + plan.images_offset);
  ConvCall joined = call;
  if (plan.images > 1) {
    if (of_filters) {
      joined.result = repeated;
    } else {
      RepeatFilters(plan, static_cast<const T*>(call.other), repeated);
      joined.other = repeated;
    }
  }
  const ConvRun<T> run = MakeRun<T>(plan, joined, memory);
  char* workers = memory.workspace + plan.worker_offset;
  const auto start = [&](int64_t stages, auto make_walk, const auto& run_stage) {
    StagedWork work(stages, plan.pieces);
    auto body = [&](int worker) {
      auto walk = make_walk(workers + static_cast<size_t>(worker) * plan.worker_bytes);
      work.Take([&](int64_t stage, const Piece& piece) { run_stage(&walk, stage, piece); });
      if (plan.streams) FinishStreams();
    };
    parallel.Run(plan.workers, body);
  };
  if (plan.local) {
    const auto make = [&](char* scratch) { return ConvLocal<T>(run, scratch); };
    start(2 * plan.blocks, make, [&](ConvLocal<T>* walk, int64_t stage, const Piece& piece) {
      if (plan.map == ConvMap::kForward) {
        RunLocalStage<true>(plan, walk, stage, piece);
      } else {
        RunLocalStage<false>(plan, walk, stage, piece);
      }
    });
    return;
  }
  const auto make = [&](char* scratch) { return ConvWalk<T>(run, scratch); };
  start(of_filters ? plan.blocks * (3 * plan.chunks + 1) : plan.chunks * (1 + 3 * plan.blocks),
        make, [&](ConvWalk<T>* walk, int64_t stage, const Piece& piece) {
          switch (plan.map) {
            case ConvMap::kForward:
              return RunTargetStage<true>(plan, walk, stage, piece);
            case ConvMap::kInputGradient:
              return RunTargetStage<false>(plan, walk, stage, piece);
            case ConvMap::kFilterGradient:
              return RunFilterStage(plan, walk, stage, piece);
          }
        });
  if constexpr (std::is_same_v<T, ComputeType<T>>) {  // others have no images as channels
    if (of_filters && plan.images > 1) {
      SumOverImages<T>(plan, repeated, static_cast<T*>(call.result));
    }
  }
}

void DispatchConv(const ConvPlan& plan, const ConvCall& call, const RunMemory& memory,
                  const ParallelFor& parallel) {
  ForType<hwy::float16_t, hwy::bfloat16_t>(plan.dtype, [&](auto tag) {
    RunConv<typename decltype(tag)::Type>(plan, call, memory, parallel);
  });
}

}  // namespace

extern const ConvKernels kConvKernels = {
    {kVectorBytes},
    DispatchConv,
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
