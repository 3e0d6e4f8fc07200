"""Times contenders in turns (A B A B ...), so that a drift of the machine meets them alike."""

import math
import os
import platform
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

import spectral_ops

WARMUP = 3  # rounds that are run and not counted


@dataclass(frozen=True)
class Timing:
    """Median and quartiles of one contender's rounds, in milliseconds."""

    median_ms: float
    q1_ms: float
    q3_ms: float
    rounds: int


class Race:
    """Contenders that take turns, and the time of every turn."""

    def __init__(self, contenders: Mapping[str, Callable[[], Any]]) -> None:
        self._contenders = dict(contenders)
        self._seconds: dict[str, list[float]] = {name: [] for name in contenders}
        self._has_gpu = bool(tf.config.list_physical_devices("GPU"))

    def turn(self, name: str) -> Any:
        """Runs one contender to its end, on whatever device, and gives its result."""
        if self._has_gpu:
            tf.test.experimental.sync_devices()
        start = time.perf_counter()
        result = self._contenders[name]()
        # On a CPU a call returns when its work is done; to ask would take up to a tenth of ours.
        if self._has_gpu:
            tf.test.experimental.sync_devices()
        self._seconds[name].append(time.perf_counter() - start)
        return result

    def run(
        self, rounds: int, warmup: int = WARMUP, *, shuffled: bool = False
    ) -> dict[str, Timing]:
        """`warmup` rounds that do not count and `rounds` that do, every contender in each.

        Where they are shuffled, none always finds the caches as the same other one leaves them.
        """
        names = list(self._contenders)
        rng = random.Random(0)
        for _ in range(warmup + rounds):
            if shuffled:
                rng.shuffle(names)
            for name in names:
                self.turn(name)
        return {name: self.timing(name, warmup) for name in self._contenders}

    def timing(self, name: str, warmup: int) -> Timing:
        """What the turns of `name` took, the first `warmup` left out."""
        milliseconds = [1e3 * seconds for seconds in self._seconds[name][warmup:]]
        q1, median, q3 = (float(q) for q in np.quantile(milliseconds, (0.25, 0.5, 0.75)))
        return Timing(median, q1, q3, len(milliseconds))


@dataclass(frozen=True)
class Row:
    """One contender on one case."""

    case: str
    mode: str  # "forward", or "gradient": forward and gradient
    contender: str
    timing: Timing
    error: float | None  # relative L2 against float64

    def as_dict(self, environment: Mapping[str, Any]) -> dict[str, Any]:
        """Flat, for JSON; every row says where it was measured."""
        named = {"case": self.case, "mode": self.mode, "contender": self.contender}
        return {**named, **asdict(self.timing), "error": self.error, **environment}


def environment() -> dict[str, Any]:
    """The machine and the software that the figures hold for."""
    build = spectral_ops.build_info()
    gpus = tf.config.list_physical_devices("GPU")
    devices = [
        tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus
    ]
    cores = len(os.sched_getaffinity(0))
    return {
        "device": ", ".join(devices) or "CPU",
        "cpu": _cpu_model(),
        "cores": cores,
        "threads": tf.config.threading.get_intra_op_parallelism_threads() or cores,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "tensorflow": tf.__version__,
        "spectral_ops_version": build.get("version"),
        "implementation": build.get("implementation"),
        "simd": build.get("simd"),
    }


def describe(environment: Mapping[str, Any]) -> str:
    """`environment` as a sentence."""
    e = environment
    build = ", ".join(filter(None, (e["implementation"], e["simd"])))
    return (
        f"{e['device']}, {e['cpu']}, {e['threads']} threads; TensorFlow {e['tensorflow']}, "
        f"spectral_ops {e['spectral_ops_version']} ({build}), "
        f"NumPy {e['numpy']}, Python {e['python']}."
    )


def geometric_mean(ratios: list[float]) -> float:
    """The mean that treats twice as fast and half as fast alike."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
