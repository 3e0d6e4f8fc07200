"""Benchmarks: `python -m bench` prints ratio tables, `python -m bench.map` of random cases."""
