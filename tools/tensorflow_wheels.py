"""TensorFlow of other minor versions: its wheel, and of that what an op library is built from."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

FOLDER = Path("build/tensorflow")
_NEEDED = re.compile(
    r"tensorflow/include/.*"
    r"|tensorflow/libtensorflow_(framework|cc)\.so\.2"
    r"|tensorflow_cpu-[^/]*\.dist-info/(METADATA|RECORD)"
)


def wheel_of(minor: str) -> Path:
    """The wheel of the newest tensorflow-cpu of `minor`, such as "2.20"; 300 MB, fetched once.

    Raises: subprocess.CalledProcessError where pip has none for this Python.
    """
    folder = FOLDER / minor
    if not list(folder.glob("*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", "--dest", str(folder), f"tensorflow-cpu=={minor}.*"]
        subprocess.run(command, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def package_of(minor: str) -> Path:
    """A folder with the headers and the library of TensorFlow `minor`, unpacked from its wheel."""
    package = FOLDER / minor / "tensorflow"
    done = FOLDER / minor / "unpacked"
    if not done.exists():
        with zipfile.ZipFile(wheel_of(minor)) as archive:
            names = [name for name in archive.namelist() if _NEEDED.fullmatch(name)]
            archive.extractall(FOLDER / minor, names)
        done.touch()
    return package
