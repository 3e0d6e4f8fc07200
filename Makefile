# Two commands for a newcomer: `make demo` and `make test`. Everything lives in .venv and build/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
KERNEL_VENV := build/kernel-venv
OBJECTS := build/objects
GPU := build/gpu
PIP := -m pip --disable-pip-version-check
export TF_CPP_MIN_LOG_LEVEL ?= 2
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(shell nproc)

sources := CMakeLists.txt pyproject.toml README.md LICENSE NOTICE \
           $(shell find csrc cmake third_party spectral_ops -type f \
             ! -name '*.so' ! -name '*.pyc' ! -name '_build.json' 2>/dev/null)

.PHONY: demo demo-wavelets test op-test kernel-test test-install test-minors wheel sanitize \
        sanitize-address sanitize-thread gpu-test gpu-bench gpu-sanitize cuda-check bench \
        kernel-bench lint format build help clean distclean
.DELETE_ON_ERROR:
.NOTPARALLEL:  # two builds share a folder; each uses all processors

define install_for_demo
	@$(MAKE) --no-print-directory --question build/.installed 2>/dev/null || \
	  $(MAKE) --no-print-directory build/.demo-installed
endef

demo:  ## pools two photographs and writes a picture
	$(install_for_demo)
	@echo "== pooling two photographs; the first lines may be TensorFlow's own"
	$(BIN)/python -m examples.pool_photo

demo-wavelets:  ## wavelets: noise, pooling and a signal with a click, and a picture
	$(install_for_demo)
	@echo "== wavelets beside the Fourier transform; the first lines may be TensorFlow's own"
	$(BIN)/python -m examples.denoise_photo

help:  ## what make can do
	@awk -F ':.*  ## ' '/^[a-z-]+:.*  ## / { printf "make %-13s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: kernel-test op-test  ## all tests

op-test: build  ## the tests of the installed wheel, but those of the kernels
	$(BIN)/pytest --ignore=tests/kernels

# Not a part of `test`: makes a score of environments and compiles in most of them.
test-install: $(VENV)/.requirements  ## every way to install, in environments of its own
	$(BIN)/pytest tests/install --confcutdir=tests/install $(ARGUMENTS)

# The wheel that others install, in dist/: an op library for each of TF_MINORS, a module _kernels for
# each of PYTHONS. Each minor's own wheel is fetched once: 300 MB, 1.5 GB unpacked.
TF_MINORS ?= 2.21
PYTHONS ?= $(BIN)/python
$(VENV)/.wheel: requirements/wheel.txt $(VENV)/.requirements
	$(BIN)/python $(PIP) install --quiet -r requirements/wheel.txt
	@touch $@

wheel: $(VENV)/.wheel  ## a wheel for others: make wheel TF_MINORS="2.20 2.21" PYTHONS="python3.12"
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tools.build_wheel --minors $(TF_MINORS) \
	  --pythons $(PYTHONS)

# Not a part of `test`: 300 MB to fetch and some minutes for each version.
test-minors: $(VENV)/.requirements  ## tests with each TensorFlow: make test-minors TF_MINORS="2.15 2.18"
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tools.test_minors --minors $(TF_MINORS)

bench: build  ## every case against TensorFlow, by pytest-benchmark
	$(BIN)/pytest bench --benchmark-columns=median,iqr,rounds

# Times of the kernels alone; ARGUMENTS="sweep fft_cost", for instance, is passed on.
kernel-bench: $(VENV)/.requirements  ## the CPU kernels alone, on one thread and on all
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/cmake --preset kernels
	$(BIN)/cmake --build --preset kernels --target kernel_bench
	build/kernels/kernel_bench $(ARGUMENTS)

build: build/.installed build/.testing  ## builds the wheel, installs it into .venv; and what tests need

# Modules are compiled when they are first imported; of all of them pip would compile most for nobody.
$(VENV)/.requirements: requirements/build.txt requirements/kernels.txt requirements/all.txt
	@$(PYTHON) requirements/check_python.py
	@echo "== installing the pinned requirements into $(VENV): 0.4 GB to fetch, 2 GB on the disk"
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python $(PIP) install --no-compile -r requirements/all.txt
	@touch $@

