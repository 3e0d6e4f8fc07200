// Runs chains on a device: anything with
//
//   Status Launch(const Kernel&)         a kernel over its whole grid
//   Status Fft(const FftSpec&, const void* in, void* out, bool inverse, void* work)
//   Status Zero(void* memory, size_t bytes)
//   Status Copy(void* to, const void* from, size_t bytes)
//
// in order, each behind the ones before: cuda/launch.cuh has CUDA's, tests have the host's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "gpu/chain.h"
#include "gpu/rows.h"
#include "gpu/whole_fft.h"
#include "gpu/whole_spectra.h"

namespace spectral_ops::gpu {

// A chain on a device, in the workspace of its plan; `windows` are the caller's. Only where
// kResamples may an axis go by FFTs in shared memory.
template <class Device, bool kResamples = false>
class ChainRun {
 public:
  ChainRun(Device& device, const Chain& chain, char* workspace,
           const void* const* windows = nullptr)
      : device_(device), chain_(chain), workspace_(workspace), windows_(windows) {}

  // Writes the matrices and tables; once for all that runs.
  template <class S>
  Status FillMatrices() {
    if constexpr (kResamples) SPECTRAL_OPS_RETURN_IF_ERROR(FillAxisFfts<S>());
    FillAxes<MatrixToFill<S>> fill;
    for (int i = 0; i < chain_.count; ++i) {
      const AxisPass& pass = chain_.pass[i];
      if (!pass.ByMatrix()) continue;
      fill.axis[fill.count++] = {pass.map, Window<S>(pass), At<S>(pass.matrix_offset), pass.fold,
                                 chain_.fused && i < 2};
    }
    return fill.count == 0 ? Status() : device_.Launch(fill);
  }

  // `images` images, whose tensors begin at x and y; matrices are filled.
  template <class In, class Out>
  Status Run(int64_t images, const In* x, Out* y) {
    if (chain_.whole.used) return RunWhole(images, x, y);
    const AxisPass& last = chain_.pass[chain_.count - 1];
    for (int64_t first = 0; first < images; first += chain_.chunk) {
      const int64_t own = std::min(chain_.chunk, images - first);
      SPECTRAL_OPS_RETURN_IF_ERROR((RunPasses<In, Out>(
          0, own, x + first * chain_.pass[0].InputElements(), y + first * last.OutputElements())));
    }
    return {};
  }

 private:
  template <class S>
  Status FillAxisFfts() {
    FillAxes<AxisFftToFill<S>> fill;
    for (int i = 0; i < chain_.count; ++i) {
      const AxisPass& pass = chain_.pass[i];
      if (!pass.by_block_fft) continue;
      fill.axis[fill.count++] = {pass.map.shape, pass.map.scale, Window<S>(pass),
                                 pass.fft.forth, pass.fft.back,  TablesOf<S>(pass)};
    }
    return fill.count == 0 ? Status() : device_.Launch(fill);
  }

  template <class S>
  S* At(size_t offset) const {
    return reinterpret_cast<S*>(workspace_ + offset);
  }
  template <class S>
  const S* Window(const AxisPass& pass) const {
    return WindowOf<S>(pass.window);
  }
  template <class S>
  const S* WindowOf(int window) const {
    return window < 0 ? nullptr : static_cast<const S*>(windows_[window]);
  }
  template <class S>
  AxisFftTables<S> TablesOf(const AxisPass& pass) const {
    return AxisFftTables<S>::At(workspace_ + pass.matrix_offset, pass.fft, pass.map.rows());
  }
  TiledMatrix MatrixOf(const AxisPass& pass) const {
    return {workspace_ + pass.matrix_offset, static_cast<int32_t>(pass.map.rows()),
            static_cast<int32_t>(pass.map.depth()), pass.fold};
  }

