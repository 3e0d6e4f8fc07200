// The spectral convolution: both signals' few modes by truncated transforms, channels mixed mode by
// mode in between.
//
//   X[k, c] = sum_i x[i, c] conj(p_k(i)),  Y[k, o] = s sum_c X[k, c] W[k, c, o],
//   y[j, o] = Re sum_k q_k(j) Y[k, o]
//
// The adjoint exchanges the sides and conjugates and transposes W; the gradient of W is
// s sum conj(X) G with the analyses X of x and G of grad_output. Source: Li et al. 2020,
// arXiv:2010.08895. The plan: cpu/spectra/spectral_conv_plan.h; the walk: mode_walk-inl.h. Compiled
// once for each SIMD target.
#include "cpu/spectra/spectral_conv.h"

#include <cstring>

#include "cpu/base/parallel.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/spectra/filter-inl.h"
#include "cpu/spectra/mode_mix-inl.h"
#include "cpu/spectra/mode_walk-inl.h"
#include "cpu/spectra/spectrum_walk-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {
namespace {

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

// One worker's hands on one group of images.
template <class T, SpectralConvKind kKind>
class GroupWalk {
 public:
  using S = ComputeType<T>;
  static constexpr bool kGradient = kKind == SpectralConvKind::kWeightGradient;
  static constexpr bool kAdjoint = kKind == SpectralConvKind::kAdjoint;

  GroupWalk(const SpectralConvPlan& plan, const SpectralConvCall& call, const RunMemory& memory,
            int64_t group, char* own)
      : plan_(plan),
        weights_(static_cast<const S*>(call.weights)),
        gradient_(kGradient ? static_cast<S*>(call.result) : nullptr),
        group_(group),
        images_(Images(plan, group)),
        order_(plan.shape),
        panels_(reinterpret_cast<S*>(own + plan.panel_offset)),
        spectrum_{Spectrum(memory, 0), Spectrum(memory, 1)},
        // An analysis only reads.
        source_(plan, 0, memory, Part(const_cast<void*>(call.source), 0), images_, own),
        target_(plan, 1, memory,
                Part(kGradient ? const_cast<void*>(call.grad_output) : call.result, 1), images_,
                own) {}

  static int SideStages(const SpectralConvPlan& plan, int side) {
    return plan.side[side].Stages(plan.shape.rank);
  }
  static int Stages(const SpectralConvPlan& plan) {
    if (plan.local) return 1;
    return SideStages(plan, 0) + 1 + SideStages(plan, 1);
  }

  // One piece of a stage.
  void Run(int stage, const Piece& piece) {
    if constexpr (!kGradient) {
      if (plan_.local) return RunLocal(piece);
    }
    const int source_stages = SideStages(plan_, 0);
    const int target_stages = SideStages(plan_, 1);
    if (stage < source_stages) return source_.Run(stage, piece);
    stage -= source_stages;
    if constexpr (kGradient) {
      if (stage < target_stages) {
        target_.Run(stage, piece);
      } else {
        Differentiate(piece.Of(plan_.shape.weight_modes()));
      }
    } else if (stage == 0) {
      Mix(piece.Of(plan_.shape.modes()));
    } else {
      target_.Run(target_stages - stage, piece);
    }
  }

 private:
  // A unit whose spectrum stays with the worker.
  struct Source {
    GroupWalk& walk;
    int64_t unit;
    int64_t end;
    void Rows(int64_t /*term*/) const { walk.source_.RunInner(unit, end); }
    void Column(int64_t /*term*/, int64_t column) const { walk.source_.RunFirst(unit, column); }
  };
  struct SeparableProduct {
    GroupWalk& walk;
    int64_t unit;
    void Multiply(int64_t /*term*/, int64_t column) const { walk.MixColumn(unit, column); }
  };
  struct Target {
    GroupWalk& walk;
    int64_t unit;
    int64_t end;
    void Column(int64_t column) const { walk.target_.RunFirst(unit, column); }
    void Rows() const { walk.target_.RunInner(unit, end); }
  };

