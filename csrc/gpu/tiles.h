// Tiles of signals: cut out of tensors with what overlaps, and results put back in place.
#pragma once

#include <cstdint>

#include "core/integers.h"
#include "core/types.h"
#include "gpu/block.h"
#include "gpu/element.h"

namespace spectral_ops::gpu {

// One axis of tiles: entry q of tile i is sample i * step + shift + q, for q in [begin, end).
struct TileAxis {
  int64_t length = 1;  // of a tile
  int64_t tiles = 1;   // of the axis
  int64_t step = 1;
  int64_t shift = 0;
  int64_t begin = 0;
  int64_t end = 1;
  int64_t samples = 1;  // of the axis
};

// Tiles [images, *lengths, channels] or [images, channels, *lengths] of tensors that are
// [batch, *samples, channels] or [batch, channels, *samples]; an image's tiles in a row. A thread
// for each entry of a tile.
struct TileGeometry {
  TileAxis axis[kMaxSpatialRank];
  int64_t first = 0;   // of the tiles of the whole tensor
  int64_t tiles = 0;   // to copy
  int64_t planes = 1;  // channels that come first
  int64_t inner = 1;   // channels that come last
  bool circular = false;

  constexpr int64_t ImageTiles() const { return axis[0].tiles * axis[1].tiles * axis[2].tiles; }
  constexpr int64_t TileElements() const {
    return planes * axis[0].length * axis[1].length * axis[2].length * inner;
  }
  constexpr int64_t Elements() const { return tiles * TileElements(); }
};

// Where an entry of the tiles stands in the tensor, or -1.
SPECTRAL_OPS_DEVICE int64_t PlaceOfEntry(const TileGeometry& g, int64_t entry) {
  int64_t rest = entry;
  const auto take = [&](int64_t count) {
    const int64_t index = rest % count;
    rest /= count;
    return index;
  };
  const int64_t c = take(g.inner);
  int64_t q[kMaxSpatialRank];
  for (int i = kMaxSpatialRank - 1; i >= 0; --i) q[i] = take(g.axis[i].length);
  const int64_t plane = take(g.planes);
  rest += g.first;
  int64_t tile[kMaxSpatialRank];
  for (int i = kMaxSpatialRank - 1; i >= 0; --i) tile[i] = take(g.axis[i].tiles);
  int64_t place = rest * g.planes + plane;
  for (int i = 0; i < kMaxSpatialRank; ++i) {
    const TileAxis& axis = g.axis[i];
    int64_t sample = tile[i] * axis.step + axis.shift + q[i];
    if (q[i] < axis.begin || q[i] >= axis.end) return -1;
    if (g.circular) sample = (sample % axis.samples + axis.samples) % axis.samples;
    if (sample < 0 || sample >= axis.samples) return -1;
    place = place * axis.samples + sample;
  }
  return place * g.inner + c;
}

template <class In>
struct GatherTiles {
  TileGeometry geometry;
  const In* x = nullptr;
  ComputeType<In>* tiles = nullptr;

  Grid grid() const { return {CeilDiv(geometry.Elements(), kThreads), 0}; }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    block.Threads([&](int t) {
      const int64_t entry = block.index() * kThreads + t;
      if (entry >= geometry.Elements()) return;
      const int64_t place = PlaceOfEntry(geometry, entry);
      tiles[entry] = place < 0 ? ComputeType<In>(0) : Read(x[place]);
    });
  }
};

// The other way: entries that have no place are dropped.
template <class Out>
struct ScatterTiles {
  TileGeometry geometry;
  const ComputeType<Out>* tiles = nullptr;
  Out* y = nullptr;

  Grid grid() const { return {CeilDiv(geometry.Elements(), kThreads), 0}; }

  template <class Block>
  SPECTRAL_OPS_DEVICE void Run(Block& block) const {
    block.Threads([&](int t) {
      const int64_t entry = block.index() * kThreads + t;
      if (entry >= geometry.Elements()) return;
      const int64_t place = PlaceOfEntry(geometry, entry);
      if (place >= 0) y[place] = Write<Out>(tiles[entry]);
    });
  }
};

}  // namespace spectral_ops::gpu