# Builds the wheel with the settings given, and installs it. Objects stay in their folder from build
# to build, settings do not. The compiled files are also put beside their sources, so that Python
# started in this folder finds a whole package.
define install_wheel
	@echo "== building the wheel: the first time $(1) minutes on 2 slow processors, up to 2 GB of memory" \
	  "for each compiler (at once: $(CMAKE_BUILD_PARALLEL_LEVEL)), 0.5 GB on the disk"
	@mkdir -p build
	@rm -rf build/wheel build/.installed build/.demo-installed
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python $(PIP) wheel . --verbose \
	  --no-build-isolation --no-deps --wheel-dir build/wheel --config-settings build-dir=$(OBJECTS) \
	  --config-settings cmake.args=--fresh $(2:%=--config-settings cmake.define.%) $(WHEEL_OPTIONS)
	$(BIN)/python $(PIP) install --quiet --no-deps --force-reinstall build/wheel/*.whl
	$(BIN)/python -m zipfile -e build/wheel/*.whl build/wheel/files
	rm -f spectral_ops/*.so
	cp build/wheel/files/spectral_ops/*.so build/wheel/files/spectral_ops/_build.json spectral_ops/
	@touch $@
endef

build/.installed: $(VENV)/.requirements $(sources)
	$(call install_wheel,6)

# Just what the demo needs on this machine. Whichever of the two wheels came last is installed, and
# only its stamp is there.
build/.demo-installed: $(VENV)/.requirements $(sources)
	$(call install_wheel,4,SPECTRAL_OPS_SIMD_TARGETS=native SPECTRAL_OPS_XLA=OFF)

# Builds `_kernels_testing` into tests/: tests need it, no wheel has it.
testing := SPECTRAL_OPS_TESTING=ON

build/.testing: build/.installed
	$(BIN)/cmake -S . -B $(OBJECTS) -D $(testing)
	$(BIN)/cmake --build $(OBJECTS) --target _kernels_testing
	@touch $@

# The same wheel in a second environment, which has no TensorFlow.
$(KERNEL_VENV)/.requirements: $(VENV)/.requirements
	$(BIN)/python -m venv --clear $(KERNEL_VENV)
	$(KERNEL_VENV)/bin/python $(PIP) install --quiet -r requirements/kernels.txt
	@touch $@

build/.kernels-installed: $(KERNEL_VENV)/.requirements build/.installed
	$(KERNEL_VENV)/bin/python $(PIP) install --quiet --no-deps --force-reinstall build/wheel/*.whl
	@touch $@

kernel-test: build/.kernels-installed build/.testing  ## the kernels, where there is no TensorFlow
	$(KERNEL_VENV)/bin/pytest tests/kernels

# The kernels under sanitizers, in the environment without TensorFlow: its interpreter, started in
# the folder of such a build, finds that build first. The sanitizer's library must be in memory
# before the interpreter; addresses that are random in many bits keep TSan from starting. Leaks are
# Python's own, and of memory that nobody has NumPy says so itself.
SANITIZE := build/sanitize
address := address,undefined
thread := thread
$(SANITIZE)/%/.installed: $(KERNEL_VENV)/.requirements $(sources)
	@echo "== building the kernels with -fsanitize=$($*)"
	PATH="$(CURDIR)/$(KERNEL_VENV)/bin:$$PATH" $(KERNEL_VENV)/bin/python $(PIP) install . --verbose \
	  --no-build-isolation --no-deps --upgrade --target $(@D) \
	  --config-settings build-dir=$(SANITIZE)/build-$* --config-settings install.strip=false \
	  --config-settings cmake.define.$(testing) \
	  --config-settings cmake.define.SPECTRAL_OPS_TESTING_DIR=$(CURDIR)/$(@D) \
	  --config-settings cmake.define.SPECTRAL_OPS_SANITIZE=$($*) \
	  --config-settings cmake.define.SPECTRAL_OPS_CUDA=OFF \
	  --config-settings cmake.define.SPECTRAL_OPS_TF=OFF
	touch $@

fixed_addresses := $(shell setarch -R true 2>/dev/null && echo setarch -R)
library = $$($(CXX) -print-file-name=$(1))
sanitized = cd $(SANITIZE)/$(1) && $(fixed_addresses) env PYTHONPATH=$(CURDIR)/tests \
  ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
  TSAN_OPTIONS=halt_on_error=1:allocator_may_return_null=1 PYTHONMALLOC=malloc \
  LD_PRELOAD="$(call library,$(2)) $(call library,libstdc++.so)" $(CURDIR)/$(KERNEL_VENV)/bin/python

# Without the emulated GPU, which the fuzzer covers, the kind of axis that only the usual build has,
# and what is large or starts other processes.
small := not emulated and not axis_kinds and not larger and not length and not chunks and not independence and not fuzz \
  and not states and not paths and not simd.py and not self_check and not cuda and not cache
sanitize: sanitize-address sanitize-thread  ## random calls and small tests under ASan, UBSan, TSan

sanitize-address: $(SANITIZE)/address/.installed
	$(call sanitized,address,libasan.so) -m fuzz $(FUZZ)
	$(call sanitized,address,libasan.so) -m pytest --import-mode=append $(CURDIR)/tests/kernels \
	  -m "not gpu" -k "$(small)"

sanitize-thread: $(SANITIZE)/thread/.installed
	$(call sanitized,thread,libtsan.so) -m fuzz --calls 5000 --threads 2 8 --at-once 3 $(FUZZ)

# The GPU kernels by themselves, for the interpreter PYTHON: it has PyTorch, whose arrays the
# tests use, and nothing is installed into it. Started in $(GPU), it finds that build first.
gpu_python = $(abspath $(shell command -v $(PYTHON)))
native = $(shell nvidia-smi -L 2>/dev/null | grep -q . && echo native)
$(GPU)/.installed: $(sources)
	@echo "== building the GPU kernels without TensorFlow"
	@$(PYTHON) -c 'import hypothesis, ml_dtypes, pybind11, pytest, scikit_build_core' || \
	  { echo "$(PYTHON) needs: pip install -r requirements/kernels.txt"; exit 1; }
	$(PYTHON) $(PIP) install . --verbose --no-build-isolation --no-deps --upgrade --target $(GPU) \
	  --config-settings build-dir=build/gpu-kernels --config-settings cmake.define.$(testing) \
	  --config-settings cmake.define.SPECTRAL_OPS_TF=OFF \
	  --config-settings cmake.define.SPECTRAL_OPS_CPU=OFF \
	  --config-settings cmake.define.SPECTRAL_OPS_CUDA=ON \
	  $(if $(native),--config-settings cmake.define.CMAKE_CUDA_ARCHITECTURES=native)
	touch $@

# Where there is no GPU, no driver or no PyTorch, tests fail.
on_gpu = cd $(GPU) && export SPECTRAL_OPS_REQUIRE_GPU=1 &&
gpu-test: $(GPU)/.installed  ## the GPU kernels, on a machine with a GPU
	$(on_gpu) $(gpu_python) -m pytest $(CURDIR)/tests/kernels -m gpu

# PyTorch's own allocator would put arrays next to each other, where no check sees one end.
gpu-sanitize: $(GPU)/.installed  ## the same under compute-sanitizer
	$(on_gpu) export PYTORCH_NO_CUDA_MEMORY_CACHING=1 && \
	for tool in "memcheck --padding 256" racecheck synccheck; do \
	  compute-sanitizer --tool $$tool --error-exitcode 1 $(gpu_python) -m pytest \
	    $(CURDIR)/tests/kernels -m gpu -k "oracle or identities or tiles or all_types" || exit 1; done

gpu-bench: $(GPU)/.installed  ## the GPU kernels against PyTorch
	cd $(GPU) && PYTHONPATH=$(CURDIR)$${PYTHONPATH:+:$$PYTHONPATH} $(gpu_python) -m bench.gpu

$(VENV)/.cuda: requirements/cuda.txt $(VENV)/.requirements
	$(BIN)/python $(PIP) install -r requirements/cuda.txt
	touch $@

cuda-check: $(VENV)/.cuda  ## every architecture without warnings, no kernel spills; needs no GPU
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/cmake --preset cuda
	rm -f build/cuda/csrc/library/*.so  # of older builds
	$(BIN)/cmake --build --preset cuda
	$(BIN)/python cmake/check_cuda_resources.py build/cuda/csrc/library/*.so

$(VENV)/.lint: requirements/lint.txt $(VENV)/.requirements
	$(BIN)/python $(PIP) install -r requirements/lint.txt
	touch $@

cxx := $(shell find csrc bench -name '*.cc' -o -name '*.h' -o -name '*.cu' -o -name '*.cuh')

lint: $(VENV)/.lint build  ## what CI checks besides the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/clang-format --dry-run --Werror $(cxx)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/cmake --preset default
	{ echo csrc/cpu/kernels.cc; \
	  sed -nE 's,.*"file": "(.*/csrc/((core|gpu|cuda|library|python)/.*|cpu/(base|fft|axes)/.*|cpu/.*_(plan|steps))\.cc|.*/bench/kernels/.*\.cc)".*,\1,p' \
	    build/default/compile_commands.json | sort -u | grep -v '_kernels\.cc'; } | \
	  xargs -n 4 -P $(CMAKE_BUILD_PARALLEL_LEVEL) $(BIN)/clang-tidy --quiet -p build/default

format: $(VENV)/.lint  ## mends what ruff and clang-format can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(cxx)

clean:  ## removes what was built
	rm -rf build spectral_ops/*.so spectral_ops/_build.json tests/*.so

distclean: clean  ## and .venv and all caches
	rm -rf .venv .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -r {} +
