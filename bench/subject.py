"""What is raced of an operator with two arguments: inputs, ours, rivals and the truth."""

import functools
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from bench import harness

Function = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
OURS = "spectral_ops"


@dataclass(frozen=True)
class Subject:
    """One case: every contender takes the same signal and the same filters or weights."""

    name: str
    shape: tuple[int, ...]  # of the signal, float32
    weights_shape: tuple[int, ...]
    ours: Function
    rivals: dict[str, Function]
    truth: Function  # in float64 and complex128
    is_complex: bool = False  # the weights
    others: dict[str, Function] = field(default_factory=dict)  # ours in other ways
    too_slow: tuple[str, ...] = ()  # rivals whose gradients take minutes

    @functools.cached_property
    def inputs(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Normal deviates; the same in every run."""
        rng = np.random.default_rng(0)
        x = rng.standard_normal(self.shape)
        weights = rng.standard_normal(self.weights_shape)
        if self.is_complex:
            weights = weights + 1j * rng.standard_normal(self.weights_shape)
        return (
            tf.constant(x, tf.float32),
            tf.constant(weights, tf.complex64 if self.is_complex else tf.float32),
        )

    def race(self, *, gradient: bool) -> harness.Race:
        """All contenders, compiled: the output, or that and the gradients of both arguments."""
        functions = {OURS: self.ours, **self.others, **self.rivals}
        if gradient:
            functions = {k: v for k, v in functions.items() if k not in self.too_slow}
        return harness.Race(
            {name: self.compile(f, gradient=gradient) for name, f in functions.items()}
        )

    def error(self, function: Function) -> float:
        """Relative L2 error of the output against float64."""
        x, weights = self.inputs
        wide = tf.complex128 if self.is_complex else tf.float64
        expected = self.truth(tf.cast(x, tf.float64), tf.cast(weights, wide)).numpy()
        difference = function(x, weights).numpy() - expected
        return float(np.linalg.norm(difference) / np.linalg.norm(expected))

    def compile(
        self, function: Function, *, gradient: bool
    ) -> Callable[[], tf.Tensor | tuple[tf.Tensor, ...]]:
        """A call that computes the output, or that and the gradients of both arguments."""
        x, weights = self.inputs

        # Not a partial function: TensorFlow would print the tensors of each call for an error that
        # it then does not raise.
        def forward(x: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
            return function(x, weights)

        def with_gradients(x: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, ...]:
            with tf.GradientTape() as tape:
                tape.watch([x, weights])
                y = function(x, weights)
            return y, *tape.gradient(y, [x, weights], output_gradients=tf.ones_like(y))

        run = tf.function(with_gradients if gradient else forward, autograph=False)
        graph = run.get_concrete_function(x, weights)
        return lambda: graph(x, weights)


def table(subjects: list[Subject], *, gradient: bool, rounds: int) -> str:
    """Medians of interleaved rounds in markdown; a rival's column is its median over ours."""
    others = list(subjects[0].others)
    rivals = list(subjects[0].rivals)
    columns = ["case", "ours, ms [q1-q3]", *others, *rivals, "best rival", "error"]
    lines = [f"| {' | '.join(columns)} |", "|---" + "|---:" * (len(columns) - 1) + "|"]
    for subject in subjects:
        timings = subject.race(gradient=gradient).run(rounds, shuffled=True)
        ours = timings[OURS]
        ratios = {name: timings[name].median_ms / ours.median_ms for name in timings}
        best = min(ratios[name] for name in rivals if name in ratios)
        cells = [f"{ratios[name]:.2f}" if name in ratios else "" for name in (*others, *rivals)]
        lines.append(
            f"| {subject.name} | {ours.median_ms:.2f} [{ours.q1_ms:.2f}-{ours.q3_ms:.2f}] "
            f"| {' | '.join(cells)} | {best:.2f} | {subject.error(subject.ours):.1e} |"
        )
    return "\n".join(lines)


def time_with(benchmark: Any, subject: Subject, *, gradient: bool, rounds: int = 10) -> None:
    """Has pytest-benchmark time ours; in every round the rivals run first, in the set-up."""
    race = subject.race(gradient=gradient)
    rivals = [name for name in subject.rivals if not gradient or name not in subject.too_slow]

    def run_rivals() -> None:
        for name in rivals:
            race.turn(name)

    benchmark.pedantic(
        lambda: race.turn(OURS), setup=run_rivals, rounds=rounds, warmup_rounds=harness.WARMUP
    )
    warmup = harness.WARMUP if benchmark.enabled else 0
    timings = {name: race.timing(name, warmup) for name in (OURS, *rivals)}
    benchmark.group = f"{subject.name}, {'gradient' if gradient else 'forward'}"
    benchmark.extra_info.update(harness.environment())
    benchmark.extra_info["error"] = subject.error(subject.ours)
    for name, timing in timings.items():
        benchmark.extra_info[name] = asdict(timing) | {
            "ratio_to_ours": timing.median_ms / timings[OURS].median_ms
        }
