"""The built libraries: what they export, need and hold. The package is found, not imported."""

import json
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


def kernels() -> Path:
    """The library that holds the kernels."""
    (path,) = package().glob("libspectral_ops-*.so")
    return path


def modules() -> list[Path]:
    return sorted(package().glob("_kernels*.so"))


def op_libraries(kind: str = "*") -> list[Path]:
    """The ops, of kind "tf", and what XLA needs to compile them, "jit"."""
    return sorted(package().glob(f"_spectral_ops_{kind}_*.so"))


def run(tool: str, *arguments: str) -> str:
    if not shutil.which(tool):
        pytest.skip(f"no {tool} on this machine")
    command = [tool, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def exported(library: Path, *options: str) -> set[str]:
    printed = run("nm", "-D", "--defined-only", *options, str(library))
    return {line.split(maxsplit=2)[2] for line in printed.splitlines() if line.strip()}


def test_there_are_libraries() -> None:
    assert modules()
    assert libraries() == sorted([kernels(), *modules(), *op_libraries()])
    build = json.loads((package() / "_build.json").read_text())
    for kind, minors in (("tf", build["tensorflow"]), ("jit", build["xla"])):
        names = [f"_spectral_ops_{kind}_{minor.replace('.', '_')}.so" for minor in minors]
        assert sorted(names) == [path.name for path in op_libraries(kind)]
    assert kernels().name == build["kernels"]


def test_what_tests_need_is_not_installed() -> None:
    assert not [path for path in libraries() if "testing" in path.name]


def test_modules_export_their_entry_alone() -> None:
    for module in modules():
        assert exported(module) - LINKER == {"PyInit__kernels"}


def test_kernels_export_names_of_their_build_alone() -> None:
    build = json.loads((package() / "_build.json").read_text())["build"]
    names = exported(kernels()) - LINKER
    assert names == {
        f"spectral_ops_{what}_{build}" for what in ("interface", "simd_info", "cuda_info")
    }
    (soname,) = re.findall(r"\(SONAME\).*\[(.+)\]", run("readelf", "-d", str(kernels())))
    assert soname == kernels().name and build in soname


def test_kernels_are_there_once() -> None:
    for library in (*modules(), *op_libraries()):
        assert kernels().name in needed(library)
        assert library.stat().st_size < kernels().stat().st_size / 4


def test_op_library_exports_nothing_of_ours() -> None:
    """Nor of the header libraries: libtensorflow exports weak symbols of the same names."""
    for library in op_libraries():
        ours = r"ducc0|\bhwy\b|highway|spectral_ops|pocketfft|cuda|cufft"
        found = [name for name in exported(library, "-C") if re.search(ours, name)]
        assert not found


def needed(library: Path) -> list[str]:
    return re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "-d", str(library)))


def test_kernels_do_not_need_tensorflow() -> None:
    for library in (kernels(), *modules()):
        assert not [name for name in needed(library) if "tensorflow" in name or "cuda" in name]


def test_op_library_needs_nothing_that_may_be_absent() -> None:
    """TensorFlow's own library and the C++ runtime, but no CUDA and no Python."""
    for library in op_libraries():
        allowed = r"libtensorflow_(framework|cc)\.so\.2|lib(stdc\+\+|m|gcc_s|c|pthread|dl|rt)\.so"
        allowed += r"|ld-linux|libspectral_ops-"
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
