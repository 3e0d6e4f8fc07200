"""One kind of subject and one table: a case of an operator, and all who do it in turns.

TensorFlow is not needed here: bench.gpu has none.
"""

import math
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.linalg import norm
from numpy.typing import NDArray

OURS = "ours"
DIRECTIONS = {"forward": "forward", "gradient": "forward and gradient"}
WARMUP = 3  # rounds that are run and not counted
FEWEST = 5  # rounds that count, however little time is left; but
LATE = 20  # so many seconds after that, one round will do
PAUSE = 0.25  # seconds in which spinning threads go to sleep

Run = Callable[[], Any]
Arrays = Sequence[NDArray[Any]]


def wall(run: Run) -> float:
    """How long a call takes, in seconds."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


class Contender(NamedTuple):
    """One way to do a case, or something whose time is worth knowing beside it."""

    compile: Callable[[], Run]
    arrays: Callable[[Any], Arrays] | None  # of a result; None: it computes something else
    spins: bool = False  # its threads spin for the next call and keep the cores from others
    calls: int = 1  # that a run makes, one after another; times are those of one


@dataclass(frozen=True, eq=False)
class Subject:
    """One case of one operator in one direction. All contenders take the same input."""

    operator: str
    case: str  # shapes, layout and sizes
    direction: str  # of DIRECTIONS
    contenders: Mapping[str, Contender]  # ours first
    truth: Callable[[], Arrays]  # in float64
    call: Any = None  # what else is known of the case

    @property
    def name(self) -> str:
        """Unique among all subjects."""
        return f"{self.operator} {self.case}, {self.direction}"

    def race(
        self,
        rounds: int,
        warmup: int = WARMUP,
        clock: Callable[[Run], float] = wall,
        until: float = math.inf,
    ) -> "Result":
        """Runs everyone in turns, and compares the results with the truth."""
        runs = {name: contender.compile() for name, contender in self.contenders.items()}
        errors = {}
        expected = self.truth()
        for name, contender in self.contenders.items():
            if contender.arrays:
                pairs = zip(contender.arrays(runs[name]()), expected, strict=False)
                errors[name] = max(float(norm(a - b) / norm(b)) for a, b in pairs)
        spinning = {name for name, contender in self.contenders.items() if contender.spins}
        seconds = take_turns(runs, rounds, warmup, spinning, clock, until)
        seconds = {name: s / self.contenders[name].calls for name, s in seconds.items()}
        return Result(self, seconds, errors)


def take_turns(
    runs: Mapping[str, Run],
    rounds: int,
    warmup: int = WARMUP,
    spinning: Iterable[str] = (),
    clock: Callable[[Run], float] = wall,
    until: float = math.inf,
) -> dict[str, NDArray[np.float64]]:
    """The seconds of each contender's turns, one in each round, without those of the warm-up.

    The order is drawn anew in each round: none always finds the caches as the same other leaves
    them. Where threads spin, all wait until they sleep, and wake their own by a run before. After
    `until`, by `time.perf_counter`, no round begins once FEWEST count; LATE seconds later, none
    but the first, which then counts.
    """
    rng = random.Random(0)
    names = list(runs)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for i in range(warmup + rounds):
        late = time.perf_counter() - until
        if (late >= 0 and i >= warmup + FEWEST) or (late >= LATE and i > 0):
            break
        for name in rng.sample(names, len(names)):
            if spinning:
                runs[name]()
            seconds[name].append(clock(runs[name]))
            if name in spinning:
                time.sleep(PAUSE)
    return {name: np.array(times[warmup:] or times[-1:]) for name, times in seconds.items()}


class Result(NamedTuple):
    """What a race gave."""

    subject: Subject
    seconds: dict[str, NDArray[np.float64]]  # by contender, one for each round
    errors: dict[str, float]  # relative L2 against float64, the largest of all arrays

    def ratios(self, name: str) -> NDArray[np.float64]:
        """Of each round: the time of `name` divided by that of ours."""
        return self.seconds[name] / self.seconds[OURS]

    def row(self, name: str) -> dict[str, Any]:
        """What is known of one contender, for JSON."""
        return {
            "operator": self.subject.operator,
            "case": self.subject.case,
            "direction": self.subject.direction,
            "contender": name,
            "rounds": len(self.seconds[name]),
            "milliseconds": quartiles(1e3 * self.seconds[name]),
            "ratio": quartiles(self.ratios(name)),
            "error": self.errors.get(name),
        }


def table(
    results: Sequence[Result], extra: Mapping[str, Callable[[Result], str]] | None = None
) -> str:
    """In markdown, for subjects of one operator and direction; `extra` are more columns."""
    extra = extra or {}
    first = results[0].subject
    names = list(dict.fromkeys(name for result in results for name in result.seconds))[1:]
    columns = ("case", "ours, ms [q1-q3]", *names, *extra, "error")
    lines = [
        f"### `{first.operator}`, {DIRECTIONS[first.direction]}\n",
        f"| {' | '.join(columns)} |",
        "|---" + "|---:" * (len(columns) - 1) + "|",
    ]
    for result in results:
        cells = (
            result.subject.case,
            spread(1e3 * result.seconds[OURS]),
            *(spread(result.ratios(n)) if n in result.seconds else "" for n in names),
            *(column(result) for column in extra.values()),
            f"{result.errors[OURS]:.1e}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    means = []
    for name in names:
        found = [result for result in results if name in result.errors]
        if found:
            mean = geometric_mean([float(np.median(result.ratios(name))) for result in found])
            error = max(result.errors[name] for result in found)
            means.append(f"{name} {mean:.2f} ({len(found)}; {error:.1e})")
    if means:
        lines.append(f"\nGeometric mean over ours (cases; largest error): {', '.join(means)}.")
    return "\n".join(lines)


READING = (
    "Contenders take turns. Times are medians [quartiles]; another column is its time over ours in "
    "the\nsame round: above 1, ours is faster. Errors are relative L2 against float64."
)


def quartiles(values: NDArray[np.float64]) -> list[float]:
    """With the median in the middle."""
    return [float(q) for q in np.quantile(values, (0.25, 0.5, 0.75))]


def spread(values: NDArray[np.float64]) -> str:
    """The median and the quartiles."""
    q1, median, q3 = quartiles(values)
    return f"{median:.2f} [{q1:.2f}-{q3:.2f}]"


def geometric_mean(ratios: Sequence[float]) -> float:
    """The mean that treats twice as fast and half as fast alike."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))
