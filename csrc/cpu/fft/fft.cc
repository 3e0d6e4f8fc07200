#include "cpu/fft/fft.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/integers.h"
#include "core/memory.h"
#include "core/roots.h"

namespace spectral_ops {
namespace {

// From this prime on an axis with it takes 0.7 to 0.95 of the time by a convolution: Zen 4
// (docs/experiments.md).
constexpr int64_t kLeastRader = 61;
// The time of its operations over that of other passes' there.
constexpr double kRaderTime = 0.8;

int64_t LargestPrimeFactor(int64_t n) {
  int64_t largest = 1;
  for (int64_t p = 2; p * p <= n; ++p) {
    while (n % p == 0) {
      largest = p;
      n /= p;
    }
  }
  return n > 1 ? n : largest;
}

// The least number whose powers are 1 .. prime - 1, modulo `prime`.
int64_t PrimitiveRoot(int64_t prime) {
  const auto power = [&](int64_t base, int64_t exponent) {
    int64_t product = 1;
    for (; exponent > 0; exponent /= 2, base = base * base % prime) {
      if (exponent % 2 == 1) product = product * base % prime;
    }
    return product;
  };
  const auto is_root = [&](int64_t g) {
    int64_t rest = prime - 1;
    for (int64_t p = 2; p <= rest; ++p) {
      if (rest % p != 0) continue;
      if (power(g, (prime - 1) / p) == 1) return false;
      while (rest % p == 0) rest /= p;
    }
    return true;
  };
  int64_t g = 2;
  while (!is_root(g)) ++g;
  return g;
}

// Multiply-adds of one butterfly with its twiddles.
double RaderWork(int64_t radix) {
  return 2 * FftWork(radix - 1, radix - 1) + 16 * static_cast<double>(radix);
}
double RadixWork(int64_t radix) {
  if (radix > kMaxRadix) return RaderWork(radix);
  switch (radix) {
    case 1:
      return 2;
    case 2:
      return 8;
    case 4:
      return 28;
    case 6:
      return 60;
    case 8:
      return 84;
    case 10:
      return 121;
    default:
      return static_cast<double>(radix * radix + 6 * radix);
  }
}

// exp(-2 pi i k / n).
std::pair<double, double> Turn(int64_t k, int64_t n) {
  const Root root = RootOfUnity(k, n);
  return {root.cosine, -root.sine};
}

// A plain transform in double precision, for tables: out of place, decimation in time.
void TransformDoubles(const double* roots,  // [length, 2], exp(-2 pi i k / length)
                      int64_t length, const double* in, int64_t stride, int64_t n, double* out) {
  if (n == 1) {
    out[0] = in[0];
    out[1] = in[1];
    return;
  }
  int64_t radix = 2;
  while (n % radix != 0) ++radix;
  const int64_t m = n / radix;
  const auto root = [&](int64_t k, int64_t period) {
    const int64_t at = k % period * (length / period);
    return std::pair<double, double>(roots[2 * at], roots[2 * at + 1]);
  };
  for (int64_t p = 0; p < radix; ++p) {
    TransformDoubles(roots, length, in + 2 * p * stride, stride * radix, m, out + 2 * p * m);
  }
  for (int64_t k = 0; k < m; ++k) {
    double parts[2 * kMaxRadix];
    for (int64_t p = 0; p < radix; ++p) {
      const auto [wr, wi] = root(p * k, n);
      const double re = out[2 * (p * m + k)];
      const double im = out[2 * (p * m + k) + 1];
      parts[2 * p] = re * wr - im * wi;
      parts[2 * p + 1] = re * wi + im * wr;
    }
    for (int64_t q = 0; q < radix; ++q) {
      double re = 0;
      double im = 0;
      for (int64_t p = 0; p < radix; ++p) {
        const auto [wr, wi] = root(p * q, radix);
        re += parts[2 * p] * wr - parts[2 * p + 1] * wi;
        im += parts[2 * p] * wi + parts[2 * p + 1] * wr;
      }
      out[2 * (q * m + k)] = re;
      out[2 * (q * m + k) + 1] = im;
    }
  }
}

template <class S>
S* PutTurn(int64_t k, int64_t n, S* to) {
  const auto [re, im] = Turn(k, n);
  *to++ = static_cast<S>(re);
  *to++ = static_cast<S>(im);
  return to;
}

// Fills the passes of `length`.
template <class S>
void BuildPasses(int64_t length, RadixOrder order, Arena* memory, void* table_memory,
                 FftPlan<S>* plan) {
  int64_t radices[kMaxFftPasses];
  plan->passes = FftRadices(length, radices, order);
  int64_t l1 = 1;
  for (int i = 0; i < plan->passes; l1 *= radices[i++]) {
    FftPass<S>& pass = plan->pass[i];
    pass.radix = radices[i];
    pass.l1 = l1;
    pass.ido = length / (l1 * pass.radix);
    const bool alone = IsRaderRadix(pass.radix);
    const bool rader = alone || MayBeRader(pass.radix);
    const int64_t half = HasOwnCode(pass.radix) || alone ? 0 : (pass.radix - 1) / 2;
    auto* twiddles = memory->Take<S>(2 * pass.ido * (pass.radix - 1));
    auto* table = memory->Take<S>(2 * half * half);
    pass.twiddles = twiddles;
    if (half > 0) pass.table = table;
    if (rader) pass.rader = BuildRader<S>(pass.radix, plan->block_bytes, memory, table_memory);
    if (memory->counts()) continue;
    for (int64_t k = 0; k < pass.ido; ++k) {
      for (int64_t j = 1; j < pass.radix; ++j) twiddles = PutTurn(k * j * l1, length, twiddles);
    }
    for (int64_t q = 1; q <= half; ++q) {
      for (int64_t j = 1; j <= half; ++j) {
        const auto [re, im] = Turn(q * j, pass.radix);
        *table++ = static_cast<S>(re);
        *table++ = static_cast<S>(-im);
      }
    }
  }
}

}  // namespace

void TransformTable(int64_t length, const double* in, double* roots, double* out) {
  for (int64_t k = 0; k < length; ++k) {
    const auto [re, im] = Turn(k, length);
    roots[2 * k] = re;
    roots[2 * k + 1] = im;
  }
  TransformDoubles(roots, length, in, 1, length, out);
}

bool IsRaderRadix(int64_t radix) {
  return radix > kMaxRadix && radix <= kMostRadix && LargestPrimeFactor(radix) == radix &&
         LargestPrimeFactor(radix - 1) <= kMaxRadix;
}

bool MayBeRader(int64_t radix) {
  return radix >= kLeastRader && radix <= kMaxRadix && LargestPrimeFactor(radix) == radix &&
         HasOwnCode(LargestPrimeFactor(radix - 1));
}

int64_t FftPassLength(int64_t n) {
  int64_t rest = n;
  for (int64_t p = LargestPrimeFactor(rest); p > kMaxRadix; p = LargestPrimeFactor(rest)) {
    if (!IsRaderRadix(p)) return SmoothLength(2 * n - 1);
    rest /= p;
  }
  return n;
}

template <class S>
RaderButterfly<S> BuildRader(int64_t radix, int64_t block_bytes, Arena* memory, void* table) {
  const int64_t length = radix - 1;
  RaderButterfly<S> rader;
  auto* plan = memory->Take<FftPlan<S>>(1);
  auto* weights = memory->Take<S>(2 * length);
  auto* powers = memory->Take<int32_t>(length);
  auto* positions = memory->Take<int32_t>(radix);
  const FftPlan<S> built = BuildFft<S>(length, block_bytes, memory, table);
  rader = {plan, weights, powers, positions};
  if (memory->counts()) return rader;
  std::uninitialized_copy_n(&built, 1, plan);
  const int64_t root = PrimitiveRoot(radix);
  auto* factor = static_cast<double*>(table);  // [length, 2]; its spectrum, roots behind it
  double* spectrum = factor + 2 * length;
  int64_t power = 1;
  for (int64_t q = 0; q < length; ++q, power = power * root % radix) {
    // Entry -q of the factor is that of g^q; so is the output whose sum stands at -q.
    const int64_t mirror = q == 0 ? 0 : length - q;
    powers[q] = static_cast<int32_t>(power);
    positions[power] = static_cast<int32_t>(mirror);
    const auto [re, im] = Turn(power, radix);
    factor[2 * mirror] = re;
    factor[2 * mirror + 1] = im;
  }
  positions[0] = 0;
  TransformTable(length, factor, spectrum + 2 * length, spectrum);
  const FftOrder order(length);
  for (int64_t k = 0; k < length; ++k) {
    S* bin = weights + 2 * order(k);
    bin[0] = static_cast<S>(spectrum[2 * k] / static_cast<double>(length));
    bin[1] = static_cast<S>(spectrum[2 * k + 1] / static_cast<double>(length));
  }
  return rader;
}

double FftWork(int64_t n, int64_t highest) {
  const int64_t length = FftPassLength(n);
  int64_t radices[kMaxFftPasses];
  const int passes = FftRadices(length, radices);
  double work = 0;
  for (int i = 0; i < passes; ++i) {
    const int64_t butterflies = length / radices[i];
    double each = RadixWork(radices[i]);
    int64_t reach = radices[i] / 2;
    if (length == n && i + 1 == passes && !HasOwnCode(radices[i]) && radices[i] <= kMaxRadix) {
      const int64_t half = (radices[i] - 1) / 2;
      reach = FftReach(n, radices[i], highest);
      each *= static_cast<double>(reach) / static_cast<double>(half);
    }
    if (MayBeRader(radices[i]) && IsMostOfRadix(reach, radices[i])) {
      each = kRaderTime * RaderWork(radices[i]);
    }
    work += static_cast<double>(butterflies) * each;
  }
  return length == n ? work : 2 * work + static_cast<double>(8 * length);
}

FftOrder::FftOrder(int64_t n, RadixOrder order) {
  if (FftPassLength(n) == n) {
    passes_ = FftRadices(n, radices_, order);
  } else {
    radices_[passes_++] = n;
  }
}

int64_t FftOrder::operator()(int64_t k) const {
  int64_t position = 0;
  for (int i = 0; i < passes_; ++i) {
    position = position * radices_[i] + k % radices_[i];
    k /= radices_[i];
  }
  return position;
}

int64_t RadixScratch(int64_t radix) {
  if (HasOwnCode(radix)) return 0;
  const bool rader = radix > kMaxRadix || MayBeRader(radix);
  return std::max(2 * radix, rader ? 2 * (radix - 1) + FftScratch(radix - 1) : 0);
}

int64_t FftScratch(int64_t n) {
  const int64_t length = FftPassLength(n);
  if (length != n) return 2 * length;
  int64_t radices[kMaxFftPasses];
  const int passes = FftRadices(n, radices);
  int64_t most = 0;
  for (int i = 0; i < passes; ++i) most = std::max(most, RadixScratch(radices[i]));
  return most;
}

size_t FftTableBytes(int64_t n) {
  int64_t length = FftPassLength(n);
  if (length == n) length = LargestPrimeFactor(n) - 1;
  return length + 1 < kLeastRader ? 0 : AlignUp(static_cast<size_t>(6 * length) * sizeof(double));
}

template <class S>
FftPlan<S> BuildFft(int64_t n, int64_t block_bytes, Arena* memory, void* table, RadixOrder order) {
  FftPlan<S> plan;
  plan.n = n;
  plan.block_bytes = block_bytes;
  const int64_t length = FftPassLength(n);
  BuildPasses(length, length == n ? order : RadixOrder::kFastest, memory, table, &plan);
  if (length == n) return plan;

  plan.chirp_length = length;
  auto* chirp = memory->Take<S>(2 * n);
  auto* chirp_spectrum = memory->Take<S>(2 * length);
  plan.chirp = chirp;
  plan.chirp_spectrum = chirp_spectrum;
  if (memory->counts()) return plan;
  auto* inverse = static_cast<double*>(table);  // [length, 2]; its spectrum, roots behind it
  for (int64_t i = 0; i < 2 * length; ++i) inverse[i] = 0;
  for (int64_t k = 0; k < n; ++k) {
    // exp(-pi i k^2 / n), k^2 reduced modulo the period 2 n.
    const auto [re, im] = Turn((k * k) % (2 * n), 2 * n);
    chirp = PutTurn((k * k) % (2 * n), 2 * n, chirp);
    const int64_t mirror = k == 0 ? 0 : length - k;
    inverse[2 * k] = inverse[2 * mirror] = re;
    inverse[2 * k + 1] = inverse[2 * mirror + 1] = -im;
  }
  double* spectrum = inverse + 2 * length;
  double* roots = spectrum + 2 * length;
  TransformTable(length, inverse, roots, spectrum);
  const FftOrder place(length);
  for (int64_t k = 0; k < length; ++k) {
    S* bin = chirp_spectrum + 2 * place(k);
    bin[0] = static_cast<S>(spectrum[2 * k] / static_cast<double>(length));
    bin[1] = static_cast<S>(spectrum[2 * k + 1] / static_cast<double>(length));
  }
  return plan;
}

template RaderButterfly<float> BuildRader<float>(int64_t, int64_t, Arena*, void*);
template RaderButterfly<double> BuildRader<double>(int64_t, int64_t, Arena*, void*);
template FftPlan<float> BuildFft<float>(int64_t, int64_t, Arena*, void*, RadixOrder);
template FftPlan<double> BuildFft<double>(int64_t, int64_t, Arena*, void*, RadixOrder);

}  // namespace spectral_ops
