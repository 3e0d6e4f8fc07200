// The gradient of resample with respect to one axis's window.
//
//   grad_window[k] = c_k scale sum_{p, q} Re(X conj G)[p, k, q],   c_0 = c_{b/2} = 1, else 2
//
// with the spectra X of x over n and G of grad_output over m. Two real signals a + i b go through
// each FFT; their two products are half the sum of X conj G at k and at -k. Layout: x
// [outer, n, inner], grad_output [outer, m, inner]. Compiled once for each SIMD target.
#include <atomic>

#include "cpu/axes/axis_fft-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/fft-inl.h"
#include "cpu/resample/resample.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {
namespace {

template <class S>
class WindowWalk {
 public:
  WindowWalk(const WindowGradientPlan& plan, const WindowGradientBuffers& buffers,
             const FftPlan<S>& input, const FftPlan<S>& output, char* scratch)
      : plan_(plan),
        x_(static_cast<const S*>(buffers.x)),
        grad_output_(static_cast<const S*>(buffers.grad_output)),
        input_(input),
        output_(output),
        sums_(reinterpret_cast<double*>(scratch)),
        input_buffers_(reinterpret_cast<S*>(scratch + plan.input_spectrum_offset)),
        output_buffers_(reinterpret_cast<S*>(scratch + plan.output_spectrum_offset)),
        chirp_(reinterpret_cast<S*>(scratch + plan.chirp_offset)),
        packed_input_(reinterpret_cast<S*>(scratch + plan.packed_input_offset)),
        packed_output_(reinterpret_cast<S*>(scratch + plan.packed_output_offset)) {}

  // Adds up the units [first, last) into partial[bins].
  void RunChunk(int64_t first, int64_t last, double* partial) {
    const int64_t bins = plan_.axis.bins();
    for (int64_t i = 0; i < bins * kLanes<S>; ++i) sums_[i] = 0;
    if (plan_.rows_as_lanes) {
      for (int64_t unit = first; unit < last; ++unit) AddRows(unit);
    } else {
      int64_t unit = first;
      for (; unit + kVectors <= last; unit += kVectors) AddVectors<kVectors>(unit);
      for (; unit < last; ++unit) AddVectors<1>(unit);
    }
    for (int64_t k = 0; k < bins; ++k) {
      double sum = 0;
      for (int lane = 0; lane < kLanes<S>; ++lane) sum += sums_[k * kLanes<S> + lane];
      partial[k] = sum;
    }
  }

 private:
  // V vectors of `inner`, from number `unit` on.
  template <int V>
  void AddVectors(int64_t unit) {
    const int64_t inner = plan_.inner;
    const int64_t blocks = (inner + kLanes<S> - 1) / kLanes<S>;
    Lanes<V, false, S, S> in;
    Lanes<V, false, S, S> out;
    for (int v = 0; v < V; ++v) {
      const int64_t p = (unit + v) / blocks;
      const int64_t q = (unit + v) % blocks * kLanes<S>;
      in.in[v] = x_ + p * plan_.axis.n * inner + q;
      out.in[v] = grad_output_ + p * plan_.axis.m * inner + q;
      in.count[v] = out.count[v] = inner - q < kLanes<S> ? static_cast<int>(inner - q) : kLanes<S>;
    }
    in.in_step = out.in_step = inner;
    AddProducts(in, out);
  }

  // A block of rows with lanes across them, one inner element after the other.
  void AddRows(int64_t unit) {
    const int64_t inner = plan_.inner;
    const int64_t row = unit * kLanes<S>;
    const int64_t left = plan_.outer - row;
    const int count = left < kLanes<S> ? static_cast<int>(left) : kLanes<S>;
    const int64_t in_length = plan_.axis.n * inner;
    const int64_t out_length = plan_.axis.m * inner;
    PackRows(x_ + row * in_length, in_length, count, in_length, packed_input_);
    PackRows(grad_output_ + row * out_length, out_length, count, out_length, packed_output_);
    Lanes<1, true, S, S> in;
    Lanes<1, true, S, S> out;
    in.count[0] = out.count[0] = kLanes<S>;
    in.in_step = out.in_step = inner * kLanes<S>;
    for (int64_t q = 0; q < inner; ++q) {
      in.in[0] = packed_input_ + q * kLanes<S>;
      out.in[0] = packed_output_ + q * kLanes<S>;
      AddProducts(in, out);
    }
  }

