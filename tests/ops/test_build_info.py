"""`build_info` says what is running."""

import json
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import tensorflow as tf
from fresh_process import output_with_tensorflow


def test_build_info(native: ModuleType) -> None:
    from spectral_ops import _kernels, _library

    info = native.build_info()
    assert info["version"] == version("spectral_ops") == native.__version__
    assert info["implementation"] == "native"
    assert info["tensorflow"] == tf.__version__
    assert info["built_for_tensorflow"] == _library.built_for()["tensorflow"]
    assert info["simd_targets"] == _kernels.simd_targets()
    assert info["simd"] in info["simd_targets"]
    assert info["cuda"] is None or isinstance(info["cuda"], dict)
    assert json.loads(json.dumps(info)) == info


def test_import_leaves_cufft_alone(native: ModuleType, tmp_path: Path) -> None:
    """It is large, and only `build_info` and kernels on a GPU want it."""
    printed = output_with_tensorflow(
        """
        import tensorflow
        def loaded():
            return "libcufft" in open("/proc/self/maps").read()
        before = loaded()
        import spectral_ops
        print(loaded() == before)
        cuda = spectral_ops.build_info()["cuda"]
        print(loaded() >= bool(cuda and cuda["cufft_file"]))
        """,
        tmp_path,
        package_parents=[Path(native.__file__).parents[1]],
    )
    assert printed.split() == ["True", "True"]


def test_kernels_agree(native: ModuleType) -> None:
    from spectral_ops import _kernels

    info = native.build_info()
    for key, value in _kernels.build_info().items():
        assert info[key] == value, key


def test_answers_are_copies(native: ModuleType) -> None:
    native.build_info().clear()
    native.build_info()["simd_targets"].append("none")
    assert "none" not in native.build_info()["simd_targets"]
