// Filters: the half spectrum of each block of channels times a response, between the transforms
// there and back, the gradient of the response, and both gradients at once (docs/conventions.md,
// section 18).
//
//   y = irfftn(H rfftn(x)),  the adjoint has conj(H);  dL/dH = s sum conj(rfftn(x)) rfftn(g)
//
// The plan: cpu/spectra/filter_plan.h; the walk: filter_walk-inl.h. Compiled once for each SIMD
// target.
#include "cpu/spectra/filter-inl.h"

#include "cpu/base/parallel.h"
#include "cpu/base/streams.h"
#include "cpu/base/vector-inl.h"
#include "cpu/spectra/filter_response-inl.h"
#include "cpu/spectra/filter_signals-inl.h"
#include "cpu/spectra/filter_walk-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spectral_ops {
namespace HWY_NAMESPACE {
namespace {

template <class T>
class FilterRun {
 public:
  using S = ComputeType<T>;

  FilterRun(const FilterPlan& plan, const FilterTensors& tensors, const RunMemory& memory)
      : plan_(plan), tensors_(tensors), memory_(memory) {}

  void Run(const ParallelFor& parallel) const {
    const int64_t before = Spreads() ? 1 : 0;
    const int64_t own = plan_.together ? plan_.steps * FilterWalk<T>::kStages : 1;
    const int64_t after = plan_.sums > 0 ? 1 : 0;
    StagedWork work(before + own + after, plan_.pieces);
    const bool streams = plan_.streams && BeginsLine(tensors_.result);
    const bool streams_spectrum = plan_.streams_spectrum && BeginsLine(tensors_.spectrum);
    auto body = [&](int worker) {
      if (plan_.lanes_are_signals()) {
        FilterSignals<T> signals(plan_, memory_, response(), spectrum(), Signals().of, Own(worker));
        const int32_t order[2] = {0, 0};
        Take(&work, before, own, order, [&](int64_t, const Piece& piece) {
          const UnitRange units = piece.Of(plan_.units);
          for (int64_t unit = units.begin; unit < units.end; ++unit) signals.RunUnit(unit);
        });
        return;
      }
      FilterWalk<T> walk(plan_, memory_, response(), spectrum(), Signals().of, streams,
                         streams_spectrum, Own(worker));
      Take(&work, before, own, walk.order(), [&](int64_t stage, const Piece& piece) {
        if (plan_.together) return walk.RunStage(stage, piece);
        const UnitRange units = piece.Of(plan_.units);
        for (int64_t unit = units.begin; unit < units.end; ++unit) walk.RunUnit(unit, units.end);
      });
      if (streams || streams_spectrum) FinishStreams();
    };
    parallel.Run(plan_.workers, body);
  }

 private:
  struct Tensors {
    T* of[3];
  };

  bool Spreads() const { return plan_.planar && plan_.returns; }
  const S* response() const { return static_cast<const S*>(tensors_.response); }
  S* spectrum() const { return static_cast<S*>(tensors_.spectrum); }
  char* Own(int worker) const {
    return memory_.workspace + plan_.worker_offset +
           static_cast<size_t>(worker) * plan_.worker_bytes;
  }
  S* At(size_t offset) const { return reinterpret_cast<S*>(memory_.workspace + offset); }

  // What is analysed is only read.
  Tensors Signals() const {
    const auto at = [](const void* tensor) { return static_cast<T*>(const_cast<void*>(tensor)); };
    if (plan_.sums == 0) return {{at(tensors_.source), at(tensors_.result), nullptr}};
    if (plan_.takes) return {{at(tensors_.grad_output), at(tensors_.result), nullptr}};
    return {{at(tensors_.source), at(tensors_.grad_output), at(tensors_.result)}};
  }

  // Works with the others: run(stage, piece) of the stages that are the walk's own.
  template <class F>
  void Take(StagedWork* work, int64_t before, int64_t own, const int32_t* order,
            const F& run) const {
    const FilterResponse<S> numbers(plan_, order);
    work->Take([&](int64_t stage, const Piece& piece) {
      if (stage < before) {
        numbers.Spread(response(), piece.Of(plan_.rows()), At(plan_.planar_offset));
      } else if (stage < before + own) {
        run(stage - before, piece);
      } else {
        numbers.Finish(At(plan_.sums_offset), piece.Of(plan_.rows()),
                       static_cast<S*>(tensors_.sums));
      }
    });
  }

  const FilterPlan& plan_;
  const FilterTensors& tensors_;
  const RunMemory& memory_;
};

}  // namespace

void RunFilter(const FilterPlan& plan, const FilterTensors& tensors, const RunMemory& memory,
               const ParallelFor& parallel) {
  ForType<hwy::float16_t, hwy::bfloat16_t>(plan.dtype, [&](auto tag) {
    FilterRun<typename decltype(tag)::Type>(plan, tensors, memory).Run(parallel);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace spectral_ops
HWY_AFTER_NAMESPACE();
