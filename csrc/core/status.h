// The outcome of a call: nothing in csrc throws or aborts over bad input, it returns one of these.
#pragma once

#include <string>
#include <type_traits>
#include <utility>

namespace spectral_ops {

// Strings and integers, one behind the other.
template <class... Parts>
std::string Concat(const Parts&... parts) {
  std::string text;
  const auto append = [&text](const auto& part) {
    if constexpr (std::is_integral_v<std::decay_t<decltype(part)>>) {
      text += std::to_string(part);
    } else {
      text += part;
    }
  };
  (append(parts), ...);
  return text;
}

enum class StatusCode {  // with the numbers of absl's
  kOk = 0,
  kInvalidArgument = 3,
  kResourceExhausted = 8,
  kInternal = 13,
  kUnavailable = 14,
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  // Of a message in parts (Concat).
  template <class... Parts>
  static Status InvalidArgument(const Parts&... parts) {
    return {StatusCode::kInvalidArgument, Concat(parts...)};
  }
  // No memory.
  template <class... Parts>
  static Status ResourceExhausted(const Parts&... parts) {
    return {StatusCode::kResourceExhausted, Concat(parts...)};
  }
  // A device or a library that this machine does not have.
  template <class... Parts>
  static Status Unavailable(const Parts&... parts) {
    return {StatusCode::kUnavailable, Concat(parts...)};
  }
  template <class... Parts>
  static Status Internal(const Parts&... parts) {
    return {StatusCode::kInternal, Concat(parts...)};
  }

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

}  // namespace spectral_ops

#define SPECTRAL_OPS_RETURN_IF_ERROR(expression)                 \
  do {                                                           \
    ::spectral_ops::Status status_of_expression = (expression);  \
    if (!status_of_expression.ok()) return status_of_expression; \
  } while (false)
