"""`python -m bench.gpu`: the GPU kernels against PyTorch and a copy, without TensorFlow.

Times by CUDA events. PyTorch is given the channels first in memory, where its FFTs need no
transposes, whatever ours is given. The share is of the bandwidth of a device-to-device copy in the
same rounds, for the bytes that ours must read and write. Errors are those of the first image.
"""

import importlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bench import chains
from bench.gpu_cases import Case, cases, parser
from bench.subject import OURS, READING, Contender, Result, Run, Subject, table
from spectral_ops import _kernels
from tests import oracle

CUFFT = "ours, cuFFT"
NAMES = (OURS, CUFFT, "torch", "copy")


def ours_on(torch: Any, **settings: Any) -> Any:
    """The operators on PyTorch's arrays and current stream; settings as of `_kernels.Cuda`."""

    def empty(shape: list[int], dtype: str) -> Any:
        return torch.empty(shape, dtype=getattr(torch, dtype), device="cuda")

    stream = torch.cuda.current_stream().cuda_stream
    return _kernels.Cuda(empty, stream=stream, **settings)


def clock_of(torch: Any) -> Callable[[Run], float]:
    """Seconds on the GPU between two events around a call."""

    def clock(run: Run) -> float:
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        result = run()
        end.record()
        end.synchronize()
        del result
        return float(start.elapsed_time(end)) / 1e3

    return clock


def signals(torch: Any, case: Case) -> tuple[Any, Any, Any]:
    """What a case takes: with channels first, in its layout, and its weights if it has any."""
    planes = torch.randn((case.batch, case.channels, *case.lengths), device="cuda")
    last = case.layout == "channels_last"
    x = torch.movedim(planes, 1, -1).contiguous() if last else planes
    weights = None
    if case.operator == "spectral_conv":
        shape = (*case.sizes, case.channels, case.channels)
        weights = torch.randn(shape, dtype=torch.complex64, device="cuda")
    return planes, x, weights


def call_of(ours: Any, case: Case, x: Any, weights: Any) -> Run:
    """Our call."""
    if case.operator == "spectral_conv":
        return lambda: ours.spectral_conv(x, weights, data_format=case.layout)
    method = ours.resample if case.operator == "pool" else ours.resample_adjoint
    return lambda: method(x, case.sizes, data_format=case.layout)


def subject_of(torch: Any, ours: Any, by_fft: Any, case: Case) -> Subject:
    """Ours, with every axis by cuFFT too, the same by PyTorch, and a copy."""
    planes, x, weights = signals(torch, case)
    last = case.layout == "channels_last"
    run = call_of(ours, case, x, weights)
    if weights is not None:
        mixing = weights.permute(2, 3, 0, 1).contiguous()

        def rival() -> Any:
            return chains.spectral_conv(torch, planes, mixing)

        def truth() -> Any:
            wide = planes[:1].double(), mixing.to(torch.complex128)
            return [chains.spectral_conv(torch, *wide).cpu().numpy()]
    else:
        norm = "forward" if case.operator == "pool" else "backward"  # docs/conventions.md, 7

        def rival() -> Any:
            return chains.resample(torch, torch.fft, planes, case.sizes, norm)

        def truth() -> Any:
            first = planes[:1].cpu().numpy()
            return [oracle.resample(first, case.sizes, norm=norm, data_format="channels_first")]

    def first_image(y: Any) -> Any:
        return [(torch.movedim(y, -1, 1) if last else y)[:1].cpu().numpy()]

    spare = torch.empty_like(x)
    contenders = {
        OURS: Contender(lambda: run, first_image),
        CUFFT: Contender(lambda: call_of(by_fft, case, x, weights), first_image),
        "torch": Contender(lambda: rival, lambda y: [y[:1].cpu().numpy()]),
        "copy": Contender(lambda: lambda: spare.copy_(x), None),
    }
    moved = x.nbytes + run().nbytes
    return Subject(
        case.operator, str(case), "forward", contenders, truth, call=moved / (2 * x.nbytes)
    )


def _share(result: Result) -> str:
    return f"{result.subject.call * np.median(result.ratios('copy')):.2f}"


def _settings(chosen: Sequence[tuple[str, int]]) -> str:
    return " With " + ", ".join(f"{name} = {value}" for name, value in chosen) if chosen else ""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures everything and prints a table for each operator last."""
    options = parser("bench.gpu", __doc__)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--calls", type=int, help="ours alone, so many calls: for a profiler")
    chosen = options.parse_args(arguments)
    wanted = list(cases(chosen.filter))
    if not wanted:
        options.error(f"no case has {chosen.filter!r} in its name")
    torch = importlib.import_module("torch")
    ours = ours_on(torch, **dict(chosen.set))
    by_fft = ours_on(torch, **dict(chosen.set), algorithm="fft")
    device = f"{torch.cuda.get_device_name()}; PyTorch {torch.__version__}"
    results: dict[str, list[Result]] = {}
    for case in wanted:  # one after the other, so that memory is given back
        print(case.name, flush=True)
        if chosen.calls:
            _, x, weights = signals(torch, case)
            for _ in range(chosen.calls):
                call_of(ours, case, x, weights)()
            torch.cuda.synchronize()
            continue
        subject = subject_of(torch, ours, by_fft, case)
        result = subject.race(chosen.rounds, clock=clock_of(torch))
        # What the contenders hold is given back.
        result = result._replace(subject=replace(subject, contenders={}, truth=tuple))
        results.setdefault(subject.operator, []).append(result)
        if chosen.json:
            rows = [
                each.row(name) for group in results.values() for each in group for name in NAMES
            ]
            chosen.json.write_text(json.dumps({"device": device, "rows": rows}, indent=1))
    print(f"\n{device}, {chosen.rounds} rounds.{_settings(chosen.set)}\n{READING}")
    for group in results.values():
        print(f"\n{table(group, {'share of a copy': _share})}")


if __name__ == "__main__":
    main()
