// Chains of two or three axes that all go by FFTs, settled as one transform over all of them.
#pragma once

#include "gpu/chain.h"

namespace spectral_ops::gpu {

// Those of real rows, to spectra and back, or one of the two; batches are left open.
struct WholeFfts {
  FftSpec spec[2];
  int count = 0;
};

WholeFfts FftsOf(const WholeFft& whole, bool is_double);

// Fills all of `whole` but how many rows go at once; false where axes go one by one: there is but
// one, a row has too many samples, or an axis is symmetric, whose cosines are taken by itself.
bool MakeWhole(const ChainAxis* axes, int rank, int64_t inner, WholeFft* whole);

}  // namespace spectral_ops::gpu
