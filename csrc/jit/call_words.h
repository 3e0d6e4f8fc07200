// A call as numbers, as XLA keeps it between compiling and running, in one process and in one build
// of this library. Its tensors are numbers of operands meanwhile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "core/conv.h"
#include "core/resample.h"
#include "core/spectral_conv.h"
#include "core/wavelet.h"

namespace spectral_ops {

// The tensors that a call reads.
using TensorField = const void**;
inline std::vector<TensorField> TensorsOf(ResampleCall* call) {
  return {&call->x, &call->windows[0], &call->windows[1], &call->windows[2]};
}
inline std::vector<TensorField> TensorsOf(WindowGradientCall* call) {
  return {&call->x, &call->grad_output};
}
inline std::vector<TensorField> TensorsOf(ConvCall* call) { return {&call->source, &call->other}; }
inline std::vector<TensorField> TensorsOf(SpectralConvCall* call) {
  return {&call->source, &call->weights, &call->grad_output};
}
inline std::vector<TensorField> TensorsOf(SpectralConvGradientsCall* call) {
  return {&call->x, &call->weights, &call->grad_output, &call->spectrum};
}
inline std::vector<TensorField> TensorsOf(WaveletCall* call) {
  return {&call->x, &call->bands, &call->filters[0], &call->filters[1], &call->filters[2]};
}

// What stands for operand `i` in the place of its data.
inline const void* OperandMark(int i) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a number, until a run has the data
  return reinterpret_cast<const void*>(static_cast<uintptr_t>(i) + 1);
}

// Puts the data in the place of each mark; data(i) is that of operand `i`.
template <class Call, class DataOf>
void PlaceOperands(const DataOf& data, Call* call) {
  for (const TensorField field : TensorsOf(call)) {
    if (*field != nullptr) *field = data(reinterpret_cast<uintptr_t>(*field) - 1);
  }
}

template <class Call>
constexpr size_t kWordsOf = (sizeof(Call) + sizeof(int64_t) - 1) / sizeof(int64_t);

template <class Call>
std::array<int64_t, kWordsOf<Call>> ToWords(const Call& call) {
  static_assert(std::is_trivially_copyable_v<Call>);
  std::array<int64_t, kWordsOf<Call>> words = {};
  std::memcpy(words.data(), &call, sizeof(Call));
  return words;
}

template <class Call>
Call FromWords(const int64_t* words) {
  Call call;
  std::memcpy(static_cast<void*>(&call), words, sizeof(Call));
  return call;
}

}  // namespace spectral_ops
