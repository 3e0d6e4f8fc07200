#include "trials.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <random>
#include <sstream>
#include <type_traits>

#include "cpu/convolution/conv.h"
#include "cpu/resample/resample.h"
#include "cpu/spectra/spectral_conv.h"

namespace spectral_ops::bench {
namespace {

// A plan as text, item by item.
class Text {
 public:
  template <class T>
  Text& operator()(const char* name, const T& value) {
    out_ << ", " << name << " " << value;
    return *this;
  }
  std::string str() const { return out_.str(); }

 private:
  std::ostringstream out_;
};

std::string Describe(const ResamplePlan& plan) {
  return DescribeStages(plan) +
         Text()("channel block", plan.channel_block)("tasks", plan.tasks)(
             "images", plan.image_group)("workers", plan.workers)("pieces", plan.pieces)(
             "rows packed", plan.rows_packed)("ahead", plan.ahead_bytes)(
             "large tile", plan.large_between)("streams", plan.streams)("multiply-adds",
                                                                        CountMultiplyAdds(plan))
             .str();
}

std::string Describe(const WindowGradientPlan& plan) {
  return NameOfKind(plan.spec[0]) + ", " + NameOfKind(plan.spec[1]) +
         Text()("chunks", plan.chunks)("workers", plan.workers).str();
}

std::string Describe(const ConvPlan& plan) {
  Text text;
  for (int i = 0; i < kMaxSpatialRank; ++i) {
    if (plan.axis[i].length > 1) text("length", plan.axis[i].length)("step", plan.axis[i].step);
  }
  text("tiles", plan.tiles)("chunk", plan.chunk)("block", plan.block)("unit", plan.unit);
  text("workers", plan.workers)("pieces", plan.pieces)("streams", plan.streams);
  return (plan.local ? "local" : plan.lanewise ? "lanewise" : "dense") + text.str();
}

std::string Describe(const FilterPlan& plan) {
  Text text;
  text("vectors", plan.subs)("units", plan.units)("together", plan.together);
  text("workers", plan.workers)("pieces", plan.pieces)("ahead", plan.ahead_bytes);
  return "filter by FFTs" + text("streams", plan.streams).str();
}

std::string Describe(const SpectralConvPlan& plan) {
  if (plan.filter.runs) return Describe(plan.filter);
  Text text;
  for (const SignalPlan& side : plan.side) {
    for (int i = kMaxSpatialRank - plan.shape.rank; i < kMaxSpatialRank; ++i) {
      text("axis", NameOfKind(side.axis[i]));
    }
    text("vectors", side.subs)("shared", side.shared)("ahead", side.ahead_bytes);
    text("streams", side.streams);
  }
  text("group", plan.group)("local", plan.local)("workers", plan.workers)("pieces", plan.pieces);
  return text.str().substr(2);
}

// Fills in what all operators have alike. The blocks of FFTs are no part of any plan, but of the
// axes.
template <class Plan, class Call>
Status Finish(void (*kernel)(const Plan&, const Call&, const RunMemory&, const ParallelFor&),
              const std::shared_ptr<Plan>& plan, const Call& call, const CpuTarget& target,
              const ParallelFor& threads, Trial* trial) {
  const auto axes = std::make_shared<HeldAxes>();
  if (!HoldAxes(*plan, axes.get())) return Status::ResourceExhausted("no memory for tables");
  const auto workspace = std::make_shared<Memory>(plan->workspace_bytes);
  trial->memory.push_back(workspace->span());
  for (int i = 0; i < HeldAxes::kMost; ++i) {
    trial->memory.push_back({axes->data()[i], axes->bytes(i)});
  }
  trial->plan = Describe(*plan);
  if (trial->plan.find("fft") != std::string::npos || std::is_same_v<Plan, ConvPlan>) {
    trial->plan += Text()("FFT block", target.tuning.fft_block_bytes).str();
  }
  trial->run = [kernel, plan, axes, workspace, &call, &threads] {
    kernel(*plan, call, {axes->data(), static_cast<char*>(workspace->data())}, threads);
  };
  return {};
}

}  // namespace

Status MakeTrial(const ResampleCall& call, const CpuTarget& target, const ParallelFor& threads,
                 Trial* trial) {
  const auto plan = std::make_shared<ResamplePlan>();
  SPECTRAL_OPS_RETURN_IF_ERROR(PlanResample(call, target, threads.max_workers(), plan.get()));
  return Finish(GetResampleKernels(target.simd).forward, plan, call, target, threads, trial);
}

Status MakeTrial(const WindowGradientCall& call, const CpuTarget& target,
                 const ParallelFor& threads, Trial* trial) {
  const auto plan = std::make_shared<WindowGradientPlan>();
  SPECTRAL_OPS_RETURN_IF_ERROR(PlanWindowGradient(call, target, threads.max_workers(), plan.get()));
  return Finish(GetResampleKernels(target.simd).window_gradient, plan, call, target, threads,
                trial);
}

Status MakeTrial(const ConvCall& call, const CpuTarget& target, const ParallelFor& threads,
                 Trial* trial) {
  const auto plan = std::make_shared<ConvPlan>();
  SPECTRAL_OPS_RETURN_IF_ERROR(PlanConv(call, target, threads.max_workers(), plan.get()));
  return Finish(GetConvKernels(target.simd).run, plan, call, target, threads, trial);
}

Status MakeTrial(const SpectralConvCall& call, const CpuTarget& target, const ParallelFor& threads,
                 Trial* trial) {
  const auto plan = std::make_shared<SpectralConvPlan>();
  SPECTRAL_OPS_RETURN_IF_ERROR(PlanSpectralConv(call, target, threads.max_workers(), plan.get()));
  return Finish(GetSpectralConvKernels(target.simd).run, plan, call, target, threads, trial);
}

void CopyBehind(const ParallelFor& threads, Trial* trial) {
  const auto copy = std::make_shared<Memory>(trial->result.bytes);
  trial->memory.push_back(copy->span());
  trial->run = [run = trial->run, result = trial->result, copy, &threads] {
    run();
    constexpr size_t kPart = size_t{64} << 10;
    std::atomic<size_t> next{0};
    auto body = [&](int) {
      for (size_t at = next.fetch_add(kPart); at < result.bytes; at = next.fetch_add(kPart)) {
        std::memcpy(static_cast<char*>(copy->data()) + at,
                    static_cast<const char*>(result.data) + at, std::min(kPart, result.bytes - at));
      }
    };
    threads.Run(threads.max_workers(), body);
  };
}

Memory::Memory(size_t bytes)
    : bytes_(bytes), data_(std::aligned_alloc(4096, (bytes / 4096 + 1) * 4096)) {
  if (data_ == nullptr) throw std::bad_alloc();
  std::memset(data_.get(), 0, bytes);
}

Memory::Memory(size_t elements, DataType type) : Memory(elements * ElementSize(type)) {
  // Numbers of 1/2 <= |x| < 1: all have the same exponent.
  const int mantissa = type == DataType::kFloat16    ? 10
                       : type == DataType::kBFloat16 ? 7
                       : type == DataType::kFloat32  ? 23
                                                     : 52;
  const auto size = ElementSize(type);
  const int sign = static_cast<int>(8 * size) - 1;
  const uint64_t bias = (uint64_t{1} << (sign - mantissa - 1)) - 1;
  std::mt19937_64 random(1);
  auto* at = static_cast<char*>(data_.get());
  for (size_t i = 0; i < elements; ++i, at += size) {
    const uint64_t bits = random();
    const uint64_t number =
        (bits >> 63 << sign) | ((bias - 1) << mantissa) | (bits & ((uint64_t{1} << mantissa) - 1));
    std::memcpy(at, &number, size);
  }
}

void Memory::Free::operator()(void* data) const { std::free(data); }

}  // namespace spectral_ops::bench
