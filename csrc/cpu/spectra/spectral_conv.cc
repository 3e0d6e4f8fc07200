// The spectral convolution: both signals' few modes by truncated transforms, channels mixed mode by
// mode in between.
//
//   X[k, c] = sum_i x[i, c] conj(p_k(i)),  Y[k, o] = s sum_c X[k, c] W[k, c, o],
//   y[j, o] = Re sum_k q_k(j) Y[k, o]
//
// The adjoint exchanges the sides and conjugates and transposes W; the gradient of W is
// s sum conj(X) G with the analyses X of x and G of grad_output. Both gradients at once share G.
// Source: Li et al. 2020, arXiv:2010.08895. The plan: cpu/spectra/spectral_conv_plan.h; the walk:
// mode_walk-inl.h. Compiled once for each SIMD target.
#include "cpu/spectra/spectral_conv.h"

#include <cstring>
#include <optional>

#include "cpu/base/parallel.h"
#include "cpu/base/tuning.h"
#include "cpu/base/vector-inl.h"
#include "cpu/spectra/filter-inl.h"
#include "cpu/spectra/mode_products-inl.h"
#include "cpu/spectra/mode_walk-inl.h"
#include "cpu/spectra/spectrum_walk-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {
namespace {

int64_t ImagesOf(const SpectralConvPlan& plan, int64_t group) {
  const int64_t left = plan.shape.batch - group * plan.group;
  return left < plan.group ? left : plan.group;
}

// A group's part of a side's tensor; what is analysed is only read.
template <class T>
T* PartOf(const SpectralConvPlan& plan, int side, int64_t group, const void* tensor) {
  const SignalPlan& signal = plan.side[side];
  return static_cast<T*>(const_cast<void*>(tensor)) +
         group * plan.group * signal.samples() * signal.channels;
}

// Where the spectrum of a group's side is; `given`: that of x, of all groups, where it is the
// call's.
template <class S>
S* SpectrumOf(const SpectralConvPlan& plan, int side, int64_t group, const void* given,
              const RunMemory& memory) {
  const SignalPlan& signal = plan.side[side];
  if (side == 0 && (plan.keeps || plan.takes)) {
    return static_cast<S*>(const_cast<void*>(given)) +
           group * plan.shape.modes() * signal.mode_step;
  }
  return reinterpret_cast<S*>(memory.workspace + signal.spectrum_offset);
}

template <class S>
ModeRows<S> RowsAt(const SpectralConvPlan& plan, int side, S* spectrum, int64_t mode) {
  const SignalPlan& signal = plan.side[side];
  return {spectrum + mode * signal.mode_step, signal.padded};
}

int SideStages(const SpectralConvPlan& plan, int side) {
  return plan.side[side].Stages(plan.shape.rank);
}

// One worker's hands on one group of images.
template <class T, SpectralConvKind kKind>
class GroupWalk {
 public:
  using S = ComputeType<T>;
  using Call = SpectralConvCall;
  static constexpr bool kGradient = kKind == SpectralConvKind::kWeightGradient;
  static constexpr bool kAdjoint = kKind == SpectralConvKind::kAdjoint;

