"""The cache of cuFFT plans and leaves for shared memory, on a CUDA that only keeps a log."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fresh_process import output_of

R2C, C2R, C2C, D2Z, Z2D, Z2Z = 0x2A, 0x2C, 0x29, 0x6A, 0x6C, 0x69
KINDS = {"R2C": R2C, "C2R": C2R, "C2C": C2C, "D2Z": D2Z, "Z2D": Z2D, "Z2Z": Z2Z}
FORWARD, INVERSE = -1, 1


@pytest.fixture(autouse=True)
def _cuda(kernels: ModuleType) -> None:
    if kernels.build_info()["cuda"] is None:
        pytest.skip("built without CUDA")


@pytest.fixture
def trial(testing: ModuleType) -> Any:
    """A cache of at most two plans on each device."""
    return testing.FftPlanTrial(2)


def calls(trial: Any, *names: str) -> list[tuple[str, list[int]]]:
    return [call for call in trial.log() if call[0] in names]


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
@pytest.mark.parametrize("length", [1, 2, 7, 8])
def test_rows_follow_one_another(trial: Any, name: str, kind: int, length: int) -> None:
    trial.lease(0, kind, length, 3)
    half = length // 2 + 1
    row_in = half if name in ("C2R", "Z2D") else length
    row_out = half if name in ("R2C", "D2Z") else length
    assert trial.log() == [
        ("create", [1]),
        ("set_auto_allocation", [1, 0]),
        ("make_plan_many", [1, 1, length, row_in, 1, row_in, row_out, 1, row_out, kind, 3]),
    ]


def test_axes_before_that_of_the_rows(trial: Any) -> None:
    """All of a signal at once; axes of one sample are left out, but the last."""
    trial.lease(0, R2C, 8, 3, [4, 6])
    trial.lease(0, Z2D, 7, 2, [1, 6])
    trial.lease(0, R2C, 1, 2, [5, 1])
    assert [words for _, words in calls(trial, "make_plan_many")] == [
        [1, 3, 4, 6, 8, 4, 6, 8, 1, 192, 4, 6, 5, 1, 120, R2C, 3],
        [2, 2, 6, 7, 6, 4, 1, 24, 6, 7, 1, 42, Z2D, 2],
        [3, 2, 5, 1, 5, 1, 1, 5, 5, 1, 1, 5, R2C, 2],
    ]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_a_run_takes_stream_and_work_area(trial: Any, kind: int) -> None:
    lease = trial.lease(0, kind, 8, 3)
    trial.log()
    trial.exec(lease, INVERSE, 77)
    ran = [1, kind, 256, 512] + ([INVERSE] if kind in (C2C, Z2Z) else [])
    assert trial.log() == [("set_stream", [1, 77]), ("set_work_area", [1, 1024]), ("exec", ran)]


def test_a_plan_is_made_once(trial: Any) -> None:
    bytes_ = trial.work_bytes(0, R2C, 8, 3)
    assert bytes_ > 0
    assert len(calls(trial, "create")) == 1
    for stream in (1, 2, 1):
        lease = trial.lease(0, R2C, 8, 3)
        trial.exec(lease, FORWARD, stream)
        trial.give_back(lease)
    assert trial.work_bytes(0, R2C, 8, 3) == bytes_
    assert {name for name, _ in trial.log()} == {"set_stream", "set_work_area", "exec"}


@pytest.mark.parametrize("other", [(1, R2C, 8, 3), (0, C2R, 8, 3), (0, R2C, 9, 3), (0, R2C, 8, 4)])
def test_plans_differ(trial: Any, other: tuple[int, int, int, int]) -> None:
    for key in ((0, R2C, 8, 3), other):
        trial.give_back(trial.lease(*key))
    assert calls(trial, "create") == [("create", [1]), ("create", [2])]


def test_a_leased_plan_is_nobody_elses(trial: Any) -> None:
    first, second = (trial.lease(0, R2C, 8, 3) for _ in range(2))
    trial.exec(first, FORWARD, 1)
    trial.exec(second, FORWARD, 2)
    assert [words[0] for _, words in calls(trial, "exec")] == [1, 2]
    trial.give_back(second)
    trial.exec(trial.lease(0, R2C, 8, 3), FORWARD, 3)
    assert calls(trial, "create", "exec") == [("exec", [2, R2C, 256, 512])]


def test_the_least_recently_used_goes(trial: Any) -> None:
    for length in (5, 6):
        trial.give_back(trial.lease(0, R2C, length, 1))
    trial.work_bytes(0, R2C, 5, 1)
    trial.log()
    trial.give_back(trial.lease(0, R2C, 7, 1))
    assert calls(trial, "destroy", "synchronize") == [("synchronize", [0]), ("destroy", [2])]
    trial.give_back(trial.lease(0, R2C, 5, 1))
    assert trial.log() == []


def test_leased_plans_stay(trial: Any) -> None:
    leases = [trial.lease(0, R2C, length, 1) for length in (5, 6, 7)]
    assert calls(trial, "destroy") == []
    trial.give_back(leases[1])
    trial.lease(0, R2C, 8, 1)
    assert calls(trial, "destroy") == [("destroy", [2])]


def test_devices_are_counted_apart_and_put_back(trial: Any) -> None:
    for device in (0, 1):
        for length in (5, 6):
            trial.give_back(trial.lease(device, R2C, length, 1))
    assert calls(trial, "destroy") == []
    trial.give_back(trial.lease(1, R2C, 7, 1))
    log = trial.log()
    assert ("synchronize", [1]) in log and ("destroy", [3]) in log
    device = 0
    for name, words in log:
        device = words[0] if name == "set_device" else device
        if name in ("create", "make_plan_many", "synchronize", "destroy"):
            assert device == 1
    assert device == 0


def test_plans_stay_where_the_device_cannot_be_waited_for(trial: Any) -> None:
    trial.fail("synchronize", 1)
    for length in (5, 6, 7):
        trial.give_back(trial.lease(0, R2C, length, 1))
    trial.log()
    trial.lease(0, R2C, 5, 1)
    assert trial.log() == []


@pytest.mark.parametrize(
    ("call", "function", "made"),
    [
        ("create", "cufftCreate", False),
        ("set_auto_allocation", "cufftSetAutoAllocation", True),
        ("make_plan_many", "cufftMakePlanMany64", True),
    ],
)
def test_a_plan_that_cannot_be_made(trial: Any, call: str, function: str, made: bool) -> None:
    trial.fail(call, 2)
    for make in (trial.lease, trial.work_bytes):
        with pytest.raises(RuntimeError, match=rf"{function}: CUFFT_ALLOC_FAILED \(2\)"):
            make(0, R2C, 8, 3)
        assert len(calls(trial, "destroy")) == made
    trial.fail(call, 0)
    trial.lease(0, R2C, 8, 3)
    assert len(calls(trial, "make_plan_many")) == 1


@pytest.mark.parametrize(
    ("call", "function"),
    [
        ("set_stream", "cufftSetStream"),
        ("set_work_area", "cufftSetWorkArea"),
        ("exec", "cufftExecC2C"),
    ],
)
def test_a_run_that_fails(trial: Any, call: str, function: str) -> None:
    lease = trial.lease(0, C2C, 8, 3)
    trial.fail(call, 6)
    with pytest.raises(RuntimeError, match=f"{function}: CUFFT_EXEC_FAILED"):
        trial.exec(lease, FORWARD, 1)


def test_a_device_that_is_not_there(trial: Any) -> None:
    trial.fail("set_device", 1)
    with pytest.raises(RuntimeError, match="no such device"):
        trial.lease(7, R2C, 8, 3)
    assert calls(trial, "create") == []


def test_shared_memory_is_asked_for_once_on_each_device(trial: Any) -> None:
    """All that there is: nothing that a launch needs, which others would then have to live with."""
    assert trial.grants([0, 1, 0, 1, 63, 0, 63]) == [True] * 7
    assert trial.log() == [("grant_shared", [256, device]) for device in (0, 1, 63)]


def test_shared_memory_that_is_refused_is_asked_for_again(trial: Any) -> None:
    trial.fail("grant_shared", 1)
    assert trial.grants([0, 0, 0]) == [False, True, True]
    assert trial.log() == [("grant_shared", [256, 0])] * 2


def test_import_opens_nothing(kernels: ModuleType, tmp_path: Path) -> None:
    """Neither the driver nor cuFFT, before build_info or a kernel asks for them."""
    mapped = output_of(
        """
        import sys
        sys.modules["tensorflow"] = None  # saves its import
        from spectral_ops import _kernels
        print(open("/proc/self/maps").read())
        """,
        tmp_path,
        package_parents=[Path(kernels.__file__).parents[1]],
    )
    assert "_kernels" in mapped
    assert "libcuda." not in mapped and "libcufft" not in mapped


def test_algorithms_are_named(kernels: ModuleType, tmp_path: Path) -> None:
    """By an argument or the environment; a wrong name is told before a device is asked for."""
    allowed = "allowed: 'auto', 'matrix', 'fft'"
    with pytest.raises(ValueError, match=f"algorithm: 'dft' is unknown; {allowed}"):
        kernels.Cuda(None, algorithm="dft")
    said = output_of(
        """
        import sys
        sys.modules["tensorflow"] = None  # saves its import
        from spectral_ops import _kernels
        try:
            _kernels.Cuda(None)
        except ValueError as error:
            print(error)
        """,
        tmp_path,
        package_parents=[Path(kernels.__file__).parents[1]],
        environment={"SPECTRAL_OPS_GPU_ALGORITHM": "dft"},
    )
    assert "environment variable SPECTRAL_OPS_GPU_ALGORITHM: algorithm: 'dft'" in said
    assert allowed in said


def test_build_info_says_what_there_is(kernels: ModuleType) -> None:
    cuda = kernels.build_info()["cuda"]
    assert re.fullmatch(r"\d+\.\d+", cuda["toolkit"])
    assert cuda["architectures"]
    assert all(re.fullmatch(r"(sm|compute)_\d+[a-z]?", name) for name in cuda["architectures"])
    assert (cuda["devices"] == 0) == bool(cuda["no_device"])
    assert (cuda["cufft_file"] is None) == bool(cuda["no_cufft"])
    assert cuda["cufft_file"] is None or "libcufft" in cuda["cufft_file"]
