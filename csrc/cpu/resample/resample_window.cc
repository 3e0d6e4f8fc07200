// The gradient of resample with respect to one axis's window.
//
//   grad_window[k] = c_k scale sum_{p, q} Re(X conj G)[p, k, q],   c_0 = c_{b/2} = 1, else 2
//
// with the modes 0 .. b/2 of x over n, X, and of grad_output over m, G, each by the axis that the
// plan has chosen for it. Layout: x [outer, n, inner], grad_output [outer, m, inner]. Compiled once
// for each SIMD target.
#include <atomic>

#include "core/band.h"
#include "core/integers.h"
#include "cpu/axes/axis_kinds-inl.h"
#include "cpu/base/parallel.h"
#include "cpu/base/vector-inl.h"
#include "cpu/resample/resample.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {
namespace {

template <class S>
class WindowWalk {
 public:
  WindowWalk(const WindowGradientPlan& plan, const WindowGradientCall& call,
             const void* const* axes, char* scratch)
      : plan_(plan),
        signal_{static_cast<const S*>(call.x), static_cast<const S*>(call.grad_output)},
        axis_{static_cast<const AxisOperator<S>*>(axes[0]),
              static_cast<const AxisOperator<S>*>(axes[1])},
        sums_(reinterpret_cast<double*>(scratch)),
        modes_{reinterpret_cast<S*>(scratch + plan.modes_offset[0]),
               reinterpret_cast<S*>(scratch + plan.modes_offset[1])},
        packed_{reinterpret_cast<S*>(scratch + plan.packed_offset[0]),
                reinterpret_cast<S*>(scratch + plan.packed_offset[1])},
        scratch_(reinterpret_cast<S*>(scratch + plan.axis_offset)) {}

  // Adds up a chunk's units into partial[bins].
  void RunChunk(const Piece& chunk, double* partial) {
    const auto [first, last] = chunk.Of(plan_.units);
    const int64_t bins = plan_.axis.bins();
    for (int64_t i = 0; i < bins * kLanes<S>; ++i) sums_[i] = 0;
    for (int64_t unit = first; unit < last; ++unit) {
      if (plan_.rows_as_lanes) {
        AddRows(unit);
      } else {
        AddVector(unit);
      }
    }
    for (int64_t k = 0; k < bins; ++k) {
      double sum = 0;
      for (int lane = 0; lane < kLanes<S>; ++lane) sum += sums_[k * kLanes<S> + lane];
      partial[k] = sum;
    }
  }

 private:
  int64_t Length(int side) const { return side == 0 ? plan_.axis.n : plan_.axis.m; }

  template <class L>
  void Analyze(int side, const L& lanes) {
    const ComplexRow<S> out = {modes_[side], 2 * kLanes<S>, kLanes<S>};
    Ahead none;
    axis_[side]->template With<AxisEnds::kModes>(
        [&](const auto& tables) HWY_ATTR { AnalyzeReal(tables, lanes, &out, scratch_, &none); });
  }

  // A vector of `inner`.
  void AddVector(int64_t unit) {
    const int64_t inner = plan_.inner;
    const int64_t blocks = CeilDiv(inner, kLanes<S>);
    const int64_t p = unit / blocks;
    const int64_t q = unit % blocks * kLanes<S>;
    for (int side = 0; side < 2; ++side) {
      Lanes<1, false, S, S> lanes;
      lanes.in[0] = signal_[side] + p * Length(side) * inner + q;
      lanes.count[0] = inner - q < kLanes<S> ? static_cast<int>(inner - q) : kLanes<S>;
      lanes.in_step = inner;
      Analyze(side, lanes);
    }
    AddProducts();
  }

  // A block of rows with lanes across them, one inner element after the other.
  void AddRows(int64_t unit) {
    const int64_t inner = plan_.inner;
    const int64_t row = unit * kLanes<S>;
    const int64_t left = plan_.outer - row;
    const int count = left < kLanes<S> ? static_cast<int>(left) : kLanes<S>;
    for (int side = 0; side < 2; ++side) {
      const int64_t length = Length(side) * inner;
      PackRows(signal_[side] + row * length, length, count, length, packed_[side]);
    }
    for (int64_t q = 0; q < inner; ++q) {
      for (int side = 0; side < 2; ++side) {
        Lanes<1, true, S, S> lanes;
        lanes.in[0] = packed_[side] + q * kLanes<S>;
        lanes.count[0] = kLanes<S>;
        lanes.in_step = inner * kLanes<S>;
        Analyze(side, lanes);
      }
      AddProducts();
    }
  }

  void AddProducts() {
    const Simd<S> d;
    HWY_ALIGN S products[kLanes<S>];
    for (int64_t k = 0; k < plan_.axis.bins(); ++k) {
      const Complex<S> x = LoadComplex(modes_[0], k);
      const Complex<S> grad = LoadComplex(modes_[1], k);
      hn::StoreU(hn::MulAdd(x.re, grad.re, hn::Mul(x.im, grad.im)), d, products);
      for (int lane = 0; lane < kLanes<S>; ++lane) {
        sums_[k * kLanes<S> + lane] += static_cast<double>(products[lane]);
      }
    }
  }

  const WindowGradientPlan& plan_;
  const S* signal_[2];  // x and grad_output
  const AxisOperator<S>* axis_[2];
  double* sums_;  // [bins, lanes]
  S* modes_[2];   // [bins, 2, lanes]
  S* packed_[2];
  S* scratch_;
};

template <class S>
void WindowGradient(const WindowGradientPlan& plan, const WindowGradientCall& call,
                    const RunMemory& memory, const ParallelFor& parallel) {
  const int64_t bins = plan.axis.bins();
  auto* partials = reinterpret_cast<double*>(memory.workspace + plan.partial_offset);
  char* workers = memory.workspace + plan.worker_offset;

  std::atomic<int64_t> next{0};
  auto body = [&](int worker) {
    WindowWalk<S> walk(plan, call, memory.axes,
                       workers + static_cast<size_t>(worker) * plan.worker_bytes);
    for (int64_t chunk = next++; chunk < plan.chunks; chunk = next++) {
      walk.RunChunk(Piece{chunk, plan.chunks}, partials + chunk * bins);
    }
  };
  parallel.Run(plan.workers, body);

  const double scale = AxisScale(plan.axis, plan.norm);
  auto* grad_window = static_cast<S*>(call.result);
  for (int64_t k = 0; k < bins; ++k) {
    double sum = 0;
    for (int64_t chunk = 0; chunk < plan.chunks; ++chunk) sum += partials[chunk * bins + k];
    const auto count = static_cast<double>(BinMultiplicity(k, plan.axis.band()));
    grad_window[k] = static_cast<S>(count * scale * sum);
  }
}

}  // namespace

void DispatchWindowGradient(const WindowGradientPlan& plan, const WindowGradientCall& call,
                            const RunMemory& memory, const ParallelFor& parallel) {
  if (plan.dtype == DataType::kFloat64) {
    return WindowGradient<double>(plan, call, memory, parallel);
  }
  WindowGradient<float>(plan, call, memory, parallel);
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
