// Tiles of signals: cut out of tensors with what overlaps, and results put back in place.
#pragma once

#include <cstdint>

#include "core/integers.h"
#include "core/types.h"
#include "gpu/block.h"
#include "gpu/divider.h"
#include "gpu/element.h"

namespace spectral_ops::gpu {

// One axis of tiles: entry q of tile i is sample i * step + shift + q, for q in [begin, end). All
// numbers are those of axes, far below 2^31.
struct TileAxis {
  Divider length;  // of a tile
  Divider tiles;   // of the axis
  int32_t step = 1;
  int32_t shift = 0;
  int32_t begin = 0;
  int32_t end = 1;
  Divider samples;    // of the axis
  int32_t turns = 0;  // that a circular axis goes on by for no sample to be below 0, in samples
};

inline TileAxis MakeTileAxis(int64_t length, int64_t tiles, int64_t step, int64_t shift,
                             int64_t begin, int64_t end, int64_t samples) {
  const auto number = [](int64_t n) { return static_cast<int32_t>(n); };
  return {Divider(length),  Divider(tiles),
          number(step),     number(shift),
          number(begin),    number(end),
          Divider(samples), number(shift < 0 ? RoundUp(-shift, samples) : 0)};
}

// Tiles [images, *lengths, channels] or [images, channels, *lengths] of tensors that are
// [batch, *samples, channels] or [batch, channels, *samples]; an image's tiles in a row. A thread
// for each entry of a tile.
struct TileGeometry {
  TileAxis axis[kMaxSpatialRank];
  int64_t image = 0;  // of the first tile
  int32_t first = 0;  // of the tiles of that image
  int32_t tiles = 0;  // to copy
  Divider planes;     // channels that come first
  Divider inner;      // channels that come last
  bool circular = false;

  constexpr int64_t ImageTiles() const {
    return int64_t{axis[0].tiles.value()} * axis[1].tiles.value() * axis[2].tiles.value();
  }
  constexpr int64_t TileElements() const {
    return int64_t{planes.value()} * axis[0].length.value() * axis[1].length.value() *
           axis[2].length.value() * inner.value();
  }
  constexpr int64_t Elements() const { return tiles * TileElements(); }

  // `count` tiles from `tile` of the whole tensor on.
  TileGeometry Part(int64_t tile, int64_t count) const {
    TileGeometry part = *this;
    part.image = tile / ImageTiles();
    part.first = static_cast<int32_t>(tile % ImageTiles());
    part.tiles = static_cast<int32_t>(count);
    return part;
  }
};

// Where an entry of the tiles stands in the tensor, or -1.
SPECTRAL_OPS_DEVICE int64_t PlaceOfEntry(const TileGeometry& g, int32_t entry) {
  int32_t rest = entry;
  const auto take = [&](const Divider& count) {
    const int32_t whole = count.Of(rest);
    const int32_t index = rest - whole * count.value();
    rest = whole;
    return index;
  };
  const int32_t c = take(g.inner);
  int32_t q[kMaxSpatialRank];
  for (int i = kMaxSpatialRank - 1; i >= 0; --i) q[i] = take(g.axis[i].length);
  const int32_t plane = take(g.planes);
  rest += g.first;
  int32_t tile[kMaxSpatialRank];
  for (int i = kMaxSpatialRank - 1; i >= 0; --i) tile[i] = take(g.axis[i].tiles);
  int64_t place = (g.image + rest) * g.planes.value() + plane;
  for (int i = 0; i < kMaxSpatialRank; ++i) {
    const TileAxis& axis = g.axis[i];
    int32_t sample = tile[i] * axis.step + axis.shift + q[i];
    if (q[i] < axis.begin || q[i] >= axis.end) return -1;
    if (g.circular) {
      sample += axis.turns;
      sample -= axis.samples.Of(sample) * axis.samples.value();
    }
    if (sample < 0 || sample >= axis.samples.value()) return -1;
    place = place * axis.samples.value() + sample;
  }
  return place * g.inner.value() + c;
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
      const int64_t place = PlaceOfEntry(geometry, static_cast<int32_t>(entry));
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
      const int64_t place = PlaceOfEntry(geometry, static_cast<int32_t>(entry));
      if (place >= 0) y[place] = Write<Out>(tiles[entry]);
    });
  }
};

}  // namespace spectral_ops::gpu
