"""Finds, checks and loads the op library; the only file that knows about it.

Whether the kernels or the reference serve is decided once, when the package is imported. Where
the kernels cannot, the reason is told in one warning and `build_info` keeps it.
"""

import json
import os
import sys
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf

_VARIABLE = "SPECTRAL_OPS_IMPLEMENTATION"
_MEND = (
    "Until then the plain-TensorFlow reference serves. "
    f"{_VARIABLE}=reference chooses it without this warning."
)
_PROCESS = "_spectral_ops_process"  # in sys.modules, shared by every copy of this package


class LibraryError(ImportError):
    """The op library cannot serve; the message says why and how to mend it."""


def path() -> Path:
    """Where the op library of this package stands."""
    return Path(__file__).with_name("_spectral_ops_tf.so")


def built_for() -> dict[str, str]:
    """What the build recorded: the versions of spectral_ops and of TensorFlow."""
    try:
        return dict(json.loads(Path(__file__).with_name("_build.json").read_text()))
    except FileNotFoundError:
        return {}


def register_gradient(op_type: str, gradient: Callable[..., Any]) -> None:
    """As `tf.RegisterGradient`, but harmless when this package is imported twice."""
    gradients = _process().gradients
    if op_type not in gradients:
        tf.RegisterGradient(op_type)(lambda op, *grads: gradients[op_type](op, *grads))
    gradients[op_type] = gradient


def _process() -> Any:
    """What outlives this module object: TensorFlow registers ops and gradients once for all."""
    if _PROCESS not in sys.modules:
        state: Any = types.ModuleType(_PROCESS)
        state.ops = None
        state.gradients = {}
        sys.modules[_PROCESS] = state
    return sys.modules[_PROCESS]


def _check() -> None:
    """Raises LibraryError for what would make the library crash or refuse, before it is opened."""
    if not path().exists():
        raise LibraryError(
            f"spectral_ops: the op library {path()} is missing, so this package was built without "
            "TensorFlow (SPECTRAL_OPS_TF=OFF) or its files were moved. To mend it, reinstall "
            "spectral_ops in an environment that has TensorFlow."
        )
    wanted = built_for().get("tensorflow", "an unknown version")
    if wanted.split(".")[:2] != tf.version.VERSION.split(".")[:2]:
        raise LibraryError(
            f"spectral_ops: its op library was built for TensorFlow {wanted}, but TensorFlow "
            f"{tf.version.VERSION} is running, and TensorFlow's C++ interface holds for one minor "
            "version only. To mend it, reinstall spectral_ops in this environment, or install "
            f"TensorFlow {wanted}."
        )


def _check_processor(forced: bool) -> None:
    try:
        from spectral_ops import _kernels
    except ImportError as error:
        raise LibraryError(
            f"spectral_ops: its module _kernels cannot be imported: {error}. It is built for one "
            "version of Python. To mend it, reinstall spectral_ops in this environment."
        ) from error

    targets = _kernels.simd_targets()
    if targets == ["scalar"] and not forced and not os.environ.get("SPECTRAL_OPS_SIMD"):
        raise LibraryError(
            "spectral_ops: this processor has no AVX2, which the fast kernels need. To mend it, "
            "use a processor with AVX2, or have the scalar kernels, which run on every x86-64: "
            f"SPECTRAL_OPS_SIMD=scalar or {_VARIABLE}=native."
        )
    _kernels.simd_target()  # raises ValueError where SPECTRAL_OPS_SIMD cannot be had


def _open() -> Any:
    """The module of op functions; opened once a process, from whichever copy came first."""
    state = _process()
    if state.ops is None:
        try:
            state.ops = tf.load_op_library(str(path()))
        except (tf.errors.OpError, OSError) as error:
            raise LibraryError(
                f"spectral_ops: the op library {path()} cannot be opened: {error}. To mend it, "
                "reinstall spectral_ops in this environment."
            ) from error
    return state.ops


def _load() -> tuple[Any, str]:
    """The op functions and an empty reason, or None and why the reference serves."""
    choice = os.environ.get(_VARIABLE, "")
    if choice not in ("", "native", "reference"):
        raise ValueError(
            f"environment variable {_VARIABLE}: {choice!r}; allowed: 'native', 'reference'"
        )
    if choice == "reference":
        return None, f"{_VARIABLE}=reference"
    try:
        _check()
        _check_processor(forced=choice == "native")
        return _open(), ""
    except ImportError as error:
        if choice == "native":
            raise
        warnings.warn(f"{error} {_MEND}", RuntimeWarning, stacklevel=2)
        return None, str(error)


ops, reason = _load()
"""The generated op functions, or None where the reference serves, and why it does."""
