#include "cpu/axes/axis_kinds.h"

#include <memory>
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

// f of each kind and its tag.
template <size_t kIndex = 0, class F>
void EachKind(const F& f) {
  if constexpr (kIndex < std::variant_size_v<AxisTables<float>>) {
    f(AxisKind{kIndex}, TypeTag<std::variant_alternative_t<kIndex, AxisTables<float>>>());
    EachKind<kIndex + 1>(f);
  }
}

template <class S>
constexpr size_t kHeadBytes = AlignUp(sizeof(AxisOperator<S>));

}  // namespace

AxisKind ChooseKind(const AxisSpec& spec, double fft_cost, double vectors) {
  AxisKind best = spec.kind;
  double least = 0;
  bool found = false;
  WithKind<float>(spec.kind, [&](auto own) {
    EachKind([&](AxisKind kind, auto other) {
      using Kind = typename decltype(other)::Type;
      if constexpr (std::is_same_v<typename Kind::Family, typename decltype(own)::Type::Family>) {
        AxisSpec way = spec;
        way.kind = kind;
        if (!Kind::Fits(way)) return;
        const double time = vectors * AxisTime(way, fft_cost) + Kind::BuildWork(way);
        if (found && !(time < least)) return;
        found = true;
        least = time;
        best = kind;
      }
    });
  });
  return best;
}

bool AxisFits(const AxisSpec& spec) {
  return WithSpec(spec, [&](auto tag) { return decltype(tag)::Type::Fits(spec); });
}

bool IsIdentity(const AxisSpec& spec) {
  return WithSpec(spec, [&](auto tag) { return decltype(tag)::Type::IsIdentity(spec); });
}

bool CanLeaveCopiesOut(const AxisSpec& spec) {
  return WithSpec(spec, [&](auto tag) { return decltype(tag)::Type::CanLeaveCopiesOut(spec); });
}

std::string NameOfKind(const AxisSpec& spec) {
  return WithSpec(spec, [&](auto tag) { return decltype(tag)::Type::Name(spec); });
}

double AxisWork(const AxisSpec& spec) {
  return WithSpec(spec, [&](auto tag) { return decltype(tag)::Type::Work(spec); });
}

double AxisTime(const AxisSpec& spec, double fft_cost) {
  return WithSpec(spec, [&](auto tag) {
    using Kind = typename decltype(tag)::Type;
    return Kind::kFft ? fft_cost * Kind::Work(spec) : Kind::Work(spec);
  });
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
  void* tables = static_cast<char*>(memory) + kHeadBytes<S>;
  WithKind<S>(spec.kind, [&](auto tag) {
    axis->tables = decltype(tag)::Type::Build(spec, window, tables, table);
  });
  return axis;
}

template const AxisOperator<float>* BuildAxis(const AxisSpec&, const float*, void*, void*);
template const AxisOperator<double>* BuildAxis(const AxisSpec&, const double*, void*, void*);

}  // namespace spectral_ops