  GroupWalk(const SpectralConvPlan& plan, const Call& call, const RunMemory& memory, int64_t group,
            char* own)
      : plan_(plan),
        weights_(static_cast<const S*>(call.weights)),
        images_(ImagesOf(plan, group)),
        spectrum_{SpectrumOf<S>(plan, 0, group, call.spectrum, memory),
                  SpectrumOf<S>(plan, 1, group, nullptr, memory)},
        products_(plan, call.weights, kGradient ? call.result : nullptr, group, images_,
                  own + plan.panel_offset),
        source_(plan, 0, memory, PartOf<T>(plan, 0, group, call.source), images_, spectrum_[0],
                own),
        target_(plan, 1, memory,
                PartOf<T>(plan, 1, group, kGradient ? call.grad_output : call.result), images_,
                spectrum_[1], own) {}

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
    const ModeOrder& order = products_.order();
    const int64_t mode = 2 * plan_.shape.weights_per_mode();
    const S* weights = weights_ + mode * order.Column(column);
    const int64_t step = mode * order.Step();
    source_.ForOwnColumns(unit, [&](const LaneBlock& block, int64_t sub, const ComplexRow<S>& own,
                                    int64_t modes) HWY_ATTR {
      for (int64_t k = 0; k < modes; ++k) {
        const S* numbers = weights + order.Place(k) * step;
        const Complex<S> w = ScaleWeights<kAdjoint>(
            plan_.shape.shared ? SetPair(numbers)
                               : source_.map().LoadOfChannels(numbers, block, sub),
            static_cast<S>(plan_.scale));
        own.Put(MixSeparableLanes(own.Get(k), w), k);
      }
    });
  }

  ModeRows<S> Rows(int side, int64_t mode) const {
    return RowsAt(plan_, side, spectrum_[side], mode);
  }

  void Mix(UnitRange modes) const {
    const ModeOrder& order = products_.order();
    for (int64_t mode = modes.begin; mode < modes.end; ++mode) {
      const int64_t next = mode + 1 < modes.end ? mode + 1 : mode;
      products_.template Mix<kAdjoint>(order.InWeights(mode), order.InWeights(next), Rows(0, mode),
                                       Rows(1, mode));
    }
  }

  void Differentiate(UnitRange modes) const {
    for (int64_t at = modes.begin; at < modes.end; ++at) {
      const int64_t mode = products_.order().Of(at);
      if (mode < 0) {
        products_.Clear(at);
      } else {
        products_.Differentiate(at, Rows(0, mode), Rows(1, mode));
      }
    }
  }

  const SpectralConvPlan& plan_;
  const S* weights_;
  const int64_t images_;
  S* spectrum_[2];
  const ModeProducts<S> products_;
  SignalWalk<T, false> source_;
  SignalWalk<T, !kGradient> target_;
};

// The same for both gradients. At each mode the spectra of x and grad_output give the gradient of
// the weights, then that of grad_output is mixed, in the place of that of x.
template <class T>
class GradientsWalk {
 public:
  using S = ComputeType<T>;
  using Call = SpectralConvGradientsCall;

  GradientsWalk(const SpectralConvPlan& plan, const Call& call, const RunMemory& memory,
                int64_t group, char* own)
      : plan_(plan),
        images_(ImagesOf(plan, group)),
        spectrum_{SpectrumOf<S>(plan, 0, group, call.spectrum, memory),
                  SpectrumOf<S>(plan, 1, group, nullptr, memory),
                  SpectrumOf<S>(plan, 2, group, nullptr, memory)},
        products_(plan, call.weights, call.second_result, group, images_, own + plan.panel_offset),
        grad_output_(plan, 1, memory, PartOf<T>(plan, 1, group, call.grad_output), images_,
                     spectrum_[1], own),
        grad_x_(plan, 2, memory, PartOf<T>(plan, 2, group, call.result), images_, spectrum_[2],
                own) {
    if (plan.takes) return;
    x_.emplace(plan, 0, memory, PartOf<T>(plan, 0, group, call.x), images_, spectrum_[0], own);
  }

  static int Stages(const SpectralConvPlan& plan) {
    return FirstStages(plan) + SideStages(plan, 1) + 1 + SideStages(plan, 2);
  }

  void Run(int stage, const Piece& piece) {
    const int first = FirstStages(plan_);
    const int second = SideStages(plan_, 1);
    const int last = SideStages(plan_, 2);
    if (stage < first) return x_->Run(stage, piece);
    stage -= first;
    if (stage < second) return grad_output_.Run(stage, piece);
    stage -= second;
    if (stage == 0) return Multiply(piece.Of(plan_.shape.weight_modes()));
    grad_x_.Run(last - stage, piece);
  }

