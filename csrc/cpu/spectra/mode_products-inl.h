// What meets the spectra mode by mode: the weights that mix channels, and their gradient.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/spectral_conv.h"
#include "cpu/base/streams.h"
#include "cpu/base/vector-inl.h"
#include "cpu/spectra/mode_mix-inl.h"
#include "cpu/spectra/spectral_conv_plan.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Where a mode that the run keeps stands among those of the weights, and the other way round.
class ModeOrder {
 public:
  explicit ModeOrder(const SpectralConvShape& shape) : shape_(shape) {}

  int64_t InWeights(int64_t mode) const {
    int64_t at = 0;
    int64_t block = shape_.modes();
    for (const ModeAxisShape& axis : shape_.axis) {
      block /= axis.modes();
      const int64_t f = mode / block % axis.modes() - axis.low;
      at = at * axis.weights + (f < 0 ? axis.weights + f : f);
    }
    return at;
  }

  // Of mode k of the first axis and `column` of the others: Column(column) + k's place * Step().
  int64_t Column(int64_t column) const { return InWeights(first().low * columns() + column); }
  int64_t Step() const { return shape_.weight_modes() / first().weights; }
  int64_t Place(int64_t k) const {
    const int64_t f = k - first().low;
    return f < 0 ? first().weights + f : f;
  }

  // -1 where the run leaves it out.
  int64_t Of(int64_t in_weights) const {
    int64_t mode = 0;
    int64_t block = shape_.weight_modes();
    for (const ModeAxisShape& axis : shape_.axis) {
      block /= axis.weights;
      const int64_t at = in_weights / block % axis.weights;
      const bool below = at >= axis.weights - axis.low;
      if (!below && at > axis.high) return -1;
      mode = mode * axis.modes() + axis.low + (below ? at - axis.weights : at);
    }
    return mode;
  }

 private:
  const ModeAxisShape& first() const { return shape_.axis[kMaxSpatialRank - shape_.rank]; }
  int64_t columns() const { return shape_.modes() / first().modes(); }

  const SpectralConvShape& shape_;
};

// One worker's hands on the modes of a group of images.
template <class S>
class ModeProducts {
 public:
  // `panels`: the worker's; `gradient`: of the weights, or null.
  ModeProducts(const SpectralConvPlan& plan, const void* weights, void* gradient, int64_t group,
               int64_t images, char* panels)
      : plan_(plan),
        order_(plan.shape),
        weights_(static_cast<const S*>(weights)),
        gradient_(static_cast<S*>(gradient)),
        group_(group),
        images_(images),
        panels_(reinterpret_cast<S*>(panels)) {}

  const ModeOrder& order() const { return order_; }

  // The mode that stands at `at` among the weights; `next` is where that of the next call does.
  template <bool kAdjoint>
  void Mix(int64_t at, int64_t next, const ModeRows<S>& source, const ModeRows<S>& to) const {
    const ModeRows<const S> from = Read(source);
    const SpectralConvShape& shape = plan_.shape;
    const auto scale = static_cast<S>(plan_.scale);
    const int64_t count = 2 * shape.weights_per_mode();
    const S* weights = weights_ + at * count;
    if (shape.separable) {
      MixSeparable<kAdjoint>(from, weights, shape.shared, shape.in, images_, scale, to);
      return;
    }
    MixMode<kAdjoint>(from, weights, weights_ + next * count, kAdjoint ? shape.out : shape.in,
                      kAdjoint ? shape.in : shape.out, images_, scale, to, panels_,
                      static_cast<int64_t>(plan_.panel_bytes / sizeof(S)));
  }

  void Differentiate(int64_t at, const ModeRows<S>& x_rows, const ModeRows<S>& y_rows) const {
    const ModeRows<const S> x = Read(x_rows);
    const ModeRows<const S> y = Read(y_rows);
    const SpectralConvShape& shape = plan_.shape;
    const auto scale = static_cast<S>(plan_.scale);
    const int64_t count = shape.weights_per_mode();
    S* gradient = gradient_ + 2 * at * count;
    if (shape.shared) {
      GradientOfShared(x, y, images_, shape.in, scale, group_ > 0, gradient);
    } else if (shape.separable) {
      GradientOfSeparable(x, y, images_, count, scale, group_ > 0, gradient);
    } else {
      const auto stores = group_ > 0 ? GradientStores::kAdds
                          : plan_.streams_gradient && BeginsLine(gradient_)
                              ? GradientStores::kStreams
                              : GradientStores::kSets;
      GradientOfMode(x, y, images_, shape.in, shape.out, scale, stores, gradient);
    }
  }

  // The gradient where the run leaves a mode of the weights out.
  void Clear(int64_t at) const {
    const int64_t count = 2 * plan_.shape.weights_per_mode();
    if (group_ > 0) return;
    std::memset(gradient_ + at * count, 0, static_cast<size_t>(count) * sizeof(S));
  }

 private:
  static ModeRows<const S> Read(const ModeRows<S>& rows) { return {rows.data, rows.padded}; }

  const SpectralConvPlan& plan_;
  const ModeOrder order_;
  const S* weights_;
  S* gradient_;
  const int64_t group_;
  const int64_t images_;
  S* panels_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
