"""Where TensorFlow takes a model: forward mode, recomputed passes, tf.data and tf.distribute."""

import json
import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from fresh_process import SECONDS, clean_environment, output_with_tensorflow
from samples import signal

F32 = np.dtype(np.float32)


def functions(so: ModuleType) -> dict[str, Any]:
    """Of x [2, 8, 8, 3] and another tensor of theirs."""
    return {
        "pool": (lambda x, w: so.pool(x, (5, 4), windows=[w, None]), signal(1, (3,), F32)),
        "conv": (lambda x, w: so.conv(x, w, algorithm="fft"), signal(1, (3, 3, 3, 2), F32)),
        "depthwise": (
            lambda x, w: so.depthwise_conv(x, w, algorithm="fft"),
            signal(1, (3, 3, 3, 2), F32),
        ),
        "symmetric": (
            lambda x, w: so.pool(x, (5, 4), boundary="symmetric", windows=[w, None]),
            signal(1, (5,), F32),
        ),
        "spectral": (so.spectral_conv, signal(1, (3, 3, 3, 2, 2), F32)),
        "filter": (so.filter, signal(1, (8, 5), F32)),
    }


@pytest.mark.parametrize("name", ["pool", "symmetric", "conv", "depthwise", "spectral", "filter"])
def test_forward_mode(native: ModuleType, name: str) -> None:
    """Each function is linear in either tensor, so a tangent goes through the function itself."""
    function, other = functions(native)[name]
    x, dx = (tf.constant(signal(seed, (2, 8, 8, 3), F32)) for seed in (2, 3))
    w, dw = tf.constant(other), tf.constant(signal(4, other.shape, F32))
    with tf.autodiff.ForwardAccumulator([x, w], [dx, dw]) as accumulator:
        y = function(x, w)
    expected = function(dx, w) + function(x, dw)
    assert np.abs(accumulator.jvp(y) - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("name", ["pool", "symmetric", "conv", "depthwise", "spectral", "filter"])
def test_recomputed_passes(native: ModuleType, name: str) -> None:
    function, other = functions(native)[name]
    x, w = tf.Variable(signal(2, (2, 8, 8, 3), F32)), tf.Variable(other)
    slopes = []
    for forward in (function, tf.recompute_grad(function)):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(forward(x, w) ** 2)
        slopes.append(tape.gradient(loss, [x, w]))
    for plain, recomputed in zip(*slopes, strict=True):
        assert plain.numpy().tobytes() == recomputed.numpy().tobytes()


def test_in_a_dataset(native: ModuleType) -> None:
    images = signal(0, (6, 12, 12, 3), F32)
    small = tf.data.Dataset.from_tensor_slices(images).batch(2)
    small = small.map(lambda x: native.pool(x, (7, 5)), num_parallel_calls=2)
    together = np.concatenate(list(small.as_numpy_iterator()))
    assert together.tobytes() == native.pool(images, (7, 5)).numpy().tobytes()


# Three steps of a model of all operators under `strategy`, as a loop of one's own.
STEPS = """
import json
import numpy as np
import spectral_ops as so

def losses(strategy, replicas):
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal(shape).astype(np.float32) for shape in ((8, 12, 12, 2), (8, 3)))
    with strategy.scope():
        variables = [
            tf.Variable(0.1 * rng.standard_normal(shape).astype(np.float32))
            for shape in ((5, 5, 2, 4), (5,), (3, 3, 4, 3, 2))
        ]

    def step(x, y):
        taps, window, pairs = variables
        with tf.GradientTape() as tape:
            z = tf.nn.relu(so.conv(x, taps, algorithm="fft"))
            z = so.spectral_conv(so.pool(z, (8, 8), windows=[window, None]), pairs)
            loss = tf.reduce_sum((tf.reduce_mean(z, [1, 2]) - y) ** 2) / 8
        slopes = tape.gradient(loss, variables)
        context = tf.distribute.get_replica_context()
        slopes = context.all_reduce(tf.distribute.ReduceOp.SUM, slopes)
        for variable, slope in zip(variables, slopes):
            variable.assign_sub(0.1 * slope)
        return loss

    @tf.function
    def run(values):
        done = strategy.run(step, args=values)
        return strategy.reduce(tf.distribute.ReduceOp.SUM, done, axis=None)

    share = 8 // replicas
    def values(context):
        first = share * context.replica_id_in_sync_group
        return x[first : first + share], y[first : first + share]
    found = []
    for _ in range(3):
        given = [strategy.experimental_distribute_values_from_function(
            lambda c, i=i: tf.constant(values(c)[i])) for i in range(2)]
        found.append(float(run(tuple(given))))
    return found
"""


def test_mirrored_over_two_devices(native: ModuleType, tmp_path: Path) -> None:
    printed = output_with_tensorflow(
        f"""
        import tensorflow as tf
        cpu = tf.config.list_physical_devices("CPU")[0]
        each = tf.config.LogicalDeviceConfiguration()
        tf.config.set_logical_device_configuration(cpu, [each, each])
        exec({STEPS!r})
        one = losses(tf.distribute.OneDeviceStrategy("CPU:0"), 1)
        two = losses(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]), 2)
        print(json.dumps([one, two]))
        """,
        tmp_path,
    )
    one, two = json.loads(printed.splitlines()[-1])
    assert one[0] > one[-1] > 0
    assert np.allclose(one, two, rtol=1e-5)


def test_two_workers(native: ModuleType, tmp_path: Path) -> None:
    """Two processes on this machine train with the losses of one device."""
    sockets = [socket.socket() for _ in range(2)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    workers = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    script = textwrap.dedent(
        f"""
        import tensorflow as tf
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
        exec({STEPS!r})
        alone = tf.distribute.OneDeviceStrategy("CPU:0")
        print(json.dumps([losses(strategy, 2), losses(alone, 1)]))
        """
    )
    processes = []
    for index in range(2):
        cluster = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        environment = clean_environment() | {"TF_CONFIG": json.dumps(cluster)}
        environment |= {"PYTHONPATH": os.environ.get("PYTHONPATH", ""), "no_proxy": "127.0.0.1"}
        command = [sys.executable, "-c", script]
        processes.append(
            subprocess.Popen(
                command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
            )
        )
    try:
        printed = [process.communicate(timeout=SECONDS)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    for text in printed:
        together, alone = json.loads(text.splitlines()[-1])
        assert np.allclose(together, alone, rtol=1e-5)
