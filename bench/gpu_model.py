"""`python -m bench.gpu_model`: what arithmetic expects of the GPU kernels, without a GPU.

The plans are those that csrc/gpu makes for such a device. A kernel takes as long as the busiest of
its resources; a share is of the time in which a copy would move what is read and written. No figure
here is measured: they rank plans, and a table of `python -m bench.gpu` on a card replaces them.
"""

import importlib
import itertools
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from bench.gpu_cases import Case, cases, parser
from bench.gpu_cost import (
    COMPLEX_SHARE,
    DEVICES,
    FFT_SHARE,
    FILL,
    LAUNCH,
    WORDS,
    Device,
    Kernels,
    Launch,
    axis_launch,
    block_fft_launch,
    fft_launches,
    plane_launch,
    whole_launch,
)
from bench.gpu_sass import count_loops

CUFFT = "ours, cuFFT"  # as bench.gpu has it
ROOT = Path(__file__).parents[1]


def chain_launches(kernels: Kernels, chain: Mapping[str, Any]) -> list[Launch]:
    """In order. What is between two of them stays in the L2 cache."""
    chunks = math.ceil(chain["images"] / chain["chunk"])
    if chain.get("whole"):
        return [whole_launch(chain)]
    launches = []
    rest = chain["passes"]
    if chain["plane"]:
        launches.append(plane_launch(kernels, chain, chunks))
        rest = rest[2:]
    for one in rest:
        if one.get("block_fft"):
            launches.append(block_fft_launch(kernels, one, chain["images"], chunks))
        elif one["by_fft"]:
            launches.append(fft_launches(one, chain["images"]))
        else:
            launches.append(axis_launch(kernels, one, chain["images"], chain["chunk"]))
    by_block_fft = [bool(one.get("block_fft")) for one in chain["passes"] if not one["by_fft"]]
    launches[0].seconds += FILL * len(set(by_block_fft))
    for before, after in itertools.pairwise(launches):
        before.to_dram = after.from_dram = False
    return launches


def spectra_launch(device: Device, case: Case, modes: int, images: int) -> Launch:
    """ComplexProduct: in float32 without tensor cores; the spectra are in the L2 cache."""
    weights = modes * case.channels**2
    rate = device.processors * device.clock * 128
    seconds = images * weights * 4 / (COMPLEX_SHARE * rate)
    return Launch("products of spectra", seconds=seconds, moved=8 * weights)


class Prediction(NamedTuple):
    """Of one case on one device."""

    case: Case
    device: Device
    launches: list[Launch]

    @property
    def seconds(self) -> float:
        """Of a call."""
        return sum(launch.time(self.device) for launch in self.launches)

    @property
    def share(self) -> float:
        """As bench.gpu has it."""
        case = self.case
        lengths = math.prod(case.lengths) + math.prod(case.output)
        bytes_ = case.batch * case.channels * lengths * WORDS
        return bytes_ / self.device.copy / self.seconds

    @property
    def useful(self) -> float:
        """The share of the tensor cores' work that is needed; NaN where they have none."""
        useful, multiplied = (
            sum(launch.blocks * getattr(launch.block, what) for launch in self.launches)
            for what in ("useful", "multiplied")
        )
        return useful / multiplied if multiplied else math.nan

    @property
    def torch(self) -> float:
        """How many times as long the chain of torch.fft takes.

        Its reads and writes at the rate of FFTs, and what it launches. It is not charged with the
        pass by which PyTorch scales a spectrum.
        """
        case = self.case
        n, m = math.prod(case.lengths), math.prod(case.output)
        rank = len(case.lengths)
        if case.operator == "spectral_conv":
            moved = 4.0 * rank * n + 2 * n  # rfft2, zeros and irfft2
        else:
            # The transforms, the last axis cut or padded, then the other one.
            moved = 2 * rank * (n + m) + 2 * min(n, m) + 2 * (rank - 1) * math.sqrt(n * m)
        bytes_ = case.batch * case.channels * moved * WORDS
        seconds = bytes_ / (FFT_SHARE * self.device.copy) + 3 * rank * LAUNCH
        return seconds / self.seconds

    def bound(self) -> str:
        """What the longest of its launches waits for."""
        longest = max(self.launches, key=lambda launch: launch.time(self.device))
        if not longest.blocks:
            return "memory"
        bounds = longest.bounds(self.device)
        return max(bounds, key=bounds.__getitem__)


def testing_module() -> Any:
    """`_kernels_testing`, which the build puts into tests/."""
    sys.path.append(str(ROOT / "tests"))
    try:
        return importlib.import_module("_kernels_testing")
    except ImportError as error:
        raise SystemExit(f"{error}; to mend it: make build") from error


def plans_for(testing: Any, device: Device, **settings: int | str) -> Any:
    """The planner of csrc/gpu for a device, with other constants than csrc/cuda/tuning.h has."""
    plans = testing.GpuPlans(
        processors=device.processors,
        pair_bytes=device.pair_bytes,
        block_bytes=device.block_bytes,
    )
    for name, value in settings.items():
        setattr(plans, name, value)
    return plans


