"""Runs Python in a process of its own, away from the checkout."""

import json
import os
import select
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

SECONDS = 300  # that a process may take

# Forks a process for each line that it reads. It has imported TensorFlow, which takes seconds, but
# has run nothing in it, so that there is one thread and nothing is set. Says how many threads.
SERVER = """
import json, os, sys, traceback
import numpy, tensorflow

def run(job):
    for number in (1, 2):
        os.dup2(os.open(job["printed"][number - 1], os.O_WRONLY), number)
    os.chdir(job["directory"])
    os.environ.clear()
    os.environ.update(job["environment"])
    sys.path[:0] = job["parents"]
    try:
        exec(job["script"], {"__name__": "__main__"})
    except SystemExit as done:
        return done.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    return 0

print(len(os.listdir("/proc/self/task")), flush=True)
for line in sys.stdin:
    if pid := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
    else:
        status = run(json.loads(line))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
"""


def clean_environment() -> dict[str, str]:
    """Without the caller's SPECTRAL_OPS_* settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SPECTRAL_OPS_")}
    return kept | {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"}


def run_python(
    script: str | list[str],
    directory: Path,
    *,
    package_parents: list[Path] | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs `script` (source, or arguments for the interpreter) in `directory`.

    `package_parents` are folders that come first on its path.
    """
    arguments = ["-c", textwrap.dedent(script)] if isinstance(script, str) else script
    env = clean_environment()
    if package_parents:
        inherited = [env["PYTHONPATH"]] if env.get("PYTHONPATH") else []
        env["PYTHONPATH"] = os.pathsep.join([*map(str, package_parents), *inherited])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=directory,
        env=env | dict(environment or {}),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@cache
def server() -> subprocess.Popen[str] | None:
    """Ends with this process, whose end closes its input. None where it would not fork safely."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=tempfile.gettempdir(),
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process if answer_of(process) == "1" else None


def answer_of(process: subprocess.Popen[str]) -> str:
    """The next line that it prints."""
    assert process.stdout
    if not select.select([process.stdout], [], [], SECONDS)[0]:
        process.kill()
        raise subprocess.TimeoutExpired(process.args, SECONDS)
    return process.stdout.readline().strip()


def run_with_tensorflow(
    script: str,
    directory: Path,
    *,
    package_parents: list[Path] | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """As run_python, where TensorFlow is imported already; saves seconds."""
    process = server()
    if not process or not process.stdin:
        settings = dict(package_parents=package_parents, environment=environment)
        return run_python(script, directory, **settings)
    printed = [Path(tempfile.mkstemp(dir=directory)[1]) for _ in range(2)]
    job = dict(
        script=textwrap.dedent(script),
        directory=str(directory),
        environment=clean_environment() | dict(environment or {}),
        parents=[str(parent) for parent in package_parents or []],
        printed=[str(path) for path in printed],
    )
    process.stdin.write(json.dumps(job) + "\n")
    process.stdin.flush()
    status = int(answer_of(process))
    return subprocess.CompletedProcess(script, status, *(path.read_text() for path in printed))


def output_of(script: str | list[str], directory: Path, **settings: Any) -> str:
    """What run_python prints; it must succeed."""
    return succeeded(run_python(script, directory, **settings))


def output_with_tensorflow(script: str, directory: Path, **settings: Any) -> str:
    """What run_with_tensorflow prints; it must succeed."""
    return succeeded(run_with_tensorflow(script, directory, **settings))


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout
