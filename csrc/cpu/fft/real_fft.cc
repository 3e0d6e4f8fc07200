#include "cpu/fft/real_fft.h"

#include <algorithm>

#include "core/integers.h"
#include "core/memory.h"
#include "core/roots.h"

namespace spectral_ops {
namespace {

// The length of the complex transform that a real one is made of.
int64_t ComplexLength(int64_t n, int64_t highest, RealFftWay way) {
  if (way == RealFftWay::kPacked) return n / 2;
  if (way == RealFftWay::kChirp) return SmoothLength((n + 1) / 2 + 2 * highest);
  int64_t radices[kMaxFftPasses];
  FftRadices(n, radices);
  return n / radices[0];
}

int64_t CountPairs(int64_t n, int64_t highest, RealFftWay way) {
  return way == RealFftWay::kChirp ? highest + 1 : std::min(highest, n / 4) + 1;
}

// Elements of the twiddles and tables of the real passes of an odd n.
size_t PassElements(int64_t n) {
  int64_t radices[kMaxFftPasses];
  const int passes = FftRadices(n, radices);
  size_t count = 0;
  for (int i = 0; i < passes && n > 1; ++i) {
    const int64_t half = (radices[i] - 1) / 2;
    n /= radices[i];
    count += static_cast<size_t>(2 * half * n + 2 * half * half);
  }
  return count;
}

size_t PlaceBytes(int64_t n, int64_t highest, RealFftWay way) {
  const int64_t count = way == RealFftWay::kPasses ? highest + 1 : 2 * CountPairs(n, highest, way);
  return AlignUp(static_cast<size_t>(count) * sizeof(int32_t));
}

// Elements of twiddles, tables and chirps.
size_t TableElements(int64_t n, int64_t highest, RealFftWay way) {
  if (way == RealFftWay::kPasses) return PassElements(n);
  const int64_t twiddles = 2 * CountPairs(n, highest, way);
  if (way == RealFftWay::kPacked) return static_cast<size_t>(twiddles);
  return static_cast<size_t>(twiddles + n + 1 + 2 * ComplexLength(n, highest, way));
}

template <class S>
S* PutRoot(int64_t a, int64_t b, S* to) {
  const Root root = RootOfUnity(a, b);
  *to++ = static_cast<S>(root.cosine);
  *to++ = static_cast<S>(root.sine);
  return to;
}

template <class S>
S* BuildPacked(RealFft<S>* fft, int32_t* places, S* twiddles) {
  const bool packed = fft->way == RealFftWay::kPacked;
  const int64_t length = fft->fft.n;
  const FftOrder order(length);
  fft->pairs = CountPairs(fft->n, fft->highest, fft->way);
  fft->half = packed ? fft->n / 2 : int64_t{1} << 40;
  fft->places = places;
  fft->twiddles = twiddles;
  for (int64_t k = 0; k < fft->pairs; ++k) {
    const int64_t mirror = k == 0 ? 0 : length - k;
    *places++ = static_cast<int32_t>(packed ? order(k) : k);
    *places++ = static_cast<int32_t>(packed ? order(mirror) : mirror);
    twiddles = PutRoot(-k, fft->n, twiddles);
  }
  return twiddles;
}

// The chirp and its spectrum, for differences of bins and pairs from -(highest + pairs - 1) to
// highest.
template <class S>
void BuildChirp(RealFft<S>* fft, S* tables, void* table) {
  const int64_t n = fft->n;
  const int64_t length = fft->fft.n;
  const int64_t samples = (n + 1) / 2;
  fft->chirp = tables;
  for (int64_t k = 0; k < samples; ++k) tables = PutRoot(-(k * k % n), n, tables);
  fft->chirp_spectrum = tables;
  auto* chirp = static_cast<double*>(table);  // [length, 2]; its spectrum, roots behind it
  double* spectrum = chirp + 2 * length;
  for (int64_t i = 0; i < 2 * length; ++i) chirp[i] = 0;
  for (int64_t k = -(fft->highest + samples - 1); k <= fft->highest; ++k) {
    PutRoot(k * k % n, n, chirp + 2 * (k < 0 ? k + length : k));
  }
  TransformTable(length, chirp, spectrum + 2 * length, spectrum);
  const FftOrder order(length);
  for (int64_t k = 0; k < length; ++k) {
    S* bin = tables + 2 * order(k);
    bin[0] = static_cast<S>(spectrum[2 * k] / static_cast<double>(length));
    bin[1] = static_cast<S>(spectrum[2 * k + 1] / static_cast<double>(length));
  }
}

// Where a real signal of `length` whose pass number `level` comes next leaves bin k <= length / 2:
// the place of its real part; ~place where the conjugate stands there.
template <class S>
int64_t PlaceOfBin(const RealFft<S>& fft, const FftOrder* orders, int level, int64_t length,
                   int64_t k) {
  if (level == fft.real_passes) return fft.pass[level - 1].to;
  const RealPass<S>& pass = fft.pass[level];
  const int64_t q = k % pass.radix;
  if (q == 0) return PlaceOfBin(fft, orders, level + 1, pass.ido, k / pass.radix);
  const bool mirrored = 2 * q > pass.radix;
  const int64_t block = mirrored ? pass.radix - q : q;
  const int64_t bin = ((mirrored ? length - k : k) - block) / pass.radix;
  const int64_t element = (block - 1) * pass.ido + orders[level](bin);
  const int64_t place = pass.to + pass.ido + 2 * element;
  return mirrored ? ~place : place;
}

template <class S>
void BuildPasses(RealFft<S>* fft, int32_t* places, S* tables) {
  int64_t radices[kMaxFftPasses];
  const int passes = FftRadices(fft->n, radices);
  int64_t length = fft->n;
  // What the first two passes write stands one behind the other; from there on passes take turns.
  // The samples of the first come from elsewhere.
  const int64_t second = fft->n;
  int64_t from = second + fft->n / radices[0];
  FftOrder orders[kMaxFftPasses];  // of each pass's complex blocks
  for (int i = 0; i < passes; ++i) {
    RealPass<S>& pass = fft->pass[fft->real_passes++];
    pass.radix = radices[i];
    pass.ido = length / pass.radix;
    pass.from = from;
    pass.to = i % 2 == 0 ? 0 : second;
    // Bins of a block are so many apart.
    pass.reach = FftReach(pass.ido, radices[passes - 1], CeilDiv(fft->highest, fft->n / pass.ido));
    from = pass.to;
    const int64_t half = (pass.radix - 1) / 2;
    // Where a block is one bin, those above `highest` are left out.
    pass.outputs =
        pass.ido == 1 ? std::min(half, CeilDiv(fft->highest * pass.radix, fft->n)) : half;
    pass.twiddles = tables;
    for (int64_t k = 0; k < pass.ido; ++k) {
      for (int64_t q = 1; q <= half; ++q) tables = PutRoot(-k * q, length, tables);
    }
    pass.table = tables;
    for (int64_t q = 1; q <= half; ++q) {
      for (int64_t j = 1; j <= half; ++j) tables = PutRoot(q * j, pass.radix, tables);
    }
    length = pass.ido;
    orders[i] = FftOrder(length);
  }
  fft->places = places;
  for (int64_t k = 0; k <= fft->highest; ++k) {
    *places++ = static_cast<int32_t>(PlaceOfBin(*fft, orders, 0, fft->n, k));
  }
}

}  // namespace

RealFftWay WayOfRealFft(int64_t n) {
  if (n % 2 == 0) return RealFftWay::kPacked;
  return FftPassLength(n) == n ? RealFftWay::kPasses : RealFftWay::kChirp;
}

const char* NameOf(RealFftWay way) {
  switch (way) {
    case RealFftWay::kPacked:
      return "packed";
    case RealFftWay::kPasses:
      return "real passes";
    case RealFftWay::kChirp:
      break;
  }
  return "chirp";
}

double RealFftWork(int64_t n, int64_t highest) {
  const RealFftWay way = WayOfRealFft(n);
  const auto bins = static_cast<double>(highest + 1);
  if (way == RealFftWay::kPacked) return FftWork(n / 2, highest) + 6 * bins;
  if (way == RealFftWay::kChirp) {
    const int64_t length = ComplexLength(n, highest, way);
    return 2 * FftWork(length, length) + 4 * static_cast<double>(length) +
           3 * static_cast<double>(n) + 12 * bins;
  }
  return FftWork(n, highest) / 2 + static_cast<double>(n) + 2 * bins;
}

int64_t RealFftElements(int64_t n, int64_t highest) {
  const RealFftWay way = WayOfRealFft(n);
  if (way == RealFftWay::kPacked) return n;
  const int64_t length = ComplexLength(n, highest, way);
  return way == RealFftWay::kChirp ? 2 * length : n + length;
}

int64_t RealFftScratch(int64_t n) {
  const RealFftWay way = WayOfRealFft(n);
  if (way == RealFftWay::kChirp) return 0;
  int64_t scratch = FftScratch(ComplexLength(n, 0, way));
  if (way == RealFftWay::kPasses) {
    int64_t radices[kMaxFftPasses];
    const int passes = FftRadices(n, radices);
    for (int i = 0; i < passes; ++i) scratch = std::max(scratch, radices[i]);
  }
  return scratch;
}

size_t RealFftBytes(int64_t n, int64_t highest, DataType type) {
  const RealFftWay way = WayOfRealFft(n);
  return FftBytes(ComplexLength(n, highest, way), type) + PlaceBytes(n, highest, way) +
         AlignUp(TableElements(n, highest, way) * ComputeSize(type));
}

size_t RealFftTableBytes(int64_t n, int64_t highest) {
  const RealFftWay way = WayOfRealFft(n);
  const int64_t length = ComplexLength(n, highest, way);
  if (way == RealFftWay::kChirp) return AlignUp(static_cast<size_t>(6 * length) * sizeof(double));
  return FftTableBytes(length);
}

template <class S>
RealFft<S> BuildRealFft(int64_t n, int64_t highest, void* memory, void* table) {
  constexpr DataType kType = sizeof(S) == 8 ? DataType::kFloat64 : DataType::kFloat32;
  RealFft<S> fft;
  fft.n = n;
  fft.highest = highest;
  fft.way = WayOfRealFft(n);
  const int64_t length = ComplexLength(n, highest, fft.way);
  auto* place = static_cast<char*>(memory);
  fft.fft = BuildFft<S>(length, place, table);
  place += FftBytes(length, kType);
  auto* places = reinterpret_cast<int32_t*>(place);
  auto* tables = reinterpret_cast<S*>(place + PlaceBytes(n, highest, fft.way));
  if (fft.way == RealFftWay::kPacked) {
    fft.reach = FftReach(length, fft.fft.pass[fft.fft.passes - 1].radix, highest);
    BuildPacked(&fft, places, tables);
  } else if (fft.way == RealFftWay::kPasses) {
    BuildPasses(&fft, places, tables);
  } else {
    BuildChirp(&fft, BuildPacked(&fft, places, tables), table);
  }
  return fft;
}

template RealFft<float> BuildRealFft<float>(int64_t, int64_t, void*, void*);
template RealFft<double> BuildRealFft<double>(int64_t, int64_t, void*, void*);

}  // namespace spectral_ops