  void RunLocal(const Piece& piece) {
    const auto [begin, end] = piece.Of(source_.Units(0));
    for (int64_t unit = begin; unit < end; ++unit) {
      const SeparableProduct product = {*this, unit};
      const SpectrumWalk<SeparableProduct> walk(product, 1, source_.Columns());
      walk.Run(Source{*this, unit, end}, Target{*this, unit, end});
    }
  }

  void MixColumn(int64_t unit, int64_t column) const {
    const int64_t mode = 2 * plan_.shape.weights_per_mode();
    const S* weights = weights_ + mode * order_.Column(column);
    const int64_t step = mode * order_.Step();
    source_.ForOwnColumns(unit, [&](const LaneBlock& block, int64_t sub, const ComplexRow<S>& own,
                                    int64_t modes) HWY_ATTR {
      for (int64_t k = 0; k < modes; ++k) {
        const S* numbers = weights + order_.Place(k) * step;
        const Complex<S> w = ScaleWeights<kAdjoint>(
            plan_.shape.shared ? SetPair(numbers)
                               : source_.map().LoadOfChannels(numbers, block, sub),
            static_cast<S>(plan_.scale));
        own.Put(MixSeparableLanes(own.Get(k), w), k);
      }
    });
  }

  static int64_t Images(const SpectralConvPlan& plan, int64_t group) {
    const int64_t left = plan.shape.batch - group * plan.group;
    return left < plan.group ? left : plan.group;
  }

  T* Part(void* tensor, int side) const {
    const SignalPlan& signal = plan_.side[side];
    return static_cast<T*>(tensor) + group_ * plan_.group * signal.samples() * signal.channels;
  }

  S* Spectrum(const RunMemory& memory, int side) const {
    return reinterpret_cast<S*>(memory.workspace + plan_.side[side].spectrum_offset);
  }

  ModeRows<const S> Rows(int side, int64_t mode) const {
    const SignalPlan& signal = plan_.side[side];
    return {spectrum_[side] + mode * signal.mode_step, signal.padded};
  }

  void Mix(UnitRange modes) const {
    const SpectralConvShape& shape = plan_.shape;
    const auto scale = static_cast<S>(plan_.scale);
    const auto step = static_cast<int64_t>(plan_.panel_bytes / sizeof(S));
    const auto weights_of = [&](int64_t mode) {
      return weights_ + 2 * order_.InWeights(mode) * shape.weights_per_mode();
    };
    for (int64_t mode = modes.begin; mode < modes.end; ++mode) {
      const S* weights = weights_of(mode);
      const ModeRows<S> to = {spectrum_[1] + mode * plan_.side[1].mode_step, plan_.side[1].padded};
      if (shape.separable) {
        MixSeparable<kAdjoint>(Rows(0, mode), weights, shape.shared, shape.in, images_, scale, to);
      } else {
        const S* next = weights_of(mode + 1 < modes.end ? mode + 1 : mode);
        MixMode<kAdjoint>(Rows(0, mode), weights, next, kAdjoint ? shape.out : shape.in,
                          kAdjoint ? shape.in : shape.out, images_, scale, to, panels_, step);
      }
    }
  }

  void Differentiate(UnitRange modes) const {
    const SpectralConvShape& shape = plan_.shape;
    const auto scale = static_cast<S>(plan_.scale);
    const int64_t count = shape.weights_per_mode();
    for (int64_t at = modes.begin; at < modes.end; ++at) {
      S* gradient = gradient_ + 2 * at * count;
      const int64_t mode = order_.Of(at);
      if (mode < 0) {
        if (group_ == 0) std::memset(gradient, 0, static_cast<size_t>(2 * count) * sizeof(S));
      } else if (shape.shared) {
        GradientOfShared(Rows(0, mode), Rows(1, mode), images_, shape.in, scale, group_ > 0,
                         gradient);
      } else if (shape.separable) {
        GradientOfSeparable(Rows(0, mode), Rows(1, mode), images_, count, scale, group_ > 0,
                            gradient);
      } else {
        const auto stores = group_ > 0 ? GradientStores::kAdds
                            : plan_.streams_gradient && BeginsLine(gradient_)
                                ? GradientStores::kStreams
                                : GradientStores::kSets;
        GradientOfMode(Rows(0, mode), Rows(1, mode), images_, shape.in, shape.out, scale, stores,
                       gradient);
      }
    }
  }

