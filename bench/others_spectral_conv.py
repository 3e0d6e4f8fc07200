"""`python -m bench.others_spectral_conv`: `spectral_conv` against PyTorch, in turns.

With PyTorch installed: its chain of rfft2, the low modes, einsum and irfft2, and, where the package
neuraloperator is installed, that library's own layer; both channels first, the layout that suits
them. Ours is compiled by `tf.function`, forward and with gradients of the input and the weights.
Every run that counts follows one of the same that does not, so that threads are awake.
"""

import argparse
import importlib
import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bench import harness
from bench.spectral_conv import SUBJECTS
from bench.subject import OURS, Subject

PAUSE = 0.25  # seconds after a run of PyTorch, in which its threads stop spinning for the next


class Layer(NamedTuple):
    """A function of the signal and the weights that take gradients."""

    run: Callable[[Any], Any]
    weights: Any


def main() -> None:
    """Races and prints a table in markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    torch = importlib.import_module("torch")
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    print(f"{harness.describe(harness.environment())} torch {torch.__version__}.\n")
    names = ("torch", "neuraloperator")
    print(f"| case | mode | ours, ms [q1-q3] | {' | '.join(names)} |\n|---|---|---:|---:|---:|")
    for subject in SUBJECTS:
        if " to " in subject.name:  # neuraloperator puts frequencies elsewhere there
            continue
        for gradient in (False, True):
            timings = _race(torch, subject, gradient, options.rounds)
            ours = timings[OURS]
            cells = [
                f"{timings[name].median_ms / ours.median_ms:.2f}" if name in timings else ""
                for name in names
            ]
            print(
                f"| {subject.name} | {'with gradients' if gradient else 'forward'} "
                f"| {ours.median_ms:.2f} [{ours.q1_ms:.2f}-{ours.q3_ms:.2f}] "
                f"| {' | '.join(cells)} |",
                flush=True,
            )


def _race(torch: Any, subject: Subject, gradient: bool, rounds: int) -> dict[str, harness.Timing]:
    x, weights = (value.numpy() for value in subject.inputs)
    signal = torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1)))
    parameters = torch.from_numpy(np.ascontiguousarray(weights.transpose(2, 3, 0, 1)))
    runs: dict[str, Callable[[], Any]] = {OURS: subject.compile(subject.ours, gradient=gradient)}
    expected = subject.ours(*subject.inputs).numpy()
    for name, layer in _layers(torch, parameters).items():
        run = _torch_run(torch, layer, signal, gradient)
        y = layer.run(signal).detach().numpy()
        error = np.linalg.norm(np.moveaxis(y, 1, -1) - expected) / np.linalg.norm(expected)
        if error > 1e-5:
            raise AssertionError(f"{name} on {subject.name}: relative error {error:.1e}")
        runs[name] = run
    race = harness.Race(runs)
    for _ in range(harness.WARMUP + rounds):
        for name, run in runs.items():
            run()
            race.turn(name)
            if name != OURS:
                time.sleep(PAUSE)
    return {name: race.timing(name, harness.WARMUP) for name in runs}


def _layers(torch: Any, weights: Any) -> dict[str, Layer]:
    """By name, with weights [in, out, *modes] that take gradients."""
    own = weights.clone().requires_grad_()
    low, high = (own.shape[2] + 1) // 2, own.shape[2] // 2
    columns = own.shape[3]

    def chain(x: Any) -> Any:
        n = x.shape[2:]
        z = torch.fft.rfft2(x, norm="forward")[..., :columns]
        z = torch.cat([z[..., :low, :], z[..., n[0] - high :, :]], -2)
        z = torch.einsum("bixy,ioxy->boxy", z, own)
        y = torch.zeros(*z.shape[:2], n[0], n[1] // 2 + 1, dtype=z.dtype)
        y[..., :low, :columns] = z[..., :low, :]
        y[..., n[0] - high :, :columns] = z[..., low:, :]
        return torch.fft.irfft2(y, s=n, norm="forward")

    layers: dict[str, Layer] = {"torch": Layer(chain, own)}
    try:
        module = importlib.import_module("neuralop.layers.spectral_convolution")
    except ImportError:
        return layers
    modes = (own.shape[2], 2 * columns - 2)
    layer = module.SpectralConv(*own.shape[:2], modes, bias=False, fft_norm="forward")
    layer.weight.tensor.data.copy_(torch.fft.fftshift(weights, dim=-2))
    layers["neuraloperator"] = Layer(layer, layer.weight.tensor)
    return layers


def _torch_run(torch: Any, layer: Layer, x: Any, gradient: bool) -> Callable[[], Any]:
    def forward() -> Any:
        with torch.no_grad():
            return layer.run(x)

    own = x.clone().requires_grad_()

    def with_gradients() -> Any:
        own.grad = layer.weights.grad = None
        y = layer.run(own)
        y.backward(torch.ones_like(y))
        return y

    return with_gradients if gradient else forward


if __name__ == "__main__":
    main()
