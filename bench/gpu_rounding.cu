// How the tensor cores of this card add, asked one mma.m16n8k8 of tf32 at a time: C + sum a_k.
//
//   nvcc -arch=native -o /tmp/gpu_rounding bench/gpu_rounding.cu && /tmp/gpu_rounding
#include <cuda_runtime_api.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr int kDepth = 8;
constexpr int kWarp = 32;

struct Sum {
  float c = 0;
  float a[kDepth] = {};
};

// All rows of A are a, all of B is 1, all of C is c.
__global__ void AddOnTensorCores(const Sum sum, float* result) {
  const int lane = static_cast<int>(threadIdx.x);
  unsigned a[4];
  for (int i = 0; i < 4; ++i) a[i] = __float_as_uint(sum.a[lane % 4 + 4 * (i / 2)]);
  const unsigned one = __float_as_uint(1.0F);
  float c[4] = {sum.c, sum.c, sum.c, sum.c};
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %8}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(one));
  if (lane == 0) *result = c[0];
}

void Require(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(error));
  std::exit(1);
}

float Add(const Sum& sum, float* result) {
  AddOnTensorCores<<<1, kWarp>>>(sum, result);
  Require(cudaGetLastError(), "launch");
  float value = 0;
  Require(cudaMemcpy(&value, result, sizeof(value), cudaMemcpyDeviceToHost), "cudaMemcpy");
  return value;
}

// `count` products of `each`, added to 1.
bool ReachesNext(int count, float each, float* result) {
  Sum sum;
  sum.c = 1;
  for (int k = 0; k < count; ++k) sum.a[k] = each;
  return Add(sum, result) > 1;
}

}  // namespace

int main() {
  float* result = nullptr;
  Require(cudaMalloc(reinterpret_cast<void**>(&result), sizeof(float)), "cudaMalloc");
  const float unit = std::ldexp(1.0F, -23);  // of 1: what is added is less, or a half of it twice
  Sum sum;
  sum.c = 1;
  sum.a[0] = 0.75F * unit;
  const bool up = Add(sum, result) > 1;
  sum.c = -1;
  sum.a[0] = -0.75F * unit;
  const bool down = Add(sum, result) < -1;
  std::printf("a sum is rounded %s\n", up && down     ? "to nearest"
                                       : !up && !down ? "toward zero"
                                       : down         ? "down"
                                                      : "up");
  std::printf("products that meet the first before anything is cut off:");
  int together = 1;
  for (int k = 1; k < kDepth; ++k) {
    sum = {};
    sum.c = 1;
    sum.a[0] = sum.a[k] = unit / 2;
    if (Add(sum, result) <= 1) continue;
    std::printf(" %d", k);
    ++together;
  }
  std::printf("\nso %d are added at a time, or no bit below the sum's last is kept\n", together);
  const bool one = ReachesNext(2, unit / 2, result);
  const bool two = ReachesNext(4, unit / 4, result);
  const bool three = ReachesNext(8, unit / 8, result);
  std::printf("bits kept below the sum's last: %s\n", three ? "3 or more"
                                                      : two ? "2"
                                                      : one ? "1"
                                                            : "0");
  Require(cudaFree(result), "cudaFree");
  return 0;
}
