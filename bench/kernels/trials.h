// Calls of operators, planned and ready to run.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/conv.h"
#include "core/resample.h"
#include "core/spectral_conv.h"
#include "cpu/base/runtime.h"
#include "measure.h"

namespace spectral_ops::bench {

// One plan of a call, ready to run again and again.
struct Trial {
  std::string plan;  // all that it chose: trials of one case with equal plans are the same
  std::function<void()> run;
  std::vector<Span> memory;  // all that a run touches
  Span result;
};

// Memory that is aligned and, if it has a type, holds numbers of that type.
class Memory {
 public:
  explicit Memory(size_t bytes);
  Memory(size_t elements, DataType type);
  void* data() const { return data_.get(); }
  Span span() const { return {data_.get(), bytes_}; }

 private:
  struct Free {
    void operator()(void* data) const;
  };
  size_t bytes_;
  std::unique_ptr<void, Free> data_;
};

// Has each run end with a copy of its result by all threads, as the next operator would read it.
void CopyBehind(const ParallelFor& threads, Trial* trial);

// Plans the call and fills `trial`, whose operands are there already; it refers to `call` and to
// `threads`.
Status MakeTrial(const ResampleCall& call, const CpuTarget& target, const ParallelFor& threads,
                 Trial* trial);
Status MakeTrial(const WindowGradientCall& call, const CpuTarget& target,
                 const ParallelFor& threads, Trial* trial);
Status MakeTrial(const ConvCall& call, const CpuTarget& target, const ParallelFor& threads,
                 Trial* trial);
Status MakeTrial(const SpectralConvCall& call, const CpuTarget& target, const ParallelFor& threads,
                 Trial* trial);

}  // namespace spectral_ops::bench
