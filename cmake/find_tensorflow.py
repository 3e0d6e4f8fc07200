"""Prints `<folder>;<version>` of each TensorFlow package to build for, found without importing it.

usage: find_tensorflow.py [FOLDER ...]

Each FOLDER must be a package of TensorFlow. Without any, the environment variable
SPECTRAL_OPS_TENSORFLOW_DIR names them, separated by semicolons. Without that, the package is the
one that this Python imports. An isolated build hides it, so the environments that the build may be
for are asked as well.

Which versions of TensorFlow serve is decided here and nowhere else.
"""

import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

Minor = tuple[int, int]
OLDEST: Minor = (2, 15)
NEWEST: Minor = (2, 21)  # of those tested; newer ones are tried

_VARIABLE = "SPECTRAL_OPS_TENSORFLOW_DIR"
_NEEDED = ("include/tensorflow/core/framework/op.h", "libtensorflow_framework.so.2")
_DISTRIBUTION = re.compile(r"(?:tensorflow(?:_[cg]pu|_rocm)?|tf_nightly\w*)-(\d[^-]*)\.dist-info")
# The same version of Python alone: another one's TensorFlow may not be had for this one.
_ASK = f"""
import sys
from importlib.util import find_spec
spec = find_spec("tensorflow") if sys.version_info[:2] == {sys.version_info[:2]} else None
print(*(spec.submodule_search_locations or []) if spec else [], sep="\\n")
"""


class NotFoundError(LookupError):
    """No TensorFlow is to be found."""


class TensorFlow(NamedTuple):
    """A package of TensorFlow."""

    folder: Path
    version: str

    @property
    def minor(self) -> Minor:
        """(2, 21), for instance."""
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)


def requirement(distribution: str, minors: Collection[Minor] = ()) -> str:
    """What pip asks for to get one of the minors; without any, one of those that were tested."""
    first, last = min(minors, default=OLDEST), max(minors, default=NEWEST)
    between = ((first[0], n) for n in range(first[1], last[1]) if minors)
    gaps = "".join(f",!={major}.{n}.*" for major, n in between if (major, n) not in minors)
    return f"{distribution}>={first[0]}.{first[1]},<{last[0]}.{last[1] + 1}{gaps}"


_MEND = (
    f"To mend it: pip install '{requirement('tensorflow-cpu')}', or name the folder of another "
    f"TensorFlow package in the environment variable {_VARIABLE}, or build the kernels without "
    "TensorFlow: --config-settings=cmake.define.SPECTRAL_OPS_TF=OFF"
)


def find(folders: Sequence[str] = ()) -> list[TensorFlow]:
    """The packages in these folders, or the one to be found where no folder is named.

    Raises:
        NotFoundError: There is none.
        ValueError: A folder is no TensorFlow package, or a version does not serve.
    """
    named = list(folders) or os.environ.get(_VARIABLE, "").split(";")
    named = [folder for folder in named if folder]
    found = [_named(folder) for folder in named] if named else [_search()]
    for i, tensorflow in enumerate(found):
        if tensorflow.minor < OLDEST:
            raise ValueError(
                f"TensorFlow {tensorflow.version} in {tensorflow.folder} is too old; allowed: "
                f"{_said(OLDEST)} or newer ({_said(OLDEST)} to {_said(NEWEST)} are tested). {_MEND}"
            )
        for other in found[:i]:
            if tensorflow.minor == other.minor:
                raise ValueError(
                    f"{_VARIABLE}: {other.folder} and {tensorflow.folder} are both TensorFlow "
                    f"{_said(other.minor)}; allowed: one folder for each minor version"
                )
    return found


def _said(minor: Minor) -> str:
    return f"{minor[0]}.{minor[1]}"


def _named(folder: str) -> TensorFlow:
    path = Path(folder).absolute()
    version = _version(path)
    if not version:
        raise ValueError(
            f"{_VARIABLE}: '{folder}' is no TensorFlow package; allowed: folders that have "
            f"{' and '.join(_NEEDED)}, such as <environment>/lib/python{_this()}/site-packages/"
            "tensorflow"
        )
    return TensorFlow(path, version)


def _search() -> TensorFlow:
    for folder in _places():
        version = _version(folder)
        if version:
            return TensorFlow(folder, version)
    raise NotFoundError(
        f"TensorFlow is not to be found: not by {sys.executable}, and not by a Python {_this()} of "
        f"the active environment or on the PATH. {_MEND}"
    )


def _this() -> str:
    return _said(sys.version_info[:2])


def _places() -> Iterator[Path]:
    """Folders that may be the package, the best first."""
    spec = find_spec("tensorflow")
    yield from map(Path, (spec.submodule_search_locations or []) if spec else [])
    for python in _pythons():
        try:
            # Without the variables PYTHON*, by which pip hides what is installed.
            answer = subprocess.run(
                [python, "-E", "-c", _ASK], cwd="/", capture_output=True, text=True, check=False
            )
        except OSError:
            continue
        yield from map(Path, answer.stdout.splitlines())


def _pythons() -> Iterator[Path]:
    """Interpreters of the environments that the build may be for, the best first.

    pip runs the build by the right one. uv runs it by a temporary one, but takes its own from the
    active environment, from `.venv` here or above, or from the PATH.
    """
    yield Path(sys.executable)
    here = Path.cwd()
    environments = [folder / ".venv" for folder in (here, *here.parents)]
    if "VIRTUAL_ENV" in os.environ:
        environments.insert(0, Path(os.environ["VIRTUAL_ENV"]))
    folders = [environment / "bin" for environment in environments]
    folders += map(Path, os.get_exec_path())
    for folder in folders:
        for name in (f"python{_this()}", "python3", "python"):
            if (folder / name).exists():
                yield folder / name


def _version(folder: Path) -> str:
    """The version of a package, empty where the folder has none with headers and library."""
    if not all((folder / name).exists() for name in _NEEDED):
        return ""
    setup = folder / "tools" / "pip_package" / "setup.py"
    if setup.exists():
        match = re.search(r"^_VERSION = ['\"](\d[^'\"]*)", setup.read_text(), re.MULTILINE)
        if match:
            return match[1]
    installed = (_DISTRIBUTION.fullmatch(path.name) for path in folder.parent.iterdir())
    return next((match[1] for match in installed if match), "")


def main() -> int:
    """Prints what is found; returns 1 where nothing serves."""
    try:
        found = find(sys.argv[1:])
    except (NotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    for tensorflow in found:
        print(f"{tensorflow.folder};{tensorflow.version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
