"""`python -m bench.conv_choice`: what `conv(algorithm="auto")` chooses between, and how well.

For each shape the FFT op and TensorFlow's own convolution take turns. The two estimates of the
cost model stand beside the times, and what its choice loses to the better way; at the end the
constants of csrc/cpu/base/tuning.h that would fit best. The estimates are of one thread.
"""

import itertools

import numpy as np

from bench import graphs
from bench.conv import Conv
from bench.subject import take_turns
from spectral_ops import _kernels

SHAPES = [  # (batch, size, in channels, out channels; None: depthwise), for all kernels that fit
    *((4, 64, 32, 32), (1, 64, 64, 64), (16, 32, 32, 32), (8, 28, 128, 128), (1, 224, 3, 32)),
    *((32, 14, 64, 64), (1, 256, 16, 16), (1, 16, 256, 256), (2, 128, 8, 8), (4, 64, 64, None)),
    *((16, 32, 64, None), (1, 224, 32, None), (8, 28, 128, None), (1, 512, 8, None)),
]
KERNELS = (1, 3, 5, 7, 11, 15, 31)


def main() -> None:
    """Measures and prints."""
    threads = graphs.environment()["threads"]
    print(
        f"{graphs.described()}\n\n"
        "| case | fft, ms | direct, ms | fft estimated | direct estimated | choice | loses |\n"
        "|---|---:|---:|---:|---:|---|---:|"
    )
    losses: list[float] = []
    fits: dict[str, list[tuple[float, float]]] = {"fft": [], "direct": [], "direct_depthwise": []}
    for (batch, size, channels, out), kernel in itertools.product(SHAPES, KERNELS):
        conv = Conv(batch, (size, size), channels, out, (kernel, kernel))
        if kernel > size:
            continue
        runs = {
            name: graphs.contender(conv.ours(name), conv.inputs, "forward").compile()
            for name in ("fft", "direct")
        }
        times = {n: 1e3 * float(np.median(s)) for n, s in take_turns(runs, 9).items()}
        x, filters = (value.shape for value in conv.inputs())
        groups = 1 if conv.out else conv.channels
        plan = _kernels.conv_plan(
            x, filters if conv.out else (kernel, kernel, 1, conv.channels), groups=groups
        )
        fits["fft"].append((plan["work"], times["fft"] * threads * 1e6))
        fits["direct" if conv.out else "direct_depthwise"].append(
            (conv.multiply_adds, times["direct"] * threads * 1e6)
        )
        choice = "fft" if plan["prefers_fft"] else "direct"
        losses.append(times[choice] / min(times.values()) - 1)
        print(
            f"| {conv.name} | {times['fft']:.2f} | {times['direct']:.2f} "
            f"| {plan['fft_time'] / threads / 1e6:.2f} | {plan['direct_time'] / threads / 1e6:.2f} "
            f"| {choice} | {losses[-1]:.0%} |",
            flush=True,
        )
    print(f"\nThe choices lose {np.mean(losses):.1%} on average, {np.max(losses):.0%} at most.")
    for name, fit in fits.items():  # the line of least squares of relative errors
        work, time = np.array(fit).T
        terms = np.stack([work / time, 1 / time], 1)
        each, call = np.linalg.lstsq(terms, np.ones(len(time)), rcond=None)[0]
        print(f"{name}: {each:.4f} ns each, {call:.0f} ns a call")


if __name__ == "__main__":
    main()
