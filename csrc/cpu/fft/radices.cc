#include "cpu/fft/radices.h"

#include <algorithm>

namespace spectral_ops {
namespace {

// What an element takes in a forward pass and in its mirror, in cycles of Zen 4 (AVX-512), by the
// radix and by where the pass comes (docs/experiments.md). The first pass reads samples, the last
// one makes bins. 0: there is no such radix, or not there. A first pass of radix 10 took 22, but
// more where samples come from memory, so it counts as 28.
constexpr int kMostOwn = 13;
constexpr double kFirstTime[] = {0,    0,    18.2, 17.7, 17.4, 19.0, 18.5,
                                 22.1, 19.8, 0,    28.0, 35.2, 0,    46.3};
constexpr double kInnerTime[] = {0,    0,    15.8, 13.4, 12.8, 15.6, 15.0,
                                 18.3, 16.1, 0,    18.4, 29.1, 0,    39.8};
constexpr double kLastTime[] = {0, 0, 19.3, 20.9, 21.0, 23.1, 23.5, 28.4, 26.0};
// So many elements of 128 bytes are 4096 bytes. Where those of a first pass are a multiple of that
// apart, their lines share one set of the L1 cache, which holds 8: of radix 4, those that are read
// and those that are written. What each radix above takes is half of what was measured, for the
// lines that are read share that set only where samples are whole vectors side by side.
constexpr int64_t kSetElements = 32;
constexpr int kMostOfSet = 4;
constexpr double kConflictTime = 3;

double FirstTime(int radix, int64_t n) {
  const int others = n / radix % kSetElements == 0 ? std::max(0, radix - kMostOfSet) : 0;
  return kFirstTime[radix] + kConflictTime * others;
}

// How often each prime is a factor.
constexpr int kPrimes[] = {2, 3, 5, 7, 11, 13};
constexpr int kPrimeCount = 6;
struct Powers {
  int of[kPrimeCount] = {};

  constexpr bool Has(const Powers& other) const {
    for (int i = 0; i < kPrimeCount; ++i) {
      if (of[i] < other.of[i]) return false;
    }
    return true;
  }
  constexpr Powers Less(const Powers& other) const {
    Powers less;
    for (int i = 0; i < kPrimeCount; ++i) less.of[i] = of[i] - other.of[i];
    return less;
  }
};

// Divides them out of n.
constexpr Powers TakePowers(int64_t* n) {
  Powers powers;
  for (int i = 0; i < kPrimeCount; ++i) {
    for (; *n % kPrimes[i] == 0; *n /= kPrimes[i]) ++powers.of[i];
  }
  return powers;
}
struct PowersTable {
  Powers of[kMostOwn + 1];

  constexpr PowersTable() : of() {
    for (int64_t radix = 1; radix <= kMostOwn; ++radix) {
      int64_t rest = radix;
      of[radix] = TakePowers(&rest);
    }
  }
};
constexpr PowersTable kPowers;

// Eights; four and two only to fill up, two fours rather than an eight and a two.
struct Twos {
  int eights;
  int fours;
  int twos;

  explicit constexpr Twos(int power)
      : eights((power - 2 * FoursOf(power)) / 3), fours(FoursOf(power)), twos(power == 1 ? 1 : 0) {}
  double Time() const {
    return eights * kInnerTime[8] + fours * kInnerTime[4] + twos * kInnerTime[2];
  }

 private:
  static constexpr int FoursOf(int power) { return power == 1 ? 0 : (3 - power % 3) % 3; }
};

// Puts radices with so many tens and sixes among them; returns their number.
int PutRadices(const Powers& powers, int tens, int sixes, int64_t* radices) {
  const Twos twos(powers.of[0] - tens - sixes);
  int count = 0;
  const auto put = [&](int64_t radix, int times) {
    for (; times > 0; --times) radices[count++] = radix;
  };
  put(10, tens);
  put(6, sixes);
  put(3, powers.of[1] - sixes);
  put(5, powers.of[2] - tens);
  for (int i = 3; i < kPrimeCount; ++i) put(kPrimes[i], powers.of[i]);
  put(8, twos.eights);
  put(4, twos.fours);
  put(2, twos.twos);
  return count;
}

// The fastest radices of the factors of an even n that have own code. Where it has others too, they
// come behind these, and none of these is the last. All transforms are timed as if they made bins.
int PutFastest(const Powers& powers, int64_t n, bool ends, int64_t* radices) {
  int first = 0;
  int last = 0;
  int tens = 0;
  int sixes = 0;
  double least = 0;
  for (int l = ends ? 2 : 1; l <= (ends ? kMaxPairRadix : 1); ++l) {
    if (!powers.Has(kPowers.of[l])) continue;
    const Powers before = powers.Less(kPowers.of[l]);
    for (int f = 2; f <= kMostOwn; ++f) {
      if (!HasOwnCode(f) || !before.Has(kPowers.of[f])) continue;
      const Powers rest = before.Less(kPowers.of[f]);
      double others = FirstTime(f, n) + kLastTime[l];
      for (int i = 1; i < kPrimeCount; ++i) others += rest.of[i] * kInnerTime[kPrimes[i]];
      for (int t = 0; t <= std::min(rest.of[0], rest.of[2]); ++t) {
        for (int s = 0; s <= std::min(rest.of[0] - t, rest.of[1]); ++s) {
          const double time = others + t * (kInnerTime[10] - kInnerTime[5]) +
                              s * (kInnerTime[6] - kInnerTime[3]) + Twos(rest.of[0] - t - s).Time();
          if (first > 0 && time >= least) continue;
          least = time;
          first = f;
          last = l;
          tens = t;
          sixes = s;
        }
      }
    }
  }
  radices[0] = first;
  const Powers rest = powers.Less(kPowers.of[last]).Less(kPowers.of[first]);
  int count = 1 + PutRadices(rest, tens, sixes, radices + 1);
  if (ends) radices[count++] = last;
  return count;
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
  int64_t others = n;
  const Powers powers = TakePowers(&others);
  // Real passes are of odd primes, and each has the radices of the length behind it.
  int count = n % 2 != 0 || order == RadixOrder::kTwosLast
                  ? PutRadices(powers, 0, 0, radices)
                  : PutFastest(powers, n, others == 1, radices);
  for (int64_t prime = 17; others > 1; prime += 2) {
    for (; others % prime == 0; others /= prime) radices[count++] = prime;
  }
  return count;
}

}  // namespace spectral_ops