  // The spectrum, in one of two buffers [length, 2, lanes].
  template <class L>
  const S* Transform(const FftPlan<S>& fft, const L& lanes, S* buffers) {
    for (int64_t i = 0; i < fft.n; ++i) StoreComplex(LoadSample<S>(lanes, i), buffers, i);
    return RunFft<true>(fft, buffers, buffers + fft.n * 2 * kLanes<S>, chirp_);
  }

  template <class L>
  void AddProducts(const L& in, const L& out) {
    const Simd<S> d;
    const S* x = Transform(input_, in, input_buffers_);
    const S* grad = Transform(output_, out, output_buffers_);
    HWY_ALIGN S products[kLanes<S>];
    for (int64_t k = 0; k < plan_.axis.bins(); ++k) {
      auto product = Product(LoadComplex(x, k), LoadComplex(grad, k));
      const int64_t input_mirror = k == 0 ? 0 : input_.n - k;
      const int64_t output_mirror = k == 0 ? 0 : output_.n - k;
      product =
          hn::Add(product, Product(LoadComplex(x, input_mirror), LoadComplex(grad, output_mirror)));
      hn::StoreU(product, d, products);
      for (int lane = 0; lane < kLanes<S>; ++lane) {
        sums_[k * kLanes<S> + lane] += static_cast<double>(products[lane]);
      }
    }
  }

  static HWY_INLINE Vector<S> Product(const Complex<S>& a, const Complex<S>& b) {
    return hn::MulAdd(a.re, b.re, hn::Mul(a.im, b.im));
  }

  const WindowGradientPlan& plan_;
  const S* x_;
  const S* grad_output_;
  const FftPlan<S>& input_;
  const FftPlan<S>& output_;
  double* sums_;       // [bins, lanes]
  S* input_buffers_;   // two [n, 2, lanes]
  S* output_buffers_;  // two [m, 2, lanes]
  S* chirp_;
  S* packed_input_;
  S* packed_output_;
};

template <class S>
void WindowGradient(const WindowGradientPlan& plan, const WindowGradientBuffers& buffers,
                    const ParallelFor& parallel) {
  const int64_t bins = plan.axis.bins();
  auto* workspace = static_cast<char*>(buffers.workspace);
  void* table = workspace + plan.table_offset;
  const FftPlan<S> input = BuildFft<S>(plan.axis.n, workspace + plan.input_transform_offset, table);
  const FftPlan<S> output =
      BuildFft<S>(plan.axis.m, workspace + plan.output_transform_offset, table);
  auto* partials = reinterpret_cast<double*>(workspace + plan.partial_offset);

  std::atomic<int64_t> next{0};
  auto body = [&](int worker) {
    WindowWalk<S> walk(
        plan, buffers, input, output,
        workspace + plan.worker_offset + static_cast<size_t>(worker) * plan.worker_bytes);
    for (int64_t chunk = next++; chunk < plan.chunks; chunk = next++) {
      walk.RunChunk(plan.units * chunk / plan.chunks, plan.units * (chunk + 1) / plan.chunks,
                    partials + chunk * bins);
    }
  };
  parallel.Run(plan.workers, body);

  const double scale = AxisScale(plan.axis, plan.norm);
  auto* grad_window = static_cast<S*>(buffers.grad_window);
  for (int64_t k = 0; k < bins; ++k) {
    double sum = 0;
    for (int64_t chunk = 0; chunk < plan.chunks; ++chunk) sum += partials[chunk * bins + k];
    const auto count = static_cast<double>(BinMultiplicity(k, plan.axis.band()));
    grad_window[k] = static_cast<S>(count / 2 * scale * sum);
  }
}

}  // namespace

void DispatchWindowGradient(const WindowGradientPlan& plan, const WindowGradientBuffers& buffers,
                            const ParallelFor& parallel) {
  if (plan.dtype == DataType::kFloat64) return WindowGradient<double>(plan, buffers, parallel);
  WindowGradient<float>(plan, buffers, parallel);
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
