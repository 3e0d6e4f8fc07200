// The kinds of axes, and one axis ready to run: its kind's tables behind it in one piece of memory.
//
// A kind is a pair of files, <kind>.h and <kind>-inl.h (with a <kind>.cc where it is long), and its
// lines in the list, axis_list.h. Nothing else names it. A template `Kind<S>` has the tables,
// pointers and values alone, and says
//
//   using Family                     kinds of one family are ways of the same axis
//   static constexpr AxisEnds kEnds  between what it runs
//   static std::string Name(spec)    of the kind and its way, sizes left out
//   static double Work(spec)         multiply-adds for one vector of lanes (a complex one of modes)
//   static int64_t Scratch(spec)     elements per lane that one run needs
//   static size_t Bytes(spec)        of `memory`, where the tables are
//   static size_t TableBytes(spec)   of `table`, used while building
//   static Kind Build(spec, window, memory, table)
//
// and where AxisKindDefaults (axis_spec.h) is not right
//
//   static constexpr bool kFft       its work is that of FFTs
//   static bool IsIdentity(spec)     the axis needs no run
//   static bool CanLeaveCopiesOut(spec)
//   static bool Fits(spec)           AxisFits
//   static double BuildWork(spec)    multiply-adds of vectors for tables that every call builds
//   double copy_weight               a value: what a copied sample is multiplied by (AxisFold)
//
// <kind>-inl.h runs it: from samples to samples RunBundle(kind, lanes, scratch, prefetch), between
// samples and modes AnalyzeReal, AnalyzeComplex and their counterparts; FetchCalls(kind) says how
// often a bundle prefetches. Between signals it is RunSignal; mode_blocks-inl.h has steps of its
// own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "cpu/axes/axis_spec.h"

// The list; the tests of this seam have a longer one.
#ifndef SPECTRAL_OPS_AXIS_LIST
#define SPECTRAL_OPS_AXIS_LIST "cpu/axes/axis_list.h"
#endif
#include SPECTRAL_OPS_AXIS_LIST

namespace spectral_ops {

template <class S>
struct AxisOperator {
  AxisTables<S> tables;

  // f of the tables of whichever kind it is, of those with these ends.
  template <AxisEnds kEnds, size_t kIndex = 0, class F>
  void With(const F& f) const {
    if constexpr (kIndex < std::variant_size_v<AxisTables<S>>) {
      if constexpr (std::variant_alternative_t<kIndex, AxisTables<S>>::kEnds == kEnds) {
        if (tables.index() == kIndex) return f(*std::get_if<kIndex>(&tables));
      }
      With<kEnds, kIndex + 1>(f);
    }
  }

  double copy_weight() const {
    double weight = 0;
    With<AxisEnds::kSamples>([&](const auto& kind) { weight = kind.copy_weight; });
    return weight;
  }
};

// The kind that is expected to be fastest, of the family of spec.kind; `vectors` of lanes share
// what it takes to build the tables where they are built by every call.
AxisKind ChooseKind(const AxisSpec& spec, double fft_cost, double vectors);

// Whether its tables are not absurdly large, and the axis is one for this kind.
bool AxisFits(const AxisSpec& spec);

// Whether the axis needs no run.
bool IsIdentity(const AxisSpec& spec);

// Whether the operator can do without the samples that are only copied (AxisSpec::without_copies).
bool CanLeaveCopiesOut(const AxisSpec& spec);

std::string NameOfKind(const AxisSpec& spec);
double AxisWork(const AxisSpec& spec);
// The same in multiply-adds of a matrix, where one of an FFT takes fft_cost of them.
double AxisTime(const AxisSpec& spec, double fft_cost);
int64_t AxisScratch(const AxisSpec& spec);
size_t AxisBytes(const AxisSpec& spec);
size_t AxisTableBytes(const AxisSpec& spec);

// Builds the operator at the head of `memory`; both pieces are aligned to 64 bytes.
template <class S>
const AxisOperator<S>* BuildAxis(const AxisSpec& spec,
                                 const S* window,  // [bins] or null: ones
                                 void* memory, void* table);

}  // namespace spectral_ops
