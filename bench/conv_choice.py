"""`python -m bench.conv_choice`: what `conv(algorithm="auto")` chooses between, and how well.

For each shape the FFT op and TensorFlow's own convolution take turns. The two estimates of the
cost model stand beside the times, and what its choice loses to the better way; at the end the
constants of csrc/cpu/base/tuning.h that would fit best. The estimates are of one thread.
"""

import itertools
import sys
from collections.abc import Callable

import numpy as np
import tensorflow as tf

import spectral_ops
from bench import harness
from spectral_ops import _kernels

SHAPES = [  # (batch, size, in channels, out channels, depthwise), for all kernels that fit
    *((4, 64, 32, 32, False), (1, 64, 64, 64, False), (16, 32, 32, 32, False)),
    *((8, 28, 128, 128, False), (1, 224, 3, 32, False), (32, 14, 64, 64, False)),
    *((1, 256, 16, 16, False), (1, 16, 256, 256, False), (2, 128, 8, 8, False)),
    *((4, 64, 64, 64, True), (16, 32, 64, 64, True), (1, 224, 32, 32, True)),
    *((8, 28, 128, 128, True), (1, 512, 8, 8, True)),
]
KERNELS = (1, 3, 5, 7, 11, 15, 31)


def main() -> int:
    """Measures and prints."""
    threads = harness.environment()["threads"]
    print(
        f"{harness.describe(harness.environment())}\n\n"
        "| case | fft, ms | direct, ms | fft estimated | direct estimated | choice | loses |\n"
        "|---|---:|---:|---:|---:|---|---:|"
    )
    losses: list[float] = []
    fft_fit: list[tuple[float, float]] = []
    direct_fit: list[tuple[float, float]] = []
    depthwise_fit: list[tuple[float, float]] = []
    for (batch, size, channels, out, depthwise), kernel in itertools.product(SHAPES, KERNELS):
        if kernel > size:
            continue
        rng = np.random.default_rng(0)
        x = tf.constant(rng.standard_normal((batch, size, size, channels)), tf.float32)
        filters_shape = (kernel, kernel, channels, 1 if depthwise else out)
        filters = tf.constant(rng.standard_normal(filters_shape), tf.float32)
        operator = spectral_ops.depthwise_conv if depthwise else spectral_ops.conv

        graphs = {
            algorithm: _compile(operator, algorithm, x, filters) for algorithm in ("fft", "direct")
        }
        times = harness.Race(graphs).run(9)
        fft, direct = times["fft"].median_ms, times["direct"].median_ms
        plan_filters = (kernel, kernel, 1, channels) if depthwise else filters_shape
        plan = _kernels.conv_plan(x.shape, plan_filters, groups=channels if depthwise else 1)
        multiply_adds = batch * size**2 * kernel**2 * out * (1 if depthwise else channels)
        fft_fit.append((plan["work"], fft * threads * 1e6))
        (depthwise_fit if depthwise else direct_fit).append((multiply_adds, direct * threads * 1e6))
        choice = "fft" if plan["prefers_fft"] else "direct"
        losses.append(times[choice].median_ms / min(fft, direct) - 1)
        name = f"{batch}x{size}x{size}x{channels}"
        name += " depthwise" if depthwise else f"->{out}"
        print(
            f"| {name}, {kernel} | {fft:.2f} | {direct:.2f} "
            f"| {plan['fft_time'] / threads / 1e6:.2f} | {plan['direct_time'] / threads / 1e6:.2f} "
            f"| {choice} | {losses[-1]:.0%} |",
            flush=True,
        )
    print(f"\nThe choices lose {np.mean(losses):.1%} on average, {np.max(losses):.0%} at most.")
    for name, fit in (
        ("fft", fft_fit),
        ("direct", direct_fit),
        ("direct_depthwise", depthwise_fit),
    ):
        each, call = _fit(fit)
        print(f"{name}: {each:.4f} ns each, {call:.0f} ns a call")
    return 0


def _compile(
    operator: Callable[..., tf.Tensor], algorithm: str, x: tf.Tensor, filters: tf.Tensor
) -> Callable[[], tf.Tensor]:
    def run(x: tf.Tensor, filters: tf.Tensor) -> tf.Tensor:
        return operator(x, filters, algorithm=algorithm)

    graph = tf.function(run, autograph=False).get_concrete_function(x, filters)
    return lambda: graph(x, filters)


def _fit(points: list[tuple[float, float]]) -> tuple[float, float]:
    """The line of least squares of relative errors."""
    work, time = np.array(points).T
    terms = np.stack([work / time, 1 / time], 1)
    each, call = np.linalg.lstsq(terms, np.ones(len(time)), rcond=None)[0]
    return float(each), float(call)


if __name__ == "__main__":
    sys.exit(main())
