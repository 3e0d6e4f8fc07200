"""Refuses an interpreter that cannot make the environment of `make`, and says which one can.

Runs on any Python 3, so it has nothing that 3.6 lacks.
"""

import sys

OLDEST, NEWEST = (3, 10), (3, 13)  # that all pinned requirements are to be had for


def problem() -> str:
    """Why this interpreter does not serve; empty where it does."""
    here = f"{sys.executable} is Python {sys.version_info[0]}.{sys.version_info[1]}"
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return (
            f"{here}; allowed: {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}. "
            "To mend it, name another one: make demo PYTHON=python3.12"
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return (
            f"{here} without venv. To mend it: apt install python3-venv, or name another one: "
            "make demo PYTHON=<its path>"
        )
    return ""


if __name__ == "__main__":
    sys.exit(problem() or 0)
