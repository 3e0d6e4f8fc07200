#include "cases.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <set>
#include <sstream>
#include <utility>

namespace spectral_ops::bench {
namespace {

// Dims such as 8x112x112x64; rank 0 where `word` is none.
Dims ParseDims(const std::string& word) {
  std::vector<int64_t> lengths;
  std::istringstream in(word);
  for (std::string length; std::getline(in, length, 'x');) {
    if (length.empty() || length.find_first_not_of("0123456789") != std::string::npos) return {};
    lengths.push_back(std::strtoll(length.c_str(), nullptr, 10));
  }
  return MakeDims(lengths.data(), lengths.size());
}

// The words behind the dims; each is taken once, and none may be left.
class Words {
 public:
  void Add(std::string word) { words_.insert(std::move(word)); }
  bool Take(const std::string& word) { return words_.erase(word) > 0; }
  Status CheckTaken() const {
    if (words_.empty()) return {};
    return Status::InvalidArgument("'" + *words_.begin() + "' is not known here");
  }

 private:
  std::set<std::string> words_;
};

DataType TakeType(Words* words) {
  if (words->Take("float16")) return DataType::kFloat16;
  if (words->Take("bfloat16")) return DataType::kBFloat16;
  if (words->Take("float64")) return DataType::kFloat64;
  return DataType::kFloat32;
}

Memory Operand(const Dims& dims, DataType type) {
  return Memory(static_cast<size_t>(CountElements(dims)), type);
}

// Calls of the operators by name; the operands are made in their order, the result last.

Status MakeResample(const Dims& x, const Dims& size, Words* words, ResampleCall* call,
                    std::vector<Memory>* operands) {
  call->x_dims = x;
  call->output_size = size;
  ResampleShape shape;
  Dims y;
  SPECTRAL_OPS_RETURN_IF_ERROR(Check(*call, &shape, &y));
  if (words->Take("adjoint")) {
    std::copy_n(x.length + FirstSpatial(call->format), size.rank, call->output_size.length);
    call->norm = AdjointNorm(call->norm);
    call->x_dims = y;
    y = x;
  }
  operands->push_back(Operand(call->x_dims, call->dtype));
  operands->push_back(Operand(y, call->dtype));
  call->x = (*operands)[0].data();
  call->result = (*operands)[1].data();
  return {};
}

Status MakeWindowGradient(const Dims& x, const Dims& size, WindowGradientCall* call,
                          std::vector<Memory>* operands) {
  call->x_dims = call->grad_dims = x;
  call->grad_dims[FirstSpatial(call->format)] = size[0];
  WindowGradientShape shape;
  Dims window;
  SPECTRAL_OPS_RETURN_IF_ERROR(Check(*call, &shape, &window));
  operands->push_back(Operand(x, call->dtype));
  operands->push_back(Operand(call->grad_dims, call->dtype));
  operands->push_back(Operand(window, call->dtype));
  call->x = (*operands)[0].data();
  call->grad_output = (*operands)[1].data();
  call->result = (*operands)[2].data();
  return {};
}

Status MakeConv(const Dims& x, const Dims& filters, Words* words, ConvCall* call,
                std::vector<Memory>* operands) {
  call->x_dims = x;
  call->filter_dims = filters;
  if (words->Take("depthwise")) call->groups = kDepthwise;
  ConvShape shape;
  Dims y;
  SPECTRAL_OPS_RETURN_IF_ERROR(Check(*call, &shape, &y));
  call->grad_dims = y;
  Dims source = x;
  Dims other = filters;
  Dims result = y;
  if (words->Take("input_gradient")) {
    call->map = ConvMap::kInputGradient;
    std::swap(source, result);
  } else if (words->Take("filter_gradient")) {
    call->map = ConvMap::kFilterGradient;
    std::swap(other, result);
  }
  for (const Dims& dims : {source, other, result}) operands->push_back(Operand(dims, call->dtype));
  call->source = (*operands)[0].data();
  call->other = (*operands)[1].data();
  call->result = (*operands)[2].data();
  return {};
}

Status MakeSpectralConv(const Dims& x, const Dims& weights, const Dims& size, Words* words,
                        SpectralConvCall* call, std::vector<Memory>* operands) {
  const DataType scalar = ComputeTypeOfStored(call->dtype);
  const auto complexes = [&] {
    return Memory(2 * static_cast<size_t>(CountElements(weights)), scalar);
  };
  Dims n;
  n.rank = x.rank - 2;
  std::copy_n(x.length + FirstSpatial(call->format), std::max(n.rank, 0), n.length);
  call->x_dims = x;
  call->weight_dims = weights;
  call->whole = words->Take("whole");
  call->other = size.rank > 0 ? size : n;
  SpectralConvShape shape;
  Dims y;
  SPECTRAL_OPS_RETURN_IF_ERROR(Check(*call, &shape, &y));
  if (words->Take("weight_gradient")) {
    call->kind = SpectralConvKind::kWeightGradient;
    call->other = y;
    operands->push_back(Operand(x, call->dtype));
    operands->push_back(Operand(y, call->dtype));
    operands->push_back(complexes());
    call->grad_output = (*operands)[1].data();
  } else {
    Dims source = x;
    if (words->Take("adjoint")) {
      call->kind = SpectralConvKind::kAdjoint;
      call->x_dims = y;
      call->other = n;
      std::swap(source, y);
    }
    operands->push_back(Operand(source, call->dtype));
    operands->push_back(complexes());
    operands->push_back(Operand(y, call->dtype));
    call->weights = (*operands)[1].data();
  }
  call->source = (*operands)[0].data();
  call->result = (*operands)[2].data();
  return {};
}

}  // namespace

Status Case::Parse(const std::string& text, Case* made) {
  made->text_ = text;
  made->operands_.clear();
  std::istringstream in(text);
  std::string word;
  std::string name;
  std::vector<Dims> dims;
  Words words;
  for (in >> name; in >> word;) {
    const Dims found = ParseDims(word);
    if (found.rank > 0) {
      dims.push_back(found);
    } else {
      words.Add(word);
    }
  }
  const size_t most = name == "spectral_conv" ? 3 : 2;
  if (dims.size() < 2 || dims.size() > most) {
    return Status::InvalidArgument("'" + text +
                                   "': allowed: an operator and its dims, such as "
                                   "'resample 8x112x112x64 56x56'");
  }
  made->kind_ = words.Take("matrix") ? "matrix" : words.Take("fft") ? "fft" : "";
  const DataType type = TakeType(&words);
  const DataFormat format =
      words.Take("channels_first") ? DataFormat::kChannelsFirst : DataFormat::kChannelsLast;
  const auto make = [&](auto call, const auto& fill) {
    call.dtype = type;
    call.format = format;
    Status status = fill(&call);
    made->call_ = call;
    return status;
  };
  std::vector<Memory>* operands = &made->operands_;
  Status status = Status::InvalidArgument("'" + name + "' is no operator");
  if (name == "resample" && words.Take("window_gradient")) {
    status = make(WindowGradientCall(), [&](WindowGradientCall* call) {
      return MakeWindowGradient(dims[0], dims[1], call, operands);
    });
  } else if (name == "resample") {
    status = make(ResampleCall(), [&](ResampleCall* call) {
      return MakeResample(dims[0], dims[1], &words, call, operands);
    });
  } else if (name == "conv") {
    status = make(ConvCall(), [&](ConvCall* call) {
      return MakeConv(dims[0], dims[1], &words, call, operands);
    });
  } else if (name == "spectral_conv") {
    status = make(SpectralConvCall(), [&](SpectralConvCall* call) {
      return MakeSpectralConv(dims[0], dims[1], dims.size() > 2 ? dims[2] : Dims(), &words, call,
                              operands);
    });
  }
  if (status.ok()) status = words.CheckTaken();
  if (status.ok()) return status;
  return Status::InvalidArgument("'" + text + "': " + status.message());
}

Status Case::Plan(CpuTarget target, const ParallelFor& threads, Trial* trial) const {
  if (kind_ == "matrix") target.tuning.fft_cost = std::numeric_limits<double>::infinity();
  if (kind_ == "fft") target.tuning.fft_cost = 0;
  trial->memory.clear();
  for (const Memory& operand : operands_) trial->memory.push_back(operand.span());
  trial->result = operands_.back().span();
  return std::visit([&](const auto& call) { return MakeTrial(call, target, threads, trial); },
                    call_);
}

}  // namespace spectral_ops::bench
