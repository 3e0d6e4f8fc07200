"""`python -m bench.conv_choice`: what `conv(algorithm="auto")` chooses between, and how well.

For each shape FFTs and TensorFlow's own convolution take turns: forward, then for the gradient of x
alone and for that of the filters alone, each of which is a choice of its own. The two estimates of
the cost model stand beside the times, and what its choice loses to the better way; at the end the
constants of csrc/cpu/base/tuning.h that would fit best. The estimates are of one thread. Where
TensorFlow is expected to take seconds, it is left out.
"""

import argparse
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from bench import graphs
from bench.conv import Conv
from bench.subject import Run, take_turns
from spectral_ops import _kernels

SHAPES = [  # (batch, size, in channels, out channels; None: depthwise), for all kernels that fit
    *((4, 64, 32, 32), (1, 64, 64, 64), (16, 32, 32, 32), (8, 28, 128, 128), (1, 224, 3, 32)),
    *((32, 14, 64, 64), (1, 256, 16, 16), (1, 16, 256, 256), (2, 128, 8, 8), (4, 64, 64, None)),
    *((16, 32, 64, None), (1, 224, 32, None), (8, 28, 128, None), (1, 512, 8, None)),
    *((2, 128, 64, 1), (1, 64, 512, 1), (2, 128, 32, 2), (2, 128, 1, 16), (1, 256, 3, None)),
]
KERNELS = (1, 3, 5, 7, 11, 15, 31)
FIRST = "channels_first"
OTHERS = (  # taps that are long one way, one and three axes, the other layout
    *(Conv(2, (64, 64), 32, 32, taps) for taps in ((3, 13), (13, 3), (1, 31), (31, 1))),
    *(Conv(4, (64, 64), 64, None, taps) for taps in ((3, 7), (7, 3), (1, 5), (5, 1))),
    *(Conv(1, (16000,), 8, 8, (k,)) for k in (3, 9, 31, 127)),
    *(Conv(4, (16000,), 1, 1, (k,)) for k in (9, 31, 127)),
    *(Conv(1, (44100,), 1, 16, (k,)) for k in (9, 31, 127)),
    *(Conv(2, (8192,), 32, None, (k,)) for k in (3, 31, 127)),
    *(Conv(8, (32, 32, 32), 3, 3, (k,) * 3) for k in (3, 5)),
    *(Conv(1, (32, 32, 32), 64, None, (k,) * 3) for k in (3, 5)),
    *(Conv(8, (32, 32, 32), 3, None, (k,) * 3) for k in (3, 5)),
    *(Conv(4, (64, 64), 32, 32, (k, k), FIRST) for k in (3, 5)),
    *(Conv(4, (64, 64), 64, None, (k, k), FIRST) for k in (3, 7)),
)
MAPS = ("forward", "input_gradient", "filter_gradient")
ROUNDS = 9
LANES = 16  # DirectConvTuning::lanes
MOST_SECONDS = 1.0  # as expected of TensorFlow on one thread
ROW = "| {} | {} | {} | {} | {:.2f} | {:.2f} | {} | {:.0%} |"


def cases() -> list[Conv]:
    """All shapes."""
    squares = [
        Conv(batch, (size, size), channels, out, (kernel, kernel))
        for (batch, size, channels, out), kernel in itertools.product(SHAPES, KERNELS)
        if kernel <= size
    ]
    return [*squares, *OTHERS]


def plan(conv: Conv, way_of: str) -> dict[str, Any]:
    """The plan and the estimates of one of MAPS."""
    x, filters = (value.shape for value in conv.inputs())
    return _kernels.conv_plan(
        x,
        filters,
        map=way_of,
        groups=1 if conv.out else None,
        data_format=conv.data_format,
    )


