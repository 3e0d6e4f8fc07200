#include "gpu/chain.h"

#include <algorithm>

#include "core/dims.h"
#include "core/integers.h"
#include "core/memory.h"
#include "gpu/chain_place.h"
#include "gpu/plane_place.h"
#include "gpu/whole_fft.h"

namespace spectral_ops::gpu {
namespace {

int64_t RowElements(const AxisMap& map) {  // of the larger of what an FFT takes and gives
  const auto spectrum = [](int64_t n) { return 2 * (n / 2 + 1); };
  if (map.resample) return spectrum(std::max(map.shape.n, map.shape.m));
  return std::max(map.parts() * map.modes.modes(),
                  map.modes.half ? spectrum(map.modes.length) : 2 * map.modes.length);
}

// Images of a chunk, at most so many: as many as leave fewest processors without a block when a
// launch ends.
template <class S>
int64_t FullChunk(const GpuTraits& traits, const Chain& chain, int64_t most) {
  const auto clocks = [&](int64_t chunk) {
    double sum = 0;
    for (int i = chain.fused ? 2 : 0; i < chain.count; ++i) {
      const AxisPass& pass = chain.pass[i];
      if (!pass.ByMatrix()) continue;
      const auto rounds = [&](int64_t images) {
        return CeilDiv(CeilDiv(images * pass.Rows(), pass.panel.columns), traits.processors);
      };
      const int64_t all = chain.images / chunk * rounds(chunk) + rounds(chain.images % chunk);
      sum += static_cast<double>(all) * PanelClocks<S>(traits, pass) * pass.panel.columns /
             static_cast<double>(pass.Rows());
      sum += static_cast<double>(CeilDiv(chain.images, chunk)) * kLaunchClocks;
    }
    return sum;
  };
  int64_t best = most;
  double least = clocks(most);
  for (int64_t chunk = most; 2 * chunk > most; chunk -= std::max<int64_t>(1, most / 64)) {
    const double tried = clocks(chunk);
    if (tried >= least) continue;
    least = tried;
    best = chunk;
  }
  return best;
}

// As few turns as can be, as even as can be, for one FFT plan serves them all: the last turn also
// transforms what its rows leave of the memory.
int64_t RowsAtOnce(int64_t rows, int64_t row_bytes, const GpuTraits& traits) {
  const int64_t most = static_cast<int64_t>(traits.fft_bytes) / row_bytes;
  return CeilDiv(rows, CeilDiv(rows, std::max<int64_t>(1, most)));
}

// What `specs` work in, so many rows at once.
Status AddFftWork(const GpuTraits& traits, int64_t rows, FftSpec* specs, int count, size_t* work) {
  for (int k = 0; k < count; ++k) {
    specs[k].batch = rows;
    size_t bytes = 0;
    SPECTRAL_OPS_RETURN_IF_ERROR(traits.FftWorkBytes(specs[k], &bytes));
    *work = std::max(*work, bytes);
  }
  return {};
}

void TakeFftMemory(int64_t row_bytes, size_t work, size_t* workspace_bytes, Chain* chain) {
  for (size_t& row_offset : chain->row_offset) {
    row_offset = TakeAligned(workspace_bytes, row_bytes);
  }
  chain->fft_work_offset = TakeAligned(workspace_bytes, static_cast<int64_t>(work));
}

template <class S>
Status PlaceWhole(const GpuTraits& traits, size_t* workspace_bytes, Chain* chain) {
  WholeFft& whole = chain->whole;
  const int64_t row_bytes = whole.row_elements * static_cast<int64_t>(sizeof(S));
  chain->chunk = chain->images;
  whole.rows = RowsAtOnce(chain->images * whole.outer * whole.inner, row_bytes, traits);
  WholeFfts ffts = FftsOf(whole, sizeof(S) == 8);
  size_t work = 0;
  SPECTRAL_OPS_RETURN_IF_ERROR(AddFftWork(traits, whole.rows, ffts.spec, ffts.count, &work));
  TakeFftMemory(whole.rows * row_bytes, work, workspace_bytes, chain);
  return {};
}

template <class S>
Status Settle(const ChainAxis* axes, int rank, int64_t images, int64_t inner, bool last_first,
              const GpuTraits& traits, size_t* workspace_bytes, Chain* chain) {
  for (int step = 0; step < rank; ++step) {
    const int own = last_first ? rank - 1 - step : step;
    if (axes[own].skip) continue;
    AxisPass& pass = chain->pass[chain->count++];
    pass.map = axes[own].map;
    pass.window = axes[own].window;
    pass.inner = inner;
    for (int i = 0; i < rank; ++i) {
      if (i == own) continue;
      const bool done = last_first ? i > own : i < own;
      const int64_t length = done ? axes[i].map.OutputExtent() : axes[i].map.InputExtent();
      (i < own ? pass.outer : pass.inner) *= length;
    }
    pass.fold = FoldOf(traits, pass.map);
    pass.by_block_fft = GoesByBlockFft<S>(traits, images, &pass);
    pass.by_fft = !pass.by_block_fft && !GoesByMatrix<S>(traits, images, &pass);
    if (pass.by_fft && traits.algorithm == GpuAlgorithm::kMatrix) {
      return Status::InvalidArgument("algorithm: 'matrix' with an axis of ", pass.map.depth(),
                                     " numbers, too long for it; allowed: 'auto', 'fft'");
    }
  }
  const auto by_fft = [](const AxisPass& pass) { return pass.by_fft; };
  if (std::all_of(chain->pass, chain->pass + chain->count, by_fft) &&
      MakeWhole(axes, rank, inner, &chain->whole)) {
    return PlaceWhole<S>(traits, workspace_bytes, chain);
  }
  chain->fused =
      chain->count > 1 && PlacePlane<S>(traits, chain->pass[0], chain->pass[1], &chain->plane);

  for (int i = 0; i < chain->count; ++i) {
    AxisPass& pass = chain->pass[i];
    if (pass.by_fft) continue;
    const int64_t rows = pass.map.rows();
    const int64_t depth = pass.map.depth();
    if (chain->fused && i < 2) pass.fold = FoldInPlane<S>(pass);
    const size_t bytes = pass.by_block_fft
                             ? AxisFftTables<S>::Bytes(pass.fft, rows)
                             : TiledBytes<S>(pass.fold, rows, depth, chain->fused && i < 2);
    pass.matrix_offset = TakeAligned(workspace_bytes, static_cast<int64_t>(bytes));
  }

  // Images of a chunk: what lies between passes, and the columns of a launch, stay within bounds.
  int64_t between = 0;
  int64_t widest = 1;
  const int first_between = chain->fused ? 1 : 0;
  for (int i = 0; i < chain->count; ++i) {
    if (i >= first_between && i + 1 < chain->count) {
      between = std::max(between, chain->pass[i].OutputElements());
    }
    widest = std::max(widest, chain->pass[i].Rows());
  }
  const auto element = static_cast<int64_t>(sizeof(S));
  if (widest > kMaxColumns) {
    return Status::InvalidArgument(
        "x: ", widest, " lines along one axis of one image; allowed on a GPU: ", kMaxColumns);
  }
  chain->chunk = std::min(images, kMaxColumns / widest);
  if (between > 0) {
    const auto most = static_cast<int64_t>(traits.chunk_bytes) / (between * element);
    chain->chunk = FullChunk<S>(traits, *chain, std::min(chain->chunk, std::max<int64_t>(1, most)));
  }
  chain->chunk = std::max<int64_t>(1, chain->chunk);
  const int64_t tensor = between * element * chain->chunk;
  chain->between_offset[0] = chain->between_offset[1] = TakeAligned(workspace_bytes, tensor);
  if (chain->count - 1 - first_between > 1) {
    chain->between_offset[1] = TakeAligned(workspace_bytes, tensor);
  }

  int64_t row_elements = 0;
  size_t work = 0;
  for (int i = 0; i < chain->count; ++i) {
    AxisPass& pass = chain->pass[i];
    if (!pass.by_fft) continue;
    const int64_t rows = std::max<int64_t>(1, pass.Rows() * chain->chunk);
    const int64_t each = RowElements(pass.map);
    pass.fft_rows = RowsAtOnce(rows, each * element, traits);
    row_elements = std::max(row_elements, each * pass.fft_rows);
    FftSpec specs[2];
    const int kinds = FftsOf(pass.map, sizeof(S) == 8, specs);
    SPECTRAL_OPS_RETURN_IF_ERROR(AddFftWork(traits, pass.fft_rows, specs, kinds, &work));
  }
  if (row_elements > 0) TakeFftMemory(row_elements * element, work, workspace_bytes, chain);
  return {};
}

}  // namespace

int FftsOf(const AxisMap& map, bool is_double, FftSpec* specs) {
  if (map.resample) {
    specs[0] = {FftKind::kRealToComplex, is_double, map.shape.n, 0};
    specs[1] = {FftKind::kComplexToReal, is_double, map.shape.m, 0};
    return 2;
  }
  const FftKind real = map.modes.synthesis ? FftKind::kComplexToReal : FftKind::kRealToComplex;
  specs[0] = {map.modes.half ? real : FftKind::kComplex, is_double, map.modes.length, 0};
  return 1;
}

Status MakeChain(const ChainAxis* axes, int rank, int64_t images, int64_t inner, bool last_first,
                 DataType dtype, const GpuTraits& traits, size_t* workspace_bytes, Chain* chain) {
  *chain = Chain();
  chain->dtype = dtype;
  chain->images = images * inner == 0 ? 0 : images;
  if (chain->images == 0) {
    for (int i = 0; i < rank; ++i) chain->count += axes[i].skip ? 0 : 1;
    return {};
  }
  if (dtype == DataType::kFloat64) {
    return Settle<double>(axes, rank, images, inner, last_first, traits, workspace_bytes, chain);
  }
  return Settle<float>(axes, rank, images, inner, last_first, traits, workspace_bytes, chain);
}

}  // namespace spectral_ops::gpu
