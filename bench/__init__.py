"""Benchmarks: `python -m bench` prints ratio tables, `pytest bench` feeds pytest-benchmark."""
