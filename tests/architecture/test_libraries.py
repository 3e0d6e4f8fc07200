"""The built libraries: what they export, need and hold. The package is found, not imported."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

# What linkers put into every shared library.
LINKER = {"_init", "_fini", "__bss_start", "_edata", "_end"}


def package() -> Path:
    spec = find_spec("spectral_ops")
    assert spec and spec.origin, "spectral_ops is not installed"
    return Path(spec.origin).parent


def libraries() -> list[Path]:
    return sorted(package().glob("*.so"))


def op_libraries() -> list[Path]:
    return [path for path in libraries() if not path.name.startswith("_kernels")]


def run(tool: str, *arguments: str) -> str:
    if not shutil.which(tool):
        pytest.skip(f"no {tool} on this machine")
    command = [tool, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def exported(library: Path, *options: str) -> set[str]:
    printed = run("nm", "-D", "--defined-only", *options, str(library))
    return {line.split(maxsplit=2)[2] for line in printed.splitlines() if line.strip()}


def test_there_are_libraries() -> None:
    assert any(path.name.startswith("_kernels") for path in libraries())
    assert len(op_libraries()) <= 1


def test_what_tests_need_is_not_installed() -> None:
    assert not [path for path in libraries() if "testing" in path.name]


def test_kernels_export_their_entry_alone() -> None:
    (kernels,) = [path for path in libraries() if path.name.startswith("_kernels")]
    assert exported(kernels) - LINKER == {"PyInit__kernels"}


def test_op_library_exports_nothing_of_ours() -> None:
    """Nor of the header libraries: libtensorflow exports weak symbols of the same names."""
    for library in op_libraries():
        ours = r"ducc0|\bhwy\b|highway|spectral_ops|pocketfft|cuda|cufft"
        found = [name for name in exported(library, "-C") if re.search(ours, name)]
        assert not found


def needed(library: Path) -> list[str]:
    return re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "-d", str(library)))


def test_kernels_do_not_need_tensorflow() -> None:
    (kernels,) = [path for path in libraries() if path.name.startswith("_kernels")]
    assert not [name for name in needed(kernels) if "tensorflow" in name or "cuda" in name]


def test_op_library_needs_nothing_that_may_be_absent() -> None:
    """TensorFlow's own library and the C++ runtime, but no CUDA and no Python."""
    for library in op_libraries():
        allowed = r"libtensorflow_(framework|cc)\.so\.2|lib(stdc\+\+|m|gcc_s|c|pthread|dl|rt)\.so"
        allowed += r"|ld-linux"
        assert not [name for name in needed(library) if not re.match(allowed, name)]


def test_libraries_hold_no_search_path() -> None:
    for library in libraries():
        dynamic = run("readelf", "-d", str(library))
        paths = re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.+)\]", dynamic)
        assert not [p for path in paths for p in path.split(":") if not p.startswith("$ORIGIN")]


def test_libraries_name_no_folder_of_the_build() -> None:
    for library in libraries():
        folders = re.findall(rb"/(?:home|root|tmp|work|build)/[\w./-]+", library.read_bytes())
        assert not folders, set(folders)
