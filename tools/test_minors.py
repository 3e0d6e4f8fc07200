"""Builds one wheel for several minor versions of TensorFlow and tests it with each of them.

`make test-minors TF_MINORS="2.15 2.18 2.21"`: 1 GB of disk and some minutes for each.
"""

import argparse
import os
import subprocess
import sys
import venv
from pathlib import Path

from tools.build_wheel import build
from tools.tensorflow_wheels import wheel_of

# What runs with every version: the ops, not Keras layers.
TESTS = ["tests/ops", "-k", "float32", "-q"]
NEEDS = ["hypothesis", "ml_dtypes", "pytest", "pywavelets", "scipy"]


def environment(minor: str, wheel: Path) -> Path:
    """The Python of an environment with that TensorFlow and our wheel."""
    folder = Path("build/minors") / minor
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True, clear=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, str(wheel_of(minor)), *NEEDS], check=True)
    subprocess.run([*pip, "--no-deps", "--force-reinstall", str(wheel)], check=True)
    return python.absolute()


def test(minor: str, wheel: Path) -> bool:
    """Whether the self-check and the tests pass; the sources are out of the way."""
    python = environment(minor, wheel)
    variables = {**os.environ, "SPECTRAL_OPS_IMPLEMENTATION": "native", "PYTHONSAFEPATH": "1"}
    print(f"== TensorFlow {minor}", flush=True)
    for command in (["-m", "spectral_ops"], ["-m", "pytest", "-p", "no:cacheprovider", *TESTS]):
        done = subprocess.run([str(python), *command], env=variables)
        if done.returncode != 0:
            return False
    return True


def main() -> int:
    """Returns 1 where a version fails."""
    parser = argparse.ArgumentParser(prog="tools.test_minors", description=__doc__)
    parser.add_argument("--minors", nargs="+", required=True)
    parser.add_argument("--define", nargs="*", default=[], help="CMake settings, name=value")
    options = parser.parse_args()
    wheel = build(options.minors, [sys.executable], options.define)
    results = {minor: test(minor, wheel) for minor in options.minors}
    for minor, passed in results.items():
        print(f"TensorFlow {minor}: {'passed' if passed else 'FAILED'}")
    return int(not all(results.values()))


if __name__ == "__main__":
    sys.exit(main())