 private:
  static int FirstStages(const SpectralConvPlan& plan) {
    return plan.takes ? 0 : SideStages(plan, 0);
  }

  ModeRows<S> Rows(int side, int64_t mode) const {
    return RowsAt(plan_, side, spectrum_[side], mode);
  }

  void Multiply(UnitRange modes) const {
    for (int64_t at = modes.begin; at < modes.end; ++at) {
      const int64_t mode = products_.order().Of(at);
      if (mode < 0) {
        products_.Clear(at);
        continue;
      }
      products_.Differentiate(at, Rows(0, mode), Rows(1, mode));
      const int64_t next = at + 1 < modes.end ? at + 1 : at;
      products_.template Mix<true>(at, next, Rows(1, mode), Rows(2, mode));
    }
  }

  const SpectralConvPlan& plan_;
  const int64_t images_;
  S* spectrum_[3];
  const ModeProducts<S> products_;
  std::optional<SignalWalk<T, false>> x_;  // where its spectrum is not given
  SignalWalk<T, false> grad_output_;
  SignalWalk<T, true> grad_x_;
};

template <class Walk>
void RunGroups(const SpectralConvPlan& plan, const typename Walk::Call& call,
               const RunMemory& memory, const ParallelFor& parallel) {
  const int stages = Walk::Stages(plan);
  StagedWork work(plan.groups * stages, plan.pieces);
  auto body = [&](int worker) {
    char* own =
        memory.workspace + plan.worker_offset + static_cast<size_t>(worker) * plan.worker_bytes;
    work.Take([&](int64_t stage, const Piece& piece) {
      Walk walk(plan, call, memory, stage / stages, own);
      walk.Run(static_cast<int>(stage % stages), piece);
    });
    if (plan.side[plan.sides - 1].streams || plan.streams_gradient) FinishStreams();
  };
  parallel.Run(plan.workers, body);
}

// The sum over no images.
template <class S>
void ClearGradient(const SpectralConvShape& shape, void* gradient) {
  const int64_t count = 2 * shape.weight_modes() * shape.weights_per_mode();
  std::memset(gradient, 0, static_cast<size_t>(count) * sizeof(S));
}

template <class T>
void RunKind(const SpectralConvPlan& plan, const SpectralConvCall& call, const RunMemory& memory,
             const ParallelFor& parallel) {
  switch (plan.shape.kind) {
    case SpectralConvKind::kForward:
      return RunGroups<GroupWalk<T, SpectralConvKind::kForward>>(plan, call, memory, parallel);
    case SpectralConvKind::kAdjoint:
      return RunGroups<GroupWalk<T, SpectralConvKind::kAdjoint>>(plan, call, memory, parallel);
    case SpectralConvKind::kWeightGradient:
      break;
  }
  if (plan.groups == 0) return ClearGradient<ComputeType<T>>(plan.shape, call.result);
  RunGroups<GroupWalk<T, SpectralConvKind::kWeightGradient>>(plan, call, memory, parallel);
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

void RunGradients(const SpectralConvPlan& plan, const SpectralConvGradientsCall& call,
                  const RunMemory& memory, const ParallelFor& parallel) {
  if (plan.filter.runs) {
    return RunFilter(plan.filter,
                     {call.x, call.weights, call.grad_output, call.result, call.second_result,
                      const_cast<void*>(call.spectrum)},
                     memory, parallel);
  }
  ForType<hwy::float16_t, hwy::bfloat16_t>(plan.dtype, [&](auto tag) {
    using T = typename decltype(tag)::Type;
    if (plan.groups == 0) return ClearGradient<ComputeType<T>>(plan.shape, call.second_result);
    RunGroups<GradientsWalk<T>>(plan, call, memory, parallel);
  });
}

}  // namespace

extern const SpectralConvKernels kSpectralConvKernels = {
    {kVectorBytes, kRowBlock},
    Dispatch,
    RunGradients,
};

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
