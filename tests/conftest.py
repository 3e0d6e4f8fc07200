"""Fixtures. TensorFlow is imported where a test asks for it: tests/kernels runs without it."""

import importlib
import math
import os
from functools import partial
from types import ModuleType
from typing import Any

import environment  # noqa: F401
import pytest
from gpu_backends import BACKENDS, make_backend
from hypothesis import HealthCheck, settings
from samples import TARGETS

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# Other examples in each run, and many: HYPOTHESIS_PROFILE=nightly pytest -k any
settings.register_profile(
    "nightly",
    parent=settings.get_profile("ci"),
    derandomize=False,
    max_examples=2000,
    print_blob=True,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def kernels() -> ModuleType:
    """The kernels on NumPy arrays."""
    from spectral_ops import _kernels

    return _kernels


def skip_without(target: str, kernels: ModuleType) -> None:
    if target not in kernels.simd_targets():
        pytest.skip(f"this machine does not run {target}")


@pytest.fixture(scope="session")
def lanes(kernels: ModuleType) -> int:
    """Of a vector of float32."""
    return {"avx512": 16, "avx2": 8, "scalar": 1}[kernels.build_info()["simd"]]


@pytest.fixture(scope="session")
def testing() -> ModuleType:
    """What tests need and no wheel has; `make build` puts it here."""
    return importlib.import_module("_kernels_testing")


@pytest.fixture(params=TARGETS)
def simd(request: pytest.FixtureRequest, kernels: ModuleType) -> str:
    """Each SIMD target that this machine can run."""
    skip_without(request.param, kernels)
    return request.param


@pytest.fixture(params=BACKENDS)
def gpu(request: pytest.FixtureRequest, kernels: ModuleType) -> Any:
    """The operators as a GPU runs them: emulated in several ways, and on a GPU if there is one."""
    return make_backend(request.param, kernels)


class OnCpu:
    """The operators by one SIMD target, called as those of a GPU are."""

    takes_half_slopes = True  # half types, for the gradient of a window
    ways = (dict(fft_cost=0.0), dict(fft_cost=math.inf))  # every axis by FFTs, by its matrix

    def __init__(self, kernels: ModuleType, simd: str) -> None:
        self._kernels = kernels
        self._simd = simd

    def __getattr__(self, name: str) -> Any:
        return partial(getattr(self._kernels, name), simd=self._simd)


@pytest.fixture(params=[*TARGETS, *BACKENDS])
def backend(request: pytest.FixtureRequest, kernels: ModuleType) -> Any:
    """Both: whatever computes the operators."""
    if request.param not in TARGETS:
        return make_backend(request.param, kernels)
    skip_without(request.param, kernels)
    return OnCpu(kernels, request.param)


@pytest.fixture
def native() -> ModuleType:
    """The public functions, with the op library behind them."""
    import spectral_ops

    loaded = spectral_ops.build_info()["implementation"]
    if loaded != "native":
        pytest.fail(f"spectral_ops from {spectral_ops.__file__} runs its {loaded} implementation")
    return spectral_ops


@pytest.fixture
def reference() -> ModuleType:
    """The same functions in plain TensorFlow."""
    import spectral_ops.reference

    return spectral_ops.reference


@pytest.fixture(params=["native", "reference"])
def implementation(request: pytest.FixtureRequest) -> ModuleType:
    """Each implementation of the public functions."""
    return request.getfixturevalue(request.param)
