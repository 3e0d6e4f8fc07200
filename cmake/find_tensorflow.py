"""Prints `<folder>;<version>` of TensorFlow, found without importing it.

usage: find_tensorflow.py [FOLDER]

Looks at FOLDER or the environment variable SPECTRAL_OPS_TENSORFLOW_DIR if given, then where this
Python would import TensorFlow from, then in its site-packages (an isolated build hides those from
the import system) and those of the active virtual environment.
"""

import os
import re
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

_DISTRIBUTION = re.compile(r"(?:tensorflow(?:_\w+)?|tf_nightly\w*)-(\d[^-]*)\.dist-info")
_HEADER = Path("include/tensorflow/core/framework/op.h")


def candidates() -> Iterator[Path]:
    """Folders that may be TensorFlow's package, the best first."""
    for given in (*sys.argv[1:2], os.environ.get("SPECTRAL_OPS_TENSORFLOW_DIR", "")):
        if given:
            yield Path(given)
    spec = find_spec("tensorflow")
    for place in (spec.submodule_search_locations or []) if spec else []:
        yield Path(place)
    for scheme in ("purelib", "platlib"):
        yield Path(sysconfig.get_path(scheme)) / "tensorflow"
    environment = os.environ.get("VIRTUAL_ENV")
    if environment:
        yield from sorted(Path(environment).glob("lib/python3*/site-packages/tensorflow"))


def version(folder: Path) -> str | None:
    """The version of the distribution that installed the package."""
    for name in sorted(path.name for path in folder.parent.glob("*.dist-info")):
        match = _DISTRIBUTION.fullmatch(name)
        if match and (folder.parent / name / "RECORD").read_text().count("\ntensorflow/") > 1000:
            return match[1]
    return None


def main() -> int:
    """Prints the first complete candidate."""
    for folder in candidates():
        if (folder / _HEADER).exists():
            found = version(folder)
            if found:
                print(f"{folder};{found}")
                return 0
    print(
        f"TensorFlow's headers are not to be found from {sys.executable}. "
        "To mend it: pip install 'tensorflow-cpu~=2.21.0' (or 'tensorflow~=2.21.0') into this "
        "environment, or name the package's folder in SPECTRAL_OPS_TENSORFLOW_DIR.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
