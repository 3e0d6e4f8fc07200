// Passes along the axes of a tensor, one after the other, settled before any memory is taken: each
// by its matrix (axis_product.h), two of them at once in one kernel where a plane fits shared
// memory (plane_product.h), or by FFTs where an axis is too long for a matrix: in shared memory
// (axis_fft.h) or by a library.
//
// A chain goes over the outermost index in chunks of images whose tensors between passes stay in
// the L2 cache.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/memory.h"
#include "core/status.h"
#include "core/types.h"
#include "gpu/axis_fft.h"
#include "gpu/axis_map.h"
#include "gpu/axis_product.h"
#include "gpu/plane_product.h"

namespace spectral_ops::gpu {

// The offset of a piece of a workspace on a GPU, aligned as its allocators and libraries want it.
inline size_t TakeAligned(size_t* offset, int64_t bytes) {
  return Take(offset, static_cast<size_t>((bytes + 255) / 256 * 256));
}

// Contiguous batched transforms: rows of `length` reals or of length / 2 + 1 complex numbers; of
// kComplex, rows of `length` complex numbers. Real ones may have axes before that of the rows.
enum class FftKind { kRealToComplex, kComplexToReal, kComplex };

struct FftSpec {
  FftKind kind = FftKind::kRealToComplex;
  bool is_double = false;
  int64_t length = 1;
  int64_t batch = 1;
  int64_t leading[kMaxSpatialRank - 1] = {1, 1};  // lengths; 1: no such axis
};

// What a plan needs to know of a device; the FFT library says what memory it wants.
class GpuTraits {
 public:
  virtual ~GpuTraits() = default;
  virtual Status FftWorkBytes(const FftSpec& spec, size_t* bytes) const = 0;

  GpuAlgorithm algorithm = GpuAlgorithm::kAuto;
  size_t shared_pair_bytes = 0;  // that each of two blocks on a processor may have
  size_t shared_bytes = 0;       // that a block may have
  int64_t processors = 1;        // that run blocks
  size_t chunk_bytes = 0;        // of tensors between passes
  size_t fft_bytes = 0;          // of rows that are transformed at once
  int64_t direct_depth = 0;      // of the longest axis that goes by its matrix
  size_t matrix_bytes = 0;       // of the largest matrix
  int64_t folded_depth = 0;      // from which on matrices are folded
  int64_t block_fft_length = 0;  // from which on FFTs in shared memory resample
  bool fuses = true;             // two passes in one kernel, where that fits
};

// Those of another, but nobody is asked for the memory of FFTs: to see what a plan would be.
class TraitsAlone final : public GpuTraits {
 public:
  explicit TraitsAlone(const GpuTraits& traits) : GpuTraits(traits) {}
  Status FftWorkBytes(const FftSpec&, size_t* bytes) const override {
    *bytes = 0;
    return {};
  }
};

// What every plan says of its run.
struct RunSizes {
  int64_t result_elements = 0;
  size_t workspace_bytes = 0;
};

// The FFTs of one axis, their batches left open; returns how many.
int FftsOf(const AxisMap& map, bool is_double, FftSpec* specs);

struct AxisPass {
  AxisMap map;
  int64_t outer = 1;  // of one image
  int64_t inner = 1;
  int window = -1;  // number of the caller's window
  bool by_fft = false;
  bool by_block_fft = false;
  Fold fold;  // of the matrix
  Panel panel;
  AxisFftPlan fft;           // in shared memory
  size_t matrix_offset = 0;  // or of that plan's tables
  int64_t fft_rows = 0;      // at once

  bool ByMatrix() const { return !by_fft && !by_block_fft; }
  int64_t Rows() const { return outer * inner; }
  int64_t InputElements() const { return outer * map.depth() * inner; }
  int64_t OutputElements() const { return outer * map.rows() * inner; }
};

// All passes of a chain at once (whole_fft.h): rows [*lengths] of all axes from the first to the
// last that do anything, right-aligned; axes that are not there have one sample.
struct WholeFft {
  bool used = false;
  AxisMap map[kMaxSpatialRank];
  int window[kMaxSpatialRank] = {-1, -1, -1};
  int64_t outer = 1;  // of one image
  int64_t inner = 1;
  int64_t depth = 1;         // reals of a row that goes in
  int64_t height = 1;        // and of one that comes out
  int64_t row_elements = 0;  // the most that lies between them
  int64_t rows = 0;          // at once
};

struct Chain {
  AxisPass pass[kMaxSpatialRank];
  int count = 0;
  DataType dtype = DataType::kFloat32;
  int64_t images = 0;
  int64_t chunk = 1;   // images
  bool fused = false;  // the first two passes
  PlaneTiling plane;
  WholeFft whole;

  // Bytes from the start of the workspace.
  size_t between_offset[2] = {};
  size_t row_offset[2] = {};  // of FFTs, in turns
  size_t fft_work_offset = 0;
};

// An axis of a chain to come: what happens to it, or nothing.
struct ChainAxis {
  AxisMap map;
  bool skip = false;
  int window = -1;
};

// Settles a chain over `axes` (slowest first) of images [*lengths, inner], in which passes go from
// the last axis to the first, or from the first to the last. Its part of the workspace is behind
// what is taken already. Where there are no elements it has no images, and its passes are not to be
// looked at.
Status MakeChain(const ChainAxis* axes, int rank, int64_t images, int64_t inner, bool last_first,
                 DataType dtype, const GpuTraits& traits, size_t* workspace_bytes, Chain* chain);

}  // namespace spectral_ops::gpu
