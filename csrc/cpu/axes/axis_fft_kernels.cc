// Resamples whole vectors of an axis by FFTs (cpu/axes/axis_fft.h), each transformed by itself.
// Compiled once for each SIMD target.
#include <cstdint>

#include "cpu/axes/axis_fft-inl.h"
#include "cpu/axes/axis_fft.h"
#include "cpu/axes/axis_samples-inl.h"
#include "cpu/axes/packed_product-inl.h"
#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/grid-inl.h"
#include "cpu/fft/real_bins-inl.h"
#include "cpu/fft/real_fft-inl.h"
#include "cpu/fft/real_pairs-inl.h"
#include "cpu/fft/transforms-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {
namespace {

template <class S>
struct AxisFftBuffers {
  S* data;  // [kVectors], of one transform each
  S* bins;  // [kVectors], of another, or of the band
  S* rest;  // scratch of any
  int64_t data_stride;
  int64_t bin_stride;
};

// Between samples and the grid, whose points are samples of fft.forward, or of fft.backward, in its
// buffers.
template <class S>
void GoToGrid(const AxisFft<S>& fft, const AxisInput<S>& in, S* data, int64_t stride,
              Ahead* ahead) {
  RunCyclicSums(fft.to_grid, in, BufferRows<S, S*>{data, stride, kLanes<S>, in.vectors()}, ahead);
}
template <class Out, class S>
void ComeFromGrid(const AxisFft<S>& fft, const S* data, int64_t stride, const Out& out,
                  Ahead* ahead) {
  RunCyclicSums(fft.from_grid, BufferRows<S, const S*>{data, stride, kLanes<S>, out.vectors()}, out,
                ahead);
}

// RealForward and RealInverse, by a grid where there is one.
template <class S>
void Analyze(const AxisFft<S>& fft, const AxisInput<S>& in, S* data, int64_t stride, S* scratch,
             Ahead* ahead) {
  if (!fft.shape.to_grid.exists()) {
    return RealForward(fft.forward, in, data, stride, scratch, ahead);
  }
  GoToGrid(fft, in, data, stride, ahead);
  for (int v = 0; v < in.vectors(); ++v) {
    RunPasses<true>(fft.forward, false, data + v * stride, scratch, ahead);
  }
}
template <class Out, class S>
void Synthesize(const AxisFft<S>& fft, S* data, int64_t stride, const Out& out, S* scratch,
                Ahead* ahead) {
  if (!fft.shape.from_grid.exists()) {
    return RealInverse(fft.backward, data, stride, out, scratch, ahead);
  }
  for (int v = 0; v < out.vectors(); ++v) {
    RunPasses<false>(fft.backward, false, data + v * stride, scratch, ahead);
  }
  ComeFromGrid(fft, static_cast<const S*>(data), stride, out, ahead);
}

// The first pass of a packed transform that goes on in its buffers.
template <class S>
void RunWholeFirstPass(const FftPlan<S>& plan, const AxisInput<S>& in,
                       const AxisFftBuffers<S>& buffers, Ahead* ahead) {
  if (RunFirstPass(plan, PackedView<AxisInput<S>, S>{in}, buffers.data, buffers.data_stride,
                   ahead)) {
    return;
  }
  for (int v = 0; v < in.vectors(); ++v) {
    RunPass<true>(plan.pass[0], 1, buffers.data + v * buffers.data_stride, static_cast<S*>(nullptr),
                  ahead);
  }
}

// One phase alone that goes to and fro in its buffer.
template <class Out, class S>
void ConvolvePhase(const AxisFft<S>& fft, const AxisInput<S>& in, const Out& out,
                   const AxisFftBuffers<S>& buffers, Ahead* ahead) {
  const FftPlan<S>& plan = fft.forward.fft;
  RunWholeFirstPass(plan, in, buffers, ahead);
  for (int v = 0; v < in.vectors(); ++v) {
    ConvolveShort(fft, buffers.data + v * buffers.data_stride, ahead);
  }
  RunLastPass(plan, true, buffers.data, buffers.data_stride, PackedView<Out, S>{out}, ahead);
}

// The spectra of all phases are multiplied, added up and transformed back; those of an odd band as
// half spectra.
template <class Out, class S>
void PoolPhases(const AxisFft<S>& fft, const AxisInput<S>& in, const Out& out,
                const AxisFftBuffers<S>& buffers, Ahead* ahead) {
  const AxisFftShape& shape = fft.shape;
  const int64_t count = shape.phases - shape.first_phase;
  const auto input = [&](int64_t p) {
    const int64_t phase = p + shape.first_phase;
    return fft.without_copies ? in.Every(phase - 1, shape.phases - 1)
                              : in.Every(phase, shape.phases);
  };
  if (fft.block_pairs > 0) return ConvolvePhase(fft, input(0), out, buffers, ahead);
  const bool packed = shape.IsPacked();
  const int64_t each = packed ? 6 * fft.forward.pairs : 2 * shape.axis.bins();
  for (int64_t p = 0; p < count; ++p) {
    const S* weights = fft.weights + p * each;
    Analyze(fft, input(p), buffers.data, buffers.data_stride, buffers.rest, ahead);
    for (int v = 0; v < in.vectors(); ++v) {
      const S* from = buffers.data + v * buffers.data_stride;
      S* sum = buffers.bins + v * buffers.bin_stride;
      if (!packed) {
        ForBins(fft.forward, from, [&](int64_t k, const Complex<S>& z) HWY_ATTR {
          Complex<S> y = Multiply<false>(z, weights + 2 * k);
          if (p > 0) y = Add(y, LoadComplex(sum, k));
          StoreComplex(y, sum, k);
        });
      } else if (p == 0) {
        MultiplyPacked<false>(fft.forward, weights, from, sum);
      } else {
        MultiplyPacked<true>(fft.forward, weights, from, sum);
      }
    }
  }
  if (packed) {
    return RealInverse(fft.backward, buffers.bins, buffers.bin_stride, out, buffers.rest, ahead);
  }
  for (int v = 0; v < in.vectors(); ++v) {
    const S* sum = buffers.bins + v * buffers.bin_stride;
    SetBins(fft.backward, buffers.data + v * buffers.data_stride,
            [&](int64_t k) HWY_ATTR { return LoadComplex(sum, k); });
  }
  Synthesize(fft, buffers.data, buffers.data_stride, out, buffers.rest, ahead);
}

template <class Out, class S>
void EnlargePhases(const AxisFft<S>& fft, const AxisInput<S>& in, const Out& out,
                   const AxisFftBuffers<S>& buffers, Ahead* ahead) {
  const AxisFftShape& shape = fft.shape;
  if (shape.first_phase == 1) {
    const Out copies = out.Every(0, shape.phases);
    const auto weight = hn::Set(Simd<S>(), static_cast<S>(fft.copy_weight));
    for (int64_t i = 0; i < shape.axis.n; ++i) {
      for (int v = 0; v < in.vectors(); ++v) {
        if (copies.IsFar()) copies.Prefetch(v, i);
        copies.Store(hn::Mul(weight, in.Load(v, i)), v, i);
      }
    }
  }
  if (fft.block_pairs > 0) {
    return ConvolvePhase(fft, in, out.Every(shape.first_phase, shape.phases), buffers, ahead);
  }
  Analyze(fft, in, buffers.bins, buffers.bin_stride, buffers.rest, ahead);
  const S* weights = fft.weights;
  const int64_t each = shape.IsPacked() ? 6 * fft.forward.pairs : 2 * shape.axis.bins();
  for (int64_t q = shape.first_phase; q < shape.phases; ++q, weights += each) {
    for (int v = 0; v < in.vectors(); ++v) {
      const S* from = buffers.bins + v * buffers.bin_stride;
      S* to = buffers.data + v * buffers.data_stride;
      if (shape.IsPacked()) {
        MultiplyPacked<false>(fft.forward, weights, from, to);
      } else {
        SetBins(fft.backward, to, [&](int64_t k) HWY_ATTR {
          return Multiply<false>(BinAt(fft.forward, from, k), weights + 2 * k);
        });
      }
    }
    Synthesize(fft, buffers.data, buffers.data_stride, out.Every(q, shape.phases), buffers.rest,
               ahead);
  }
}

// Bins move from one transform's order to another's; they stand in line in between, but where
// neither transform makes them in a pass, nor most of them in pairs.
template <BinWeights kWeights, class Out, class S>
void MoveBand(const AxisFft<S>& fft, const AxisInput<S>& in, const Out& out,
              const AxisFftBuffers<S>& buffers, Ahead* ahead) {
  const bool made = MakesBinsInPass(fft.forward);
  const bool taken = MakesBinsInPass(fft.backward);
  const bool lines = made || taken || HasBandInPairs(fft.forward.n, fft.forward.highest);
  const ComplexRow<S> line = {buffers.rest, 2 * kLanes<S>, kLanes<S>};
  const auto weigh = [&](const Complex<S>& z, int64_t k)
                         HWY_ATTR { return WeighBin<kWeights>(z, fft.weights, k); };
  if (!made) {
    Analyze(fft, in, buffers.data, buffers.data_stride, buffers.rest, ahead);
  } else if (!fft.shape.to_grid.exists()) {
    RunWholeFirstPass(fft.forward.fft, in, buffers, ahead);
  } else {
    GoToGrid(fft, in, buffers.data, buffers.data_stride, ahead);
    for (int v = 0; v < in.vectors(); ++v) {
      RunPass<true>(fft.forward.fft.pass[0], 1, buffers.data + v * buffers.data_stride,
                    static_cast<S*>(nullptr), ahead);
    }
  }
  for (int v = 0; v < in.vectors(); ++v) {
    S* from = buffers.data + v * buffers.data_stride;
    S* to = buffers.bins + v * buffers.bin_stride;
    if (made) {
      FinishAnalysis(fft.forward, kWeights, fft.weights, line, from, ahead);
    } else if (lines) {
      ForBins(fft.forward, from,
              [&](int64_t k, const Complex<S>& z) HWY_ATTR { line.Put(weigh(z, k), k); });
    }
    if (taken) {
      BeginSynthesis<S>(fft.backward, BinWeights::kNone, nullptr, line, to, ahead);
    } else if (lines) {
      SetBins(fft.backward, to, [&](int64_t k) HWY_ATTR { return line.Get(k); });
    } else {
      SetBins(fft.backward, to,
              [&](int64_t k) HWY_ATTR { return weigh(BinAt(fft.forward, from, k), k); });
    }
  }
  if (!taken) {
    Synthesize(fft, buffers.bins, buffers.bin_stride, out, buffers.rest, ahead);
  } else if (!fft.shape.from_grid.exists()) {
    RunLastPass(fft.backward.fft, true, buffers.bins, buffers.bin_stride, PackedView<Out, S>{out},
                ahead);
  } else {
    for (int v = 0; v < out.vectors(); ++v) {
      RunPass<false>(fft.backward.fft.pass[0], 1, buffers.bins + v * buffers.bin_stride,
                     static_cast<S*>(nullptr), ahead);
    }
    ComeFromGrid(fft, static_cast<const S*>(buffers.bins), buffers.bin_stride, out, ahead);
  }
}

// Cosines stand in line, [bins], between one transform and the other.
template <class Out, class S>
void MoveCosines(const AxisFft<S>& fft, const AxisInput<S>& in, const Out& out,
                 const AxisFftBuffers<S>& buffers, Ahead* ahead) {
  const Simd<S> d;
  const AxisShape& axis = fft.shape.axis;
  const int64_t bins = axis.bins();
  Analyze(fft, in, buffers.data, buffers.data_stride, buffers.rest, ahead);
  S* line = buffers.rest;
  const auto put = [&](int64_t k, Vector<S> cosine) HWY_ATTR {
    hn::StoreU(hn::Mul(cosine, hn::Set(d, fft.weights[k])), d, line + k * kLanes<S>);
  };
  const auto at = [&](int64_t k) HWY_ATTR {
    return k < bins ? hn::LoadU(d, line + k * kLanes<S>) : hn::Zero(d);
  };
  for (int v = 0; v < in.vectors(); ++v) {
    ForBins(fft.forward, static_cast<const S*>(buffers.data + v * buffers.data_stride),
            [&](int64_t k, const Complex<S>& z) HWY_ATTR {
              const Complex<S> turned = Multiply<false>(z, fft.turns[0] + 2 * k);
              put(k, turned.re);
              if (k > 0 && axis.n - k < bins) put(axis.n - k, hn::Neg(turned.im));
            });
    SetBins(fft.backward, buffers.bins + v * buffers.bin_stride, [&](int64_t k) HWY_ATTR {
      const Complex<S> both = {at(k), k > 0 ? hn::Neg(at(axis.m - k)) : hn::Zero(d)};
      return Multiply<true>(both, fft.turns[1] + 2 * k);
    });
  }
  Synthesize(fft, buffers.bins, buffers.bin_stride, out, buffers.rest, ahead);
}

}  // namespace

