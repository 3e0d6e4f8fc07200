// A kind of axis that no operator has: a band of coefficients with dense rows at both ends. Tests
// run it in the walk of resample, to show what a new kind takes (cpu/axes/axis_kinds.h).
//
//   y[j] = sum_{t < taps} band[p][t] x[stride q + start[p] + t],   j = phases q + p, in the
//   interior y[j] = sum_{i < reach} first[j][i] x[i],                       j < first rows y[j] =
//   sum_{i < reach} last[r][i] x[n - reach + i],            j = m - last rows + r
//
// Rows have a band for each phase, that n -> 2 m and adjoints are of this kind too. What lies
// beyond the ends of the signal is nobody's business here: the dense rows have it in them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/memory.h"
#include "cpu/axes/axis_spec.h"

namespace spectral_ops {

// AxisSpec::rule of a banded axis.
struct BandedRule {
  int64_t stride = 1;
  std::vector<int64_t> start;  // [phases]
  std::vector<double> band;    // [phases, taps]
  int64_t first_rows = 0;
  int64_t last_rows = 0;
  int64_t reach = 0;
  std::vector<double> edges;  // [first_rows + last_rows, reach]

  int64_t phases() const { return static_cast<int64_t>(start.size()); }
  int64_t taps() const { return static_cast<int64_t>(band.size()) / phases(); }
  int64_t edge_rows() const { return first_rows + last_rows; }
  bool operator==(const BandedRule& other) const {
    return stride == other.stride && start == other.start && band == other.band &&
           first_rows == other.first_rows && last_rows == other.last_rows && reach == other.reach &&
           edges == other.edges;
  }
};

template <class S>
struct AxisBanded : AxisKindDefaults {
  int64_t n = 0;
  int64_t m = 0;
  int64_t stride = 0;
  int64_t phases = 0;
  int64_t taps = 0;
  int64_t first_rows = 0;
  int64_t last_rows = 0;
  int64_t reach = 0;
  const int64_t* start = nullptr;
  const S* band = nullptr;
  const S* edges = nullptr;

  using Family = BandedRule;
  static constexpr AxisEnds kEnds = AxisEnds::kSamples;
  static const BandedRule& RuleOf(const AxisSpec& spec) {
    return *static_cast<const BandedRule*>(spec.rule);
  }
  static std::string Name(const AxisSpec& spec) {
    return RuleOf(spec).edge_rows() > 0 ? "banded, dense edges" : "banded";
  }
  static double Work(const AxisSpec& spec) {
    const BandedRule& rule = RuleOf(spec);
    const int64_t interior = spec.shape.m - rule.edge_rows();
    return static_cast<double>(interior * rule.taps() + rule.edge_rows() * rule.reach);
  }
  static int64_t Scratch(const AxisSpec& /*spec*/) { return 0; }
  static size_t Bytes(const AxisSpec& spec) {
    const BandedRule& rule = RuleOf(spec);
    return AlignUp(rule.start.size() * sizeof(int64_t)) + AlignUp(rule.band.size() * sizeof(S)) +
           AlignUp(rule.edges.size() * sizeof(S));
  }
  static size_t TableBytes(const AxisSpec& /*spec*/) { return 0; }
  static AxisBanded Build(const AxisSpec& spec, const S* /*window*/, void* memory,
                          void* /*table*/) {
    const BandedRule& rule = RuleOf(spec);
    AxisBanded axis;
    axis.n = spec.shape.n;
    axis.m = spec.shape.m;
    axis.stride = rule.stride;
    axis.phases = rule.phases();
    axis.taps = rule.taps();
    axis.first_rows = rule.first_rows;
    axis.last_rows = rule.last_rows;
    axis.reach = rule.reach;
    auto* place = static_cast<char*>(memory);
    size_t offset = 0;
    auto* start =
        reinterpret_cast<int64_t*>(place + Take(&offset, rule.start.size() * sizeof(int64_t)));
    auto* band = reinterpret_cast<S*>(place + Take(&offset, rule.band.size() * sizeof(S)));
    auto* edges = reinterpret_cast<S*>(place + Take(&offset, rule.edges.size() * sizeof(S)));
    const auto round = [](double value) { return static_cast<S>(value); };
    std::copy(rule.start.begin(), rule.start.end(), start);
    std::transform(rule.band.begin(), rule.band.end(), band, round);
    std::transform(rule.edges.begin(), rule.edges.end(), edges, round);
    axis.start = start;
    axis.band = band;
    axis.edges = edges;
    return axis;
  }
};

}  // namespace spectral_ops
