"""bench/gpu_session.sh and what its steps run, as far as they go without a GPU."""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import gpu_backends
import pytest

# At the end, so that `spectral_ops` stays the installed one.
sys.path.append(str(Path(__file__).parents[2]))

from bench import gpu_smoke, gpu_tune
from bench.gpu_cases import cases, setting

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "bench" / "gpu_session.sh"
STEPS = ("env", "build", "smoke", "test", "sanitize", "bench", "profile", "tune")
ONE_GPU = """case "$*" in
  -L) echo "GPU 0: a card" ;;
  *compute_cap*) echo 9.0 ;;
  *) echo "a card, 580.0, 80 GiB" ;;
esac"""
Session = Callable[..., tuple[int, str, dict[str, str]]]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Runs steps with `tools` alone, each a script; and the table's rows by step."""

    def run(*steps: str, built: bool = True, **tools: str) -> tuple[int, str, dict[str, str]]:
        folder = tmp_path / "bin"
        folder.mkdir()
        tools = {"python": f'exec {sys.executable} "$@"', "nvidia-smi": "exit 9"} | tools
        for name, text in tools.items():
            tool = folder / name.replace("_", "-")
            tool.write_text(f"#!/usr/bin/env bash\n{text}\n")
            tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
        build = tmp_path / "build"
        (build / "spectral_ops").mkdir(parents=True)
        if built:
            (build / "spectral_ops" / "_kernels.so").touch()
        environment = dict(
            PATH=f"{folder}:/usr/bin:/bin",
            OUT=str(tmp_path / "out"),
            BUILD=str(build),
            PYTHON=str(folder / "python"),
            HOME=str(tmp_path),
            **{name: os.environ[name] for name in ("LIMIT",) if name in os.environ},
        )
        done = subprocess.run(
            [str(SCRIPT), *steps], capture_output=True, text=True, env=environment, check=False
        )
        rows = dict(re.findall(r"^(\w+) +(ok|FAILED|OUT OF TIME) ", done.stdout, re.MULTILINE))
        return done.returncode, done.stdout + done.stderr, rows

    return run


def test_without_a_gpu_every_step_fails_and_says_why(session: Session) -> None:
    tools = dict(compute_sanitizer="exit 1", ncu="exit 1", nvcc="echo nvcc")
    status, output, rows = session(*STEPS, **tools)
    assert status == 1
    assert rows == dict.fromkeys(STEPS, "FAILED"), output
    table = output[output.rindex("\n\n") :].splitlines()
    for line in table[2:]:
        assert "no GPU" in line or "missing: a GPU" in line, line


def test_without_a_build_says_so(session: Session) -> None:
    status, output, rows = session("test", "bench", built=False, nvidia_smi=ONE_GPU)
    assert status == 1 and rows == {"test": "FAILED", "bench": "FAILED"}
    assert output.count("run the step build") >= 2


def test_takes_known_steps_alone(session: Session) -> None:
    status, output, rows = session("env", "tset")
    assert status == 2 and "no step 'tset'" in output and not rows


