"""What the tests of installation share. Each builds in an environment and sources of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from environments import BASE, SITE, Environment, clean_variables, copy_sources, link_tree


@pytest.fixture(scope="session")
def whole() -> dict[str, str]:
    """The variables of a build of everything that needs no GPU."""
    cache = subprocess.run(
        [sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True, check=True
    )
    return clean_variables() | {
        "SPECTRAL_OPS_CUDA": "OFF",
        "PIP_CACHE_DIR": cache.stdout.strip(),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


@pytest.fixture(scope="session")
def quick(whole: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of a build in a fraction of the time: one SIMD target, not optimized.

    Inline functions then are functions, which check_simd_objects.py refuses; of one target's there
    are no others to mistake them for.
    """
    folder = tmp_path_factory.mktemp("compiler")
    program = Path(__file__).with_name("remembering_compiler.py")
    compiler = folder / "g++"
    compiler.write_text(f'#!/bin/sh\nexec {BASE} -I -S {program} {folder} "$@"\n')
    compiler.chmod(0o755)
    return whole | {
        "SPECTRAL_OPS_SIMD_TARGETS": "scalar",
        "CXX": str(compiler),
        "CMAKE_ARGS": "-DCMAKE_NM=/bin/true",
    }


@pytest.fixture(scope="session")
def uv(whole: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program uv."""
    environment = Environment.make(tmp_path_factory.mktemp("uv"), whole)
    environment.pip("install", "uv", directory=Path("/"))
    return environment.prefix / "bin" / "uv"


@pytest.fixture(scope="session")
def tensorflow(whole: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site-packages of an environment into which tensorflow-cpu was installed."""
    environment = Environment.make(tmp_path_factory.mktemp("tensorflow"), whole)
    environment.pip("install", "tensorflow-cpu", directory=Path("/"))
    return environment.prefix / SITE


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The sources, in a folder that only this test knows."""
    return copy_sources(tmp_path / "sources")


@pytest.fixture
def environment(tmp_path: Path, quick: dict[str, str], tensorflow: Path) -> Environment:
    """A virtual environment with TensorFlow, in which builds are quick."""
    made = Environment.make(tmp_path / "environment", quick, "--without-pip")
    link_tree(tensorflow, made.prefix / SITE)
    return made


@pytest.fixture
def empty(tmp_path: Path, quick: dict[str, str]) -> Environment:
    """A virtual environment with pip and nothing else, in which builds are quick."""
    return Environment.make(tmp_path / "empty", quick)


@pytest.fixture
def no_network() -> dict[str, str]:
    """Variables with which pip, uv and CMake reach nobody."""
    nobody = "http://127.0.0.1:9"
    names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "PIP_INDEX_URL")
    return {name: nobody for name in names} | {"PIP_RETRIES": "0", "PIP_FIND_LINKS": os.devnull}
