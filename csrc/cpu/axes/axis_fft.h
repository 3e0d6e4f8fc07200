// The resampling of one axis by FFTs of complex vectors: two real signals at a time, for the map is
// real. Three ways, by the ratio of the lengths:
//
//   n = s m   pooling by a whole ratio: s transforms of length m, one for each phase x[p + s j],
//             are turned by exp(-2 pi i p k / n), added and transformed back;
//   m = r n   enlarging by one: one transform of length n, turned for each phase y[q + r j] and
//             transformed back;
//   else      a transform of length n, the band, a transform of length m.
//
// Without windows phase 0 is a copy in the first two (docs/conventions.md, section 5) and is not
// transformed.
#ifndef SPECTRAL_OPS_CPU_AXES_AXIS_FFT_H_
#define SPECTRAL_OPS_CPU_AXES_AXIS_FFT_H_

#include <cstddef>
#include <cstdint>

#include "core/axis.h"
#include "core/types.h"
#include "cpu/fft/fft.h"

namespace spectral_ops {

enum class FftWay { kPhasesIn, kPhasesOut, kBand };

struct AxisFftShape {
  AxisShape axis;
  FftWay way = FftWay::kBand;
  int64_t phases = 1;       // s or r
  int64_t first_phase = 0;  // 1 where phase 0 is copied
};

AxisFftShape FftShapeOfAxis(const AxisShape& axis);

template <class S>
struct AxisFft {
  AxisFftShape shape;
  double copy_weight = 0;
  FftPlan<S> forward;   // of length n (of the phases: min(n, m))
  FftPlan<S> backward;  // of length m (likewise)
  // Norm and window. Phases: [phases - first_phase, min(n, m), 2], bins in FftOrder;
  // band: real [bins].
  const S* weights = nullptr;
  const int32_t* from = nullptr;  // band: [bins, 2], FftOrder of bins k and -k in the forward
  const int32_t* to = nullptr;    // and in the backward transform
};

double AxisFftWork(const AxisShape& axis);      // as FftWork, for one complex vector
int64_t AxisFftScratch(const AxisShape& axis);  // elements per lane
size_t AxisFftBytes(const AxisShape& axis, DataType type);
size_t AxisFftTableBytes(const AxisShape& axis);

template <class S>
AxisFft<S> BuildAxisFft(const AxisShape& axis, Norm norm,
                        const S* window,  // [bins] or null: ones
                        void* memory, void* table);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_AXES_AXIS_FFT_H_
