// cuFFT plans of contiguous transforms, kept from call to call: making one takes milliseconds.
// Bounded, least recently used first to go; safe to use from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <utility>

#include "core/status.h"
#include "cuda/cufft.h"
#include "cuda/device.h"

namespace spectral_ops {

// `batch` signals, one behind the other: real ones of `length` reals, their half spectra of
// length/2 + 1 complex numbers, complex ones of `length` complex numbers. Real signals may have
// axes before that of `length`.
struct FftKey {
  int device = 0;
  FftKind kind = FftKind::kR2C;
  int64_t length = 0;
  int64_t batch = 0;
  std::array<int64_t, 2> leading = {1, 1};  // lengths; 1: no such axis
};

struct CufftPlan {
  FftKey key;
  CufftHandle handle = -1;
  size_t work_bytes = 0;
  bool leased = false;
  int64_t used = 0;  // when, on the cache's clock
};

class FftPlans;

// A plan that its holder alone may run, until it is destroyed.
class PlanLease {
 public:
  PlanLease() = default;
  ~PlanLease() { Return(); }
  PlanLease(PlanLease&& other) noexcept { *this = std::move(other); }
  PlanLease& operator=(PlanLease&& other) noexcept;
  PlanLease(const PlanLease&) = delete;
  PlanLease& operator=(const PlanLease&) = delete;

  size_t work_bytes() const { return plan_->work_bytes; }

  // Unscaled, as cuFFT is. Data and `work`, of work_bytes(), belong to the caller, stand on the
  // plan's device and are aligned to a complex number; kC2R and kZ2D may overwrite `in`.
  // `direction` is read by kC2C and kZ2Z alone. Returns when the work is queued on `stream`; the
  // lease may end then.
  Status Exec(void* in, void* out, FftDirection direction, void* work, cudaStream_t stream) const;

 private:
  friend class FftPlans;
  void Return();

  FftPlans* owner_ = nullptr;
  CufftPlan* plan_ = nullptr;
};

class FftPlans {
 public:
  // At most `limit` plans on each device, more only while more are leased at once.
  FftPlans(const CufftApi& api, const DeviceCalls& device, size_t limit)
      : api_(api), device_(device), limit_(limit) {}
  FftPlans(const FftPlans&) = delete;
  FftPlans& operator=(const FftPlans&) = delete;

  // The scratch that runs of this plan take; makes the plan.
  Status WorkBytes(const FftKey& key, size_t* bytes);

  Status Lease(const FftKey& key, PlanLease* lease);

 private:
  friend class PlanLease;
  using Plans = std::list<CufftPlan>;

  CufftPlan* Find(const FftKey& key, bool leased_too);
  Status Make(const FftKey& key, CufftPlan* plan) const;
  Status Configure(CufftPlan* plan) const;
  void Keep(Plans made);
  void Trim(int device);

  const CufftApi api_;
  const DeviceCalls device_;
  const size_t limit_;
  std::mutex mutex_;
  Plans plans_;
  int64_t clock_ = 0;
};

constexpr size_t kFftPlansPerDevice = 64;

// Those of this process; kUnavailable where there is no cuFFT.
Status GetFftPlans(FftPlans** plans);

}  // namespace spectral_ops
