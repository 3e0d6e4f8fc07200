"""Finds, checks and loads the op library; the only file that knows about it.

Whether the kernels or the reference serve is decided once, when the package is imported. Where
the kernels cannot, the reason is told in one warning and `build_info` keeps it.
"""

import os
import sys
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import tensorflow as tf

from spectral_ops import _build
from spectral_ops._build import REINSTALL, Build, LibraryError

_VARIABLE = "SPECTRAL_OPS_IMPLEMENTATION"
_MEND = (
    "Until then the plain-TensorFlow reference serves. "
    f"{_VARIABLE}=reference chooses it without this warning."
)
_PROCESS = "_spectral_ops_process"  # in sys.modules, shared by every copy of this package

CHOSEN = f"{_VARIABLE}=reference"
"""The reason where the reference serves because the user wants it."""


class Served(NamedTuple):
    """What serves this process: the generated op functions, and where they come from."""

    ops: Any
    library: Path
    build: Build
    no_xla: str  # why XLA cannot compile the ops; empty where it can


class _Ops:
    """The op functions of a library, made at their first use: their source takes 30 ms."""

    def __init__(self, library: Path) -> None:
        self._library = library

    def __getattr__(self, name: str) -> Any:
        module = tf.load_op_library(str(self._library))
        vars(self).update(vars(module))
        return getattr(module, name)


def minor() -> str:
    """Of the TensorFlow that is running: "2.21"."""
    return ".".join(tf.version.VERSION.split(".")[:2])


def built_for() -> str | None:
    """The version that the op library for this minor was built for; None where there is none."""
    try:
        build = served.build if served else _build.find()
    except LibraryError:
        return None
    return build.tensorflow.get(minor())


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
        state.served = None
        state.gradients = {}
        sys.modules[_PROCESS] = state
    return sys.modules[_PROCESS]


def _path(build: Build) -> Path:
    """The op library for the TensorFlow that is running; another would crash it."""
    if not build.tensorflow:
        raise LibraryError(
            "spectral_ops: this package was built without TensorFlow (SPECTRAL_OPS_TF=OFF). To "
            f"mend it, install it once more, beside TensorFlow: {REINSTALL}."
        )
    if minor() not in build.tensorflow:
        raise LibraryError(
            f"spectral_ops: TensorFlow {tf.version.VERSION} is running, but this package serves "
            f"TensorFlow {', '.join(build.tensorflow)} only: an op library holds for one minor "
            "version. To mend it, install one of those, or have this package built for the one "
            f"that is running: {REINSTALL} (pip caches a wheel whatever TensorFlow it was built "
            "for)."
        )
    path = build.folder / f"_spectral_ops_tf_{minor().replace('.', '_')}.so"
    if not path.exists():
        raise LibraryError(
            f"spectral_ops: the op library {path} is missing; it was moved or deleted. To mend it: "
            f"{REINSTALL}."
        )
    return path


def _check_processor(build: Build, *, forced: bool) -> None:
    said = build.ask(with_cuda=False)
    if not said["simd_targets"]:
        raise LibraryError(
            f"spectral_ops: {said['no_simd']}. To mend it, have it built on this machine: "
            f"{REINSTALL}."
        )
    if said["no_simd"]:
        raise ValueError(said["no_simd"])
    scalar_alone = said["simd_targets"] == ["scalar"]
    if scalar_alone and not forced and not os.environ.get("SPECTRAL_OPS_SIMD"):
        raise LibraryError(
            "spectral_ops: there are no fast kernels here, for they need a processor with AVX2 and "
            "a build that has them (SPECTRAL_OPS_SIMD_TARGETS). To mend it, use such ones, or have "
            "the scalar kernels, which run on every x86-64: SPECTRAL_OPS_SIMD=scalar or "
            f"{_VARIABLE}=native."
        )


def _open(library: Path, build: Build) -> Served:
    """Registers the ops, once a process, from whichever copy of this package came first."""
    state = _process()
    if state.served is None:
        try:
            tf.load_library(str(library))
        except (tf.errors.OpError, OSError) as error:
            raise LibraryError(
                f"spectral_ops: the op library {library} cannot be opened: {error}. To mend it: "
                f"{REINSTALL}."
            ) from error
        state.served = Served(_Ops(library), library, build, _open_for_xla(build))
    return state.served


def _open_for_xla(build: Build) -> str:
    """Shows XLA how to compile the ops; returns why it cannot."""
    if minor() not in build.xla:
        return f"this package has no XLA library for TensorFlow {minor()}: {build.no_xla}"
    path = build.folder / f"_spectral_ops_jit_{minor().replace('.', '_')}.so"
    try:
        tf.load_library(str(path))
    except (tf.errors.OpError, OSError) as error:
        return f"{path} cannot be opened: {error}. To mend it: {REINSTALL}."
    return ""


def no_xla() -> str:
    """Why XLA cannot compile what serves for the devices of this process; empty where it can."""
    if not served:
        return ""  # the reference is TensorFlow's own ops
    if not served.no_xla and served.build.no_cuda and tf.config.list_physical_devices("GPU"):
        return f"there is a GPU, and no GPU kernels were built: {served.build.no_cuda}"
    return served.no_xla


def _warn(message: str) -> None:
    """At the line whose import this is: the first outside this package and the import system."""
    frame = sys._getframe()
    while frame.f_back and _name(frame).split(".")[0] in ("spectral_ops", "importlib"):
        frame = frame.f_back
    warnings.warn_explicit(
        message,
        RuntimeWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        _name(frame),
        frame.f_globals.setdefault("__warningregistry__", {}),
    )


def _name(frame: types.FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _load() -> tuple[Served | None, str]:
    """What serves and an empty reason, or None and why the reference does."""
    choice = os.environ.get(_VARIABLE, "")
    if choice not in ("", "native", "reference"):
        raise ValueError(
            f"environment variable {_VARIABLE}: {choice!r}; allowed: 'native', 'reference'"
        )
    if choice == "reference":
        return None, CHOSEN
    try:
        build = _build.find()
        library = _path(build)
        _check_processor(build, forced=choice == "native")
        return _open(library, build), ""
    except ImportError as error:
        if choice == "native":
            raise
        _warn(f"{error} {_MEND}")
        return None, str(error)


served, reason = _load()
"""None where the reference serves, and why it does."""

ops: Any = served and served.ops
"""The generated op functions, or None where the reference serves."""
