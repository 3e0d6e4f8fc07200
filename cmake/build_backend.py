"""The build backend: scikit-build-core's, which also gets TensorFlow where there is none.

The op library is compiled against a TensorFlow package. Where none is found, `tensorflow-cpu` is
one more requirement of the build. The extras of a wheel name the minor versions of TensorFlow that
the wheel serves; those of the sources name all that were tested.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

import find_tensorflow
from find_tensorflow import NotFoundError, TensorFlow, requirement
from scikit_build_core import build
from scikit_build_core.build import build_sdist, get_requires_for_build_sdist

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "dynamic_metadata",
    "dynamic_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

Settings = Mapping[str, Any]

_served: list[TensorFlow] = []  # by the wheel that is being built


def _option(name: str, settings: Settings | None) -> str:
    """A CMake option, of the environment too, as pyproject.toml passes it on."""
    value = (settings or {}).get(f"cmake.define.{name}", os.environ.get(name, ""))
    return str(value[-1] if isinstance(value, list) else value)


def _find(settings: Settings | None) -> list[TensorFlow]:
    """What the op libraries are built for; nothing with SPECTRAL_OPS_TF=OFF."""
    if _option("SPECTRAL_OPS_TF", settings).upper() in ("OFF", "NO", "FALSE", "0"):
        return []
    try:
        return find_tensorflow.find(_option("SPECTRAL_OPS_TENSORFLOW_DIR", settings).split(";"))
    except ValueError as error:
        raise SystemExit(str(error)) from None


def _requires(hook: Callable[..., list[str]]) -> Callable[..., list[str]]:
    def requires(config_settings: Settings | None = None) -> list[str]:
        found = hook(config_settings)
        try:
            _find(config_settings)
        except NotFoundError:
            found.append(requirement("tensorflow-cpu"))
        return found

    return requires


def _for_tensorflow(hook: Callable[..., str]) -> Callable[..., str]:
    def build_for(folder: str, config_settings: Settings | None = None, *rest: str | None) -> str:
        try:
            _served[:] = _find(config_settings)
        except NotFoundError as error:
            raise SystemExit(str(error)) from None
        return hook(folder, config_settings, *rest)

    return build_for


get_requires_for_build_wheel = _requires(build.get_requires_for_build_wheel)
get_requires_for_build_editable = _requires(build.get_requires_for_build_editable)
prepare_metadata_for_build_wheel = _for_tensorflow(build.prepare_metadata_for_build_wheel)
prepare_metadata_for_build_editable = _for_tensorflow(build.prepare_metadata_for_build_editable)
build_wheel = _for_tensorflow(build.build_wheel)
build_editable = _for_tensorflow(build.build_editable)


def dynamic_metadata(_settings: Settings, _project: Settings) -> dict[str, Any]:
    """The extras, for scikit-build-core."""
    minors = [tensorflow.minor for tensorflow in _served]
    extras = ("tensorflow", "tensorflow-cpu")
    return {"optional-dependencies": {name: [requirement(name, minors)] for name in extras}}


def dynamic_wheel(_settings: Settings) -> dict[str, bool]:
    """What a wheel may have otherwise than the sources, for scikit-build-core."""
    return {"optional-dependencies": True}
