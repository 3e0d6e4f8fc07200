#include "cuda/fft_plans.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace spectral_ops {
namespace {

bool Same(const FftKey& a, const FftKey& b) {
  return a.device == b.device && a.kind == b.kind && a.length == b.length && a.batch == b.batch &&
         a.leading == b.leading;
}

}  // namespace

PlanLease& PlanLease::operator=(PlanLease&& other) noexcept {
  if (this != &other) {
    Return();
    owner_ = std::exchange(other.owner_, nullptr);
    plan_ = std::exchange(other.plan_, nullptr);
  }
  return *this;
}

void PlanLease::Return() {
  if (plan_ == nullptr) return;
  const std::lock_guard<std::mutex> lock(owner_->mutex_);
  plan_->leased = false;
  plan_ = nullptr;
}

// The next holder may run the plan on another stream while this work is still under way: what a
// plan holds on the device (twiddles, code) is only read once it is made, all that a run writes is
// in the work area, which is the caller's, and stream and work area are taken when a run is queued.
// cuFFT's documentation allows such overlap of one plan if each run has a work area of its own; it
// forbids only that two threads use a handle at once, which leases rule out.
Status PlanLease::Exec(void* in, void* out, FftDirection direction, void* work,
                       cudaStream_t stream) const {
  const CufftApi& api = owner_->api_;
  const CufftHandle handle = plan_->handle;
  DeviceScope scope(owner_->device_);
  SPECTRAL_OPS_RETURN_IF_ERROR(scope.Enter(plan_->key.device));
  SPECTRAL_OPS_RETURN_IF_ERROR(CufftStatus("cufftSetStream", api.set_stream(handle, stream)));
  if (plan_->work_bytes != 0) {
    SPECTRAL_OPS_RETURN_IF_ERROR(CufftStatus("cufftSetWorkArea", api.set_work_area(handle, work)));
  }
  switch (plan_->key.kind) {
    case FftKind::kR2C:
      return CufftStatus("cufftExecR2C", api.r2c(handle, in, out));
    case FftKind::kC2R:
      return CufftStatus("cufftExecC2R", api.c2r(handle, in, out));
    case FftKind::kD2Z:
      return CufftStatus("cufftExecD2Z", api.d2z(handle, in, out));
    case FftKind::kZ2D:
      return CufftStatus("cufftExecZ2D", api.z2d(handle, in, out));
    case FftKind::kC2C:
      return CufftStatus("cufftExecC2C", api.c2c(handle, in, out, static_cast<int>(direction)));
    case FftKind::kZ2Z:
      return CufftStatus("cufftExecZ2Z", api.z2z(handle, in, out, static_cast<int>(direction)));
  }
  return Status::Internal("no such kind of transform");
}

Status FftPlans::WorkBytes(const FftKey& key, size_t* bytes) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const CufftPlan* const found = Find(key, /*leased_too=*/true)) {
      *bytes = found->work_bytes;
      return Status();
    }
  }
  Plans made(1);
  SPECTRAL_OPS_RETURN_IF_ERROR(Make(key, &made.front()));
  *bytes = made.front().work_bytes;
  Keep(std::move(made));
  return Status();
}

Status FftPlans::Lease(const FftKey& key, PlanLease* lease) {
  *lease = PlanLease();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (CufftPlan* const found = Find(key, /*leased_too=*/false)) {
      found->leased = true;
      lease->owner_ = this;
      lease->plan_ = found;
      return Status();
    }
  }
  // Not under the lock: others need not wait.
  Plans made(1);
  SPECTRAL_OPS_RETURN_IF_ERROR(Make(key, &made.front()));
  made.front().leased = true;
  lease->owner_ = this;
  lease->plan_ = &made.front();
  Keep(std::move(made));
  return Status();
}

CufftPlan* FftPlans::Find(const FftKey& key, bool leased_too) {
  for (CufftPlan& plan : plans_) {
    if (Same(plan.key, key) && (leased_too || !plan.leased)) {
      plan.used = ++clock_;
      return &plan;
    }
  }
  return nullptr;
}

// A plan belongs to the device that is current when it is made.
Status FftPlans::Make(const FftKey& key, CufftPlan* plan) const {
  DeviceScope scope(device_);
  SPECTRAL_OPS_RETURN_IF_ERROR(scope.Enter(key.device));
  plan->key = key;
  SPECTRAL_OPS_RETURN_IF_ERROR(CufftStatus("cufftCreate", api_.create(&plan->handle)));
  const Status status = Configure(plan);
  if (!status.ok()) api_.destroy(plan->handle);
  return status;
}

Status FftPlans::Configure(CufftPlan* plan) const {
  using Size = long long;  // NOLINT(google-runtime-int): cuFFT's
  const FftKind kind = plan->key.kind;
  const Size length = plan->key.length;
  const Size half = length / 2 + 1;
  const bool from_real = kind == FftKind::kR2C || kind == FftKind::kD2Z;
  const bool to_real = kind == FftKind::kC2R || kind == FftKind::kZ2D;
  // All axes, without those that have one sample, but the last.
  Size n[3];
  Size in[3];
  Size out[3];
  int rank = 0;
  Size lines = 1;
  for (const int64_t other : plan->key.leading) {
    if (other == 1) continue;
    n[rank] = in[rank] = out[rank] = other;
    lines *= other;
    ++rank;
  }
  n[rank] = length;
  in[rank] = to_real ? half : length;
  out[rank] = from_real ? half : length;
  SPECTRAL_OPS_RETURN_IF_ERROR(
      CufftStatus("cufftSetAutoAllocation", api_.set_auto_allocation(plan->handle, 0)));
  return CufftStatus("cufftMakePlanMany64",
                     api_.make_plan_many(plan->handle, rank + 1, n, in, 1, lines * in[rank], out, 1,
                                         lines * out[rank], static_cast<int>(kind), plan->key.batch,
                                         &plan->work_bytes));
}

void FftPlans::Keep(Plans made) {
  const int device = made.front().key.device;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    made.front().used = ++clock_;
    plans_.splice(plans_.end(), made);
  }
  Trim(device);
}

void FftPlans::Trim(int device) {
  Plans old;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto count = static_cast<size_t>(
        std::count_if(plans_.begin(), plans_.end(),
                      [device](const CufftPlan& plan) { return plan.key.device == device; }));
    for (; count > limit_; --count) {
      auto oldest = plans_.end();
      for (auto plan = plans_.begin(); plan != plans_.end(); ++plan) {
        if (plan->key.device != device || plan->leased) continue;
        if (oldest == plans_.end() || plan->used < oldest->used) oldest = plan;
      }
      if (oldest == plans_.end()) break;
      old.splice(old.end(), plans_, oldest);
    }
  }
  if (old.empty()) return;
  // A plan's tables must outlast the work that was queued with it. Waiting for the device is rare
  // here, beside the making of a plan; where it fails, the plans stay.
  DeviceScope scope(device_);
  if (scope.Enter(device).ok() && device_.synchronize().ok()) {
    for (const CufftPlan& plan : old) api_.destroy(plan.handle);
    return;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  plans_.splice(plans_.end(), old);
}

Status GetFftPlans(FftPlans** plans) {
  const CufftApi* api = nullptr;
  SPECTRAL_OPS_RETURN_IF_ERROR(LoadCufft(&api));
  // Never destroyed: the driver may be gone when the process leaves.
  static FftPlans* const kept =
      std::make_unique<FftPlans>(*api, CudaDeviceCalls(), kFftPlansPerDevice).release();
  *plans = kept;
  return Status();
}

}  // namespace spectral_ops
