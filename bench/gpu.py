"""`python -m bench.gpu`: the GPU kernels against PyTorch and a copy, without TensorFlow.

Times by CUDA events, contenders in turns, each on its own preferred arrays: PyTorch is given the
channels first in memory, where its FFTs need no transposes, whatever ours is given. The share is of
the bandwidth of a device-to-device copy in the same rounds, for the bytes that ours must read and
write.
"""

import argparse
import importlib
import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from spectral_ops import _kernels

WARMUP = 3  # rounds that are run and not counted
ROUNDS = 15


@dataclass(frozen=True)
class Case:
    """Float32 `[batch, *lengths, channels]`, pooled to `sizes`, or given back to `lengths`."""

    batch: int
    lengths: tuple[int, ...]
    channels: int
    sizes: tuple[int, ...]
    data_format: str = "channels_last"
    adjoint: bool = False

    @property
    def name(self) -> str:
        """For instance `256x64x64x64 to 32x32, channels_last`."""
        shape = "x".join(map(str, (self.batch, *self.lengths, self.channels)))
        what = "gradient of " if self.adjoint else ""
        return f"{what}{shape} to {'x'.join(map(str, self.sizes))}, {self.data_format}"

    def shape(self, lengths: tuple[int, ...]) -> tuple[int, ...]:
        """Of an array of these lengths."""
        if self.data_format == "channels_last":
            return (self.batch, *lengths, self.channels)
        return (self.batch, self.channels, *lengths)


def pool_cases() -> list[Case]:
    """Both layouts, 256 MB or more each."""
    cases = []
    for data_format in ("channels_last", "channels_first"):
        for batch, n, channels, m in (
            (1024, 32, 64, 16),
            (384, 56, 64, 28),
            (256, 64, 64, 32),
            (384, 56, 64, 47),
            (96, 112, 64, 56),
            (40, 224, 32, 112),
            (32, 256, 32, 128),
            (16, 512, 16, 256),
            (4, 1024, 16, 512),
            (512, 61, 48, 30),
            (16, 509, 16, 254),
        ):
            cases.append(Case(batch, (n, n), channels, (m, m), data_format))
        cases.append(Case(256, (64, 64), 64, (32, 32), data_format, adjoint=True))
        cases.append(Case(256, (16384,), 16, (4096,), data_format))
    return cases


class Timer:
    """Medians and quartiles of contenders that take turns, in milliseconds."""

    def __init__(self, torch: Any) -> None:
        self._torch = torch

    def race(self, runs: dict[str, Callable[[], Any]]) -> dict[str, tuple[float, float, float]]:
        """Runs all of them, round by round."""
        times: dict[str, list[float]] = {name: [] for name in runs}
        for turn in range(WARMUP + ROUNDS):
            for name, run in runs.items():
                start, end = (self._torch.cuda.Event(enable_timing=True) for _ in range(2))
                start.record()
                result = run()
                end.record()
                end.synchronize()
                del result
                if turn >= WARMUP:
                    times[name].append(start.elapsed_time(end))
        return {
            name: (statistics.median(ms), *np.quantile(ms, (0.25, 0.75)).tolist())
            for name, ms in times.items()
        }


