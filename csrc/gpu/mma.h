// Matrix fragments of a warp: which element of a small matrix each register of each lane holds, as
// the PTX instructions mma.m16n8k8 (tf32) and mma.m8n8k4 (f64) have them, and how float32 is split
// in two tf32 numbers whose products keep its accuracy.
//
// Sums of tf32 products are cut toward zero by each mma (Fasi et al., PeerJ Computer Science 2021):
// where one runs on, its error grows with the number of mmas. So none does: see TileProduct.
#pragma once

#include <cstdint>
#include <cstring>

#include "gpu/block.h"

namespace spectral_ops::gpu {

template <class S>
struct Mma;

// C [16, 8] += A [16, 8] B [8, 8]. a b = (ah + al)(bh + bl), all but al bl.
template <>
struct Mma<float> {
  static constexpr int kRows = 16;
  static constexpr int kColumns = 8;
  static constexpr int kDepth = 8;
  static constexpr int kA = 4;  // registers of a lane
  static constexpr int kB = 2;
  static constexpr int kC = 4;
  static constexpr int kParts = 2;
  static constexpr bool kCutsSums = true;

  static constexpr int ARow(int lane, int i) { return lane / 4 + 8 * (i % 2); }
  static constexpr int ADepth(int lane, int i) { return lane % 4 + 4 * (i / 2); }
  static constexpr int BDepth(int lane, int i) { return lane % 4 + 4 * i; }
  static constexpr int BColumn(int lane) { return lane / 4; }
  static constexpr int CRow(int lane, int i) { return lane / 4 + 8 * (i / 2); }
  static constexpr int CColumn(int lane, int i) { return 2 * (lane % 4) + i % 2; }
};

// C [8, 8] += A [8, 4] B [4, 8].
template <>
struct Mma<double> {
  static constexpr int kRows = 8;
  static constexpr int kColumns = 8;
  static constexpr int kDepth = 4;
  static constexpr int kA = 1;
  static constexpr int kB = 1;
  static constexpr int kC = 2;
  static constexpr int kParts = 1;
  static constexpr bool kCutsSums = false;

  static constexpr int ARow(int lane, int) { return lane / 4; }
  static constexpr int ADepth(int lane, int) { return lane % 4; }
  static constexpr int BDepth(int lane, int) { return lane % 4; }
  static constexpr int BColumn(int lane) { return lane / 4; }
  static constexpr int CRow(int lane, int) { return lane / 4; }
  static constexpr int CColumn(int lane, int i) { return 2 * (lane % 4) + i; }
};

// Registers of a lane that are loaded at once.
template <class S>
struct alignas(Mma<S>::kA * sizeof(S)) PartA {
  S value[Mma<S>::kA];
};
template <class S>
struct FragmentA {
  PartA<S> part[Mma<S>::kParts];
};
template <class S>
struct FragmentB {
  S part[Mma<S>::kParts][Mma<S>::kB];
};
template <class S>
struct FragmentC {
  S value[Mma<S>::kC];
};

// Tensor cores take a float32 for a tf32 by dropping its last 13 bits.
constexpr uint32_t kTf32Bits = 0xffffe000U;

// What tensor cores multiply in place of x: one number of float64, two of float32, of which the
// first is the nearest tf32 and the other what is left, but for its own last bit. Infinity, and
// what is within 2^-12 of the largest number, becomes infinity and a NaN.
SPECTRAL_OPS_DEVICE void SplitParts(double x, double (&part)[1]) { part[0] = x; }
SPECTRAL_OPS_DEVICE void SplitParts(float x, float (&part)[2]) {
  uint32_t bits = 0;
  memcpy(&bits, &x, sizeof(x));
  bits = (bits + 0x1000U) & kTf32Bits;
  memcpy(&part[0], &bits, sizeof(x));
  part[1] = x - part[0];
}

// The same of an entry of a matrix, as MakeEntry makes them: its first bits are the first part, so
// that tensor cores find that in the entry itself.
SPECTRAL_OPS_DEVICE void SplitEntry(double entry, double (&part)[1]) { part[0] = entry; }
SPECTRAL_OPS_DEVICE void SplitEntry(float entry, float (&part)[2]) {
  uint32_t bits = 0;
  memcpy(&bits, &entry, sizeof(entry));
  bits &= kTf32Bits;
  float first = 0;
  memcpy(&first, &bits, sizeof(entry));
  part[0] = entry;
  part[1] = entry - first;
}

// A number near x whose second part is a tf32, too.
SPECTRAL_OPS_DEVICE void MakeEntry(double x, double* entry) { *entry = x; }
SPECTRAL_OPS_DEVICE void MakeEntry(double x, float* entry) {
  float part[2];
  SplitEntry(static_cast<float>(x), part);
  const float first = part[0] - part[1];
  SplitParts(static_cast<float>(x - static_cast<double>(first)), part);
  *entry = first + part[0];
}

}  // namespace spectral_ops::gpu
