"""`python -m spectral_ops`: says what is in use and checks it; exit status 1 where it fails."""

import sys
from importlib.util import find_spec
from typing import Any


def main() -> int:
    """Checks the operators or, without TensorFlow, `_kernels`."""
    return _with_tensorflow() if find_spec("tensorflow") is not None else _without_tensorflow()


def _with_tensorflow() -> int:
    from spectral_ops import _library, build_info

    info = build_info()
    _print(info)
    if info["implementation"] == "reference":
        if info["reason"] == _library.CHOSEN:
            print(f"self-check: nothing to check, as {info['reason']} is set")
            return 0
        print("self-check FAILED: the kernels could not be loaded, see `reason`")
        return 1
    from spectral_ops._self_check.operators import failures

    return _verdict(failures())


def _without_tensorflow() -> int:
    from spectral_ops import __version__, _build

    _print({"version": __version__, "tensorflow": None, **_build.info()})
    try:
        from spectral_ops import _kernels
    except ImportError as error:
        print(
            "self-check FAILED: there is neither TensorFlow nor spectral_ops._kernels, which is "
            f"built for one version of Python each: {error}. {_build.how_to_get_tensorflow()} Or, "
            f"for _kernels: {_build.REINSTALL}."
        )
        return 1
    if not hasattr(_kernels, "resample"):
        print("self-check FAILED: built without the CPU kernels (SPECTRAL_OPS_CPU=OFF)")
        return 1
    from spectral_ops._self_check.kernels import failures

    return _verdict(failures())


def _print(info: dict[str, Any]) -> None:
    for key, value in info.items():
        print(f"{key}: {value}")


def _verdict(failures: int) -> int:
    print(f"self-check FAILED: {failures} lines" if failures else "self-check passed")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
