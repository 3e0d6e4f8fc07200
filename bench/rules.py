"""Pooling by the other rules of borders and alignment, against the usual one on the same shapes."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

import spectral_ops
from bench import graphs
from bench.resample import Pool, add_one
from bench.subject import OURS, Subject
from tests import oracle

RULES: dict[str, dict[str, Any]] = {
    "symmetric": dict(boundary="symmetric"),
    "centered": dict(alignment="center"),
}


def subjects(pool: Pool, rule: str) -> list[Subject]:
    """Forward and gradient of one case; "periodic" is ours with neither argument."""
    settings = RULES[rule]

    def ours(x: tf.Tensor) -> tf.Tensor:
        return spectral_ops.pool(x, pool.sizes, data_format=pool.data_format, **settings)

    def resample(x: tf.Tensor, sizes: tuple[int, ...], norm: str) -> tf.Tensor:
        how = dict(norm=norm, data_format=pool.data_format) | settings
        return tf.constant(oracle.resample(x.numpy(), sizes, **how))

    @tf.custom_gradient
    def truth(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        return (
            resample(x, pool.sizes, "forward"),
            lambda grad: resample(grad, pool.lengths, "backward"),
        )

    functions = {OURS: ours, "periodic": pool.ours, "x + 1": add_one}
    return graphs.pair(
        rule, pool.name, pool.inputs, functions, truth, unlike=("periodic", "x + 1"), call=pool
    )


POOLS = (
    Pool(16, (56, 56), 64, (28, 28)),
    Pool(8, (112, 112), 64, (56, 56)),
    Pool(4, (224, 224), 32, (112, 112)),
    Pool(8, (16384,), 16, (4096,)),
    Pool(16, (56, 56), 64, (47, 47)),
    Pool(16, (61, 67), 48, (31, 29)),
    Pool(4, (224, 224), 32, (160, 160)),
    Pool(1, (1080, 1920), 3, (720, 1280)),
    Pool(1, (427, 640), 3, (213, 319)),
    Pool(2, (32, 64, 64), 8, (23, 45, 45)),
    Pool(16, (16000,), 1, (8000,)),
    Pool(1, (450_000,), 1, (45_000,)),
)
SUBJECTS = [subject for rule in RULES for pool in POOLS for subject in subjects(pool, rule)]
