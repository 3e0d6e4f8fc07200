"""Trains one small network on handwritten digits with five ways to shrink its maps.

    python -m examples.train_digits [--epochs N] [--seeds N] [--output DIR]

The digits are scikit-learn's: 1797 images of 8x8 pixels, half of them for training. The network has
two convolutions, each of which is followed by a way to shrink, then spectral pooling to 2x2, where
the maps are not that small yet, and a dense layer. All five have the same number of weights.

- spectral, 1.4: `spectral_ops.layers.SpectralPooling2D(strides=1.4)`, 8 -> 6 -> 5 samples a side.
  No other way has such a step: it loses less at once, and costs more multiplications after it.
- spectral, 2; average, 2; max, 2: 8 -> 4 -> 2.
- strided, 2: the convolution computes every other output alone.

Each way is trained once for each seed, which also chooses the training images. The table has the
mean accuracy on the other half after the last epoch, its standard deviation over the seeds, and the
time of an epoch after the first, which holds the tracing.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from examples import curves
from spectral_ops.layers import SpectralPooling2D

BATCH = 32


class Way(NamedTuple):
    """How the maps shrink after a convolution: by a layer, or by the convolution's own strides."""

    layer: Callable[[], Any] | None
    strides: int = 1


WAYS = {
    "spectral, 1.4": Way(lambda: SpectralPooling2D(strides=1.4)),
    "spectral, 2": Way(lambda: SpectralPooling2D(strides=2)),
    "average, 2": Way(lambda: keras.layers.AveragePooling2D(2)),
    "max, 2": Way(lambda: keras.layers.MaxPooling2D(2)),
    "strided, 2": Way(None, strides=2),
}


class Result(NamedTuple):
    """One training."""

    accuracies: list[float]  # on the test images, after each epoch
    seconds: float  # of an epoch
    sizes: str  # of the maps
    weights: int


class Clock(keras.callbacks.Callback):
    """The time that each epoch takes, without the test that follows it."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._start = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Starts."""
        self._start = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Stops, for now."""
        self._stop = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Notes the time of the last batch."""
        self.seconds.append(self._stop - self._start)


def network(way: Way) -> Any:
    """The network, whose layers but for the shrinking are the same in every way."""
    layers: list[Any] = [keras.Input((8, 8, 1))]
    for filters in (16, 32):
        layers.append(
            keras.layers.Conv2D(filters, 3, strides=way.strides, padding="same", activation="relu")
        )
        if way.layer:
            layers.append(way.layer())
    layers += [SpectralPooling2D(2), keras.layers.Flatten(), keras.layers.Dense(10)]
    return keras.Sequential(layers)


def train(way: Way, seed: int, epochs: int) -> Result:
    """One training with the images and first weights of a seed."""
    keras.utils.set_random_seed(seed)
    x, y, test_x, test_y = _digits(seed)
    model = network(way)
    model.compile(
        keras.optimizers.Adam(3e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    clock = Clock()
    history = model.fit(
        x,
        y,
        batch_size=BATCH,
        epochs=epochs,
        validation_data=(test_x, test_y),
        validation_batch_size=len(test_x),
        callbacks=[clock],
        verbose=0,
    ).history
    maps = [layer.output.shape[1] for layer in model.layers[:-3]]
    sizes = " -> ".join(str(size) for size in dict.fromkeys([8, *maps]))
    seconds = float(np.median(clock.seconds[1:] or clock.seconds))
    return Result(history["val_accuracy"], seconds, sizes, model.count_params())


def _digits(seed: int) -> tuple[NDArray[Any], ...]:
    """Images and labels for training and for the test, one half each."""
    digits = load_digits()
    order = np.random.default_rng(seed).permutation(len(digits.images))
    images = digits.images[order, ..., np.newaxis].astype(np.float32) / 16
    labels = digits.target[order]
    half = len(order) // 2
    return images[:half], labels[:half], images[half:], labels[half:]


def _print_table(results: dict[str, list[Result]]) -> None:
    print(f"\n{'pooling':16}{'maps':>14}{'weights':>10}{'accuracy, %':>16}{'epoch, ms':>12}")
    for name, runs in results.items():
        last = 100 * np.array([run.accuracies[-1] for run in runs])
        accuracy = f"{last.mean():.2f} ± {last.std():.2f}"
        milliseconds = 1e3 * float(np.median([run.seconds for run in runs]))
        first = runs[0]
        print(f"{name:16}{first.sizes:>14}{first.weights:>10}{accuracy:>16}{milliseconds:>12.0f}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains each way with each seed, prints the table and draws the curves."""
    parser = argparse.ArgumentParser(prog="python -m examples.train_digits", description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--output", type=Path, default=Path("build/demo"), metavar="DIR")
    given = parser.parse_args(arguments)
    results: dict[str, list[Result]] = {name: [] for name in WAYS}
    for seed in range(given.seeds):  # in turns, so that a busy minute hits all ways
        for name, way in WAYS.items():
            result = train(way, seed, given.epochs)
            results[name].append(result)
            accuracy = 100 * result.accuracies[-1]
            print(f"seed {seed}, {name:14} accuracy {accuracy:.1f} %", flush=True)
    _print_table(results)
    lines = {
        name: np.mean([run.accuracies for run in runs], axis=0) for name, runs in results.items()
    }
    given.output.mkdir(parents=True, exist_ok=True)
    path = given.output / "digits.png"
    curves.draw("Accuracy on the test digits after each epoch", lines).save(path)
    print(f"\n{path}")


if __name__ == "__main__":
    main()
