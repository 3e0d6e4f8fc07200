// The list of the kinds of axes, and one axis ready to run: its kind's tables behind it in one
// piece of memory.
//
// A kind is a pair of files and its line in AxisTables, in the order of AxisKind. A template
// `Kind<S>` has the tables, pointers and values alone, and says
//
//   static constexpr bool kModes     between samples and modes, else from samples to samples
//   static std::string Name(spec)    of the kind and its way, sizes left out
//   static double Work(spec)         multiply-adds for one vector of lanes (a complex one of modes)
//   static int64_t Scratch(spec)     elements per lane that one run needs
//   static size_t Bytes(spec)        of `memory`, where the tables are
//   static size_t TableBytes(spec)   of `table`, used while building
//   static Kind Build(spec, window, memory, table)
//
// <kind>-inl.h runs it: from samples to samples RunBundle(kind, lanes, scratch, prefetch), between
// samples and modes AnalyzeReal, AnalyzeComplex and their counterparts; FetchCalls(kind) says how
// often a bundle prefetches.
#ifndef SPECTRAL_OPS_CPU_AXES_AXIS_KINDS_H_
#define SPECTRAL_OPS_CPU_AXES_AXIS_KINDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "cpu/axes/axis_fft.h"
#include "cpu/axes/axis_matrix.h"
#include "cpu/axes/axis_spec.h"
#include "cpu/axes/mode_fft.h"
#include "cpu/axes/mode_matrix.h"

namespace spectral_ops {

template <class S>
using AxisTables = std::variant<AxisMatrix<S>, AxisFft<S>, ModeMatrix<S>, ModeFft<S>>;

template <class S>
struct AxisOperator {
  AxisSpec spec;
  AxisTables<S> tables;

  // f of the tables of whichever kind it is, of those with this kModes.
  template <bool kModes, size_t kIndex = 0, class F>
  void With(const F& f) const {
    if constexpr (kIndex < std::variant_size_v<AxisTables<S>>) {
      if constexpr (std::variant_alternative_t<kIndex, AxisTables<S>>::kModes == kModes) {
        if (tables.index() == kIndex) return f(*std::get_if<kIndex>(&tables));
      }
      With<kModes, kIndex + 1>(f);
    }
  }

  // What a copied sample is multiplied by (AxisFold).
  double copy_weight() const {
    const auto* matrix = std::get_if<AxisMatrix<S>>(&tables);
    if (matrix != nullptr) return matrix->copy_weight;
    const auto* fft = std::get_if<AxisFft<S>>(&tables);
    return fft != nullptr ? fft->copy_weight : 0;
  }
};

// The kind that is expected to be faster, of a matrix and FFTs; `vectors` of lanes share what it
// takes to build the tables where they are built by every call.
AxisKind ChooseKind(const AxisSpec& spec, double fft_cost, double vectors);

// Whether the operator can do without the samples that are only copied (AxisSpec::without_copies).
bool CanLeaveCopiesOut(const AxisSpec& spec);

std::string NameOfKind(const AxisSpec& spec);
double AxisWork(const AxisSpec& spec);
int64_t AxisScratch(const AxisSpec& spec);
size_t AxisBytes(const AxisSpec& spec);
size_t AxisTableBytes(const AxisSpec& spec);

// Builds the operator at the head of `memory`; both pieces are aligned to 64 bytes.
template <class S>
const AxisOperator<S>* BuildAxis(const AxisSpec& spec,
                                 const S* window,  // [bins] or null: ones
                                 void* memory, void* table);

}  // namespace spectral_ops

#endif  // SPECTRAL_OPS_CPU_AXES_AXIS_KINDS_H_
