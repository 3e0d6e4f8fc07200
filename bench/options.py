"""The options that the commands share."""

import argparse
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from bench import graphs
from bench.subject import DIRECTIONS, Result


def parser(
    command: str, description: str | None, operators: Collection[str]
) -> argparse.ArgumentParser:
    """With `--operator`, `--json`, `--forward` and `--gradient`."""
    made = argparse.ArgumentParser(prog=f"python -m {command}", description=description)
    made.add_argument("--operator", choices=sorted(operators), help="only this one")
    made.add_argument("--json", type=Path, help="write every row to this file")
    only = made.add_mutually_exclusive_group()
    for direction, title in DIRECTIONS.items():
        only.add_argument(
            f"--{direction}",
            dest="direction",
            action="store_const",
            const=direction,
            help=f"only {title}",
        )
    return made


def positive(text: str) -> int:
    """A type of arguments."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not positive")
    return value


def write(path: Path | None, results: Sequence[Result], **more: Any) -> None:
    """Every row as JSON, where a path is given."""
    if path:
        rows = [result.row(name) for result in results for name in result.seconds]
        document = {"environment": graphs.environment(), **more, "rows": rows}
        path.write_text(json.dumps(document, indent=2) + "\n")
