#include "cpu/convolution/conv_choice.h"

#include <algorithm>

#include "core/integers.h"
#include "cpu/convolution/conv_plan.h"

namespace spectral_ops {
namespace {

// What TensorFlow's own convolution is known by.
struct DirectConv {
  DirectConv(const ConvShape& shape, ConvMap map, int64_t vector)
      : map(map),
        lanes(static_cast<double>(vector)),
        depthwise(shape.in_per_group() == 1 && shape.groups > 1),
        channels_first(shape.format == DataFormat::kChannelsFirst),
        last_taps(shape.axis[kMaxSpatialRank - 1].taps) {
    double pixels = 1;
    double image = 1;
    double taps = 1;
    for (const ConvAxis& axis : shape.axis) {
      pixels *= static_cast<double>(axis.m);
      image *= static_cast<double>(axis.n);
      taps *= static_cast<double>(axis.taps);
    }
    const auto batch = static_cast<double>(shape.batch);
    const auto inputs = static_cast<double>(shape.in_channels);
    const auto outputs = static_cast<double>(shape.out_channels);
    const double filters = taps * static_cast<double>(shape.in_per_group()) * outputs;
    multiply_adds = batch * pixels * filters;
    // The last vector of targets is as much work as a full one.
    const bool back = map == ConvMap::kInputGradient;
    const int64_t of_group = back ? shape.in_per_group() : shape.out_per_group();
    const int64_t targets = std::max<int64_t>(1, depthwise ? shape.in_channels : of_group);
    filled = static_cast<double>(targets) / static_cast<double>(CeilDiv(targets, vector) * vector);
    x = batch * inputs * image;
    y = batch * outputs * pixels;
    // In three dimensions the slices that each one meets are gathered, and their products added
    // up. The gradient scatters, which goes through memory more often.
    if (depthwise && shape.rank == 3) {
      const auto depth = static_cast<double>(shape.axis[0].taps);
      gathered = (back ? 7 : 3) * depth * x;
    }
    patches = taps * inputs * pixels / std::max(1.0, x + y + filters);
  }

  double Each(const DirectConvTuning& tuning) const {
    const bool of_filters = map == ConvMap::kFilterGradient;
    if (depthwise) {
      const double each = tuning.depthwise.each / filled;
      const bool loops = of_filters && last_taps > tuning.depthwise_taps;
      return loops ? std::max(each, tuning.depthwise_loop) : each;
    }
    const double each = tuning.dense.each / filled;
    if (!of_filters || last_taps <= tuning.dense_taps) return each;
    return patches > tuning.most_patches ? tuning.loop : each * tuning.patches;
  }

  double Time(const DirectConvTuning& tuning) const {
    const ConvTime& dense = map == ConvMap::kForward ? tuning.dense : tuning.dense_gradient;
    const double call = (depthwise ? tuning.depthwise : dense).call;
    const double moved = gathered + (channels_first ? x + y : 0);
    const double vectors = (Each(tuning) * multiply_adds + tuning.moved * moved) / lanes;
    return call + static_cast<double>(tuning.lanes) * vectors;
  }

  ConvMap map;
  double lanes;
  bool depthwise;
  bool channels_first;
  int64_t last_taps;
  double multiply_adds = 0;
  double filled = 1;  // of the vectors of targets
  double x = 0;       // elements
  double y = 0;
  double gathered = 0;
  double patches = 0;  // all patches of an image, in elements of x, y and the filters
};

}  // namespace

ConvEstimate EstimateConv(const ConvShape& shape, ConvMap map, DataType dtype,
                          const SimdTraits& traits, const Tuning& tuning) {
  ConvEstimate estimate;
  const ConvPlan plan = MakeConvPlan(shape, map, dtype, traits, tuning, 1);
  estimate.fft = tuning.conv.fft.Of(plan.work);
  // TensorFlow has vectors of four where ours are scalar.
  const DirectConv direct(shape, map, std::max<int64_t>(plan.lanes, 4));
  estimate.direct = direct.Time(tuning.direct_conv);
  // One tap is a product of matrices as it stands.
  int64_t taps = 1;
  for (const ConvAxis& axis : shape.axis) taps = std::max(taps, axis.taps);
  estimate.prefers_fft = taps > 1 && tuning.direct_conv.tie * estimate.fft < estimate.direct;
  return estimate;
}

}  // namespace spectral_ops
