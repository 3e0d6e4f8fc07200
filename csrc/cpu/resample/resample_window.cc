// The gradient of resample with respect to one axis's window.
//
//   grad_window[k] = c_k scale sum_{p, q} Re(X conj G)[p, k, q],   c_0 = c_{b/2} = 1, else 2
//
// with the modes 0 .. b/2 of x over n, X, and of grad_output over m, G, each by the axis that the
// plan has chosen for it. Of a centered axis the product is turned by exp(pi i k (1/m - 1/n)); of a
// symmetric one X and G are cosine transforms, real, 0 <= k < b. Layout: x [outer, n, inner],
// grad_output [outer, m, inner]. Compiled once for each SIMD target.
#include <atomic>

#include "core/band.h"
#include "core/integers.h"
#include "core/roots.h"
#include "cpu/axes/axis_fft.h"
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
             const void* const* axes, const char* workspace, char* scratch)
      : plan_(plan),
        turns_{reinterpret_cast<const S*>(workspace + plan.turn_offset[0]),
               reinterpret_cast<const S*>(workspace + plan.turn_offset[1])},
        signal_{static_cast<const S*>(call.x), static_cast<const S*>(call.grad_output)},
        axis_{static_cast<const AxisOperator<S>*>(axes[0]),
              static_cast<const AxisOperator<S>*>(axes[1])},
        sums_(reinterpret_cast<double*>(scratch)),
        modes_{reinterpret_cast<S*>(scratch + plan.modes_offset[0]),
               reinterpret_cast<S*>(scratch + plan.modes_offset[1])},
        packed_{reinterpret_cast<S*>(scratch + plan.packed_offset[0]),
                reinterpret_cast<S*>(scratch + plan.packed_offset[1])},
        rows_{reinterpret_cast<S*>(scratch + plan.row_offset[0]),
              reinterpret_cast<S*>(scratch + plan.row_offset[1])},
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
    if (plan_.axis.rule != AxisRule::kSymmetric) return AnalyzeModes(side, lanes);
    const Simd<S> d;
    const int64_t length = Length(side);
    for (int64_t i = 0; i < length; ++i) {
      hn::StoreU(lanes.Get(0, i), d, rows_[side] + CosinePlace(i, length) * kLanes<S>);
    }
    Lanes<1, true, S, S> row;
    row.in[0] = rows_[side];
    row.count[0] = kLanes<S>;
    row.in_step = kLanes<S>;
    AnalyzeModes(side, row);
    TakeCosines(side);
  }

  // Writes the cosines over the row.
  void TakeCosines(int side) {
    const Simd<S> d;
    const int64_t bins = plan_.axis.bins();
    const auto put = [&](int64_t k, Vector<S> cosine)
                         HWY_ATTR { hn::StoreU(cosine, d, rows_[side] + k * kLanes<S>); };
    for (int64_t k = 0; k < plan_.spec[side].modes.modes(); ++k) {
      const Complex<S> z = Multiply<false>(LoadComplex(modes_[side], k), turns_[side] + 2 * k);
      put(k, z.re);
      const int64_t mirror = Length(side) - k;
      if (k > 0 && mirror < bins) put(mirror, hn::Neg(z.im));
    }
  }

  template <class L>
  void AnalyzeModes(int side, const L& lanes) {
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

  Vector<S> Product(int64_t k) const {
    const Simd<S> d;
    if (plan_.axis.rule == AxisRule::kSymmetric) {
      return hn::Mul(hn::LoadU(d, rows_[0] + k * kLanes<S>),
                     hn::LoadU(d, rows_[1] + k * kLanes<S>));
    }
    Complex<S> x = LoadComplex(modes_[0], k);
    const Complex<S> grad = LoadComplex(modes_[1], k);
    if (plan_.axis.rule == AxisRule::kCentered) x = Multiply<false>(x, turns_[0] + 2 * k);
    return hn::MulAdd(x.re, grad.re, hn::Mul(x.im, grad.im));
  }

  void AddProducts() {
    const Simd<S> d;
    HWY_ALIGN S products[kLanes<S>];
    for (int64_t k = 0; k < plan_.axis.bins(); ++k) {
      hn::StoreU(Product(k), d, products);
      for (int lane = 0; lane < kLanes<S>; ++lane) {
        sums_[k * kLanes<S> + lane] += static_cast<double>(products[lane]);
      }
    }
  }

  const WindowGradientPlan& plan_;
  const S* turns_[2];
  const S* signal_[2];  // x and grad_output
  const AxisOperator<S>* axis_[2];
  double* sums_;  // [bins, lanes]
  S* modes_[2];   // [bins, 2, lanes]
  S* packed_[2];
  S* rows_[2];
  S* scratch_;
};

template <class S>
void FillTurns(const WindowGradientPlan& plan, char* workspace) {
  const AxisShape& axis = plan.axis;
  const bool centered = axis.rule == AxisRule::kCentered;
  for (int side = 0; side < 2 && axis.rule != AxisRule::kPeriodic; ++side) {
    const int64_t length = side == 0 ? axis.n : axis.m;
    auto* turns = reinterpret_cast<S*>(workspace + plan.turn_offset[side]);
    for (int64_t k = 0; k < plan.spec[side].modes.modes(); ++k) {
      const Root root = centered ? RootOfUnity(k * (axis.n - axis.m), 2 * axis.n * axis.m)
                                 : RootOfUnity(-k, 4 * length);
      turns[2 * k] = static_cast<S>(root.cosine);
      turns[2 * k + 1] = static_cast<S>(root.sine);
    }
  }
}

template <class S>
void WindowGradient(const WindowGradientPlan& plan, const WindowGradientCall& call,
                    const RunMemory& memory, const ParallelFor& parallel) {
  const int64_t bins = plan.axis.bins();
  auto* partials = reinterpret_cast<double*>(memory.workspace + plan.partial_offset);
  char* workers = memory.workspace + plan.worker_offset;
  FillTurns<S>(plan, memory.workspace);

  std::atomic<int64_t> next{0};
  auto body = [&](int worker) {
    WindowWalk<S> walk(plan, call, memory.axes, memory.workspace,
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
    const auto count = static_cast<double>(BinMultiplicity(k, plan.axis.kernel_band()));
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