def run(conv: Conv, way_of: str, algorithm: str) -> Run:
    """That map alone."""
    function, x = conv.ours(algorithm), conv.inputs()
    if way_of == "forward":
        return graphs.contender(function, conv.inputs, "forward").compile()
    place = MAPS.index(way_of) - 1
    cotangent = graphs.normal(tf.TensorSpec(function(*x).shape))[0]

    def gradient(*arguments: tf.Tensor) -> tf.Tensor:
        *given, cotangent = arguments
        with tf.GradientTape() as tape:
            tape.watch(given[place])
            y = function(*given)
        return tape.gradient(y, given[place], output_gradients=cotangent)

    graph = tf.function(gradient, autograph=False).get_concrete_function(*x, cotangent)
    return lambda: graph(*x, cotangent)


def filled(conv: Conv, way_of: str) -> float:
    """Multiply-adds of full vectors of targets."""
    targets = conv.channels if way_of == "input_gradient" or not conv.out else conv.out
    return conv.multiply_adds / targets * -(-targets // LANES) * LANES


def constant(conv: Conv, way_of: str) -> str | None:
    """Which of DirectConvTuning's a time of TensorFlow's is that of, alone."""
    if conv.data_format == FIRST:
        return None
    last, of_filters = conv.taps[-1], way_of == "filter_gradient"
    if conv.out is None:
        return None if len(conv.lengths) == 3 or (of_filters and last > 3) else "depthwise"
    if of_filters and last > 14:
        return None
    return "dense" if way_of == "forward" else "dense_gradient"


def measure(conv: Conv, way_of: str, threads: int, rounds: int, note: Callable[..., None]) -> float:
    """Prints a row; returns what the choice loses."""
    made = plan(conv, way_of)
    names = ["fft"]
    if made["direct_time"] <= 1e9 * MOST_SECONDS:
        names.append("direct")
    runs = {name: run(conv, way_of, name) for name in names}
    times = {n: 1e3 * float(np.median(s)) for n, s in take_turns(runs, rounds).items()}
    note("fft", made["work"], times["fft"])
    if (name := constant(conv, way_of)) and "direct" in times:
        note(name, filled(conv, way_of), times["direct"])
    choice = "fft" if made["prefers_fft"] else "direct"
    loss = times.get(choice, np.inf) / min(times.values()) - 1
    shown = [f"{times[name]:.2f}" if name in times else "" for name in ("fft", "direct")]
    estimates = [made[f"{name}_time"] / threads / 1e6 for name in ("fft", "direct")]
    row = ROW.format(conv.name, way_of.replace("_", " "), *shown, *estimates, choice, loss)
    print(row, flush=True)
    return loss


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser("bench.conv_choice", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}")
    parser.add_argument("--only", default="", help="cases with this in their name")
    chosen = parser.parse_args()
    threads = graphs.environment()["threads"]
    print(
        f"{graphs.described()}\n\n"
        "| case | of | fft, ms | direct, ms | fft estimated | direct estimated | choice | loses |\n"
        "|---|---|---:|---:|---:|---:|---|---:|"
    )
    fits: dict[str, list[tuple[float, float]]] = {}

    def note(name: str, work: float, milliseconds: float) -> None:
        fits.setdefault(name, []).append((work, 1e6 * threads * milliseconds))

    selected = [conv for conv in cases() if chosen.only in conv.name]
    losses: dict[str, list[float]] = {way_of: [] for way_of in MAPS}
    for conv, way_of in itertools.product(selected, MAPS):
        losses[way_of].append(measure(conv, way_of, threads, chosen.rounds, note))
    print()
    for way_of, lost in losses.items():
        means = f"{np.mean(lost):.1%} on average, {np.max(lost):.0%} at most"
        print(f"{way_of.replace('_', ' ')}: the choices lose {means}.")
    for name, fit in fits.items():  # the line of least squares of relative errors
        work, time = np.array(fit).T
        terms = np.stack([work / time, 1 / time], 1)
        each, call = np.linalg.lstsq(terms, np.ones(len(time)), rcond=None)[0]
        print(f"{name}: {each:.4f} ns each, {call:.0f} ns a call")


if __name__ == "__main__":
    main()