def plan_of(plans: Any, case: Case) -> Any:
    """What csrc/gpu makes of this case."""
    x = case.shape(case.lengths)
    if case.operator != "spectral_conv":
        return plans.resample(x, list(case.sizes), data_format=case.layout)
    weights = [*case.sizes, case.channels, case.channels]
    return plans.spectral_conv(x, weights, data_format=case.layout)


def predict(plans: Any, device: Device, kernels: Kernels, case: Case) -> Prediction:
    """By the plan of csrc/gpu for this case."""
    plan = plan_of(plans, case)
    if "chain" in plan:
        return Prediction(case, device, chain_launches(kernels, plan["chain"]))
    launches: list[Launch] = []
    for _ in range(math.ceil(case.batch / plan["group"])):
        source, target = (chain_launches(kernels, side) for side in plan["sides"])
        source[-1].to_dram = target[0].from_dram = False
        own = min(case.batch, plan["group"])
        launches += [*source, spectra_launch(device, case, plan["modes"], own), *target]
    return Prediction(case, device, launches)


COLUMNS = (
    "case",
    "plan",
    "useful",
    "instructions a k-tile",
    "DRAM, MB",
    "L2, MB",
    "bound",
    "ms",
    *(f"{device.name}, of a copy" for device in DEVICES),
    CUFFT,
    "torch.fft",
)


def plan_text(launches: Sequence[Launch]) -> str:
    """The kernels, and how often each is launched."""
    texts = []
    for name, group in itertools.groupby(launches, lambda launch: launch.kernel):
        alike = list(group)
        times = f"{len(alike)} times " if len(alike) > 1 else ""
        count = f" ({alike[0].count} launches)" if alike[0].count > 1 else ""
        texts.append(f"{times}{name}{count}")
    return "; ".join(texts)


def row(predictions: Sequence[Prediction], by_fft: Prediction) -> list[str]:
    """Of one case: the plan for the first device, the shares of all; and all axes by cuFFT."""
    first = predictions[0]
    useful = "" if math.isnan(first.useful) else f"{first.useful:.2f}"
    counted = dict.fromkeys(launch.instructions for launch in first.launches)
    return [
        first.case.name,
        plan_text(first.launches),
        useful,
        "; ".join(filter(None, counted)),
        f"{sum(launch.dram_bytes for launch in first.launches) / 1e6:.0f}",
        f"{sum(launch.l2_bytes for launch in first.launches) / 1e6:.0f}",
        first.bound(),
        f"{1e3 * first.seconds:.3f}",
        *(f"{prediction.share:.2f}" for prediction in predictions),
        f"{by_fft.seconds / first.seconds:.1f}",
        f"{first.torch:.1f}",
    ]


def table(rows: Sequence[Sequence[str]]) -> str:
    """In markdown."""
    lines = [COLUMNS, ["---", "---", *["---:"] * (len(COLUMNS) - 2)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def chosen_kernels(library: Path | None, *, ask: bool = True) -> tuple[Kernels, str]:
    """With the loops of a compiled library where cuobjdump can read one; and what was read."""
    found = sorted((ROOT / "spectral_ops").glob("libspectral_ops-*.so"))
    library = library or (found[0] if found and ask else None)
    if library is None:
        return Kernels(), "Instructions: those in bench/gpu_model.py."
    try:
        loops = count_loops(library)
    except (FileNotFoundError, ValueError) as error:
        return Kernels(), f"Instructions: those in bench/gpu_model.py, for {error}."
    return Kernels(loops), f"Instructions: counted in {library.name}."


def rows_as_json(groups: Sequence[Sequence[Prediction]]) -> Iterator[dict[str, Any]]:
    """All figures, for other programs."""
    for prediction in (prediction for group in groups for prediction in group):
        yield {
            "case": prediction.case.name,
            "device": prediction.device.name,
            "milliseconds": 1e3 * prediction.seconds,
            "share": prediction.share,
            "useful": prediction.useful,
            "torch": prediction.torch,
            "launches": [
                asdict(launch) | {"bounds": launch.bounds(prediction.device)}
                for launch in prediction.launches
            ],
        }


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a table."""
    command = parser("bench.gpu_model", __doc__)
    command.add_argument("--library", type=Path, help="whose loops to count")
    options = command.parse_args(arguments)
    testing = testing_module()
    kernels, counted = chosen_kernels(options.library)
    planners = [(device, plans_for(testing, device, **dict(options.set))) for device in DEVICES]
    by_fft = plans_for(testing, DEVICES[0], **dict(options.set), algorithm="fft")
    groups = [
        [predict(plans, device, kernels, case) for device, plans in planners]
        for case in cases(options.filter)
    ]
    if options.json:
        options.json.write_text(json.dumps(list(rows_as_json(groups)), indent=1))
    rows = [row(group, predict(by_fft, DEVICES[0], kernels, group[0].case)) for group in groups]
    print(table(rows))
    print(f"\n{counted} Times, {CUFFT} and torch.fft: {DEVICES[0].name}. Nothing is measured.")


if __name__ == "__main__":
    main()
