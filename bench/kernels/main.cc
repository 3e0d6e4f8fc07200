// Times of the kernels alone, and sweeps of the constants by which they are chosen.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "cases.h"
#include "sweeps.h"

namespace spectral_ops::bench {
namespace {

constexpr const char kUsage[] =
    "kernel_bench [options] [run] [case..]    times of the cases, or of the usual ones\n"
    "kernel_bench [options] sweep [name..]    times of other values of a tuning constant; no "
    "name:\n"
    "                                         what there is; all: every one\n"
    "kernel_bench [options] list              the usual cases\n"
    "kernel_bench [options] serve             one time for each case of the input (race.py)\n"
    "\n"
    "A case is a text such as 'resample 8x112x112x64 56x56 adjoint' (bench/kernels/cases.h).\n"
    "\n"
    "  --rounds N              15\n"
    "  --threads N[,N]         1 and all of this machine\n"
    "  --state NAME            memory, cache, or copied: in cache, and each result is copied\n"
    "                          behind its run; run: the first two; a sweep: its own\n"
    "  --simd NAME             the best of this processor\n"
    "  --match TEXT            of the usual cases those that have it\n"
    "  --case TEXT             of a sweep, in the place of its own; may be repeated\n"
    "  --values X[,X]          of a sweep, in the place of its own\n"
    "  --plans                 what each plan chose\n"
    "  --json\n";

constexpr const char* kCases[] = {
    "resample 32x32x32x64 16x16",
    "resample 16x56x56x64 28x28",
    "resample 8x112x112x64 56x56",
    "resample 4x224x224x32 112x112",
    "resample 1x512x512x16 256x256",
    "resample 16x56x56x64 47x47",
    "resample 16x61x67x48 31x29",
    "resample 1x427x640x3 213x320",
    "resample 8x16384x16 4096",
    "resample 2x32x64x64x8 16x32x32",
    "resample 16x64x56x56 28x28 channels_first",
    "resample 8x64x112x112 56x56 channels_first",
    "resample 16x56x56x64 28x28 adjoint",
    "resample 8x112x112x64 56x56 adjoint",
    "resample 8x16384x16 4096 adjoint",
    "resample 64x112x64 56 window_gradient",
    // One axis by itself: each kind, and FFTs of each way of real lengths (packed, passes, chirp).
    "resample 64x112x64 56 matrix",
    "resample 64x112x64 56 fft",
    "resample 64x56x64 49 matrix",
    "resample 64x56x64 49 fft",
    "resample 16x450x64 400 fft",
    "resample 16x405x64 375 fft",
    "resample 16x327x64 309 fft",
    "spectral_conv 16x450x64 16x64 matrix",
    "spectral_conv 16x450x64 16x64 fft",
    "spectral_conv 16x405x64 16x64 fft",
    "spectral_conv 16x327x64 16x64 fft",
    "conv 4x64x64x32 7x7x32x32",
    "conv 4x64x64x32 31x31x32x32",
    "conv 4x64x64x32 7x7x32x32 input_gradient",
    "conv 4x64x64x32 7x7x32x32 filter_gradient",
    "conv 4x64x64x64 7x7x64x1 depthwise",
    "conv 4x64x64x64 31x31x64x1 depthwise",
    "spectral_conv 8x64x64x64 16x9x64x64",
    "spectral_conv 8x64x64x64 16x9x64x64 32x32",
    "spectral_conv 4x128x128x32 32x17x32x32",
    "spectral_conv 8x64x64x64 16x9x64x64 adjoint",
    "spectral_conv 8x64x64x64 16x9x64x64 weight_gradient",
};

std::string Processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

Status Run(const std::vector<std::string>& texts, const Settings& settings) {
  std::vector<std::unique_ptr<Pool>> pools;
  pools.reserve(settings.threads.size());
  for (const int threads : settings.threads) pools.push_back(std::make_unique<Pool>(threads));
  std::vector<State> states = {State::kMemory, State::kCache};
  if (settings.state) states = {*settings.state};
  std::vector<std::unique_ptr<Case>> cases;
  std::vector<std::unique_ptr<Trial>> trials;  // [cases, pools]
  std::vector<Turn> turns;                     // [cases, pools, states]
  CpuTarget target;
  target.simd = settings.simd;
  for (const std::string& text : texts) {
    cases.push_back(std::make_unique<Case>());
    SPECTRAL_OPS_RETURN_IF_ERROR(Case::Parse(text, cases.back().get()));
    for (const auto& pool : pools) {
      trials.push_back(std::make_unique<Trial>());
      Trial* trial = trials.back().get();
      SPECTRAL_OPS_RETURN_IF_ERROR(cases.back()->Plan(target, *pool, trial));
      if (states.front() == State::kCopied) CopyBehind(*pool, trial);
      for (const State state : states) turns.push_back({&trial->run, &trial->memory, state});
    }
  }
  const auto times = Race(turns, settings.rounds);

  const CacheSizes& caches = MachineCaches();
  if (settings.json) {
    std::printf("{\"processor\": %s, \"simd\": \"%s\", \"rounds\": %d, \"times\": [",
                Quote(Processor()).c_str(), SimdTargetName(settings.simd), settings.rounds);
  } else {
    std::printf("%s, %s, caches of %lld and %lld KB. Medians of %d rounds with quartiles, us.\n\n",
                Processor().c_str(), SimdTargetName(settings.simd),
                static_cast<long long>(caches.l1 >> 10), static_cast<long long>(caches.l2 >> 10),
                settings.rounds);
    std::printf("| case | threads |");
    for (const State state : states) {
      std::printf(" %s |", PhraseOf(state));
    }
    std::printf("\n|---|---:|");
    for (size_t i = 0; i < states.size(); ++i) std::printf("---:|");
    std::printf("\n");
  }
  size_t turn = 0;
  for (size_t i = 0; i < trials.size(); ++i) {
    const std::string& text = texts[i / pools.size()];
    const int threads = settings.threads[i % pools.size()];
    if (!settings.json) std::printf("| %s | %d |", text.c_str(), threads);
    for (const State state : states) {
      const Summary ns = Summarize(times[turn++]);
      if (settings.json) {
        std::printf(
            "%s\n  {\"case\": %s, \"threads\": %d, \"state\": \"%s\", \"ns\": %.0f, \"q1\": %.0f, "
            "\"q3\": %.0f, \"bits\": \"%016llx\", \"plan\": %s}",
            turn == 1 ? "" : ",", Quote(text).c_str(), threads, NameOf(state), ns.median, ns.low,
            ns.high, static_cast<unsigned long long>(HashBits(trials[i]->result)),
            Quote(trials[i]->plan).c_str());
      } else {
        std::printf(" %.1f [%.1f-%.1f] |", ns.median / 1e3, ns.low / 1e3, ns.high / 1e3);
      }
    }
    if (!settings.json) std::printf("\n");
    if (!settings.json && settings.plans) std::printf("|   %s |\n", trials[i]->plan.c_str());
  }
  if (settings.json) std::printf("]}\n");
  return {};
}

// Answers each case of the input with one time and the hash of the result, for race.py.
Status Serve(const Settings& settings) {
  const Pool pool(settings.threads.front());
  CpuTarget target;
  target.simd = settings.simd;
  Case one;
  Trial trial;
  for (std::string text; std::getline(std::cin, text);) {
    if (text != one.text()) {
      SPECTRAL_OPS_RETURN_IF_ERROR(Case::Parse(text, &one));
      SPECTRAL_OPS_RETURN_IF_ERROR(one.Plan(target, pool, &trial));
      if (settings.state == State::kCopied) CopyBehind(pool, &trial);
    }
    const double ns = Measure(trial.run, trial.memory, settings.state.value_or(State::kMemory));
    std::printf("%.0f %016llx\n", ns, static_cast<unsigned long long>(HashBits(trial.result)));
    std::fflush(stdout);
  }
  return {};
}

std::vector<double> ParseNumbers(const std::string& text) {
  std::vector<double> numbers;
  std::istringstream in(text);
  for (std::string each; std::getline(in, each, ',');) {
    numbers.push_back(std::strtod(each.c_str(), nullptr));
  }
  return numbers;
}

Status Main(std::vector<std::string> arguments) {
  Settings settings;
  SPECTRAL_OPS_RETURN_IF_ERROR(ActiveSimdTarget(&settings.simd));
  const auto all = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  settings.threads = all == 1 ? std::vector<int>{1} : std::vector<int>{1, all};
  std::vector<std::string> words;
  std::string match;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    if (name == "--json" || name == "--plans") {
      (name == "--json" ? settings.json : settings.plans) = true;
      continue;
    }
    if (name == "--help") {
      std::printf("%s", kUsage);
      return {};
    }
    if (name.rfind("--", 0) != 0) {
      words.push_back(name);
      continue;
    }
    if (++i == arguments.size()) return Status::InvalidArgument(kUsage);
    const std::string& value = arguments[i];
    if (name == "--rounds") {
      settings.rounds = std::max(1, std::atoi(value.c_str()));
    } else if (name == "--threads") {
      settings.threads.clear();
      for (const double n : ParseNumbers(value)) {
        settings.threads.push_back(std::clamp(static_cast<int>(n), 1, 1024));
      }
    } else if (name == "--state") {
      for (const State state : {State::kMemory, State::kCache, State::kCopied}) {
        if (value == NameOf(state)) settings.state = state;
      }
      if (!settings.state || value != NameOf(*settings.state)) {
        return Status::InvalidArgument(kUsage);
      }
    } else if (name == "--simd") {
      SPECTRAL_OPS_RETURN_IF_ERROR(FindSimdTarget(value, &settings.simd));
    } else if (name == "--match") {
      match = value;
    } else if (name == "--case") {
      settings.cases.push_back(value);
    } else if (name == "--values") {
      settings.values = ParseNumbers(value);
    } else {
      return Status::InvalidArgument(kUsage);
    }
  }
  if (settings.threads.empty()) return Status::InvalidArgument(kUsage);

  const std::string command = words.empty() ? "run" : words[0];
  std::vector<std::string> rest(words.begin() + (words.empty() ? 0 : 1), words.end());
  std::vector<std::string> usual;
  for (const std::string text : kCases) {
    if (text.find(match) != std::string::npos) usual.push_back(text);
  }
  if (command == "list") {
    for (const std::string& text : usual) std::printf("%s\n", text.c_str());
    return {};
  }
  if (command == "serve") return Serve(settings);
  if (command == "sweep") {
    if (rest.empty()) std::printf("%s", ListSweeps().c_str());
    if (rest == std::vector<std::string>{"all"}) rest = NamesOfSweeps();
    for (const std::string& name : rest) SPECTRAL_OPS_RETURN_IF_ERROR(RunSweep(name, settings));
    return {};
  }
  if (command != "run") rest = words;  // cases alone
  return Run(rest.empty() ? usual : rest, settings);
}

}  // namespace
}  // namespace spectral_ops::bench

int main(int count, char** arguments) {
  try {
    const spectral_ops::Status status =
        spectral_ops::bench::Main({arguments + 1, arguments + count});
    if (status.ok()) return 0;
    std::fprintf(stderr, "%s\n", status.message().c_str());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "no memory\n");
  }
  return 1;
}
