#include "gpu/conv_choice.h"

#include <algorithm>

#include "core/integers.h"
#include "gpu/conv.h"

namespace spectral_ops::gpu {
namespace {

// Rates of one processor for each clock, and clocks: of an H100, by what NVIDIA states and others
// have measured (docs/performance.md). Nothing of it has been measured with these kernels.
constexpr double kBytes = 13;              // through memory
constexpr double kTensorProducts = 635;    // of our matrices
constexpr double kDoubleProducts = 50;     // the same of float64
constexpr double kSpectrumProducts = 50;   // of spectra, in tiles
constexpr double kFewProducts = 12;        // the same, of few rows or columns
constexpr double kDenseProducts = 400;     // of cuDNN, by tf32 as TensorFlow has it
constexpr double kDenseDoubles = 30;       // the same of float64
constexpr double kDepthwiseProducts = 20;  // of TensorFlow's depthwise kernels
constexpr double kDepthwiseSums = 5;       // the same, of their gradient by the filters
constexpr double kLaunch = 3000;           // clocks
// By how much FFTs must be ahead: the estimates are no better.
constexpr double kTie = 1.3;

double Number(int64_t n) { return static_cast<double>(n); }

class Clocks {
 public:
  explicit Clocks(const GpuTraits& traits) : processors_(Number(traits.processors)) {}

  // A kernel: whichever of the two takes longer.
  void Launch(double bytes, double products, double rate) {
    total_ += kLaunch + std::max(bytes / kBytes, products / rate) / processors_;
  }
  double total() const { return total_; }

