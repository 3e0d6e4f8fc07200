"""Python environments of their own, as users have them, and what is run in them."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BASE = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
SITE = Path("lib") / BASE.name / "site-packages"  # below a prefix
SECONDS = 1500  # that a command may take


def run(*command: str | Path, variables: Mapping[str, str], directory: Path) -> str:
    """What a command prints; fails with all of it where the command fails."""
    done = subprocess.run(
        command,
        env=variables,
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}"
    return done.stdout


def clean_variables() -> dict[str, str]:
    """The caller's, without those that lead a build or an interpreter elsewhere."""
    leading = ("PYTHON", "SPECTRAL_OPS_", "SKBUILD_", "CMAKE_", "VIRTUAL_ENV", "CONDA_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(leading)}
    for name in ("CXX", "CC", "CXXFLAGS", "MAKEFLAGS", "MAKELEVEL"):
        kept.pop(name, None)
    compilers = os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", str(len(os.sched_getaffinity(0))))
    return kept | {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "CMAKE_BUILD_PARALLEL_LEVEL": compilers,
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }


def link_tree(source: Path, target: Path) -> None:
    """A copy that takes no room: what replaces a file in one of them leaves the other's alone."""
    shutil.copytree(source, target, copy_function=os.link, symlinks=True, dirs_exist_ok=True)


def copy_sources(target: Path) -> Path:
    """The sources as in a fresh clone."""
    unwanted = (".git", ".venv", "build", "dist", "*.so", "_build.json", "__pycache__", ".*_cache")
    return Path(shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*unwanted)))


def make_python(prefix: Path) -> Path:
    """Another installation of this Python: its standard library, and no packages."""
    library = prefix / SITE.parent
    (library / "site-packages").mkdir(parents=True)
    for path in Path(sysconfig.get_path("stdlib")).iterdir():
        if path.name not in ("site-packages", "dist-packages"):
            (library / path.name).symlink_to(path)
    (prefix / "include").mkdir()
    (prefix / "include" / BASE.name).symlink_to(sysconfig.get_path("include"))
    (prefix / "bin").mkdir()
    return Path(shutil.copy(BASE.resolve(), prefix / "bin" / BASE.name))


class Environment:
    """A Python with its packages."""

    def __init__(self, prefix: Path, python: Path, variables: Mapping[str, str]) -> None:
        self.prefix = prefix
        self.python = python
        self.variables = dict(variables)

    @classmethod
    def make(
        cls, prefix: Path, variables: Mapping[str, str], *options: str, python: Path = BASE
    ) -> "Environment":
        """A virtual environment, by `python -m venv`."""
        run(python, "-m", "venv", *options, prefix, variables=variables, directory=Path("/"))
        return cls(prefix, prefix / "bin" / "python", variables)

    def activated(self) -> dict[str, str]:
        """The variables that `source bin/activate` leaves."""
        path = f"{self.prefix / 'bin'}:{self.variables['PATH']}"
        return self.variables | {"VIRTUAL_ENV": str(self.prefix), "PATH": path}

    def pip(self, *arguments: str | Path, directory: Path, **variables: str) -> str:
        """Runs `pip`, by its path, as users do who activate nothing."""
        return run(
            *(self.python, "-m", "pip", *arguments),
            variables=self.variables | variables,
            directory=directory,
        )

    def check(self, **variables: str) -> str:
        """Runs the self-check of the installed package; the kernels must serve."""
        printed = run(
            *(self.python, "-m", "spectral_ops"),
            variables=self.variables | {"SPECTRAL_OPS_IMPLEMENTATION": "native"} | variables,
            directory=Path("/"),
        )
        assert "self-check passed" in printed, printed
        return printed

    def requires(self) -> list[str]:
        """The requirements in the metadata of the installed package."""
        script = (
            "from importlib.metadata import requires; print(*requires('spectral_ops'), sep='\\n')"
        )
        command = (self.python, "-c", script)
        return run(*command, variables=self.variables, directory=Path("/")).splitlines()
