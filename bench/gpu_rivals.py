"""What PyTorch users write in place of ours, with the channels first (bench/gpu.py).

PyTorch is an argument: nothing here needs it to be installed. Functions that take a signal give the
truth where it is one of float64.
"""

import math
from collections.abc import Callable
from typing import Any

from bench import chains
from bench.gpu_cases import Case
from tests import oracle

Rival = Callable[[Any], Any]  # of a signal with the channels first


def extended(torch: Any, x: Any, taps: int, axis: int) -> Any:
    """With the samples that a level's coefficients take beyond the ends, as in a mirror."""
    n = x.shape[axis]
    count = 2 * ((n + taps - 1) // 2 - 1) + taps
    places = (torch.arange(2 - taps, 2 - taps + count, device=x.device)) % (2 * n)
    return x.index_select(axis, torch.minimum(places, 2 * n - 1 - places))


def analysis(torch: Any, x: Any, banks: list[Any]) -> Any:
    """[batch, *filters of each bank, channels, *h] in one: banks are [filters, taps]."""
    rank, channels = len(banks), x.shape[1]
    for axis, bank in enumerate(banks):
        x = extended(torch, x, bank.shape[1], 2 + axis)
    kernel, bands = _kernel(torch, banks, flipped=True)
    convolve = getattr(torch.nn.functional, f"conv{rank}d")
    weights = kernel.repeat(channels, *[1] * (rank + 1)).to(x.dtype)
    y = convolve(x, weights, stride=2, groups=channels)
    return y.unflatten(1, (channels, bands)).transpose(1, 2)


def synthesis(torch: Any, bands: Any, banks: list[Any], lengths: tuple[int, ...]) -> Any:
    """The other way: [batch, channels, *lengths]."""
    rank, channels = len(banks), bands.shape[2]
    kernel, _ = _kernel(torch, banks, flipped=False)
    convolve = getattr(torch.nn.functional, f"conv_transpose{rank}d")
    weights = kernel.repeat(channels, *[1] * (rank + 1)).to(bands.dtype)
    x = convolve(bands.transpose(1, 2).flatten(1, 2), weights, stride=2, groups=channels)
    for axis, (bank, n) in enumerate(zip(banks, lengths, strict=True)):
        x = x.narrow(2 + axis, bank.shape[1] - 2, n)
    return x


def _kernel(torch: Any, banks: list[Any], *, flipped: bool) -> tuple[Any, int]:
    """The products of filters of each axis: [bands, 1, *taps]."""
    kernel = torch.ones((1,), dtype=banks[0].dtype, device=banks[0].device)
    for bank in banks:
        own = bank.flip(1) if flipped else bank
        shape = [1] * (kernel.ndim - 1)
        kernel = kernel[:, None, ..., None] * own.reshape(1, own.shape[0], *shape, own.shape[1])
        kernel = kernel.flatten(0, 1)
    return kernel[:, None], math.prod(bank.shape[0] for bank in banks)


def filter_gradient(torch: Any, x: Any, bands: Any, banks: list[Any]) -> Any:
    """[2, taps] of the first axis, in float64, some images at a time."""
    taps = banks[0].shape[1]
    every = [
        torch.eye(taps, dtype=torch.float64, device=x.device),
        *(b.double() for b in banks[1:]),
    ]
    total = torch.zeros((2, taps), dtype=torch.float64, device=x.device)
    for own, by in zip(x.split(8), bands.split(8), strict=True):
        met = analysis(torch, own.double(), every).unflatten(1, (taps, -1)).flatten(2)
        total += torch.einsum("bkn,btn->kt", by.double().unflatten(1, (2, -1)).flatten(2), met)
    return total


def rival_of(torch: Any, case: Case, weights: Any) -> Rival | None:
    """None where PyTorch has no simple way."""
    if case.rule or case.operator in ("gradient of dwt", "filter gradient of dwt"):
        return None
    if case.operator == "dwt":
        return lambda x: analysis(torch, x, weights)
    if case.operator == "idwt":
        return lambda bands: synthesis(torch, bands, weights, case.lengths)
    if case.is_conv:
        own = weights.permute(-1, -2, *range(len(case.lengths))).contiguous()
        groups = case.channels if case.operator == "depthwise conv" else 1
        convolve = getattr(torch.nn.functional, f"conv{len(case.lengths)}d")
        return lambda x: convolve(x, own.to(x.dtype), padding="same", groups=groups)
    if case.operator == "filter":
        axes = tuple(range(2, 2 + len(case.lengths)))
        response = torch.movedim(weights, -1, 0).contiguous()
        return lambda x: torch.fft.irfftn(
            torch.fft.rfftn(x, dim=axes) * response, case.lengths, axes
        )
    if case.operator == "spectral_conv":
        mixing = weights.permute(2, 3, 0, 1).contiguous()
        return lambda x: chains.spectral_conv(torch, x, mixing.to(_complex(torch, x)))
    norm = norm_of(case)
    return lambda x: chains.resample(torch, torch.fft, x, case.sizes, norm)


def norm_of(case: Case) -> str:
    """With which the chain is what ours is; docs/conventions.md, 7."""
    return "backward" if case.operator == "gradient of pool" else "forward"


def _complex(torch: Any, x: Any) -> Any:
    return torch.complex128 if x.dtype == torch.float64 else torch.complex64


def truth_of(torch: Any, case: Case, planes: Any, weights: Any, rival: Rival | None) -> Any:
    """Of the first image, in float64; of all, where they are added up."""
    if case.operator == "filter gradient of dwt":
        return filter_gradient(torch, planes[0], planes[1], weights).cpu().numpy()
    if case.operator == "gradient of dwt":  # <dwt(x), bands> by x
        bands = planes[:1].double()
        x = torch.zeros((1, case.channels, *case.lengths), dtype=bands.dtype, device=bands.device)
        x.requires_grad_()
        (analysis(torch, x, [bank.double() for bank in weights]) * bands).sum().backward()
        return x.grad.cpu().numpy()
    if case.operator.startswith(("pool", "gradient of pool")):
        first = planes[:1].cpu().numpy()
        how: dict[str, Any] = {"norm": norm_of(case), "data_format": "channels_first", **case.rule}
        return oracle.resample(first, case.sizes, **how)
    assert rival
    return rival(planes[:1].double()).cpu().numpy()
