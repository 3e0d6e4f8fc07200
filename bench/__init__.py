"""Benchmarks: `python -m bench` prints ratio tables, and `pytest bench` after its own."""
