"""Example programs, each run from the repository root as `python -m examples.<name>`."""
