#!/usr/bin/env bash
# The first half hour on a machine with a GPU, in steps that a time limit ends.
#
#   bench/gpu_session.sh env build smoke test
#   bench/gpu_session.sh sanitize
#   bench/gpu_session.sh bench profile tune
#
# Needs no make and no TensorFlow: nvcc, g++, and a Python with PyTorch and requirements/kernels.txt.
# Every step writes its log and its files to $OUT and says at the end what came of it; a step that
# fails does not stop the next ones. The last lines are a table; the exit status is 1 where a step
# failed.
#
#   OUT      a folder for logs, reports and JSON (build/gpu-session)
#   PYTHON   the interpreter (python3)
#   BUILD    the folder that the step build fills (build/gpu)
#   ARCH     what to compile for (that of the first GPU, as 90-real)
#   LIMIT    seconds for each step, in place of its own
# shellcheck disable=SC2317  # steps are called by name
set -uo pipefail

readonly STEPS=(env build smoke test sanitize bench profile tune)
declare -rA LIMITS=([env]=30 [build]=400 [smoke]=90 [test]=300 [sanitize]=420 [bench]=420
                    [profile]=300 [tune]=300)

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export OUT=${OUT:-$ROOT/build/gpu-session} PYTHON=${PYTHON:-python3} BUILD=${BUILD:-$ROOT/build/gpu}
mkdir -p "$OUT" && OUT=$(cd "$OUT" && pwd) || exit 2
BUILD=$(realpath -m "$BUILD")
PATH=$PATH:/usr/local/cuda/bin
PYTHON=$(realpath -s "$(command -v "$PYTHON")") || { echo "no $PYTHON" >&2; exit 2; }

say() { echo "summary: $*"; }
fail() {
  say "$*"
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }
capability() { nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -1; }

# Runs Python in the folder of the build, whose `spectral_ops` it then finds first.
in_build() {
  compgen -G "$BUILD/spectral_ops/_kernels*.so" >/dev/null || fail "nothing built in $BUILD: run the step build"
  (cd "$BUILD" && PYTHONPATH=$ROOT${PYTHONPATH:+:$PYTHONPATH} "$PYTHON" "$@")
}

needs_gpu() {
  nvidia-smi -L 2>/dev/null | grep -q GPU || fail "no GPU: nvidia-smi shows none"
}

on_gpu() {
  needs_gpu
  in_build "$@"
}

missing=()
needs() {  # name, command...
  local name=$1
  shift
  if "$@"; then echo "ok       $name"; else
    echo "MISSING  $name"
    missing+=("$name")
  fi
}

