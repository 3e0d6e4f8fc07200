#include "cpu/axes/mode_fft.h"

#include "core/band.h"
#include "core/memory.h"

namespace spectral_ops {
namespace {

int64_t DataElements(const ModeMap& map) {
  return map.half ? RealFftElements(map.length, map.high) : 2 * map.length;
}

// The tables, filled where there is memory for them.
template <class S>
ModeFft<S> Make(const AxisSpec& spec, Arena* memory, void* table) {
  const ModeMap& map = spec.modes;
  const int64_t n = map.length;
  ModeFft<S> fft;
  fft.map = map;
  fft.data_elements = DataElements(map);
  if (map.half) {
    fft.real = BuildRealFft<S>(n, map.high, spec.fft_block_bytes, memory, table);
    auto* weights = memory->Take<S>(2 * map.modes());
    fft.weights = weights;
    for (int64_t f = 0; f <= map.high && !memory->counts(); ++f) {
      // A transform back counts the bins that stand for two.
      const double count = map.synthesis ? static_cast<double>(BinMultiplicity(f, n)) : 1;
      *weights++ = static_cast<S>(map.cosine_weight(f) / count);
      *weights++ = static_cast<S>(map.sine_weight(f) / count);
    }
    return fft;
  }
  fft.complex = BuildFft<S>(n, spec.fft_block_bytes, memory, table);
  fft.reach = FftReach(n, fft.complex.pass[fft.complex.passes - 1].radix, map.highest());
  auto* weights = memory->Take<S>(2 * map.modes());
  auto* places = memory->Take<int32_t>(2 * map.modes());
  fft.weights = weights;
  fft.places = places;
  const FftOrder order(n);
  for (int64_t f = -map.low; f <= map.high && !memory->counts(); ++f) {
    const double g = map.cosine_weight(f);
    const double h = map.sine_weight(f);
    *weights++ = static_cast<S>((g + h) / 2);
    *weights++ = static_cast<S>((g - h) / 2);
    *places++ = static_cast<int32_t>(order(f < 0 ? n + f : f));
    *places++ = static_cast<int32_t>(order(f > 0 ? n - f : -f));
  }
  return fft;
}

}  // namespace

template <class S>
std::string ModeFft<S>::Name(const AxisSpec& spec) {
  if (!spec.modes.half) return "fft of modes";
  return std::string("fft of real modes, ") + NameOf(WayOfRealFft(spec.modes.length));
}

template <class S>
double ModeFft<S>::Work(const AxisSpec& spec) {
  const ModeMap& map = spec.modes;
  if (map.half) return RealFftWork(map.length, map.high);
  return FftWork(map.length, map.highest()) + static_cast<double>(4 * map.modes());
}

template <class S>
int64_t ModeFft<S>::Scratch(const AxisSpec& spec) {
  const ModeMap& map = spec.modes;
  return DataElements(map) +
         (map.half ? map.length + RealFftScratch(map.length) : FftScratch(map.length));
}

template <class S>
size_t ModeFft<S>::Bytes(const AxisSpec& spec) {
  Arena memory;
  Make<S>(spec, &memory, nullptr);
  return memory.bytes();
}

template <class S>
size_t ModeFft<S>::TableBytes(const AxisSpec& spec) {
  return spec.modes.half ? RealFftTableBytes(spec.modes.length, spec.modes.high)
                         : FftTableBytes(spec.modes.length);
}

template <class S>
ModeFft<S> ModeFft<S>::Build(const AxisSpec& spec, const S* /*window*/, void* memory, void* table) {
  Arena arena(memory);
  return Make<S>(spec, &arena, table);
}

template struct ModeFft<float>;
template struct ModeFft<double>;

}  // namespace spectral_ops
