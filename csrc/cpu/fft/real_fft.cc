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

template <class S>
S* PutRoot(int64_t a, int64_t b, S* to, double factor = 1) {
  const Root root = RootOfUnity(a, b);
  *to++ = static_cast<S>(factor * root.cosine);
  *to++ = static_cast<S>(factor * root.sine);
  return to;
}

template <class S>
void BuildPacked(RealFft<S>* fft, Arena* memory) {
  const bool packed = fft->way == RealFftWay::kPacked;
  const int64_t length = fft->fft.n;
  fft->pairs = CountPairs(fft->n, fft->highest, fft->way);
  fft->half = packed ? fft->n / 2 : int64_t{1} << 40;
  auto* places = memory->Take<int32_t>(2 * fft->pairs);
  auto* twiddles = memory->Take<S>(2 * fft->pairs);
  fft->places = places;
  fft->twiddles = twiddles;
  if (memory->counts()) return;
  const FftOrder order(length);
  for (int64_t k = 0; k < fft->pairs; ++k) {
    const int64_t mirror = k == 0 ? 0 : length - k;
    *places++ = static_cast<int32_t>(packed ? order(k) : k);
    *places++ = static_cast<int32_t>(packed ? order(mirror) : mirror);
    twiddles = PutRoot(-k, fft->n, twiddles, 0.5);
  }
}

// The chirp and its spectrum, for differences of bins and pairs from -(highest + pairs - 1) to
// highest.
template <class S>
void BuildChirp(RealFft<S>* fft, Arena* memory, void* table) {
  const int64_t n = fft->n;
  const int64_t length = fft->fft.n;
  const int64_t samples = (n + 1) / 2;
  auto* own = memory->Take<S>(2 * samples);
  auto* bins = memory->Take<S>(2 * length);
  fft->chirp = own;
  fft->chirp_spectrum = bins;
  if (memory->counts()) return;
  for (int64_t k = 0; k < samples; ++k) own = PutRoot(-(k * k % n), n, own);
  auto* chirp = static_cast<double*>(table);  // [length, 2]; its spectrum, roots behind it
  double* spectrum = chirp + 2 * length;
  for (int64_t i = 0; i < 2 * length; ++i) chirp[i] = 0;
  for (int64_t k = -(fft->highest + samples - 1); k <= fft->highest; ++k) {
    PutRoot(k * k % n, n, chirp + 2 * (k < 0 ? k + length : k));
  }
  TransformTable(length, chirp, spectrum + 2 * length, spectrum);
  const FftOrder order(length);
  for (int64_t k = 0; k < length; ++k) {
    S* bin = bins + 2 * order(k);
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
void BuildPasses(RealFft<S>* fft, int64_t block_bytes, Arena* memory, void* table_memory) {
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
    auto* twiddles = memory->Take<S>(2 * half * pass.ido);
    // It takes two columns at a time.
    const bool rader = IsRaderRadix(pass.radix) || (pass.ido > 1 && MayBeRader(pass.radix));
    auto* table = memory->Take<S>(rader ? 0 : 2 * half * half);
    pass.twiddles = twiddles;
    pass.table = table;
    if (rader) pass.rader = BuildRader<S>(pass.radix, block_bytes, memory, table_memory);
    for (int64_t k = 0; k < pass.ido && !memory->counts(); ++k) {
      for (int64_t q = 1; q <= half; ++q) twiddles = PutRoot(-k * q, length, twiddles);
    }
    for (int64_t q = 1; q <= half && !rader && !memory->counts(); ++q) {
      for (int64_t j = 1; j <= half; ++j) table = PutRoot(q * j, pass.radix, table);
    }
    length = pass.ido;
    orders[i] = FftOrder(length);
  }
  auto* places = memory->Take<int32_t>(fft->highest + 1);
  fft->places = places;
  for (int64_t k = 0; k <= fft->highest && !memory->counts(); ++k) {
    *places++ = static_cast<int32_t>(PlaceOfBin(*fft, orders, 0, fft->n, k));
  }
}

}  // namespace

RealFftWay WayOfRealFft(int64_t n) {
  if (n % 2 == 0) return RealFftWay::kPacked;
  // The butterfly of a prime would have one column, and nothing to go with it.
  return FftPassLength(n) == n && !IsRaderRadix(n) ? RealFftWay::kPasses : RealFftWay::kChirp;
}

bool MakesBinsInPass(int64_t n) {
  const int64_t half = n / 2;
  if (WayOfRealFft(n) != RealFftWay::kPacked || FftPassLength(half) != half) return false;
  int64_t radices[kMaxFftPasses];
  const int passes = FftRadices(half, radices);
  return passes > 1 && radices[passes - 1] <= kMaxPairRadix;
}

const char* NameOf(RealFftWay way) {
  constexpr const char* kNames[] = {"packed", "real passes", "chirp"};
  return kNames[static_cast<int>(way)];
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
    for (int i = 0; i < passes; ++i) {
      scratch = std::max({scratch, radices[i], RadixScratch(radices[i])});
    }
  }
  return scratch;
}

size_t RealFftTableBytes(int64_t n, int64_t highest) {
  const RealFftWay way = WayOfRealFft(n);
  const int64_t length = ComplexLength(n, highest, way);
  if (way == RealFftWay::kChirp) return AlignUp(static_cast<size_t>(6 * length) * sizeof(double));
  return FftTableBytes(way == RealFftWay::kPasses ? n : length);
}

template <class S>
RealFft<S> BuildRealFft(int64_t n, int64_t highest, int64_t block_bytes, Arena* memory,
                        void* table) {
  RealFft<S> fft;
  fft.n = n;
  fft.highest = highest;
  fft.way = WayOfRealFft(n);
  fft.fft = BuildFft<S>(ComplexLength(n, highest, fft.way), block_bytes, memory, table);
  if (fft.way == RealFftWay::kPasses) {
    BuildPasses(&fft, block_bytes, memory, table);
    return fft;
  }
  BuildPacked(&fft, memory);
  if (fft.way == RealFftWay::kChirp) {
    BuildChirp(&fft, memory, table);
  } else {
    fft.reach = FftReach(fft.fft.n, fft.fft.pass[fft.fft.passes - 1].radix, highest);
    fft.makes_bins = MakesBinsInPass(n);
  }
  return fft;
}

template RealFft<float> BuildRealFft<float>(int64_t, int64_t, int64_t, Arena*, void*);
template RealFft<double> BuildRealFft<double>(int64_t, int64_t, int64_t, Arena*, void*);

}  // namespace spectral_ops
