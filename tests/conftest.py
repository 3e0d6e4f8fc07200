"""Fixtures. TensorFlow is imported where a test asks for it: tests/kernels runs without it."""

import os
from types import ModuleType
from typing import Any

import pytest
from gpu_backends import BACKENDS, make_backend
from hypothesis import HealthCheck, settings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("ci")


@pytest.fixture(scope="session")
def kernels() -> ModuleType:
    """The kernels on NumPy arrays."""
    from spectral_ops import _kernels

    return _kernels


@pytest.fixture(params=["scalar", "avx2", "avx512"])
def simd(request: pytest.FixtureRequest, kernels: ModuleType) -> str:
    """Each SIMD target that this machine can run."""
    if request.param not in kernels.simd_targets():
        pytest.skip(f"this machine does not run {request.param}")
    return request.param


@pytest.fixture(params=BACKENDS)
def gpu(request: pytest.FixtureRequest, kernels: ModuleType) -> Any:
    """The operators as a GPU runs them: emulated in several ways, and on a GPU if there is one."""
    return make_backend(request.param, kernels)


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
