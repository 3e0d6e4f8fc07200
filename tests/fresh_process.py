"""Runs Python in a process of its own, away from the checkout."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path


def run_python(
    script: str | list[str],
    directory: Path,
    *,
    package_parents: list[Path] | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs `script` (source, or arguments for the interpreter) in `directory`.

    Nothing of the caller's SPECTRAL_OPS_* settings reaches it. `package_parents` are folders that
    come first on its path.
    """
    arguments = ["-c", textwrap.dedent(script)] if isinstance(script, str) else script
    env = {k: v for k, v in os.environ.items() if not k.startswith("SPECTRAL_OPS_")}
    env |= {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"}
    if package_parents:
        inherited = [env["PYTHONPATH"]] if env.get("PYTHONPATH") else []
        env["PYTHONPATH"] = os.pathsep.join([*map(str, package_parents), *inherited])
    env |= environment or {}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=directory,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def output_of(
    script: str | list[str],
    directory: Path,
    *,
    package_parents: list[Path] | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What the script prints; it must succeed."""
    done = run_python(script, directory, package_parents=package_parents, environment=environment)
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout
