// How device code of this library is written, so that the same lines run as a CUDA kernel and, for
// tests on machines without a GPU, on the host.
//
// A kernel is a struct of plain values with a method `template <class Block> Run(Block&)`, which is
// the work of one block of threads. Block gives
//
//   block.index()                its number in the grid
//   block.Threads(f)             f(t) for every thread t of the block
//   block.Warps(n, f)            f(w), w a block of its first n warps alone
//   block.Sync()                 shared memory written before is seen after
//   Shared<T> s = block.template shared<T>(offset); s.Load(t, i); s.Store(t, i, value)
//   s.StorePair(t, i, value, next)   two neighbours at once, i even
//   s.From(i)                    the same memory, counted from place i on
//   s.Copy(t, i, from)           begins to bring 16 bytes, aligned, from memory to place i
//   block.WaitForCopies()        those that were begun are there, for others after a Sync
//   typename Block::template PerThread<T> r; r[t]     registers of a thread
//   block.Multiply(c, a, b)      tensor cores, on fragments in registers (mma.h)
//
// Control flow outside Threads is the same for all threads. On the host
// (python/testing/host_block.h) shared memory remembers who touched what since the last Sync and
// reports races.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/device.h"

#ifdef __CUDACC__
#define SPECTRAL_OPS_UNROLL _Pragma("unroll")
#define SPECTRAL_OPS_NO_UNROLL _Pragma("unroll 1")
#else
#define SPECTRAL_OPS_UNROLL
#define SPECTRAL_OPS_NO_UNROLL
#endif

namespace spectral_ops::gpu {

constexpr int kWarp = 32;
constexpr int kThreads = 256;  // of every block
constexpr int kWarps = kThreads / kWarp;

constexpr size_t kCopyBytes = 16;

// Blocks of a launch and the shared memory of each.
struct Grid {
  int64_t blocks = 0;
  size_t shared_bytes = 0;
};

}  // namespace spectral_ops::gpu
