// Complex FFTs of vectors in place, for what is done to a spectrum bin by bin.
//
// Forward passes decimate in frequency and leave the bins in an order of their own (FftOrder);
// inverse passes are their mirror and take them in that order. So no pass sorts, each works on
// blocks that do not know of each other, and the passes of a block run while it is in cache: the
// blocks of a long transform one after the other, depth first. At the bottom stands a leaf: the
// last forward pass, what becomes of the bins, and the first inverse pass, all in registers.
#ifndef SPECTRAL_OPS_CPU_FFT_FFT_IN_PLACE_INL_H_
#define SPECTRAL_OPS_CPU_FFT_FFT_IN_PLACE_INL_H_

#include <cstdint>
#include <type_traits>

#include "cpu/base/prefetch-inl.h"
#include "cpu/base/vector-inl.h"
#include "cpu/fft/butterfly-inl.h"
#include "cpu/fft/fft.h"
#include "cpu/fft/fft_pass-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {

// Bytes of a block that is worked through pass by pass; larger ones go depth first.
constexpr int64_t kBlockBytes = 24 << 10;

// What a leaf does with the bins: where it takes and puts element i, counted from the first of the
// whole transform, and whether the passes above it run on the way down and on the way up. LeavesAll
// says that the bins stay as and where they are.

// Turns each bin by its weight and, where kAdds, adds what others left in `spectrum`.
template <class S, bool kAdds = false>
struct TurnLeaf {
  static constexpr bool kForward = true;
  static constexpr bool kInverse = true;
  const S* weights;             // [length, 2]
  const S* spectrum = nullptr;  // [length, 2, lanes]
  int64_t reach = kWholeReach;

  HWY_INLINE bool LeavesAll(const S*) const { return false; }
  HWY_INLINE Complex<S> Take(const S* data, int64_t i) const { return LoadComplex(data, i); }
  HWY_INLINE void Put(const Complex<S>& z, S* data, int64_t i) const { StoreComplex(z, data, i); }
  HWY_INLINE Complex<S> Turn(const Complex<S>& z, int64_t i) const {
    const Complex<S> turned = Multiply<false>(z, weights + 2 * i);
    if constexpr (!kAdds) return turned;
    return Add(turned, LoadComplex(spectrum, i));
  }
};

// Puts the bins into `spectrum`: as they are, or turned, or turned and added to those there.
enum class Into { kPlain, kTurned, kAdded };

template <class S, Into kInto>
struct ForwardLeaf {
  static constexpr bool kForward = true;
  static constexpr bool kInverse = false;
  S* spectrum;                  // [length, 2, lanes]
  const S* weights;             // [length, 2]
  int64_t reach = kWholeReach;  // FftReach of the bins that are needed

  HWY_INLINE bool LeavesAll(const S* data) const {
    return kInto == Into::kPlain && spectrum == data;
  }
  HWY_INLINE Complex<S> Take(const S* data, int64_t i) const { return LoadComplex(data, i); }
  HWY_INLINE void Put(const Complex<S>& z, S*, int64_t i) const { StoreComplex(z, spectrum, i); }
  HWY_INLINE Complex<S> Turn(const Complex<S>& z, int64_t i) const {
    if constexpr (kInto == Into::kPlain) return z;
    const Complex<S> turned = Multiply<false>(z, weights + 2 * i);
    return kInto == Into::kAdded ? Add(turned, LoadComplex(spectrum, i)) : turned;
  }
};

// Takes the bins from `spectrum`, turned where there are weights.
template <class S, bool kTurned>
struct InverseLeaf {
  static constexpr bool kForward = false;
  static constexpr bool kInverse = true;
  const S* spectrum;
  const S* weights;
  int64_t reach = kWholeReach;  // FftReach of the bins that are not zero

  HWY_INLINE bool LeavesAll(const S* data) const { return !kTurned && spectrum == data; }
  HWY_INLINE Complex<S> Take(const S*, int64_t i) const { return LoadComplex(spectrum, i); }
  HWY_INLINE void Put(const Complex<S>& z, S* data, int64_t i) const { StoreComplex(z, data, i); }
  HWY_INLINE Complex<S> Turn(const Complex<S>& z, int64_t i) const {
    return kTurned ? Multiply<false>(z, weights + 2 * i) : z;
  }
};

// The elements [first, first + R * blocks): one butterfly each way around what the leaf does.
template <int R, class S, class Leaf>
void RunLeaf(const Leaf& leaf, S* data, int64_t first, int64_t blocks, Ahead* ahead) {
  for (int64_t i = first; i < first + R * blocks; i += R) {
    ahead->Fetch();
    Complex<S> x[R];
#pragma GCC unroll 16
    for (int j = 0; j < R; ++j) x[j] = leaf.Take(data, i + j);
    if constexpr (Leaf::kForward) Butterfly<R, true, S>::Run(x);
#pragma GCC unroll 16
    for (int j = 0; j < R; ++j) x[j] = leaf.Turn(x[j], i + j);
    if constexpr (Leaf::kInverse) Butterfly<R, false, S>::Run(x);
#pragma GCC unroll 16
    for (int j = 0; j < R; ++j) leaf.Put(x[j], data, i + j);
  }
}

