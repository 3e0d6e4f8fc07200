"""`python -m bench.gpu`: the GPU kernels against PyTorch and a copy, without TensorFlow.

Times by CUDA events. PyTorch is given the channels first in memory, where its FFTs need no
transposes, whatever ours is given. The share is of the bandwidth of a device-to-device copy in the
same rounds, for the bytes that ours must read and write. Errors are those of the first image.
"""

import argparse
import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from bench import chains
from bench.subject import OURS, READING, Contender, Result, Run, Subject, table
from spectral_ops import _kernels
from tests import oracle

CASES = (  # operator, batch, lengths, channels, sizes or modes; 256 MB or more each
    ("pool", 1024, (32, 32), 64, (16, 16)),
    ("pool", 384, (56, 56), 64, (28, 28)),
    ("pool", 256, (64, 64), 64, (32, 32)),
    ("pool", 384, (56, 56), 64, (47, 47)),
    ("pool", 96, (112, 112), 64, (56, 56)),
    ("pool", 40, (224, 224), 32, (112, 112)),
    ("pool", 32, (256, 256), 32, (128, 128)),
    ("pool", 16, (512, 512), 16, (256, 256)),
    ("pool", 4, (1024, 1024), 16, (512, 512)),
    ("pool", 512, (61, 61), 48, (30, 30)),
    ("pool", 16, (509, 509), 16, (254, 254)),
    ("pool", 256, (16384,), 16, (4096,)),
    ("gradient of pool", 256, (32, 32), 64, (64, 64)),
    ("spectral_conv", 32, (256, 256), 64, (32, 17)),
)


def subjects(torch: Any, ours: Any, wanted: str) -> Iterator[Subject]:
    """One after the other, so that memory is given back."""
    for layout in ("channels_last", "channels_first"):
        for operator, batch, lengths, channels, sizes in CASES:
            case = f"{'x'.join(map(str, (batch, *lengths, channels)))} to {sizes}, {layout}"
            if wanted in f"{operator} {case}":
                planes = torch.randn((batch, channels, *lengths), device="cuda")
                yield _subject(torch, ours, operator, case, layout, planes, sizes)


def _subject(
    torch: Any, ours: Any, operator: str, case: str, layout: str, planes: Any, sizes: Any
) -> Subject:
    last = layout == "channels_last"
    x = torch.movedim(planes, 1, -1).contiguous() if last else planes
    if operator == "spectral_conv":
        channels = planes.shape[1]
        weights = torch.randn((*sizes, channels, channels), dtype=torch.complex64, device="cuda")
        mixing = weights.permute(2, 3, 0, 1).contiguous()

        def run() -> Any:
            return ours.spectral_conv(x, weights, data_format=layout)

        def rival() -> Any:
            return chains.spectral_conv(torch, planes, mixing)

        def truth() -> Any:
            wide = planes[:1].double(), mixing.to(torch.complex128)
            return [chains.spectral_conv(torch, *wide).cpu().numpy()]
    else:
        call, norm = ours.resample, "forward"
        if operator != "pool":
            call, norm = ours.resample_adjoint, "backward"  # docs/conventions.md, section 7

        def run() -> Any:
            return call(x, sizes, data_format=layout)

        def rival() -> Any:
            return chains.resample(torch, torch.fft, planes, sizes, norm)

        def truth() -> Any:
            first = planes[:1].cpu().numpy()
            return [oracle.resample(first, sizes, norm=norm, data_format="channels_first")]

    spare = torch.empty_like(x)
    contenders = {
        OURS: Contender(
            lambda: run, lambda y: [(torch.movedim(y, -1, 1) if last else y)[:1].cpu().numpy()]
        ),
        "torch": Contender(lambda: rival, lambda y: [y[:1].cpu().numpy()]),
        "copy": Contender(lambda: lambda: spare.copy_(x), None),
    }
    moved = x.nbytes + run().nbytes
    return Subject(operator, case, "forward", contenders, truth, call=moved / (2 * x.nbytes))


def _share(result: Result) -> str:
    return f"{result.subject.call * np.median(result.ratios('copy')):.2f}"


def main() -> None:
    """Measures everything and prints a table for each operator last."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu", description=__doc__)
    parser.add_argument("--filter", default="", help="only cases with this in their name")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    torch = importlib.import_module("torch")

    def empty(shape: list[int], dtype: str) -> Any:
        return torch.empty(shape, dtype=getattr(torch, dtype), device="cuda")

    def clock(run: Run) -> float:
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        result = run()
        end.record()
        end.synchronize()
        del result
        return float(start.elapsed_time(end)) / 1e3

    ours = _kernels.Cuda(empty, stream=torch.cuda.current_stream().cuda_stream)
    results: dict[str, list[Result]] = {}
    for subject in subjects(torch, ours, options.filter):
        print(subject.name, flush=True)
        result = subject.race(options.rounds, clock=clock)
        results.setdefault(subject.operator, []).append(result)
    device = f"{torch.cuda.get_device_name()}; PyTorch {torch.__version__}"
    print(f"\n{device}, {options.rounds} rounds.\n{READING}")
    for group in results.values():
        print(f"\n{table(group, {'share of a copy': _share})}")


if __name__ == "__main__":
    main()
