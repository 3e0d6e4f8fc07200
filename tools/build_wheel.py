"""Builds the wheel that others install: `make wheel TF_MINORS="2.20 2.21" PYTHONS="python3.12"`.

It has an op library for each minor version of TensorFlow and a module `_kernels` for each Python,
and is tagged by the oldest Linux that its binaries run on.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from tools.tensorflow_wheels import package_of

RAW = Path("build/raw-wheel")
TENSORFLOW = ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2")  # in memory already


def build(minors: list[str], pythons: list[str], options: list[str]) -> Path:
    """The wheel as CMake and pip make it; `options` are of the form name=value, for CMake."""
    folders = [str(package_of(minor).resolve()) for minor in minors]
    found = [shutil.which(python) for python in pythons]
    missing = [python for python, path in zip(pythons, found, strict=True) if not path]
    if missing:
        raise SystemExit(f"PYTHONS: {missing[0]} is not to be found; allowed: names or paths")
    definitions = [
        f"SPECTRAL_OPS_TENSORFLOW_DIR={';'.join(folders)}",
        f"SPECTRAL_OPS_PYTHONS={';'.join(str(Path(path).absolute()) for path in found if path)}",
        *options,
    ]
    shutil.rmtree(RAW, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "wheel", ".", "--no-build-isolation", "--no-deps"]
    command += ["--verbose", "--wheel-dir", str(RAW)]
    # The objects of `make build` serve, its settings do not.
    settings = ["build-dir=build/objects", "cmake.args=--fresh"]
    for setting in settings + [f"cmake.define.{definition}" for definition in definitions]:
        command += ["--config-settings", setting]
    subprocess.run(command, check=True)
    (wheel,) = RAW.glob("*.whl")
    return wheel


def repair(wheel: Path, folder: Path) -> Path:
    """Puts the wheel into `folder`, tagged by auditwheel."""
    before = set(folder.glob("*.whl"))
    command = [sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", str(folder)]
    for library in TENSORFLOW:
        command += ["--exclude", library]
    subprocess.run([*command, str(wheel)], check=True)
    written = set(folder.glob("*.whl")) - before or set(folder.glob("*.whl"))
    return max(written, key=lambda path: path.stat().st_mtime)


def main() -> int:
    """Builds, repairs and tells what came out."""
    parser = argparse.ArgumentParser(prog="tools.build_wheel", description=__doc__)
    parser.add_argument("--minors", nargs="+", required=True, help="of TensorFlow, such as 2.21")
    parser.add_argument("--pythons", nargs="+", default=[sys.executable], help="interpreters")
    parser.add_argument("--define", nargs="*", default=[], help="CMake settings, name=value")
    parser.add_argument("--to", type=Path, default=Path("dist"), help="the wheel's folder")
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    wheel = repair(build(options.minors, options.pythons, options.define), options.to)
    print(f"{wheel}: {wheel.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
