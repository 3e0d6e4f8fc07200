#include "core/types.h"

#include <string>

namespace spectral_ops {

Status ParseNorm(std::string_view text, Norm* norm) {
  if (text == "forward") {
    *norm = Norm::kForward;
  } else if (text == "ortho") {
    *norm = Norm::kOrtho;
  } else if (text == "backward") {
    *norm = Norm::kBackward;
  } else {
    return Status::InvalidArgument("norm: '" + std::string(text) +
                                   "' is unknown; allowed: 'forward', 'ortho', 'backward'");
  }
  return {};
}

Status ParseDataFormat(std::string_view text, DataFormat* format) {
  if (text == "channels_last") {
    *format = DataFormat::kChannelsLast;
  } else if (text == "channels_first") {
    *format = DataFormat::kChannelsFirst;
  } else {
    return Status::InvalidArgument("data_format: '" + std::string(text) +
                                   "' is unknown; allowed: 'channels_last', 'channels_first'");
  }
  return {};
}

}  // namespace spectral_ops