  // Runs passes [at, count) of a chunk.
  template <class In, class Out>
  Status RunPasses(int at, int64_t images, const void* x, Out* y) {
    using S = ComputeType<In>;
    const bool fused = at == 0 && chain_.fused;
    const int next = at + (fused ? 2 : 1);
    const bool last = next == chain_.count;
    void* to = last ? static_cast<void*>(y) : workspace_ + chain_.between_offset[next % 2];
    const AxisPass& pass = chain_.pass[at];
    if (fused) {
      SPECTRAL_OPS_RETURN_IF_ERROR(last ? RunPlane(PlaneProduct<In, Out>(), images, x, to)
                                        : RunPlane(PlaneProduct<In, S>(), images, x, to));
    } else {
      SPECTRAL_OPS_RETURN_IF_ERROR(last ? (RunPass<In, Out>(pass, images, x, to))
                                        : (RunPass<In, S>(pass, images, x, to)));
    }
    if (last) return {};
    return RunPasses<S, Out>(next, images, to, y);
  }

  // The first two passes at once.
  template <class In, class Out>
  Status RunPlane(PlaneProduct<In, Out> product, int64_t images, const void* x, void* y) {
    const AxisPass& across = chain_.pass[0];
    const AxisPass& down = chain_.pass[1];
    product.row_matrix = MatrixOf(across);
    product.column_matrix = MatrixOf(down);
    product.tiling = chain_.plane;
    product.planes = static_cast<int32_t>(down.outer * images);
    product.channels = static_cast<int32_t>(across.inner);
    product.x = static_cast<const In*>(x);
    product.y = static_cast<Out*>(y);
    product.Prepare();
    return device_.Launch(product);
  }

  template <class In, class Out>
  Status RunPass(const AxisPass& pass, int64_t images, const void* x, void* y) {
    const auto* from = static_cast<const In*>(x);
    auto* to = static_cast<Out*>(y);
    if (pass.by_fft) return RunByFft(pass, images, from, to);
    if constexpr (kResamples) {
      if (pass.by_block_fft) return RunByBlockFft(pass, images, from, to);
    }
    AxisProduct<In, Out> product;
    product.matrix = MatrixOf(pass);
    product.panel = pass.panel;
    product.outer = static_cast<int32_t>(pass.outer * images);
    product.inner = Divider(pass.inner);
    product.x = from;
    product.y = to;
    product.Prepare();
    return device_.Launch(product);
  }

  template <class In, class Out>
  Status RunByBlockFft(const AxisPass& pass, int64_t images, const In* x, Out* y) {
    AxisFft<In, Out> fft;
    fft.plan = pass.fft;
    fft.tables = TablesOf<ComputeType<In>>(pass);
    fft.n = static_cast<int32_t>(pass.map.depth());
    fft.m = static_cast<int32_t>(pass.map.rows());
    fft.outer = static_cast<int32_t>(pass.outer * images);
    fft.inner = Divider(pass.inner);
    fft.x = x;
    fft.y = y;
    fft.Prepare();
    return device_.Launch(fft);
  }

