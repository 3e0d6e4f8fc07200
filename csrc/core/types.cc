#include "core/types.h"

namespace spectral_ops {
Status Parse(std::string_view text, Norm* norm) {
  return FindName("norm", text, {"forward", "ortho", "backward"}, norm);
}

Status Parse(std::string_view text, DataFormat* format) {
  return FindName("data_format", text, {"channels_last", "channels_first"}, format);
}

Status Parse(std::string_view text, Padding* padding) {
  return FindName("padding", text, {"same", "valid", "full", "circular"}, padding);
}

Status Parse(std::string_view text, Boundary* boundary) {
  return FindName("boundary", text, {"periodic", "symmetric"}, boundary);
}

Status Parse(std::string_view text, Alignment* alignment) {
  return FindName("alignment", text, {"first", "center"}, alignment);
}

Status Parse(std::string_view text, GpuAlgorithm* algorithm) {
  return FindName("algorithm", text, {"auto", "matrix", "fft"}, algorithm);
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
  return FindName("map", text, {"forward", "input_gradient", "filter_gradient"}, map);
}

}  // namespace spectral_ops