step_env() {
  nvidia-smi 2>&1 | head -20
  free -g 2>/dev/null
  nproc
  needs "a GPU" bash -o pipefail -c 'nvidia-smi -L | grep GPU'
  needs nvcc bash -o pipefail -c 'nvcc --version | tail -2'
  needs g++ bash -o pipefail -c 'g++ --version | head -1'
  needs "$PYTHON" "$PYTHON" -c 'import sys; print(sys.version); sys.exit(sys.version_info < (3, 10))'
  needs Python.h "$PYTHON" -c 'import pathlib, sys, sysconfig
sys.exit(not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists())'
  local module
  for module in numpy ml_dtypes hypothesis pytest pybind11 scikit_build_core torch; do
    needs "$module" "$PYTHON" -c "import $module; print('$module', getattr($module, '__version__', ''))"
  done
  needs "a GPU for PyTorch" "$PYTHON" -c 'import torch; print(torch.cuda.get_device_properties(0))'
  for module in compute-sanitizer ncu cuobjdump cmake ninja; do  # steps can do without
    if has "$module"; then echo "ok       $module"; else echo "absent   $module"; fi
  done
  ((${#missing[@]} == 0)) || fail "missing: $(IFS=,; echo "${missing[*]}")"
  say "$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | head -1)"
}

step_build() {
  has nvcc || fail "nvcc is not to be found"
  local arch=${ARCH:-} found
  if [[ -z $arch ]]; then
    found=$(capability)
    [[ -n $found ]] || fail "no GPU to build for; ARCH=90-real builds for an H100"
    arch=${found/./}-real
  fi
  cd "$ROOT" || exit 1
  "$PYTHON" -m pip --disable-pip-version-check install . --verbose --no-build-isolation --no-deps \
    --upgrade --target "$BUILD" \
    --config-settings build-dir=build/gpu-kernels \
    --config-settings cmake.define.SPECTRAL_OPS_TESTING=ON \
    --config-settings cmake.define.SPECTRAL_OPS_TF=OFF \
    --config-settings cmake.define.SPECTRAL_OPS_CPU=OFF \
    --config-settings cmake.define.SPECTRAL_OPS_CUDA=ON \
    --config-settings "cmake.define.CMAKE_CUDA_ARCHITECTURES=$arch" || fail "the build failed"
  local bounds=$OUT/resources.txt
  "$PYTHON" cmake/check_cuda_resources.py "$BUILD"/spectral_ops/libspectral_ops-*.so >"$bounds" 2>&1
  local status=$?
  tail -1 "$bounds"
  if ((status == 0)); then
    say "built for $arch; no kernel spills"
  elif grep -q 'cuobjdump is not to be found' "$bounds"; then
    say "built for $arch; no cuobjdump to look for spills"
  else
    fail "built for $arch, but a kernel is out of bounds: $bounds"
  fi
}

step_smoke() {
  needs_gpu
  local failed=0
  if has nvcc; then
    local arch
    arch=$(capability)
    nvcc "-arch=sm_${arch/./}" -o "$OUT/gpu_rounding" bench/gpu_rounding.cu && "$OUT/gpu_rounding" ||
      failed=1
  else
    echo "no nvcc to ask the tensor cores how they round"
    failed=1
  fi
  on_gpu -m bench.gpu_smoke || failed=1
  return "$failed"
}

step_test() {
  local options=()
  "$PYTHON" -c 'import pytest_timeout' 2>/dev/null && options=(--timeout=90)
  SPECTRAL_OPS_REQUIRE_GPU=1 on_gpu -m pytest "$ROOT/tests/kernels" -m gpu -q --durations=10 \
    -p no:cacheprovider --junitxml="$OUT/gpu.xml" "${options[@]}"
  local status=$?
  if [[ -f $OUT/gpu.xml ]]; then
    say "$(grep -oE '(errors|failures|skipped|tests)="[0-9]+"' "$OUT/gpu.xml" | head -4 | tr '\n' ' ')"
  fi
  return "$status"
}

# Each tool on the tests that cover the most for their time. Without PyTorch's cache every array is an
# allocation of its own, beyond which memcheck sees.
readonly MEMCHECK="oracle or tiles or folded or every_rule or axes_types"
readonly RACECHECK="oracle or tiles or every_rule"
readonly SYNCCHECK="oracle"

sanitized() {  # tool, tests, options...
  local tool=$1 tests=$2
  shift 2
  local log=$OUT/$tool.txt
  (
    cd "$BUILD" && SPECTRAL_OPS_REQUIRE_GPU=1 PYTORCH_NO_CUDA_MEMORY_CACHING=1 timeout -k 5 $((limit / 3)) \
      compute-sanitizer --tool "$tool" "$@" --error-exitcode 1 \
      "$PYTHON" -m pytest "$ROOT/tests/kernels" -m gpu -q -p no:cacheprovider -k "$tests"
  ) >"$log" 2>&1
  local status=$?
  tail -5 "$log"
  case $status in
    0) results+=("$tool clean") ;;
    124 | 137) results+=("$tool: out of time") ;;
    *) results+=("$tool FAILED") ;;
  esac
  return "$status"
}

step_sanitize() {
  has compute-sanitizer || fail "compute-sanitizer is not to be found"
  on_gpu -c pass
  local failed=0 results=()
  sanitized memcheck "$MEMCHECK" --padding 64 || failed=1
  sanitized racecheck "$RACECHECK" || failed=1
  sanitized synccheck "$SYNCCHECK" || failed=1
  say "$(IFS=';'; echo "${results[*]}")"
  return "$failed"
}

