"""What the build left: its record `_build.json`, and the kernel library that this names.

Needs neither TensorFlow nor `_kernels`, so that it can tell about either.
"""

import ctypes
import json
from pathlib import Path
from typing import Any

from spectral_ops import __path__ as _folders

REINSTALL = "pip install --no-cache-dir --force-reinstall spectral_ops"
"""Without the first option pip may take a wheel that it built for another TensorFlow."""


class LibraryError(ImportError):
    """Compiled files cannot serve; the message says why and how to mend it."""


class Build:
    """One build: the folder of its files, and what its record says."""

    def __init__(self, path: Path) -> None:
        """Reads the record at `path`; raises LibraryError where that is none.

        `tensorflow` has the version that was built for, "2.21.0", by its minor, "2.21", rising;
        `xla` the minors for which there are kernels that XLA compiles, `no_xla` why not for others.
        """
        try:
            record = json.loads(path.read_text("utf-8"))
            self.folder = path.parent
            self.id = str(record["build"])
            self.kernels = self.folder / record["kernels"]
            self.compiler = str(record["compiler"])
            self.tensorflow = dict(sorted(record["tensorflow"].items(), key=_by_minor))
            self.no_cuda = str(record["no_cuda"])
            self.xla = list(record["xla"])
            self.no_xla = str(record["no_xla"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise LibraryError(
                f"spectral_ops: {path} is not what a build writes: {error!r}. To mend it: "
                f"{REINSTALL}."
            ) from error

    def ask(self, *, with_cuda: bool) -> dict[str, Any]:
        """What the kernel library says of the SIMD targets (`simd` ..) and, if wanted, cuda.

        `with_cuda` looks at the driver and opens cuFFT. Raises LibraryError.
        """
        said = self._ask("simd_info")
        return said | ({"cuda": self._ask("cuda_info")} if with_cuda else {})

    def _ask(self, what: str) -> Any:
        try:
            function = ctypes.CDLL(str(self.kernels))[f"spectral_ops_{what}_{self.id}"]
        except (OSError, AttributeError) as error:
            raise LibraryError(
                f"spectral_ops: its kernels {self.kernels} cannot be opened: {error}. To mend it: "
                f"{REINSTALL}."
            ) from error
        function.restype = ctypes.c_char_p
        return json.loads(function())


def _by_minor(item: tuple[str, str]) -> list[int]:
    return [int(number) for number in item[0].split(".")]


def find() -> Build:
    """The build of this copy of the package; raises LibraryError where there is none.

    The files of an editable install stand in another folder of the package's path. It comes first,
    for files beside the sources are then of an older build.
    """
    here = Path(__file__).parent
    for folder in sorted(map(Path, _folders), key=lambda folder: folder == here):
        path = folder / "_build.json"
        if path.exists():
            return Build(path)
    raise LibraryError(
        f"spectral_ops: {here / '_build.json'} is missing, so nothing was compiled for this copy, "
        f"or its files were moved. To mend it: {REINSTALL}."
    )


def info(build: Build | None = None) -> dict[str, Any]:
    """The entries of `build_info` that need no TensorFlow, of `build` or this copy's own."""
    entries: dict[str, Any] = {
        "tensorflow_minors": [],
        "build": None,
        "kernels": None,
        "compiler": None,
        "simd": None,
        "no_simd": "",
        "simd_targets": [],
        "simd_compiled": [],
        "cuda": None,
        "no_cuda": "",
    }
    try:
        build = build or find()
        entries |= {
            "tensorflow_minors": list(build.tensorflow),
            "build": build.id,
            "compiler": build.compiler,
            "no_cuda": build.no_cuda,
        }
        said = build.ask(with_cuda=True)
        entries |= {"kernels": str(build.kernels), **said}
    except LibraryError as error:
        entries["no_simd"] = str(error)
        entries["no_cuda"] = entries["no_cuda"] or str(error)
    return entries


def how_to_get_tensorflow() -> str:
    """A sentence for those who have none."""
    try:
        minors = list(find().tensorflow)
    except LibraryError:
        minors = []
    if not minors:
        return f"To mend it, install TensorFlow and then this package once more: {REINSTALL}."
    newest = minors[-1]
    return (
        f"This package serves TensorFlow {', '.join(minors)}. To mend it: pip install "
        f"'tensorflow-cpu~={newest}.0' (or 'tensorflow~={newest}.0')."
    )
