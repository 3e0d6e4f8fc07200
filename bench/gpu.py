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

from bench import gpu_rivals
from bench.gpu_cases import Case, cases, parser
from bench.subject import OURS, READING, Contender, Result, Run, Subject, table
from spectral_ops import _kernels

CUFFT = "ours, cuFFT"


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
    """What a case takes: with channels first, in its layout, and its weights if it has any.

    A gradient by filters takes two, samples and coefficients.
    """
    last = case.layout == "channels_last"
    samples = torch.randn((case.batch, case.channels, *case.lengths), device="cuda")
    given, at = [samples], [1]  # and where the channels are
    if case.is_wavelet and case.operator != "dwt":
        shape = (case.batch, 2 ** len(case.lengths), case.channels, *case.coefficients)
        given, at = [samples, torch.randn(shape, device="cuda")], [1, 2]
        if case.operator != "filter gradient of dwt":
            given, at = given[1:], at[1:]
    ours = [_last(torch, x, i) if last else x for x, i in zip(given, at, strict=True)]
    weights = weights_of(torch, case)
    return (given, ours, weights) if len(given) > 1 else (given[0], ours[0], weights)


def _last(torch: Any, x: Any, at: int) -> Any:
    """With the channels last, behind the bands if there are some."""
    return torch.movedim(x, tuple(range(1, at + 1)), tuple(range(-at, 0))).contiguous()


def _first(torch: Any, x: Any, at: int) -> Any:
    return torch.movedim(x, tuple(range(-at, 0)), tuple(range(1, at + 1)))


def weights_of(torch: Any, case: Case) -> Any:
    """Modes, a response, filters, or a list of them for each axis."""
    if case.is_wavelet:
        return [torch.randn((2, taps), device="cuda") for taps in case.sizes]
    if case.is_conv:
        depth = 1 if case.operator == "depthwise conv" else case.channels
        return torch.randn((*case.sizes, depth, case.channels), device="cuda")
    if case.operator == "filter":
        half = (*case.lengths[:-1], case.lengths[-1] // 2 + 1, case.channels)
        return torch.randn(half, dtype=torch.complex64, device="cuda")
    if case.operator == "spectral_conv":
        shape = (*case.sizes, case.channels, case.channels)
        return torch.randn(shape, dtype=torch.complex64, device="cuda")
    return None


def call_of(ours: Any, case: Case, x: Any, weights: Any) -> Run:
    """Our call."""
    how = {"data_format": case.layout}
    if case.operator == "dwt":
        return lambda: ours.wavelet_analysis(x, weights, **how)
    if case.operator in ("idwt", "gradient of dwt"):
        rule = "idwt" if case.operator == "idwt" else "dwt"
        return lambda: ours.wavelet_synthesis(x, case.lengths, weights, rule=rule, **how)
    if case.operator == "filter gradient of dwt":
        return lambda: ours.wavelet_filter_gradient(*x, weights, 0, **how)
    if case.is_conv:
        groups = case.channels if case.operator == "depthwise conv" else 1
        return lambda: ours.conv(x, weights, groups=groups, **how)
    if case.operator in ("filter", "spectral_conv"):  # a filter is one at all modes
        return lambda: ours.spectral_conv(x, weights, **how)
    method = ours.resample_adjoint if case.operator == "gradient of pool" else ours.resample
    return lambda: method(x, case.sizes, **case.rule, **how)


def subject_of(torch: Any, ours: Any, by_fft: Any, case: Case) -> Subject:
    """Ours, with every axis by cuFFT too, the same by PyTorch, and a copy."""
    planes, x, weights = signals(torch, case)
    last = case.layout == "channels_last"
    run = call_of(ours, case, x, weights)
    rival = gpu_rivals.rival_of(torch, case, weights)

    def truth() -> Any:
        return [gpu_rivals.truth_of(torch, case, planes, weights, rival)]

    def first_image(y: Any) -> Any:
        if case.operator == "filter gradient of dwt":
            return [y.cpu().numpy()]
        at = 2 if case.operator == "dwt" else 1
        return [(_first(torch, y, at) if last else y)[:1].cpu().numpy()]

    contenders = {OURS: Contender(lambda: run, first_image)}
    if not case.is_wavelet:
        contenders[CUFFT] = Contender(lambda: call_of(by_fft, case, x, weights), first_image)
    if rival:
        contenders["torch"] = Contender(
            lambda: lambda: rival(planes), lambda y: [y[:1].cpu().numpy()]
        )
    copied = x[0] if isinstance(x, list) else x
    spare = torch.empty_like(copied)
    contenders["copy"] = Contender(lambda: lambda: spare.copy_(copied), None)
    moved = case.moved * copied.element_size()
    return Subject(
        case.operator, str(case), "forward", contenders, truth, call=moved / (2 * copied.nbytes)
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
                each.row(name)
                for group in results.values()
                for each in group
                for name in each.seconds
            ]
            chosen.json.write_text(json.dumps({"device": device, "rows": rows}, indent=1))
    print(f"\n{device}, {chosen.rounds} rounds.{_settings(chosen.set)}\n{READING}")
    for group in results.values():
        print(f"\n{table(group, {'share of a copy': _share})}")


if __name__ == "__main__":
    main()
