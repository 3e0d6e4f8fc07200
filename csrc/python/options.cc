#include "python/options.h"

#include "python/arguments.h"

namespace spectral_ops {
namespace {

constexpr int kMaxThreads = 1024;

}  // namespace

Options ParseOptions(const std::string& norm, const std::string& data_format, int threads,
                     const std::optional<std::string>& simd) {
  Options options;
  ThrowIfError(ParseNorm(norm, &options.norm));
  ThrowIfError(ParseDataFormat(data_format, &options.format));
  ThrowIfError(simd ? FindSimdTarget(*simd, &options.simd) : ActiveSimdTarget(&options.simd));
  if (threads < 1 || threads > kMaxThreads) {
    throw py::value_error("threads: " + std::to_string(threads) + "; allowed: 1 to " +
                          std::to_string(kMaxThreads));
  }
  options.threads = threads;
  return options;
}

}  // namespace spectral_ops