  const SpectralConvPlan& plan_;
  const S* weights_;
  S* gradient_;
  const int64_t group_;
  const int64_t images_;
  const ModeOrder order_;
  S* panels_;
  S* spectrum_[2];
  SignalWalk<T, false> source_;
  SignalWalk<T, !kGradient> target_;
};

template <class T, SpectralConvKind kKind>
void RunGroups(const SpectralConvPlan& plan, const SpectralConvCall& call, const RunMemory& memory,
               const ParallelFor& parallel) {
  using Walk = GroupWalk<T, kKind>;
  const int stages = Walk::Stages(plan);
  StagedWork work(plan.groups * stages, plan.pieces);
  auto body = [&](int worker) {
    char* own =
        memory.workspace + plan.worker_offset + static_cast<size_t>(worker) * plan.worker_bytes;
    work.Take([&](int64_t stage, const Piece& piece) {
      Walk walk(plan, call, memory, stage / stages, own);
      walk.Run(static_cast<int>(stage % stages), piece);
    });
    if (plan.side[1].streams || plan.streams_gradient) FinishStreams();
  };
  parallel.Run(plan.workers, body);
}

template <class T>
void RunKind(const SpectralConvPlan& plan, const SpectralConvCall& call, const RunMemory& memory,
             const ParallelFor& parallel) {
  switch (plan.shape.kind) {
    case SpectralConvKind::kForward:
      return RunGroups<T, SpectralConvKind::kForward>(plan, call, memory, parallel);
    case SpectralConvKind::kAdjoint:
      return RunGroups<T, SpectralConvKind::kAdjoint>(plan, call, memory, parallel);
    case SpectralConvKind::kWeightGradient:
      break;
  }
  if (plan.groups == 0) {  // the sum over no images
    const int64_t count = plan.shape.weight_modes() * plan.shape.weights_per_mode();
    std::memset(call.result, 0, static_cast<size_t>(2 * count) * sizeof(ComputeType<T>));
    return;
  }
  RunGroups<T, SpectralConvKind::kWeightGradient>(plan, call, memory, parallel);
}

void Dispatch(const SpectralConvPlan& plan, const SpectralConvCall& call, const RunMemory& memory,
              const ParallelFor& parallel) {
  if (plan.filter.runs) {
    const bool sums = call.kind == SpectralConvKind::kWeightGradient;
    const FilterTensors tensors = {call.source,
                                   call.weights,
                                   call.grad_output,
                                   sums ? nullptr : call.result,
                                   sums ? call.result : nullptr,
                                   call.spectrum};
    return RunFilter(plan.filter, tensors, memory, parallel);
  }
  ForType<hwy::float16_t, hwy::bfloat16_t>(plan.dtype, [&](auto tag) {
    RunKind<typename decltype(tag)::Type>(plan, call, memory, parallel);
  });
}

void RunFilterGradients(const FilterPlan& plan, const FilterGradientsCall& call,
                        const RunMemory& memory, const ParallelFor& parallel) {
  RunFilter(plan,
            {call.x, call.response, call.grad_output, call.result, call.second_result,
             const_cast<void*>(call.spectrum)},
            memory, parallel);
}

}  // namespace

extern const SpectralConvKernels kSpectralConvKernels = {
    {kVectorBytes, kRowBlock},
    Dispatch,
    RunFilterGradients,
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
