"""What runs where no op library can be loaded."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from spectral_ops import _library, reference

Function = TypeVar("Function", bound=Callable[..., Any])


def with_fallback(function: Function) -> Function:
    """`function`, or its namesake of `reference` where no op library serves.

    Which of them is decided once, as `_library` does, so that a call by the kernels costs nothing.
    """
    if _library.ops is not None:
        return function
    plain = getattr(reference, function.__name__)

    @functools.wraps(function)
    def fall_back(*args: Any, **kwargs: Any) -> Any:
        return plain(*args, **kwargs)

    return fall_back  # type: ignore[return-value]
