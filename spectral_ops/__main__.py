"""`python -m spectral_ops`: prints build_info and checks the ops against the reference."""

import sys

import numpy as np
import tensorflow as tf

import spectral_ops


def main() -> int:
    """Prints what is in use; returns 0 where every check holds."""
    for key, value in spectral_ops.build_info().items():
        print(f"{key}: {value}")
    rng = np.random.default_rng(0)
    failures = 0
    for dtype, bound in ((tf.float32, 1e-6), (tf.float64, 1e-14)):
        for size in ((16, 16), (9, 31), (47, 70)):
            x = tf.constant(rng.standard_normal((2, 31, 40, 5)), dtype)
            error = _compare(x, size)
            failures += error > bound
            verdict = "ok" if error <= bound else f"FAILED, allowed {bound}"
            print(
                f"resample {dtype.name} 31x40 -> {size[0]}x{size[1]}: error {error:.1e} {verdict}"
            )
    print("self-check passed" if failures == 0 else f"self-check: {failures} failures")
    return int(failures > 0)


def _compare(x: tf.Tensor, size: tuple[int, int]) -> float:
    """The relative difference of values and gradients from the float64 reference."""
    wide = tf.cast(x, tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, wide])
        y = spectral_ops.resample(x, size)
        expected = spectral_ops.reference.resample(wide, size)
        loss, expected_loss = tf.reduce_sum(y**2), tf.reduce_sum(expected**2)
    pairs = [
        (y, expected),
        (tape.gradient(loss, x), tape.gradient(expected_loss, wide)),
    ]
    return max(float(tf.norm(tf.cast(a, tf.float64) - b) / tf.norm(b)) for a, b in pairs)


if __name__ == "__main__":
    sys.exit(main())
