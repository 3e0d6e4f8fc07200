"""Which SIMD targets the kernels offer."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from fresh_process import output_of, run_python
from samples import same_bits, signal

TARGETS = ("scalar", "avx2", "avx512")


def cpu_flags() -> set[str]:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        pytest.skip("no /proc/cpuinfo to compare with")
    lines = (line.split(":")[1] for line in cpuinfo.read_text().splitlines() if "flags" in line)
    return set(next(lines, "").split())


def test_targets_are_those_of_the_machine(kernels: ModuleType) -> None:
    targets = kernels.simd_targets()
    assert "scalar" in targets
    assert set(targets) <= set(TARGETS)
    flags = cpu_flags()
    assert ("avx2" in targets) == ({"avx2", "fma", "f16c"} <= flags)
    avx512 = {"avx512f", "avx512vl", "avx512bw", "avx512dq"}
    assert ("avx512" in targets) == (avx512 <= flags)


def test_targets_differ(kernels: ModuleType) -> None:
    """A name picks other code: sums are taken in another order somewhere."""
    x = signal(0, (4, 61, 67, 13), np.float32)
    results = [kernels.resample(x, (30, 29), simd=target) for target in kernels.simd_targets()]
    best = kernels.resample(x, (30, 29))
    assert any(same_bits(best, result) for result in results)
    if len(results) > 1:
        assert not same_bits(results[0], results[-1])


@pytest.mark.parametrize("target", TARGETS)
def test_environment_chooses(kernels: ModuleType, target: str, tmp_path: Path) -> None:
    if target not in kernels.simd_targets():
        pytest.skip(f"this machine does not run {target}")
    printed = output_of(
        """
        import sys
        sys.modules["tensorflow"] = None  # saves its import
        from spectral_ops import _kernels
        print(_kernels.build_info()["simd"])
        """,
        tmp_path,
        package_parents=[Path(kernels.__file__).parents[1]],
        environment={"SPECTRAL_OPS_SIMD": target},
    )
    assert printed.strip() == target


def test_environment_with_an_unknown_target(kernels: ModuleType, tmp_path: Path) -> None:
    done = run_python(
        """
        import sys
        sys.modules["tensorflow"] = None
        import numpy as np
        from spectral_ops import _kernels
        _kernels.resample(np.ones((1, 8, 3), np.float32), 4)
        """,
        tmp_path,
        package_parents=[Path(kernels.__file__).parents[1]],
        environment={"SPECTRAL_OPS_SIMD": "sse9"},
    )
    assert done.returncode != 0
    for word in ("SPECTRAL_OPS_SIMD", "sse9", *kernels.simd_targets()):
        assert word in done.stderr
