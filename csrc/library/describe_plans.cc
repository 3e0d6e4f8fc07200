#include "cpu/axes/axis_cache.h"
#include "cpu/convolution/conv.h"
#include "cpu/resample/resample.h"
#include "cpu/spectra/spectral_conv.h"
#include "library/describe.h"
#include "library/json.h"

namespace spectral_ops {
namespace {

// The first word of its name.
std::string WayOf(const AxisSpec& spec) {
  const std::string name = NameOfKind(spec);
  return name.substr(0, name.find(' '));
}

}  // namespace

Status Describe(const ResampleCall& call, const CpuTarget& target, int threads, std::string* json) {
  ResamplePlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(PlanResample(call, target, threads, &plan));
  std::vector<std::string> ways;
  for (int i = kMaxSpatialRank - plan.shape.rank; i < kMaxSpatialRank; ++i) {
    ways.push_back(plan.IsIdentity(i) ? "copy" : WayOf(plan.spec[i]));
  }
  *json = JsonObject()("ways", ways)("multiply_adds", CountMultiplyAdds(plan))("tasks", plan.tasks)(
              "workers", plan.workers)("stages", DescribeStages(plan))(
              "copies_last", plan.copied_rows_period > 0)("channel_block", plan.channel_block)(
              "worker_bytes", plan.worker_bytes)("workspace_bytes", plan.workspace_bytes)
              .Text();
  return {};
}

Status Describe(const ConvCall& call, const CpuTarget& target, int threads, std::string* json) {
  ConvPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(PlanConv(call, target, threads, &plan));
  ConvEstimate estimate;
  SPECTRAL_OPS_RETURN_IF_ERROR(EstimateConv(call, target, &estimate));
  std::vector<int64_t> lengths;
  std::vector<int64_t> steps;
  for (int i = kMaxSpatialRank - plan.shape.rank; i < kMaxSpatialRank; ++i) {
    lengths.push_back(plan.axis[i].length);
    steps.push_back(plan.axis[i].step);
  }
  *json =
      JsonObject()("lengths", lengths)("steps", steps)("tiles", plan.tiles)("chunks", plan.chunks)(
          "blocks", plan.blocks)("lanewise", plan.lanewise)("images", plan.images)(
          "workers", plan.workers)("work", plan.work)("workspace_bytes", plan.workspace_bytes)(
          "worker_bytes", plan.worker_bytes)("prefers_fft", estimate.prefers_fft)(
          "fft_time", estimate.fft)("direct_time", estimate.direct)
          .Text();
  return {};
}

Status Describe(const SpectralConvCall& call, const CpuTarget& target, int threads,
                std::string* json) {
  SpectralConvPlan plan;
  SPECTRAL_OPS_RETURN_IF_ERROR(PlanSpectralConv(call, target, threads, &plan));
  std::vector<std::string> ways[2];
  if (plan.filter.runs) {
    constexpr const char* kLanes[] = {"channels", "rows", "signals"};
    const FilterPlan& filter = plan.filter;
    *json = JsonObject()("filter", kLanes[static_cast<int>(filter.lanes_of)])(
                "last_axis", WayOf(filter.axis[2]))("units", filter.units)("steps", filter.steps)(
                "workers", filter.workers)("together", filter.together)(
                "worker_bytes", filter.worker_bytes)("workspace_bytes", filter.workspace_bytes)
                .Text();
    return {};
  }
  for (int side = 0; side < 2; ++side) {
    for (int i = kMaxSpatialRank - plan.shape.rank; i < kMaxSpatialRank; ++i) {
      ways[side].push_back(WayOf(plan.side[side].axis[i]));
    }
  }
  constexpr const char* kLanes[] = {"channels", "planes", "images", "samples"};
  std::vector<std::string> lanes;
  for (const SignalPlan& side : plan.side) lanes.push_back(kLanes[static_cast<int>(side.source)]);
  const std::vector<bool> shared = {plan.side[0].shared, plan.side[1].shared};
  const std::vector<bool> by_slices = {plan.side[0].by_slices, plan.side[1].by_slices};
  *json = JsonObject()("analysis", ways[0])("synthesis", ways[1])("lanes", lanes)(
              "modes", plan.shape.modes())("group", plan.group)("workers", plan.workers)(
              "local", plan.local)("shared", shared)("by_slices", by_slices)(
              "worker_bytes", plan.worker_bytes)("workspace_bytes", plan.workspace_bytes)
              .Text();
  return {};
}

std::string DescribeAxisCache() {
  const CacheUse use = GetAxisCacheUse();
  return JsonObject()("entries", use.entries)("bytes", use.bytes)("limit_bytes", kAxisCacheBytes)
      .Text();
}

}  // namespace spectral_ops
