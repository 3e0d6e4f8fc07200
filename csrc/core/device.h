// Marks what both the host and a GPU run.
#pragma once

#ifdef __CUDACC__
#define SPECTRAL_OPS_DEVICE __device__ __forceinline__
#define SPECTRAL_OPS_HOST_DEVICE __host__ __device__ __forceinline__
#else
#define SPECTRAL_OPS_DEVICE inline
#define SPECTRAL_OPS_HOST_DEVICE inline
#endif
