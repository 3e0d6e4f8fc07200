#include "gpu/spectral_conv.h"

#include <algorithm>
#include <limits>

#include "core/integers.h"
#include "gpu/chain_place.h"

namespace spectral_ops::gpu {
namespace {

int64_t NumbersOf(const SpectralConvShape& shape) {  // of the spectrum of an image
  return shape.modes() * std::max<int64_t>({1, shape.in, shape.out});
}

// By the modes of all images, in chains.
Status MakeModesPlan(const SpectralConvCall& call, const GpuTraits& traits,
                     SpectralConvPlan* plan) {
  const SpectralConvShape& shape = plan->shape;
  const bool gradient = shape.kind == SpectralConvKind::kWeightGradient;
  const bool adjoint = shape.kind == SpectralConvKind::kAdjoint;
  const auto element = static_cast<int64_t>(ComputeSize(call.dtype));
  plan->channels[adjoint ? 1 : 0] = shape.in;
  plan->channels[adjoint ? 0 : 1] = shape.out;
  const int64_t image = 2 * shape.modes() * (shape.in + shape.out) * element;
  plan->group = std::min({shape.batch, kMostNumbers / NumbersOf(shape),
                          static_cast<int64_t>(traits.fft_bytes) / std::max<int64_t>(1, image)});
  plan->group = std::max<int64_t>(1, plan->group);
  for (int s = 0; s < 2; ++s) {
    const bool synthesis = s == 1 && !gradient;
    const int first = kMaxSpatialRank - shape.rank;
    ChainAxis axes[kMaxSpatialRank];
    for (int i = 0; i < shape.rank; ++i) {
      AxisMap& map = axes[i].map;
      map.resample = false;
      map.modes =
          MapOfSide(shape.axis[first + i], i + 1 == shape.rank, (s == 1) != adjoint, synthesis);
    }
    if (s == 0) axes[shape.rank - 1].map.scale = SpectralConvScale(shape, call.norm);
    const int64_t inner = shape.format == DataFormat::kChannelsLast ? plan->channels[s] : 1;
    SPECTRAL_OPS_RETURN_IF_ERROR(MakeChain(axes, shape.rank, plan->group * plan->planes(s), inner,
                                           !synthesis, call.dtype, traits, &plan->workspace_bytes,
                                           &plan->side[s]));
    plan->spectrum_offset[s] = TakeAligned(
        &plan->workspace_bytes, 2 * shape.modes() * plan->group * plan->channels[s] * element);
  }
  return {};
}

// What passes by matrices take for each image of a filter, in clocks of a processor; infinite where
// some axis has none. Between them spectra go to memory and back, before and behind the product.
template <class S>
double ModesClocks(const SpectralConvCall& call, const GpuTraits& traits, SpectralConvPlan plan) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  if (!MakeModesPlan(call, TraitsAlone(traits), &plan).ok()) return kNever;
  double clocks = MemoryClocks<S>(8 * NumbersOf(plan.shape));
  for (int s = 0; s < 2; ++s) {
    const Chain& side = plan.side[s];
    if (side.whole.used) return kNever;
    for (int i = 0; i < side.count; ++i) {
      AxisPass pass = side.pass[i];
      if (!pass.ByMatrix()) return kNever;
      PlacePanel<S>(traits, kMaxColumns, &pass);  // that of many images: nothing depends on it
      clocks += static_cast<double>(plan.planes(s)) * PanelClocks<S>(traits, pass);
    }
  }
  return clocks;
}

}  // namespace

ModeOperand SpectrumOperand(DataFormat format, const ModeExtents& extents, int64_t channels) {
  const bool last = format == DataFormat::kChannelsLast;
  ModeOperand operand;
  int64_t modes = 1;
  for (int i = kMaxSpatialRank - 1; i >= 0; --i) {
    operand.axis[i] = {0, static_cast<int32_t>(extents[i]),
                       static_cast<uint32_t>(modes * (last ? channels : 1))};
    modes *= extents[i];
  }
  operand.row = 2 * modes * channels;
  operand.column = last ? 1 : 2 * modes;
  operand.group = operand.column;
  operand.part = last ? modes * channels : modes;
  return operand;
}

Status MakePlan(const SpectralConvCall& call, const SpectralConvShape& shape,
                const GpuTraits& traits, SpectralConvPlan* plan) {
  *plan = SpectralConvPlan();
  plan->shape = shape;
  plan->dtype = call.dtype;
  const int64_t numbers = NumbersOf(shape);
  const int64_t weights = shape.weight_modes() * shape.weights_per_mode();
  if (std::max(numbers, weights) > kMostNumbers) {
    return Status::InvalidArgument(
        numbers > kMostNumbers ? "x: " : "weights: ", std::max(numbers, weights),
        numbers > kMostNumbers ? " numbers in the spectrum of one image" : " numbers",
        "; allowed on a GPU: ", kMostNumbers);
  }
  if (!IsFilter(shape) || shape.batch == 0 || shape.in == 0) {
    return MakeModesPlan(call, traits, plan);
  }
  if (MakePlanesPlan(shape, call.dtype, traits, &plan->workspace_bytes, &plan->filter)) return {};
  const double clocks = call.dtype == DataType::kFloat64 ? ModesClocks<double>(call, traits, *plan)
                                                         : ModesClocks<float>(call, traits, *plan);
  SPECTRAL_OPS_RETURN_IF_ERROR(
      MakeFilterPlan(shape, call.dtype, traits, clocks, &plan->workspace_bytes, &plan->filter));
  return plan->filter.used ? Status() : MakeModesPlan(call, traits, plan);
}

}  // namespace spectral_ops::gpu
