"""Subjects of TensorFlow: everyone compiled by `tf.function` for static shapes, in one way."""

import functools
import os
import platform
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

import spectral_ops
from bench.subject import DIRECTIONS, Contender, Run, Subject

Function = Callable[..., tf.Tensor]
Inputs = Callable[[], tuple[tf.Tensor, ...]]


@functools.lru_cache(maxsize=4)
def normal(*specs: tf.TensorSpec) -> tuple[tf.Tensor, ...]:
    """Normal deviates; the same in every run."""
    rng = np.random.default_rng(0)
    values = []
    for spec in specs:
        value = rng.standard_normal(spec.shape)
        if spec.dtype.is_complex:
            value = value + 1j * rng.standard_normal(spec.shape)
        values.append(tf.constant(value, spec.dtype))
    return tuple(values)


def pair(
    operator: str,
    case: str,
    inputs: Inputs,
    functions: Mapping[str, Function],
    truth: Function,
    *,
    unlike: Collection[str] = (),  # those that compute something else
    without_gradient: Collection[str] = (),
    call: Any = None,
) -> list[Subject]:
    """The two subjects of one case. `truth` is called eagerly, in float64 and complex128."""
    return [
        Subject(
            operator,
            case,
            direction,
            {
                name: contender(function, inputs, direction, unlike=name in unlike)
                for name, function in functions.items()
                if direction == "forward" or name not in without_gradient
            },
            functools.partial(_expected, truth, inputs, direction),
            call,
        )
        for direction in DIRECTIONS
    ]


def contender(
    function: Function,
    inputs: Inputs,
    direction: str,
    *,
    unlike: bool = False,
    xla: bool = False,
    calls: int = 1,
) -> Contender:
    """`function` as a graph; its arrays are the output, or the gradients of all inputs.

    A graph may call it several times, one after another, as a model has more than one layer: to
    enter a graph takes as long as a small call.
    """

    def compiled() -> Run:
        x = inputs()
        count = len(x)
        if direction == "gradient":
            x = (*x, *normal(tf.TensorSpec(function(*x).shape)))
        each = len(x)
        x *= calls  # places of their own: no two calls are equal

        # Not a partial function: of one TensorFlow prints the tensors of each call, for an error
        # that it then does not raise.
        def run(*x: tf.Tensor) -> tuple[tf.Tensor, ...]:
            results: tuple[tf.Tensor, ...] = ()
            last: tuple[tf.Tensor, ...] = ()
            for i in range(0, len(x), each):
                with tf.control_dependencies(last):
                    last = _results(function, count, *x[i : i + each])
                results += last
            return results

        graph = tf.function(run, autograph=False, jit_compile=xla).get_concrete_function(*x)
        if tf.config.list_physical_devices("GPU"):
            return lambda: (graph(*x), tf.test.experimental.sync_devices())[0]
        # On a CPU a call returns when its work is done; to ask would take up to a tenth of ours.
        return lambda: graph(*x)

    def arrays(results: Any) -> list[Any]:
        return [result.numpy() for result in results[-len(inputs()) :]]

    return Contender(compiled, None if unlike else arrays, calls=calls)


def _results(function: Function, count: int, *arguments: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """The output of `count` inputs; where a cotangent follows them, also their gradients."""
    x, cotangent = arguments[:count], arguments[count:]
    if not cotangent:
        return (function(*x),)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(*x)
    # A linear map's gradient does not need y: were it not returned, it would be pruned.
    return y, *tape.gradient(y, x, output_gradients=cotangent[0])


def _expected(truth: Function, inputs: Inputs, direction: str) -> list[Any]:
    x = tuple(tf.cast(v, tf.complex128 if v.dtype.is_complex else tf.float64) for v in inputs())
    if direction == "forward":
        return [truth(*x).numpy()]
    cotangent = normal(tf.TensorSpec(truth(*x).shape))[0]
    results = _results(truth, len(x), *x, tf.cast(cotangent, tf.float64))
    return [result.numpy() for result in results[1:]]


def environment() -> dict[str, Any]:
    """The machine and the software that the figures hold for."""
    build = spectral_ops.build_info()
    gpus = tf.config.list_physical_devices("GPU")
    details = (tf.config.experimental.get_device_details(gpu) for gpu in gpus)
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0))
    return {
        "device": ", ".join(each.get("device_name", "GPU") for each in details) or "CPU",
        "cpu": models[0] if models else platform.processor() or platform.machine(),
        "cores": cores,
        "threads": tf.config.threading.get_intra_op_parallelism_threads() or cores,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "tensorflow": tf.__version__,
        "spectral_ops": build["version"],
        "implementation": build["implementation"],
        "simd": build.get("simd"),
    }


def described() -> str:
    """`environment` as a sentence."""
    return (
        "{device}, {cpu}, {threads} threads; TensorFlow {tensorflow}, spectral_ops {spectral_ops} "
        "({implementation}, {simd}), NumPy {numpy}, Python {python}."
    ).format_map(environment())
