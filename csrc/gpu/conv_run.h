// Runs the convolution by FFTs on a device (chain_run.h).
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "gpu/chain_run.h"
#include "gpu/complex_product.h"
#include "gpu/conv.h"

namespace spectral_ops::gpu {

template <class T, class Device>
class ConvRun {
 public:
  ConvRun(Device& device, const ConvPlan& plan, const ConvCall& call, char* workspace)
      : device_(device), plan_(plan), call_(call), workspace_(workspace) {}

  Status Run() {
    const ConvShape& shape = plan_.shape;
    if (shape.batch == 0 || shape.in_channels == 0 || shape.out_channels == 0) {
      return device_.Zero(call_.result, static_cast<size_t>(plan_.result_elements) * sizeof(T));
    }
    for (const ConvSide& side : plan_.side) {
      SPECTRAL_OPS_RETURN_IF_ERROR(Passes(side).template FillMatrices<S>());
    }
    const ConvSide& source = plan_.side[plan_.source];
    const ConvSide& other = plan_.side[plan_.other];
    const ConvSide& target = plan_.side[plan_.target];
    const bool filters_last = plan_.map == ConvMap::kFilterGradient;
    if (!filters_last) SPECTRAL_OPS_RETURN_IF_ERROR(Analyze(other, call_.other, 0, 1));
    for (int64_t first = 0; first < plan_.tiles; first += plan_.chunk) {
      const int64_t own = std::min(plan_.chunk, plan_.tiles - first);
      SPECTRAL_OPS_RETURN_IF_ERROR(Analyze(source, call_.source, first, own));
      if (filters_last) SPECTRAL_OPS_RETURN_IF_ERROR(Analyze(other, call_.other, first, own));
      SPECTRAL_OPS_RETURN_IF_ERROR(MultiplySpectra(device_, Product(first, own)));
      if (!filters_last) SPECTRAL_OPS_RETURN_IF_ERROR(Synthesize(target, first, own));
    }
    return filters_last ? Synthesize(target, 0, 1) : Status();
  }

 private:
  using S = ComputeType<T>;

  S* Spectrum(const ConvSide& side) const {
    return reinterpret_cast<S*>(workspace_ + side.spectrum_offset);
  }
  S* Tiles(const ConvSide& side) const {
    return reinterpret_cast<S*>(workspace_ + side.tiles_offset);
  }
  ChainRun<Device> Passes(const ConvSide& side) const { return {device_, side.chain, workspace_}; }

  Status Analyze(const ConvSide& side, const void* tensor, int64_t first, int64_t tiles) {
    const TileGeometry geometry = side.geometry.Part(first, tiles);
    SPECTRAL_OPS_RETURN_IF_ERROR(
        device_.Launch(GatherTiles<T>{geometry, static_cast<const T*>(tensor), Tiles(side)}));
    return Passes(side).Run(tiles * geometry.planes.value(), static_cast<const S*>(Tiles(side)),
                            Spectrum(side));
  }

  Status Synthesize(const ConvSide& side, int64_t first, int64_t tiles) {
    const TileGeometry geometry = side.geometry.Part(first, tiles);
    SPECTRAL_OPS_RETURN_IF_ERROR(Passes(side).Run(
        tiles * geometry.planes.value(), static_cast<const S*>(Spectrum(side)), Tiles(side)));
    return device_.Launch(ScatterTiles<T>{geometry, Tiles(side), static_cast<T*>(call_.result)});
  }

  // Y = X conj(F), X = Y F, F = sum over tiles of X conj(Y).
  ComplexProductArguments<S> Product(int64_t first, int64_t tiles) const {
    const ConvShape& shape = plan_.shape;
    ComplexProductArguments<S> args;
    const auto count = [](int64_t n) { return static_cast<int32_t>(n); };
    args.SetExtents({1, 1, plan_.modes});
    args.groups = count(shape.groups);
    args.a = plan_.side[plan_.source].operand;
    args.b = plan_.side[plan_.other].operand;
    args.c = plan_.side[plan_.target].operand;
    args.a_values = Spectrum(plan_.side[plan_.source]);
    args.b_values = Spectrum(plan_.side[plan_.other]);
    args.c_values = Spectrum(plan_.side[plan_.target]);
    switch (plan_.map) {
      case ConvMap::kForward:
        args.rows = count(tiles);
        args.depth = count(shape.in_per_group());
        args.columns = count(shape.out_per_group());
        args.conjugate_b = true;
        break;
      case ConvMap::kInputGradient:
        args.rows = count(tiles);
        args.depth = count(shape.out_per_group());
        args.columns = count(shape.in_per_group());
        std::swap(args.b.row, args.b.column);
        break;
      case ConvMap::kFilterGradient:
        args.rows = count(shape.in_per_group());
        args.depth = count(tiles);
        args.columns = count(shape.out_per_group());
        std::swap(args.a.row, args.a.column);
        args.conjugate_b = true;
        args.accumulate = first > 0;
        break;
    }
    return args;
  }

  Device& device_;
  const ConvPlan& plan_;
  const ConvCall& call_;
  char* workspace_;
};

template <class Device>
Status RunConv(Device& device, const ConvPlan& plan, const ConvCall& call, char* workspace) {
  return ForType<Half, BFloat16>(plan.dtype, [&](auto tag) {
    return ConvRun<typename decltype(tag)::Type, Device>(device, plan, call, workspace).Run();
  });
}

}  // namespace spectral_ops::gpu
