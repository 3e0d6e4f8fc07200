"""Results and gradients are equal to the bit: twice in a process, and in two processes."""

from pathlib import Path

import pytest
from fresh_process import output_of, output_with_tensorflow

SCRIPT = """
    import hashlib
    import numpy as np
    import tensorflow as tf
    tf.config.experimental.enable_op_determinism()
    tf.config.threading.set_intra_op_parallelism_threads(2)
    import spectral_ops

    rng = np.random.default_rng(0)

    def normal(*shape, dtype=tf.float32):
        return tf.constant(rng.standard_normal(shape), dtype)

    x = normal(6, 40, 31, 18)
    windows = [tf.constant(rng.uniform(size=k), tf.float32) for k in (11, 16)]
    weights = tf.complex(normal(12, 9, 18, 7), normal(12, 9, 18, 7))
    response = tf.complex(normal(40, 16), normal(40, 16))
    filters = normal(9, 8, 18, 7)
    calls = (
        (lambda *w: spectral_ops.resample(x, (20, 37), windows=w), windows),
        (lambda w: spectral_ops.spectral_conv(x, w, output_size=(20, 37)), [weights]),
        (lambda f: spectral_ops.conv(x, f, algorithm="fft"), [filters]),
        (lambda r: spectral_ops.filter(x, r), [response]),
        (lambda f: spectral_ops.dwt(x, f, mode="antireflect"), [normal(2, 6)]),
    )
    gradients = [normal(6, 20, 37, 18), normal(6, 20, 37, 7), normal(6, 40, 31, 7), x]
    gradients.append(normal(6, 22, 18, 4, 18))

    def digest(function, sources, g):
        with tf.GradientTape() as tape:
            tape.watch([x, *sources])
            y = function(*sources)
        tensors = [y, *tape.gradient(y, [x, *sources], g)]
        return hashlib.sha256(b"".join(t.numpy().tobytes() for t in tensors)).hexdigest()

    print(spectral_ops.build_info()["implementation"])
    for (function, sources), g in zip(calls, gradients):
        digests = {digest(function, sources, g) for _ in range(10)}
        assert len(digests) == 1, digests
        print(*digests)
"""


@pytest.mark.parametrize("which", ["native", "reference"])
def test_deterministic_ops(which: str, tmp_path: Path) -> None:
    """The second of the processes begins with other things in memory."""
    settings = {"SPECTRAL_OPS_IMPLEMENTATION": which}
    first = output_with_tensorflow(SCRIPT, tmp_path, environment=settings)
    assert first == output_of(SCRIPT, tmp_path, environment=settings)
    assert first.split()[0] == which and len(first.split()) == 6
