// The outcome of a call: nothing in csrc throws or aborts over bad input, it returns one of these.
#ifndef SPECTRAL_OPS_CORE_STATUS_H_
#define SPECTRAL_OPS_CORE_STATUS_H_

#include <string>
#include <utility>

namespace spectral_ops {

enum class StatusCode { kOk, kInvalidArgument, kResourceExhausted, kUnavailable, kInternal };

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status InvalidArgument(std::string message) {
    return {StatusCode::kInvalidArgument, std::move(message)};
  }
  // No memory.
  static Status ResourceExhausted(std::string message) {
    return {StatusCode::kResourceExhausted, std::move(message)};
  }
  // A device or a library that this machine does not have.
  static Status Unavailable(std::string message) {
    return {StatusCode::kUnavailable, std::move(message)};
  }
  static Status Internal(std::string message) {
    return {StatusCode::kInternal, std::move(message)};
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

#endif  // SPECTRAL_OPS_CORE_STATUS_H_
