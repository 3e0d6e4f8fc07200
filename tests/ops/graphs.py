"""What graphs know before they run."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

ORDERS = {"channels_last": (0, 1, 2, 3), "channels_first": (0, 3, 1, 2)}  # of two spatial axes
Shape = list[int | None] | None


def turned(shape: Shape, data_format: str) -> Shape:
    """The shape of channels_last in the layout."""
    return None if shape is None else [shape[axis] for axis in ORDERS[data_format]]


def traced(
    function: Callable[..., tf.Tensor], specs: Sequence[tuple[Shape, Any]], *arguments: Any
) -> tuple[Shape, np.ndarray]:
    """The shape that is known when a graph is traced, and what the graph gives for `arguments`."""
    signature = [tf.TensorSpec(shape, dtype) for shape, dtype in specs]
    graph = tf.function(function, input_signature=signature, autograph=False)
    concrete = graph.get_concrete_function()
    shape = concrete.output_shapes
    return None if shape.rank is None else shape.as_list(), concrete(*arguments).numpy()


def raw_spectral_conv(x: Any, weights: Any, output_size: Any, **attributes: Any) -> Any:
    """The result and the spectrum that the op gives, without what the public function adds."""
    from spectral_ops import _library

    usual = dict(modes=[], norm="forward", data_format="channels_last", adjoint=False)
    return _library.ops.spectral_ops_spectral_conv(
        x=x, weights=weights, output_size=output_size, **(usual | attributes)
    )
