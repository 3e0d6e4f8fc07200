#include "cpu/axes/mode_grid.h"

#include "core/band.h"
#include "core/memory.h"
#include "cpu/base/tuning.h"

namespace spectral_ops {
namespace {

GridSide SideOf(const ModeMap& map) { return {map.length, map.highest(), !map.synthesis}; }
GridShape GridOf(const AxisSpec& spec) { return ShapeOfGrid(SideOf(spec.modes), spec.type); }

// Of a signal on the grid.
int64_t DataElements(const ModeMap& map, const GridShape& grid) {
  return map.half ? RealFftElements(grid.length, map.high) : 2 * grid.length;
}

// The tables, filled where there is memory for them.
template <class S>
ModeGrid<S> Make(const AxisSpec& spec, Arena* memory, void* table) {
  const ModeMap& map = spec.modes;
  const GridSide side = SideOf(map);
  const GridShape shape = GridOf(spec);
  const int64_t length = shape.length;
  ModeGrid<S> grid;
  grid.map = map;
  grid.data_elements = DataElements(map, shape);
  grid.sums = BuildGrid<S>(side, shape, memory);
  const GridFactors<S> factors(side, shape);
  auto* weights = memory->Take<S>(2 * map.modes());
  grid.weights = weights;
  if (map.half) {
    grid.real = BuildRealFft<S>(length, map.high, spec.fft_block_bytes, memory, table);
    for (int64_t f = 0; f <= map.high && !memory->counts(); ++f) {
      // A transform back counts the bins that stand for two.
      const double count = map.synthesis ? static_cast<double>(BinMultiplicity(f, length)) : 1;
      const double factor = factors.At(f) / count;
      *weights++ = static_cast<S>(factor * map.cosine_weight(f));
      *weights++ = static_cast<S>(factor * map.sine_weight(f));
    }
    return grid;
  }
  grid.complex = BuildFft<S>(length, spec.fft_block_bytes, memory, table);
  grid.reach = FftReach(length, grid.complex.pass[grid.complex.passes - 1].radix, map.highest());
  auto* places = memory->Take<int32_t>(2 * map.modes());
  grid.places = places;
  const FftOrder order(length);
  for (int64_t f = -map.low; f <= map.high && !memory->counts(); ++f) {
    const double factor = factors.At(f < 0 ? -f : f) / 2;
    const double g = factor * map.cosine_weight(f);
    const double h = factor * map.sine_weight(f);
    *weights++ = static_cast<S>(g + h);
    *weights++ = static_cast<S>(g - h);
    *places++ = static_cast<int32_t>(order(f < 0 ? length + f : f));
    *places++ = static_cast<int32_t>(order(f > 0 ? length - f : -f));
  }
  return grid;
}

}  // namespace

template <class S>
std::string ModeGrid<S>::Name(const AxisSpec& spec) {
  return spec.modes.half ? "grid of real modes" : "grid of modes";
}

template <class S>
bool ModeGrid<S>::Fits(const AxisSpec& spec) {
  return GridOf(spec).exists();
}

template <class S>
double ModeGrid<S>::Work(const AxisSpec& spec) {
  const double time = GridTime(SideOf(spec.modes), GridOf(spec));
  return spec.modes.half ? time : 2 * time + static_cast<double>(4 * spec.modes.modes());
}

template <class S>
int64_t ModeGrid<S>::Scratch(const AxisSpec& spec) {
  const ModeMap& map = spec.modes;
  const GridShape grid = GridOf(spec);
  const int64_t data = DataElements(map, grid);
  if (!map.half) return data + FftScratch(grid.length);
  return kVectors * (data + map.length) + RealFftScratch(grid.length);
}

template <class S>
size_t ModeGrid<S>::Bytes(const AxisSpec& spec) {
  Arena memory;
  Make<S>(spec, &memory, nullptr);
  return memory.bytes();
}

template <class S>
size_t ModeGrid<S>::TableBytes(const AxisSpec& spec) {
  const int64_t length = GridOf(spec).length;
  return spec.modes.half ? RealFftTableBytes(length, spec.modes.high) : FftTableBytes(length);
}

template <class S>
ModeGrid<S> ModeGrid<S>::Build(const AxisSpec& spec, const S* /*window*/, void* memory,
                               void* table) {
  Arena arena(memory);
  return Make<S>(spec, &arena, table);
}

template struct ModeGrid<float>;
template struct ModeGrid<double>;

}  // namespace spectral_ops