step_bench() {
  local problems=() run
  for run in 1 2; do
    on_gpu -m bench.gpu --json "$OUT/bench$run.json" || problems+=("run $run")
  done
  on_gpu -m bench.gpu_model --library "$BUILD"/spectral_ops/libspectral_ops-*.so --json "$OUT/model.json" ||
    problems+=("the model")
  ((${#problems[@]} == 0)) || fail "failed: $(IFS=,; echo "${problems[*]}")"
  say "tables in $OUT/bench.log, figures in bench1.json and bench2.json, expected ones in model.json"
}

# Of each case: its name in bench.gpu, and the launches to look at.
readonly PROFILES=(
  "planes64:1:256x64x64x64 to (32, 32), channels_last"
  "planes112:1:pool 96x112x112x64 to (56, 56), channels_last"
  "passes256:2:32x256x256x32 to (128, 128), channels_last"
  "passes512:2:pool 16x512x512x16 to (256, 256), channels_last"
  "modes:1:spectral_conv 32x256x256x64 to (32, 17), channels_last"
  "dwt56:2:dwt 384x56x56x64 by (2, 2), channels_last"
  "idwt224:2:idwt 40x224x224x32 by (4, 4), channels_last"
)
readonly METRICS=gpu__time_duration.sum,dram__bytes.sum,lts__t_bytes.sum,lts__t_sector_hit_rate.pct,\
sm__inst_executed_pipe_tensor.sum,smsp__inst_executed.sum,\
l1tex__data_bank_conflicts_pipe_lsu_mem_shared.sum,sm__warps_active.avg.pct_of_peak_sustained_active,\
launch__registers_per_thread,launch__occupancy_limit_shared_mem

step_profile() {
  has ncu || fail "ncu is not to be found"
  on_gpu -c pass
  local profile name rest failed=0 done=0
  for profile in "${PROFILES[@]}"; do
    name=${profile%%:*} rest=${profile#*:}
    # The caches are cleared before each launch: what a pass finds in the L2 cache is not seen here.
    if (cd "$BUILD" && PYTHONPATH=$ROOT${PYTHONPATH:+:$PYTHONPATH} ncu --clock-control none --set full -f \
        -o "$OUT/$name" --kernel-name-base demangled -k 'regex:(Axis|Plane)Product|(Analyze|Synthesize)Axis' -c "${rest%%:*}" \
        "$PYTHON" -m bench.gpu --filter "${rest#*:}" --calls 1) && [[ -f $OUT/$name.ncu-rep ]]; then
      ncu -i "$OUT/$name.ncu-rep" --csv --page raw --metrics "$METRICS" | tee "$OUT/$name.csv"
      done=$((done + 1))
    else
      failed=1
    fi
  done
  say "$done of ${#PROFILES[@]} reports in $OUT (ERR_NVGPUCTRPERM in the log: counters are not ours to read)"
  return "$failed"
}

step_tune() { on_gpu -m bench.gpu_tune --json "$OUT/tune.json" --seconds $((limit - 60)); }

usage() {
  sed -n '2,18s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  echo "steps: ${STEPS[*]}"
}

if [[ ${1:-} == --inner ]]; then
  limit=$3
  cd "$ROOT" && "step_$2"
  exit $?
fi

(($# > 0)) || { usage >&2; exit 2; }
for step in "$@"; do
  [[ -n ${LIMITS[$step]:-} ]] || { echo "no step '$step'" >&2; usage >&2; exit 2; }
done

rows=() status=0
for step in "$@"; do
  limit=${LIMIT:-${LIMITS[$step]}}
  log=$OUT/$step.log
  echo "== $step, at most $limit s; log: $log"
  started=$SECONDS
  timeout -k 10 "$limit" bash "$ROOT/bench/gpu_session.sh" --inner "$step" "$limit" >"$log" 2>&1
  code=$?
  case $code in
    0) outcome=ok ;;
    124 | 137) outcome="OUT OF TIME" ;;
    *) outcome=FAILED ;;
  esac
  ((code == 0)) || status=1
  if [[ $outcome == ok ]]; then tail -n 25 "$log"; else tail -n 60 "$log"; fi
  summary=$(grep '^summary: ' "$log" | tail -1)
  [[ -n $summary ]] || summary=$(tail -1 "$log")
  rows+=("$(printf '%-9s %-12s %5d s  %s' "$step" "$outcome" $((SECONDS - started)) "${summary#summary: }")")
done
echo
printf '%s\n' "${rows[@]}"
exit $status
