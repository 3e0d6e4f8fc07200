"""Checks and normalizes the arguments of the public functions.

Everything that can be known before a graph runs is refused here, with a `TypeError` or a
`ValueError` that names the argument, its value and what is allowed. What only a running graph
knows is checked by the op kernels; where TensorFlow's own serve, by the same rules as assertions.
"""
