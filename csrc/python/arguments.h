// Arguments of Python functions as arrays and numbers, with errors that name what is wrong.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/conv.h"
#include "core/dims.h"
#include "core/spectral_conv.h"
#include "core/types.h"
#include "python/backend.h"

namespace spectral_ops {

using Windows = std::vector<std::optional<Array>>;  // one per axis

std::string Repr(const py::handle& object);

// What the module json makes of a text.
py::object ParseJson(const std::string& text);

DataType ParseDataType(const char* name, const std::string& dtype);

// What spectra and weights are for signals of a type.
const char* ComplexName(DataType dtype);

// An int or a sequence of 1 to 3 of them, each from 1 to the longest axis.
Dims ParseSizes(const char* name, const py::object& object);

// The array behind an argument, of the type of another one.
Array ViewLike(Backend& backend, const char* name, const py::object& object, const Array& like);

// The spatial rank of a signal.
int ParseRank(const char* name, const Dims& x);

// Refuses an array that is not [batch, *spatial, channels] or has an empty spatial axis.
void CheckSignal(const char* name, const Array& x, int rank, DataFormat format);

template <class Call>
void ParseNames(const std::string& norm, const std::string& data_format, Call* call) {
  ThrowIfError(Parse(norm, &call->norm));
  ThrowIfError(Parse(data_format, &call->format));
}

// No alignment stands for that which the boundary has by itself.
AxisRule ParseRule(const std::string& boundary, const std::optional<std::string>& alignment);

// No groups stand for depthwise filters.
ConvCall ParseConvCall(ConvMap map, const std::string& padding,
                       const std::optional<int64_t>& groups, const std::string& data_format);

// Fills what a call has besides the dims of its signal, called `name`: `other` is the size of the
// other side. None stands for the signal's size and for all modes.
void ParseSpectralConvSizes(const char* name, const char* other_name, const py::object& other,
                            const py::object& modes, SpectralConvCall* call);

// Windows of the computing type, one per axis or none.
Windows ParseWindows(Backend& backend, const py::object& object, int rank, DataType dtype);

}  // namespace spectral_ops
