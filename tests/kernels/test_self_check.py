"""`python -m spectral_ops` without TensorFlow: checks `_kernels`."""

import json
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest
from fresh_process import output_of, run_python

OPERATORS = ("pool", "resample", "conv", "depthwise_conv", "spectral_conv", "filter")
WITHOUT_TENSORFLOW = """
    import sys
    sys.modules["tensorflow"] = None
"""
COMMAND = f"""{WITHOUT_TENSORFLOW}
    import runpy
    runpy.run_module("spectral_ops", run_name="__main__")
"""


@pytest.fixture
def installed(kernels: ModuleType) -> list[Path]:
    """Where a process finds the kernels that this one has."""
    return [Path(kernels.__file__).parents[1]]


def test_checks_every_operator(kernels: ModuleType, installed: list[Path], tmp_path: Path) -> None:
    printed = output_of(COMMAND, tmp_path, package_parents=installed)
    assert printed.endswith("self-check passed\n")
    assert "tensorflow: None\n" in printed
    assert f"simd: {kernels.simd_target()}\n" in printed
    lines = re.findall(r"^(\w+) +(\w+): error \S+, allowed \S+: ok$", printed, re.MULTILINE)
    assert [line[0] for line in lines] == [name for name in OPERATORS for _ in range(3)]


@pytest.mark.parametrize("by", ["1e-5", "math.nan"])
def test_finds_what_is_wrong(by: str, installed: list[Path], tmp_path: Path) -> None:
    """Each function of `_kernels`, wrong by the part `by`, fails its operators' lines."""
    script = f"""
    import math
    from spectral_ops import _kernels
    from spectral_ops._self_check import kernels

    def spoiled(function):
        def wrong(*args, **kwargs):
            results = function(*args, **kwargs)
            if isinstance(results, tuple):
                return tuple(each * (1 + {by}) for each in results)
            return results * (1 + {by})
        return wrong

    for name in (
        "resample", "resample_adjoint", "resample_window_gradient", "conv", "conv_input_gradient",
        "conv_filter_gradient", "spectral_conv", "spectral_conv_adjoint",
        "spectral_conv_weight_gradient", "spectral_conv_gradients",
        "spectral_conv_and_spectrum",
    ):
        right = getattr(_kernels, name)
        setattr(_kernels, name, spoiled(right))
        print("found", name, kernels.failures())
        setattr(_kernels, name, right)
    """
    printed = output_of(WITHOUT_TENSORFLOW + script, tmp_path, package_parents=installed)
    found = re.findall(r"^found (\w+) (\d+)$", printed, re.MULTILINE)
    assert len(found) == 11
    for name, lines in found:
        types = 2 if by == "1e-5" else 3  # in float16 rounding hides 1e-5
        assert int(lines) >= types * (1 if name.startswith("spectral") else 2), name


@pytest.fixture
def copied(installed: list[Path], tmp_path: Path) -> Path:
    """A copy of the installed package, to be damaged."""
    script = (
        WITHOUT_TENSORFLOW + "    import spectral_ops; print(*spectral_ops.__path__, sep='\\n')"
    )
    package = tmp_path / "copy" / "spectral_ops"
    for folder in output_of(script, tmp_path, package_parents=installed).splitlines():
        shutil.copytree(folder, package, dirs_exist_ok=True)
    return package


@pytest.mark.parametrize("files", ["_kernels*.so", "libspectral_ops*.so"])
def test_fails_without_kernels(copied: Path, tmp_path: Path, files: str) -> None:
    """Those of this Python, or those that all share."""
    for path in copied.glob(files):
        path.unlink()
    done = run_python(COMMAND, tmp_path, package_parents=[copied.parent])
    assert done.returncode == 1, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    for word in ("FAILED", "_kernels", "pip install --no-cache-dir --force-reinstall spectral_ops"):
        assert word in last


def test_fails_where_the_target_is_unknown(installed: list[Path], tmp_path: Path) -> None:
    choices = {"SPECTRAL_OPS_SIMD": "sse9"}
    done = run_python(COMMAND, tmp_path, package_parents=installed, environment=choices)
    assert done.returncode == 1, done.stderr
    assert re.search("^no_simd: .*SPECTRAL_OPS_SIMD.*sse9", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("self-check FAILED: 18 lines\n")


@pytest.mark.parametrize(
    ("minors", "words"),
    [
        ({"2.20": "2.20.1", "2.9": "2.9.0"}, ("2.9, 2.20", "'tensorflow-cpu~=2.20.0'")),
        ({}, ("install TensorFlow", "pip install --no-cache-dir --force-reinstall spectral_ops")),
    ],
)
def test_operators_say_which_tensorflow_they_need(
    copied: Path, tmp_path: Path, minors: dict, words: tuple[str, ...]
) -> None:
    path = copied / "_build.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tensorflow": minors}))
    script = WITHOUT_TENSORFLOW + "    from spectral_ops import pool"
    done = run_python(script, tmp_path, package_parents=[copied.parent])
    assert done.returncode != 0
    for word in ("spectral_ops.pool", *words):
        assert word in done.stderr.splitlines()[-1]