// Calls body(R) with the radix as a constant, 0 for one that has no own code.
template <class Body>
HWY_INLINE void WithRadix(int64_t radix, const Body& body) {
  switch (radix) {
    case 1:
      return body(std::integral_constant<int, 1>());
    case 2:
      return body(std::integral_constant<int, 2>());
    case 3:
      return body(std::integral_constant<int, 3>());
    case 4:
      return body(std::integral_constant<int, 4>());
    case 5:
      return body(std::integral_constant<int, 5>());
    case 7:
      return body(std::integral_constant<int, 7>());
    case 8:
      return body(std::integral_constant<int, 8>());
    case 11:
      return body(std::integral_constant<int, 11>());
    case 13:
      return body(std::integral_constant<int, 13>());
    default:
      return body(std::integral_constant<int, 0>());
  }
}

// Runs the passes of a plan from `level` down to the leaf and up again.
template <class S, class Leaf>
class InPlace {
 public:
  static constexpr int64_t kStep = 2 * kLanes<S>;  // of one element

  InPlace(const FftPlan<S>& plan, const Leaf& leaf, S* data, S* folded, Ahead* ahead)
      : plan_(plan), leaf_(leaf), data_(data), folded_(folded), ahead_(ahead) {}

  // The blocks of one level from element `first` on.
  void Descend(int level, int64_t first, int64_t blocks) const {
    const FftPass<S>& pass = plan_.pass[level];
    const int64_t length = pass.radix * pass.ido;
    if (level + 1 == plan_.passes) {
      RunLeaves(pass, first, blocks);
      return;
    }
    const int64_t together =
        length * kStep * static_cast<int64_t>(sizeof(S)) > kBlockBytes ? 1 : blocks;
    for (int64_t block = 0; block < blocks; block += together) {
      const int64_t at = first + block * length;
      if constexpr (Leaf::kForward) RunBlocks<true>(pass, at, together);
      Descend(level + 1, at, together * pass.radix);
      if constexpr (Leaf::kInverse) RunBlocks<false>(pass, at, together);
    }
  }

 private:
  template <bool kForward>
  HWY_NOINLINE void RunBlocks(const FftPass<S>& pass, int64_t first, int64_t blocks) const {
    WithRadix(pass.radix, [&](auto radix) HWY_ATTR {
      constexpr int R = decltype(radix)::value;
      S* data = data_ + first * kStep;
      for (int64_t block = 0; block < blocks; ++block) {
        const BufferView<S> view = {data};
        if constexpr (R == 0) {
          RunAnyInPlace<kForward>(pass, data, kWholeReach, folded_);
        } else if constexpr (kForward) {
          Decimate<R>(pass, view, view, ahead_);
        } else {
          Recombine<R>(pass, view, view, ahead_);
        }
        data += pass.radix * pass.ido * kStep;
      }
    });
  }

  HWY_NOINLINE void RunLeaves(const FftPass<S>& pass, int64_t first, int64_t blocks) const {
    WithRadix(pass.radix, [&](auto radix) HWY_ATTR {
      constexpr int R = decltype(radix)::value;
      if constexpr (R > 0) {
        RunLeaf<R>(leaf_, data_, first, blocks, ahead_);
      } else {
        const int64_t last = first + blocks * pass.radix;
        for (int64_t i = first; i < last && Leaf::kForward; i += pass.radix) {
          RunAnyInPlace<true>(pass, data_ + i * kStep, leaf_.reach, folded_);
        }
        if (!leaf_.LeavesAll(data_)) RunLeaf<1>(leaf_, data_, first, last - first, ahead_);
        for (int64_t i = first; i < last && Leaf::kInverse; i += pass.radix) {
          RunAnyInPlace<false>(pass, data_ + i * kStep, leaf_.reach, folded_);
        }
      }
    });
  }

  const FftPlan<S>& plan_;
  const Leaf& leaf_;
  S* data_;
  S* folded_;
  Ahead* ahead_;
};

// How often a transform with this leaf calls Fetch, as far as one can tell from its passes.
template <class S>
int64_t FetchCalls(const FftPlan<S>& plan, bool forward, bool inverse) {
  const int64_t length = plan.chirp_length == 0 ? plan.n : plan.chirp_length;
  int64_t calls = 0;
  for (int i = 0; i < plan.passes; ++i) {
    const FftPass<S>& pass = plan.pass[i];
    if (i + 1 == plan.passes) {
      calls += pass.table == nullptr ? length / pass.radix : length;
    } else if (pass.table == nullptr) {
      calls += (forward + inverse) * pass.l1 * (pass.ido - 1);
    }
  }
  return calls;
}