def test_a_step_that_hangs_is_ended(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMIT", "2")
    status, output, rows = session("bench", "tune", python="sleep 60", nvidia_smi=ONE_GPU)
    assert status == 1 and rows == {"bench": "OUT OF TIME", "tune": "OUT OF TIME"}, output


def test_what_the_steps_run(session: Session, tmp_path: Path) -> None:
    """With tools that only say what they were asked."""
    record = tmp_path / "calls"
    say = f'echo "{{}} $SPECTRAL_OPS_REQUIRE_GPU$PYTORCH_NO_CUDA_MEMORY_CACHING: $*" >>{record}'
    tools = {name: say.format(name) for name in ("python", "nvcc", "compute_sanitizer")}
    tools["ncu"] = (
        say.format("ncu") + '\nwhile (($#)); do [[ $1 == -o ]] && touch "$2.ncu-rep"; shift; done'
    )
    tools["nvcc"] += (
        '\nwhile (($#)); do [[ $1 == -o ]] && { echo >"$2"; chmod +x "$2"; }; shift; done'
    )
    status, output, rows = session(*STEPS[1:], nvidia_smi=ONE_GPU, **tools)
    assert rows == dict.fromkeys(STEPS[1:], "ok") and status == 0, output
    calls = record.read_text().splitlines()

    def asked(*words: str) -> list[str]:
        return [call for call in calls if all(word in call for word in words)]

    assert asked("pip", "--target", "CMAKE_CUDA_ARCHITECTURES=90-real", "SPECTRAL_OPS_TF=OFF")
    assert asked("nvcc", "-arch=sm_90") and asked("bench.gpu_smoke")
    assert asked("python 1:", "-m pytest", "-m gpu", "--junitxml")
    for tool in ("memcheck --padding 64", "racecheck", "synccheck"):
        assert len(asked("compute_sanitizer 11:", f"--tool {tool}")) == 1
    assert len(asked("-m bench.gpu --json")) == 2
    assert len(asked("ncu", "--calls 1")) == 7 and asked("-m bench.gpu_tune", "--seconds 240")


def test_names_in_the_script_are_there() -> None:
    """What it looks at under ncu is one case each; what it sanitizes are some tests each."""
    text = SCRIPT.read_text()
    profiles = re.findall(r'^  "\w+:\d:(.*)"$', text, re.MULTILINE)
    assert len(profiles) == 7
    for name in profiles:
        assert len(list(cases(name))) == 1, name
    for tests in re.findall(r'^readonly \w+CHECK="(.*)"$', text, re.MULTILINE):
        command = [sys.executable, "-m", "pytest", "tests/kernels", "-m", "gpu", "-k", tests]
        done = subprocess.run([*command, "--collect-only", "-q"], cwd=ROOT, check=False)
        assert done.returncode == 0, tests


def test_a_gpu_can_be_required(monkeypatch: pytest.MonkeyPatch) -> None:
    def built(cuda: Any) -> Any:
        return SimpleNamespace(build_info=lambda: {"cuda": cuda})

    for cuda in (None, {"devices": 0, "no_device": "no driver"}):
        monkeypatch.delenv("SPECTRAL_OPS_REQUIRE_GPU", raising=False)
        with pytest.raises(pytest.skip.Exception):
            gpu_backends.make_backend("cuda", built(cuda))
        monkeypatch.setenv("SPECTRAL_OPS_REQUIRE_GPU", "1")
        with pytest.raises(pytest.fail.Exception, match=r"built without CUDA|no driver"):
            gpu_backends.make_backend("cuda", built(cuda))


def test_smoke_on_the_host(testing: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """The emulation in the place of a GPU."""
    assert gpu_smoke.report(testing.GpuEmulation(), columns=32)
    output = capsys.readouterr().out
    assert "FAILED" not in output and "summary: sums look " in output
    for n in gpu_smoke.EXPECTED:
        assert f"{n:6d} to {n // 2:4d} " in output


def test_smoke_knows_how_sums_are_rounded() -> None:
    for way, name in enumerate(gpu_smoke.NAMES):
        errors = {n: 1.1 * expected[way] for n, expected in gpu_smoke.EXPECTED.items()}
        assert gpu_smoke.likeliest(errors) == name


def test_sweep(testing: ModuleType, kernels: ModuleType) -> None:
    """What is built in is tuning.h's; of equal plans one is run; all settings are known to both."""
    plans = gpu_tune.plans_for(testing, gpu_tune.DEVICES[0])
    for name, values in gpu_tune.SWEEP.items():
        assert getattr(plans, name) == values[0], name
    (case,) = cases("pool 256x64x64x64 to (32, 32), channels_last")
    found = gpu_tune.distinct(plans, case)
    labels = [gpu_tune.label(settings) for settings in found]
    assert labels[0] == "as built" and len(set(labels)) == len(labels)
    assert "fuses=False" in labels and "direct_depth=0" in labels
    assert len(found) < len(list(gpu_tune.all_settings())) / 4
    ran: list[str] = []
    runs = {name: (lambda name=name: ran.append(name)) for name in labels}
    times = gpu_tune.sweep(runs, 3, lambda run: (run(), 1.0 + labels.index(ran[-1]))[1])
    assert next(iter(times)) == "as built" and times.keys() == runs.keys()
    assert gpu_tune.row(case, times).endswith("| 1000.000 | 1000.000 | 1.00 | as built |")
    if kernels.build_info()["cuda"] is not None:
        for name in gpu_tune.SWEEP:
            assert f"{name}: " in (kernels.Cuda.__init__.__doc__ or "")
        with pytest.raises(ValueError, match="chunk_bytes: -1"):
            kernels.Cuda(None, chunk_bytes=-1)


def test_settings_of_the_benchmark() -> None:
    assert setting("chunk_bytes=4096") == ("chunk_bytes", 4096)
    with pytest.raises(ValueError):
        setting("chunk_bytes")
