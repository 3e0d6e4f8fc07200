// Runs chains on a device: anything with
//
//   Status Launch(const Kernel&)         a kernel over its whole grid
//   Status Fft(const FftSpec&, const void* in, void* out, bool inverse, void* work)
//   Status Zero(void* memory, size_t bytes)
//   Status Copy(void* to, const void* from, size_t bytes)
//
// in order, each behind the ones before. csrc/cuda/device.cuh has CUDA's, host_device.h the host's.
#ifndef SPECTRAL_OPS_GPU_CHAIN_RUN_H_
#define SPECTRAL_OPS_GPU_CHAIN_RUN_H_

#include <algorithm>
#include <cstdint>

#include "gpu/chain.h"
#include "gpu/rows.h"

namespace spectral_ops::gpu {

template <class S>
TiledMatrix MatrixOf(const AxisPass& pass, const char* memory) {
  return {memory + pass.matrix_offset, static_cast<int32_t>(pass.map.rows()),
          static_cast<int32_t>(pass.map.depth())};
}

// Writes the matrices of a chain; once for all its chunks.
template <class S, class Device>
Status FillMatrices(Device& device, const Chain& chain, const void* const* windows, char* memory) {
  for (int i = 0; i < chain.count; ++i) {
    const AxisPass& pass = chain.pass[i];
    if (pass.by_fft) continue;
    const void* window = pass.window < 0 ? nullptr : windows[pass.window];
    SPECTRAL_OPS_RETURN_IF_ERROR(device.Launch(
        FillMatrix<S>{pass.map, static_cast<const S*>(window),
                      reinterpret_cast<S*>(memory + pass.matrix_offset), pass.folded}));
  }
  return {};
}

template <class In, class Out, class Device>
Status RunByFft(Device& device, const Chain& chain, const AxisPass& pass, int64_t images,
                const void* const* windows, const In* x, Out* y, char* memory) {
  using S = ComputeType<In>;
  const AxisMap& map = pass.map;
  const int64_t all = pass.Rows() * images;
  auto* a = reinterpret_cast<S*>(memory + chain.row_offset[0]);
  auto* b = reinterpret_cast<S*>(memory + chain.row_offset[1]);
  void* work = memory + chain.fft_work_offset;
  const auto inner = static_cast<int32_t>(pass.inner);
  FftSpec ffts[2];
  FftsOf(map, sizeof(S) == 8, ffts);
  ffts[0].batch = ffts[1].batch = pass.fft_rows;
  for (int64_t first = 0; first < all; first += pass.fft_rows) {
    const int64_t rows = std::min(pass.fft_rows, all - first);
    SPECTRAL_OPS_RETURN_IF_ERROR(device.Launch(
        Regroup<In, S>{first, rows, static_cast<int32_t>(map.depth()), inner, true, x, a}));
    if (map.resample) {
      const void* window = pass.window < 0 ? nullptr : windows[pass.window];
      SPECTRAL_OPS_RETURN_IF_ERROR(device.Fft(ffts[0], a, b, false, work));
      SPECTRAL_OPS_RETURN_IF_ERROR(device.Launch(
          CropSpectra<S>{map.shape, map.scale, static_cast<const S*>(window), rows, b, a}));
      SPECTRAL_OPS_RETURN_IF_ERROR(device.Fft(ffts[1], a, b, true, work));
    } else if (map.modes.synthesis) {
      SPECTRAL_OPS_RETURN_IF_ERROR(
          device.Launch(ModesOfSpectra<S>{map.modes, map.scale, rows, a, b}));
      SPECTRAL_OPS_RETURN_IF_ERROR(device.Fft(ffts[0], b, a, true, work));
      std::swap(a, b);
    } else {
      SPECTRAL_OPS_RETURN_IF_ERROR(device.Fft(ffts[0], a, b, false, work));
      SPECTRAL_OPS_RETURN_IF_ERROR(
          device.Launch(ModesOfSpectra<S>{map.modes, map.scale, rows, b, a}));
      std::swap(a, b);
    }
    SPECTRAL_OPS_RETURN_IF_ERROR(device.Launch(
        Regroup<S, Out>{first, rows, static_cast<int32_t>(map.rows()), inner, false, b, y}));
  }
  return {};
}

template <class In, class Out, class Device>
Status RunPass(Device& device, const Chain& chain, const AxisPass& pass, int64_t images,
               const void* const* windows, const void* x, void* y, char* memory) {
  using S = ComputeType<In>;
  const auto* from = static_cast<const In*>(x);
  auto* to = static_cast<Out*>(y);
  if (pass.by_fft) {
    return RunByFft<In, Out>(device, chain, pass, images, windows, from, to, memory);
  }
  AxisProduct<In, Out> product;
  product.matrix = MatrixOf<S>(pass, memory);
  product.panel = pass.panel;
  product.folded = pass.folded;
  product.outer = static_cast<int32_t>(pass.outer * images);
  product.inner = Divider(pass.inner);
  product.x = from;
  product.y = to;
  product.Prepare();
  return device.Launch(product);
}

// Runs passes [at, count) of a chunk.
template <class In, class Out, class Device>
Status RunPasses(Device& device, const Chain& chain, int at, int64_t images,
                 const void* const* windows, const void* x, Out* y, char* memory) {
  using S = ComputeType<In>;
  const bool fused = at == 0 && chain.fused;
  const int next = at + (fused ? 2 : 1);
  const bool last = next == chain.count;
  void* to = last ? static_cast<void*>(y) : memory + chain.between_offset[next % 2];
  const AxisPass& pass = chain.pass[at];
  if (fused) {
    const auto run = [&](auto product) {
      product.row_matrix = MatrixOf<S>(pass, memory);
      product.column_matrix = MatrixOf<S>(chain.pass[1], memory);
      product.tiling = chain.plane;
      product.planes = chain.pass[1].outer * images;
      product.channels = static_cast<int32_t>(pass.inner);
      product.x = static_cast<const In*>(x);
      product.y = static_cast<decltype(product.y)>(to);
      product.Prepare();
      return device.Launch(product);
    };
    SPECTRAL_OPS_RETURN_IF_ERROR(last ? run(PlaneProduct<In, Out>()) : run(PlaneProduct<In, S>()));
  } else if (last) {
    SPECTRAL_OPS_RETURN_IF_ERROR(
        (RunPass<In, Out>(device, chain, pass, images, windows, x, to, memory)));
  } else {
    SPECTRAL_OPS_RETURN_IF_ERROR(
        (RunPass<In, S>(device, chain, pass, images, windows, x, to, memory)));
  }
  if (last) return {};
  return RunPasses<S, Out>(device, chain, next, images, windows, to, y, memory);
}

// Images [first, first + images), whose tensors begin at x and y; matrices are filled.
template <class In, class Out, class Device>
Status RunImages(Device& device, const Chain& chain, int64_t images, const void* const* windows,
                 const In* x, Out* y, char* memory) {
  const AxisPass& first_pass = chain.pass[0];
  const AxisPass& last_pass = chain.pass[chain.count - 1];
  for (int64_t first = 0; first < images; first += chain.chunk) {
    const int64_t own = std::min(chain.chunk, images - first);
    SPECTRAL_OPS_RETURN_IF_ERROR(
        (RunPasses<In, Out>(device, chain, 0, own, windows, x + first * first_pass.InputElements(),
                            y + first * last_pass.OutputElements(), memory)));
  }
  return {};
}

}  // namespace spectral_ops::gpu

#endif  // SPECTRAL_OPS_GPU_CHAIN_RUN_H_
