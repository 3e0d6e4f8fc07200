"""`build_info` says what is running."""

import json
import re
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import tensorflow as tf
from fresh_process import output_with_tensorflow


def test_build_info(native: ModuleType) -> None:
    info = native.build_info()
    record = json.loads(Path(info["library"]).with_name("_build.json").read_text())
    assert info["version"] == version("spectral_ops") == native.__version__
    assert info["implementation"] == "native" and info["reason"] == ""
    assert info["tensorflow"] == tf.__version__
    assert info["tensorflow_minors"] == list(record["tensorflow"])
    assert info["built_for_tensorflow"] in record["tensorflow"].values()
    assert info["build"] == record["build"] and info["build"] in Path(info["kernels"]).name
    assert info["compiler"] == record["compiler"]
    assert info["simd"] in info["simd_targets"] and info["no_simd"] == ""
    assert {"scalar", *info["simd_targets"]} <= set(info["simd_compiled"])
    assert json.loads(json.dumps(info)) == info


def test_no_cuda_has_its_reason(native: ModuleType) -> None:
    info = native.build_info()
    assert (info["cuda"] is None) == bool(info["no_cuda"])


def test_keys_are_documented(native: ModuleType) -> None:
    documented = re.findall(r"^ +([a-z_, ]+): ", native.build_info.__doc__, re.MULTILINE)
    names = [name for names in documented for name in names.split(", ")]
    info = native.build_info()
    assert set(info) | set(info["cuda"] or ()) <= set(names)
    assert list(info) == [name for name in names if name in info]


def test_import_leaves_cufft_alone(native: ModuleType, tmp_path: Path) -> None:
    """It is large, as the driver is, and only `build_info` and kernels on a GPU want them."""
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
    assert info["simd_targets"] == _kernels.simd_targets()
    for key, value in _kernels.build_info().items():
        assert info[key] == value, key


def test_answers_are_copies(native: ModuleType) -> None:
    native.build_info().clear()
    native.build_info()["simd_targets"].append("none")
    assert "none" not in native.build_info()["simd_targets"]