 private:
  double processors_;
  double total_ = 0;
};

// The passes over so many images.
void AddPasses(const Chain& chain, int64_t images, double element, Clocks* clocks) {
  if (chain.whole.used) {  // to rows, FFT of all axes, modes, back
    const WholeFft& whole = chain.whole;
    const double rows = Number(whole.outer * whole.inner) * Number(images) * element;
    for (const int64_t own : {whole.depth, whole.height}) {
      clocks->Launch(2 * rows * Number(own), 0, 1);
      clocks->Launch(4 * rows * Number(own), 0, 1);
    }
    return;
  }
  const bool wide = chain.dtype == DataType::kFloat64;
  double products = 0;
  double read = 0;
  for (int i = 0; i < chain.count; ++i) {
    const AxisPass& pass = chain.pass[i];
    const double in = Number(pass.InputElements()) * Number(images) * element;
    const double out = Number(pass.OutputElements()) * Number(images) * element;
    if (pass.by_fft) {  // to rows, FFT, modes, back
      for (int step = 0; step < 2; ++step) {
        clocks->Launch(2 * in, 0, 1);
        clocks->Launch(2 * out, 0, 1);
      }
      continue;
    }
    const double rows = Number(RoundUp(pass.map.rows(), 32));
    products += (wide ? 1 : 3) * rows * Number(RoundUp(pass.map.depth(), 8)) * Number(pass.Rows()) *
                Number(images);
    if (chain.fused && i == 0) {
      read = in;
      continue;
    }
    clocks->Launch((chain.fused && i == 1 ? read : in) + out, products,
                   wide ? kDoubleProducts : kTensorProducts);
    products = 0;
  }
}

double FftClocks(const ConvPlan& plan, const GpuTraits& traits) {
  const ConvShape& shape = plan.shape;
  const double element = Number(static_cast<int64_t>(ComputeSize(plan.dtype)));
  const double stored = Number(static_cast<int64_t>(ElementSize(plan.dtype)));
  Clocks clocks(traits);
  const int64_t chunks = CeilDiv(plan.tiles, plan.chunk);
  const auto transform = [&](const ConvSide& side, int64_t tiles) {
    clocks.Launch(Number(side.geometry.TileElements()) * Number(tiles) * (element + stored), 0, 1);
    AddPasses(side.chain, tiles * side.geometry.planes.value(), element, &clocks);
  };
  const bool filters_last = plan.map == ConvMap::kFilterGradient;
  for (int64_t chunk = 0; chunk < std::min<int64_t>(chunks, 64); ++chunk) {
    transform(plan.side[plan.source], plan.chunk);
    transform(plan.side[filters_last ? plan.other : plan.target], plan.chunk);
    const int64_t in = shape.in_per_group();
    const int64_t out = shape.out_per_group();
    const bool few = filters_last ? std::min(in, out) < 8 : std::min(plan.chunk, out) < 8;
    const double products =
        4 * Number(plan.modes) * Number(plan.chunk) * Number(in) * Number(shape.out_channels);
    const double moved = Number(plan.modes) * (Number(plan.chunk) * Number(shape.in_channels) +
                                               Number(plan.chunk) * Number(shape.out_channels) +
                                               Number(in) * Number(shape.out_channels));
    clocks.Launch(2 * element * moved, products, few ? kFewProducts : kSpectrumProducts);
  }
  const double chunked = clocks.total() * Number(chunks) / Number(std::min<int64_t>(chunks, 64));
  Clocks once(traits);
  for (int side = 0; side < 3; ++side) once.Launch(0, 0, 1);  // the matrices
  once.Launch(0, 0, 1);
  AddPasses(plan.side[filters_last ? plan.target : plan.other].chain, 1, element, &once);
  return chunked + once.total();
}

double DirectClocks(const ConvShape& shape, ConvMap map, DataType dtype, const GpuTraits& traits) {
  double pixels = 1;
  double image = 1;
  double taps = 1;
  for (const ConvAxis& axis : shape.axis) {
    pixels *= Number(axis.m);
    image *= Number(axis.n);
    taps *= Number(axis.taps);
  }
  const double batch = Number(shape.batch);
  const double signals =
      batch * (image * Number(shape.in_channels) + pixels * Number(shape.out_channels));
  const double filters = taps * Number(shape.in_per_group()) * Number(shape.out_channels);
  const bool wide = dtype == DataType::kFloat64;
  const bool depthwise = shape.in_per_group() == 1 && shape.groups > 1;
  // To channels that are last, and from half types, and back.
  const double element = Number(static_cast<int64_t>(ComputeSize(dtype)));
  const double copies = (shape.format == DataFormat::kChannelsFirst ? 2 : 0) +
                        (element == Number(static_cast<int64_t>(ElementSize(dtype))) ? 0 : 2);
  Clocks clocks(traits);
  for (int copy = 0; copy < copies; ++copy) clocks.Launch(element * signals, 0, 1);
  double rate = wide ? kDenseDoubles : kDenseProducts;
  double filled = 1;
  int64_t calls = 1;
  if (depthwise) {
    rate = map == ConvMap::kFilterGradient ? kDepthwiseSums : kDepthwiseProducts;
  } else {
    calls = shape.groups;
    filled = Number(shape.in_per_group()) / Number(RoundUp(shape.in_per_group(), 8)) *
             Number(shape.out_per_group()) / Number(RoundUp(shape.out_per_group(), 16));
  }
  const double share = 1 / Number(calls);
  for (int64_t call = 0; call < std::min<int64_t>(calls, 1024); ++call) {
    clocks.Launch(element * (signals + filters) * share, batch * pixels * filters / filled * share,
                  rate);
  }
  return clocks.total();
}

}  // namespace

Status EstimateConv(const ConvCall& call, const GpuTraits& traits, ConvEstimate* estimate) {
  *estimate = ConvEstimate();
  ConvCall whole = call;
  whole.map = ConvMap::kForward;
  ConvShape shape;
  SPECTRAL_OPS_RETURN_IF_ERROR(Check(whole, &shape, &whole.grad_dims));
  if (shape.batch == 0 || shape.in_channels == 0 || shape.out_channels == 0) return {};
  whole.map = call.map;
  ConvPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(MakePlan(whole, shape, TraitsAlone(traits), &plan));
  estimate->fft = FftClocks(plan, traits);
  estimate->direct = DirectClocks(shape, call.map, call.dtype, traits);
  // One tap is a product of matrices as it stands.
  int64_t taps = 1;
  for (const ConvAxis& axis : shape.axis) taps = std::max(taps, axis.taps);
  estimate->prefers_fft = taps > 1 && kTie * estimate->fft < estimate->direct;
  return {};
}

}  // namespace spectral_ops::gpu
