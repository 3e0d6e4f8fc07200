// The device of gpu/chain_run.h that is a CUDA stream, and the blocks of gpu/block.h that
// are blocks of CUDA threads.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/status.h"
#include "cuda/device.h"
#include "cuda/fft_plans.h"
#include "cuda/runtime.h"
#include "gpu/block.h"
#include "gpu/chain.h"
#include "gpu/mma.h"

namespace spectral_ops {

extern __shared__ __align__(16) char shared_memory[];  // NOLINT: CUDA's way to name it

class DeviceBlock {
 public:
  template <class T>
  class Shared {
   public:
    Shared() = default;
    __device__ explicit Shared(T* at) : at_(at) {}
    template <class I>
    __device__ __forceinline__ Shared From(I i) const {
      return Shared(at_ + i);
    }
    template <class I>
    __device__ __forceinline__ T Load(int, I i) const {
      return at_[i];
    }
    template <class I>
    __device__ __forceinline__ void Store(int, I i, T value) const {
      at_[i] = value;
    }
    template <class I>
    __device__ __forceinline__ void StorePair(int, I i, T value, T next) const {
      struct alignas(2 * sizeof(T)) Pair {
        T value;
        T next;
      };
      *reinterpret_cast<Pair*>(at_ + i) = {value, next};
    }
    template <class I>
    __device__ __forceinline__ void Copy(int, I i, const T* from) const {
      const auto to = static_cast<unsigned>(__cvta_generic_to_shared(at_ + i));
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(to), "l"(from) : "memory");
    }

   private:
    T* at_;
  };

  template <class T>
  class PerThread {
   public:
    __device__ __forceinline__ T& operator[](int) { return value_; }

   private:
    T value_;
  };

  __device__ __forceinline__ int64_t index() const { return blockIdx.x; }
  template <class F>
  __device__ __forceinline__ void Threads(const F& f) const {
    f(static_cast<int>(threadIdx.x));
  }
  template <class F>
  __device__ __forceinline__ void Warps(int count, const F& f) {
    // The same for all lanes, which the compiler learns from the shuffle.
    const int warp = __shfl_sync(0xffffffffU, static_cast<int>(threadIdx.x) / gpu::kWarp, 0);
    if (warp < count) f(*this);
  }
  __device__ __forceinline__ void Sync() const { __syncthreads(); }
  __device__ __forceinline__ void WaitForCopies() const {
    asm volatile("cp.async.wait_all;" ::: "memory");
  }
  template <class T>
  __device__ __forceinline__ Shared<T> shared(size_t offset) const {
    return Shared<T>(reinterpret_cast<T*>(shared_memory + offset));
  }

  // C[r][q] += part `pa` of A[r] times part `pb` of B[s].
  template <class S, class C, class A, class B>
  __device__ __forceinline__ void Multiply(C& c, A& a, B& b, int r, int q, int s, int pa,
                                           int pb) const {
    Add(c[0][r][q], a[0][r].part[pa].value, b[0][s].part[pb]);
  }

 private:
  static __device__ __forceinline__ void Add(gpu::FragmentC<float>& c, const float (&a)[4],
                                             const float (&b)[2]) {
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c.value[0]), "+f"(c.value[1]), "+f"(c.value[2]), "+f"(c.value[3])
        : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])),
          "r"(__float_as_uint(a[3])), "r"(__float_as_uint(b[0])), "r"(__float_as_uint(b[1])));
  }
  static __device__ __forceinline__ void Add(gpu::FragmentC<double>& c, const double (&a)[1],
                                             const double (&b)[1]) {
    asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0, %1}, {%2}, {%3}, {%0, %1};"
                 : "+d"(c.value[0]), "+d"(c.value[1])
                 : "d"(a[0]), "d"(b[0]));
  }
};

template <class Kernel>
__global__ void __launch_bounds__(gpu::kThreads, 2)
    RunKernel(const __grid_constant__ Kernel kernel) {
  DeviceBlock block;
  kernel.Run(block);
}

class CudaDevice {
 public:
  explicit CudaDevice(const CudaStream& stream)
      : stream_(stream), scope_(CudaDeviceCalls()), status_(scope_.Enter(stream.device)) {}

  template <class Kernel>
  Status Launch(const Kernel& kernel) {
    SPECTRAL_OPS_RETURN_IF_ERROR(status_);
    const gpu::Grid grid = kernel.grid();
    if (grid.blocks == 0) return {};
    if (grid.blocks > std::numeric_limits<int32_t>::max()) {
      return Status::InvalidArgument("x: ", grid.blocks,
                                     " blocks of threads; a GPU takes 2147483647");
    }
    const auto* const entry = reinterpret_cast<const void*>(&RunKernel<Kernel>);
    constexpr size_t kWithoutAsking = size_t{48} << 10;
    if (grid.shared_bytes > kWithoutAsking) {
      static SharedMemoryGrant grant;  // of this kernel
      SPECTRAL_OPS_RETURN_IF_ERROR(grant.Ask(CudaDeviceCalls(), entry, stream_.device));
    }
    void* arguments[] = {const_cast<Kernel*>(&kernel)};
    return CudaStatus(
        "cudaLaunchKernel",
        cudaLaunchKernel(entry, dim3(static_cast<unsigned>(grid.blocks)), dim3(gpu::kThreads),
                         arguments, grid.shared_bytes, stream_.stream));
  }

  Status Fft(const gpu::FftSpec& spec, const void* in, void* out, bool inverse, void* work);

  Status Zero(void* memory, size_t bytes) {
    SPECTRAL_OPS_RETURN_IF_ERROR(status_);
    return CudaStatus("cudaMemsetAsync", cudaMemsetAsync(memory, 0, bytes, stream_.stream));
  }
  Status Copy(void* to, const void* from, size_t bytes) {
    SPECTRAL_OPS_RETURN_IF_ERROR(status_);
    return CudaStatus("cudaMemcpyAsync",
                      cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_.stream));
  }

 private:
  const CudaStream stream_;
  DeviceScope scope_;
  const Status status_;
};

}  // namespace spectral_ops
