#include "cpu/axes/axis_operator.h"

#include <memory>
#include <type_traits>

#include "core/memory.h"

namespace spectral_ops {
namespace {

template <class S>
constexpr size_t kHeadBytes = AlignUp(sizeof(AxisOperator<S>));

size_t HeadBytes(DataType type) {
  return type == DataType::kFloat64 ? kHeadBytes<double> : kHeadBytes<float>;
}

}  // namespace

bool AxisSpec::operator==(const AxisSpec& other) const {
  return shape.n == other.shape.n && shape.m == other.shape.m &&
         shape.windowed == other.shape.windowed && without_copies == other.without_copies &&
         norm == other.norm && type == other.type && by_fft == other.by_fft &&
         row_block == other.row_block;
}

size_t AxisOperatorBytes(const AxisSpec& spec) {
  return HeadBytes(spec.type) + (spec.by_fft ? AxisFftBytes(spec.shape, spec.type)
                                             : AxisMatrixBytes(spec.shape, spec.type));
}

size_t AxisOperatorTableBytes(const AxisSpec& spec) {
  return spec.by_fft ? AxisFftTableBytes(spec.shape) : AxisTableBytes(spec.shape);
}

template <class S>
const AxisOperator<S>* BuildAxisOperator(const AxisSpec& spec, const S* window, void* memory,
                                         void* table) {
  static_assert(std::is_trivially_destructible_v<AxisOperator<S>>, "nobody destroys it");
  auto* axis = static_cast<AxisOperator<S>*>(memory);
  std::uninitialized_value_construct_n(axis, 1);
  axis->shape = spec.shape;
  axis->by_fft = spec.by_fft;
  axis->without_copies = spec.without_copies;
  void* tables = static_cast<char*>(memory) + kHeadBytes<S>;
  if (spec.by_fft) {
    axis->fft = BuildAxisFft<S>(spec.shape, spec.norm, window, tables, table);
  } else {
    axis->matrix = BuildAxisMatrix<S>(spec.shape, spec.norm, window, spec.without_copies,
                                      spec.row_block, tables, table);
  }
  return axis;
}

template const AxisOperator<float>* BuildAxisOperator(const AxisSpec&, const float*, void*, void*);
template const AxisOperator<double>* BuildAxisOperator(const AxisSpec&, const double*, void*,
                                                       void*);

}  // namespace spectral_ops
