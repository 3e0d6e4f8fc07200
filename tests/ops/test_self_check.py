"""`python -m spectral_ops`: what it prints, what it finds, and its exit status."""

import json
import re
import shutil
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import tolerances
from fresh_process import output_with_tensorflow, run_python, run_with_tensorflow

OPERATORS = (
    "pool",
    "resample",
    "conv",
    "depthwise_conv",
    "spectral_conv",
    "filter",
    "dwt",
    "idwt",
    "swt",
    "iswt",
)


def test_checks_every_operator(native: ModuleType, tmp_path: Path) -> None:
    """In every type, a line each, and no log of TensorFlow's before it."""
    from spectral_ops import _self_check

    made_of_them = {"aliasing", "band_pass", "high_pass", "low_pass"}
    made_of_them |= {"wavedec", "waverec", "wavelet_denoise", "wavelet_packets", "wavelet_pool"}
    assert set(OPERATORS) == set(native.ops.__all__) - made_of_them
    done = run_python(["-m", "spectral_ops"], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("self-check passed\n")
    for key, value in native.build_info().items():
        assert f"{key}: {value}\n" in done.stdout
    lines = re.findall(r"^(\w+) +(\w+): error \S+, allowed \S+: ok$", done.stdout, re.MULTILINE)
    assert lines == [(name, dtype) for name in OPERATORS for dtype in _self_check.DTYPES]
    assert "oneDNN" not in done.stderr


def test_bounds_are_those_of_the_tests() -> None:
    from spectral_ops import _self_check

    for dtype in _self_check.DTYPES:
        assert _self_check.allowed("resample", dtype) == tolerances.tolerance(np.dtype(dtype))
        assert _self_check.allowed("conv", dtype) == tolerances.conv_tolerance(np.dtype(dtype))


@pytest.mark.parametrize("part", ["value", "gradient"])
@pytest.mark.parametrize(("by", "found"), [("1e-5", 2), ("3e-3", 3), ("math.nan", 3)])
def test_finds_what_is_wrong(part: str, by: str, found: int, tmp_path: Path) -> None:
    """Every operator, wrong by the part `by`, in so many types; float16's rounding hides 1e-5."""
    script = f"""
    import math
    import tensorflow as tf
    import spectral_ops
    from spectral_ops._self_check import operators

    def wrong(t):
        return tf.cast(tf.cast(t, tf.float64) * (1 + {by}), t.dtype)

    @tf.custom_gradient
    def spoil(y):
        return (wrong(y), lambda g: g) if {part!r} == "value" else (tf.identity(y), wrong)

    def spoiled(function):
        return lambda *args, **kwargs: tf.nest.map_structure(spoil, function(*args, **kwargs))

    for name in {OPERATORS!r}:
        setattr(spectral_ops, name, spoiled(getattr(spectral_ops, name)))
    print(operators.failures())
    """
    printed = output_with_tensorflow(script, tmp_path)
    assert printed.splitlines()[-1] == str(found * len(OPERATORS))


def test_an_operator_that_raises_does_not_hide_the_others(tmp_path: Path) -> None:
    script = """
    import spectral_ops
    from spectral_ops.__main__ import main

    def broken(*args, **kwargs):
        raise ValueError("out of order")

    spectral_ops.pool = broken
    assert main() == 1
    """
    printed = output_with_tensorflow(script, tmp_path)
    assert printed.count("FAILED: ValueError: out of order") == 3
    assert printed.count(": ok") == 3 * (len(OPERATORS) - 1)
    assert printed.endswith("self-check FAILED: 3 lines\n")


# As `python -m spectral_ops`, where TensorFlow is imported already.
COMMAND = """
    import runpy
    runpy.run_module("spectral_ops", run_name="__main__")
"""


def test_kernels_that_were_not_loaded_fail(native: ModuleType, tmp_path: Path) -> None:
    package = tmp_path / "copy" / "spectral_ops"
    for folder in native.__path__:
        shutil.copytree(folder, package, dirs_exist_ok=True)
    path = package / "_build.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tensorflow": {"2.9": "2.9.3"}}))
    done = run_with_tensorflow(COMMAND, tmp_path, package_parents=[package.parent])
    assert done.returncode == 1, done.stderr
    assert "implementation: reference\n" in done.stdout and "serves TensorFlow 2.9" in done.stdout
    assert "self-check FAILED: the kernels could not be loaded" in done.stdout.splitlines()[-1]


def test_the_reference_by_choice_passes(tmp_path: Path) -> None:
    """And says that nothing was checked; what SPECTRAL_OPS_SIMD holds is no matter, but told."""
    choices = {"SPECTRAL_OPS_IMPLEMENTATION": "reference", "SPECTRAL_OPS_SIMD": "sse9"}
    printed = output_with_tensorflow(COMMAND, tmp_path, environment=choices)
    assert "sse9" in printed
    assert "nothing to check" in printed.splitlines()[-1]
    assert "SPECTRAL_OPS_IMPLEMENTATION=reference" in printed.splitlines()[-1]


def test_an_unknown_target_fails(tmp_path: Path) -> None:
    done = run_with_tensorflow(COMMAND, tmp_path, environment={"SPECTRAL_OPS_SIMD": "sse9"})
    assert done.returncode != 0
    assert "SPECTRAL_OPS_SIMD" in done.stderr.splitlines()[-1]
