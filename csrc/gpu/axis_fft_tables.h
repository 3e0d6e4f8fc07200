// What FFTs of an axis in shared memory (axis_fft.h) have ready: their plan, and tables that a
// kernel of each call writes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/axis.h"
#include "core/band.h"
#include "core/integers.h"
#include "core/roots.h"
#include "gpu/block.h"
#include "gpu/block_fft.h"
#include "gpu/rows.h"

namespace spectral_ops::gpu {

// The complex numbers that an axis of so many samples is transformed as.
constexpr int64_t PackedLength(int64_t n) { return n % 2 == 0 ? n / 2 : n; }

// How an axis goes by FFTs in shared memory.
struct AxisFftPlan {
  BlockFft forth;
  BlockFft back;
  int32_t log_lines = 0;  // 2^log_lines lines have room in a block
  int32_t lines = 0;      // that it takes
  int32_t pitch = 0;
  bool by_runs = false;  // few values of `inner`: neighbours in memory are neighbours on the axis

  // Of bins k and m/2 - k; of odd m single bins.
  static constexpr int64_t Pairs(int64_t m) { return (m % 2 == 0 ? m / 2 : m) / 2 + 1; }
};

// Runs of an axis and `inner` are whole in a block, and are turned over on their way to shared
// memory: an odd pitch keeps samples in different banks. There are no lines if 2^log_lines < inner.
inline void SetLines(int64_t inner, int32_t log_lines, AxisFftPlan* plan) {
  const int32_t room = 1 << log_lines;
  plan->by_runs = inner < 8;
  plan->log_lines = log_lines;
  plan->lines = plan->by_runs ? room - room % static_cast<int32_t>(inner) : room;
  plan->pitch = room + (plan->by_runs ? 1 : 0);
}

template <class S>
size_t SharedBytes(const AxisFftPlan& plan) {
  return static_cast<size_t>(plan.forth.length + plan.back.length) * plan.pitch *
         sizeof(Complex<S>);
}

// What two bins of the new spectrum are made of, at their places.
template <class S>
struct alignas(16) BandPair {
  Complex<S> sum[2];         // the factors of Z + conj Z'
  Complex<S> difference[2];  // and of Z - conj Z'
  Complex<S> turn;           // exp(2 pi i k / m)
  int32_t from[2] = {};      // of Z
  int32_t mirror[2] = {};    // of Z'
  int32_t to[2] = {};
};

template <class S>
struct AxisFftTables {
  Complex<S>* forth = nullptr;  // roots
  Complex<S>* back = nullptr;
  BandPair<S>* pairs = nullptr;

  // Those in `memory`; its bytes.
  static size_t Bytes(const AxisFftPlan& plan, int64_t m) {
    return static_cast<size_t>(AxisFftPlan::Pairs(m)) * sizeof(BandPair<S>) +
           static_cast<size_t>(plan.forth.length + plan.back.length) * sizeof(Complex<S>);
  }
  static AxisFftTables At(char* memory, const AxisFftPlan& plan, int64_t m) {
    auto* pairs = reinterpret_cast<BandPair<S>*>(memory);
    auto* roots = reinterpret_cast<Complex<S>*>(pairs + AxisFftPlan::Pairs(m));
    return {roots, roots + plan.forth.length, pairs};
  }
};

// The tables of an axis to be written; a thread for each entry.
template <class S>
struct AxisFftToFill {
  AxisShape shape;
  double scale = 1;
  const S* window = nullptr;
  BlockFft forth;
  BlockFft back;
  AxisFftTables<S> tables;

  constexpr int64_t Entries() const {
    return forth.length + back.length + AxisFftPlan::Pairs(shape.m);
  }
  constexpr int64_t Blocks() const { return CeilDiv(Entries(), kThreads); }

  // The work of a block, of those of this axis.
  template <class Block>
  SPECTRAL_OPS_DEVICE void Fill(Block& block, int64_t index) const {
    block.Threads([&](int t) {
      int64_t entry = index * kThreads + t;
      if (entry < forth.length) {
        tables.forth[entry] = RootAt(-entry, forth.length);
        return;
      }
      entry -= forth.length;
      if (entry < back.length) {
        tables.back[entry] = RootAt(-entry, back.length);
        return;
      }
      entry -= back.length;
      if (entry < AxisFftPlan::Pairs(shape.m)) tables.pairs[entry] = PairAt(entry);
    });
  }

 private:
  static SPECTRAL_OPS_DEVICE Complex<S> RootAt(int64_t a, int64_t length) {
    const Root root = RootOfUnity(a, length);
    return {static_cast<S>(root.cosine), static_cast<S>(root.sine)};
  }

  SPECTRAL_OPS_DEVICE BandPair<S> PairAt(int64_t k) const {
    const bool single = shape.m % 2 != 0;
    BandPair<S> pair;
    SetFactors(k, 0, &pair);
    SetFactors(single ? shape.bins() : shape.m / 2 - k, 1, &pair);
    pair.turn = single ? Complex<S>{0, 0} : RootAt(k, shape.m);
    pair.to[0] = back.PlaceOf(static_cast<int32_t>(k));
    pair.to[1] = back.PlaceOf(static_cast<int32_t>((back.length - k) % back.length));
    return pair;
  }

  // Of bin k; nothing where it is beyond the band.
  SPECTRAL_OPS_DEVICE void SetFactors(int64_t k, int which, BandPair<S>* pair) const {
    pair->sum[which] = {0, 0};
    pair->difference[which] = {0, 0};
    pair->from[which] = 0;
    pair->mirror[which] = 0;
    if (k >= shape.bins()) return;
    double weight = scale * BandWeight(k, shape.n, shape.m) / 2;
    if (window != nullptr) weight *= static_cast<double>(window[k]);
    const Root turn = TurnOf(shape, k);
    pair->sum[which] = {static_cast<S>(weight * turn.cosine), static_cast<S>(weight * turn.sine)};
    pair->difference[which] = pair->sum[which];
    if (shape.n % 2 == 0) {  // -i W^k more
      const Root w = RootOfUnity(k, shape.n);
      const double cosine = turn.cosine * w.cosine + turn.sine * w.sine;
      const double sine = turn.sine * w.cosine - turn.cosine * w.sine;
      pair->difference[which] = {static_cast<S>(weight * sine), static_cast<S>(-weight * cosine)};
    }
    pair->from[which] = forth.PlaceOf(static_cast<int32_t>(k % forth.length));
    pair->mirror[which] =
        forth.PlaceOf(static_cast<int32_t>((forth.length - k % forth.length) % forth.length));
  }
};

}  // namespace spectral_ops::gpu
