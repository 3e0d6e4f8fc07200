// A JSON object, entry by entry.
#pragma once

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace spectral_ops {

class JsonObject {
 public:
  template <class Value>
  JsonObject& operator()(const char* key, const Value& value) {
    text_ += text_.empty() ? "{" : ", ";
    Append(key);
    text_ += ": ";
    Append(value);
    return *this;
  }

  std::string Text() const { return text_.empty() ? "{}" : text_ + "}"; }

 private:
  void Append(std::nullptr_t) { text_ += "null"; }
  void Append(const JsonObject& object) { text_ += object.Text(); }

  void Append(std::string_view value) {
    constexpr char kDigits[] = "0123456789abcdef";
    text_ += '"';
    for (const char c : value) {
      const auto code = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') text_ += '\\';
      if (code < ' ') {
        text_ += "\\u00";
        text_ += kDigits[code / 16];
        text_ += kDigits[code % 16];
      } else {
        text_ += c;
      }
    }
    text_ += '"';
  }
  void Append(const char* value) { Append(std::string_view(value)); }
  void Append(const std::string& value) { Append(std::string_view(value)); }

  template <class Number, class = std::enable_if_t<std::is_arithmetic_v<Number>>>
  void Append(Number value) {
    if constexpr (std::is_same_v<Number, bool>) {
      text_ += value ? "true" : "false";
    } else if constexpr (std::is_integral_v<Number>) {
      text_ += std::to_string(value);
    } else if (std::isfinite(value)) {
      char digits[32];
      text_.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
    } else {  // as Python's module json has them
      text_ += std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    }
  }

  template <class Value>
  void Append(const std::vector<Value>& values) {
    text_ += '[';
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) text_ += ", ";
      Append(Value(values[i]));
    }
    text_ += ']';
  }

  std::string text_;
};

}  // namespace spectral_ops
