#include "core/types.h"

#include <initializer_list>
#include <string>

namespace spectral_ops {
namespace {

// `names` are those of Value's enumerators, in their order.
template <class Value>
Status Find(const char* what, std::string_view text, std::initializer_list<const char*> names,
            Value* value) {
  std::string allowed;
  int index = 0;
  for (const char* name : names) {
    if (text == name) {
      *value = static_cast<Value>(index);
      return {};
    }
    allowed += Concat(index++ == 0 ? "'" : ", '", name, "'");
  }
  return Status::InvalidArgument(what, ": '", text, "' is unknown; allowed: ", allowed);
}

}  // namespace

Status Parse(std::string_view text, Norm* norm) {
  return Find("norm", text, {"forward", "ortho", "backward"}, norm);
}

Status Parse(std::string_view text, DataFormat* format) {
  return Find("data_format", text, {"channels_last", "channels_first"}, format);
}

Status Parse(std::string_view text, Padding* padding) {
  return Find("padding", text, {"same", "valid", "full", "circular"}, padding);
}

Status Parse(std::string_view text, Boundary* boundary) {
  return Find("boundary", text, {"periodic", "symmetric"}, boundary);
}

Status Parse(std::string_view text, Alignment* alignment) {
  return Find("alignment", text, {"first", "center"}, alignment);
}

Status RuleOf(Boundary boundary, Alignment alignment, AxisRule* rule) {
  if (boundary == Boundary::kPeriodic) {
    *rule = alignment == Alignment::kFirst ? AxisRule::kPeriodic : AxisRule::kCentered;
    return {};
  }
  *rule = AxisRule::kSymmetric;
  if (alignment == Alignment::kCenter) return {};
  return Status::InvalidArgument(
      "alignment: 'first'; allowed with boundary 'symmetric': 'center', for a mirrored signal has "
      "no sample 0 that another length could keep in its place");
}

Status Parse(std::string_view text, ConvMap* map) {
  return Find("map", text, {"forward", "input_gradient", "filter_gradient"}, map);
}

}  // namespace spectral_ops
