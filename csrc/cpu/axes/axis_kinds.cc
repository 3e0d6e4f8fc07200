#include "cpu/axes/axis_kinds.h"

#include <memory>
#include <numeric>
#include <type_traits>

#include "core/memory.h"

namespace spectral_ops {
namespace {

template <class T>
struct TypeTag {
  using Type = T;
};

// f of the tag of a kind's tables.
template <class S, size_t kIndex = 0, class F>
auto WithKind(AxisKind kind, const F& f) {
  if constexpr (kIndex + 1 < std::variant_size_v<AxisTables<S>>) {
    if (static_cast<size_t>(kind) != kIndex) return WithKind<S, kIndex + 1>(kind, f);
  }
  return f(TypeTag<std::variant_alternative_t<kIndex, AxisTables<S>>>());
}

// The same in the type that a spec is computed in.
template <class F>
auto WithSpec(const AxisSpec& spec, const F& f) {
  if (spec.type == DataType::kFloat64) return WithKind<double>(spec.kind, f);
  return WithKind<float>(spec.kind, f);
}

template <class S>
constexpr size_t kHeadBytes = AlignUp(sizeof(AxisOperator<S>));

}  // namespace

AxisKind ChooseKind(const AxisSpec& spec, double fft_cost, double vectors) {
  // Above this many entries a matrix is never built.
  constexpr int64_t kMaxEntries = int64_t{1} << 22;
  const bool modes = spec.kind == AxisKind::kModeMatrix || spec.kind == AxisKind::kModeFft;
  const int64_t rows = modes ? 2 * spec.modes.highest() + 1 : spec.shape.m;
  AxisSpec fft = spec;
  AxisSpec matrix = spec;
  fft.kind = modes ? AxisKind::kModeFft : AxisKind::kFft;
  matrix.kind = modes ? AxisKind::kModeMatrix : AxisKind::kMatrix;
  if ((modes ? spec.modes.length : spec.shape.n) > kMaxEntries / rows) return fft.kind;
  double build = 0;
  if (!modes && spec.shape.windowed) {
    // The table that each call fills, in multiply-adds of vectors (docs/performance.md).
    const int64_t table = std::lcm(spec.shape.n, spec.shape.m) / 2 + 1;
    build = static_cast<double>(table) * static_cast<double>(spec.shape.bins()) / 4;
  }
  const double cheaper = vectors * (AxisWork(matrix) - fft_cost * AxisWork(fft)) + build;
  return cheaper > 0 ? fft.kind : matrix.kind;
}

bool CanLeaveCopiesOut(const AxisSpec& spec) {
  const AxisShape& axis = spec.shape;
  return !axis.windowed && axis.n > axis.m && axis.n % axis.m == 0;
}

std::string NameOfKind(const AxisSpec& spec) {
  return WithSpec(spec, [&](auto tag) { return decltype(tag)::Type::Name(spec); });
}

double AxisWork(const AxisSpec& spec) {
  return WithSpec(spec, [&](auto tag) { return decltype(tag)::Type::Work(spec); });
}

int64_t AxisScratch(const AxisSpec& spec) {
  return WithSpec(spec, [&](auto tag) { return decltype(tag)::Type::Scratch(spec); });
}

size_t AxisBytes(const AxisSpec& spec) {
  const size_t head = spec.type == DataType::kFloat64 ? kHeadBytes<double> : kHeadBytes<float>;
  return head + WithSpec(spec, [&](auto tag) { return decltype(tag)::Type::Bytes(spec); });
}

size_t AxisTableBytes(const AxisSpec& spec) {
  return WithSpec(spec, [&](auto tag) { return decltype(tag)::Type::TableBytes(spec); });
}

template <class S>
const AxisOperator<S>* BuildAxis(const AxisSpec& spec, const S* window, void* memory, void* table) {
  static_assert(std::is_trivially_destructible_v<AxisOperator<S>>, "nobody destroys it");
  auto* axis = static_cast<AxisOperator<S>*>(memory);
  std::uninitialized_value_construct_n(axis, 1);
  axis->spec = spec;
  void* tables = static_cast<char*>(memory) + kHeadBytes<S>;
  WithKind<S>(spec.kind, [&](auto tag) {
    axis->tables = decltype(tag)::Type::Build(spec, window, tables, table);
  });
  return axis;
}

template const AxisOperator<float>* BuildAxis(const AxisSpec&, const float*, void*, void*);
template const AxisOperator<double>* BuildAxis(const AxisSpec&, const double*, void*, void*);

}  // namespace spectral_ops
