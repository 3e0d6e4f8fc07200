"""Calls that must be refused, and what the message must hold."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest


def ones(*shape: int, dtype: Any = np.float32) -> np.ndarray:
    return np.ones(shape, dtype)


def complex_ones(*shape: int, dtype: Any = np.complex64) -> np.ndarray:
    return np.ones(shape, dtype)


def check_refused(call: Callable[[], Any], error: Any, fragments: Iterable[str]) -> None:
    """`call` raises `error`, and each fragment, a regular expression, is in its own words."""
    with pytest.raises(error) as caught:
        call()
    message = own_words(str(caught.value))
    for fragment in fragments:
        assert re.search(fragment, message), f"{fragment!r} not in: {message}"


def own_words(message: str) -> str:
    """A message without the source lines that graphs put before it."""
    after_files = message.rsplit('File "', 1)
    return (
        message if len(after_files) == 1 else re.split(r"\n\s*\n", after_files[1], maxsplit=1)[-1]
    )
