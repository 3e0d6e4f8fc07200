#include "cpu/fft/radices.h"

#include <algorithm>

namespace spectral_ops {
namespace {

// What an element takes in a forward pass and in its mirror, in cycles of Zen 4 (AVX-512), by the
// radix and by where the pass comes (docs/experiments.md). The first one reads samples (of ten
// times as many places it is slower than here from memory, so 28 stands for 22), the last one makes
// bins; 0: a radix that stands nowhere, or not there.
constexpr int kMostOwn = 13;
constexpr double kFirstTime[] = {0,    0,    18.2, 17.7, 17.4, 19.0, 18.5,
                                 22.1, 19.8, 0,    28.0, 35.2, 0,    46.3};
constexpr double kInnerTime[] = {0,    0,    15.8, 13.4, 12.8, 15.6, 15.0,
                                 18.3, 16.1, 0,    18.4, 29.1, 0,    39.8};
constexpr double kLastTime[] = {0, 0, 19.3, 20.9, 21.0, 23.1, 23.5, 28.4, 26.0};
constexpr int kMostLast = 8;
// The first pass reads and writes lines of so many places; where they are a multiple of 4096 bytes
// apart, all are of one set of the L1 cache, which has 8.
constexpr int64_t kSetElements = 32;
constexpr int kMostOfSet = 4;
constexpr double kConflictTime = 3;  // for each radix above

double FirstTime(int radix, int64_t n) {
  const int others = n / radix % kSetElements == 0 ? std::max(0, radix - kMostOfSet) : 0;
  return kFirstTime[radix] + kConflictTime * others;
}

// Radices between the first and the last, and their time.
struct Inner {
  int64_t radices[kMaxFftPasses];
  int count = 0;
  double time = 0;

  void Take(int radix, int64_t times) {
    for (; times > 0; --times) {
      radices[count++] = radix;
      time += kInnerTime[radix];
    }
  }
  // Eights; four and two only to fill up, two fours rather than an eight and a two.
  void TakeTwos(int64_t times) {
    const int64_t fours = times == 1 ? 0 : (3 - times % 3) % 3;
    Take(8, (times - 2 * fours) / 3);
    Take(4, fours);
    Take(2, times == 1 ? 1 : 0);
  }
};

int64_t CountFactor(int64_t prime, int64_t* n) {
  int64_t count = 0;
  for (; *n % prime == 0; *n /= prime) ++count;
  return count;
}

// The fastest for a product of primes up to 13.
Inner FastestInner(int64_t n) {
  Inner odd;
  const int64_t twos = CountFactor(2, &n);
  const int64_t threes = CountFactor(3, &n);
  const int64_t fives = CountFactor(5, &n);
  for (const int prime : {7, 11, 13}) odd.Take(prime, CountFactor(prime, &n));
  Inner best;
  for (int64_t tens = 0; tens <= std::min(twos, fives); ++tens) {
    for (int64_t sixes = 0; sixes <= std::min(twos - tens, threes); ++sixes) {
      Inner inner = odd;
      inner.Take(10, tens);
      inner.Take(6, sixes);
      inner.Take(5, fives - tens);
      inner.Take(3, threes - sixes);
      inner.TakeTwos(twos - tens - sixes);
      if (tens + sixes == 0 || inner.time < best.time) best = inner;
    }
  }
  return best;
}

}  // namespace

bool HasOwnCode(int64_t radix) {
  return radix == 1 || (radix <= kMostOwn && radix > 1 && kInnerTime[radix] > 0);
}

int FftRadices(int64_t n, int64_t radices[kMaxFftPasses], RadixOrder order) {
  if (HasOwnCode(n)) {
    radices[0] = n;
    return 1;
  }
  int64_t own = 1;
  int64_t others = n;
  for (const int64_t prime : {2, 3, 5, 7, 11, 13}) {
    for (; others % prime == 0; others /= prime) own *= prime;
  }
  int count = 0;
  const auto put = [&](const Inner& inner) {
    for (int i = 0; i < inner.count; ++i) radices[count++] = inner.radices[i];
  };
  if (own % 2 != 0 || order == RadixOrder::kTwosLast) {
    // Real passes are of primes, and each has the radices of the length behind it.
    Inner inner;
    const int64_t twos = CountFactor(2, &own);
    for (const int prime : {3, 5, 7, 11, 13}) inner.Take(prime, CountFactor(prime, &own));
    inner.TakeTwos(twos);
    put(inner);
  } else {
    double least = 0;
    const int most_last = others == 1 ? kMostLast : 1;
    for (int last = most_last == 1 ? 1 : 2; last <= most_last; ++last) {
      for (int first = 2; first <= kMostOwn; ++first) {
        if (!HasOwnCode(first) || own % (first * last) != 0) continue;
        const Inner inner = FastestInner(own / (first * last));
        const double time = FirstTime(first, n) + inner.time + kLastTime[last];
        if (count > 0 && time >= least) continue;
        least = time;
        count = 0;
        radices[count++] = first;
        put(inner);
        if (last > 1) radices[count++] = last;
      }
    }
  }
  for (int64_t prime = 17; others > 1; prime += 2) {
    for (; others % prime == 0; others /= prime) radices[count++] = prime;
  }
  return count;
}

}  // namespace spectral_ops
