#include "sweep_list.h"

namespace spectral_ops::bench {

#define SPECTRAL_OPS_FIELD(field) #field, [](Tuning* tuning) -> Field { return &tuning->field; }

const std::vector<Sweep>& Sweeps() {
  constexpr State kMemory = State::kMemory;
  constexpr State kCache = State::kCache;
  constexpr State kCopied = State::kCopied;
  const std::vector<const char*> axes = {
      "resample 128x16x64 8",   "resample 64x32x64 16",   "resample 36x56x64 28",
      "resample 20x100x64 50",  "resample 18x112x64 56",  "resample 16x128x64 64",
      "resample 12x160x64 80",  "resample 8x256x64 128",  "resample 128x16x64 14",
      "resample 36x56x64 49",   "resample 28x72x64 63",   "resample 18x112x64 98",
      "resample 12x192x64 168", "resample 8x256x64 224",  "resample 64x32x64 64",
      "resample 18x112x64 224", "resample 16x128x64 32",  "resample 36x57x64 38",
      "resample 18x111x64 74",  "resample 10x207x64 138", "resample 10x201x64 134",
  };
  const std::vector<const char*> images = {
      "resample 4x56x56x64 28x28",      "resample 4x112x112x64 56x56",
      "resample 2x224x224x32 112x112",  "resample 1x512x512x16 256x256",
      "resample 4x56x56x64 47x47",      "resample 4x61x67x48 31x29",
      "resample 2x126x126x64 63x63",    "resample 2x168x168x32 56x56",
      "resample 2x224x224x32 56x56",    "resample 2x112x112x32 56x56 float64",
      "resample 1x32x64x64x8 16x32x32", "resample 1x128x128x32 96x96",
  };
  const std::vector<const char*> few = {
      "resample 1x427x640x3 213x320",
      "resample 4x128x128x3 64x64",
      "resample 4x128x128x1 96x96",
      "resample 4x32x224x224 112x112 channels_first",
  };
  const std::vector<const char*> lanes = {
      "resample 64x28x28x1 14x14",   "resample 32x56x56x3 28x28",
      "resample 32x96x96x1 27x81",   "resample 2048x43x32x1 48x36",
      "resample 32x112x112x1 56x56", "resample 32x128x128x1 64x64",
      "resample 32x160x160x1 80x80", "resample 4x16x96x96 48x48 channels_first",
  };
  const std::vector<const char*> small = {
      "resample 1x8x8x16 4x4",     "resample 1x16x16x32 8x8",   "resample 2x16x16x64 8x8",
      "resample 2x32x32x32 16x16", "resample 2x32x32x64 16x16", "resample 4x32x32x64 16x16",
  };
  const std::vector<const char*> shared = {
      "resample 1x112x112x64 56x56",   "resample 1x224x224x32 112x112",
      "resample 1x512x512x16 256x256", "resample 3x112x112x16 79x79",
      "conv 4x64x64x32 7x7x32x32",     "conv 4x64x64x64 7x7x64x1 depthwise",
  };
  const std::vector<const char*> longs = {
      "resample 8x4096x16 2048",
      "resample 8x4096x16 3072",
      "resample 8x16384x16 4096",
      "resample 18x112x64 56 fft",
      "resample 8x256x64 128 fft",
      "resample 8x400x64 200 fft",
      "resample 8x6561x16 4374",
      "resample 8x65536x16 32768",
      "conv 1x4096x32 1025x32x1 depthwise",
  };
  const std::vector<const char*> convs = {
      "conv 4x64x64x32 3x3x32x32",
      "conv 4x64x64x32 7x7x32x32",
      "conv 4x64x64x32 15x15x32x32",
      "conv 2x64x64x32 31x31x32x32",
      "conv 1x28x28x128 7x7x128x128",
      "conv 4x64x64x64 7x7x64x1 depthwise",
      "conv 4x64x64x64 31x31x64x1 depthwise",
      "conv 4x64x64x32 7x7x32x32 filter_gradient",
  };
  const std::vector<const char*> small_convs = {
      "conv 1x8x8x16 3x3x16x16",
      "conv 1x16x16x16 3x3x16x16",
      "conv 1x16x16x32 5x5x32x32",
      "conv 1x32x32x16 3x3x16x1 depthwise",
  };
  const std::vector<const char*> spectral = {
      "spectral_conv 8x64x64x64 16x9x64x64",     "spectral_conv 8x64x64x64 16x9x64x64 32x32",
      "spectral_conv 4x128x128x32 32x17x32x32",  "spectral_conv 32x64x64x64 16x9x64",
      "spectral_conv 2x32x32x32x16 8x8x5x16x16", "spectral_conv 16x64x64x32 16x9x32x32 adjoint",
  };
  const std::vector<const char*> moments = {
      "spectral_conv 8x2048x32 24x32x32",
      "spectral_conv 8x4096x32 48x32x32",
      "spectral_conv 8x8192x32 64x32x32",
      "spectral_conv 4x16384x32 96x32x32",
      "spectral_conv 2x65536x32 256x32x32",
      "spectral_conv 8x1024x32 8x32x32",
      "spectral_conv 8x32x2048 16x32x32 channels_first",
      "spectral_conv 8x32x8192 64x32x32 channels_first",
  };
  const std::vector<const char*> few_planes = {
      "spectral_conv 1x1x65536 64x1x1 channels_first",
      "spectral_conv 1x4x65536 64x4x4 channels_first",
      "spectral_conv 1x8x65536 64x8x8 channels_first",
      "spectral_conv 1x16x66150 65x16x16 channels_first",
      "spectral_conv 4x16x16384 65x16x16 channels_first",
      "spectral_conv 4x32x24000 65x32x32 channels_first",
  };
  const std::vector<const char*> filters = {
      "spectral_conv 32x32x32x64 32x17x64 whole",
      "spectral_conv 16x56x56x64 56x29x64 whole",
      "spectral_conv 16x64x64x128 64x33x128 whole",
      "spectral_conv 16x56x56x64 56x29x64 whole weight_gradient",
  };
  const std::vector<const char*> groups = {
      "spectral_conv 64x32x32x64 16x9x64x64",
      "spectral_conv 16x64x64x64 64x33x64",
      "spectral_conv 16x64x64x64 64x33x64 weight_gradient",
  };
  const std::vector<const char*> results = {
      "resample 2x56x56x64 112x112",
      "resample 32x32x32x64 16x16",
      "resample 16x56x56x64 47x47",
      "resample 8x112x112x64 56x56",
      "resample 2x64x64x64x16 45x45x45",
      "spectral_conv 8x64x64x64 24x13x64x64",
      "spectral_conv 8x112x112x64 112x57x64 whole",
      "conv 16x56x56x64 7x7x64x1 depthwise",
  };
  static const std::vector<Sweep> sweeps = {
      {SPECTRAL_OPS_FIELD(fft_cost), true, kCache, false, axes},
      {SPECTRAL_OPS_FIELD(work_per_worker), false, kCache, true, small},
      {SPECTRAL_OPS_FIELD(pieces_per_worker), false, kMemory, true, shared},
      {SPECTRAL_OPS_FIELD(near_bytes), false, kCopied, true, results},
      {SPECTRAL_OPS_FIELD(ahead_bytes), false, kMemory, false, images},
      {SPECTRAL_OPS_FIELD(fft_block_bytes), false, kCache, false, longs},
      {SPECTRAL_OPS_FIELD(resample.transpose_cost), true, kMemory, false, few},
      {SPECTRAL_OPS_FIELD(resample.images_time), true, kMemory, false, lanes},
      {SPECTRAL_OPS_FIELD(resample.lane_elements), true, kMemory, false, lanes},
      {SPECTRAL_OPS_FIELD(resample.tile_bytes), false, kMemory, false, images},
      {SPECTRAL_OPS_FIELD(resample.large_tile_bytes), false, kMemory, false, images},
      {SPECTRAL_OPS_FIELD(resample.packed_bytes), false, kMemory, false, lanes},
      {SPECTRAL_OPS_FIELD(conv.workspace_bytes), true, kMemory, false, convs},
      {SPECTRAL_OPS_FIELD(conv.unit_bytes), true, kMemory, false, convs},
      {SPECTRAL_OPS_FIELD(conv.work_per_worker), false, kCache, true, small_convs},
      {SPECTRAL_OPS_FIELD(conv.store_cost), true, kMemory, false, convs},
      {SPECTRAL_OPS_FIELD(spectral_conv.moments_time), true, kMemory, false, moments},
      {SPECTRAL_OPS_FIELD(spectral_conv.samples_time), true, kMemory, true, few_planes},
      {SPECTRAL_OPS_FIELD(spectral_conv.group_bytes), true, kMemory, false, groups},
      {SPECTRAL_OPS_FIELD(spectral_conv.block_bytes), false, kMemory, false, spectral},
      {SPECTRAL_OPS_FIELD(spectral_conv.filter_bytes), false, kMemory, false, filters},
      {SPECTRAL_OPS_FIELD(spectral_conv.pieces_per_worker), false, kMemory, true, spectral},
  };
  return sweeps;
}

const std::vector<Compiled>& CompiledConstants() {
  static const std::vector<Compiled> constants = {
      {"kSamplesAhead", "16, 64", "'resample 8x16384x16 4096'"},
      {"kColumnsPerFetch", "4, 16", "'resample 4x56x56x64 47x47'"},
      {"kCallsPerGrant", "16, 64", "'resample 4x32x32x64 16x16' 'resample 4x56x56x64 28x28'"},
      {"kRowBlock", "4, 5, 7", "'resample 36x56x64 49 matrix' 'resample 4x56x56x64 47x47'"},
      {"kMixRows", "3, 4, 6", "'conv 4x64x64x32 7x7x32x32' 'conv 2x64x64x32 31x31x32x32'"},
  };
  return constants;
}

}  // namespace spectral_ops::bench
