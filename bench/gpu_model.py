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
    plane_launch,
)
from bench.gpu_ffts import block_fft_launch, fft_launches, filter_launches, whole_launch
from bench.gpu_sass import count_loops, count_streams
from bench.gpu_streams import single_launch, wavelet_launches

CUFFT = "ours, cuFFT"  # as bench.gpu has it
L2_BYTES = 24 << 20  # that stay in the cache from one launch to the next
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
        return self.case.moved * WORDS / self.device.copy / self.seconds

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
        """How many times as long the chain of torch.fft takes; NaN where it is not the same.

        Its reads and writes at the rate of FFTs, and what it launches. It is not charged with the
        pass by which PyTorch scales a spectrum.
        """
        case = self.case
        if case.is_wavelet or case.is_conv or case.rule:
            return math.nan
        n, m = math.prod(case.lengths), math.prod(case.output)
        rank = len(case.lengths)
        if case.operator == "spectral_conv":
            moved = 4.0 * rank * n + 2 * n  # rfft2, zeros and irfft2
        elif case.operator == "filter":
            moved = 4.0 * rank * n + 2 * n  # rfft2, a product and irfft2
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
    how = {"data_format": case.layout}
    if case.is_wavelet:
        return plans.wavelet(x, list(case.sizes), **_MAPS[case.operator], **how)
    if case.is_conv:
        depthwise = case.operator == "depthwise conv"
        filters = [*case.sizes, 1 if depthwise else case.channels, case.channels]
        return plans.conv(x, filters, groups=case.channels if depthwise else 1, **how)
    if case.operator == "filter":
        half = [*case.lengths[:-1], case.lengths[-1] // 2 + 1]
        return plans.spectral_conv(x, [*half, case.channels], whole=True, **how)
    if case.operator == "spectral_conv":
        weights = [*case.sizes, case.channels, case.channels]
        return plans.spectral_conv(x, weights, **how)
    return plans.resample(x, list(case.sizes), **case.rule, **how)


_MAPS = {
    "dwt": {"map": "analysis"},
    "idwt": {"map": "synthesis", "rule": "idwt"},
    "gradient of dwt": {"map": "synthesis"},
    "filter gradient of dwt": {"map": "filter_gradient"},
}


def predict(plans: Any, device: Device, kernels: Kernels, case: Case) -> Prediction:
    """By the plan of csrc/gpu for this case."""
    plan = plan_of(plans, case)
    if "chain" in plan:
        launches = chain_launches(kernels, plan["chain"])
    elif case.is_wavelet:
        launches = wavelet_launches(kernels.streams, plan)
    elif case.is_conv:
        launches = conv_launches(device, kernels, plan, case)
    else:
        launches = mode_launches(device, kernels, plan, case)
    return Prediction(case, device, launches)


def mode_launches(
    device: Device, kernels: Kernels, plan: Mapping[str, Any], case: Case
) -> list[Launch]:
    """Modes of groups of images, their products, and back; or a filter by FFTs."""
    if plan.get("filter"):
        axes = len(case.lengths)
        return filter_launches(kernels, plan["filter"], axes, case.channels, case.batch)
    launches: list[Launch] = []
    for first in range(0, case.batch, plan["group"]):
        own = min(case.batch - first, plan["group"])
        source, target = (chain_launches(kernels, side) for side in plan["sides"])
        numbers = plan["modes"] * own * case.channels
        if case.operator == "filter":
            product = single_launch(kernels.streams, "sums", numbers, 16, 8)
        else:
            product = spectra_launch(device, case, plan["modes"], own)
        launches += [*source, product, *target]
        if 2 * numbers * WORDS <= L2_BYTES:
            source[-1].to_dram = target[0].from_dram = False
            if case.operator == "filter":
                product.block.from_l2, product.to_dram = product.block.read / 2, False
    return launches


def conv_launches(
    device: Device, kernels: Kernels, plan: Mapping[str, Any], case: Case
) -> list[Launch]:
    """Tiles and their spectra, their products, and back; spectra of the filters before."""
    launches: list[Launch] = []

    def through(side: Mapping[str, Any], copy: str, tiles: int) -> None:
        """Its tiles are cut, or put together, behind or before its chain."""
        one = single_launch(kernels.streams, copy, side["tile_elements"] * tiles, WORDS, WORDS)
        chain = chain_launches(kernels, side["chain"])
        launches.extend([one, *chain] if copy == "gather" else [*chain, one])

    x, filters, y = plan["sides"]
    through(filters, "gather", 1)
    for first in range(0, plan["tiles"], plan["chunk"]):
        own = min(plan["chunk"], plan["tiles"] - first)
        through(x, "gather", own)
        spectra = plan["modes"] * own * case.channels
        if plan["in_per_group"] == 1:
            launches.append(single_launch(kernels.streams, "sums", spectra, 16, 8))
        else:
            launches.append(spectra_launch(device, case, plan["modes"], own))
            launches[-1].moved += 16 * spectra
        through(y, "scatter", own)
    return launches


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
    """The kernels in the order of their first launches, and how often each is launched."""
    alike: dict[str, list[Launch]] = {}
    for launch in launches:
        alike.setdefault(launch.kernel, []).append(launch)
    texts = []
    for name, own in alike.items():
        times = f"{len(own)} times " if len(own) > 1 else ""
        count = f" ({own[0].count} launches)" if own[0].count > 1 else ""
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
        "" if first.case.is_wavelet else f"{by_fft.seconds / first.seconds:.1f}",
        "" if math.isnan(first.torch) else f"{first.torch:.1f}",
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
        kernels = Kernels(count_loops(library), count_streams(library))
    except (FileNotFoundError, ValueError) as error:
        return Kernels(), f"Instructions: those in bench/gpu_model.py, for {error}."
    return kernels, f"Instructions: counted in {library.name}."


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
