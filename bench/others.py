"""`python -m bench.others`: `pool` against libraries that are not TensorFlow's kernels, in turns.

XLA compiles the chain of `tf.signal`; SciPy and, where it is installed, PyTorch run the same chain
on arrays of their own, in the layout of the case and in the one that suits them best: PyTorch's
"first" has the channels first, whatever the case, and pays for no transpose. Ours is called as they
are, eagerly.
"""

import argparse
import importlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.fft
import tensorflow as tf
from numpy.typing import NDArray

from bench import harness, oracle, rivals
from bench.cases import POOL_CASES, PoolCase

THREADS = len(os.sched_getaffinity(0))
Run = Callable[[], Any]

# PyTorch's threads would else spin for the next run and keep the cores from those of others.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def main() -> None:
    """Races and prints a table in markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--filter", default="", help="only cases with this in their name")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    torch = _torch()
    version = torch.__version__ if torch else "not installed"
    print(f"{harness.describe(harness.environment())} SciPy {scipy.__version__}, torch {version}.")
    print()
    names = ("XLA", "SciPy", *(("torch", "torch, first") if torch else ()))
    print(f"| case | ours, ms [q1-q3] | {' | '.join(names)} |")
    print("|---" + "|---:" * (len(names) + 1) + "|")
    for case in POOL_CASES:
        if options.filter not in case.name:
            continue
        runs = _runs(case, torch)
        timings = harness.Race(runs).run(options.rounds)
        ours = timings[rivals.OURS.name]
        cells = [f"{timings[name].median_ms / ours.median_ms:.2f}" for name in names]
        print(
            f"| {case.name} | {ours.median_ms:.2f} [{ours.q1_ms:.2f}-{ours.q3_ms:.2f}] "
            f"| {' | '.join(cells)} |",
            flush=True,
        )


def _runs(case: PoolCase, torch: Any) -> dict[str, Run]:
    trial = rivals.Trial(case, gradient=False)
    x = trial.x.numpy()
    chain = tf.function(
        lambda x: rivals.signal_chain(x, case), jit_compile=True, autograph=False
    ).get_concrete_function(tf.TensorSpec(x.shape, x.dtype))
    runs: dict[str, Run] = {
        rivals.OURS.name: lambda: rivals.ours(trial.x, case),
        "XLA": lambda: chain(trial.x),
        "SciPy": lambda: _scipy_chain(x, case),
    }
    if torch:
        first = np.moveaxis(x, -1, 1) if case.data_format == "channels_last" else x
        first = torch.from_numpy(np.ascontiguousarray(first))
        own = torch.from_numpy(x)
        first_axes = range(2, 2 + case.rank)
        runs["torch"] = lambda: _torch_chain(torch, own, case, case.axes)
        runs["torch, first"] = lambda: _torch_chain(torch, first, case, first_axes)
    expected = oracle.resample(x, case.axes, case.output_size)
    for name, run in runs.items():
        y = np.asarray(run())
        if name == "torch, first" and case.data_format == "channels_last":
            y = np.moveaxis(y, 1, -1)
        # Even sizes differ by convention, in the Nyquist bins alone.
        error = oracle.relative_error(y, expected)
        if error > (0.5 if any(m % 2 == 0 for m in case.output_size) else 1e-5):
            raise AssertionError(f"{name} on {case.name}: relative error {error:.1e}")
    return runs


def _scipy_chain(x: NDArray[Any], case: PoolCase) -> NDArray[Any]:
    axes = tuple(case.axes)
    spectrum = scipy.fft.rfftn(x, axes=axes, norm="forward", workers=THREADS)
    spectrum = _crop(spectrum, case, axes, np.concatenate)
    return scipy.fft.irfftn(spectrum, case.output_size, axes=axes, norm="forward", workers=THREADS)


def _torch_chain(torch: Any, x: Any, case: PoolCase, axes: range) -> Any:
    spectrum = torch.fft.rfftn(x, dim=tuple(axes), norm="forward")
    spectrum = _crop(spectrum, case, tuple(axes), torch.cat)
    return torch.fft.irfftn(spectrum, case.output_size, dim=tuple(axes), norm="forward")


def _crop(spectrum: Any, case: PoolCase, axes: tuple[int, ...], join: Callable[..., Any]) -> Any:
    for axis, m in zip(axes, case.output_size, strict=True):
        before = (slice(None),) * axis
        if axis == axes[-1]:
            spectrum = spectrum[(*before, slice(m // 2 + 1))]
        else:
            low = spectrum[(*before, slice((m + 1) // 2))]
            high = spectrum[(*before, slice(-(m // 2), None))]
            spectrum = join([low, high] if m > 1 else [low], axis)
    return spectrum


def _torch() -> Any:
    try:
        return importlib.import_module("torch")
    except ImportError:
        return None


if __name__ == "__main__":
    main()
