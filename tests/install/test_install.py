"""Every way to install from source that the README promises, in real environments.

Each ends in the self-check of what was installed, `python -m spectral_ops`.
"""

import os
import shutil
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from environments import BASE, SITE, Environment, link_tree, make_python, run

TF_OFF = "--config-settings=cmake.define.SPECTRAL_OPS_TF=OFF"


def test_pip_builds_everything(
    environment: Environment, whole: dict[str, str], sources: Path
) -> None:
    environment.variables = whole
    environment.pip("install", ".", directory=sources)
    environment.check()


@pytest.mark.parametrize("compiler", ["g++-11", "clang++"])
def test_pip_with_another_compiler(
    environment: Environment, whole: dict[str, str], sources: Path, compiler: str
) -> None:
    if not shutil.which(compiler, path=whole["PATH"]):
        pytest.skip(f"no {compiler} on this machine")
    environment.variables = whole | {"CXX": compiler}
    environment.pip("install", ".", directory=sources)
    environment.check()


def test_uv_in_an_active_environment(environment: Environment, uv: Path, sources: Path) -> None:
    run(uv, "pip", "install", ".", variables=environment.activated(), directory=sources)
    environment.check()


def test_system_site_packages(
    tmp_path: Path, quick: dict[str, str], tensorflow: Path, sources: Path
) -> None:
    system = make_python(tmp_path / "system")
    link_tree(tensorflow, tmp_path / "system" / SITE)
    environment = Environment.make(
        tmp_path / "environment", quick, "--system-site-packages", python=system
    )
    environment.pip("install", ".", directory=sources)
    environment.check()
    assert not (environment.prefix / SITE / "tensorflow").exists()


def test_user(tmp_path: Path, quick: dict[str, str], tensorflow: Path, sources: Path) -> None:
    home = tmp_path / "home"
    link_tree(tensorflow, home / ".local" / SITE)
    variables = quick | {"HOME": str(home), "PIP_BREAK_SYSTEM_PACKAGES": "1"}
    environment = Environment(home / ".local", BASE, variables)
    environment.pip("install", "--user", ".", directory=sources)
    environment.check()
    assert (home / ".local" / SITE / "spectral_ops").exists()


def test_pip_gets_tensorflow(empty: Environment, sources: Path) -> None:
    empty.pip("install", ".[tensorflow-cpu]", directory=sources)
    empty.check()
    # The wheel serves the minor version that it was built for, and says so.
    (minor,) = [line for line in empty.requires() if line.startswith("tensorflow-cpu")]
    assert minor.count(".") == 2 and "<2." in minor and ">=2." in minor, minor
    assert list((empty.prefix / SITE).glob("tensorflow_cpu-2.*.dist-info"))


def test_editable(environment: Environment, sources: Path) -> None:
    environment.pip("install", "--editable", ".", directory=sources)
    environment.check()
    marker = "raise SystemExit('from the sources')"
    (sources / "spectral_ops" / "__main__.py").write_text(marker)
    with pytest.raises(AssertionError, match="from the sources"):
        environment.check()


def test_sdist(environment: Environment, uv: Path, sources: Path, tmp_path: Path) -> None:
    command = ("build", "--sdist", "--out-dir", tmp_path / "dist", ".")
    run(uv, *command, variables=environment.activated(), directory=sources)
    (archive,) = (tmp_path / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {str(Path(*Path(name).parts[1:])) for name in opened.getnames()}
    needed = {"CMakeLists.txt", "LICENSE", "Makefile", "csrc", "cmake/build_backend.py", "tests"}
    for name in needed | {"third_party/highway", "requirements", "bench", "examples"}:
        assert any(f"{path}/".startswith(f"{name}/") for path in names), name
    assert not [path for path in names if path.startswith(".") or path.endswith(".so")]
    environment.pip("install", archive, directory=tmp_path)
    environment.check()


def test_read_only_sources(environment: Environment, sources: Path) -> None:
    install = (environment.python, "-m", "pip", "install", ".")
    touch = "touch pyproject.toml 2>/dev/null && exit 9"
    if os.geteuid():
        prepare: tuple[str, ...] = ("sh", "-c", f'chmod -R a-w . ; {touch} ; exec "$@"', "-")
    else:  # whom no permission stops
        mount = 'mount --bind "$PWD" "$PWD" && mount -o remount,bind,ro "$PWD" && cd "$PWD"'
        prepare = (
            "unshare",
            "--mount",
            "sh",
            "-c",
            f'{mount} || exit 8 ; {touch} ; exec "$@"',
            "-",
        )
    try:
        run(*prepare, *install, variables=environment.variables, directory=sources)
    finally:
        subprocess.run(["chmod", "-R", "u+w", sources], check=True)
    environment.check()


def test_two_builds_at_once(environment: Environment, sources: Path, tmp_path: Path) -> None:
    def build(name: str) -> Path:
        folder = tmp_path / name
        environment.pip("wheel", ".", "--no-deps", "--wheel-dir", folder, directory=sources)
        return next(folder.glob("*.whl"))

    with ThreadPoolExecutor(2) as pool:
        wheels = list(pool.map(build, ("one", "two")))
    for wheel in wheels:
        environment.pip("install", "--force-reinstall", "--no-deps", wheel, directory=tmp_path)
        environment.check()


def test_settings_do_not_stick(
    environment: Environment, empty: Environment, sources: Path, tmp_path: Path
) -> None:
    environment.pip("install", "-r", "requirements/build.txt", directory=sources)
    build = ("wheel", ".", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path)
    environment.pip(*build, TF_OFF, directory=sources)
    environment.pip("install", "--no-build-isolation", ".", directory=sources)
    environment.check()
    # The first one has the kernels on NumPy arrays.
    empty.pip("install", next(tmp_path.glob("*.whl")), directory=tmp_path)
    assert "tensorflow" not in empty.pip("list", directory=tmp_path)
    empty.check()


def test_offline(environment: Environment, no_network: dict[str, str], sources: Path) -> None:
    environment.pip("install", "-r", "requirements/build.txt", directory=sources)
    with pytest.raises(AssertionError, match="scikit-build-core"):
        environment.pip("install", ".", directory=sources, **no_network)
    environment.pip("install", "--no-build-isolation", ".", directory=sources, **no_network)
    environment.check()


def test_a_wrong_folder_is_an_error(environment: Environment, sources: Path) -> None:
    with pytest.raises(AssertionError, match="'/nowhere' is no TensorFlow package; allowed: "):
        environment.pip("install", ".", directory=sources, SPECTRAL_OPS_TENSORFLOW_DIR="/nowhere")