// The transform of data[n] by Bluestein's convolution, unnormalized, bins in their own order; the
// inverse is the conjugate of the conjugate's transform.
template <bool kForward, class S>
void RunChirp(const FftPlan<S>& plan, S* data,
              S* chirp,  // [chirp_length, 2, lanes]
              Ahead* ahead) {
  const Simd<S> d;
  const auto conjugate = [](const Complex<S>& z)
                             HWY_ATTR { return kForward ? z : Complex<S>{z.re, hn::Neg(z.im)}; };
  for (int64_t i = 0; i < plan.n; ++i) {
    StoreComplex(Multiply<false>(conjugate(LoadComplex(data, i)), plan.chirp + 2 * i), chirp, i);
  }
  const Complex<S> zero = {hn::Zero(d), hn::Zero(d)};
  for (int64_t i = plan.n; i < plan.chirp_length; ++i) StoreComplex(zero, chirp, i);
  const TurnLeaf<S> leaf = {plan.chirp_spectrum};
  InPlace<S, TurnLeaf<S>>(plan, leaf, chirp, nullptr, ahead).Descend(0, 0, 1);
  for (int64_t i = 0; i < plan.n; ++i) {
    StoreComplex(conjugate(Multiply<false>(LoadComplex(chirp, i), plan.chirp + 2 * i)), data, i);
  }
}

// All of it on data[n]; `scratch` has FftScratch(n) elements per lane.
template <class S, class Leaf>
void RunInPlace(const FftPlan<S>& plan, const Leaf& leaf, S* data, S* scratch, Ahead* ahead) {
  if (plan.chirp_length == 0) {
    InPlace<S, Leaf>(plan, leaf, data, scratch, ahead).Descend(0, 0, 1);
    return;
  }
  if constexpr (Leaf::kForward) RunChirp<true>(plan, data, scratch, ahead);
  RunLeaf<1>(leaf, data, 0, plan.n, ahead);
  if constexpr (Leaf::kInverse) RunChirp<false>(plan, data, scratch, ahead);
}

// Whether the first pass can read, and its mirror write, elsewhere than in the buffer.
template <class S>
bool HasOwnFirstPass(const FftPlan<S>& plan) {
  return plan.chirp_length == 0 && plan.passes > 1 && plan.pass[0].table == nullptr;
}

// The same with samples that come from `in` and go to `out`, as far as the leaf has use for them.
template <class S, class Leaf, class In, class Out>
void RunBetween(const FftPlan<S>& plan, const Leaf& leaf, const In& in, const Out& out, S* data,
                S* scratch, Ahead* ahead) {
  const BufferView<S> buffer = {data};
  if (!HasOwnFirstPass(plan)) {
    if constexpr (Leaf::kForward) {
      for (int64_t i = 0; i < plan.n; ++i) buffer.Store(in.Load(i), i);
    }
    RunInPlace(plan, leaf, data, scratch, ahead);
    if constexpr (Leaf::kInverse) {
      for (int64_t i = 0; i < plan.n; ++i) out.Store(buffer.Load(i), i);
    }
    return;
  }
  const FftPass<S>& pass = plan.pass[0];
  WithRadix(pass.radix, [&](auto radix) HWY_ATTR {
    constexpr int R = decltype(radix)::value;
    if constexpr (Leaf::kForward && R > 0) {
      if (ahead->fetches()) {
        Decimate<R>(pass, in, buffer, ahead);
      } else {
        Decimate<R>(pass, FarSource<In>{in}, buffer, ahead);
      }
    }
  });
  InPlace<S, Leaf>(plan, leaf, data, scratch, ahead).Descend(1, 0, pass.radix);
  WithRadix(pass.radix, [&](auto radix) HWY_ATTR {
    constexpr int R = decltype(radix)::value;
    if constexpr (Leaf::kInverse && R > 0) {
      if (ahead->writes_memory()) {
        // Many lines at once, often of one set of the cache, would be slower than one at a time.
        Recombine<R>(pass, buffer, buffer, ahead);
        if (ahead->fetches()) {
          for (int64_t i = 0; i < plan.n; ++i) {
            ahead->next_stores().Ask(i);
            out.Store(buffer.Load(i), i);
          }
        } else {
          const FarSink<Out> far = {out};
          for (int64_t i = 0; i < plan.n; ++i) far.Store(buffer.Load(i), i);
        }
      } else {
        Recombine<R>(pass, buffer, out, ahead);
      }
    }
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();

#endif  // SPECTRAL_OPS_CPU_FFT_FFT_IN_PLACE_INL_H_