  template <class In, class Out>
  Status RunByFft(const AxisPass& pass, int64_t images, const In* x, Out* y) {
    using S = ComputeType<In>;
    const AxisMap& map = pass.map;
    const int64_t all = pass.Rows() * images;
    auto* a = At<S>(chain_.row_offset[0]);
    auto* b = At<S>(chain_.row_offset[1]);
    void* work = workspace_ + chain_.fft_work_offset;
    const auto inner = static_cast<int32_t>(pass.inner);
    const bool symmetric = map.shape.rule == AxisRule::kSymmetric;
    FftSpec ffts[2];
    FftsOf(map, sizeof(S) == 8, ffts);
    ffts[0].batch = ffts[1].batch = pass.fft_rows;
    for (int64_t first = 0; first < all; first += pass.fft_rows) {
      const int64_t rows = std::min(pass.fft_rows, all - first);
      SPECTRAL_OPS_RETURN_IF_ERROR(
          device_.Launch(Regroup<In, S>{first, rows, static_cast<int32_t>(map.depth()), inner, true,
                                        symmetric || map.cosines, x, a}));
      if (map.resample) {
        SPECTRAL_OPS_RETURN_IF_ERROR(device_.Fft(ffts[0], a, b, false, work));
        SPECTRAL_OPS_RETURN_IF_ERROR(
            symmetric
                ? device_.Launch(CropCosines<S>{map.shape, map.scale, Window<S>(pass), rows, b, a})
                : device_.Launch(
                      CropSpectra<S>{map.shape, map.scale, Window<S>(pass), rows, b, a}));
        SPECTRAL_OPS_RETURN_IF_ERROR(device_.Fft(ffts[1], a, b, true, work));
      } else if (map.modes.synthesis) {
        SPECTRAL_OPS_RETURN_IF_ERROR(
            device_.Launch(ModesOfSpectra<S>{map.modes, map.scale, rows, a, b}));
        SPECTRAL_OPS_RETURN_IF_ERROR(device_.Fft(ffts[0], b, a, true, work));
        std::swap(a, b);
      } else {
        SPECTRAL_OPS_RETURN_IF_ERROR(device_.Fft(ffts[0], a, b, false, work));
        SPECTRAL_OPS_RETURN_IF_ERROR(
            map.cosines ? device_.Launch(CosinesOfSpectra<S>{map.modes.length, map.rows(),
                                                             map.scale, rows, b, a})
                        : device_.Launch(ModesOfSpectra<S>{map.modes, map.scale, rows, b, a}));
        std::swap(a, b);
      }
      SPECTRAL_OPS_RETURN_IF_ERROR(device_.Launch(Regroup<S, Out>{
          first, rows, static_cast<int32_t>(map.rows()), inner, false, symmetric, b, y}));
    }
    return {};
  }

  // All passes by transforms of all axes: rows, spectra, other spectra or modes, rows.
  template <class In, class Out>
  Status RunWhole(int64_t images, const In* x, Out* y) {
    using S = ComputeType<In>;
    const WholeFft& whole = chain_.whole;
    const int64_t all = images * whole.outer * whole.inner;
    void* work = workspace_ + chain_.fft_work_offset;
    WholeFfts ffts = FftsOf(whole, sizeof(S) == 8);
    for (int i = 0; i < ffts.count; ++i) ffts.spec[i].batch = whole.rows;
    WholeSpectra<S> spectra;
    spectra.source = SourceOf(whole.map);
    spectra.target = TargetOf(whole.map);
    for (int i = 0; i < kMaxSpatialRank; ++i) {
      spectra.map[i] = whole.map[i];
      spectra.window[i] = WindowOf<S>(whole.window[i]);
    }
    const auto inner = static_cast<int32_t>(whole.inner);
    for (int64_t first = 0; first < all; first += whole.rows) {
      const int64_t rows = std::min(whole.rows, all - first);
      auto* a = At<S>(chain_.row_offset[0]);
      auto* b = At<S>(chain_.row_offset[1]);
      SPECTRAL_OPS_RETURN_IF_ERROR(device_.Launch(Regroup<In, S>{
          first, rows, static_cast<int32_t>(whole.depth), inner, true, false, x, a}));
      if (ffts.spec[0].kind == FftKind::kRealToComplex) {
        SPECTRAL_OPS_RETURN_IF_ERROR(device_.Fft(ffts.spec[0], a, b, false, work));
        std::swap(a, b);
      }
      spectra.rows = rows;
      spectra.in = a;
      spectra.out = b;
      SPECTRAL_OPS_RETURN_IF_ERROR(device_.Launch(spectra));
      const FftSpec& back = ffts.spec[ffts.count - 1];
      if (back.kind == FftKind::kComplexToReal) {
        SPECTRAL_OPS_RETURN_IF_ERROR(device_.Fft(back, b, a, true, work));
        std::swap(a, b);
      }
      SPECTRAL_OPS_RETURN_IF_ERROR(device_.Launch(Regroup<S, Out>{
          first, rows, static_cast<int32_t>(whole.height), inner, false, false, b, y}));
    }
    return {};
  }

  Device& device_;
  const Chain& chain_;
  char* workspace_;
  const void* const* windows_;
};

}  // namespace spectral_ops::gpu
