"""Calls that must be refused, and what the message must hold."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

Refusal = tuple[dict[str, Any], Any, tuple[str, ...]]  # changes to a good call, error, fragments


def ones(*shape: int, dtype: Any = np.float32) -> np.ndarray:
    return np.ones(shape, dtype)


def complex_ones(*shape: int, dtype: Any = np.complex64) -> np.ndarray:
    return np.ones(shape, dtype)


def what_is_wrong(call: Callable[[], Any], error: Any, fragments: Iterable[str]) -> str:
    """Empty where `call` raises `error` in words that hold each fragment, a regular expression."""
    try:
        call()
    except error as caught:
        message = own_words(str(caught))
        missing = [fragment for fragment in fragments if not re.search(fragment, message)]
        return f"{missing} not in: {message}" if missing else ""
    except Exception as caught:
        return f"{type(caught).__name__}, not {error}: {caught}"
    return "it is not refused"


def check_refused(call: Callable[[], Any], error: Any, fragments: Iterable[str]) -> None:
    problem = what_is_wrong(call, error, fragments)
    assert not problem, problem


def check_all_refused(
    function: Callable[..., Any], good: Mapping[str, Any], table: Iterable[Refusal]
) -> None:
    """Each row of the table, as changes to the arguments of a good call; all that are wrong."""
    problems = []
    for changes, error, fragments in table:
        arguments = {**good, **changes}
        problem = what_is_wrong(lambda given=arguments: function(**given), error, fragments)
        if problem:
            problems.append(f"{repr(changes)[:200]}: {problem}")
    assert not problems, "\n".join(problems)


def own_words(message: str) -> str:
    """A message without the source lines that graphs put before it."""
    after_files = message.rsplit('File "', 1)
    return (
        message if len(after_files) == 1 else re.split(r"\n\s*\n", after_files[1], maxsplit=1)[-1]
    )
