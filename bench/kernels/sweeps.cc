#include "sweeps.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <type_traits>
#include <variant>

#include "cases.h"
#include "sweep_list.h"

namespace spectral_ops::bench {
namespace {

double Get(const Field& field) {
  return std::visit([](auto* value) { return static_cast<double>(*value); }, field);
}

void Set(const Field& field, double to) {
  std::visit([to](auto* value) { *value = static_cast<std::decay_t<decltype(*value)>>(to); },
             field);
}

std::vector<double> ValuesAround(double own, const std::string& name) {
  std::vector<double> values;
  const bool fine = name == "fft_cost" || name == "spectral_conv.moments_time" ||
                    name == "spectral_conv.samples_time";
  for (const double factor : fine ? std::vector<double>{0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2}
                                  : std::vector<double>{0.25, 0.5, 0.75, 1, 1.5, 2, 4}) {
    values.push_back(own * factor);
  }
  return values;
}

// One case at all values.
struct Row {
  std::string text;
  size_t plans = 0;  // that differ
  bool same_bits = true;
  std::vector<double> ratios;  // [values], of times to those of the value in use
};

struct Result {
  std::string name;
  double own = 0;  // the value in use
  State state = State::kMemory;
  int threads = 1;
  int rounds = 0;
  std::vector<double> values;
  std::vector<Row> rows;
};

// Plans that are equal are measured once.
Status MeasureRow(const Sweep& sweep, SimdTarget simd, const Result& result,
                  const ParallelFor& threads, Row* row) {
  Case one;
  SPECTRAL_OPS_RETURN_IF_ERROR(Case::Parse(row->text, &one));
  CpuTarget target;
  target.simd = simd;
  const std::vector<double>& values = result.values;
  std::set<uint64_t> bits;
  std::map<std::string, size_t> number;  // of a plan
  std::vector<std::unique_ptr<Trial>> trials;
  std::vector<size_t> used;
  for (size_t i = 0; i <= values.size(); ++i) {
    Set(sweep.field(&target.tuning), i == 0 ? result.own : values[i - 1]);
    auto trial = std::make_unique<Trial>();
    SPECTRAL_OPS_RETURN_IF_ERROR(one.Plan(target, threads, trial.get()));
    const auto found = number.emplace(trial->plan, trials.size());
    used.push_back(found.first->second);
    if (!found.second) continue;
    if (result.state == State::kCopied) CopyBehind(threads, trial.get());
    trial->run();
    bits.insert(HashBits(trial->result));
    trials.push_back(std::move(trial));
  }
  std::vector<Turn> turns;
  turns.reserve(trials.size());
  for (const auto& trial : trials) turns.push_back({&trial->run, &trial->memory, result.state});
  const auto times = Race(turns, result.rounds);
  for (size_t i = 1; i <= values.size(); ++i) {
    std::vector<double> ratios;
    ratios.reserve(static_cast<size_t>(result.rounds));
    for (int r = 0; r < result.rounds; ++r) ratios.push_back(times[used[i]][r] / times[used[0]][r]);
    row->ratios.push_back(Summarize(ratios).median);
  }
  row->plans = trials.size();
  row->same_bits = bits.size() == 1;
  return {};
}

void PrintJson(const Result& result) {
  std::printf(
      "{\"sweep\": %s, \"own\": %.10g, \"state\": \"%s\", \"threads\": %d, \"rounds\": %d, "
      "\"rows\": [",
      Quote(result.name).c_str(), result.own, NameOf(result.state), result.threads, result.rounds);
  for (const Row& row : result.rows) {
    std::printf("%s\n  {\"case\": %s, \"plans\": %zu, \"same_bits\": %s, \"ratios\": {",
                &row == &result.rows.front() ? "" : ",", Quote(row.text).c_str(), row.plans,
                row.same_bits ? "true" : "false");
    for (size_t i = 0; i < result.values.size(); ++i) {
      std::printf("%s\"%.10g\": %.4f", i == 0 ? "" : ", ", result.values[i], row.ratios[i]);
    }
    std::printf("}}");
  }
  std::printf("]}\n");
}

void PrintTable(const Result& result) {
  std::printf(
      "%s, %d threads, %s. Times divided by those of the value in use, %.10g: medians of %d\n"
      "rounds. Equal plans are measured once.\n\n| case | plans | bits |",
      result.name.c_str(), result.threads, PhraseOf(result.state), result.own, result.rounds);
  for (const double value : result.values) std::printf(" %.10g |", value);
  std::printf("\n|---|---:|---|");
  for (size_t i = 0; i < result.values.size(); ++i) std::printf("---:|");
  for (const Row& row : result.rows) {
    std::printf("\n| %s | %zu | %s |", row.text.c_str(), row.plans,
                row.same_bits ? "same" : "differ");
    for (const double ratio : row.ratios) std::printf(" %.2f |", ratio);
  }
  std::printf("\n| geometric mean | | |");
  for (size_t i = 0; i < result.values.size(); ++i) {
    double sum = 0;
    for (const Row& row : result.rows) sum += std::log(row.ratios[i]);
    std::printf(" %.3f |", std::exp(sum / static_cast<double>(result.rows.size())));
  }
  std::printf("\n| most, to the best value of the case | | |");
  for (size_t i = 0; i < result.values.size(); ++i) {
    double most = 1;
    for (const Row& row : result.rows) {
      most =
          std::max(most, row.ratios[i] / *std::min_element(row.ratios.begin(), row.ratios.end()));
    }
    std::printf(" %.2f |", most);
  }
  std::printf("\n\n");
}

void PrintRecipe(const Compiled& constant) {
  std::printf(
      "%s is compiled into the kernels. Worth a try: %s. Build it and let the builds take "
      "turns:\n\n"
      "    cmake --preset kernels -B build/tried -DSPECTRAL_OPS_TUNED=%s=<value>\n"
      "    cmake --build build/tried --target kernel_bench\n"
      "    python bench/kernels/race.py build/kernels/kernel_bench build/tried/kernel_bench \\\n"
      "      %s\n",
      constant.name, constant.values, constant.name, constant.cases);
}

}  // namespace

std::string Quote(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::vector<std::string> NamesOfSweeps() {
  std::vector<std::string> names;
  for (const Sweep& sweep : Sweeps()) names.emplace_back(sweep.name);
  return names;
}

std::string ListSweeps() {
  std::string list = "at run time:\n";
  for (const std::string& name : NamesOfSweeps()) list += "  " + name + "\n";
  list += "compiled in:\n";
  for (const Compiled& constant : CompiledConstants()) {
    list += std::string("  ") + constant.name + "\n";
  }
  return list + "with TensorFlow (python -m bench.conv_choice):\n  conv.fft, direct_conv\n";
}

Status RunSweep(const std::string& name, const Settings& settings) {
  for (const Compiled& constant : CompiledConstants()) {
    if (name != constant.name) continue;
    PrintRecipe(constant);
    return {};
  }
  const auto found = std::find_if(Sweeps().begin(), Sweeps().end(),
                                  [&](const Sweep& sweep) { return name == sweep.name; });
  if (found == Sweeps().end()) {
    return Status::InvalidArgument("sweep: '" + name + "'; allowed:\n" + ListSweeps());
  }
  const Pool pool(found->threaded ? settings.threads.back() : 1);
  Tuning tuning = CpuTuning();
  Result result;
  result.name = name;
  result.own = Get(found->field(&tuning));
  result.state = settings.state.value_or(found->state);
  result.threads = pool.max_workers();
  result.rounds = settings.rounds;
  result.values = settings.values.empty() ? ValuesAround(result.own, name) : settings.values;
  std::vector<std::string> cases = settings.cases;
  if (cases.empty()) cases.assign(found->cases.begin(), found->cases.end());
  bool same_bits = true;
  for (const std::string& text : cases) {
    Row row;
    row.text = text;
    SPECTRAL_OPS_RETURN_IF_ERROR(MeasureRow(*found, settings.simd, result, pool, &row));
    same_bits = same_bits && row.same_bits;
    result.rows.push_back(row);
  }
  settings.json ? PrintJson(result) : PrintTable(result);
  if (same_bits || found->rounds) return {};
  return Status::Internal(name + ": results depend on it, and must not");
}

}  // namespace spectral_ops::bench
