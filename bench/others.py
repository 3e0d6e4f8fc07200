"""Races ours against XLA, SciPy and, where they are installed, PyTorch, neuraloperator and ptwt.

XLA compiles the chain of `tf.signal`. SciPy and PyTorch run the same chain, and neuraloperator its
layer, on arrays of their own with the channels first, the layout that suits them: whatever the
layout of the case, they pay for no transpose.
"""

import dataclasses
import functools
import importlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pywt
import scipy.fft

from bench import chains, graphs
from bench.subject import OURS, Contender, Run, Subject
from bench.wavelet import Wavelet


def added_to(subject: Subject) -> Subject:
    """`subject` with ours and the contenders of this file."""
    contenders = {OURS: subject.contenders[OURS], **of(subject)}
    return dataclasses.replace(subject, contenders=contenders)


def of(subject: Subject) -> dict[str, Contender]:
    """The contenders for one subject, none where no other library has the case."""
    torch = _module("torch")
    if subject.operator == "pool" and subject.direction == "forward":
        pool = subject.call
        last = pool.data_format == "channels_last"

        def scipy_run(x: Any) -> Run:
            def run() -> Any:
                with scipy.fft.set_workers(len(os.sched_getaffinity(0))):
                    return chains.resample(np, scipy.fft, x, pool.sizes)

            return run

        def torch_run(x: Any) -> Run:
            x = torch.from_numpy(x)
            return lambda: chains.resample(torch, torch.fft, x, pool.sizes)

        contenders = {
            "XLA": graphs.contender(pool.signal_chain, pool.inputs, "forward", xla=True),
            "SciPy": _on_planes(scipy_run, pool.inputs, last, spins=False),
        }
        return contenders | ({"torch": _on_planes(torch_run, pool.inputs, last)} if torch else {})
    # Where the size changes, neuraloperator puts frequencies elsewhere.
    if subject.operator == "spectral_conv" and subject.call and torch:
        layers = {"torch": _chain, "neuraloperator": _neuraloperator}
        if not _module("neuralop"):
            del layers["neuraloperator"]
        return {
            name: _on_planes(_layer_run(layer, subject), subject.call, True)
            for name, layer in layers.items()
        }
    if subject.operator == "dwt" and subject.direction == "forward" and _module("ptwt"):
        return _ptwt(subject.call)
    return {}


def _ptwt(case: Wavelet) -> dict[str, Contender]:
    if len(case.lengths) != 2 or case.mode != "symmetric":
        return {}

    def run(x: Any) -> Run:
        x, wavelet = _module("torch").from_numpy(x), pywt.Wavelet(case.wavelet)
        return lambda: _module("ptwt").wavedec2(x, wavelet, mode=case.mode, level=1)

    planes = _on_planes(run, case.inputs, last=True)
    return {"ptwt": planes._replace(arrays=None)}  # its bands are not put together


@functools.cache
def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _planes(x: Any, last: bool = True) -> Any:
    return np.ascontiguousarray(np.moveaxis(x.numpy(), -1, 1) if last else x.numpy())


def _on_planes(
    build: Callable[..., Run], inputs: graphs.Inputs, last: bool, spins: bool = True
) -> Contender:
    """`build` gets the signal with the channels first, and the other inputs as they are."""

    def arrays(y: Any) -> list[Any]:
        return [np.moveaxis(np.asarray(y), 1, -1) if last else np.asarray(y)]

    def compiled() -> Run:
        x, *others = inputs()
        return build(_planes(x, last), *(other.numpy() for other in others))

    return Contender(compiled, arrays, spins)


def _layer_run(layer: Callable[[Any], tuple[Any, Any]], subject: Subject) -> Callable[..., Run]:
    """Forward, or with gradients of the signal and the weights; gives that of the signal."""
    torch = _module("torch")

    def build(x: Any, weights: Any) -> Run:
        weights = torch.from_numpy(np.ascontiguousarray(weights.transpose(2, 3, 0, 1)))
        function, parameters = layer(weights)
        cotangent = torch.from_numpy(_planes(graphs.normal(subject.call.args[0])[0]))
        own = torch.from_numpy(x).requires_grad_()

        def forward() -> Any:
            with torch.no_grad():
                return function(own)

        def with_gradients() -> Any:
            own.grad = parameters.grad = None
            function(own).backward(cotangent)
            return own.grad

        return forward if subject.direction == "forward" else with_gradients

    return build


def _chain(weights: Any) -> tuple[Any, Any]:
    own = weights.requires_grad_()
    return lambda x: chains.spectral_conv(_module("torch"), x, own), own


def _neuraloperator(weights: Any) -> tuple[Any, Any]:
    layers = importlib.import_module("neuralop.layers.spectral_convolution")
    modes = (weights.shape[2], 2 * weights.shape[3] - 2)
    layer = layers.SpectralConv(*weights.shape[:2], modes, bias=False, fft_norm="forward")
    layer.weight.tensor.data.copy_(_module("torch").fft.fftshift(weights, dim=-2))
    return layer, layer.weight.tensor