template <Adds kAdds, class S>
void TransformVectors(const AxisFft<S>& fft, const AxisInput<S>& in,
                      const AxisOutput<kAdds, S>& out, S* scratch, Ahead* ahead) {
  AxisFftBuffers<S> buffers;
  buffers.data_stride = fft.data_elements * kLanes<S>;
  buffers.bin_stride = fft.bin_elements * kLanes<S>;
  buffers.data = scratch;
  buffers.bins = scratch + kVectors * buffers.data_stride;
  buffers.rest = buffers.bins + kVectors * buffers.bin_stride;
  switch (fft.shape.way) {
    case FftWay::kPhasesIn:
      if (fft.shape.first_phase == 1 && !fft.without_copies) {
        const auto weight = static_cast<S>(fft.copy_weight);
        return PoolPhases(fft, in, out.WithCopies(in, fft.shape.phases, weight), buffers, ahead);
      }
      return PoolPhases(fft, in, out, buffers, ahead);
    case FftWay::kPhasesOut:
      return EnlargePhases(fft, in, out, buffers, ahead);
    case FftWay::kBand:
      return fft.shape.TurnsBand() ? MoveBand<BinWeights::kTurns>(fft, in, out, buffers, ahead)
                                   : MoveBand<BinWeights::kReal>(fft, in, out, buffers, ahead);
    case FftWay::kCosines:
      return MoveCosines(fft, in, out, buffers, ahead);
  }
}

template decltype(TransformVectors<Adds::kNothing, float>) TransformVectors<Adds::kNothing, float>;
template decltype(TransformVectors<Adds::kNothing, double>)
    TransformVectors<Adds::kNothing, double>;
template decltype(TransformVectors<Adds::kJoins, float>) TransformVectors<Adds::kJoins, float>;
template decltype(TransformVectors<Adds::kJoins, double>) TransformVectors<Adds::kJoins, double>;

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
