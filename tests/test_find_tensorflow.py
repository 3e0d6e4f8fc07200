"""cmake/find_tensorflow.py: which TensorFlow a build is for, and what is refused."""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "cmake"))

from find_tensorflow import NEWEST, OLDEST, requirement  # noqa: E402

PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"


def make_package(site: Path, version: str = "", distribution: str = "") -> Path:
    """What the search looks at: headers, library, and who says the version."""
    package = site / "tensorflow"
    for name in ("include/tensorflow/core/framework/op.h", "libtensorflow_framework.so.2"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).touch()
    if version:
        setup = package / "tools" / "pip_package" / "setup.py"
        setup.parent.mkdir(parents=True)
        setup.write_text(f"import os\n_VERSION = '{version}'\n")
    if distribution:
        (site / f"{distribution}.dist-info").mkdir()
    return package


def make_environment(prefix: Path, version: str) -> Path:
    """A virtual environment with such a package."""
    venv.create(prefix)
    make_package(prefix / "lib" / PYTHON / "site-packages", version)
    return prefix


class Finder:
    """Runs the program by some Python, in a folder, with no variables but those named."""

    def __init__(self, python: Path, directory: Path) -> None:
        self.python = python
        self.directory = directory

    def __call__(self, *folders: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.python, ROOT / "cmake" / "find_tensorflow.py", *folders],
            env={"PATH": "/nowhere"} | variables,
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python without packages, as that of an isolated build."""
    prefix = tmp_path_factory.mktemp("bare")
    venv.create(prefix)
    return prefix / "bin" / "python"


@pytest.fixture
def find(bare: Path, tmp_path: Path) -> Finder:
    return Finder(bare, tmp_path)


def lines(pairs: Sequence[tuple[Path, str]]) -> str:
    return "".join(f"{folder};{version}\n" for folder, version in pairs)


def test_every_folder_gets_a_line(find: Finder, tmp_path: Path) -> None:
    pairs = [(make_package(tmp_path / v, v), v) for v in ("2.15.1", "2.21.0", "2.30.0rc1")]
    assert find(*[folder for folder, _ in pairs]).stdout == lines(pairs)


def test_the_variable_names_folders(find: Finder, tmp_path: Path) -> None:
    pairs = [(make_package(tmp_path / v, v), v) for v in ("2.16.2", "2.20.0")]
    named = ";".join(str(folder) for folder, _ in pairs)
    found = find(SPECTRAL_OPS_TENSORFLOW_DIR=named)
    assert found.stdout == lines(pairs)


@pytest.mark.parametrize(
    "distribution", ["tensorflow-2.19.1", "tensorflow_cpu-2.19.1", "tf_nightly-2.19.1"]
)
def test_the_version_of_the_distribution(find: Finder, tmp_path: Path, distribution: str) -> None:
    # No RECORD, as where a system's package manager installed it; and others whose names are alike.
    for other in ("tensorflow_text-2.18.0", "tensorflow_io_gcs_filesystem-0.37.1"):
        (tmp_path / f"{other}.dist-info").mkdir()
    folder = make_package(tmp_path, distribution=distribution)
    assert find(folder).stdout == lines([(folder, "2.19.1")])


@pytest.mark.parametrize("spoil", ["nothing there", "no header", "no library", "no version"])
def test_a_folder_that_is_no_package_is_refused(find: Finder, tmp_path: Path, spoil: str) -> None:
    folder = make_package(tmp_path / "good", "2.21.0")
    if spoil == "nothing there":
        folder = tmp_path / "nowhere"
    elif spoil == "no header":
        (folder / "include/tensorflow/core/framework/op.h").unlink()
    elif spoil == "no library":
        (folder / "libtensorflow_framework.so.2").unlink()
    else:
        (folder / "tools" / "pip_package" / "setup.py").unlink()
    for found in (find(folder), find(SPECTRAL_OPS_TENSORFLOW_DIR=str(folder))):
        assert found.returncode == 1 and not found.stdout
        assert f"'{folder}' is no TensorFlow package; allowed: " in found.stderr
        assert "Traceback" not in found.stderr


def test_an_old_version_is_refused(find: Finder, tmp_path: Path) -> None:
    found = find(make_package(tmp_path, "2.14.1"))
    assert found.returncode == 1
    assert "TensorFlow 2.14.1 in" in found.stderr and "allowed: 2.15 or newer" in found.stderr
    assert "cmake.define.SPECTRAL_OPS_TF=OFF" in found.stderr


def test_a_minor_version_twice_is_refused(find: Finder, tmp_path: Path) -> None:
    one, two = (make_package(tmp_path / v, v) for v in ("2.20.0", "2.20.1"))
    found = find(one, two)
    assert found.returncode == 1
    assert f"{one} and {two} are both TensorFlow 2.20; allowed: one folder" in found.stderr


def test_nothing_is_found(find: Finder) -> None:
    found = find()
    assert found.returncode == 1 and found.stderr.startswith("TensorFlow is not to be found")
    assert f"pip install '{requirement('tensorflow-cpu')}'" in found.stderr


def test_its_own_environment_comes_first(find: Finder, tmp_path: Path) -> None:
    own, active = (make_environment(tmp_path / v, v) for v in ("2.17.1", "2.18.1"))
    # An isolated build hides its packages as pip does: a PYTHONPATH whose sitecustomize drops them.
    hide = tmp_path / "hide"
    hide.mkdir()
    (hide / "sitecustomize.py").write_text(
        "import sys; sys.path = [p for p in sys.path if not p.endswith('site-packages')]"
    )
    find.python = own / "bin" / "python"
    found = find(VIRTUAL_ENV=str(active), PYTHONPATH=str(hide))
    assert found.stdout.endswith("site-packages/tensorflow;2.17.1\n")


def test_environments_that_the_build_may_be_for(find: Finder, tmp_path: Path) -> None:
    (tmp_path / "project" / "sources").mkdir(parents=True)
    find.directory = tmp_path / "project" / "sources"
    active, near, path = (
        make_environment(folder, version)
        for folder, version in (
            (tmp_path / "active", "2.18.1"),
            (tmp_path / "project" / ".venv", "2.19.1"),
            (tmp_path / "path", "2.20.0"),
        )
    )
    variables = {"VIRTUAL_ENV": str(active), "PATH": f"/nowhere:{path / 'bin'}"}
    for version, gone in (("2.18.1", active), ("2.19.1", near), ("2.20.0", path)):
        assert find(**variables).stdout.endswith(f"/tensorflow;{version}\n")
        shutil.rmtree(gone / "bin")
    assert find(**variables).returncode == 1


def test_another_version_of_python_is_passed_over(find: Finder, tmp_path: Path) -> None:
    folder = make_package(tmp_path, "2.20.0")
    other = tmp_path / "bin" / "python3"
    other.parent.mkdir()
    # Takes itself for some version, and finds the package.
    other.write_text(
        "#!/bin/sh\n"
        'code="import sys; sys.version_info = $VERSION; sys.path.insert(0, \\"$SITE\\"); $3"\n'
        f'exec {find.python} -c "$code"\n'
    )
    other.chmod(0o755)
    variables = {"PATH": f"{other.parent}:{os.defpath}", "SITE": str(tmp_path)}
    assert find(VERSION="(3, 9)", **variables).returncode == 1
    found = find(VERSION=str(sys.version_info[:2]), **variables)
    assert found.stdout == lines([(folder, "2.20.0")])


@pytest.mark.parametrize(
    ("minors", "bounds"),
    [
        ([], f">={OLDEST[0]}.{OLDEST[1]},<{NEWEST[0]}.{NEWEST[1] + 1}"),
        ([(2, 21)], ">=2.21,<2.22"),
        ([(2, 20), (2, 21)], ">=2.20,<2.22"),
        ([(2, 21), (2, 18)], ">=2.18,<2.22,!=2.19.*,!=2.20.*"),
    ],
)
def test_requirements(minors: list[tuple[int, int]], bounds: str) -> None:
    assert requirement("tensorflow", minors) == f"tensorflow{bounds}"