def torch_pool(torch: Any, x: Any, case: Case) -> Any:
    """rfftn, crop, irfftn of channels-first `x`: right but for a Nyquist bin of two axes."""
    rank = len(case.lengths)
    axes = tuple(range(2, 2 + rank))
    source, target = (case.sizes, case.lengths) if case.adjoint else (case.lengths, case.sizes)
    z = torch.fft.rfftn(x, dim=axes, norm="forward")
    for axis, n, m in zip(axes[:-1], source[:-1], target[:-1], strict=True):
        band = min(n, m)
        low = z.narrow(axis, 0, (band + 1) // 2)
        high = z.narrow(axis, n - band // 2, band // 2)
        if m > n:
            zeros = torch.zeros((*z.shape[:axis], m - n, *z.shape[axis + 1 :]), dtype=z.dtype)
            z = torch.cat([low, zeros.to(z.device), high], axis)
        else:
            z = torch.cat([low, high], axis)
    z = z[..., : target[-1] // 2 + 1]
    return torch.fft.irfftn(z, s=target, dim=axes, norm="forward")


def expected_pool(torch: Any, x: Any, case: Case) -> Any:
    """The first image in float64, by matrices (docs/conventions.md, section 2)."""
    y = x[:1].double()
    first = 1 if case.data_format == "channels_last" else 2
    for axis, (n, m) in enumerate(zip(case.lengths, case.sizes, strict=True)):
        t = torch.arange(m, dtype=torch.float64, device=x.device)[:, None] / m
        t = t - torch.arange(n, dtype=torch.float64, device=x.device)[None, :] / n
        band = min(n, m)
        matrix = torch.ones_like(t)
        for k in range(1, band // 2 + 1):
            matrix += (1 if 2 * k == band else 2) * torch.cos(2 * math.pi * k * t)
        matrix = (matrix / n).T if case.adjoint else matrix / n
        y = torch.movedim(torch.tensordot(matrix, y, ([1], [first + axis])), 0, first + axis)
    return y


def pool_row(torch: Any, timer: Timer, ours: Any, case: Case) -> str:
    """One row of the table."""
    source, target = (case.sizes, case.lengths) if case.adjoint else (case.lengths, case.sizes)
    x = torch.randn(case.shape(source), device="cuda")
    planes = x if case.data_format == "channels_first" else torch.movedim(x, -1, 1).contiguous()
    spare = torch.empty_like(x)

    def run_ours() -> Any:
        if case.adjoint:
            return ours.resample_adjoint(x, target, data_format=case.data_format)
        return ours.resample(x, target, data_format=case.data_format)

    timings = timer.race(
        {
            "ours": run_ours,
            "torch": lambda: torch_pool(torch, planes, case),
            "copy": lambda: spare.copy_(x),
        }
    )
    y = run_ours()
    wanted = expected_pool(torch, x, case)
    error = float(torch.linalg.norm(y[:1].double() - wanted) / torch.linalg.norm(wanted))
    return row(case.name, timings, x.nbytes + y.nbytes, 2 * x.nbytes, error)


def row(
    name: str,
    timings: dict[str, tuple[float, float, float]],
    moved: int,
    copied: int,
    error: float,
) -> str:
    """`moved` bytes by ours, `copied` by the copy."""
    median, low, high = timings["ours"]
    share = (moved / median) / (copied / timings["copy"][0])
    return (
        f"| {name} | {median:.3f} [{low:.3f}-{high:.3f}] | {timings['torch'][0] / median:.2f} "
        f"| {share:.2f} | {error:.1e} |"
    )


def spectral_row(torch: Any, timer: Timer, ours: Any, data_format: str) -> str:
    """32 images of 256 x 256, 64 channels, 32 x 32 modes, against the chain of torch.fft."""
    batch, n, channels, modes = 32, 256, 64, (32, 17)
    planes = torch.randn((batch, channels, n, n), device="cuda")
    last = data_format == "channels_last"
    x = torch.movedim(planes, 1, -1).contiguous() if last else planes
    weights = torch.randn((*modes, channels, channels), dtype=torch.complex64, device="cuda")
    by_channel = weights.permute(2, 3, 0, 1).contiguous()
    low, high = (modes[0] + 1) // 2, modes[0] // 2
    spare = torch.empty_like(x)

    def chain(signal: Any, mixing: Any) -> Any:
        z = torch.fft.rfft2(signal, norm="forward")[..., : modes[1]]
        z = torch.cat([z[..., :low, :], z[..., n - high :, :]], -2)
        z = torch.einsum("bixy,ioxy->boxy", z, mixing)
        y = torch.zeros((batch, channels, n, n // 2 + 1), dtype=z.dtype, device="cuda")
        y[..., :low, : modes[1]] = z[..., :low, :]
        y[..., n - high :, : modes[1]] = z[..., low:, :]
        return torch.fft.irfft2(y, s=(n, n), norm="forward")

    timings = timer.race(
        {
            "ours": lambda: ours.spectral_conv(x, weights, data_format=data_format),
            "torch": lambda: chain(planes, by_channel),
            "copy": lambda: spare.copy_(x),
        }
    )
    y = ours.spectral_conv(x, weights, data_format=data_format)
    y = torch.movedim(y, -1, 1) if last else y
    batch = 1
    wanted = chain(planes[:1].double(), by_channel.to(torch.complex128))
    error = float(torch.linalg.norm(y[:1].double() - wanted) / torch.linalg.norm(wanted))
    name = f"spectral_conv 32x64x256x256, 32x32 modes, {data_format}"
    return row(name, timings, 2 * x.nbytes, 2 * x.nbytes, error)


def main() -> None:
    """Measures everything and prints one table last."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--filter", default="", help="only cases with this in their name")
    options = parser.parse_args()
    torch = importlib.import_module("torch")

    def empty(shape: list[int], dtype: str) -> Any:
        return torch.empty(shape, dtype=getattr(torch, dtype), device="cuda")

    ours = _kernels.Cuda(empty, stream=torch.cuda.current_stream().cuda_stream)
    timer = Timer(torch)
    rows = []
    for case in pool_cases():
        if options.filter in case.name:
            rows.append(pool_row(torch, timer, ours, case))
            print(rows[-1], flush=True)
    for data_format in ("channels_last", "channels_first"):
        if options.filter in f"spectral_conv {data_format}":
            rows.append(spectral_row(torch, timer, ours, data_format))
    print(f"\n{torch.cuda.get_device_name()}; PyTorch {torch.__version__}, {ROUNDS} rounds.\n")
    print(
        "| case | ours, ms [q1-q3] | torch | share of a copy | error |\n|---|---:|---:|---:|---:|"
    )
    print("\n".join(rows))


if __name__ == "__main__":
    main()
